import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// The attempts of a standalone activity: how they are given to workers, end, and follow each other.
extension StandaloneActivity {
    // MARK: Deadlines

    /// Gives the activity its first attempt, or lets that wait for the start delay.
    func schedule() {
        setScheduleToCloseDeadline()
        planDispatch(at: firstDispatchTime)
    }

    /// Plans the end of the whole activity anew.
    func setScheduleToCloseDeadline() {
        guard let expiration else { return }
        scheduleToCloseStamp += 1
        set(.timeout(.scheduleToClose), stamp: scheduleToCloseStamp, at: expiration)
    }

    /// Plans when the current attempt enters its task queue, which is the last thing that happens to it here: a waiting
    /// worker takes it at once.
    func planDispatch(at time: Moment) {
        attempt.dispatchTime = time
        engine.touch(self)
        let limit = Span(options.scheduleToStartTimeout)
        if limit > .zero { set(.timeout(.scheduleToStart), at: time + limit) }
        if time > engine.now {
            set(.dispatch, at: time)
        } else {
            dispatch()
        }
    }

    /// Puts the current attempt into its task queue, behind all that waits there.
    func dispatch() {
        attempt.queueNumber = engine.nextNumber()
        engine.touch(self)
        enqueue()
    }

    /// Puts the current attempt into its task queue.
    func enqueue() {
        engine.enqueue(
            .standaloneActivity(number: number, stamp: attempt.stamp),
            to: options.taskQueue.name,
            kind: .activity,
            namespace: namespace
        )
    }

    /// Plans the limits of the attempt that a worker has.
    func setAttemptDeadlines() {
        guard hasAttemptInProgress, let started = attempt.startedTime else { return }
        let limit = Span(options.startToCloseTimeout)
        if limit > .zero { set(.timeout(.startToClose), at: started + limit) }
        setHeartbeatDeadline()
    }

    private func setHeartbeatDeadline() {
        if let deadline = heartbeatDeadline { set(.timeout(.heartbeat), at: deadline) }
    }

    private func set(_ kind: StandaloneActivityDeadline, stamp: Int32? = nil, at time: Moment) {
        engine.deadlines.insert(
            .standaloneActivity(number: number, stamp: stamp ?? attempt.stamp, kind),
            at: time
        )
    }

    /// Whether a deadline still counts.
    func isLive(_ kind: StandaloneActivityDeadline, stamp: Int32, at time: Moment) -> Bool {
        switch kind {
        case .dispatch, .timeout(.scheduleToStart):
            status == .scheduled && stamp == attempt.stamp
        case .timeout(.scheduleToClose):
            !isClosed && expiration != nil && stamp == scheduleToCloseStamp
        case .timeout(.startToClose):
            hasAttemptInProgress && stamp == attempt.stamp
        case .timeout(.heartbeat):
            stamp == attempt.stamp && heartbeatDeadline == time
        case .retention:
            !isDeleted
        }
    }

    // MARK: Start

    /// Hands the attempt to a worker.
    func start(_ poll: APIPollActivityTaskQueueRequest) -> APIPollActivityTaskQueueResponse {
        status = .started
        attempt.startedTime = engine.now
        attempt.startedStamp = attempt.stamp
        attempt.workerIdentity = poll.identity
        if poll.deploymentOptions.workerVersioningMode == .versioned {
            attempt.deploymentVersion = .with {
                $0.deploymentName = poll.deploymentOptions.deploymentName
                $0.buildID = poll.deploymentOptions.buildID
            }
        }
        firstStartedTime = firstStartedTime ?? engine.now
        isUnattended = false
        completesAsynchronously = false
        engine.touch(self)
        setAttemptDeadlines()

        var response = APIPollActivityTaskQueueResponse()
        response.taskToken =
            TaskToken.standaloneActivity(number: number, attempt: attempt.count, stamp: attempt.startedStamp).data
        response.workflowNamespace = namespace
        response.activityType = type
        response.activityID = activityID
        response.activityRunID = runID
        if request.hasHeader { response.header = request.header }
        if request.hasInput { response.input = request.input }
        if let details = heartbeat.details { response.heartbeatDetails = details }
        response.scheduledTime = scheduleTime.timestamp
        if let time = attempt.dispatchTime { response.currentAttemptScheduledTime = time.timestamp }
        response.startedTime = engine.now.timestamp
        response.attempt = attempt.count
        response.scheduleToCloseTimeout = options.scheduleToCloseTimeout
        response.startToCloseTimeout = options.startToCloseTimeout
        response.heartbeatTimeout = options.heartbeatTimeout
        response.retryPolicy = options.retryPolicy
        if options.hasPriority { response.priority = options.priority }
        return response
    }

