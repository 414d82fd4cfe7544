/// Decides what is left to chance.
///
/// With a seed, the same question always has the same answer, in every process: a run can be repeated. Without one,
/// every answer is a new one.
struct Chance: Sendable {
    /// What the answers follow from; `nil` for no repetition.
    var seed: UInt64?

    /// A number from 0 up to, but not including, 1.
    ///
    /// - Parameter question: What is to be decided, such as the packet and the attempt.
    func number(for question: String) -> Double {
        guard let seed else { return .random(in: 0..<1) }
        // FNV-1a over the question, then the mixing step of SplitMix64, which spreads similar questions.
        var hash = question.utf8.reduce(0xcbf2_9ce4_8422_2325 ^ seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        hash &+= 0x9e37_79b9_7f4a_7c15
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
        hash ^= hash >> 31
        return Double(hash >> 11) / Double(UInt64(1) << 53)
    }

    /// Whether something happens that has this chance.
    ///
    /// - Parameters:
    ///   - chance: From 0 for never to 1 for always.
    ///   - question: What is to be decided.
    func happens(_ chance: Double, for question: String) -> Bool {
        number(for: question) < chance
    }
}
