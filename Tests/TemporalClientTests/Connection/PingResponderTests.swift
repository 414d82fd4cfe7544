import NIOCore
import NIOEmbedded
import Testing

@testable import TemporalClient

@Suite struct PingResponderTests {
    private let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    private func ping(_ byte: UInt8, flags: UInt8 = 0) -> [UInt8] {
        [0, 0, 8, 6, flags, 0, 0, 0, 0] + Array(repeating: byte, count: 8)
    }

    private func connected() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(handler: PingResponder(LineWatch()))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    private func send(_ bytes: [UInt8], _ channel: EmbeddedChannel) {
        channel.writeAndFlush(IOData.byteBuffer(ByteBuffer(bytes: bytes)), promise: nil)
    }

    private func sent(_ channel: EmbeddedChannel) throws -> [UInt8] {
        var all: [UInt8] = []
        while let data = try channel.readOutbound(as: IOData.self), case .byteBuffer(let bytes) = data {
            all += Array(bytes.readableBytesView)
        }
        return all
    }

    @Test func `a PING is answered and never seen behind`() throws {
        let channel = try connected()
        send(preface, channel)
        _ = try sent(channel)
        try channel.writeInbound(ByteBuffer(bytes: ping(1) + ping(2)))
        #expect(try sent(channel) == ping(1, flags: 1) + ping(2, flags: 1))
        #expect(try channel.readInbound(as: ByteBuffer.self) == nil)
    }

    @Test func `the answer to the connection's own PING passes`() throws {
        let channel = try connected()
        try channel.writeInbound(ByteBuffer(bytes: ping(1, flags: 1)))
        #expect(try channel.readInbound(as: ByteBuffer.self) == ByteBuffer(bytes: ping(1, flags: 1)))
        #expect(try sent(channel).isEmpty)
    }

    @Test func `an answer waits for the end of the preface and of the frame that is being sent`() throws {
        let channel = try connected()
        try channel.writeInbound(ByteBuffer(bytes: ping(1)))
        #expect(try sent(channel).isEmpty)
        send(preface, channel)
        #expect(try sent(channel) == preface + ping(1, flags: 1))

        let header: [UInt8] = [0, 0, 3, 0, 0, 0, 0, 0, 1]
        send(header, channel)
        try channel.writeInbound(ByteBuffer(bytes: ping(2)))
        #expect(try sent(channel) == header)
        send([1, 2, 3], channel)
        #expect(try sent(channel) == [1, 2, 3] + ping(2, flags: 1))
    }

    @Test func `answers wait while the connection takes no bytes, and too many are left to the implementation`() throws
    {
        let channel = try connected()
        send(preface, channel)
        _ = try sent(channel)
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        for _ in 0..<PingResponder.maximumPending {
            try channel.writeInbound(ByteBuffer(bytes: ping(1)))
        }
        #expect(try sent(channel).isEmpty)
        #expect(try channel.readInbound(as: ByteBuffer.self) == nil)
        try channel.writeInbound(ByteBuffer(bytes: ping(2)))
        #expect(try channel.readInbound(as: ByteBuffer.self) == ByteBuffer(bytes: ping(2)))

        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        #expect(try sent(channel).count == PingResponder.maximumPending * 17)
    }
}
