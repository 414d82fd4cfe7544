import NIOCore

/// Answers the PINGs of the server in front of the HTTP/2 implementation, which never sees them.
///
/// Servers written in Go measure the connection with a PING for almost every response. The HTTP/2 implementation
/// takes more than 200 control frames in 30 s for an attack and closes the connection, so that any busy worker would
/// lose it again and again. It has a setting for that, but the gRPC transport does not pass it on.
///
/// The protection stays: while answers cannot be sent, PINGs beyond ``maximumPending`` go to the implementation, and
/// its limit applies to them.
///
/// It sees every frame, and so it is also what tells that the server ends the connection.
///
/// Confined to its channel's event loop, as every handler.
final class PingResponder: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// How many answers may wait because the connection takes no more bytes.
    static let maximumPending = 1000

    private let watch: LineWatch
    private var filter = HTTP2PingFilter()
    private var boundary = HTTP2FrameBoundary()
    private var pending = CircularBuffer<PingPayload>()
    private var needsFlush = false

    /// Answers.
    ///
    /// - Parameter watch: What is told that the server ends the connection.
    init(_ watch: LineWatch) {
        self.watch = watch
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let takesPings = pending.count < Self.maximumPending
        let (passed, pings) = filter.filter(unwrapInboundIn(data), takesPings: takesPings)
        pending.append(contentsOf: pings)
        // Before the frame passes, so that no new call goes where it would be refused.
        if filter.hasSeenGoAway { watch.goesAway() }
        answer(context)
        if passed.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(passed)) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if needsFlush {
            needsFlush = false
            context.flush()
        }
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        answer(context)
        if needsFlush {
            needsFlush = false
            context.flush()
        }
        context.fireChannelWritabilityChanged()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let data = unwrapOutboundIn(data)
        if case .byteBuffer(let bytes) = data { boundary.advance(over: bytes) }
        context.write(wrapOutboundOut(data), promise: promise)
        answer(context)
    }

    func flush(context: ChannelHandlerContext) {
        needsFlush = false
        context.flush()
    }

    /// Sends the waiting answers if the connection stands between two frames and takes bytes.
    private func answer(_ context: ChannelHandlerContext) {
        while boundary.isReached, context.channel.isWritable, let ping = pending.popFirst() {
            context.write(wrapOutboundOut(.byteBuffer(ping.acknowledgement)), promise: nil)
            needsFlush = true
        }
    }
}
