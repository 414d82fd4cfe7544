import Foundation
import Logging
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import Testing

/// Nothing that is secret is ever shown, whatever goes wrong.
@Suite(.timeLimit(.minutes(1))) struct SecretsTests {
    private static let secrets = [
        "s3cret-key", "s3cret-other", "s3cret-value", "s3cret-password",
        Data("user:s3cret-password".utf8).base64EncodedString(), "BEGIN PRIVATE KEY", "BEGIN CERTIFICATE",
        String(TestCertificates.clientKey.split(separator: "\n")[1]),
    ]

    private func isClean(_ text: String) -> Bool { !Self.secrets.contains { text.contains($0) } }

    /// Everything that can be made of a value by printing it.
    private func texts(_ value: Any) -> String {
        var text = "\(value) \(String(reflecting: value))"
        dump(value, to: &text)
        return text
    }

    private func options(_ address: String, proxy: Int?) -> ConnectionOptions {
        ConnectionOptions(
            address: address,
            tls: TLSOptions(
                serverRootCertificates: .text(TestCertificates.root),
                clientIdentity: .init(
                    certificate: .text(TestCertificates.client),
                    privateKey: .text(TestCertificates.clientKey)
                )
            ),
            apiKey: "s3cret-key",
            metadata: ["token": "s3cret-value"],
            proxy: proxy.map {
                HTTPProxy(address: "127.0.0.1:\($0)", credentials: .init(user: "user", password: "s3cret-password"))
            }
        )
    }

    @Test func `options, connection and client show no secrets`() throws {
        var options = options("temporal.test:7233", proxy: 3128)
        #expect(isClean(texts(options)))
        #expect(isClean(texts(options.tls as Any)))
        #expect(isClean(texts(options.proxy as Any)))
        #expect(isClean(texts(options.proxy?.credentials as Any)))
        #expect(texts(options).contains("temporal.test:7233"))
        options.apiKeyProvider = { "s3cret-other" }
        let connection = try GRPCConnection(lazily: options)
        #expect(isClean(texts(connection)))
        #expect(isClean(texts(TemporalClient(service: connection))))
        let impatient = TemporalClient(service: connection).with(CallOptions(metadata: ["token": "s3cret-value"]))
        #expect(isClean(texts(impatient)))
        let calls = CallOptions(timeout: .seconds(1), metadata: ["token": "s3cret-value"], retries: false)
        #expect("\(calls)" == "call options (timeout 1.0 seconds, no retries, metadata token)")
        #expect(isClean(texts(calls)))
    }

    @Test(arguments: [
        ConnectProxy.Behaviour.answers("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
        .answers("nonsense\r\n\r\n"), .closes, .relays(authorization: nil),
    ])
    func `errors and logs show no secrets when nothing is reached`(behaviour: ConnectProxy.Behaviour) async throws {
        let log = LogRecorder()
        let script = ScriptedService()
        try await GRPCTestServer.run(script) { server in
            try await ConnectProxy.run(behaviour) { proxy in
                // The server speaks no TLS, so that even a proxy that agrees leads to nothing.
                let connection = try GRPCConnection(lazily: options("localhost:\(server.port)", proxy: proxy.port))
                let client = TemporalClient(
                    service: connection,
                    retry: CallRetryOptions(maximumInterval: .milliseconds(20), maximumAttempts: 8),
                    logger: log.logger
                )
                let error = await #expect(throws: RPCError.self) {
                    try await client.workflowHandle(id: "w").describe()
                }
                #expect(isClean(texts(error as Any)))
                await connection.close(within: .zero)
            }
        }
        #expect(!log.text.isEmpty)
        #expect(isClean(log.text))
    }

    @Test func `errors and logs show no secrets when the service refuses`() async throws {
        let log = LogRecorder()
        let script = ScriptedService()
        script.answer(.describeWorkflowExecution) { _ in throw RPCError(code: .unavailable, message: "down") }
        script.answer(.describeWorkflowExecution) { _ in throw RPCError(code: .permissionDenied, message: "no") }
        try await GRPCTestServer.run(script) { server in
            var options = options(server.address, proxy: nil)
            options.isTLSDisabled = true
            let client = TemporalClient(service: try GRPCConnection(lazily: options), logger: log.logger)
                .with(CallOptions(metadata: ["other": "s3cret-other"]))
            let error = await #expect(throws: PermissionDeniedError.self) {
                try await client.workflowHandle(id: "w").describe()
            }
            #expect(isClean(texts(error as Any)))
            // They were really sent.
            #expect(server.observed.metadata("authorization").last == ["Bearer s3cret-key"])
            #expect(server.observed.metadata("other").last == ["s3cret-other"])
            let wrong = await #expect(throws: RPCError.self) {
                try await client.with(CallOptions(metadata: ["other": "s3cret-other\n"])).workflowHandle(id: "w")
                    .describe()
            }
            #expect(wrong?.code == .invalidArgument)
            #expect(isClean(texts(wrong as Any)))
        }
        #expect(!log.text.isEmpty)
        #expect(isClean(log.text))
    }
}

/// Remembers everything that is logged.
private final class LogRecorder: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    var logger: Logger {
        var logger = Logger(label: "secrets") { _ in Handler(recorder: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            recorder.lines.withLock {
                $0.append("\(event.level) \(event.message) \(event.metadata ?? [:]) \(metadata)")
            }
        }
    }
}
