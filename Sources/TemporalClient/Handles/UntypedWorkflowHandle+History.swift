import Foundation
import Temporal
import TemporalAPI

extension UntypedWorkflowHandle {
    /// The events of the run up to now.
    ///
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there, `RPCError` for anything else.
    public func history() async throws -> WorkflowHistory {
        // One run from the first page to the last: the latest may become another one between two pages.
        let run = try await currentRun()
        return WorkflowHistory(
            workflowID: id,
            runID: run,
            events: try await events(ofRun: run, waitsForNew: false).all().map(\.proto)
        )
    }

    /// The events of the run, one after the other, as they happen.
    ///
    /// - Parameter followsRun: Whether the loop goes on until the run has ended, and waits for the events to come; if not,
    ///   it ends with the last event up to now.
    /// - Returns: The events of this run; a run that continues it has a history of its own. The loop throws
    ///   ``WorkflowNotFoundError`` if the workflow is not there, `RPCError` for anything else.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there, `RPCError` for anything else.
    public func events(followsRun: Bool = false) async throws -> PagedResults<HistoryEvent> {
        events(ofRun: try await currentRun(), waitsForNew: followsRun)
    }

    /// The events of the run up to now, the latest first.
    ///
    /// With a codec that depends on what payloads belong to, all events are read before the first is there: what the end of
    /// an activity belongs to stands in its start.
    ///
    /// - Parameter pageSize: The number of events that one call to the service asks for; `nil` for the service's own.
    /// - Returns: The events. The loop throws what ``events(followsRun:)`` throws.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there, `RPCError` for anything else.
    public func eventsReversed(pageSize: Int? = nil) async throws -> PagedResults<HistoryEvent> {
        let run = try await currentRun()
        if client.dataConverter.hasContextualCodecs {
            return PagedResults { _ in
                let events = try await events(ofRun: run, waitsForNew: false, pageSize: pageSize).all()
                return (events.reversed(), Data())
            }
        }
        return PagedResults { token in
            var request = APIGetWorkflowExecutionHistoryReverseRequest()
            request.namespace = client.namespace
            request.execution = execution(run)
            request.maximumPageSize = Int32(clamping: pageSize ?? 0)
            request.nextPageToken = token
            let page = try await mapErrors {
                try await client.call(.getWorkflowExecutionHistoryReverse, request)
            }
            return (page.history.events.map(HistoryEvent.init), page.nextPageToken)
        }
    }

    /// What all belongs to that belongs to nothing else in the workflow.
    private var context: SerializationContext {
        SerializationContext(namespace: client.namespace, workflowID: id)
    }

    private func events(
        ofRun run: String,
        waitsForNew: Bool,
        pageSize: Int? = nil
    ) -> PagedResults<HistoryEvent> {
        // Pages of one history are read as one: the end of an activity may stand on another page than its start.
        let scope = client.dataConverter.scope(context)
        return PagedResults { token in
            var request = APIGetWorkflowExecutionHistoryRequest()
            request.namespace = client.namespace
            request.execution = execution(run)
            request.waitNewEvent = waitsForNew
            request.maximumPageSize = Int32(clamping: pageSize ?? 0)
            request.nextPageToken = token
            let page = try await mapErrors {
                try await client.call(
                    .getWorkflowExecutionHistory,
                    request,
                    options: .scoped(scope)
                )
            }
            return (page.history.events.map(HistoryEvent.init), page.nextPageToken)
        }
    }

    /// The run of the handle, or the latest.
    func currentRun() async throws -> String {
        if let runID { return runID }
        return try await describe().runID
    }
}
