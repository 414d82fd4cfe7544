import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Run {
    /// Attempts from which on the time-out of a workflow task grows, so that a broken worker is asked less and less.
    private static let attemptsBeforeBackoff: Int32 = 3

    // MARK: Schedule

    /// Schedules a workflow task unless there is one, or the run has ended or waits for its first.
    ///
    /// - Parameter endsBackoff: Whether the first task does not wait any longer. Default: it does.
    func scheduleWorkflowTask(endsBackoff: Bool = false) {
        guard isOpen, workflowTask == nil, !isHeldBack, endsBackoff || !isBackingOff else { return }
        guard !isPaused else { return flushBufferedEvents() }
        createWorkflowTask()
        dispatchWorkflowTask()
    }

    /// Makes a workflow task without giving it to a task queue.
    ///
    /// - Parameters:
    ///   - originalScheduledTime: When the chain of heartbeating tasks began; `nil` if this task begins one.
    ///   - speculative: Whether the task exists only to carry updates.
    func createWorkflowTask(originalScheduledTime: Moment? = nil, speculative: Bool = false) {
        if isBackingOff { isBackingOff = false }
        var isSpeculative = speculative
        if !bufferedEvents.isEmpty {
            // New events make the task an ordinary one.
            workflowTaskAttempt = 1
            isSpeculative = false
            flushBufferedEvents()
        }
        let attempt = workflowTaskAttempt
        let isUnwritten = attempt > 1 || isSpeculative
        let queue = currentTaskQueue
        let timeout = workflowTaskTimeout(attempt: attempt)
        let now = engine.now
        let scheduledEventID =
            isUnwritten ? nextEventID : recordWorkflowTaskScheduled(queue, timeout: timeout, attempt: attempt, at: now)
        workflowTask = WorkflowTask(
            scheduledEventID: scheduledEventID,
            attempt: attempt,
            scheduledTime: now,
            originalScheduledTime: originalScheduledTime ?? now,
            timeout: timeout,
            taskQueue: queue,
            isUnwritten: isUnwritten,
            isSpeculative: isSpeculative,
            stamp: engine.nextNumber()
        )
        engine.touch(self)
    }

    /// Gives the scheduled workflow task to its task queue.
    func dispatchWorkflowTask() {
        guard let task = workflowTask, task.startedEventID == 0 else { return }
        if let sticky, !movesOn, engine.hasRecentPoller(sticky.name, kind: .workflow, namespace: namespace) {
            engine.deadlines.insert(
                .workflowTaskScheduleToStart(run: number, stamp: task.stamp),
                at: engine.now + sticky.timeout
            )
            engine.enqueue(
                .workflow(run: number, stamp: task.stamp),
                to: sticky.name,
                kind: .workflow,
                namespace: namespace
            )
        } else {
            engine.enqueue(
                .workflow(run: number, stamp: task.stamp),
                to: start.taskQueue.name,
                kind: .workflow,
                namespace: namespace
            )
        }
    }

    private func workflowTaskTimeout(attempt: Int32) -> Span {
        let standard = Span(start.workflowTaskTimeout)
        guard attempt > Self.attemptsBeforeBackoff else { return standard }
        let exponent = min(Double(attempt - Self.attemptsBeforeBackoff - 1), 20)
        return standard + min(.seconds(Int64(5 * pow2(exponent))), .seconds(600))
    }

    private func pow2(_ exponent: Double) -> Double {
        Double(UInt64(1) << UInt64(exponent))
    }

    private func recordWorkflowTaskScheduled(
        _ queue: APITaskQueue,
        timeout: Span,
        attempt: Int32,
        at time: Moment
    ) -> Int64 {
        record(
            .workflowTaskScheduled,
            .workflowTaskScheduledEventAttributes(
                .with {
                    $0.taskQueue = queue
                    $0.startToCloseTimeout = timeout.proto
                    $0.attempt = attempt
                }
            ),
            time: time
        )
    }

    private func recordWorkflowTaskStarted(_ task: WorkflowTask) -> Int64 {
        record(
            .workflowTaskStarted,
            .workflowTaskStartedEventAttributes(startedAttributes(of: task)),
            time: task.startedTime
        )
    }

    private func startedAttributes(of task: WorkflowTask) -> APIWorkflowTaskStartedEventAttributes {
        .with {
            $0.scheduledEventID = task.scheduledEventID
            $0.identity = task.identity
            $0.requestID = task.requestID
            $0.historySizeBytes = task.historySizeBytes
            $0.suggestContinueAsNew = task.suggestsContinueAsNew
            $0.suggestContinueAsNewReasons = (task.continueAsNewReasons ?? []).compactMap { .init(rawValue: $0) }
            $0.targetWorkerDeploymentVersionChanged = task.tellsOfOtherVersion
            if let version = task.workerVersion { $0.workerVersion = version }
        }
    }

    // MARK: Start

    /// Hands the scheduled workflow task to a worker.
    ///
    /// - Parameters:
    ///   - identity: Who takes it.
    ///   - requestID: The id of the poll.
    ///   - delivery: How the task reaches the worker.
    ///   - buildID: What the worker runs.
    /// - Returns: What the worker is told.
    func startWorkflowTask(
        identity: String,
        requestID: String,
        delivery: WorkflowTask.Delivery,
        version: APIWorkerVersionStamp?
    ) -> APIPollWorkflowTaskQueueResponse {
        guard var task = workflowTask else { return APIPollWorkflowTaskQueueResponse() }
        if delivery == .normal { sticky = nil }
        task.identity = identity
        task.requestID = requestID
        task.workerVersion = version
        task.startedTime = engine.now
        task.historySizeBytes = historySize
        let reasons = continueAsNewReasons
        task.suggestsContinueAsNew = !reasons.isEmpty
        task.continueAsNewReasons = reasons.isEmpty ? nil : reasons.map(\.rawValue)
        let target = delivery == .inline ? .init() : routingTarget
        task.tellsOfOtherVersion = versioning.noteTarget(
            .init(version: target.version, revision: target.revision),
            isKnown: delivery != .inline
        )
        if task.isUnwritten, task.scheduledEventID != nextEventID {
            // Events came since the task was scheduled: it becomes an ordinary first attempt.
            task.attempt = 1
            workflowTaskAttempt = 1
            task.isUnwritten = false
            task.isSpeculative = false
            task.scheduledEventID = recordWorkflowTaskScheduled(
                task.taskQueue,
                timeout: task.timeout,
                attempt: 1,
                at: engine.now
            )
        }
        if task.isUnwritten {
            task.startedEventID = task.scheduledEventID + 1
        } else {
            task.startedEventID = recordWorkflowTaskStarted(task)
        }
        workflowTask = task
        engine.touch(self)
        engine.deadlines.insert(
            .workflowTaskStartToClose(run: number, stamp: task.stamp),
            at: engine.now + task.timeout
        )
        return response(for: task, partial: delivery != .normal)
    }

    /// The first workflow task once more, for whoever was given it with the answer to a start; `nil` once it has ended, or
    /// if it went by its task queue.
    func firstWorkflowTaskAgain() -> APIPollWorkflowTaskQueueResponse? {
        guard let task = workflowTask, task.startedEventID == 3, task.attempt == 1 else { return nil }
        return content(of: task, partial: false)
    }

    private func response(for task: WorkflowTask, partial: Bool) -> APIPollWorkflowTaskQueueResponse {
        var response = content(of: task, partial: partial)
        attachQueries(to: &response)
        response.messages = updateMessages(for: task)
        return response
    }

    /// A started task as its worker gets it, but for queries and messages.
    private func content(of task: WorkflowTask, partial: Bool) -> APIPollWorkflowTaskQueueResponse {
        var response = APIPollWorkflowTaskQueueResponse()
        response.taskToken =
            TaskToken.workflow(run: number, scheduledEventID: task.scheduledEventID, stamp: task.stamp).data
        response.workflowExecution = execution
        response.workflowType = start.workflowType
        response.previousStartedEventID = previousStartedEventID
        response.startedEventID = task.startedEventID
        response.attempt = task.attempt
        response.workflowExecutionTaskQueue = start.taskQueue
        response.scheduledTime = task.scheduledTime.timestamp
        if let started = task.startedTime { response.startedTime = started.timestamp }
        let first = partial ? Int(previousStartedEventID) : 0
        var history = APIHistory()
        history.events = first == 0 ? events : Array(events[min(first, events.count)...])
        if task.isUnwritten { history.events += unwrittenEvents(of: task) }
        response.history = history
        return response
    }

    /// The events of a task that enters the history only when it completes.
    private func unwrittenEvents(of task: WorkflowTask) -> [APIHistoryEvent] {
        [
            .with {
                $0.eventID = task.scheduledEventID
                $0.eventType = .workflowTaskScheduled
                $0.eventTime = task.scheduledTime.timestamp
                $0.workflowTaskScheduledEventAttributes = .with {
                    $0.taskQueue = task.taskQueue
                    $0.startToCloseTimeout = task.timeout.proto
                    $0.attempt = task.attempt
                }
            },
            .with {
                $0.eventID = task.startedEventID
                $0.eventType = .workflowTaskStarted
                $0.eventTime = (task.startedTime ?? engine.now).timestamp
                $0.workflowTaskStartedEventAttributes = startedAttributes(of: task)
            },
        ]
    }

    private func attachQueries(to response: inout APIPollWorkflowTaskQueueResponse) {
        for query in bufferedQueries {
            guard let pending = engine.queries[query] else { continue }
            attachedQueries.append(query)
            response.queries[String(query)] = pending.query
        }
        bufferedQueries = []
    }

    // MARK: End

    /// The started workflow task that a worker's token names.
    func workflowTask(scheduledEventID: Int64, stamp: UInt64) throws -> WorkflowTask {
        guard isOpen, let task = workflowTask, task.stamp == stamp, task.startedEventID != 0 else {
            throw ServiceError.workflowTaskNotFound
        }
        return task
    }

    /// Writes the completion of a workflow task, with the events that were held back for it.
    ///
    /// - Returns: The id of the completed event.
    func recordWorkflowTaskCompleted(
        _ task: inout WorkflowTask,
        _ request: APIRespondWorkflowTaskCompletedRequest
    ) -> Int64 {
        workflowTask = nil
        workflowTaskAttempt = 1
        writeHeldBackEvents(of: &task, identity: request.identity)
        let id = record(
            .workflowTaskCompleted,
            .workflowTaskCompletedEventAttributes(
                .with {
                    $0.scheduledEventID = task.scheduledEventID
                    $0.startedEventID = task.startedEventID
                    $0.identity = request.identity
                    $0.binaryChecksum = request.binaryChecksum
                    if request.hasWorkerVersionStamp { $0.workerVersion = request.workerVersionStamp }
                    if request.hasSdkMetadata { $0.sdkMetadata = request.sdkMetadata }
                    if request.hasMeteringMetadata { $0.meteringMetadata = request.meteringMetadata }
                    if request.hasDeployment { $0.deployment = request.deployment }
                    $0.workerDeploymentName = request.deploymentOptions.deploymentName
                    if let version = request.deploymentVersion {
                        $0.versioningBehavior = request.versioningBehavior
                        $0.workerDeploymentVersion = version.legacyText
                        $0.deploymentVersion = version.proto
                    }
                }
            )
        )
        previousStartedEventID = task.startedEventID
        if case .workflowTaskCompletedEventAttributes(let completed) = events.last?.attributes {
            applyCompletion(completed)
        }
        return id
    }

    private func writeHeldBackEvents(of task: inout WorkflowTask, identity: String) {
        guard task.isUnwritten else { return }
        task.isUnwritten = false
        task.identity = identity
        task.scheduledEventID = recordWorkflowTaskScheduled(
            task.taskQueue,
            timeout: task.timeout,
            attempt: task.attempt,
            at: task.scheduledTime
        )
        task.startedEventID = recordWorkflowTaskStarted(task)
    }

    /// Ends the started workflow task as failed. Repeated attempts leave no event.
    func failWorkflowTask(
        _ task: WorkflowTask,
        cause: APIWorkflowTaskFailedCause,
        failure: APIFailure?,
        identity: String,
        binaryChecksum: String = ""
    ) {
        var task = task
        workflowTask = nil
        if task.isSpeculative { writeHeldBackEvents(of: &task, identity: identity) }
        if !task.isUnwritten {
            record(
                .workflowTaskFailed,
                .workflowTaskFailedEventAttributes(
                    .with {
                        $0.scheduledEventID = task.scheduledEventID
                        $0.startedEventID = task.startedEventID
                        $0.cause = cause
                        if let failure { $0.failure = failure }
                        $0.identity = identity
                        $0.binaryChecksum = binaryChecksum
                    }
                )
            )
        }
        workflowTaskDidFail(task, incrementsAttempt: true)
    }

    /// What failing and timing out have in common: the attempt, the sticky queue and what the task carried.
    private func workflowTaskDidFail(_ task: WorkflowTask, incrementsAttempt: Bool) {
        workflowTask = nil
        if sticky != nil {
            sticky = nil
            workflowTaskAttempt = 1
        } else {
            workflowTaskAttempt = incrementsAttempt ? task.attempt + 1 : 1
        }
        bufferedQueries = attachedQueries + bufferedQueries
        attachedQueries = []
        returnUpdatesToBuffer()
        engine.touch(self)
    }

    /// Times out the workflow task that a worker has.
    func timeOutStartedWorkflowTask() {
        guard var task = workflowTask, task.startedEventID != 0 else { return }
        workflowTask = nil
        if task.isSpeculative { writeHeldBackEvents(of: &task, identity: task.identity) }
        if !task.isUnwritten {
            recordWorkflowTaskTimedOut(task, type: .startToClose)
        }
        workflowTaskDidFail(task, incrementsAttempt: true)
        scheduleWorkflowTask()
    }

    /// Gives up waiting for the worker that has the run in its cache: the task goes to the ordinary task queue.
    func timeOutScheduledWorkflowTask() {
        guard var task = workflowTask, task.startedEventID == 0 else { return }
        workflowTask = nil
        if task.isSpeculative {
            task.scheduledEventID = recordWorkflowTaskScheduled(
                task.taskQueue,
                timeout: task.timeout,
                attempt: task.attempt,
                at: task.scheduledTime
            )
        }
        recordWorkflowTaskTimedOut(task, type: .scheduleToStart)
        workflowTaskDidFail(task, incrementsAttempt: false)
        scheduleWorkflowTask()
    }

    private func recordWorkflowTaskTimedOut(_ task: WorkflowTask, type: APITimeoutType) {
        record(
            .workflowTaskTimedOut,
            .workflowTaskTimedOutEventAttributes(
                .with {
                    $0.scheduledEventID = task.scheduledEventID
                    $0.startedEventID = task.startedEventID
                    $0.timeoutType = type
                }
            )
        )
    }
}
