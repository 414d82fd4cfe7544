import Temporal
import TemporalAPI

extension UntypedWorkflowHandle {
    /// Deletes the run with its history, whether it has ended or not: one that runs is terminated first. It takes the
    /// service a moment.
    ///
    /// A handle that is of no certain run deletes the latest. Earlier ones stay.
    ///
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there, `RPCError` for anything else.
    public func delete() async throws {
        var request = APIDeleteWorkflowExecutionRequest()
        request.namespace = client.namespace
        request.workflowExecution = execution(runID)
        _ = try await mapErrors { try await client.call(.deleteWorkflowExecution, request) }
    }
}

extension WorkflowHandle {
    /// Deletes the run with its history, whether it has ended or not: one that runs is terminated first.
    ///
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there, `RPCError` for anything else.
    public func delete() async throws {
        try await untyped.delete()
    }
}
