import Foundation
import Hummingbird
import Logging
import NIOCore
import SampleSupport
import ServiceLifecycle
import TemporalClient

/// The world outside: takes packets over HTTP at once, and says later, or never, that they have arrived.
///
/// It listens on the loopback interface. `POST /transmit?task_token=…` takes a packet as JSON; the token is that of the
/// activity task that waits. Once a second it completes the tasks whose answers are due.
struct TransmitService: Service {
    /// How the providers behind the service behave.
    struct Behaviour: Sendable {
        /// How likely there is an answer at all, from 0 to 1.
        var callbackChance = 0.9

        /// How long an answer takes at most, in whole seconds.
        var callbackTimeout: Duration = .seconds(15)

        /// How often the service looks for answers that are due.
        var interval: Duration = .seconds(1)

        /// Decides which packets are answered, and when.
        var chance = Chance()
    }

    /// The port to listen on; 0 for any that is free.
    var port: Int

    /// How the providers behave.
    var behaviour: Behaviour

    /// What the activities are completed with.
    var client: TemporalClient

    /// Where the service notes what it does.
    var logger: Logger

    /// Called with the port when the service listens.
    var onListening: @Sendable (Int) -> Void = { _ in }

    /// Serves until the task is cancelled or asked to stop gracefully. Answers that are not due by then are dropped.
    ///
    /// - Throws: ``TransmitServiceError`` if the port cannot be listened on.
    func run() async throws {
        let callbacks = Callbacks()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await serve(callbacks) }
            group.addTask { try await answer(callbacks) }
            try await group.next()
            group.cancelAll()
        }
        if callbacks.count > 0 { logger.warning("Stopping with \(callbacks.count) answers still to be given") }
    }

    // MARK: Taking packets

    private func serve(_ callbacks: Callbacks) async throws {
        let router = Router()
        router.post("transmit") { request, context in
            guard let token = request.uri.queryParameters.get("task_token").flatMap(TaskTokenText.decode) else {
                throw HTTPError(.badRequest, message: "task_token must be a task token in URL-safe base64.")
            }
            accept(try await request.decode(as: Packet.self, context: context), token, callbacks)
            return HTTPResponse.Status.accepted
        }
        router.get("health") { _, _ in "\(callbacks.count) answers pending\n" }
        // The server's own notes on connections are of no use here.
        var serverLogger = logger
        serverLogger.logLevel = .critical
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? port
                logger.notice("The transmit service listens on http://127.0.0.1:\(port)")
                onListening(port)
            },
            logger: serverLogger
        )
        do {
            try await application.run()
        } catch let error as IOError {
            throw TransmitServiceError(port: port, cause: error)
        }
    }

    /// Decides what becomes of a packet.
    private func accept(_ packet: Packet, _ token: Data, _ callbacks: Callbacks) {
        let title = "packet \(packet.id) by \(packet.currentRouteProvider)"
        guard behaviour.chance.happens(behaviour.callbackChance, for: "callback \(title)") else {
            logger.info("Accepted \(title), which will never be answered")
            return
        }
        // Whole seconds, as answers are given once a second: with a seed, the same ones come before the timeout.
        let longest = Double(behaviour.callbackTimeout.components.seconds)
        let delay = Duration.seconds(Int(behaviour.chance.number(for: "delay \(title)") * (longest + 1)))
        logger.info("Accepted \(title), to be answered in \(delay.formatted)")
        callbacks.add(Callbacks.Callback(due: .now + delay, taskToken: token, title: title))
    }

    // MARK: Giving answers

    private func answer(_ callbacks: Callbacks) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            while true {
                try await Task.sleep(for: behaviour.interval)
                // Next to each other, so that one that takes long holds up no other.
                for callback in callbacks.takeDue(at: .now) {
                    group.addTask { await give(callback) }
                }
            }
        }
    }

    private func give(_ callback: Callbacks.Callback) async {
        do {
            try await client.asyncActivity(taskToken: callback.taskToken).complete(Delivery(delivered: true))
            logger.info("Reported the delivery of \(callback.title)")
        } catch let error as AsyncActivityNotFoundError {
            // In the ordinary course of events: the activity has timed out, or was answered before.
            logger.notice(
                "Too late or a second time, and harmless: the delivery of \(callback.title). \(error.message)"
            )
        } catch {
            logger.warning("The delivery of \(callback.title) could not be reported: \(error)")
        }
    }
}

/// A transmit service that cannot listen.
struct TransmitServiceError: Error, CustomStringConvertible {
    /// The port that was asked for.
    let port: Int

    /// Why not.
    let cause: IOError

    var description: String {
        cannotListen(
            "The transmit service",
            on: port,
            cause: cause.errnoCode == EADDRINUSE ? nil : cause,
            option: "--transmit-port"
        )
    }
}

extension Duration {
    /// The duration in seconds, for the log.
    var formatted: String { formatted(.units(allowed: [.seconds], width: .narrow, fractionalPart: .show(length: 1))) }
}
