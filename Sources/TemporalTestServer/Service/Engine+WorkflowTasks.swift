import SwiftProtobuf
import Temporal
import TemporalAPI

extension Engine {
    /// How long a workflow may only heartbeat, without any progress, before its task times out.
    private static let heartbeatLimit = Span.seconds(1800)

    /// The run that a number in a token names.
    func run(number: Int) throws -> Run {
        guard runs.indices.contains(number) else { throw ServiceError.badToken }
        return runs[number]
    }

    /// Takes the result of a workflow task.
    func respond(_ request: APIRespondWorkflowTaskCompletedRequest) throws -> APIRespondWorkflowTaskCompletedResponse {
        guard case .workflow(let number, let eventID, let stamp) = try TaskToken(request.taskToken) else {
            throw ServiceError.badToken
        }
        let run = try run(number: number)
        let task = try run.workflowTask(scheduledEventID: eventID, stamp: stamp)
        try Run.checkSequence(request.commands)
        if run.isPaused, request.forceCreateNewWorkflowTask {
            throw RPCError(
                code: .failedPrecondition,
                message: "Workflow is paused and force create new workflow task is not allowed."
            )
        }
        guard request.versioningBehavior == .unspecified || request.deploymentVersion != nil else {
            throw ServiceError.invalid(
                "versioning behavior cannot be specified without deployment options being set with versioned mode"
            )
        }
        readClock()
        let isHeartbeat = request.forceCreateNewWorkflowTask && request.commands.isEmpty && request.messages.isEmpty
        if isHeartbeat, task.originalScheduledTime + Self.heartbeatLimit < now {
            run.timeOutStartedWorkflowTask()
            throw ServiceError.notFound("workflow task heartbeat timeout")
        }
        var response = APIRespondWorkflowTaskCompletedResponse()
        if run.leavesNoTrace(task, request) {
            run.discard(task)
            try run.processRejections(request)
            response.resetHistoryEventID = run.previousStartedEventID
        } else {
            try complete(task, of: run, request)
        }
        applySticky(request, to: run)
        settleAfterCompletion(run, task, request, isHeartbeat: isHeartbeat, &response)
        return response
    }

    private func complete(
        _ task: WorkflowTask,
        of run: Run,
        _ request: APIRespondWorkflowTaskCompletedRequest
    ) throws {
        let snapshot = run.snapshot()
        var written = task
        let completedEventID = run.recordWorkflowTaskCompleted(&written, request)
        run.hadBufferedEvents = !run.bufferedEvents.isEmpty
        run.needsWorkflowTask = false
        do {
            run.needsWorkflowTask = try run.process(request, completedEventID: completedEventID).needsWorkflowTask
        } catch let failure as CommandFailure {
            run.restore(snapshot)
            run.abortSentUpdates()
            if task.attempt > 1, failure.cause != .unhandledCommand {
                // Repeated failures are dropped: the task times out and is tried again by then.
                throw ServiceError.invalid(failure.text)
            }
            run.failWorkflowTask(
                task,
                cause: failure.cause,
                failure: .server(failure.text),
                identity: request.identity,
                binaryChecksum: request.binaryChecksum
            )
            if failure.terminatesRun {
                run.terminate(reason: failure.text, identity: "history-service")
            } else {
                run.scheduleWorkflowTask()
            }
            throw ServiceError.invalid(failure.text)
        } catch {
            run.restore(snapshot)
            throw error
        }
    }

    private func applySticky(_ request: APIRespondWorkflowTaskCompletedRequest, to run: Run) {
        let queue = request.stickyAttributes.workerTaskQueue.name
        // A run that is on its way to another version does not stay with the worker.
        let moves = run.versioning.transition.map { $0.version != request.deploymentVersion } ?? false
        if request.hasStickyAttributes, !queue.isEmpty, !moves {
            run.sticky = StickyQueue(
                name: queue,
                timeout: Span(request.stickyAttributes.scheduleToStartTimeout)
            )
        } else {
            run.sticky = nil
        }
    }

