import Hummingbird
import HummingbirdTesting
import Logging
import LoyaltyPoints
import TemporalClient
import TemporalTesting
import Testing

/// The program over HTTP.
@Suite(.timeLimit(.minutes(1))) struct ServiceTests {
    /// One request after the other, with what is answered.
    private func talk(_ lines: [(HTTPRequest.Method, String, Int, String)]) async throws {
        try await withLoyalty { env, loyalty in
            let service = LoyaltyService(
                loyalty: loyalty,
                port: 0,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            try await Application(router: service.makeRouter()).test(.router) { http in
                for (method, path, status, body) in lines {
                    let response = try await http.executeRequest(uri: path, method: method, headers: [:], body: nil)
                    #expect(response.status.code == status, "\(method) \(path)")
                    #expect(String(buffer: response.body).contains(body), "\(method) \(path)")
                }
            }
            for try await run in env.client.listWorkflows("ExecutionStatus = 'Running'") {
                try await env.client.workflowHandle(id: run.id).terminate()
            }
        }
    }

    @Test func `a customer enrols, earns, spends and leaves`() async throws {
        try await talk([
            (.post, "/123", 201, "Resource created successfully for user ID: 123"),
            (.get, "/123", 200, "\"points\" : 0"),
            (.post, "/123/add_points/30", 200, "30 added to user id: 123"),
            (.post, "/123/spend_points/10", 200, "10 spent from user id: 123"),
            (.get, "/123", 200, "\"points\" : 20"),
            (.get, "/123", 200, "\"user_id\" : 123"),
            (.delete, "/123/exit", 200, "User id: 123 exited the program."),
            (.get, "/123", 200, "\"points\" : 20"),
        ])
    }

    @Test func `mistakes are answered with what is wrong`() async throws {
        try await talk([
            (.get, "/7", 404, "There is no customer 7"),
            (.post, "/7/add_points/1", 404, "There is no customer 7"),
            (.delete, "/7/exit", 404, "There is no customer 7"),
            (.get, "/abc", 404, "A customer is a number"),
            (.post, "/7", 201, ""),
            (.post, "/7", 409, "takes part already"),
            (.post, "/7/add_points/many", 422, "'many' is no number of points"),
            (.post, "/7/add_points/-3", 422, "'-3' is no number of points"),
            (.post, "/7/add_points/99999999999999999999", 422, "no number of points"),
            (.post, "/7/add_points/9000000", 422, "too many at a time: give 100000 at most"),
            (.post, "/7/spend_points/1", 422, "has only 0 points"),
        ])
    }

    @Test func `a port that is in use is told, with what to do`() async throws {
        try await withLoyalty { _, loyalty in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let (ports, listening) = AsyncStream.makeStream(of: Int.self)
            let first = LoyaltyService(loyalty: loyalty, port: 0, logger: logger) { listening.yield($0) }
            let running = Task { try await first.run() }
            defer { running.cancel() }
            for await port in ports {
                let second = LoyaltyService(loyalty: loyalty, port: port, logger: logger)
                let error = await #expect(throws: (any Error).self) { try await second.run() }
                let text = error.map { "\($0)" } ?? ""
                #expect(text.hasPrefix("The loyalty program cannot listen on port \(port): it is in use."))
                #expect(text.contains("--port"))
                break
            }
        }
    }
}
