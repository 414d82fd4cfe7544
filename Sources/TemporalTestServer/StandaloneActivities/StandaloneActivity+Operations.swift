import SwiftProtobuf
import Temporal
import TemporalAPI

/// What clients and operators do to a standalone activity.
extension StandaloneActivity {
    // MARK: The end by request

    /// Asks for the end of the activity. Without a worker it ends at once.
    ///
    /// - Throws: `FAILED_PRECONDITION` if it has ended, or was asked to end before.
    func requestCancel(_ request: APIRequestCancelActivityExecutionRequest) throws {
        if !request.requestID.isEmpty, cancellation?.requestID == request.requestID { return }
        try requireOpen()
        if status == .cancelRequested {
            throw Self.refusal("cancellation already requested with request ID \(cancellation?.requestID ?? "")")
        }
        let hasWorker = hasAttemptInProgress
        cancellation = Cancellation(
            requestID: request.requestID,
            identity: request.identity,
            reason: request.reason
        )
        pendingReset.restoresOptions = false
        pendingReset.clearsHeartbeat = false
        status = .cancelRequested
        engine.touch(self)
        if !hasWorker { try cancel(details: .json(request.reason)) }
    }

    /// Ends the activity by force.
    ///
    /// - Throws: `FAILED_PRECONDITION` if it has ended, unless the same request has ended it.
    func terminate(reason: String, identity: String, requestID: String) throws {
        if status == .terminated {
            guard requestID == lastRequestIDs.termination else {
                throw Self.refusal("already terminated with request ID \(lastRequestIDs.termination)")
            }
            return
        }
        guard !isClosed else { throw Self.refusal("invalid transition from \(status.rawValue)") }
        lastRequestIDs.termination = requestID
        close(
            .terminated,
            .with {
                $0.failure.message = reason
                $0.failure.terminatedFailureInfo.identity = identity
            }
        )
    }

    // MARK: Pause

    /// Holds the activity: no further attempt begins. A worker that has one learns of it with its next heartbeat.
    ///
    /// - Throws: `FAILED_PRECONDITION` if it is held, ends or has ended.
    func pause(requestID: String) throws {
        guard lastRequestIDs.pause != requestID else { return }
        switch status {
        case .scheduled:
            status = .paused
            attempt.stamp += 1
        case .started:
            status = .pauseRequested
        case .cancelRequested, .pauseRequested, .resetRequested, .paused, .completed, .failed, .canceled,
            .terminated, .timedOut:
            throw Self.refusal("activity is in non-pausable state \(status.rawValue)")
        }
        lastRequestIDs.pause = requestID
        engine.touch(self)
    }

    /// Lets the activity go on.
    ///
    /// - Parameters:
    ///   - requestID: The id of the request.
    ///   - delay: How long the next attempt waits at least.
    /// - Throws: `FAILED_PRECONDITION` if it is not held.
    func unpause(requestID: String, after delay: Span) throws {
        guard lastRequestIDs.unpause != requestID else { return }
        try requireOpen()
        switch status {
        case .paused:
            lastRequestIDs.unpause = requestID
            status = .scheduled
            attempt.stamp += 1
            let time = respectingStartDelay(engine.now + delay)
            planDispatch(at: max(time, retryDispatchTime ?? time))
        case .pauseRequested:
            lastRequestIDs.unpause = requestID
            status = .started
            engine.touch(self)
        case .scheduled, .started, .cancelRequested, .resetRequested, .completed, .failed, .canceled, .terminated,
            .timedOut:
            throw Self.refusal("activity is in non-unpausable state \(status.rawValue)")
        }
    }

    /// When the attempt is due by its back-off alone; `nil` if there is none.
    private var retryDispatchTime: Moment? {
        guard let interval = attempt.retryInterval, interval > .zero, let ended = attempt.completeTime else {
            return nil
        }
        return ended + interval
    }

    // MARK: Reset

