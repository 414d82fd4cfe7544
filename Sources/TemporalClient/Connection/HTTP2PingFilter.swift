import NIOCore

/// Takes the PING frames that want an answer out of a stream of HTTP/2 frames that arrives in chunks of any size.
///
/// Everything else passes unchanged, acknowledged PINGs and malformed frames too: judging those is the HTTP/2
/// implementation's business. A PING between the parts of a header block is taken as well, although a peer must not
/// send it there: nothing depends on it.
struct HTTP2PingFilter {
    private enum State {
        case header
        case payload(remaining: Int)
        case ping
    }

    private var state = State.header
    /// Whether a GOAWAY has passed, by which the peer says that the connection ends.
    private(set) var hasSeenGoAway = false

    /// The bytes of a frame header, or of a PING's payload, whose rest is in the next chunk.
    private var held: [UInt8] = []

    /// Takes the PINGs out of one chunk.
    ///
    /// - Parameters:
    ///   - input: The chunk.
    ///   - takesPings: Whether PINGs are taken out at all. If not, those whose header begins from here on pass.
    /// - Returns: What passes, and the payloads of the PINGs in their order.
    mutating func filter(_ input: ByteBuffer, takesPings: Bool = true) -> (passed: ByteBuffer, pings: [PingPayload]) {
        let end = input.writerIndex
        var index = input.readerIndex
        // What passes is copied only if something is left out of the chunk, or held back from it.
        var output: ByteBuffer?
        var passFrom = index
        var pings: [PingPayload] = []

        func cut(_ input: ByteBuffer, upTo index: Int, into output: inout ByteBuffer?) {
            var copy = output ?? ByteBuffer()
            if let slice = input.getSlice(at: passFrom, length: index - passFrom) { copy.writeImmutableBuffer(slice) }
            output = copy
        }

        while index < end {
            switch state {
            case .payload(let remaining):
                let count = min(remaining, end - index)
                index += count
                state = count == remaining ? .header : .payload(remaining: remaining - count)

            case .header:
                let missing = FrameHeader.length - held.count
                let isWhole = held.isEmpty && end - index >= missing
                if !isWhole { cut(input, upTo: index, into: &output) }
                let count = min(missing, end - index)
                let start = index
                held += input.getBytes(at: index, length: count) ?? []
                index += count
                guard held.count == FrameHeader.length else {
                    passFrom = index
                    continue
                }
                let header = FrameHeader(held)
                if held[3] == FrameHeader.goAwayType { hasSeenGoAway = true }
                if header.isPing && takesPings {
                    if isWhole { cut(input, upTo: start, into: &output) }
                    passFrom = index
                    state = .ping
                } else {
                    if !isWhole {
                        output?.writeBytes(held)
                        passFrom = index
                    }
                    state = header.payloadLength == 0 ? .header : .payload(remaining: header.payloadLength)
                }
                held.removeAll(keepingCapacity: true)

            case .ping:
                let count = min(PingPayload.length - held.count, end - index)
                held += input.getBytes(at: index, length: count) ?? []
                index += count
                passFrom = index
                guard held.count == PingPayload.length else { continue }
                pings.append(PingPayload(bytes: held))
                held.removeAll(keepingCapacity: true)
                state = .header
            }
        }
        guard output != nil || passFrom > input.readerIndex else { return (input, pings) }
        cut(input, upTo: end, into: &output)
        return (output ?? ByteBuffer(), pings)
    }
}

/// The eight bytes of a PING, which its answer repeats.
struct PingPayload: Equatable {
    static let length = 8

    /// The bytes.
    let bytes: [UInt8]

    /// The whole frame that answers the PING.
    var acknowledgement: ByteBuffer {
        var frame = ByteBuffer()
        frame.reserveCapacity(FrameHeader.length + Self.length)
        frame.writeBytes([0, 0, UInt8(Self.length), FrameHeader.pingType, FrameHeader.acknowledgeFlag, 0, 0, 0, 0])
        frame.writeBytes(bytes)
        return frame
    }
}

/// The nine bytes in front of every HTTP/2 frame (RFC 9113, 4.1).
struct FrameHeader {
    static let length = 9
    static let settingsType: UInt8 = 4
    static let pingType: UInt8 = 6
    static let goAwayType: UInt8 = 7
    static let acknowledgeFlag: UInt8 = 1

    /// The number of bytes that follow the header.
    let payloadLength: Int

    /// Whether the frame is a well-formed PING that wants an answer.
    let isPing: Bool

    /// Reads a header from its nine bytes.
    init(_ bytes: [UInt8]) {
        payloadLength = Int(bytes[0]) << 16 | Int(bytes[1]) << 8 | Int(bytes[2])
        let hasStream = bytes[5] & 0x7f != 0 || bytes[6] != 0 || bytes[7] != 0 || bytes[8] != 0
        isPing =
            bytes[3] == Self.pingType && bytes[4] & Self.acknowledgeFlag == 0
            && payloadLength == PingPayload.length && !hasStream
    }
}
