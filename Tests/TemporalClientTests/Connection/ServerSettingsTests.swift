import NIOCore
import NIOEmbedded
import Testing

@testable import TemporalClient

@Suite struct ServerSettingsTests {
    /// A frame of settings.
    private func settings(_ entries: (name: UInt8, value: UInt32)...) -> [UInt8] {
        [0, 0, UInt8(entries.count * 6), 4, 0, 0, 0, 0, 0]
            + entries.flatMap { entry in
                [0, entry.name]
                    + stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: entry.value >> $0) }
            }
    }

    private func channel(_ limit: CallLimit) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(handler: ServerSettingsHandler(limit, LineWatch(), timeout: .seconds(20)))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    @Test(arguments: [1, 3, 9, 10, 1000])
    func `the number of calls that a server takes is learnt, and all passes`(size: Int) throws {
        let limit = CallLimit()
        let channel = try channel(limit)
        let bytes = settings((4, 65535), (3, 50), (5, 16384)) + [0, 0, 0, 4, 1, 0, 0, 0, 0] + settings((3, 7))
        for start in stride(from: 0, to: bytes.count, by: size) {
            try channel.writeInbound(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
        }
        var passed: [UInt8] = []
        while let chunk = try channel.readInbound(as: ByteBuffer.self) { passed += chunk.readableBytesView }
        #expect(passed == bytes)
        #expect(limit.calls == 40)
        #expect(throws: ChannelPipelineError.self) {
            try channel.pipeline.syncOperations.handler(type: ServerSettingsHandler.self)
        }
        // Nobody waits any more.
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(channel.isActive)
        _ = try channel.finish()
    }

    @Test(
        arguments: [
            (nil, 80), (0, 1), (1, 1), (2, 1), (5, 4), (10, 8), (99, 80), (100, 80), (128, 80), (UInt32.max, 80),
        ] as [(UInt32?, Int)]
    )
    func `some calls are kept free, and there are never too many`(announced: UInt32?, calls: Int) throws {
        let limit = CallLimit()
        let channel = try channel(limit)
        try channel.writeInbound(ByteBuffer(bytes: announced.map { settings((3, $0)) } ?? settings()))
        #expect(limit.calls == calls)
        _ = try channel.finish()
    }

    @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "\0\0\u{5}\u{4}\0\0\0\0\0....."])
    func `what is no HTTP/2 passes as it is`(text: String) throws {
        let limit = CallLimit()
        let channel = try channel(limit)
        try channel.writeInbound(ByteBuffer(string: text))
        #expect(try channel.readInbound(as: ByteBuffer.self) == ByteBuffer(string: text))
        #expect(limit.calls == 80)
        _ = try channel.finish()
    }

    @Test func `a server that says nothing is left`() throws {
        let channel = try channel(CallLimit())
        try channel.writeInbound(ByteBuffer(bytes: [0, 0]))
        channel.embeddedEventLoop.advanceTime(by: .seconds(19))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
        let error = #expect(throws: SilentServerError.self) { try channel.throwIfErrorCaught() }
        #expect(error?.description == "The server stayed silent for 20 s")
    }
}
