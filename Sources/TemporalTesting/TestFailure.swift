/// What was wrong in a test, though its own code may not have noticed: calls that nobody expected or that never came,
/// workflow tasks that failed, code that is not deterministic.
public struct TestFailure: Error, Sendable, CustomStringConvertible {
    /// What was wrong, a sentence or more each.
    public let problems: [String]

    /// What the test itself threw; often a consequence of the problems.
    public let error: (any Error)?

    /// The runs of the test with their histories, as text.
    public let histories: String

    /// The seed with which the test can be repeated.
    public let seed: UInt64

    public var description: String {
        var lines = problems.map { "- \($0)" }
        if let error { lines.append("- The test threw: \(error)") }
        lines.append("Seed: \(seed)")
        return lines.joined(separator: "\n") + "\n" + histories
    }
}
