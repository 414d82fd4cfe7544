import NIOCore

/// Knows whether a stream of bytes that an HTTP/2 client sends stands between two frames.
///
/// Only there another frame can be put in.
struct HTTP2FrameBoundary {
    private enum State {
        case preface(remaining: Int)
        case header
        case payload(remaining: Int)
    }

    /// The text that a client's stream begins with has 24 bytes (RFC 9113, 3.4).
    private var state = State.preface(remaining: 24)
    private var header: [UInt8] = []

    /// Whether the bytes so far end with a whole frame.
    var isReached: Bool {
        if case .header = state { return header.isEmpty }
        return false
    }

    /// Notes bytes that were sent.
    mutating func advance(over bytes: ByteBuffer) {
        let end = bytes.writerIndex
        var index = bytes.readerIndex
        while index < end {
            switch state {
            case .preface(let remaining):
                let count = min(remaining, end - index)
                index += count
                state = count == remaining ? .header : .preface(remaining: remaining - count)
            case .payload(let remaining):
                let count = min(remaining, end - index)
                index += count
                state = count == remaining ? .header : .payload(remaining: remaining - count)
            case .header:
                let count = min(FrameHeader.length - header.count, end - index)
                header += bytes.getBytes(at: index, length: count) ?? []
                index += count
                guard header.count == FrameHeader.length else { continue }
                let length = FrameHeader(header).payloadLength
                header.removeAll(keepingCapacity: true)
                state = length == 0 ? .header : .payload(remaining: length)
            }
        }
    }
}
