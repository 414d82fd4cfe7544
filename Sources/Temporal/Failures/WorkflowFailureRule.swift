/// Which errors of workflow code fail the workflow, beyond the ``TemporalError``s, which always do.
///
/// Any other error fails the workflow *task*, which is tried again until the code is mended. A rule says that such an
/// error is meant: for one workflow by ``Workflow/failureRules``, for all of a worker by its options.
public struct WorkflowFailureRule: Sendable {
    private let matches: @Sendable (any Error) -> Bool

    /// Whether a history that the code does not fit fails the workflow.
    package let includesNondeterminism: Bool

    /// Errors of a type fail the workflow.
    ///
    /// - Parameter type: The type of the errors.
    public static func type<Failure: Error>(_ type: Failure.Type) -> Self {
        Self(matches: { $0 is Failure }, includesNondeterminism: false)
    }

    /// Errors for which a condition holds fail the workflow.
    ///
    /// - Parameter condition: Whether an error fails the workflow. It must say the same on every replay.
    public static func matching(_ condition: @escaping @Sendable (any Error) -> Bool) -> Self {
        Self(matches: condition, includesNondeterminism: false)
    }

    /// All errors that workflow code throws fail the workflow.
    public static let allErrors = Self(matches: { _ in true }, includesNondeterminism: false)

    /// A history that the code does not fit fails the workflow, in place of the task.
    public static let nondeterminism = Self(matches: { _ in false }, includesNondeterminism: true)

    /// Whether an error fails the workflow.
    package func applies(to error: any Error) -> Bool { matches(error) }
}
