/// What was wrong in a test, though its own code may not have noticed: calls that nobody expected or that never came,
/// workflow tasks that failed, code that is not deterministic.
public struct TestFailure: Error, Sendable, CustomStringConvertible {
    /// What was wrong, a sentence or more each.
    public let problems: [String]

    /// What the test itself threw; often a consequence of the problems.
    public let error: (any Error)?

    /// The runs of the test with their histories, as text.
    public let histories: String

    /// All events of all runs in the order in which they happened: the time since the test began, the workflow, the
    /// number of the event, what happened.
    public let timeline: [String]

    /// What was open when the test ended, one text for each run.
    public let pendingWork: [String]

    /// The calls of activities, mocked workflows and Nexus operations: the time since the test began, what was called, what came of it.
    public let calls: [String]

    /// What went wrong on purpose, in its order: the faults that happened.
    public let faults: [Fault]

    /// The seed with which the test can be repeated.
    public let seed: UInt64

    public var description: String {
        var lines = error.map { ["- The test threw: \($0)"] } ?? []
        lines += problems.map { "- \($0)" }
        lines.append("Seed: \(seed); TEMPORAL_TEST_SEED=\(seed) repeats it.")
        func add(_ title: String, _ content: [String]) {
            guard !content.isEmpty else { return }
            lines.append(title)
            lines += content.flatMap { $0.split(separator: "\n").map { "  \($0)" } }
        }
        add("What went wrong on purpose:", faults.map(\.description))
        add("What happened:", timeline)
        add("Calls of activities and mocks:", calls)
        add("What was open at the end:", pendingWork)
        return lines.joined(separator: "\n")
    }
}
