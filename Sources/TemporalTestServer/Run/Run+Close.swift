import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Run {
    // MARK: By command

    /// Ends the run with a result. A cron schedule starts the next run.
    func complete(result: APIPayloads?, completedEventID: Int64) {
        let next = cronBackoff.map { (engine.ids.uuid(), $0) }
        record(
            .workflowExecutionCompleted,
            .workflowExecutionCompletedEventAttributes(
                .with {
                    if let result { $0.result = result }
                    $0.workflowTaskCompletedEventID = completedEventID
                    if let next { $0.newExecutionRunID = next.0 }
                }
            )
        )
        close(as: .completed)
        if let (runID, backoff) = next {
            startNext(runID: runID, after: backoff, initiator: .cronSchedule, lastResult: result, failure: nil)
        }
    }

    /// Ends the run with a failure. Its retry policy, or its cron schedule, may start the next run.
    func fail(_ failure: APIFailure, completedEventID: Int64) {
        let (state, next) = decideNext(after: failure)
        record(
            .workflowExecutionFailed,
            .workflowExecutionFailedEventAttributes(
                .with {
                    $0.failure = failure
                    $0.retryState = state
                    $0.workflowTaskCompletedEventID = completedEventID
                    if let next { $0.newExecutionRunID = next.runID }
                }
            )
        )
        close(as: .failed)
        // A run that is tried again because its code failed does not know the last result, as on the server.
        startNext(next, failure: failure, knowsLastResult: next?.initiator != .retry)
    }

    /// Ends the run as cancelled.
    func cancel(details: APIPayloads?, completedEventID: Int64) {
        record(
            .workflowExecutionCanceled,
            .workflowExecutionCanceledEventAttributes(
                .with {
                    $0.workflowTaskCompletedEventID = completedEventID
                    if let details { $0.details = details }
                }
            )
        )
        close(as: .canceled)
    }

    /// Ends the run and starts the next with new input.
    func continueAsNew(_ command: APIContinueAsNewWorkflowExecutionCommandAttributes, completedEventID: Int64) throws {
        try CommandRules.check(command)
        let cause = APIWorkflowTaskFailedCause.badContinueAsNewAttributes
        let searchAttributes = try checked(command.searchAttributes, tooLarge: cause)
        try Limits.check(command.input, "ContinueAsNewWorkflowExecutionCommandAttributes. Input", cause)
        try Limits.check(command.memo, "ContinueAsNewWorkflowExecutionCommandAttributes. Memo", cause)
        let runID = engine.ids.uuid()
        var backoff = Span(command.backoffStartInterval)
        if !command.cronSchedule.isEmpty,
            let wait = CronSchedule(command.cronSchedule)?.backoff(after: engine.now)
        {
            backoff = wait
        }
        backoff = heldBack(backoff)
        let type =
            command.hasWorkflowType && !command.workflowType.name.isEmpty ? command.workflowType : start.workflowType
        let queue: APITaskQueue = .with {
            $0.name = command.taskQueue.name.isEmpty ? start.taskQueue.name : command.taskQueue.name
            $0.kind = .normal
        }
        let askedRun = Span(command.workflowRunTimeout)
        let limit = WorkflowTimeouts.run(
            askedRun > .zero ? askedRun : Span(start.workflowRunTimeout),
            within: Span(start.workflowExecutionTimeout)
        )
        let askedTask = Span(command.workflowTaskTimeout)
        let runTimeout = limit.proto
        let taskTimeout = WorkflowTimeouts.task(
            askedTask > .zero ? askedTask : Span(start.workflowTaskTimeout),
            within: limit
        )
        .proto
        record(
            .workflowExecutionContinuedAsNew,
            .workflowExecutionContinuedAsNewEventAttributes(
                .with {
                    $0.newExecutionRunID = runID
                    $0.workflowType = type
                    $0.taskQueue = queue
                    if command.hasInput { $0.input = command.input }
                    $0.workflowRunTimeout = runTimeout
                    $0.workflowTaskTimeout = taskTimeout
                    $0.workflowTaskCompletedEventID = completedEventID
                    if command.hasBackoffStartInterval { $0.backoffStartInterval = command.backoffStartInterval }
                    $0.initiator = command.initiator
                    if command.hasFailure { $0.failure = command.failure }
                    if command.hasLastCompletionResult { $0.lastCompletionResult = command.lastCompletionResult }
                    if command.hasHeader { $0.header = command.header }
                    if command.hasMemo { $0.memo = command.memo }
                    if command.hasSearchAttributes { $0.searchAttributes = searchAttributes }
                    $0.initialVersioningBehavior = command.initialVersioningBehavior
                }
            )
        )
        close(as: .continuedAsNew)
        var next = nextRun(
            runID: runID,
            after: backoff,
            initiator: command.initiator == .unspecified ? .workflow : command.initiator
        )
        next.start.workflowType = type
        next.start.taskQueue = queue
        if command.hasInput { next.start.input = command.input } else { next.start.clearInput() }
        next.start.workflowRunTimeout = runTimeout
        next.start.workflowTaskTimeout = taskTimeout
        if command.hasRetryPolicy {
            next.start.retryPolicy = RetryRules.withDefaults(command.retryPolicy)
        } else {
            next.start.clearRetryPolicy()
        }
        next.start.cronSchedule = command.cronSchedule
        if command.hasHeader { next.start.header = command.header } else { next.start.clearHeader() }
        if command.hasMemo { next.start.memo = command.memo } else { next.start.clearMemo() }
        if command.hasSearchAttributes {
            next.start.searchAttributes = searchAttributes
        } else {
            next.start.clearSearchAttributes()
        }
        if let priority { next.start.priority = priority } else { next.start.clearPriority() }
        inheritance(continuing: command, on: queue.name).apply(to: &next.start)
        if command.hasFailure { next.start.continuedFailure = command.failure }
        if command.hasLastCompletionResult { next.start.lastCompletionResult = command.lastCompletionResult }
        engine.create(next)
    }

    // MARK: By the service

    /// Ends the run by force.
    func terminate(reason: String, details: APIPayloads? = nil, identity: String, links: [APILink] = []) {
        endWorkflowTaskByForce()
        record(
            .workflowExecutionTerminated,
            .workflowExecutionTerminatedEventAttributes(
                .with {
                    $0.reason = reason
                    if let details { $0.details = details }
                    $0.identity = identity
                }
            ),
            links: links
        )
        close(as: .terminated)
    }

    /// Ends the run because its time is up.
    ///
    /// - Parameter isExecution: Whether it is the time of the whole chain, after which there is no further run.
    func timeOut(isExecution: Bool) {
        let failure = APIFailure.timeout("workflow timeout", .startToClose)
        let isExpired = executionExpiration.map { $0 <= engine.now } ?? false
        let (state, next) = isExecution || isExpired ? (.timeout, nil) : decideNext(after: failure)
        endWorkflowTaskByForce()
        record(
            .workflowExecutionTimedOut,
            .workflowExecutionTimedOutEventAttributes(
                .with {
                    $0.retryState = state
                    if let next { $0.newExecutionRunID = next.runID }
                }
            )
        )
        close(as: .timedOut)
        startNext(next, failure: failure, knowsLastResult: true)
    }

    private func endWorkflowTaskByForce() {
        if let task = workflowTask, task.startedEventID != 0 {
            failWorkflowTask(task, cause: .forceCloseCommand, failure: nil, identity: "history-service")
        }
        workflowTask = nil
        flushBufferedEvents()
    }

    // MARK: Next run

    private struct Next {
        let runID: String
        let backoff: Span
        let initiator: APIContinueAsNewInitiator
    }

    private var cronBackoff: Span? {
        guard !start.cronSchedule.isEmpty else { return nil }
        // As on the server, the next run may be due only after the chain's time is up, and then times out.
        return CronSchedule(start.cronSchedule)?.backoff(from: executionTime, after: engine.now)
    }

    private func decideNext(after failure: APIFailure) -> (APIRetryState, Next?) {
        var state = APIRetryState.retryPolicyNotSet
        if start.hasRetryPolicy {
            switch RetryRules.decide(
                policy: start.retryPolicy,
                attempt: start.attempt,
                failure: failure,
                now: engine.now,
                expiration: executionExpiration,
                takesAnyDelay: false
            )
            {
            case .retry(let interval):
                return (.inProgress, Next(runID: engine.ids.uuid(), backoff: interval, initiator: .retry))
            case .stop(let stopped):
                state = stopped
            }
        }
        guard let cronBackoff else { return (state, nil) }
        return (state, Next(runID: engine.ids.uuid(), backoff: cronBackoff, initiator: .cronSchedule))
    }

    /// Runs of one chain begin at least a second apart, as on the server, so that a chain cannot spin.
    private func heldBack(_ backoff: Span) -> Span {
        let lifetime = engine.now - executionTime
        guard lifetime + backoff < .seconds(1) else { return backoff }
        return Span(nanoseconds: Span.seconds(1).nanoseconds - lifetime.nanoseconds)
    }

    private func startNext(_ next: Next?, failure: APIFailure, knowsLastResult: Bool) {
        guard let next else { return }
        startNext(
            runID: next.runID,
            after: next.backoff,
            initiator: next.initiator,
            lastResult: knowsLastResult && start.hasLastCompletionResult ? start.lastCompletionResult : nil,
            failure: failure
        )
    }

    private func startNext(
        runID: String,
        after backoff: Span,
        initiator: APIContinueAsNewInitiator,
        lastResult: APIPayloads?,
        failure: APIFailure?
    ) {
        var next = nextRun(runID: runID, after: heldBack(backoff), initiator: initiator)
        if let lastResult {
            next.start.lastCompletionResult = lastResult
        } else {
            next.start.clearLastCompletionResult()
        }
        if let failure { next.start.continuedFailure = failure } else { next.start.clearContinuedFailure() }
        // Whoever waits for the end has heard it when the run is the next by its schedule.
        if initiator != .retry { next.start.completionCallbacks = [] }
        inheritance(by: initiator).apply(to: &next.start)
        engine.create(next)
    }

    /// The start of the next run in the chain, which begins as a copy of this one's.
    private func nextRun(runID: String, after backoff: Span, initiator: APIContinueAsNewInitiator) -> NewRun {
        var next = start
        next.continuedExecutionRunID = self.runID
        next.originalExecutionRunID = runID
        next.firstExecutionRunID = start.firstExecutionRunID
        next.firstWorkflowTaskBackoff = backoff.proto
        next.initiator = initiator
        next.attempt = initiator == .retry ? start.attempt + 1 : 1
        next.identity = ""
        // Who was added since the start waits for the end of the chain too.
        next.completionCallbacks = callbacks.map(\.callback)
        next.clearContinuedFailure()
        next.clearLastCompletionResult()
        return NewRun(
            namespace: namespace,
            runID: runID,
            start: next,
            requestID: engine.ids.uuid(),
            executionExpiration: executionExpiration,
            userMetadata: nil,
            parent: parent
        )
    }

    // MARK: Close

    /// Makes the end of the run take effect. Its last event is written already.
    private func close(as status: APIWorkflowExecutionStatus) {
        self.status = status
        closeTime = engine.now
        workflowTask = nil
        // Nothing follows the end: what waits for the end of a workflow task is lost, as on the server.
        bufferedEvents = []
        isBackingOff = false
        activities = [:]
        activityEventIDs = [:]
        timers = [:]
        timerIDs = [:]
        nexusOperations = [:]
        activitiesToDispatch = []
        eagerActivities = []
        engine.touch(self)
        engine.runDidClose(self)
        if engine.options.expiresClosedRuns, let retention = engine.namespaces[namespace]?.retention {
            engine.deadlines.insert(.retention(run: number), at: engine.now + retention)
        }
    }
}
