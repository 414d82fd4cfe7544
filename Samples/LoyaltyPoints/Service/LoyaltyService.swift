import Foundation
package import Hummingbird
package import Logging
import NIOCore
import SampleSupport
import ServiceLifecycle
import TemporalClient

/// The loyalty program over HTTP, on the loopback interface.
///
/// | request | does |
/// |---|---|
/// | `POST /ID` | enrols a customer |
/// | `GET /ID` | tells the points |
/// | `POST /ID/add_points/N`, `POST /ID/spend_points/N` | adds (100,000 at most), spends |
/// | `DELETE /ID/exit` | ends the program for the customer |
package struct LoyaltyService: Service {
    private let loyalty: LoyaltyClient
    private let port: Int
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// Prepares the service.
    ///
    /// - Parameters:
    ///   - loyalty: What it offers.
    ///   - port: The port to listen on; 0 for any that is free.
    ///   - logger: Where it notes what it does.
    ///   - onListening: Called with the port when it listens.
    package init(
        loyalty: LoyaltyClient,
        port: Int,
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.loyalty = loyalty
        self.port = port
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until the task is cancelled or asked to stop gracefully.
    ///
    /// - Throws: `ApplicationFailure` if the port cannot be listened on.
    package func run() async throws {
        // The server's own notes on connections are of no use here.
        var serverLogger = logger
        serverLogger.logLevel = .critical
        let application = Application(
            router: makeRouter(),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { [port, logger, onListening] channel in
                let port = channel.localAddress?.port ?? port
                logger.notice("The loyalty program listens on http://127.0.0.1:\(port)")
                onListening(port)
            },
            logger: serverLogger
        )
        do {
            try await application.run()
        } catch let error as IOError {
            // On macOS, the default port belongs to AirPlay as a rule.
            throw ApplicationFailure(
                cannotListen(
                    "The loyalty program",
                    on: port,
                    cause: error.errnoCode == EADDRINUSE ? nil : error,
                    option: "--port"
                )
            )
        }
    }

    /// What it answers to which requests.
    package func makeRouter() -> Router<BasicRequestContext> {
        let router = Router()
        router.post(":id") { [loyalty] _, context in
            try await Self.answer(context, .created) { customer in
                try await loyalty.enrol(customer)
                return Reply(message: "Resource created successfully for user ID: \(customer)")
            }
        }
        router.get(":id") { [loyalty] _, context in
            try await Self.answer(context) { customer in
                Reply(points: try await loyalty.points(of: customer), userID: customer)
            }
        }
        router.post(":id/add_points/:points") { [loyalty] _, context in
            try await Self.answer(context) { customer in
                let points = try Self.points(context)
                try await loyalty.add(points, to: customer)
                return Reply(message: "\(points) added to user id: \(customer)")
            }
        }
        router.post(":id/spend_points/:points") { [loyalty] _, context in
            try await Self.answer(context) { customer in
                let points = try Self.points(context)
                try await loyalty.spend(points, of: customer)
                return Reply(message: "\(points) spent from user id: \(customer)")
            }
        }
        router.delete(":id/exit") { [loyalty] _, context in
            try await Self.answer(context) { customer in
                try await loyalty.exit(customer)
                return Reply(message: "User id: \(customer) exited the program.")
            }
        }
        return router
    }

    /// Does something with the customer of a request, and answers with JSON in every case.
    private static func answer(
        _ context: BasicRequestContext,
        _ status: HTTPResponse.Status = .ok,
        _ body: (Int) async throws -> Reply
    ) async throws -> Response {
        do {
            guard let text = context.parameters.get("id"), let customer = Int(text), customer >= 0 else {
                return try Reply(error: "A customer is a number, such as /123.").response(.notFound)
            }
            return try await body(customer).response(status)
        } catch let error as LoyaltyError {
            let status: HTTPResponse.Status =
                switch error {
                case .unknown: .notFound
                case .alreadyEnrolled: .conflict
                case .overdraft, .notPositive, .tooMany: .unprocessableContent
                }
            return try Reply(error: "\(error)").response(status)
        } catch let error as BadPoints {
            return try Reply(error: error.description).response(.unprocessableContent)
        } catch {
            context.logger.error("A request failed: \(error)")
            return try Reply(error: "The loyalty program is out of order: \(error)").response(.serviceUnavailable)
        }
    }

    private static func points(_ context: BasicRequestContext) throws -> Int {
        let text = context.parameters.get("points") ?? ""
        guard let points = Int(text), points > 0 else { throw BadPoints(text: text) }
        return points
    }

    private struct BadPoints: Error, CustomStringConvertible {
        var text: String
        var description: String { "'\(text)' is no number of points: it must be a whole number, 1 or more." }
    }

    /// The body of an answer.
    private struct Reply: Encodable {
        var message: String?
        var points: Int?
        var userID: Int?
        var error: String?

        private enum CodingKeys: String, CodingKey {
            case message, points, error
            case userID = "user_id"
        }

        func response(_ status: HTTPResponse.Status) throws -> Response {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            let text = String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
            return Response(
                status: status,
                headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text))
            )
        }
    }
}