    private func settleAfterCompletion(
        _ run: Run,
        _ task: WorkflowTask,
        _ request: APIRespondWorkflowTaskCompletedRequest,
        isHeartbeat: Bool,
        _ response: inout APIRespondWorkflowTaskCompletedResponse
    ) {
        if run.isOpen {
            if !request.forceCreateNewWorkflowTask { run.rejectUnprocessedUpdates() }
            run.notifyUpdateWaiters()
            let moves = run.versioning.transition != nil
            let needsTask =
                request.forceCreateNewWorkflowTask || !run.bufferedEvents.isEmpty || run.needsWorkflowTask || moves
            if run.isPaused {
                run.flushBufferedEvents()
            } else if needsTask || run.hasAdmittedUpdates {
                run.createWorkflowTask(
                    originalScheduledTime: isHeartbeat ? task.originalScheduledTime : nil,
                    speculative: !needsTask
                )
                if request.returnNewWorkflowTask, !moves, !run.isPinnedElsewhere, isHeartbeat || !withholdsWorkflowTasks
                {
                    response.workflowTask = run.startWorkflowTask(
                        identity: request.identity,
                        requestID: "request-from-RespondWorkflowTaskCompleted",
                        delivery: .inline,
                        version: request.hasWorkerVersionStamp ? request.workerVersionStamp : nil
                    )
                } else {
                    run.dispatchWorkflowTask()
                }
            }
        } else {
            run.notifyUpdateWaiters()
        }
        // As on the server, a run that is on its way to another version leaves activities to the task queues.
        let isEager = options.grantsEagerActivities && !withholdsWorkflowTasks && run.versioning.transition == nil
        response.activityTasks = run.dispatchActivities(
            eagerlyTo: isEager ? (request.identity, request.deploymentVersion) : nil
        )
        settleQueries(of: run, results: request.queryResults)
        run.performExternalActions()
        touch(run)
    }

    /// Takes the failure of a workflow task.
    func respond(_ request: APIRespondWorkflowTaskFailedRequest) throws -> APIRespondWorkflowTaskFailedResponse {
        guard case .workflow(let number, let eventID, let stamp) = try TaskToken(request.taskToken) else {
            throw ServiceError.badToken
        }
        let run = try run(number: number)
        guard run.isOpen else { throw ServiceError.workflowCompleted }
        let task = try run.workflowTask(scheduledEventID: eventID, stamp: stamp)
        readClock()
        if request.cause == .grpcMessageTooLarge {
            run.terminate(reason: "GrpcMessageTooLarge", identity: "history-service")
            return APIRespondWorkflowTaskFailedResponse()
        }
        run.failWorkflowTask(
            task,
            cause: request.cause,
            failure: request.hasFailure ? request.failure : nil,
            identity: request.identity,
            binaryChecksum: request.binaryChecksum
        )
        run.scheduleWorkflowTask()
        return APIRespondWorkflowTaskFailedResponse()
    }

    /// Forgets where a run's workflow tasks go first.
    func resetSticky(_ request: APIResetStickyTaskQueueRequest) throws -> APIResetStickyTaskQueueResponse {
        guard request.hasExecution else { throw ServiceError.executionNotSet }
        let run = try run(of: request.execution, namespace: request.namespace)
        guard run.isOpen else { throw ServiceError.workflowCompleted }
        run.sticky = nil
        return APIResetStickyTaskQueueResponse()
    }
}

extension Run {
    /// Whether a task that exists only to carry updates disappears without events: all its updates were rejected.
    fileprivate func leavesNoTrace(_ task: WorkflowTask, _ request: APIRespondWorkflowTaskCompletedRequest) -> Bool {
        guard task.isSpeculative, task.isUnwritten, request.commands.isEmpty, !request.forceCreateNewWorkflowTask else {
            return false
        }
        let shipped = nextEventID - previousStartedEventID - 2
        let mayShip: Int64 = request.capabilities.discardSpeculativeWorkflowTaskWithEvents ? 10 : 0
        // A message that is none of these fails the task, which leaves traces.
        var rejected: Set<String> = []
        return shipped <= mayShip
            && request.messages.allSatisfy { message in
                guard message.body.isA(APIUpdateRejection.self),
                    case .sent? = updates[message.protocolInstanceID]?.stage,
                    (try? APIUpdateRejection(unpackingAny: message.body)) != nil
                else { return false }
                return rejected.insert(message.protocolInstanceID).inserted
            }
    }

    fileprivate func discard(_ task: WorkflowTask) {
        workflowTask = nil
        workflowTaskAttempt = 1
        // A run that was asked before its first task waits for that task again, unless the time for it has come.
        let isFirst = previousStartedEventID == 0
        if isFirst, executionTime > engine.now { backOff() }
        needsWorkflowTask = isFirst && !isBackingOff
        engine.touch(self)
    }

    fileprivate func processRejections(_ request: APIRespondWorkflowTaskCompletedRequest) throws {
        for message in request.messages {
            do {
                try handle(message, identity: request.identity)
            } catch let failure as CommandFailure {
                throw ServiceError.invalid(failure.text)
            }
        }
    }
}

extension APIRespondWorkflowTaskCompletedRequest {
    /// The version of the worker; `nil` for one without.
    var deploymentVersion: WorkerDeploymentVersion? {
        if !hasDeploymentOptions, hasDeployment, !deployment.seriesName.isEmpty, !deployment.buildID.isEmpty {
            return WorkerDeploymentVersion(deploymentName: deployment.seriesName, buildID: deployment.buildID)
        }
        return WorkerDeploymentVersion(hasDeploymentOptions ? deploymentOptions : nil, nil)
    }
}

extension APIFailure {
    /// The failure of a workflow task that the service did not accept.
    static func server(_ message: String) -> APIFailure {
        .with {
            $0.message = message
            $0.serverFailureInfo = .init()
        }
    }
}
