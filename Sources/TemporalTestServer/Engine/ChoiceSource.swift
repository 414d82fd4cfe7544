/// Makes the free choices of a service: which of the things that could happen now happens first.
package struct ChoiceSource: Sendable {
    /// One choice that was made.
    package struct Choice: Sendable, Hashable {
        /// Which of the options was taken, from 0.
        package var taken: Int

        /// How many options there were, at least two.
        package var count: Int
    }

    private enum Rule {
        case chance(IdentifierSource)
        case script([Int])
    }

    private var rule: Rule

    /// The choices so far, in their order.
    package private(set) var made: [Choice] = []

    /// Chooses by chance: every option is as likely as the others.
    package init(seed: UInt64) {
        rule = .chance(IdentifierSource(seed: seed))
    }

    /// Repeats choices, and then always takes the first option.
    package init(script: [Int]) {
        rule = .script(script)
    }

    /// Takes one of some options.
    ///
    /// - Parameter count: How many there are. With one there is nothing to choose, and nothing is noted.
    mutating func choose(_ count: Int) -> Int {
        guard count > 1 else { return 0 }
        let taken: Int
        switch rule {
        case .chance(var source):
            taken = Int(source.next() % UInt64(count))
            rule = .chance(source)
        case .script(let script):
            taken = min(script.indices.contains(made.count) ? script[made.count] : 0, count - 1)
        }
        made.append(Choice(taken: taken, count: count))
        return taken
    }
}
