import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Starting runs again from a point of their history.
extension Engine {
    /// Resets a workflow for a client.
    func reset(_ request: APIResetWorkflowExecutionRequest) throws -> APIResetWorkflowExecutionResponse {
        guard !request.requestID.isEmpty else { throw ServiceError.invalid("RequestId is not set on request.") }
        guard request.hasWorkflowExecution else { throw ServiceError.executionNotSet }
        let base: Run
        do {
            base = try run(of: request.workflowExecution, namespace: request.namespace)
        } catch let error as RPCError where error.code == .notFound && !request.workflowExecution.runID.isEmpty {
            throw ServiceError.notFound(
                "workflow execution not found for workflow ID \"\(request.workflowExecution.workflowID)\" "
                    + "and run ID \"\(request.workflowExecution.runID)\""
            )
        }
        let run = try reset(
            base,
            to: request.workflowTaskFinishEventID,
            reason: request.reason,
            requestID: request.requestID,
            reapplying: Reapplication(request.resetReapplyType, excluding: request.resetReapplyExcludeTypes),
            followedBy: request.postResetOperations
        )
        return .with { $0.runID = run.runID }
    }

    /// Starts a run again from a point of its history; the current run of its workflow id, if it is open, is terminated.
    ///
    /// - Parameters:
    ///   - base: The run.
    ///   - finishEventID: The event that the failure of the workflow task takes the place of.
    ///   - reason: Why, as it stands in the histories.
    ///   - requestID: The id of the request, by which a repeated one is recognized.
    ///   - reapplication: What of the later history is kept.
    ///   - operations: What is done to the new run before a worker sees it.
    /// - Returns: The new run.
    /// - Throws: `INVALID_ARGUMENT` if the history cannot be cut there, or if an operation cannot be done. Nothing has
    ///   happened then.
    func reset(
        _ base: Run,
        to finishEventID: Int64,
        reason: String,
        requestID: String,
        reapplying reapplication: Reapplication,
        followedBy operations: [APIWorkflowPostResetOperation]
    ) throws -> Run {
        readClock()
        let operations = try operations.map { try PostResetOperation($0, on: base) }
        let current = currentRuns[WorkflowKey(namespace: base.namespace, workflowID: base.workflowID)].map { runs[$0] }
        if let current, current.requestID == requestID { return current }
        let point = try ResetPoint(of: base, finishEventID: finishEventID)
        let runID = ids.uuid()
        if let current, current.isOpen {
            current.wasReset = true
            current.terminate(reason: reason, identity: "history-resetter")
        }
        let execution = Span(base.start.workflowExecutionTimeout)
        let run = Run(
            NewRun(
                namespace: base.namespace,
                runID: runID,
                start: base.start,
                requestID: requestID,
                executionExpiration: execution > .zero ? now + execution : nil,
                userMetadata: base.userMetadata,
                parent: base.parent
            ),
            engine: self,
            number: runs.count,
            now: now
        )
        run.resetFrom = base.number
        run.originalStartTime = base.originalStartTime
        base.resetTo = run.number
        if let current, current !== base, current.wasReset { current.resetTo = run.number }
        register(run)
        run.takeOver(point.prefix, of: base)
        run.failTask(at: point.task, base: base, reason: reason)
        for event in reapplication.events(after: point.prefix.count, of: base, in: self) { run.reapply(event) }
        run.isHeldBack = true
        for operation in operations { operation.perform(on: run) }
        run.isHeldBack = false
        run.dispatchActivities()
        run.resumeNexusOperations()
        run.scheduleWorkflowTask()
        setLimits(of: run)
        return run
    }

    /// The run that the client of an operation by reset type means.
    ///
    /// - Parameters:
    ///   - run: The run.
    ///   - target: Which event, as batch operations name it.
    /// - Returns: The event that the failure of the workflow task takes the place of.
    /// - Throws: An error if the history has no such event.
    func finishEventID(in run: Run, for target: ResetTarget) throws -> Int64 {
        switch target {
        case .event(let id):
            return id
        case .firstWorkflowTask, .lastWorkflowTask:
            let events = target == .firstWorkflowTask ? run.events : run.events.reversed()
            if let completed = events.first(where: { $0.eventType == .workflowTaskCompleted }) {
                return completed.eventID
            }
            guard let scheduled = events.first(where: { $0.eventType == .workflowTaskScheduled }) else {
                throw ServiceError.invalid("unable to find any scheduled or completed task")
            }
            return scheduled.eventID + 1
        case .buildID(let buildID):
            guard let completed = run.events.first(where: { $0.completingBuildID == buildID }) else {
                // No NOT_FOUND, which a batch takes for a run that is gone and needs no change.
                throw ServiceError.invalid("Can't find reset point for \(buildID)")
            }
            return completed.eventID
        }
    }
}

