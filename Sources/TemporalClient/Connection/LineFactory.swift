import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOHTTP2
import NIOSSL

/// Makes the lines of a connection.
struct LineFactory: Sendable {
    /// How long it may take until a server has begun to speak HTTP/2, from the time when its address is known.
    static let connectTimeout = TimeAmount.seconds(20)

    /// How many calls go over one line at a time, as the server said.
    let limit = CallLimit()

    /// Where the connection leads, for messages.
    let destination: String

    /// The name that the service is called by in every call; `nil` for that of the address.
    var authority: String? { config.http2.authority }

    private let target: HostAndPort
    private let security: HTTP2ClientTransport.Posix.TransportSecurity
    private let config: HTTP2ClientTransport.Posix.Config

    /// Checks options and prepares what all lines have in common.
    ///
    /// - Throws: ``ConnectionOptionsError`` if the options are wrong in themselves.
    init(_ options: ConnectionOptions, connectTimeout: TimeAmount = LineFactory.connectTimeout) throws {
        let service = try HostAndPort(options.address)
        let tls = try options.effectiveTLS.map {
            try TLSContexts($0, host: service, isTunnelled: options.proxy != nil)
        }
        let tunnel = try options.proxy.map { proxy in
            (request: try proxy.request(to: service.authority), proxy: proxy.address)
        }
        target =
            try options.proxy.map { try HostAndPort($0.address, of: "proxy", example: "proxy.example.com:3128") }
            ?? service
        destination = options.address + (options.proxy.map { " (through the HTTP proxy at \($0.address))" } ?? "")
        security = tls == nil ? .plaintext : .customSecure
        var config = HTTP2ClientTransport.Posix.Config.defaults
        config.http2.authority =
            options.authority ?? options.effectiveTLS?.serverName ?? (tunnel == nil ? nil : service.authority)
        // A server that restarts is back within seconds; the default of two minutes would leave calls failing for long.
        config.backoff = .init(initial: .milliseconds(100), max: .seconds(5), multiplier: 1.6, jitter: 0.2)
        config.connection.maxIdleTime = nil
        config.connection.keepalive = options.keepAlive.map {
            .init(time: $0.interval, timeout: $0.timeout, allowWithoutCalls: true)
        }
        if options.compression == .gzip { config.compression = .init(algorithm: .gzip, enabledAlgorithms: [.gzip]) }
        config.channelDebuggingCallbacks.onCreateTCPConnection = { [limit] channel in
            let handler = tls.map { $0.makeHandler(on: channel.eventLoop).map(Optional.some) }
            return (handler ?? channel.eventLoop.makeSucceededFuture(nil)).flatMapThrowing { handler in
                let pipeline = channel.pipeline.syncOperations
                let http2 = try pipeline.handler(type: NIOHTTP2Handler.self)
                // Each comes directly in front of HTTP/2, and so behind those before it.
                if let tunnel {
                    try pipeline.addHandler(
                        ProxyTunnelHandler(request: tunnel.request, proxy: tunnel.proxy),
                        position: .before(http2)
                    )
                }
                if let handler { try pipeline.addHandler(handler.value, position: .before(http2)) }
                try pipeline.addHandler(ServerSettingsHandler(limit, timeout: connectTimeout), position: .before(http2))
                try pipeline.addHandler(PingResponder(), position: .before(http2))
            }
        }
        self.config = config
    }

    /// Makes a line.
    ///
    /// - Parameter loop: Where its channels run.
    /// - Throws: ``ConnectionOptionsError`` if none can be made.
    func makeTransport(on loop: any EventLoop) throws -> HTTP2ClientTransport.Posix {
        do {
            switch target.kind {
            case .name:
                return try .http2NIOPosix(
                    target: .dns(host: target.host, port: target.port),
                    transportSecurity: security,
                    config: config,
                    eventLoopGroup: loop
                )
            case .ipv4:
                return try .http2NIOPosix(
                    target: .ipv4(address: target.host, port: target.port),
                    transportSecurity: security,
                    config: config,
                    eventLoopGroup: loop
                )
            case .ipv6:
                return try .http2NIOPosix(
                    target: .ipv6(address: target.host, port: target.port),
                    transportSecurity: security,
                    config: config,
                    eventLoopGroup: loop
                )
            }
        } catch {
            throw ConnectionOptionsError("No connection to \(destination) can be made.", cause: error)
        }
    }
}
