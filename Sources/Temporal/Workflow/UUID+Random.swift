package import Foundation

extension UUID {
    /// Makes a UUID of version 4 from two random numbers.
    ///
    /// - Parameter draw: Draws a number.
    /// - Throws: What `draw` throws.
    package init(drawing draw: () throws -> UInt64) rethrows {
        var bytes: [UInt8] = []
        for _ in 0..<2 {
            let number = try draw()
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
        }
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        self.init(
            uuid: (
                bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7],
                bytes[8], bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]
            )
        )
    }
}
