import Foundation
import Logging
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalTestServerCommand
import TemporalWorker
import Testing

/// Many workers on one connection: their polls alone are more than a server takes at a time on one line.
private struct ManyWorkersScenario {
    let workers = 30
    let connection: GRPCConnection

    func run() async throws {
        let client = TemporalClient(
            service: connection,
            logger: Logger(label: "many") { _ in SwiftLogNoOpLogHandler() }
        )
        let queues = (0..<workers).map { "many-\($0)-\(UUID())" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for queue in queues {
                let worker = try TemporalWorker(
                    client: client,
                    taskQueue: queue,
                    workflows: [Doubling.self],
                    activities: [Doubler()]
                )
                group.addTask { try await worker.run() }
            }
            // Every worker gets its work while the polls of all wait, and nobody waits for a poll of another to end.
            try await withThrowingTaskGroup(of: Int.self) { results in
                for (number, queue) in queues.enumerated() {
                    results.addTask {
                        let options = WorkflowOptions(id: "w-\(queue)", taskQueue: queue)
                        return try await client.executeWorkflow(Doubling.self, number, options: options)
                    }
                }
                var sum = 0
                for try await result in results { sum += result }
                #expect(sum == workers * (workers - 1))
            }
            #expect(connection.lineCount > 1)
            #expect(connection.lineCount < 10)
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}

@Suite(.timeLimit(.minutes(2)))
struct ManyWorkersTests {
    @Test func `thirty workers work over one connection`() async throws {
        let server = TestServer()
        let frontend = GRPCFrontend(server, port: 0)
        let serving = Task { try await frontend.run() }
        let port = try await frontend.port
        let connection = try await GRPCConnection.connect(ConnectionOptions(address: "127.0.0.1:\(port)"))
        try await ManyWorkersScenario(connection: connection).run()
        await connection.close()
        frontend.stop()
        try await serving.value
    }
}

private let address = ProcessInfo.processInfo.environment["TEMPORAL_ADDRESS"]

@Suite(.enabled(if: address != nil, "No real server: set TEMPORAL_ADDRESS."), .timeLimit(.minutes(2)))
struct ManyWorkersRealServerTests {
    @Test func `thirty workers work over one connection to a real server`() async throws {
        let connection = try await GRPCConnection.connect(ConnectionOptions(address: address ?? ""))
        try await ManyWorkersScenario(connection: connection).run()
        await connection.close()
    }
}

@Activities private struct Doubler {
    @Activity func double(_ number: Int) async throws -> Int { number * 2 }
}

@Workflow private actor Doubling {
    func run(_ number: Int) async throws -> Int {
        try await context.executeActivity(Doubler.double, number, startToCloseTimeout: .seconds(20))
    }
}
