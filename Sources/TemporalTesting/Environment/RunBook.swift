import Synchronization
import Temporal
import TemporalAPI

/// A run of a test, and its history.
struct KnownRun: Sendable {
    var namespace: String
    var workflowID: String
    var runID: String
    var workflowType: String
    var events: [APIHistoryEvent]

    /// The runs that the history tells of: those that came after this one, and its children.
    var others: [KnownRun] {
        events.compactMap { event in
            switch event.attributes {
            case .workflowExecutionCompletedEventAttributes(let end): next(end.newExecutionRunID, workflowType)
            case .workflowExecutionFailedEventAttributes(let end): next(end.newExecutionRunID, workflowType)
            case .workflowExecutionTimedOutEventAttributes(let end): next(end.newExecutionRunID, workflowType)
            case .workflowExecutionContinuedAsNewEventAttributes(let end):
                next(end.newExecutionRunID, end.workflowType.name)
            case .childWorkflowExecutionStartedEventAttributes(let child):
                KnownRun(
                    namespace: child.namespace,
                    workflowID: child.workflowExecution.workflowID,
                    runID: child.workflowExecution.runID,
                    workflowType: child.workflowType.name,
                    events: []
                )
            default: nil
            }
        }
    }

    /// The version whose workers alone get the next task of the run; `nil` if it is bound to none.
    var pinnedVersion: WorkerDeploymentVersion? {
        var own: WorkerDeploymentVersion?
        var override: VersioningOverride?
        for event in events {
            switch event.attributes {
            case .workflowExecutionStartedEventAttributes(let start):
                override = start.hasVersioningOverride ? VersioningOverride(start.versioningOverride) : nil
            case .workflowExecutionOptionsUpdatedEventAttributes(let update):
                if update.unsetVersioningOverride { override = nil }
                if update.hasVersioningOverride { override = VersioningOverride(update.versioningOverride) }
            case .workflowTaskCompletedEventAttributes(let task):
                own =
                    task.versioningBehavior == .pinned
                    ? WorkerDeploymentVersion(task.deploymentVersion)
                        ?? WorkerDeploymentVersion(text: task.workerDeploymentVersion) : nil
                if case .oneTime = override?.kind { override = nil }
            default: break
            }
        }
        switch override?.kind {
        case nil: return own
        case .pinned(let version): return version ?? own
        case .oneTime(let version): return version
        case .autoUpgrade: return nil
        }
    }

    private func next(_ runID: String, _ type: String) -> KnownRun? {
        guard !runID.isEmpty else { return nil }
        return KnownRun(namespace: namespace, workflowID: workflowID, runID: runID, workflowType: type, events: [])
    }
}

/// What client and worker were told of runs, where the service is not in memory and cannot be asked at any time.
final class RunBook: Sendable {
    private struct State {
        var runs: [KnownRun] = []
        var places: [String: Int] = [:]

        /// The place of a run, which is noted if it was not known.
        mutating func place(of run: KnownRun) -> Int {
            if let place = places[run.runID] { return place }
            places[run.runID] = runs.count
            runs.append(run)
            return runs.count - 1
        }
    }

    private let state = Mutex(State())
    private let onEvent: @Sendable (KnownRun, APIHistoryEvent) -> Void

    /// - Parameter onEvent: Told of each event that a worker sees for the first time.
    init(onEvent: @escaping @Sendable (KnownRun, APIHistoryEvent) -> Void) {
        self.onEvent = onEvent
    }

    /// The run at a place in the order in which they became known, with the events that came with tasks; `nil` after the
    /// last.
    func run(at place: Int) -> KnownRun? {
        state.withLock { $0.runs.indices.contains(place) ? $0.runs[place] : nil }
    }

    /// The type of a run.
    ///
    /// - Parameters:
    ///   - namespace: The namespace of the run.
    ///   - workflowID: The id of its workflow.
    ///   - runID: The run; empty for the one of the id that became known last.
    func type(namespace: String, workflowID: String, runID: String) -> String? {
        state.withLock { state in
            state.runs.last { run in
                run.namespace == namespace && run.workflowID == workflowID && (runID.isEmpty || run.runID == runID)
            }?.workflowType
        }
    }

    /// The events of a run that came with tasks.
    func events(runID: String) -> [APIHistoryEvent] {
        state.withLock { state in state.places[runID].map { state.runs[$0].events } ?? [] }
    }

    /// Notes a task.
    func note(_ task: APIPollWorkflowTaskQueueResponse, namespace: String) {
        guard !task.taskToken.isEmpty else { return }
        let (run, new) = state.withLock { state -> (KnownRun, [APIHistoryEvent]) in
            let place = state.place(
                of: KnownRun(
                    namespace: namespace,
                    workflowID: task.workflowExecution.workflowID,
                    runID: task.workflowExecution.runID,
                    workflowType: task.workflowType.name,
                    events: []
                )
            )
            // Who has reset a run knows no type.
            state.runs[place].workflowType = task.workflowType.name
            let last = state.runs[place].events.last?.eventID ?? 0
            let new = task.history.events.filter { $0.eventID > last }
            state.runs[place].events += new
            return (state.runs[place], new)
        }
        for event in new { onEvent(run, event) }
    }

    /// Notes a run that may not have been known.
    func note(_ run: KnownRun) {
        state.withLock { _ = $0.place(of: run) }
    }

    /// Notes the run that a call has started, if it has.
    func note(_ request: some Any, _ response: some Any) {
        switch (request, response) {
        case (let start as APIStartWorkflowExecutionRequest, let response as APIStartWorkflowExecutionResponse):
            note(start, response)
        case (
            let start as APISignalWithStartWorkflowExecutionRequest,
            let response as APISignalWithStartWorkflowExecutionResponse
        ) where response.started:
            note(start.namespace, start.workflowID, response.runID, start.workflowType.name)
        case (let request as APIExecuteMultiOperationRequest, let response as APIExecuteMultiOperationResponse):
            guard case .startWorkflow(let start) = request.operations.first?.operation,
                case .startWorkflow(let started) = response.responses.first?.response
            else { return }
            note(start, started)
        case (let request as APIResetWorkflowExecutionRequest, let response as APIResetWorkflowExecutionResponse):
            // The type comes with the first task.
            note(request.namespace, request.workflowExecution.workflowID, response.runID, "")
        default:
            break
        }
    }

    private func note(_ start: APIStartWorkflowExecutionRequest, _ response: APIStartWorkflowExecutionResponse) {
        guard response.started else { return }
        note(start.namespace, start.workflowID, response.runID, start.workflowType.name)
    }

    private func note(_ namespace: String, _ workflowID: String, _ runID: String, _ type: String) {
        note(KnownRun(namespace: namespace, workflowID: workflowID, runID: runID, workflowType: type, events: []))
    }
}
