import Temporal
import TemporalAPI

extension UntypedWorkflowHandle {
    /// The events of the run up to now.
    ///
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there, `RPCError` for anything else.
    public func history() async throws -> WorkflowHistory {
        // One run from the first page to the last: the latest may become another one between two pages.
        var request = APIGetWorkflowExecutionHistoryRequest()
        request.namespace = client.namespace
        request.execution = execution(try await currentRun())
        var events: [APIHistoryEvent] = []
        repeat {
            let page = try await mapErrors {
                try await client.service.call(.getWorkflowExecutionHistory, request, options: .default)
            }
            events += page.history.events
            request.nextPageToken = page.nextPageToken
        } while !request.nextPageToken.isEmpty
        return WorkflowHistory(workflowID: id, runID: request.execution.runID, events: events)
    }

    /// The run of the handle, or the latest.
    private func currentRun() async throws -> String {
        if let runID { return runID }
        return try await describe().runID
    }
}
