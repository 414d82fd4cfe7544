import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Engine {
    /// Makes a run of the beginning of a history that comes from elsewhere.
    ///
    /// The events stay as they are. The clock does not run behind them: it jumps to the last event if that is later.
    func restore(
        _ events: [APIHistoryEvent],
        workflowID: String,
        taskQueue: String?,
        namespace: String
    ) throws -> String {
        _ = try self.namespace(namespace)
        do {
            try HistoryValidator.validate(events)
        } catch {
            throw ServiceError.invalid("The history cannot be gone on from: \(error)")
        }
        guard case .workflowExecutionStartedEventAttributes(var start)? = events.first?.attributes,
            let first = events.first, let last = events.last, !last.eventType.isClose
        else {
            throw ServiceError.invalid("The history is that of a run that has ended, which cannot be gone on from.")
        }
        let key = WorkflowKey(namespace: namespace, workflowID: workflowID)
        if let number = currentRuns[key], runs[number].isOpen {
            throw ServiceError.invalid("Workflow '\(workflowID)' runs already.")
        }
        start.workflowID = workflowID
        if let taskQueue { start.taskQueue = .with { ($0.name, $0.kind) = (taskQueue, .normal) } }
        setClock(atLeast: Moment(last.eventTime))
        let runID = start.originalExecutionRunID.isEmpty ? ids.uuid() : start.originalExecutionRunID
        guard runNumbers[runID] == nil else { throw ServiceError.invalid("Run '\(runID)' is there already.") }
        let run = Run(
            NewRun(
                namespace: namespace,
                runID: runID,
                start: start,
                requestID: ids.uuid(),
                executionExpiration: start.hasWorkflowExecutionExpirationTime
                    ? Moment(start.workflowExecutionExpirationTime) : nil,
                userMetadata: first.hasUserMetadata ? first.userMetadata : nil
            ),
            engine: self,
            number: runs.count,
            now: Moment(first.eventTime)
        )
        register(run)
        run.takeOver(events, of: nil)
        setLimits(of: run)
        run.dispatchActivities()
        run.goOn()
        return runID
    }
}

extension Run {
    /// Goes on with what was under way at the end of a history that was taken over.
    fileprivate func goOn() {
        if !adoptWorkflowTask() { scheduleTaskIfNeeded() }
        for child in children.values {
            // The children of a run from elsewhere are not here: they begin anew.
            if child.startedEventID == 0 {
                externalActions.append(.startChild(initiatedEventID: child.initiatedEventID))
            } else {
                restartChild(child)
            }
        }
        performExternalActions()
        engine.touch(self)
    }

    /// Takes over the workflow task that the history ends with: scheduled, or with a worker that is not here.
    ///
    /// - Returns: Whether there was one.
    private func adoptWorkflowTask() -> Bool {
        guard let index = events.lastIndex(where: { $0.eventType == .workflowTaskScheduled }),
            case .workflowTaskScheduledEventAttributes(let scheduled) = events[index].attributes
        else { return false }
        let later = events[(index + 1)...]
        let ends: [APIEventType] = [.workflowTaskCompleted, .workflowTaskFailed, .workflowTaskTimedOut]
        guard !later.contains(where: { ends.contains($0.eventType) }) else { return false }
        let started = later.first { $0.eventType == .workflowTaskStarted }
        let time = Moment(events[index].eventTime)
        var task = WorkflowTask(
            scheduledEventID: events[index].eventID,
            attempt: max(1, scheduled.attempt),
            scheduledTime: time,
            originalScheduledTime: time,
            timeout: Span(scheduled.startToCloseTimeout),
            taskQueue: currentTaskQueue,
            isUnwritten: false,
            stamp: engine.nextNumber()
        )
        if let started {
            // The worker that had it is gone: it times out, and is tried again.
            task.startedEventID = started.eventID
            task.startedTime = Moment(started.eventTime)
            task.isUnattended = true
            workflowTask = task
            engine.deadlines.insert(
                .workflowTaskStartToClose(run: number, stamp: task.stamp),
                at: max(Moment(started.eventTime) + task.timeout, engine.now)
            )
        } else {
            workflowTask = task
            dispatchWorkflowTask()
        }
        return true
    }

    /// Schedules a workflow task if events came since the last one that its code has not seen.
    private func scheduleTaskIfNeeded() {
        let seen = events.lastIndex { $0.eventType == .workflowTaskCompleted }
        let isFirst = seen == nil
        let hasNews = events[((seen ?? -1) + 1)...].contains { event in
            switch event.attributes {
            case .workflowTaskFailedEventAttributes, .workflowTaskTimedOutEventAttributes: true
            case .timerFiredEventAttributes, .workflowExecutionSignaledEventAttributes,
                .workflowExecutionCancelRequestedEventAttributes, .activityTaskCompletedEventAttributes,
                .activityTaskFailedEventAttributes, .activityTaskTimedOutEventAttributes,
                .activityTaskCanceledEventAttributes, .childWorkflowExecutionStartedEventAttributes,
                .childWorkflowExecutionCompletedEventAttributes, .childWorkflowExecutionFailedEventAttributes,
                .childWorkflowExecutionTimedOutEventAttributes, .childWorkflowExecutionCanceledEventAttributes,
                .childWorkflowExecutionTerminatedEventAttributes, .startChildWorkflowExecutionFailedEventAttributes,
                .externalWorkflowExecutionSignaledEventAttributes,
                .signalExternalWorkflowExecutionFailedEventAttributes,
                .externalWorkflowExecutionCancelRequestedEventAttributes,
                .requestCancelExternalWorkflowExecutionFailedEventAttributes:
                true
            default: false
            }
        }
        if isFirst || hasNews { scheduleWorkflowTask() }
    }
}