/// What is done to a new run after a reset, which nothing is wrong with.
private enum PostResetOperation {
    case signal(APIWorkflowPostResetOperation.SignalWorkflow)
    case change(WorkflowOptionsChange)

    /// Checks an operation.
    ///
    /// - Parameters:
    ///   - proto: The operation.
    ///   - base: The run that is reset.
    /// - Throws: `INVALID_ARGUMENT` if there is something wrong with it.
    init(_ proto: APIWorkflowPostResetOperation, on base: Run) throws {
        switch proto.variant {
        case .signalWorkflow(let signal):
            guard !signal.signalName.isEmpty else { throw ServiceError.invalid("SignalName is not set on request.") }
            try Limits.check(signal.signalName, "SignalName")
            try Limits.check(signal.input)
            self = .signal(signal)
        case .updateWorkflowOptions(let update):
            let options = update.workflowExecutionOptions
            let override = options.hasVersioningOverride ? try options.versioningOverride.checked() : nil
            if let override {
                try base.engine.checkPresence(of: override, on: base.start.taskQueue.name, in: base.namespace)
            }
            self = .change(try WorkflowOptionsChange(options, mask: update.updateMask.paths, override: override))
        case nil:
            throw ServiceError.invalid("post reset operation has no variant set")
        }
    }

    func perform(on run: Run) {
        switch self {
        case .signal(let signal):
            run.signal(
                .with {
                    $0.signalName = signal.signalName
                    if signal.hasInput { $0.input = signal.input }
                    if signal.hasHeader { $0.header = signal.header }
                    $0.identity = "history-service"
                },
                links: signal.links
            )
        case .change(let change):
            run.apply(change, identity: "")
        }
    }
}

/// Which point of a history a reset by type goes to.
enum ResetTarget: Equatable {
    case firstWorkflowTask
    case lastWorkflowTask
    case event(Int64)
    /// The first workflow task that a build completed.
    case buildID(String)
}

extension Run {
    /// Fails the workflow task that was open where a history was cut.
    fileprivate func failTask(at point: ResetPoint.OpenTask, base: Run, reason: String) {
        var (scheduledEventID, startedEventID): (Int64, Int64) = (0, 0)
        switch point {
        case .started(let scheduled, let started):
            (scheduledEventID, startedEventID) = (scheduled, started)
        case .scheduled(let scheduled):
            scheduledEventID = scheduled
        case .unwritten(let attempt):
            scheduledEventID = record(
                .workflowTaskScheduled,
                .workflowTaskScheduledEventAttributes(
                    .with {
                        $0.taskQueue = currentTaskQueue
                        $0.startToCloseTimeout = start.workflowTaskTimeout
                        $0.attempt = attempt
                    }
                )
            )
        }
        if startedEventID == 0 {
            startedEventID = record(
                .workflowTaskStarted,
                .workflowTaskStartedEventAttributes(
                    .with {
                        $0.scheduledEventID = scheduledEventID
                        $0.identity = "history-service"
                        $0.requestID = "emptyUuid"
                        $0.historySizeBytes = historySize
                    }
                )
            )
            endTransaction()
        }
        record(
            .workflowTaskFailed,
            .workflowTaskFailedEventAttributes(
                .with {
                    $0.scheduledEventID = scheduledEventID
                    $0.startedEventID = startedEventID
                    $0.cause = .resetWorkflow
                    $0.failure = .with {
                        $0.message = reason
                        $0.resetWorkflowFailureInfo = .init()
                    }
                    $0.identity = "history-service"
                    $0.baseRunID = base.runID
                    $0.newRunID = runID
                }
            )
        )
    }
}

extension APIHistoryEvent {
    /// The build that completed a workflow task; `nil` for other events, and for workers without one.
    fileprivate var completingBuildID: String? {
        guard case .workflowTaskCompletedEventAttributes(let completed) = attributes else { return nil }
        let builds = [completed.workerVersion.buildID, completed.deploymentVersion.buildID, completed.binaryChecksum]
        return builds.first { !$0.isEmpty }
    }
}
