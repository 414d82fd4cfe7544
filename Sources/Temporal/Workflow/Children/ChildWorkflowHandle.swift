/// A child workflow to wait for, to signal and to cancel.
///
/// It belongs to the run that started the child and is of use in its code only.
public struct ChildWorkflowHandle<W: Workflow>: Sendable {
    /// The same handle without the types: for signals that are known by name only.
    public let untyped: UntypedChildWorkflowHandle

    init(untyped: UntypedChildWorkflowHandle) {
        self.untyped = untyped
    }

    /// The id of the child.
    public var id: String { untyped.id }

    /// The run that was started. A child that is retried or continues as new goes on in other runs, which the handle
    /// follows.
    public var runID: String { untyped.runID }

    /// Waits for the end of the child and takes its result.
    ///
    /// A cancellation of the calling task cancels the child in the way that its options say, also if the task was
    /// cancelled before. It can be called several times and from several tasks.
    ///
    /// - Returns: What the child's `run` returned.
    /// - Throws: ``ChildWorkflowError`` if the child failed, timed out, was cancelled or terminated;
    ///   ``PayloadConversionError`` if the result is of another type.
    public func result() async throws -> W.RunOutput {
        let payloads = try await untyped.resultPayloads()
        return try W.definition.result.decode(payloads, untyped.converter)
    }

    /// Signals the child, and waits until the service has recorded the signal there.
    ///
    /// - Parameters:
    ///   - signal: The signal.
    ///   - input: Its arguments.
    /// - Throws: ``ExternalWorkflowError`` if the child is closed, ``PayloadConversionError`` if the input cannot be
    ///   encoded, `CancellationError` if the calling task is cancelled before the signal is on its way.
    public func signal<each Input: Codable & Sendable>(
        _ signal: SignalReference<W, repeat each Input>,
        _ input: repeat each Input
    ) async throws {
        try await untyped.signal(signal.name, repeat each input)
    }

    /// Cancels the child in the way that its options say, as a cancellation of a task that waits for it does.
    ///
    /// It does not wait; ``result()`` does. A child that has ended, or was cancelled before, is left alone.
    ///
    /// - Parameter reason: Why, for the history of the child.
    /// - Throws: ``WorkflowMisuse`` in a query handler or outside of the run's tasks.
    public func cancel(reason: String = "") throws {
        try untyped.cancel(reason: reason)
    }
}