    // MARK: End

    /// Ends the activity with a result. Without an attempt it counts as started now.
    func complete(_ result: APIPayloads?, identity: String) {
        if !hasAttemptInProgress {
            attempt.startedTime = engine.now
            firstStartedTime = firstStartedTime ?? engine.now
        }
        attempt.completeTime = engine.now
        attempt.workerIdentity = identity
        close(.completed, .with { $0.result = result ?? APIPayloads() })
    }

    /// Ends an attempt with a failure: another attempt follows if the retry policy has one.
    func fail(_ failure: APIFailure?, identity: String, lastHeartbeatDetails: APIPayloads?) {
        if let lastHeartbeatDetails {
            heartbeat = Heartbeat(details: lastHeartbeatDetails, time: engine.now, count: heartbeat.count + 1)
        }
        var delay = Span.zero
        if case .applicationFailureInfo(let info) = failure?.failureInfo, info.hasNextRetryDelay {
            delay = Span(info.nextRetryDelay)
        }
        let isRetryable =
            failure.map { RetryRules.isRetryable($0, except: options.retryPolicy.nonRetryableErrorTypes) } ?? true
        let state = tryNextAttempt(failure, isRetryable: isRetryable, delay: delay)
        guard state != .inProgress else { return }
        attempt.workerIdentity = identity
        // Whoever waits for the activity must learn that it failed, even if the worker did not say why.
        let failure = failure ?? .with { $0.message = "activity task failed without failure details" }
        note(failure)
        attempt.retryInterval = nil
        close(
            .failed,
            .with {
                $0.failure = failure
                $0.retryState = state
            }
        )
    }

    /// Ends the activity as cancelled.
    ///
    /// - Throws: `INVALID_ARGUMENT` if nobody asked for its cancellation.
    func cancel(details: APIPayloads?) throws {
        guard status == .cancelRequested else { throw ServiceError.activityCancellationNotRequested }
        let identity = cancellation?.identity ?? ""
        close(
            .canceled,
            .with {
                $0.failure.message = "Activity canceled"
                $0.failure.canceledFailureInfo.identity = identity
                if let details { $0.failure.canceledFailureInfo.details = details }
            }
        )
    }

    /// Times out the activity, or an attempt of it.
    func timeOut(_ kind: ActivityTimeoutKind) {
        let prior = attempt.lastFailure
        let state: APIRetryState
        var failure = APIFailure.with {
            $0.message = "activity \(kind.words) timeout"
            $0.timeoutFailureInfo.timeoutType = kind.proto
        }
        switch kind {
        case .scheduleToStart:
            state = .timeout
        case .scheduleToClose:
            state = status == .cancelRequested ? .cancelRequested : .timeout
        case .startToClose, .heartbeat:
            let isRetryable = RetryRules.isRetryable(failure, except: options.retryPolicy.nonRetryableErrorTypes)
            state = tryNextAttempt(failure, isRetryable: isRetryable, delay: .zero)
            guard state != .inProgress else { return }
        }
        if let details = heartbeat.details { failure.timeoutFailureInfo.lastHeartbeatDetails = details }
        if let prior { failure.cause = prior }
        if kind == .startToClose || kind == .heartbeat {
            note(failure)
            attempt.retryInterval = nil
            if state == .timeout {
                // What ran out was an attempt, but what ends the activity is that there is no time for another.
                failure.message =
                    "Not enough time to schedule next retry before activity ScheduleToClose timeout, giving up retrying"
                failure.timeoutFailureInfo.timeoutType = .scheduleToClose
            }
        }
        close(
            .timedOut,
            .with {
                $0.failure = failure
                $0.retryState = state
            }
        )
    }

