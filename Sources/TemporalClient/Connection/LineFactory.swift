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

    /// How long a line may be without a connection before it is replaced by one that looks the name of the host up again.
    let patience: Duration

    /// Whether the host has a name, which may come to stand for another address.
    var canMove: Bool { target.kind == .name }

    private let target: HostAndPort
    private let tls: TLSContexts?
    private let tunnel: (request: String, proxy: String)?
    private let connectTimeout: TimeAmount
    private let resolvers: @Sendable () -> NameResolverRegistry
    private let security: HTTP2ClientTransport.Posix.TransportSecurity
    private let config: HTTP2ClientTransport.Posix.Config

    /// Checks options and prepares what all lines have in common.
    ///
    /// - Parameters:
    ///   - options: Where the service is and how to reach it.
    ///   - connectTimeout: How long the server may take to begin to speak HTTP/2.
    ///   - patience: How long a line may be without a connection before the name of the host is looked up again.
    ///   - resolvers: What looks names up.
    /// - Throws: ``ConnectionOptionsError`` if the options are wrong in themselves.
    init(
        _ options: ConnectionOptions,
        connectTimeout: TimeAmount = LineFactory.connectTimeout,
        patience: Duration = .seconds(10),
        resolvers: @escaping @Sendable () -> NameResolverRegistry = { .defaults }
    ) throws {
        self.connectTimeout = connectTimeout
        self.patience = patience
        self.resolvers = resolvers
        let service = try HostAndPort(options.address)
        tls = try options.effectiveTLS.map {
            try TLSContexts($0, host: service, isTunnelled: options.proxy != nil)
        }
        tunnel = try options.proxy.map { proxy in
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
        self.config = config
    }

    /// How a line is set up.
    private func config(_ watch: LineWatch) -> HTTP2ClientTransport.Posix.Config {
        var config = config
        config.channelDebuggingCallbacks.onCreateTCPConnection = { [limit, tls, tunnel, connectTimeout] channel in
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
                try pipeline.addHandler(
                    ServerSettingsHandler(limit, watch, timeout: connectTimeout),
                    position: .before(http2)
                )
                try pipeline.addHandler(PingResponder(watch), position: .before(http2))
            }
        }
        return config
    }

    /// Makes a line.
    ///
    /// - Parameters:
    ///   - watch: What is told of its connection.
    ///   - loop: Where its channels run.
    /// - Throws: ``ConnectionOptionsError`` if none can be made.
    func makeTransport(_ watch: LineWatch, on loop: any EventLoop) throws -> HTTP2ClientTransport.Posix {
        do {
            var registry = NameResolverRegistry()
            registry.registerFactory(LineNames())
            return try .http2NIOPosix(
                target: LineTarget(base: try resolver(), watch: watch),
                transportSecurity: security,
                config: config(watch),
                resolverRegistry: registry,
                eventLoopGroup: loop
            )
        } catch {
            throw ConnectionOptionsError("No connection to \(destination) can be made.", cause: error)
        }
    }

    /// What looks up the host.
    private func resolver() throws -> NameResolver {
        let resolvers = resolvers()
        let resolver =
            switch target.kind {
            case .name: resolvers.makeResolver(for: .dns(host: target.host, port: target.port))
            case .ipv4: resolvers.makeResolver(for: .ipv4(address: target.host, port: target.port))
            case .ipv6: resolvers.makeResolver(for: .ipv6(address: target.host, port: target.port))
            }
        guard let resolver else { throw ConnectionOptionsError("Nothing looks up the host \(target.host).") }
        return resolver
    }
}
