import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// What operators do to pending activities.
extension Engine {
    /// Pauses activities: they get no further attempt, and a worker that has one is told with its next heartbeat.
    func pause(_ request: APIPauseActivityRequest) throws -> APIPauseActivityResponse {
        let selection: ActivitySelection? =
            switch request.activity {
            case .id(let id): .id(id)
            case .type(let type): .type(type)
            case nil: nil
            }
        let (run, ids) = try activities(selection, of: request.execution, namespace: request.namespace)
        for id in ids {
            run.pauseActivity(
                id,
                ActivityPause(
                    time: now,
                    cause: .operatorOf(identity: request.identity, reason: request.reason),
                    requestID: request.requestID
                )
            )
        }
        return APIPauseActivityResponse()
    }

    /// Lets paused activities go on at once.
    func unpause(_ request: APIUnpauseActivityRequest) throws -> APIUnpauseActivityResponse {
        let selection: ActivitySelection? =
            switch request.activity {
            case .id(let id): .id(id)
            case .type(let type): .type(type)
            case .unpauseAll: .all
            case nil: nil
            }
        let (run, ids) = try activities(selection, of: request.execution, namespace: request.namespace)
        for id in ids {
            run.unpauseActivity(
                id,
                resetAttempts: request.resetAttempts,
                resetHeartbeat: request.resetHeartbeat,
                after: jitter(upTo: Span(request.jitter))
            )
        }
        return APIUnpauseActivityResponse()
    }

    /// Lets activities begin with their first attempt again.
    func reset(_ request: APIResetActivityRequest) throws -> APIResetActivityResponse {
        let selection: ActivitySelection? =
            switch request.activity {
            case .id(let id): .id(id)
            case .type(let type): .type(type)
            case .matchAll: .all
            case nil: nil
            }
        let (run, ids) = try activities(selection, of: request.execution, namespace: request.namespace)
        for id in ids {
            if request.restoreOriginalOptions { run.restoreActivityOptions(id) }
            run.resetActivity(
                id,
                resetHeartbeat: request.resetHeartbeat,
                keepPaused: request.keepPaused,
                after: jitter(upTo: Span(request.jitter))
            )
        }
        return APIResetActivityResponse()
    }

    /// Changes the options of activities.
    func updateOptions(_ request: APIUpdateActivityOptionsRequest) throws -> APIUpdateActivityOptionsResponse {
        let selection: ActivitySelection? =
            switch request.activity {
            case .id(let id): .id(id)
            case .type(let type): .type(type)
            case .matchAll: .all
            case nil: nil
            }
        guard selection != nil else { throw Self.noActivityNamed }
        if let problem = Limits.problem(with: request.activityOptions.priority) { throw ServiceError.invalid(problem) }
        if request.restoreOriginal {
            guard request.updateMask.paths.isEmpty else {
                throw ServiceError.invalid("Both UpdateMask and RestoreOriginal are provided")
            }
        } else {
            guard request.hasActivityOptions else { throw ServiceError.invalid("ActivityOptions are not provided") }
            guard !request.updateMask.paths.isEmpty else { throw ServiceError.invalid("UpdateMask is not provided") }
        }
        let (run, ids) = try activities(selection, of: request.execution, namespace: request.namespace)
        if request.restoreOriginal {
            for id in ids { run.restoreActivityOptions(id) }
        } else {
            // All are checked before any changes.
            let fields = ActivityOptionsMask.fields(of: request.updateMask)
            let changed = try ids.compactMap {
                try run.activities[$0]?.changing(request.activityOptions, fields: fields, in: run)
            }
            for activity in changed { run.setActivityAttributes(activity.scheduledEventID, activity.attributes) }
        }
        return .with {
            if let id = ids.first, let activity = run.activities[id] { $0.activityOptions = activity.options }
        }
    }

    /// Which activities of a run are meant.
    enum ActivitySelection {
        case id(String)
        case type(String)
        case all
    }

    private static var noActivityNamed: RPCError {
        ServiceError.invalid("Either Activity.Id or Activity.Type should be set on request.")
    }

