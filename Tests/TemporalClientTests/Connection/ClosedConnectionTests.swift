import Logging
import Temporal
import TemporalAPI
import Testing

@testable import TemporalClient

/// What becomes of calls on a connection that the program has closed.
@Suite(.timeLimit(.minutes(1))) struct ClosedConnectionTests {
    private let script = ScriptedService()
    private let timing = ManualTiming()

    private func client(_ connection: GRPCConnection) -> TemporalClient {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let service = RetryingService(connection, namespace: "space", timing: timing.timing, logger: logger)
        return TemporalClient(retrying: service, namespace: "space", logger: logger)
    }

    @Test func `a client ends its calls at once, and makes none again`() async throws {
        script.answer(.getSystemInfo) { _ in .init() }
        try await GRPCTestServer.run(script) { server in
            let connection = try await GRPCConnection.connect(ConnectionOptions(address: server.address))
            let client = client(connection)
            await connection.close()
            let handle = client.workflowHandle(id: "w")
            let ordinary = await #expect(throws: RPCError.self) { try await handle.describe() }
            let waiting = await #expect(throws: RPCError.self) { try await handle.result(as: String.self) }
            let poll = await #expect(throws: RPCError.self) {
                try await client.service.call(.pollWorkflowTaskQueue, .init(), options: .default)
            }
            for error in [ordinary, waiting, poll] {
                #expect(error?.code == .failedPrecondition)
                #expect(error?.message.contains("was closed") == true)
            }
            #expect(timing.waits.isEmpty)
        }
    }

    @Test func `a connection to a host that is not found is closed without a wait`() async throws {
        let connection = try GRPCConnection(lazily: ConnectionOptions(address: "nowhere.invalid:7233"))
        await #expect(throws: RPCError.self) { try await connection.serviceInfo() }
        // Longer than this suite may take.
        await connection.close(within: .seconds(3600))
    }

    @Test func `a connection whose last call fails while it is closed ends with that`() async throws {
        let connection = try GRPCConnection(lazily: ConnectionOptions(address: "nowhere.invalid:7233"))
        let call = Task { try await connection.serviceInfo() }
        while connection.lineCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
        await connection.close(within: .seconds(3600))
        await #expect(throws: RPCError.self) { try await call.value }
    }

    @Test func `a provider of keys has no more time than the call`() async throws {
        let provider: @Sendable () async throws -> String = {
            // It heeds no cancellation either.
            await Task { () -> String in
                let (never, _) = AsyncStream<String>.makeStream()
                for await key in never { return key }
                return ""
            }.value
        }
        try await GRPCTestServer.run(script) { server in
            let options = ConnectionOptions(address: server.address, isTLSDisabled: true, apiKeyProvider: provider)
            let connection = try GRPCConnection(lazily: options)
            let error = await #expect(throws: RPCError.self) {
                try await connection.call(
                    .getSystemInfo,
                    .init(),
                    options: CallOptions(timeout: .milliseconds(20))
                )
            }
            #expect(error?.code == .deadlineExceeded)
            #expect(error?.message.contains("API key") == true)
            #expect(script.calls.isEmpty)
            let waiting = Task {
                try await connection.call(.getSystemInfo, .init(), options: .default)
            }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            await connection.close()
        }
    }
}
