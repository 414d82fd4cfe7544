import NIOCore
import Testing

@testable import TemporalClient

@Suite struct HTTP2PingFilterTests {
    /// A frame of a type, with as many payload bytes as said.
    private func frame(_ type: UInt8, flags: UInt8 = 0, stream: UInt8 = 1, payload: [UInt8]) -> [UInt8] {
        [
            UInt8(payload.count >> 16), UInt8(payload.count >> 8 & 0xff), UInt8(payload.count & 0xff), type, flags,
            0, 0, 0, stream,
        ] + payload
    }

    private func ping(_ byte: UInt8, flags: UInt8 = 0) -> [UInt8] {
        frame(6, flags: flags, stream: 0, payload: [byte, 2, 3, 4, 5, 6, 7, 8])
    }

    private func run(_ chunks: [[UInt8]]) -> (passed: [UInt8], pings: [UInt8]) {
        var filter = HTTP2PingFilter()
        var passed: [UInt8] = []
        var pings: [UInt8] = []
        for chunk in chunks {
            let result = filter.filter(ByteBuffer(bytes: chunk))
            passed += Array(result.passed.readableBytesView)
            pings += result.pings.map { $0.bytes[0] }
        }
        return (passed, pings)
    }

    private func stream() -> (all: [UInt8], without: [UInt8]) {
        let settings = frame(4, stream: 0, payload: [0, 3, 0, 0, 0, 100])
        let emptySettings = frame(4, flags: 1, stream: 0, payload: [])
        let data = frame(0, payload: Array(repeating: 6, count: 300))
        let own = ping(77, flags: 1)
        return (
            settings + ping(1) + emptySettings + ping(2) + ping(3) + data + own + ping(4),
            settings + emptySettings + data + own
        )
    }

    @Test func `PINGs are taken and everything else passes, wherever the stream is cut in two`() {
        let (all, without) = stream()
        for cut in 0...all.count {
            let result = run([Array(all[..<cut]), Array(all[cut...])])
            #expect(result.passed == without, "cut at \(cut)")
            #expect(result.pings == [1, 2, 3, 4], "cut at \(cut)")
        }
    }

    @Test(arguments: [1, 2, 3, 5, 7, 8, 9, 10, 16, 17, 18, 100])
    func `PINGs are taken from chunks of any size`(size: Int) {
        let (all, without) = stream()
        let chunks = stride(from: 0, to: all.count, by: size).map { Array(all[$0..<min($0 + size, all.count)]) }
        let result = run(chunks)
        #expect(result.passed == without)
        #expect(result.pings == [1, 2, 3, 4])
    }

    @Test func `a chunk without PINGs passes without a copy`() throws {
        var filter = HTTP2PingFilter()
        let input = ByteBuffer(bytes: frame(0, payload: Array(repeating: 1, count: 100)))
        let passed = filter.filter(input).passed
        let before = input.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        let after = passed.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        #expect(before == after)
    }

    @Test(arguments: [
        // An acknowledged one, one on a stream, one that is too short, one that is too long.
        [0, 0, 8, 6, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8],
        [0, 0, 8, 6, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8],
        [0, 0, 7, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7],
        [0, 0, 9, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    ])
    func `what is no well-formed PING passes to the implementation`(bytes: [UInt8]) {
        for cut in 0...bytes.count {
            let result = run([Array(bytes[..<cut]), Array(bytes[cut...])])
            #expect(result.passed == bytes)
            #expect(result.pings.isEmpty)
        }
    }

    @Test func `random bytes are never lost unless they are a PING, and never crash`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let count = Int.random(in: 0...60, using: &random)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            // Short frames, so that several headers are met.
            if count > 2 { (bytes[0], bytes[1], bytes[2]) = (0, 0, UInt8.random(in: 0...12, using: &random)) }
            let cut = Int.random(in: 0...count, using: &random)
            let result = run([Array(bytes[..<cut]), Array(bytes[cut...])])
            let whole = run([bytes])
            #expect(result.passed == whole.passed)
            #expect(result.pings == whole.pings)
            // Fewer than the 17 bytes of a header and a PING may wait for their rest.
            #expect(result.passed.count + result.pings.count * 17 + 16 >= count)
        }
    }

    @Test func `PINGs pass while they are not to be taken`() {
        var filter = HTTP2PingFilter()
        let result = filter.filter(ByteBuffer(bytes: ping(1)), takesPings: false)
        #expect(Array(result.passed.readableBytesView) == ping(1))
        #expect(result.pings.isEmpty)
    }

    @Test func `an answer is the PING with the acknowledge flag`() {
        var filter = HTTP2PingFilter()
        let answer = filter.filter(ByteBuffer(bytes: ping(9))).pings.first?.acknowledgement
        #expect(answer.map { Array($0.readableBytesView) } == ping(9, flags: 1))
    }

    @Test func `the boundary is reached after the preface and after each whole frame, wherever it is cut`() {
        let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        let frames = [frame(4, stream: 0, payload: []), frame(0, payload: Array(repeating: 0, count: 20))]
        let all = preface + frames[0] + frames[1]
        let boundaries = [24, 33, all.count]
        for size in 1...all.count {
            var boundary = HTTP2FrameBoundary()
            #expect(!boundary.isReached)
            for start in stride(from: 0, to: all.count, by: size) {
                let end = min(start + size, all.count)
                boundary.advance(over: ByteBuffer(bytes: all[start..<end]))
                #expect(boundary.isReached == boundaries.contains(end), "after \(end) bytes")
            }
        }
    }
}
