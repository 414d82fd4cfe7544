import Temporal

/// Makes every id and every free choice of one service from one seed, so that a run can be repeated exactly.
struct IdentifierSource: Codable, Sendable {
    private var state: UInt64

    /// Starts a sequence.
    init(seed: UInt64) {
        state = seed
    }

    /// The next 64 random bits (SplitMix64).
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    /// The next id in the form of a random UUID, in lower case.
    mutating func uuid() -> String {
        let high = next()
        return RandomID.text(high, next())
    }
}