    /// The pending activities that a request means.
    ///
    /// - Throws: `INVALID_ARGUMENT` if it names none, `NOT_FOUND` if there are none.
    private func activities(
        _ selection: ActivitySelection?,
        of execution: APIWorkflowExecution,
        namespace: String
    ) throws -> (Run, [Int64]) {
        guard let selection else { throw Self.noActivityNamed }
        let run = try run(of: execution, namespace: namespace)
        guard run.isOpen else { throw ServiceError.workflowCompleted }
        readClock()
        let ids = run.activityIDs(selection)
        guard !ids.isEmpty else {
            throw ServiceError.notFound(
                "Can't find pending activity with such ID. Invalid activityID or activity already completed"
            )
        }
        return (run, ids)
    }

    /// A random delay within a limit.
    func jitter(upTo limit: Span) -> Span {
        guard limit > .zero else { return .zero }
        return Span(nanoseconds: Int64(ids.next() % UInt64(limit.nanoseconds)))
    }
}

extension Run {
    /// The scheduled events of the pending activities that a selection means.
    func activityIDs(_ selection: Engine.ActivitySelection) -> [Int64] {
        switch selection {
        case .id(let id): activityEventIDs[id].map { [$0] } ?? []
        case .type(let type):
            activities.values.filter { $0.attributes.activityType.name == type }.map(\.scheduledEventID)
        case .all: Array(activities.keys)
        }
    }

    /// Pauses an activity.
    func pauseActivity(_ id: Int64, _ pause: ActivityPause) {
        guard var activity = activities[id], activity.pause == nil else { return }
        activity.pause = pause
        activities[id] = activity
        updatePauseInfo()
        // What waits in a queue, or for a back-off, is no longer wanted.
        if !activity.isStarted { activities[id]?.stamp = engine.nextNumber() }
        engine.touch(self)
    }

    /// Lets a paused activity go on.
    func unpauseActivity(_ id: Int64, resetAttempts: Bool, resetHeartbeat: Bool, after delay: Span) {
        guard activities[id]?.pause != nil else { return }
        activities[id]?.pause = nil
        updatePauseInfo()
        if resetAttempts { activities[id]?.attempt = 1 }
        if resetHeartbeat { activities[id]?.heartbeatDetails = nil }
        // What should have come meanwhile comes now.
        if activities[id]?.isStarted == true { setDeadlines(of: id) }
        rescheduleActivity(id, after: delay)
    }

    /// Lets an activity begin with its first attempt again. An attempt that a worker has goes on as the first.
    func resetActivity(_ id: Int64, resetHeartbeat: Bool, keepPaused: Bool, after delay: Span) {
        guard let isStarted = activities[id]?.isStarted else { return }
        let wasPaused = activities[id]?.pause != nil
        activities[id]?.attempt = 1
        activities[id]?.lastFailure = nil
        if isStarted {
            // The worker goes on, and reports go on with it, until the attempt has ended.
            activities[id]?.isReset = true
            if resetHeartbeat { activities[id]?.resetsHeartbeat = true }
        } else if resetHeartbeat {
            activities[id]?.heartbeatDetails = nil
        }
        if wasPaused, !keepPaused {
            activities[id]?.pause = nil
            updatePauseInfo()
            if isStarted { setDeadlines(of: id) }
        }
        rescheduleActivity(id, after: delay)
    }

    /// Gives an activity the options that it was scheduled with.
    func restoreActivityOptions(_ id: Int64) {
        guard let index = Int(exactly: id - 1), events.indices.contains(index),
            case .activityTaskScheduledEventAttributes(let original) = events[index].attributes
        else { return }
        setActivityAttributes(id, original)
    }

    /// Lets an activity go on with other options. Its timeouts count from where they counted before.
    func setActivityAttributes(_ id: Int64, _ attributes: APIActivityTaskScheduledEventAttributes) {
        activities[id]?.attributes = attributes
        guard let activity = activities[id] else { return }
        guard activity.isStarted else { return rescheduleActivity(id, after: remainingBackoff(of: activity)) }
        setDeadlines(of: id)
        engine.touch(self)
    }

