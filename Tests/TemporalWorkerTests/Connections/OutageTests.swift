import Dispatch
import Foundation
import Logging
import Synchronization
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalTestServerCommand
import TemporalWorker
import Testing

/// A server in this process that goes away and comes back.
@Suite(.timeLimit(.minutes(2)))
struct OutageTests {
    @Test func `runs, polls and waits for results outlast a server that was away`() async throws {
        let server = TestServer()
        let frontend = GRPCFrontend(server, port: 0)
        let serving = Task { try await frontend.run() }
        let relay = TCPRelay(to: try await frontend.port)
        try await relay.open()
        let connection = try await GRPCConnection.connect(ConnectionOptions(address: "127.0.0.1:\(relay.port)"))
        try await OutageScenario(runs: 100, connection: connection).run {
            try await relay.cut()
            // While nobody listens, calls fail at once.
            let error = await #expect(throws: RPCError.self) { try await connection.serviceInfo() }
            #expect(error?.code == .unavailable)
            try await relay.open()
        }
        await connection.close()
        try await relay.cut()
        frontend.stop()
        try await serving.value
    }
}

/// A connection that the program closes while a worker still uses it.
@Suite(.timeLimit(.minutes(1)))
struct ClosedConnectionTests {
    @Test func `a worker whose connection is closed ends with an error that says so`() async throws {
        let server = TestServer()
        let frontend = GRPCFrontend(server, port: 0)
        let serving = Task { try await frontend.run() }
        let connection = try await GRPCConnection.connect(
            ConnectionOptions(address: "127.0.0.1:\(try await frontend.port)")
        )
        let client = TemporalClient(
            service: connection,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let worker = try TemporalWorker(client: client, taskQueue: "q", workflows: [Idle.self])
        let running = Task { try await worker.run() }
        let handle = try await client.startWorkflow(Idle.self, options: WorkflowOptions(id: "idle", taskQueue: "q"))
        try await handle.result()
        await connection.close(within: .zero)
        let error = await #expect(throws: RPCError.self) { try await running.value }
        #expect(error?.code == .failedPrecondition)
        #expect(error?.message.contains("was closed") == true)
        frontend.stop()
        try await serving.value
    }
}

@Workflow private actor Idle {
    func run() {}
}

/// A way to the server that breaks again and again, in the middle of calls.
@Suite(.timeLimit(.minutes(2))) struct BrokenConnectionTests {
    @Test func `requests and answers that are lost on the way neither lose nor double an effect`() async throws {
        let server = TestServer()
        let frontend = GRPCFrontend(server, port: 0)
        let serving = Task { try await frontend.run() }
        let relay = TCPRelay(to: try await frontend.port)
        try await relay.open()
        let connection = try await GRPCConnection.connect(ConnectionOptions(address: "127.0.0.1:\(relay.port)"))
        let breaks = Mutex(0)
        let breaking = Task {
            do {
                for _ in 0..<12 {
                    // Some answers come through each time, however busy the machine is.
                    let before = relay.bytes
                    while relay.bytes < before + 10_000 { try await Task.sleep(for: .milliseconds(5)) }
                    try await relay.cut()
                    try await relay.open()
                    breaks.withLock { $0 += 1 }
                }
            } catch is CancellationError {
                // All is done.
            } catch {
                Issue.record(error)
            }
        }
        defer { breaking.cancel() }
        try await OutageScenario(runs: 60, connection: connection).run {}
        breaking.cancel()
        await breaking.value
        #expect(breaks.withLock { $0 } > 3)
        await connection.close()
        try await relay.cut()
        frontend.stop()
        try await serving.value
    }
}

private let environment = ProcessInfo.processInfo.environment

/// A real server that is killed and started again on the same database.
///
/// Runs where `TEMPORAL_SERVER_START` and `TEMPORAL_SERVER_KILL` are shell commands for that. They find the port in `$PORT`, and
/// the first also the file of the database in `$DB`; it returns when the server answers.
@Suite(
    .enabled(
        if: environment["TEMPORAL_SERVER_START"] != nil && environment["TEMPORAL_SERVER_KILL"] != nil,
        "No server was restarted: set TEMPORAL_SERVER_START and TEMPORAL_SERVER_KILL."
    ),
    .timeLimit(.minutes(5))
)
struct RestartRealServerTests {
    private let port = environment["TEMPORAL_SERVER_PORT"].flatMap(Int.init) ?? Int.random(in: 21000..<22000)

    /// Runs a command of the environment to its end. `Process` would wait for the end of what the command leaves running.
    private func shell(_ name: String, _ database: String) async throws {
        let command = "PORT=\(port); DB='\(database)'; \(environment[name] ?? "false")"
        let status = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: system(command)) }
        }
        try #require(status == 0, "\(name) ended with status \(status)")
    }

    @Test func `two hundred open runs outlast a server that is killed and started again`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "restart-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = folder.appending(path: "temporal.db").path
        try await shell("TEMPORAL_SERVER_START", database)
        let result: Result<Void, any Error>
        do {
            let connection = try await GRPCConnection.connect(ConnectionOptions(address: "127.0.0.1:\(port)"))
            result = .success(
                try await OutageScenario(runs: 200, connection: connection).run {
                    try await shell("TEMPORAL_SERVER_KILL", database)
                    try await shell("TEMPORAL_SERVER_START", database)
                }
            )
            await connection.close()
        } catch {
            result = .failure(error)
        }
        try await shell("TEMPORAL_SERVER_KILL", database)
        try result.get()
    }
}
