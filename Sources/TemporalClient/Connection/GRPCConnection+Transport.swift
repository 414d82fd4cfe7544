import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore

extension GRPCConnection {
    /// The transport that the options describe.
    ///
    /// - Throws: ``ConnectionOptionsError`` if a certificate or key cannot be used.
    static func transport(
        _ target: HostAndPort,
        _ options: ConnectionOptions
    ) throws -> HTTP2ClientTransport.Posix {
        let tls = options.effectiveTLS
        var config = HTTP2ClientTransport.Posix.Config.defaults
        config.http2.authority = tls?.serverName
        // A server that restarts is back within seconds; the default of two minutes would leave calls failing for long.
        config.backoff = .init(initial: .milliseconds(100), max: .seconds(5), multiplier: 1.6, jitter: 0.2)
        config.connection.maxIdleTime = nil
        config.connection.keepalive = options.keepAlive.map {
            .init(time: $0.interval, timeout: $0.timeout, allowWithoutCalls: true)
        }
        config.channelDebuggingCallbacks.onCreateTCPConnection = PingResponder.install(in:)
        let security = try tls.map(transportSecurity) ?? .plaintext
        do {
            switch target.kind {
            case .name:
                return try .http2NIOPosix(
                    target: .dns(host: target.host, port: target.port),
                    transportSecurity: security,
                    config: config
                )
            case .ipv4:
                return try .http2NIOPosix(
                    target: .ipv4(address: target.host, port: target.port),
                    transportSecurity: security,
                    config: config
                )
            case .ipv6:
                return try .http2NIOPosix(
                    target: .ipv6(address: target.host, port: target.port),
                    transportSecurity: security,
                    config: config
                )
            }
        } catch {
            throw ConnectionOptionsError(
                "No connection to \(options.address) can be made: check that the root certificates, the client "
                    + "certificate and its private key are valid PEM and belong together.",
                cause: error
            )
        }
    }

    private static func transportSecurity(
        _ tls: TLSOptions
    ) throws -> HTTP2ClientTransport.Posix.TransportSecurity {
        var chain: [TLSConfig.CertificateSource] = []
        var key: TLSConfig.PrivateKeySource?
        if let identity = tls.clientIdentity {
            chain = [.bytes(try identity.certificate.bytes("client certificate"), format: .pem)]
            key = .bytes(try identity.privateKey.bytes("client private key"), format: .pem)
        }
        let roots = try tls.serverRootCertificates?.bytes("file of server root certificates")
        return .tls { config in
            config.certificateChain = chain
            config.privateKey = key
            if let roots { config.trustRoots = .certificates([.bytes(roots, format: .pem)]) }
        }
    }
}
