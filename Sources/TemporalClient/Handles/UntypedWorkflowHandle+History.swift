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
            let page = try await fetchHistory(run, .reversed, pageSize: pageSize, token: token)
            return (page.elements, page.nextPageToken)
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
            let page = try await fetchHistory(
                run,
                .all,
                waitsForNew: waitsForNew,
                pageSize: pageSize,
                token: token,
                CallOptions.scoped(scope)
            )
            return (page.elements, page.nextPageToken)
        }
    }

    /// Fetches one page of a history.
    ///
    /// - Parameters:
    ///   - run: The run; `nil` for the latest.
    ///   - scope: Which events.
    ///   - waitsForNew: Whether the service waits for events to come.
    ///   - pageSize: The number of events; `nil` for the service's own.
    ///   - token: The token of the page; empty for the first.
    ///   - options: What counts for the call.
    func fetchHistory(
        _ run: String?,
        _ scope: FetchHistoryInput.Scope,
        waitsForNew: Bool = false,
        pageSize: Int? = nil,
        token: Data,
        _ options: CallOptions = .default
    ) async throws -> ResultPage<HistoryEvent> {
        try await throughInterceptors(
            client.interceptors[...],
            FetchHistoryInput(
                workflowID: id,
                runID: run,
                scope: scope,
                waitsForNew: waitsForNew,
                pageSize: pageSize,
                pageToken: token
            ),
            { try await $0.fetchHistory($1, next: $2) },
            { try await mapErrors { [input = $0] in try await fetch(input, options) } }
        )
    }

    private func fetch(_ input: FetchHistoryInput, _ options: CallOptions) async throws -> ResultPage<HistoryEvent> {
        let history: APIHistory
        let nextPageToken: Data
        if input.scope == .reversed {
            var request = APIGetWorkflowExecutionHistoryReverseRequest()
            request.namespace = client.namespace
            request.execution = execution(input.runID)
            request.maximumPageSize = Int32(clamping: input.pageSize ?? 0)
            request.nextPageToken = input.pageToken
            let page = try await client.call(.getWorkflowExecutionHistoryReverse, request, options: options)
            (history, nextPageToken) = (page.history, page.nextPageToken)
        } else {
            var request = APIGetWorkflowExecutionHistoryRequest()
            request.namespace = client.namespace
            request.execution = execution(input.runID)
            request.waitNewEvent = input.waitsForNew
            request.maximumPageSize = Int32(clamping: input.pageSize ?? 0)
            request.nextPageToken = input.pageToken
            if input.scope == .close {
                request.historyEventFilterType = .closeEvent
                request.skipArchival = true
            }
            let page = try await client.call(.getWorkflowExecutionHistory, request, options: options)
            (history, nextPageToken) = (page.history, page.nextPageToken)
        }
        return ResultPage(elements: history.events.map(HistoryEvent.init), nextPageToken: nextPageToken)
    }

    /// The run of the handle, or the latest.
    func currentRun() async throws -> String {
        if let runID { return runID }
        return try await describe().runID
    }
}
