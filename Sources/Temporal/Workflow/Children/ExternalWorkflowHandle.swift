/// Any other workflow of the namespace, to signal and to cancel from workflow code.
///
/// Making one asks nothing of the service.
public struct ExternalWorkflowHandle: Sendable {
    /// The id of the workflow.
    public let id: String

    /// The run that is meant; `nil` for the current one, whichever that is when the service gets the request.
    public let runID: String?

    let context: WorkflowContext

    private var target: ExternalTarget { ExternalTarget(workflowID: id, runID: runID, isChild: false) }

    /// Signals the workflow, and waits until the service has recorded the signal there.
    ///
    /// - Parameters:
    ///   - signal: The signal, of any workflow type.
    ///   - input: Its arguments.
    /// - Throws: ``ExternalWorkflowError`` if no such workflow runs, ``PayloadConversionError`` if the input cannot be
    ///   encoded, `CancellationError` if the calling task is cancelled before the signal is on its way.
    public func signal<Target: Workflow, each Input: Codable & Sendable>(
        _ signal: SignalReference<Target, repeat each Input>,
        _ input: repeat each Input
    ) async throws {
        try await self.signal(signal.name, repeat each input)
    }

    /// Signals the workflow, and waits until the service has recorded the signal there.
    ///
    /// - Parameters:
    ///   - name: The name of the signal.
    ///   - input: Its arguments.
    /// - Throws: ``ExternalWorkflowError`` if no such workflow runs, ``PayloadConversionError`` if the input cannot be
    ///   encoded, `CancellationError` if the calling task is cancelled before the signal is on its way.
    public func signal<each Input: Codable & Sendable>(_ name: String, _ input: repeat each Input) async throws {
        try await context.signal(
            target,
            name,
            try ArgumentReader.encode(repeat each input, converter: context.converter(ofWorkflow: id))
        )
    }

    /// Asks the workflow to stop, and waits until the service has recorded the request there. The workflow may clean up
    /// first or go on.
    ///
    /// - Parameter reason: Why, for the history of that workflow.
    /// - Throws: ``ExternalWorkflowError`` if there is no such workflow; one that has ended need not be cancelled.
    ///   `CancellationError` if the calling task is cancelled before the request is on its way.
    public func cancel(reason: String = "") async throws {
        try await context.cancel(target, reason: reason)
    }
}
