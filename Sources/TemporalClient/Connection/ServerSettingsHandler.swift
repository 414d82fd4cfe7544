import NIOCore

/// Waits for the settings that a server begins with, and learns from them how many calls it takes at a time.
///
/// A connection whose other side stays silent is closed: nothing else would notice it before the settings are there.
///
/// Confined to its channel's event loop, as every handler.
final class ServerSettingsHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let limit: CallLimit
    private let watch: LineWatch
    private let timeout: TimeAmount
    private var deadline: Scheduled<Void>?
    private var settings = ServerSettings()

    /// Waits.
    ///
    /// - Parameters:
    ///   - limit: What is learnt.
    ///   - watch: What is told that the server has begun to speak, and that the connection has closed.
    ///   - timeout: How long to wait, from the time when the connection begins to be made.
    init(_ limit: CallLimit, _ watch: LineWatch, timeout: TimeAmount) {
        self.limit = limit
        self.watch = watch
        self.timeout = timeout
    }

    func handlerAdded(context: ChannelHandlerContext) {
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { [timeout] in
            context.fireErrorCaught(SilentServerError(timeout: timeout))
            context.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let isDone = settings.read(unwrapInboundIn(data))
        // Before the data passes, for the first calls go out as soon as it has.
        if isDone {
            if let calls = settings.maximumConcurrentStreams { limit.learn(calls) }
            watch.connected()
            context.channel.closeFuture.whenComplete { [watch] _ in watch.closed() }
        }
        context.fireChannelRead(data)
        if isDone { context.pipeline.syncOperations.removeHandler(context: context, promise: nil) }
    }
}

/// A server that did not begin to speak HTTP/2.
struct SilentServerError: Error, CustomStringConvertible {
    /// How long it had.
    let timeout: TimeAmount

    var description: String { "The server stayed silent for \(timeout.nanoseconds / 1_000_000_000) s" }
}

/// The settings in the first frame of an HTTP/2 server, which arrives in chunks of any size.
struct ServerSettings {
    /// How many streams the server takes at a time; `nil` if it did not say.
    private(set) var maximumConcurrentStreams: Int?

    private var bytes: [UInt8] = []

    /// Reads a chunk.
    ///
    /// - Returns: Whether the settings were read, or will not be: then there is nothing more to read.
    mutating func read(_ chunk: ByteBuffer) -> Bool {
        bytes += chunk.readableBytesView
        guard bytes.count >= FrameHeader.length else { return false }
        let length = FrameHeader(bytes).payloadLength
        // What begins otherwise is none of HTTP/2, and its implementation says so.
        guard bytes[3] == FrameHeader.settingsType, length.isMultiple(of: 6), length < 1 << 14 else { return true }
        guard bytes.count >= FrameHeader.length + length else { return false }
        for entry in stride(from: FrameHeader.length, to: FrameHeader.length + length, by: 6) {
            let name = Int(bytes[entry]) << 8 | Int(bytes[entry + 1])
            // SETTINGS_MAX_CONCURRENT_STREAMS (RFC 9113, 6.5.2).
            guard name == 3 else { continue }
            maximumConcurrentStreams = bytes[entry + 2..<entry + 6].reduce(0) { $0 << 8 | Int($1) }
        }
        return true
    }
}