    /// Ends the activity, and answers those who wait for that at the end of the transaction.
    func close(_ status: Status, _ outcome: APIActivityActivityExecutionOutcome) {
        self.status = status
        self.outcome = outcome
        closeTime = engine.now
        engine.touch(self)
        engine.standaloneActivityDidClose(self)
        if engine.options.expiresClosedRuns, let retention = engine.namespaces[namespace]?.retention {
            set(.retention, at: engine.now + retention)
        }
    }

    // MARK: Retry

    /// Begins the next attempt, or what a pause or a reset wants instead, if there is one.
    ///
    /// - Parameters:
    ///   - failure: Why the attempt ended.
    ///   - isRetryable: Whether it is a failure of a kind that is tried again.
    ///   - delay: How long the worker wants to wait; zero for what the policy says.
    /// - Returns: `inProgress` if the activity goes on; otherwise why it does not.
    private func tryNextAttempt(_ failure: APIFailure?, isRetryable: Bool, delay: Span) -> APIRetryState {
        if status == .resetRequested {
            beginAnew(after: failure)
            return .inProgress
        }
        if status == .cancelRequested { return .cancelRequested }
        guard isRetryable else { return .nonRetryableFailure }
        let policy = options.retryPolicy
        if policy.maximumAttempts > 0, attempt.count >= policy.maximumAttempts { return .maximumAttemptsReached }
        let interval = delay > .zero ? delay : RetryRules.interval(after: attempt.count, policy) ?? .zero
        if let expiration, engine.now + interval >= expiration { return .timeout }
        note(failure?.keptForRetry)
        attempt.count += 1
        attempt.stamp += 1
        attempt.retryInterval = interval
        attempt.hasIntervalOfWorker = delay > .zero
        if status == .pauseRequested {
            status = .paused
            engine.touch(self)
        } else {
            status = .scheduled
            planDispatch(at: engine.now + interval)
        }
        return .inProgress
    }

    /// What a reset wants that came while a worker had the activity.
    private func beginAnew(after failure: APIFailure?) {
        let reset = pendingReset
        pendingReset = PendingReset()
        if reset.restoresOptions { restoreOptions() }
        if reset.clearsHeartbeat { clearHeartbeat() }
        note(failure?.keptForRetry)
        attempt.count = 1
        attempt.stamp += 1
        attempt.retryInterval = nil
        attempt.hasIntervalOfWorker = false
        if reset.pauses {
            status = .paused
            attempt.dispatchTime = nil
            engine.touch(self)
        } else {
            status = .scheduled
            planDispatch(at: respectingStartDelay(engine.now))
        }
    }

    /// Notes how an attempt ended.
    private func note(_ failure: APIFailure?) {
        attempt.lastFailure = failure
        attempt.completeTime = engine.now
    }

    /// A moment for an attempt, not before the start delay is over unless a worker had the activity already.
    func respectingStartDelay(_ time: Moment) -> Moment {
        firstStartedTime == nil ? max(time, firstDispatchTime) : time
    }

    /// Forgets what workers reported.
    func clearHeartbeat() {
        heartbeat.details = nil
        heartbeat.time = nil
    }

    /// Gives the activity the options that it was started with.
    func restoreOptions() {
        let delay = options.startDelay
        options = originalOptions
        // The delay governs the first attempt only, and later only moves the end of the activity.
        if firstStartedTime != nil { options.startDelay = delay }
        setScheduleToCloseDeadline()
    }

    // MARK: Heartbeat

    /// Notes a heartbeat.
    func beat(_ details: APIPayloads?) {
        heartbeat = Heartbeat(details: details, time: engine.now, count: heartbeat.count + 1)
        setHeartbeatDeadline()
        engine.touch(self)
    }
}
