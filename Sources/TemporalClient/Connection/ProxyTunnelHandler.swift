import NIOCore

/// Opens a way through an HTTP proxy before anything else is sent on a new connection.
///
/// Until the proxy has agreed, handlers behind it do not learn that the connection is there.
///
/// Confined to its channel's event loop, as every handler.
final class ProxyTunnelHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// The largest answer that is read: no proxy has that much to say in a header.
    private static let maximumBytes = 64 << 10

    private let request: String
    private let proxy: String
    private var response = ByteBuffer()
    private var isDone = false
    private var error: ProxyError?

    /// Prepares a way.
    ///
    /// - Parameters:
    ///   - request: What to send to the proxy.
    ///   - proxy: The address of the proxy, for errors.
    init(request: String, proxy: String) {
        self.request = request
        self.proxy = proxy
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer(string: request))), promise: nil)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Nothing for the service goes to a proxy that does not lead there.
        if let error { promise?.fail(error) } else { context.write(data, promise: promise) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return context.fireChannelRead(data) }
        response.writeImmutableBuffer(unwrapInboundIn(data))
        let bytes = response.readableBytesView
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) ?? bytes.firstRange(of: Array("\n\n".utf8)) else {
            if bytes.count > Self.maximumBytes { fail(context, "its answer does not end") }
            return
        }
        let header = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        let status = header.prefix { !$0.isNewline }
        let parts = status.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), parts[1].count == 3, let code = Int(parts[1]) else {
            return fail(context, "it is no HTTP proxy")
        }
        guard (200..<300).contains(code) else {
            return fail(context, "it answered \(status.dropFirst(parts[0].count + 1))")
        }
        isDone = true
        context.fireChannelActive()
        let rest = response.getSlice(at: end.upperBound, length: bytes.endIndex - end.upperBound)
        if let rest, rest.readableBytes > 0 {
            context.fireChannelRead(wrapInboundOut(rest))
            context.fireChannelReadComplete()
        }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !isDone { report(context, "it closed the connection") }
        context.fireChannelInactive()
    }

    private func fail(_ context: ChannelHandlerContext, _ problem: String) {
        report(context, problem)
        context.close(promise: nil)
    }

    private func report(_ context: ChannelHandlerContext, _ problem: String) {
        guard !isDone else { return }
        isDone = true
        let error = ProxyError(proxy: proxy, problem: problem)
        self.error = error
        // HTTP/2 keeps the end of a connection for itself that has not begun, and the error with it.
        context.fireChannelActive()
        context.fireErrorCaught(error)
    }
}

/// A proxy that leads nowhere.
struct ProxyError: Error, CustomStringConvertible {
    /// The address of the proxy.
    let proxy: String

    /// What it did.
    let problem: String

    var description: String { "HTTP proxy at \(proxy): \(problem)" }
}
