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

    @Test func `an API key that cannot be sent is refused, wherever it comes from, and not shown`() async throws {
        let refused = #expect(throws: ConnectionOptionsError.self) {
            try GRPCConnection(lazily: ConnectionOptions(apiKey: "s3cret\n"))
        }
        #expect(refused?.message.contains("The API key") == true)
        try await GRPCTestServer.run(script) { server in
            let connection = try await GRPCConnection.connect(ConnectionOptions(address: server.address))
            connection.replaceAPIKey("s3cret\r\n")
            let own = CallOptions(metadata: ["authorization": "Basic x"])
            #expect(try await systemInfo(connection, own) == "9.9.9")
            let replaced = await #expect(throws: RPCError.self) { try await systemInfo(connection) }
            let provided = try GRPCConnection(
                lazily: ConnectionOptions(address: server.address, isTLSDisabled: true) { "s3cret\u{e9}" }
            )
            let told = await #expect(throws: RPCError.self) { try await systemInfo(provided) }
            for error in [replaced, told] {
                #expect(error?.code == .invalidArgument)
                #expect(error?.message.contains("The API key has characters that cannot be sent") == true)
                #expect(error.map { "\($0)".contains("s3cret") } == false)
            }
            await connection.close()
            await provided.close()
        }
    }
}
