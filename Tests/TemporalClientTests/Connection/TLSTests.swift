import Foundation
import GRPCNIOTransportHTTP2Posix
import Temporal
import TemporalAPI
import Testing

@testable import TemporalClient

@Suite(.timeLimit(.minutes(1))) struct TLSTests {
    private let script = ScriptedService()

    init() {
        script.answer(.getSystemInfo) { _ in .init() }
    }

    private var serverTLS: HTTP2ServerTransport.Posix.TransportSecurity {
        .tls(certificateChain: [source(TestCertificates.server)], privateKey: key(TestCertificates.serverKey))
    }

    private var serverMutualTLS: HTTP2ServerTransport.Posix.TransportSecurity {
        .mTLS(certificateChain: [source(TestCertificates.server)], privateKey: key(TestCertificates.serverKey)) {
            $0.trustRoots = .certificates([source(TestCertificates.root)])
        }
    }

    private func source(_ pem: String) -> TLSConfig.CertificateSource { .bytes(Array(pem.utf8), format: .pem) }

    private func key(_ pem: String) -> TLSConfig.PrivateKeySource { .bytes(Array(pem.utf8), format: .pem) }

    private func connect(
        _ server: GRPCTestServer,
        host: String = "localhost",
        _ tls: TLSOptions?,
        apiKey: String? = nil
    ) async throws {
        let options = ConnectionOptions(address: "\(host):\(server.port)", tls: tls, apiKey: apiKey)
        try await GRPCConnection.connect(options).close()
    }

    @Test func `a server is trusted by the root that signed it`() async throws {
        try await GRPCTestServer.run(script, security: serverTLS) { server in
            try await connect(server, TLSOptions(serverRootCertificates: .text(TestCertificates.root)), apiKey: "k")
            #expect(server.observed.metadata("authorization") == [["Bearer k"]])
        }
    }

    @Test func `a server that nobody vouches for is refused`() async throws {
        try await GRPCTestServer.run(script, security: serverTLS) { server in
            let error = await #expect(throws: RPCError.self) { try await connect(server, TLSOptions()) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("TLS") == true)
        }
    }

    @Test func `the name in the certificate counts`() async throws {
        let root = TLSOptions.PEM.text(TestCertificates.root)
        try await GRPCTestServer.run(script, security: serverTLS) { server in
            // By its number the server has no name, but it may be given one.
            await #expect(throws: RPCError.self) {
                try await connect(server, host: "127.0.0.1", TLSOptions(serverRootCertificates: root))
            }
            try await connect(
                server,
                host: "127.0.0.1",
                TLSOptions(serverRootCertificates: root, serverName: "temporal.test")
            )
            await #expect(throws: RPCError.self) {
                try await connect(server, TLSOptions(serverRootCertificates: root, serverName: "other.test"))
            }
        }
    }

    @Test func `both sides show certificates with mutual TLS`() async throws {
        let root = TLSOptions.PEM.text(TestCertificates.root)
        let identity = TLSOptions.ClientIdentity(
            certificate: .text(TestCertificates.client),
            privateKey: .text(TestCertificates.clientKey)
        )
        try await GRPCTestServer.run(script, security: serverMutualTLS) { server in
            try await connect(server, TLSOptions(serverRootCertificates: root, clientIdentity: identity))
            await #expect(throws: RPCError.self) {
                try await connect(server, TLSOptions(serverRootCertificates: root))
            }
        }
    }

    @Test func `plaintext and TLS do not meet`() async throws {
        try await GRPCTestServer.run(script, security: serverTLS) { server in
            let error = await #expect(throws: RPCError.self) { try await connect(server, nil) }
            #expect(error?.message.contains("TLS") == true)
        }
        try await GRPCTestServer.run(script) { server in
            let error = await #expect(throws: RPCError.self) { try await connect(server, TLSOptions()) }
            #expect(error?.message.contains("TLS") == true)
        }
    }

    @Test func `certificates are read from files`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func file(_ name: String, _ text: String) throws -> TLSOptions.PEM {
            let url = folder.appending(path: name)
            try text.write(to: url, atomically: true, encoding: .utf8)
            return .file(url.path)
        }
        let tls = TLSOptions(
            serverRootCertificates: try file("root", TestCertificates.root),
            clientIdentity: .init(
                certificate: try file("client", TestCertificates.client),
                privateKey: try file("key", TestCertificates.clientKey)
            )
        )
        try await GRPCTestServer.run(script, security: serverMutualTLS) { server in
            try await connect(server, tls)
        }
    }

    @Test func `files that were replaced count when the connection is made anew`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ name: String, _ text: String) throws -> TLSOptions.PEM {
            let url = folder.appending(path: name)
            try text.write(to: url, atomically: true, encoding: .utf8)
            return .file(url.path)
        }
        // First those of others: neither side trusts the other.
        let tls = TLSOptions(
            serverRootCertificates: try write("root", TestCertificates.otherRoot),
            clientIdentity: .init(
                certificate: try write("client", TestCertificates.other),
                privateKey: try write("key", TestCertificates.otherKey)
            )
        )
        let port = try await GRPCTestServer.run(script, security: serverMutualTLS) { server in
            let connection = try GRPCConnection(
                lazily: ConnectionOptions(address: "localhost:\(server.port)", tls: tls)
            )
            let client = TemporalClient(
                service: connection,
                retry: CallRetryOptions(
                    maximumInterval: .milliseconds(300),
                    maximumAttempts: .max,
                    maximumElapsed: .seconds(40)
                ),
                logger: .silent
            )
            func failure() async -> String {
                await #expect(throws: RPCError.self) { try await connection.serviceInfo() }?.message ?? ""
            }
            #expect(await failure().contains("serverRootCertificates"))
            // A certificate is replaced before its key: what does not fit together is said, and does no harm.
            _ = try write("root", TestCertificates.root)
            _ = try write("client", TestCertificates.client)
            var message = await failure()
            while !message.contains("belong together") { message = await failure() }
            _ = try write("key", TestCertificates.clientKey)
            _ = try await client.service.call(.getSystemInfo, APIGetSystemInfoRequest(), options: .default)
            #expect(server.observed.connections > 0)
            await connection.close()
            return server.port
        }
        #expect(port > 0)
    }

    @Test func `a name may be verified that the server is not asked for by`() async throws {
        let root = TLSOptions.PEM.text(TestCertificates.root)
        try await GRPCTestServer.run(script, security: serverTLS) { server in
            for name in ["temporal.test", "localhost"] {
                try await connect(
                    server,
                    host: "127.0.0.1",
                    TLSOptions(serverRootCertificates: root, serverName: "asked.test", verifiedName: name)
                )
            }
            for (roots, name) in [
                (root, "asked.test"), (root, "127.0.0.1"), (.text(TestCertificates.otherRoot), "localhost"),
            ] {
                let error = await #expect(throws: RPCError.self) {
                    try await connect(
                        server,
                        TLSOptions(serverRootCertificates: roots, serverName: "asked.test", verifiedName: name)
                    )
                }
                #expect(error?.message.contains("verifiedName") == true, "\(error?.message ?? "")")
            }
        }
        let other = HTTP2ServerTransport.Posix.TransportSecurity.tls(
            certificateChain: [source(TestCertificates.other)],
            privateKey: key(TestCertificates.otherKey)
        )
        let otherRoot = TLSOptions.PEM.text(TestCertificates.otherRoot)
        try await GRPCTestServer.run(script, security: other) { server in
            try await connect(server, host: "127.0.0.1", TLSOptions(serverRootCertificates: otherRoot))
            try await connect(server, TLSOptions(serverRootCertificates: otherRoot, verifiedName: "127.0.0.1"))
            await #expect(throws: RPCError.self) {
                try await connect(server, TLSOptions(serverRootCertificates: otherRoot, verifiedName: "127.0.0.2"))
            }
        }
    }

    @Test func `a server need not be verified if one insists`() async throws {
        try await GRPCTestServer.run(script, security: serverTLS) { server in
            try await connect(server, host: "127.0.0.1", TLSOptions(isServerVerificationDisabled: true))
        }
    }

    @Test(arguments: [
        (TLSOptions(), "a.test:1", false, "a.test", ServerIdentity.Verified?.none),
        (TLSOptions(), "a.test:1", true, "a.test", nil),
        (TLSOptions(), "10.0.0.1:1", false, nil, nil),
        (TLSOptions(), "10.0.0.1:1", true, nil, .number("10.0.0.1")),
        (TLSOptions(), "[::1]:1", true, nil, .number("::1")),
        (TLSOptions(serverName: "b.test"), "10.0.0.1:1", true, "b.test", nil),
        (TLSOptions(serverName: "10.0.0.2"), "a.test:1", false, nil, .number("10.0.0.2")),
        (TLSOptions(serverName: "b.test", verifiedName: "c.test"), "a.test:1", false, "b.test", .name("c.test")),
        (TLSOptions(verifiedName: "a.test"), "a.test:1", false, "a.test", nil),
        (TLSOptions(verifiedName: "10.0.0.2"), "a.test:1", false, "a.test", .number("10.0.0.2")),
        (TLSOptions(verifiedName: "c.test", isServerVerificationDisabled: true), "a.test:1", false, "a.test", nil),
    ])
    func `who the server must be follows from names and numbers`(
        tls: TLSOptions,
        address: String,
        isTunnelled: Bool,
        requested: String?,
        verified: ServerIdentity.Verified?
    ) throws {
        let identity = ServerIdentity(tls, host: try HostAndPort(address), isTunnelled: isTunnelled)
        #expect(identity.requestedName == requested)
        #expect(identity.verified == verified)
    }

    @Test func `what cannot be used is said before anything is sent`() throws {
        func options(_ tls: TLSOptions) -> ConnectionOptions { ConnectionOptions(tls: tls) }
        let absent = #expect(throws: ConnectionOptionsError.self) {
            try GRPCConnection(lazily: options(TLSOptions(serverRootCertificates: .file("/absent.pem"))))
        }
        #expect(absent?.message.contains("/absent.pem") == true)
        #expect(throws: ConnectionOptionsError.self) {
            try GRPCConnection(lazily: options(TLSOptions(serverRootCertificates: .text("no certificate"))))
        }
        let mismatch = TLSOptions.ClientIdentity(
            certificate: .text(TestCertificates.client),
            privateKey: .text(TestCertificates.serverKey)
        )
        #expect(throws: ConnectionOptionsError.self) {
            try GRPCConnection(lazily: options(TLSOptions(clientIdentity: mismatch)))
        }
    }

    @Test func `a private key is never printed`() {
        let tls = TLSOptions(
            clientIdentity: .init(
                certificate: .text(TestCertificates.client),
                privateKey: .text(TestCertificates.clientKey)
            )
        )
        var dumped = ""
        dump(ConnectionOptions(tls: tls), to: &dumped)
        dump(tls, to: &dumped)
        for text in ["\(tls)", String(reflecting: tls), "\(ConnectionOptions(tls: tls))", dumped] {
            #expect(!text.contains("BEGIN"))
        }
    }

    @Test func `an API key turns TLS on unless it is turned off`() {
        #expect("\(ConnectionOptions(apiKey: "k"))".contains("TLS"))
        #expect("\(ConnectionOptions(isTLSDisabled: true, apiKey: "k"))".contains("plaintext"))
        #expect("\(ConnectionOptions())".contains("plaintext"))
    }
}
