/// FarmHash's 32-bit fingerprint of a text: what the server draws the line of a ramp with, so that a workflow id is on the
/// same side of it here and there.
enum FarmHash {
    private static let c1: UInt32 = 0xcc9e_2d51
    private static let c2: UInt32 = 0x1b87_3593
    private static let step: UInt32 = 0xe654_6b64

    /// The share of a ramp, in percent, from which on it takes a workflow id: from 0 up to, not including, 100.
    static func threshold(_ workflowID: String) -> Double {
        100 * (Double(fingerprint(Array(workflowID.utf8))) / 4_294_967_296)
    }

    /// The fingerprint of bytes.
    static func fingerprint(_ bytes: [UInt8]) -> UInt32 {
        switch bytes.count {
        case ...4: ofUpTo4(bytes)
        case ...12: ofUpTo12(bytes)
        case ...24: ofUpTo24(bytes)
        default: ofMany(bytes)
        }
    }

    private static func ofUpTo4(_ bytes: [UInt8]) -> UInt32 {
        var (b, c): (UInt32, UInt32) = (0, 9)
        for byte in bytes {
            b = b &* c1 &+ UInt32(bitPattern: Int32(Int8(bitPattern: byte)))
            c ^= b
        }
        return finished(mixed(b, mixed(UInt32(bytes.count), c)))
    }

    private static func ofUpTo12(_ bytes: [UInt8]) -> UInt32 {
        let count = UInt32(bytes.count)
        let a = count &+ word(bytes, 0)
        let b = count &* 5 &+ word(bytes, bytes.count - 4)
        let c = 9 &+ word(bytes, (bytes.count >> 1) & 4)
        let d = count &* 5
        return finished(mixed(c, mixed(b, mixed(a, d))))
    }

    private static func ofUpTo24(_ bytes: [UInt8]) -> UInt32 {
        let count = bytes.count
        var a = word(bytes, (count >> 1) - 4)
        let b = word(bytes, 4)
        let c = word(bytes, count - 8)
        let d = word(bytes, count >> 1)
        let e = word(bytes, 0)
        let f = word(bytes, count - 4)
        var h = d &* c1 &+ UInt32(count)
        a = rotated(a, 12) &+ f
        h = mixed(c, h) &+ a
        a = rotated(a, 3) &+ c
        h = mixed(e, h) &+ a
        a = rotated(a &+ f, 12) &+ d
        h = mixed(b, h) &+ a
        return finished(h)
    }

    private static func ofMany(_ bytes: [UInt8]) -> UInt32 {
        let count = bytes.count
        func tail(_ distance: Int) -> UInt32 { rotated(word(bytes, count - distance) &* c1, 17) &* c2 }
        func joined(_ value: UInt32, _ other: UInt32) -> UInt32 { rotated(value ^ other, 19) &* 5 &+ step }
        var h = joined(joined(UInt32(count), tail(4)), tail(16))
        var g = joined(joined(c1 &* UInt32(count), tail(8)), tail(12))
        var f = rotated(c1 &* UInt32(count) &+ tail(20), 19) &+ 113
        for start in stride(from: 0, to: (count - 1) / 20 * 20, by: 20) {
            let (a, b, c) = (word(bytes, start), word(bytes, start + 4), word(bytes, start + 8))
            let (d, e) = (word(bytes, start + 12), word(bytes, start + 16))
            h &+= a
            g &+= b
            f &+= c
            h = mixed(d, h) &+ e
            g = mixed(c, g) &+ a
            f = mixed(b &+ e &* c1, f) &+ d
            f &+= g
            g &+= f
        }
        g = rotated(rotated(g, 11) &* c1, 17) &* c1
        f = rotated(rotated(f, 11) &* c1, 17) &* c1
        for other in [g, f] {
            h = rotated(h &+ other, 19) &* 5 &+ step
            h = rotated(h, 17) &* c1
        }
        return h
    }

    private static func word(_ bytes: [UInt8], _ index: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << UInt32(8 * $1) }
    }

    private static func rotated(_ value: UInt32, _ count: UInt32) -> UInt32 {
        value >> count | value << (32 - count)
    }

    private static func mixed(_ a: UInt32, _ h: UInt32) -> UInt32 {
        rotated(h ^ (rotated(a &* c1, 17) &* c2), 19) &* 5 &+ step
    }

    private static func finished(_ value: UInt32) -> UInt32 {
        var h = value
        h ^= h >> 16
        h = h &* 0x85eb_ca6b
        h ^= h >> 13
        h = h &* 0xc2b2_ae35
        return h ^ (h >> 16)
    }
}
