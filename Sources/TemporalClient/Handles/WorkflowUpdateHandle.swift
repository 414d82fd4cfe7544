import Temporal
import TemporalAPI

/// How far an update must have come before starting it returns.
public struct WorkflowUpdateStage: Sendable, Hashable {
    let proto: APIUpdateWorkflowExecutionLifecycleStage

    /// The workflow has taken the update on. The default.
    public static let accepted = WorkflowUpdateStage(proto: .accepted)
    /// The workflow is done with the update.
    public static let completed = WorkflowUpdateStage(proto: .completed)
}

/// An update of a workflow that was sent, to wait for its outcome.
///
/// A handle is an id and nothing more: the update goes on without it.
public struct WorkflowUpdateHandle<Output: Sendable>: Sendable {
    /// The id of the update, unique in its run.
    public let id: String

    /// The id of the workflow.
    public var workflowID: String { workflow.id }

    /// The run that has the update. `nil` for the latest.
    public var runID: String? { workflow.runID }

    let workflow: UntypedWorkflowHandle

    /// The outcome, where it came with the answer to the start.
    let outcome: APIUpdateOutcome?

    let decode: @Sendable ([Payload], PayloadConverter) throws -> Output

    /// Waits for the end of the update and takes its result.
    ///
    /// - Returns: What the handler returned.
    /// - Throws: ``WorkflowUpdateFailedError`` if the handler failed, the update was rejected, or the run closed first;
    ///   ``WorkflowUpdateNotFoundError`` if the service does not know the update, as after a rejection;
    ///   ``WorkflowUpdateTimeoutError`` if the service does not answer in time, `PayloadConversionError` if the result
    ///   is of another type, `RPCError` for anything else, `CancellationError` if the calling task was cancelled (the
    ///   update goes on).
    public func result() async throws -> Output {
        let outcome = if let outcome { outcome } else { try await workflow.pollUpdate(id) }
        switch outcome.value {
        case .success(let payloads):
            return try decode(payloads.values, workflow.converter)
        case .failure(let failure):
            throw WorkflowUpdateFailedError(
                workflowID: workflowID,
                updateID: id,
                cause: workflow.client.failureConverter.error(failure)
            )
        case nil:
            return try decode([], workflow.converter)
        }
    }
}
