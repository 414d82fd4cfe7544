import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalClient

/// API keys that cannot be had or sent.
@Suite(.timeLimit(.minutes(1))) struct APIKeyTests {
    private let script = ScriptedService()

    init() {
        script.answer(.getSystemInfo) { _ in .with { $0.serverVersion = "9.9.9" } }
    }

    private func systemInfo(_ service: any TemporalService, _ options: CallOptions = .default) async throws -> String {
        try await service.call(.getSystemInfo, APIGetSystemInfoRequest(), options: options).serverVersion
    }

    @Test func `a cancellation inside of a provider of keys is an error like any other`() async throws {
        try await GRPCTestServer.run(script) { server in
            let options = ConnectionOptions(address: server.address, isTLSDisabled: true) { throw CancellationError() }
            let connection = try GRPCConnection(lazily: options)
            let error = await #expect(throws: RPCError.self) { try await systemInfo(connection) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("there is no API key") == true)
            await connection.close()
        }
    }
}
