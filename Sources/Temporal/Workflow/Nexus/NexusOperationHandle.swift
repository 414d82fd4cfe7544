/// A Nexus operation to wait for and to cancel.
///
/// It belongs to the run that called the operation and is of use in its code only.
public struct NexusOperationHandle<Output: Sendable>: Sendable {
    /// The token by which the operation is known; `nil` if it ended at once.
    public let token: String?

    private let context: WorkflowContext
    private let execution: NexusOperationExecution
    private let output: OutputCoding<Output>

    init(_ execution: NexusOperationExecution, _ output: OutputCoding<Output>, _ context: WorkflowContext) {
        self.token = execution.token
        self.execution = execution
        self.output = output
        self.context = context
    }

    /// Waits for the end of the operation and takes its result.
    ///
    /// A cancellation of the calling task cancels the operation in the way that its options say, also if the task was
    /// cancelled before. It can be called several times and from several tasks.
    ///
    /// - Returns: What the operation returned.
    /// - Throws: ``NexusOperationError`` if the operation failed, timed out or was cancelled; ``PayloadConversionError`` if
    ///   the result is of another type.
    public func result() async throws -> Output {
        try output.decode(try await context.perform(.nexusResult(execution)), context.converter.withoutContext)
    }

    /// Cancels the operation in the way that its options say, as a cancellation of a task that waits for it does.
    ///
    /// It does not wait; ``result()`` does. An operation that has ended, or was cancelled before, is left alone.
    ///
    /// - Throws: ``WorkflowMisuse`` in a query handler or outside of the run's tasks.
    public func cancel() throws {
        try context.runtime.cancelOperation(execution)
    }
}
