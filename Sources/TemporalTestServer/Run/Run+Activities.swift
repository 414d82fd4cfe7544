import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Run {
    // MARK: Schedule

    /// Starts an activity that a command asked for.
    func scheduleActivity(
        _ command: APIScheduleActivityTaskCommandAttributes,
        completedEventID: Int64,
        metadata: APIUserMetadata?
    ) {
        let attributes = activityAttributes(command, completedEventID: completedEventID)
        let id = record(
            .activityTaskScheduled,
            .activityTaskScheduledEventAttributes(attributes),
            userMetadata: metadata
        )
        activities[id] = Activity(
            scheduledEventID: id,
            attributes: attributes,
            scheduledTime: engine.now,
            attemptScheduledTime: engine.now,
            stamp: engine.nextNumber()
        )
        activityEventIDs[attributes.activityID] = id
        setDeadline(.scheduleToClose, of: id, after: Span(attributes.scheduleToCloseTimeout))
        // Tasks are given out when the whole workflow task is processed.
        activitiesToDispatch.append(id)
        if command.requestEagerExecution { eagerActivities.insert(id) }
    }

    /// Hands the activities of the processed commands to their task queues.
    ///
    /// - Parameter worker: Who gets those that it wants at once, if anybody.
    /// - Returns: The tasks for that worker.
    @discardableResult
    func dispatchActivities(
        eagerlyTo worker: (identity: String, version: WorkerDeploymentVersion?)? = nil
    ) -> [APIPollActivityTaskQueueResponse] {
        let (ids, eager) = (activitiesToDispatch, eagerActivities)
        activitiesToDispatch = []
        eagerActivities = []
        var tasks: [APIPollActivityTaskQueueResponse] = []
        for id in ids {
            if let worker, eager.contains(id), isStartable(id) {
                tasks.append(startActivity(id, identity: worker.identity, version: worker.version))
            } else {
                dispatchActivity(id)
            }
        }
        return tasks
    }

    private func isStartable(_ id: Int64) -> Bool {
        guard isOpen, !isPaused, activities[id] != nil else { return false }
        applyRules(toActivity: id)
        return activities[id].map { $0.pause == nil } ?? false
    }

    private func dispatchActivity(_ id: Int64) {
        guard isOpen, let activity = activities[id] else { return }
        setDeadline(.scheduleToStart, of: id, after: Span(activity.attributes.scheduleToStartTimeout))
        enqueueActivity(id)
    }

    /// Puts an activity that waits for a worker into its task queue, unless somebody holds it or its run.
    func enqueueActivity(_ id: Int64) {
        guard !isPaused, let activity = activities[id], activity.pause == nil, case .scheduled = activity.state else {
            return
        }
        engine.enqueue(
            .activity(run: number, scheduledEventID: id, stamp: activity.stamp),
            to: activity.attributes.taskQueue.name,
            kind: .activity,
            namespace: namespace
        )
    }

    /// Sets a deadline of an activity's current attempt, unless it has no limit of the kind.
    func setDeadline(_ kind: ActivityTimeoutKind, of id: Int64, after limit: Span) {
        guard limit > .zero, let activity = activities[id] else { return }
        engine.deadlines.insert(
            .activityTimeout(run: number, scheduledEventID: id, stamp: activity.stamp, kind: kind),
            at: engine.now + limit
        )
    }

    private func setHeartbeatDeadline(of id: Int64) {
        guard let activity = activities[id], let deadline = activity.heartbeatDeadline else { return }
        engine.deadlines.insert(
            .activityTimeout(run: number, scheduledEventID: id, stamp: activity.stamp, kind: .heartbeat),
            at: deadline
        )
    }

    // MARK: Start

    /// Hands an attempt to a worker.
    ///
    /// - Parameters:
    ///   - id: The scheduled event of the activity.
    ///   - identity: Who takes it.
    ///   - version: The version of the worker; `nil` for one without.
    /// - Returns: What the worker is told.
    func startActivity(
        _ id: Int64,
        identity: String,
        version: WorkerDeploymentVersion?
    ) -> APIPollActivityTaskQueueResponse {
        guard var activity = activities[id] else { return APIPollActivityTaskQueueResponse() }
        activity.state = .started
        activity.startedTime = engine.now
        activity.requestID = engine.ids.uuid()
        activity.identity = identity
        activity.version = version
        activity.isUnattended = false
        activity.completesAsynchronously = false
        activity.leftTo = nil
        activity.lastHeartbeat = nil
        activities[id] = activity
        engine.touch(self)
        setDeadline(.startToClose, of: id, after: Span(activity.attributes.startToCloseTimeout))
        setHeartbeatDeadline(of: id)

        var response = APIPollActivityTaskQueueResponse()
        response.taskToken = TaskToken.activity(run: number, scheduledEventID: id, stamp: activity.stamp).data
        response.workflowNamespace = namespace
        response.workflowType = start.workflowType
        response.workflowExecution = execution
        response.activityType = activity.attributes.activityType
        response.activityID = activity.activityID
        if activity.attributes.hasHeader { response.header = activity.attributes.header }
        if activity.attributes.hasInput { response.input = activity.attributes.input }
        if let details = activity.heartbeatDetails { response.heartbeatDetails = details }
        response.scheduledTime = activity.scheduledTime.timestamp
        response.currentAttemptScheduledTime = activity.attemptScheduledTime.timestamp
        response.startedTime = engine.now.timestamp
        response.attempt = activity.attempt
        response.scheduleToCloseTimeout = activity.attributes.scheduleToCloseTimeout
        response.startToCloseTimeout = activity.attributes.startToCloseTimeout
        response.heartbeatTimeout = activity.attributes.heartbeatTimeout
        if activity.attributes.hasRetryPolicy { response.retryPolicy = activity.attributes.retryPolicy }
        let own = activity.attributes.hasPriority ? activity.attributes.priority : nil
        if let priority = APIPriority.merged(own, base: self.priority) { response.priority = priority }
        return response
    }

    /// The activity that a token names.
    func activity(scheduledEventID: Int64, stamp: UInt64) throws -> Activity {
        guard isOpen else { throw ServiceError.workflowCompleted }
        guard let activity = activities[scheduledEventID], activity.stamp == stamp, activity.isStarted else {
            throw ServiceError.activityTaskNotFound
        }
        return activity
    }

    /// The activity that an id names, whether or not a worker has it.
    func activity(id: String) throws -> Activity {
        guard isOpen else { throw ServiceError.workflowCompleted }
        guard !id.isEmpty else { throw ServiceError.invalid("activityID cannot be empty") }
        guard let eventID = activityEventIDs[id], let activity = activities[eventID] else {
            throw ServiceError.notFound(
                "cannot find pending activity with ActivityID \(id), check workflow execution history for more details"
            )
        }
        return activity
    }

    // MARK: End

    /// Writes the started event, which waits for the end of the last attempt, and returns its id.
    private func recordActivityStarted(_ activity: Activity) -> Int64 {
        if activity.startedEventID != 0 { return activity.startedEventID }
        guard let startedTime = activity.startedTime, activity.isStarted else { return 0 }
        return record(
            .activityTaskStarted,
            .activityTaskStartedEventAttributes(
                .with {
                    $0.scheduledEventID = activity.scheduledEventID
                    $0.identity = activity.identity
                    $0.requestID = activity.requestID
                    $0.attempt = activity.attempt
                    if let failure = activity.lastFailure { $0.lastFailure = failure }
                }
            ),
            time: startedTime
        )
    }

    private func remove(_ activity: Activity) {
        activities.removeValue(forKey: activity.scheduledEventID)
        activityEventIDs[activity.activityID] = nil
        scheduleWorkflowTask()
    }

    /// Ends an activity with a result.
    func completeActivity(_ activity: Activity, result: APIPayloads?, identity: String) {
        let startedEventID = recordActivityStarted(startingIfNeeded(activity, identity: identity))
        record(
            .activityTaskCompleted,
            .activityTaskCompletedEventAttributes(
                .with {
                    if let result { $0.result = result }
                    $0.scheduledEventID = activity.scheduledEventID
                    $0.startedEventID = startedEventID
                    $0.identity = identity
                }
            )
        )
        remove(activity)
    }

    /// Ends an attempt with a failure: another attempt follows if the retry policy has one.
    func failActivity(_ activity: Activity, failure: APIFailure, identity: String) {
        var activity = startingIfNeeded(activity, identity: identity)
        switch retryDecision(for: &activity, failure: failure) {
        case .retry(let interval):
            retry(&activity, after: interval, failure: failure)
        case .stop(let state):
            let startedEventID = recordActivityStarted(activity)
            record(
                .activityTaskFailed,
                .activityTaskFailedEventAttributes(
                    .with {
                        $0.failure = failure
                        $0.scheduledEventID = activity.scheduledEventID
                        $0.startedEventID = startedEventID
                        $0.identity = identity
                        $0.retryState = state
                    }
                )
            )
            remove(activity)
        }
    }

    /// Ends an activity as cancelled.
    ///
    /// - Throws: `INVALID_ARGUMENT` if nobody asked for its cancellation.
    func cancelActivity(_ activity: Activity, details: APIPayloads?, identity: String) throws {
        guard activity.cancelRequestedEventID != 0 else {
            throw ServiceError.invalid(
                "unable to mark activity as canceled without activity being request canceled first"
            )
        }
        let startedEventID = recordActivityStarted(startingIfNeeded(activity, identity: identity))
        recordActivityCanceled(activity, startedEventID: startedEventID, details: details, identity: identity)
        remove(activity)
    }

    private func recordActivityCanceled(
        _ activity: Activity,
        startedEventID: Int64,
        details: APIPayloads?,
        identity: String
    ) {
        record(
            .activityTaskCanceled,
            .activityTaskCanceledEventAttributes(
                .with {
                    if let details { $0.details = details }
                    $0.latestCancelRequestedEventID = activity.cancelRequestedEventID
                    $0.scheduledEventID = activity.scheduledEventID
                    $0.startedEventID = startedEventID
                    $0.identity = identity
                }
            )
        )
    }

    /// An activity can be completed by its id before a worker took it: then it counts as started now.
    private func startingIfNeeded(_ activity: Activity, identity: String) -> Activity {
        guard !activity.isStarted else { return activity }
        var activity = activity
        activity.state = .started
        activity.startedTime = engine.now
        activity.identity = identity
        return activity
    }

    /// Asks for the cancellation of an activity. One that no worker has is cancelled at once.
    ///
    /// - Returns: Whether the activity ended by that, so that the workflow has to hear of it.
    /// - Throws: ``CommandFailure`` if there is no such activity, or if its cancellation was asked for before. One that has
    ///   ended is there as long as the workflow cannot have heard of that.
    func requestCancelActivity(scheduledEventID: Int64, completedEventID: Int64, identity: String) throws -> Bool {
        let isCancellable =
            if let activity = activities[scheduledEventID] {
                activity.cancelRequestedEventID == 0
            } else {
                (bufferedEvents + events.suffix(from: Int(completedEventID)))
                    .contains { $0.endedActivity == scheduledEventID }
            }
        guard isCancellable else {
            throw CommandFailure(
                cause: .badRequestCancelActivityAttributes,
                action: "add-activitytask-cancel-requested-event",
                subject: "ScheduledEventID: \(scheduledEventID)"
            )
        }
        let eventID = record(
            .activityTaskCancelRequested,
            .activityTaskCancelRequestedEventAttributes(
                .with {
                    $0.scheduledEventID = scheduledEventID
                    $0.workflowTaskCompletedEventID = completedEventID
                }
            )
        )
        guard var activity = activities[scheduledEventID] else { return false }
        activity.cancelRequestedEventID = eventID
        activities[scheduledEventID] = activity
        guard !activity.isStarted else { return false }
        recordActivityCanceled(
            activity,
            startedEventID: 0,
            details: .json("ACTIVITY_ID_NOT_STARTED"),
            identity: identity
        )
        activities.removeValue(forKey: scheduledEventID)
        activityEventIDs[activity.activityID] = nil
        return true
    }

    // MARK: Retry and time-outs

    private func retryDecision(for activity: inout Activity, failure: APIFailure) -> RetryRules.Decision {
        guard activity.attributes.hasRetryPolicy else { return .stop(.retryPolicyNotSet) }
        if activity.cancelRequestedEventID != 0 { return .stop(.cancelRequested) }
        guard RetryRules.isRetryable(failure, except: activity.attributes.retryPolicy.nonRetryableErrorTypes) else {
            return .stop(.nonRetryableFailure)
        }
        if activity.pause == nil {
            applyRules(toActivity: activity.scheduledEventID)
            activity.pause = activities[activity.scheduledEventID]?.pause
        }
        // What somebody holds does not end, whatever the policy says.
        if activity.pause != nil { return .retry(after: .zero) }
        return RetryRules.decide(
            policy: activity.attributes.retryPolicy,
            attempt: activity.attempt,
            failure: failure,
            now: engine.now,
            expiration: activity.expiration,
            takesAnyDelay: true
        )
    }

    private func retry(_ activity: inout Activity, after interval: Span, failure: APIFailure) {
        if activity.isReset {
            activity.isReset = false
            if activity.resetsHeartbeat { activity.heartbeatDetails = nil }
            activity.resetsHeartbeat = false
        }
        activity.attempt += 1
        activity.stamp = engine.nextNumber()
        activity.lastFailure = failure.keptForRetry
        activity.lastAttemptCompleteTime = engine.now
        activity.startedTime = nil
        activity.completesAsynchronously = false
        activity.leftTo = nil
        engine.touch(self)
        if activity.pause != nil {
            activity.state = .scheduled
            activities[activity.scheduledEventID] = activity
            return
        }
        let due = engine.now + interval
        activity.state = .backingOff(until: due)
        activity.retryInterval = interval
        activities[activity.scheduledEventID] = activity
        if let expiration = activity.expiration {
            // The deadline of the whole activity is set anew, since deadlines belong to an attempt.
            engine.deadlines.insert(
                .activityTimeout(
                    run: number,
                    scheduledEventID: activity.scheduledEventID,
                    stamp: activity.stamp,
                    kind: .scheduleToClose
                ),
                at: expiration
            )
        }
        engine.deadlines.insert(
            .activityRetry(run: number, scheduledEventID: activity.scheduledEventID, stamp: activity.stamp),
            at: due
        )
    }

    /// Puts an activity into its task queue again after its back-off.
    func beginNextAttempt(scheduledEventID: Int64) {
        guard activities[scheduledEventID] != nil else { return }
        activities[scheduledEventID]?.state = .scheduled
        activities[scheduledEventID]?.attemptScheduledTime = engine.now
        engine.touch(self)
        applyRules(toActivity: scheduledEventID)
        dispatchActivity(scheduledEventID)
    }

    /// Times out an activity, or an attempt of it.
    func timeOutActivity(scheduledEventID: Int64, kind: ActivityTimeoutKind) {
        guard var activity = activities[scheduledEventID] else { return }
        var failure = APIFailure.timeout("activity \(kind.words) timeout", kind.proto)
        let state: APIRetryState
        switch kind {
        case .scheduleToStart, .scheduleToClose:
            state = activity.cancelRequestedEventID != 0 ? .cancelRequested : .timeout
        case .startToClose, .heartbeat:
            switch retryDecision(for: &activity, failure: failure) {
            case .retry(let interval):
                return retry(&activity, after: interval, failure: failure)
            case .stop(let stopped):
                state = stopped
            }
        }
        if state == .timeout, kind != .scheduleToStart {
            // What ran out was an attempt, but what stops the activity is that there is no time for another.
            failure = .timeout("activity ScheduleToClose timeout", .scheduleToClose)
        }
        if let details = activity.heartbeatDetails {
            failure.timeoutFailureInfo.lastHeartbeatDetails = details
        }
        if let last = activity.lastFailure { failure.cause = last }
        let startedEventID = recordActivityStarted(activity)
        record(
            .activityTaskTimedOut,
            .activityTaskTimedOutEventAttributes(
                .with {
                    $0.failure = failure
                    $0.scheduledEventID = scheduledEventID
                    $0.startedEventID = startedEventID
                    $0.retryState = state
                }
            )
        )
        remove(activity)
    }

    // MARK: Heartbeat

    /// Notes a heartbeat.
    ///
    /// - Returns: Whether the worker is asked to cancel the activity.
    func heartbeat(_ activity: Activity, details: APIPayloads?) -> Bool {
        let id = activity.scheduledEventID
        if let details { activities[id]?.heartbeatDetails = details }
        activities[id]?.lastHeartbeat = engine.now
        setHeartbeatDeadline(of: id)
        return activity.cancelRequestedEventID != 0
    }

    /// Notes that the worker gave an activity away.
    func setActivity(scheduledEventID: Int64, stamp: UInt64, holdsClock: Bool) {
        guard activities[scheduledEventID]?.stamp == stamp else { return }
        activities[scheduledEventID]?.completesAsynchronously = !holdsClock
        engine.touch(self)
    }
}

extension APIHistoryEvent {
    /// The activity that this event ends, by its scheduled event; `nil` for other events.
    fileprivate var endedActivity: Int64? {
        switch attributes {
        case .activityTaskCompletedEventAttributes(let end): end.scheduledEventID
        case .activityTaskFailedEventAttributes(let end): end.scheduledEventID
        case .activityTaskTimedOutEventAttributes(let end): end.scheduledEventID
        case .activityTaskCanceledEventAttributes(let end): end.scheduledEventID
        default: nil
        }
    }
}

extension APIPayloads {
    /// A plain text that the service itself puts into a payload.
    static func json(_ text: String) -> APIPayloads {
        .with {
            $0.payloads = [
                .with {
                    $0.metadata = ["encoding": Data("json/plain".utf8)]
                    $0.data = text.json
                }
            ]
        }
    }
}

extension Encodable {
    /// The value as JSON. Texts and lists of them, which is what the service itself writes, always have one.
    var json: Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(self)) ?? Data()
    }
}
