import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Workflows that operators hold.
extension Engine {
    /// Holds a run: its code does not run, and its activities get no further attempt, until it is let go.
    func pause(_ request: APIPauseWorkflowExecutionRequest) throws -> APIPauseWorkflowExecutionResponse {
        let run = try run(request)
        if run.isPaused {
            if !request.requestID.isEmpty, run.pause?.requestID == request.requestID {
                return APIPauseWorkflowExecutionResponse()
            }
            throw RPCError(code: .failedPrecondition, message: "workflow is already paused.")
        }
        run.hold(
            WorkflowPause(
                time: now,
                identity: request.identity,
                reason: request.reason,
                requestID: request.requestID
            )
        )
        return APIPauseWorkflowExecutionResponse()
    }

    /// Lets a run go on.
    func unpause(_ request: APIUnpauseWorkflowExecutionRequest) throws -> APIUnpauseWorkflowExecutionResponse {
        let run = try run(request)
        guard run.isPaused else { throw RPCError(code: .failedPrecondition, message: "workflow is not paused.") }
        run.letGo(identity: request.identity, reason: request.reason, requestID: request.requestID)
        return APIUnpauseWorkflowExecutionResponse()
    }

    private func run(_ request: some PauseRequest) throws -> Run {
        for (name, text) in [
            ("reason", request.reason), ("request id", request.requestID), ("identity", request.identity),
        ] where text.utf8.count > 1000 {
            throw ServiceError.invalid("\(name) is too long.")
        }
        let execution = APIWorkflowExecution.with {
            $0.workflowID = request.workflowID
            $0.runID = request.runID
        }
        let run = try run(of: execution, namespace: request.namespace)
        guard run.isOpen else { throw ServiceError.workflowCompleted }
        readClock()
        return run
    }
}

/// What the requests to hold a run and to let it go have in common.
private protocol PauseRequest {
    var namespace: String { get }
    var workflowID: String { get }
    var runID: String { get }
    var identity: String { get }
    var reason: String { get }
    var requestID: String { get }
}

extension APIPauseWorkflowExecutionRequest: PauseRequest {}
extension APIUnpauseWorkflowExecutionRequest: PauseRequest {}

/// Who holds a run, and why.
struct WorkflowPause: Codable, Sendable {
    let time: Moment
    let identity: String
    let reason: String

    /// The id of the request, by which a repeated one is recognized.
    let requestID: String
}

extension Run {
    /// Whether an operator holds the run.
    var isPaused: Bool { status == .paused }

    /// Holds the run. A worker that has its workflow task may still answer it; a task that nobody has fails.
    fileprivate func hold(_ pause: WorkflowPause) {
        record(
            .workflowExecutionPaused,
            .workflowExecutionPausedEventAttributes(
                .with {
                    $0.identity = pause.identity
                    $0.reason = pause.reason
                    $0.requestID = pause.requestID
                }
            )
        )
        status = .paused
        self.pause = pause
        if let task = workflowTask, task.startedEventID == 0 {
            failWorkflowTask(
                task,
                cause: .workflowPauseRequestedBeforeTaskStarted,
                failure: nil,
                identity: "history-service"
            )
            // The task that follows is no repetition.
            workflowTaskAttempt = 1
        }
        updatePauseInfo()
    }

    /// Lets the run go on, with the activities and the workflow task that waited.
    fileprivate func letGo(identity: String, reason: String, requestID: String) {
        record(
            .workflowExecutionUnpaused,
            .workflowExecutionUnpausedEventAttributes(
                .with {
                    $0.identity = identity
                    $0.reason = reason
                    $0.requestID = requestID
                }
            )
        )
        status = .running
        pause = nil
        updatePauseInfo()
        for id in Array(activities.keys) { enqueueActivity(id) }
        scheduleWorkflowTask()
    }

    /// Notes in the search attributes of the run what of it is paused.
    func updatePauseInfo() {
        var entries: [String] = []
        if let pause {
            entries.append("Workflow:\(workflowID)")
            if !pause.reason.isEmpty { entries.append("Reason:\(pause.reason)") }
        }
        let types = Set(activities.values.filter { $0.pause != nil }.map(\.attributes.activityType.name))
        entries += types.sorted().map { "property:activityType=\($0)" }
        searchAttributes.indexedFields["TemporalPauseInfo"] = entries.isEmpty ? nil : .keywords(entries)
    }
}
