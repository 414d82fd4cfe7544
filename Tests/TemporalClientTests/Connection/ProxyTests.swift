import Foundation
import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOEmbedded
import Temporal
import TemporalAPI
import Testing

@testable import TemporalClient

@Suite(.timeLimit(.minutes(1))) struct ProxyTests {
    private let script = ScriptedService()

    init() {
        script.answer(.getSystemInfo) { _ in .init() }
    }

    /// Connects to a name that only the proxy can resolve.
    private func connect(
        _ server: GRPCTestServer,
        _ proxy: ConnectProxy,
        _ credentials: HTTPProxy.Credentials? = nil,
        host: String = "nowhere.invalid",
        tls: TLSOptions? = nil
    ) async throws {
        let options = ConnectionOptions(
            address: "\(host):\(server.port)",
            tls: tls,
            proxy: HTTPProxy(address: "127.0.0.1:\(proxy.port)", credentials: credentials)
        )
        let connection = try await GRPCConnection.connect(options)
        for _ in 0..<20 { _ = try await connection.serviceInfo() }
        await connection.close()
    }

    @Test func `calls go through a proxy, which resolves the name`() async throws {
        try await GRPCTestServer.run(script, pings: true) { server in
            try await ConnectProxy.run { proxy in
                try await connect(server, proxy)
                let authority = "nowhere.invalid:\(server.port)"
                #expect(proxy.requests == ["CONNECT \(authority) HTTP/1.1\r\nHost: \(authority)\r\n\r\n"])
                #expect(server.observed.connections == 1)
                #expect(server.observed.calls == 21)
            }
        }
    }

    @Test func `a proxy that wants to know who asks is told`() async throws {
        let expected = "Basic \(Data("ada:open sesame: ü".utf8).base64EncodedString())"
        try await GRPCTestServer.run(script) { server in
            try await ConnectProxy.run(.relays(authorization: expected)) { proxy in
                try await connect(server, proxy, HTTPProxy.Credentials(user: "ada", password: "open sesame: ü"))
                for wrong in [nil, HTTPProxy.Credentials(user: "ada", password: "s3cret")] {
                    let error = await #expect(throws: RPCError.self) { try await connect(server, proxy, wrong) }
                    #expect(error?.code == .unavailable)
                    #expect(
                        error?.message.contains("407 Proxy Authentication Required") == true,
                        "\(error?.message ?? "")"
                    )
                    #expect(error?.message.contains("credentials") == true)
                    #expect(error.map { "\($0)" }?.contains("s3cret") == false)
                }
            }
        }
    }

    @Test func `TLS goes through a proxy from end to end`() async throws {
        let security = HTTP2ServerTransport.Posix.TransportSecurity.tls(
            certificateChain: [.bytes(Array(TestCertificates.server.utf8), format: .pem)],
            privateKey: .bytes(Array(TestCertificates.serverKey.utf8), format: .pem)
        )
        let root = TLSOptions.PEM.text(TestCertificates.root)
        try await GRPCTestServer.run(script, security: security) { server in
            try await ConnectProxy.run { proxy in
                try await connect(server, proxy, host: "temporal.test", tls: TLSOptions(serverRootCertificates: root))
                let error = await #expect(throws: RPCError.self) {
                    try await connect(server, proxy, host: "other.test", tls: TLSOptions(serverRootCertificates: root))
                }
                #expect(error?.message.contains("certificate") == true)
                try await connect(
                    server,
                    proxy,
                    host: "other.test",
                    tls: TLSOptions(serverRootCertificates: root, serverName: "localhost")
                )
            }
        }
    }

    @Test func `a number behind a proxy is verified as such, not as the proxy's`() async throws {
        let security = HTTP2ServerTransport.Posix.TransportSecurity.tls(
            certificateChain: [.bytes(Array(TestCertificates.other.utf8), format: .pem)],
            privateKey: .bytes(Array(TestCertificates.otherKey.utf8), format: .pem)
        )
        let tls = TLSOptions(serverRootCertificates: .text(TestCertificates.otherRoot))
        try await GRPCTestServer.run(script, security: security) { server in
            try await ConnectProxy.run { proxy in
                try await connect(server, proxy, host: "127.0.0.1", tls: tls)
                // The connection goes to 127.0.0.1, which the certificate has; what was asked for is another.
                await #expect(throws: RPCError.self) { try await connect(server, proxy, host: "127.0.0.2", tls: tls) }
            }
        }
    }

    /// How the first call fails. It has time enough for a machine that runs all tests at once.
    private func failure(_ options: ConnectionOptions) async throws -> RPCError? {
        let connection = try GRPCConnection(lazily: options)
        let error = await #expect(throws: RPCError.self) {
            try await connection.call(
                .getSystemInfo,
                APIGetSystemInfoRequest(),
                options: Temporal.CallOptions(timeout: .seconds(50))
            )
        }
        await connection.close()
        return error
    }

    @Test(
        arguments: [
            (ConnectProxy.Behaviour.answers("HTTP/1.1 502 Bad Gateway\r\n\r\n"), "502 Bad Gateway"),
            (.answers("HTTP/1.0 403 Forbidden\n\n"), "403 Forbidden"),
            (.answers("220 mail.test ESMTP\r\n\r\n"), "it is no HTTP proxy"),
            (.answersWithoutEnd, "its answer does not end"),
            (.closes, "PORT: it closed the connection"),
        ]
    )
    func `a proxy that leads nowhere is told apart from the service`(_ behaviour: ConnectProxy.Behaviour, text: String)
        async throws
    {
        try await ConnectProxy.run(behaviour) { proxy in
            let options = ConnectionOptions(
                address: "temporal.test:7233",
                proxy: HTTPProxy(address: "127.0.0.1:\(proxy.port)")
            )
            let error = try await failure(options)
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("temporal.test:7233") == true)
            #expect(error?.message.contains("HTTP proxy at 127.0.0.1:\(proxy.port)") == true)
            let expected = text.replacing("PORT", with: "\(proxy.port)")
            #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
        }
    }

    @Test func `a proxy that nobody runs is named`() async throws {
        let port = try await ConnectProxy.run { $0.port }
        let options = ConnectionOptions(proxy: HTTPProxy(address: "127.0.0.1:\(port)"))
        let error = try await failure(options)
        #expect(error?.message.contains("through the HTTP proxy at 127.0.0.1:\(port)") == true)
    }

    @Test func `a proxy that cannot be asked is refused at once`() {
        for proxy in [
            HTTPProxy(address: "http://proxy:3128"), HTTPProxy(address: ""),
            HTTPProxy(address: "proxy:1", credentials: .init(user: "a:b", password: "s3cret")),
        ] {
            let error = #expect(throws: ConnectionOptionsError.self) {
                try GRPCConnection(lazily: ConnectionOptions(proxy: proxy))
            }
            #expect(error?.message.contains("proxy") == true)
            #expect(error?.message.contains("s3cret") == false)
        }
    }

    @Test(arguments: [1, 2, 7, 1000])
    func `an answer in pieces passes what comes after it`(size: Int) throws {
        let channel = EmbeddedChannel(
            handler: ProxyTunnelHandler(request: "CONNECT x:1 HTTP/1.1\r\n\r\n", proxy: "p:1")
        )
        let observer = ActivityObserver()
        try channel.pipeline.syncOperations.addHandler(observer)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        #expect(
            try channel.readOutbound(as: ByteBuffer.self).map { String(buffer: $0) } == "CONNECT x:1 HTTP/1.1\r\n\r\n"
        )
        #expect(observer.activations == 0)
        let answer = Array("HTTP/1.1 200 OK\r\nA: b\r\n\r\nSETTINGS".utf8)
        for start in stride(from: 0, to: answer.count, by: size) {
            try channel.writeInbound(ByteBuffer(bytes: answer[start..<min(start + size, answer.count)]))
        }
        var rest = ""
        while let chunk = try channel.readInbound(as: ByteBuffer.self) { rest += String(buffer: chunk) }
        #expect(rest == "SETTINGS")
        #expect(observer.activations == 1)
        #expect(throws: ChannelPipelineError.self) {
            try channel.pipeline.syncOperations.handler(type: ProxyTunnelHandler.self)
        }
        _ = try channel.finish()
    }
}

/// Counts how often a channel becomes active for the handlers behind.
private final class ActivityObserver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    var activations = 0

    func channelActive(context: ChannelHandlerContext) {
        activations += 1
        context.fireChannelActive()
    }
}
