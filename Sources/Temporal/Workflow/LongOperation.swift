/// What a run knows of an operation that starts first and ends later: a child workflow or a Nexus operation. The run and the
/// handles to the operation share it.
///
/// Unchecked, because it is read and written by the run's code and its worker only, which take turns on the executor of
/// the run.
package class LongOperation: @unchecked Sendable {
    /// The number of the operation that started it; 0 before.
    package var operation = 0

    /// How it ended, or why waiting for it did; `nil` while it goes on.
    package var outcome: Result<[Payload], any Error>?

    package init() {}
}