    /// Sets all deadlines that the current attempt has, as things are now.
    private func setDeadlines(of id: Int64) {
        guard let activity = activities[id] else { return }
        for kind in ActivityTimeoutKind.allCases {
            guard let deadline = activity.deadline(kind) else { continue }
            engine.deadlines.insert(
                .activityTimeout(run: number, scheduledEventID: id, stamp: activity.stamp, kind: kind),
                at: max(deadline, engine.now)
            )
        }
    }

    /// How long the next attempt still waits by the retry policy as it is now.
    private func remainingBackoff(of activity: Activity) -> Span {
        guard case .backingOff = activity.state, let ended = activity.lastAttemptCompleteTime,
            let interval = RetryRules.interval(after: activity.attempt - 1, activity.attributes.retryPolicy)
        else { return .zero }
        return max(.zero, ended + interval - engine.now)
    }

    /// Makes what is planned for the current attempt void, except the limit of the whole activity.
    private func renewAttempt(_ id: Int64) {
        activities[id]?.stamp = engine.nextNumber()
        guard let activity = activities[id], let expiration = activity.expiration else { return }
        engine.deadlines.insert(
            .activityTimeout(run: number, scheduledEventID: id, stamp: activity.stamp, kind: .scheduleToClose),
            at: expiration
        )
    }

    /// Schedules the next attempt anew, unless a worker has one or the activity is paused.
    private func rescheduleActivity(_ id: Int64, after delay: Span) {
        engine.touch(self)
        guard let activity = activities[id], !activity.isStarted else { return }
        renewAttempt(id)
        guard activity.pause == nil else { return }
        guard delay > .zero else { return beginNextAttempt(scheduledEventID: id) }
        let due = engine.now + delay
        activities[id]?.state = .backingOff(until: due)
        engine.deadlines.insert(
            .activityRetry(run: number, scheduledEventID: id, stamp: activities[id]?.stamp ?? 0),
            at: due
        )
    }
}

extension Activity {
    /// The activity with other options.
    ///
    /// - Parameters:
    ///   - new: The new options.
    ///   - fields: Which of them count, as JSON spells them.
    ///   - run: The run that has the activity.
    /// - Throws: `INVALID_ARGUMENT` with the server's words.
    fileprivate func changing(_ new: APIActivityActivityOptions, fields: Set<String>, in run: Run) throws -> Activity {
        var options = options
        try ActivityOptionsMask.merge(new, into: &options, fields: fields)
        try ActivityOptionsMask.checkRetryPolicy(of: options, fields: fields)
        if options.taskQueue.name.isEmpty { options.taskQueue.name = run.start.taskQueue.name }
        try TaskQueueRules.check(options.taskQueue)
        try StandaloneActivityRules.fillTimeouts(
            of: &options,
            activityID: activityID,
            type: attributes.activityType.name
        )
        var changed = self
        changed.options = options
        return changed
    }

    /// The options as operators see and change them.
    var options: APIActivityActivityOptions {
        get {
            .with {
                $0.taskQueue = attributes.taskQueue
                $0.scheduleToCloseTimeout = attributes.scheduleToCloseTimeout
                $0.scheduleToStartTimeout = attributes.scheduleToStartTimeout
                $0.startToCloseTimeout = attributes.startToCloseTimeout
                $0.heartbeatTimeout = attributes.heartbeatTimeout
                $0.retryPolicy = attributes.retryPolicy
                if attributes.hasPriority { $0.priority = attributes.priority }
            }
        }
        set {
            attributes.taskQueue.name = newValue.taskQueue.name
            attributes.scheduleToCloseTimeout = newValue.scheduleToCloseTimeout
            attributes.scheduleToStartTimeout = newValue.scheduleToStartTimeout
            attributes.startToCloseTimeout = newValue.startToCloseTimeout
            attributes.heartbeatTimeout = newValue.heartbeatTimeout
            attributes.retryPolicy = newValue.retryPolicy
            if newValue.hasPriority { attributes.priority = newValue.priority } else { attributes.clearPriority() }
        }
    }
}
