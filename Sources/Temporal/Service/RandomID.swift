/// Makes ids in the form of UUIDs of version 4, in lower case.
package enum RandomID {
    /// A new id, from the system's source of chance.
    package static func make() -> String {
        var source = SystemRandomNumberGenerator()
        return text(source.next(), source.next())
    }

    /// The id that 122 of 128 bits make; the others tell the version.
    package static func text(_ high: UInt64, _ low: UInt64) -> String {
        let words = (high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000, low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var index = 0
            func write(_ word: UInt64) {
                for nibble in stride(from: UInt64(60), through: 0, by: -4) {
                    if index == 8 || index == 13 || index == 18 || index == 23 {
                        buffer[index] = UInt8(ascii: "-")
                        index += 1
                    }
                    let digit = UInt8(truncatingIfNeeded: word >> nibble & 0xF)
                    buffer[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                    index += 1
                }
            }
            write(words.0)
            write(words.1)
            return index
        }
    }
}
