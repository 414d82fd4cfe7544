import Foundation
import Temporal
import TemporalTestServer
import TemporalTestServerCommand
import Testing

/// Programs of the Python SDK on the service in memory, over gRPC.
@Suite(
    .enabled(if: ProcessInfo.processInfo.environment["TEMPORAL_PYTHON"] != nil),
    .timeLimit(.minutes(3))
)
struct MemoryServiceTests {
    /// The program `temporal-test-server`, beside the tests; `nil` if it has not been built.
    private static let program: String? = {
        guard ProcessInfo.processInfo.environment["TEMPORAL_PROGRAM_TESTS"] != nil else { return nil }
        var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        for _ in 0..<4 {
            let program = folder.appending(path: "temporal-test-server").path()
            if FileManager.default.isExecutableFile(atPath: program) { return program }
            folder.deleteLastPathComponent()
        }
        return nil
    }()

    /// Runs a script.
    private func run(_ name: String, _ arguments: [String]) async throws -> Int32 {
        let process = Process()
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: name)
        process.executableURL = URL(filePath: ProcessInfo.processInfo.environment["TEMPORAL_PYTHON"] ?? "")
        process.arguments = [script.path()] + arguments
        let (exits, exit) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { exit.yield($0.terminationStatus) }
        try process.run()
        for await status in exits { return status }
        return -1
    }

    /// Runs a script against a service, whose address is the last argument.
    private func run(_ name: String, _ arguments: [String], _ options: TestServer.Options) async throws -> Int32 {
        let frontend = GRPCFrontend(TestServer(options: options), port: 0)
        let running = Task { try await frontend.run() }
        let code = try await run(name, arguments + ["127.0.0.1:\(try await frontend.port)"])
        frontend.stop()
        try await running.value
        return code
    }

    @Test func `Python's client and worker do on it what they do on a server`() async throws {
        var options = TestServer.Options()
        options.searchAttributes = ["points": .int]
        #expect(try await run("flows.py", ["wall"], options) == 0)
    }

    @Test
    func `Python's newer features work on it: executions without workflows, tuners, versions, workers that are ended`()
        async throws
    {
        #expect(try await run("features.py", [], TestServer.Options()) == 0)
    }

    @Test func `Python skips time on it`() async throws {
        #expect(try await run("flows.py", ["skip"], TestServer.Options(clock: .skipping())) == 0)
    }

    @Test(.enabled(if: program != nil))
    func `Python's own test environment can start it`() async throws {
        #expect(try await run("flows.py", ["env", try #require(Self.program)]) == 0)
    }
}
