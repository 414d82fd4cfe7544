import Temporal
import TemporalAPI

extension UntypedWorkflowHandle {
    /// Takes the workflow up again at an earlier point of its history, as a new run. The old run is terminated.
    ///
    /// - Parameters:
    ///   - point: Where to take it up.
    ///   - reason: Why, for the history of both runs.
    ///   - exclusions: What of the later events is not given to the new run. Default: everything is given to it.
    ///   - followUps: What is done to the new run before a worker sees it, in this order. Default: nothing.
    ///   - requestID: Makes the call repeatable: a second call with the same id changes nothing and answers the same, as
    ///     long as the new run is the latest. Default: a new id.
    /// - Returns: A handle to the new run.
    /// - Throws: ``NoResetPointError`` if the history has no such point, ``WorkflowNotFoundError`` if the workflow is not
    ///   there, `PayloadConversionError` if an argument of a signal cannot be encoded, `RPCError` for anything else, such as an event that is no end of a workflow task (`invalidArgument`).
    @discardableResult
    public func reset(
        to point: ResetPoint,
        reason: String,
        excludingFromReapply exclusions: [ResetReapplyExclusion] = [],
        followedBy followUps: [ResetFollowUp] = [],
        requestID: String? = nil
    ) async throws -> UntypedWorkflowHandle {
        let (run, event) = try await resolve(point)
        return try await reset(run, event, reason, exclusions, followUps, requestID)
    }

    /// The run that a point is in, and the id of the event there.
    func resolve(_ point: ResetPoint) async throws -> (runID: String, eventID: Int64) {
        let run = try await currentRun()
        switch point.kind {
        case .event(let id):
            return (run, id)
        case .firstWorkflowTask:
            return (run, try await handle(run).workflowTask { $0.firstWorkflowTaskEnd })
        case .lastWorkflowTask:
            return (run, try await handle(run).workflowTask { $0.lastWorkflowTaskEnd })
        case .lastContinuedAsNew:
            let history = try await handle(run).history()
            guard let start = history.first?.proto.workflowExecutionStartedEventAttributes,
                !start.continuedExecutionRunID.isEmpty, start.initiator != .retry, start.initiator != .cronSchedule
            else {
                throw noPoint(run, "no other run continued as it.")
            }
            let base = start.continuedExecutionRunID
            return (base, try await handle(base).workflowTask { $0.lastWorkflowTaskEnd })
        case .buildID(let build):
            let points = try await handle(run).describe().proto.workflowExecutionInfo.autoResetPoints.points
            guard let found = points.first(where: { $0.buildID == build && $0.runID == run }) else {
                throw noPoint(run, "no worker with the build id '\(build)' worked on it.")
            }
            guard found.resettable else {
                throw noPoint(run, "what it did since the build id '\(build)' cannot be taken back: it has children.")
            }
            return (run, found.firstWorkflowTaskCompletedID)
        }
    }

    func reset(
        _ run: String,
        _ event: Int64,
        _ reason: String,
        _ exclusions: [ResetReapplyExclusion],
        _ followUps: [ResetFollowUp],
        _ requestID: String?
    ) async throws -> UntypedWorkflowHandle {
        var request = APIResetWorkflowExecutionRequest()
        request.namespace = client.namespace
        request.workflowExecution = execution(run)
        request.reason = reason
        request.workflowTaskFinishEventID = event
        request.requestID = requestID ?? RandomID.make()
        request.resetReapplyExcludeTypes = exclusions.map(\.proto)
        request.postResetOperations = try followUps.map { try $0.proto(converter) }
        request.identity = client.identity
        let response = try await mapErrors {
            try await client.call(.resetWorkflowExecution, request)
        }
        return client.workflowHandle(id: id, runID: response.runID)
    }

    private func handle(_ run: String) -> UntypedWorkflowHandle {
        client.workflowHandle(id: id, runID: run)
    }

    private func workflowTask(_ find: (WorkflowHistory) -> Int64?) async throws -> Int64 {
        guard let event = find(try await history()) else {
            throw noPoint(runID ?? "", "it has had no workflow task yet.")
        }
        return event
    }

    private func noPoint(_ run: String, _ message: String) -> NoResetPointError {
        NoResetPointError(workflowID: id, runID: run, message: message)
    }
}

extension WorkflowHandle {
    /// Takes the workflow up again at an earlier point of its history, as a new run. The old run is terminated.
    ///
    /// - Parameters:
    ///   - point: Where to take it up.
    ///   - reason: Why, for the history of both runs.
    ///   - exclusions: What of the later events is not given to the new run. Default: everything is given to it.
    ///   - followUps: What is done to the new run before a worker sees it, in this order. Default: nothing.
    ///   - requestID: Makes the call repeatable: a second call with the same id changes nothing and answers the same, as
    ///     long as the new run is the latest. Default: a new id.
    /// - Returns: A handle to the new run.
    /// - Throws: As ``UntypedWorkflowHandle/reset(to:reason:excludingFromReapply:followedBy:requestID:)``.
    @discardableResult
    public func reset(
        to point: ResetPoint,
        reason: String,
        excludingFromReapply exclusions: [ResetReapplyExclusion] = [],
        followedBy followUps: [ResetFollowUp] = [],
        requestID: String? = nil
    ) async throws -> WorkflowHandle<W> {
        WorkflowHandle(
            untyped: try await untyped.reset(
                to: point,
                reason: reason,
                excludingFromReapply: exclusions,
                followedBy: followUps,
                requestID: requestID
            )
        )
    }
}

extension WorkflowHistory {
    /// The end of the first workflow task; of one that has not completed, where it would end.
    var firstWorkflowTaskEnd: Int64? {
        (first { $0.completesWorkflowTask } ?? first { $0.schedulesWorkflowTask })?.workflowTaskEnd
    }

    /// The end of the last workflow task that completed; where none has, where it would end.
    var lastWorkflowTaskEnd: Int64? {
        (last { $0.completesWorkflowTask } ?? last { $0.schedulesWorkflowTask })?.workflowTaskEnd
    }
}

extension HistoryEvent {
    var completesWorkflowTask: Bool { proto.eventType == .workflowTaskCompleted }

    fileprivate var schedulesWorkflowTask: Bool { proto.eventType == .workflowTaskScheduled }

    /// The id that a reset to the workflow task of this event names. A task that has not started ends one later.
    fileprivate var workflowTaskEnd: Int64 { completesWorkflowTask ? id : id + 1 }
}
