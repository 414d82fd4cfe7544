import NIOCore
import NIOPosix
import Synchronization

/// An HTTP proxy in this process that knows CONNECT.
final class ConnectProxy: Sendable {
    /// How the proxy behaves.
    enum Behaviour: Sendable {
        /// It lets through who says this authorization, or everybody.
        case relays(authorization: String?)
        /// It answers with this, whatever it is asked.
        case answers(String)
        /// It begins to answer, and goes on and on.
        case answersWithoutEnd
        /// It closes the connection.
        case closes
    }

    /// The port on 127.0.0.1.
    let port: Int

    private let log: RequestLog

    /// The requests, from the first to the last.
    var requests: [String] { log.requests.withLock { $0 } }

    /// Runs a proxy while the body runs.
    static func run<Result>(
        _ behaviour: Behaviour = .relays(authorization: nil),
        _ body: (ConnectProxy) async throws -> Result
    ) async throws -> Result {
        let log = RequestLog()
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(RequestHandler(behaviour, log))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let proxy = ConnectProxy(port: channel.localAddress?.port ?? 0, log)
        let result: Result
        do {
            result = try await body(proxy)
        } catch {
            try? await channel.close()
            throw error
        }
        try await channel.close()
        return result
    }

    private init(port: Int, _ log: RequestLog) {
        self.port = port
        self.log = log
    }
}

/// What a proxy was asked.
private final class RequestLog: Sendable {
    let requests = Mutex<[String]>([])
}

/// Reads the request, and connects both sides.
private final class RequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let behaviour: ConnectProxy.Behaviour
    private let log: RequestLog
    private var received = ""

    init(_ behaviour: ConnectProxy.Behaviour, _ log: RequestLog) {
        self.behaviour = behaviour
        self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += String(buffer: unwrapInboundIn(data))
        guard received.hasSuffix("\r\n\r\n") else { return }
        log.requests.withLock { $0.append(received) }
        switch behaviour {
        case .answers(let text):
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        case .answersWithoutEnd:
            let text = "HTTP/1.1 200 OK\r\n" + String(repeating: "X: 1\r\n", count: 20_000)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        case .closes:
            context.close(promise: nil)
        case .relays(let authorization):
            if let authorization, !received.contains("\r\nProxy-Authorization: \(authorization)\r\n") {
                let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: refusal)), promise: nil)
            } else {
                relay(context)
            }
        }
    }

    private func relay(_ context: ChannelHandlerContext) {
        let words = received.split(separator: " ")
        let target = words[1].split(separator: ":")
        guard words[0] == "CONNECT", target.count == 2, let port = Int(target[1]) else {
            return context.close(promise: nil)
        }
        let channel = context.channel
        // Names are this proxy's business: only it knows what they stand for.
        let other = ClientBootstrap(group: context.eventLoop)
            .channelInitializer { other in
                other.eventLoop.makeCompletedFuture {
                    try other.pipeline.syncOperations.addHandler(RelayHandler(to: channel))
                }
            }
            .connect(host: "127.0.0.1", port: port)
        let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let isolated = NIOLoopBound(self, eventLoop: context.eventLoop)
        other.whenComplete { result in
            let context = loopBound.value
            guard case .success(let other) = result else { return context.close(promise: nil) }
            let pipeline = context.pipeline.syncOperations
            try? pipeline.addHandler(RelayHandler(to: other), position: .after(isolated.value))
            let agreement = "HTTP/1.1 200 Connection established\r\nX-Proxy: test\r\n\r\n"
            context.writeAndFlush(isolated.value.wrapOutboundOut(ByteBuffer(string: agreement)), promise: nil)
            pipeline.removeHandler(context: context, promise: nil)
        }
    }
}

/// Writes to another channel what it reads from its own.
private final class RelayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel

    init(to other: any Channel) {
        self.other = other
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        other.close(promise: nil)
    }
}