    /// Lets the activity begin with its first attempt again: at once without a worker, otherwise when that gives up.
    ///
    /// - Parameters:
    ///   - request: What else is reset.
    ///   - delay: How long the first attempt waits at least.
    /// - Throws: `FAILED_PRECONDITION` if it ends, has ended, or was reset before.
    func reset(_ request: APIResetActivityExecutionRequest, after delay: Span) throws {
        guard lastRequestIDs.reset != request.requestID else { return }
        switch status {
        case .cancelRequested:
            throw Self.refusal("cannot reset an activity with a pending cancellation")
        case .resetRequested:
            throw Self.refusal("cannot reset an activity with a pending reset")
        case .started, .pauseRequested:
            pendingReset = PendingReset(
                restoresOptions: request.restoreOriginalOptions,
                clearsHeartbeat: request.resetHeartbeat,
                pauses: request.keepPaused && status == .pauseRequested
            )
            status = .resetRequested
            lastRequestIDs.reset = request.requestID
            engine.touch(self)
        case .paused, .scheduled:
            let staysPaused = status == .paused && request.keepPaused
            lastRequestIDs.reset = request.requestID
            if request.restoreOriginalOptions { restoreOptions() }
            if request.resetHeartbeat { clearHeartbeat() }
            attempt.count = 1
            attempt.stamp += 1
            attempt.retryInterval = nil
            attempt.hasIntervalOfWorker = false
            guard !staysPaused else {
                attempt.dispatchTime = nil
                return engine.touch(self)
            }
            status = .scheduled
            planDispatch(at: respectingStartDelay(engine.now + delay))
        case .completed, .failed, .canceled, .terminated, .timedOut:
            throw Self.refusal("activity execution is not running")
        }
    }

    // MARK: Options

    /// Changes options.
    ///
    /// - Throws: `FAILED_PRECONDITION` if the activity is not in a state for it, `INVALID_ARGUMENT` if the options that
    ///   come of it make no sense.
    func updateOptions(_ request: APIUpdateActivityExecutionOptionsRequest) throws {
        guard lastRequestIDs.update != request.requestID else { return }
        switch status {
        case .canceled, .completed, .failed, .cancelRequested, .resetRequested, .terminated, .timedOut:
            throw Self.refusal("Cannot update options for activity in state \(status.rawValue)")
        case .scheduled, .started, .pauseRequested, .paused: break
        }
        let paths = ActivityOptionsMask.fields(of: request.updateMask)
        if paths.contains("startDelay"), firstDispatchTime <= engine.now,
            firstStartedTime != nil || status != .paused
        {
            throw Self.refusal("cannot update start_delay: the first activity attempt has already been dispatched")
        }
        if request.restoreOriginal {
            restoreOptions()
        } else {
            var changed = options
            try ActivityOptionsMask.merge(request.activityOptions, into: &changed, fields: paths)
            try ActivityOptionsMask.checkRetryPolicy(of: changed, fields: paths)
            try StandaloneActivityRules.fillTimeouts(of: &changed, activityID: activityID, type: type.name)
            options = changed
            setScheduleToCloseDeadline()
        }
        lastRequestIDs.update = request.requestID
        let changesPolicy =
            request.restoreOriginal || paths.contains { $0 == "retryPolicy" || $0.hasPrefix("retryPolicy.") }
        if status == .scheduled || status == .paused, attempt.retryInterval != nil, changesPolicy,
            !attempt.hasIntervalOfWorker
        {
            attempt.retryInterval = RetryRules.interval(after: attempt.count - 1, options.retryPolicy)
        }
        attempt.stamp += 1
        engine.touch(self)
        setAttemptDeadlines()
        if status == .scheduled { planDispatch(at: retryDispatchTime ?? respectingStartDelay(engine.now)) }
    }

    // MARK: Refusals

    private func requireOpen() throws {
        guard isClosed else { return }
        throw Self.refusal("activity is in terminal state \(status.rawValue)")
    }

    private static func refusal(_ message: String) -> RPCError {
        RPCError(code: .failedPrecondition, message: message)
    }
}
