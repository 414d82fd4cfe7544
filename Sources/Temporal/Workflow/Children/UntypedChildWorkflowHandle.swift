/// A child workflow whose type is known by name only, to wait for, to signal and to cancel.
///
/// It belongs to the run that started the child and is of use in its code only.
public struct UntypedChildWorkflowHandle: Sendable {
    /// The id of the child.
    public let id: String

    /// The run that was started. A child that is retried or continues as new goes on in other runs, which the handle
    /// follows.
    public let runID: String

    let context: WorkflowContext
    let execution: ChildWorkflowExecution

    init(_ execution: ChildWorkflowExecution, _ context: WorkflowContext) {
        self.id = execution.workflowID
        self.runID = execution.runID
        self.execution = execution
        self.context = context
    }

    /// Turns the values of the child into payloads and back.
    var converter: PayloadConverter { context.converter(ofWorkflow: id) }

    /// Waits for the end of the child and takes its result.
    ///
    /// A cancellation of the calling task cancels the child in the way that its options say, also if the task was
    /// cancelled before. It can be called several times and from several tasks.
    ///
    /// - Parameter type: The type of the result; an optional one for a child that returns nothing.
    /// - Returns: What the child returned.
    /// - Throws: ``ChildWorkflowError`` if the child failed, timed out, was cancelled or terminated;
    ///   ``PayloadConversionError`` if the result is of another type.
    public func result<Output: Codable & Sendable>(as type: Output.Type = Output.self) async throws -> Output {
        let payloads = try await resultPayloads()
        var result = ArgumentReader(payloads, converter: converter, of: "The result of child workflow '\(id)'")
        return try result.next(type)
    }

    /// Signals the child, and waits until the service has recorded the signal there.
    ///
    /// - Parameters:
    ///   - name: The name of the signal.
    ///   - input: Its arguments.
    /// - Throws: ``ExternalWorkflowError`` if the child is closed, ``PayloadConversionError`` if the input cannot be
    ///   encoded, `CancellationError` if the calling task is cancelled before the signal is on its way.
    public func signal<each Input: Codable & Sendable>(_ name: String, _ input: repeat each Input) async throws {
        try await context.signal(
            ExternalTarget(workflowID: id, runID: nil, isChild: true),
            name,
            try ArgumentReader.encode(repeat each input, converter: converter)
        )
    }

    /// Cancels the child in the way that its options say, as a cancellation of a task that waits for it does.
    ///
    /// It does not wait; ``result(as:)`` does. A child that has ended, or was cancelled before, is left alone.
    ///
    /// - Parameter reason: Why, for the history of the child.
    /// - Throws: ``WorkflowMisuse`` in a query handler or outside of the run's tasks.
    public func cancel(reason: String = "") throws {
        try context.runtime.cancelChild(execution, reason: reason)
    }

    /// Waits for the end of the child and takes the payloads of its result.
    func resultPayloads() async throws -> [Payload] {
        try await context.perform(.childResult(execution))
    }
}
