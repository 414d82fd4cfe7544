import SwiftProtobuf
import Temporal
import TemporalAPI

/// One run of an activity that no workflow started: its options, its current attempt, and how it ended.
///
/// Unchecked: part of an `Engine`, and confined with it to the lock of a `TestServer`.
final class StandaloneActivity: @unchecked Sendable {
    /// Where the activity is. The API knows fewer states: see ``apiStatus`` and ``runState``.
    enum Status: String, Codable, Sendable {
        /// In its task queue, or waiting for its start delay or its back-off.
        case scheduled = "Scheduled"
        /// With a worker.
        case started = "Started"
        /// With a worker that shall stop.
        case cancelRequested = "CancelRequested"
        /// With a worker, and held once that gives up.
        case pauseRequested = "PauseRequested"
        /// With a worker, and begun anew once that gives up.
        case resetRequested = "ResetRequested"
        /// Held by an operator, with no worker.
        case paused = "Paused"
        case completed = "Completed"
        case failed = "Failed"
        case canceled = "Canceled"
        case terminated = "Terminated"
        case timedOut = "TimedOut"
    }

    /// The current attempt, or the one that is waited for.
    struct Attempt: Codable, Sendable {
        /// The number of the attempt; the first is 1.
        var count: Int32 = 1

        /// Distinguishes what is planned for this attempt from what was planned before a change.
        var stamp: Int32 = 1

        /// The stamp with which a worker took the attempt: part of its token, whatever changes later.
        var startedStamp: Int32 = 0

        /// When it is, or was, due for its task queue.
        var dispatchTime: Moment?

        /// Its place among all tasks that wait for workers.
        var queueNumber: UInt64 = 0
        var startedTime: Moment?

        /// When the last attempt ended.
        var completeTime: Moment?

        /// How long the wait for this attempt is; `nil` if it is no wait between attempts.
        var retryInterval: Span?

        /// Whether a worker chose the wait, so that a change of the retry policy leaves it alone.
        var hasIntervalOfWorker = false
        var lastFailure: APIFailure?
        var workerIdentity = ""
        var deploymentVersion: APIWorkerDeploymentVersion?
    }

    /// What a worker reported.
    struct Heartbeat: Codable, Sendable {
        var details: APIPayloads?
        var time: Moment?

        /// How many there were, in all attempts.
        var count: Int64 = 0
    }

    /// A request for the end of the activity.
    struct Cancellation: Codable, Sendable {
        let requestID: String
        let identity: String
        let reason: String
    }

    /// What a reset of an activity that a worker has leaves for the moment at which the worker gives up.
    struct PendingReset: Codable, Sendable {
        var restoresOptions = false
        var clearsHeartbeat = false
        var pauses = false
    }

    /// The ids of the requests that changed the activity last, by which repeated ones are recognized.
    struct RequestIDs: Codable, Sendable {
        var pause = ""
        var unpause = ""
        var reset = ""
        var update = ""
        var termination = ""
    }

    unowned let engine: Engine

    /// The place of the run in the engine's list.
    let number: Int
    let runID: String

    /// What started the activity, with what it left open filled in.
    let request: APIStartActivityExecutionRequest
    let scheduleTime: Moment

    /// The requests that started the activity, or added something to it later.
    var requestIDs: Set<String>
    var options: APIActivityActivityOptions
    var links: [APILink]
    var status = Status.scheduled
    var attempt = Attempt()

    /// When a worker first took the activity.
    var firstStartedTime: Moment?

    /// Distinguishes the deadline of the whole activity from those that a change has made void.
    var scheduleToCloseStamp: Int32 = 0
    var heartbeat = Heartbeat()
    var cancellation: Cancellation?
    var pendingReset = PendingReset()
    var lastRequestIDs = RequestIDs()

    /// How the activity ended; `nil` while it goes on.
    var outcome: APIActivityActivityExecutionOutcome?
    var closeTime: Moment?

    /// The place of the activity among all that have ended.
    var closeOrder: UInt64 = 0

    /// Whom its end is told.
    var callbacks: [CompletionCallback] = []

    /// How many transactions have changed the activity. Long polls wait for the next.
    var transitionCount: Int64 = 0

    /// Whether the worker said that somebody else will complete the activity.
    var completesAsynchronously = false

    /// Whether no worker came for the task in a long time, or the one that has it was lost.
    var isUnattended = false

    /// Whether the run was deleted: it leaves its place in the engine's list, and nothing else.
    var isDeleted = false

    /// Whether ``StandaloneActivityOrigin`` has been written to the store.
    var isOriginStored = false

    /// Calls that wait for the activity to change or to end.
    var waiters: [StandaloneActivityWaiter] = []

    /// The values of search attributes that a filter has asked for, by name; an absent value is noted as `nil`.
    var readSearchValues: [String: SearchValue?] = [:]

    /// Makes the activity that a request describes, whose open fields have been filled in.
    init(_ origin: StandaloneActivityOrigin, engine: Engine, number: Int) {
        self.engine = engine
        self.number = number
        request = origin.request
        runID = origin.runID
        scheduleTime = origin.scheduleTime
        links = request.links
        requestIDs = [request.requestID]
        options = request.activityOptions
        callbacks = request.completionCallbacks.map {
            CompletionCallback(
                callback: $0,
                requestID: origin.request.requestID,
                registrationTime: origin.scheduleTime
            )
        }
    }

    /// Makes what stands for all runs that were deleted.
    init(deletedFrom engine: Engine) {
        self.engine = engine
        number = -1
        request = .init()
        runID = ""
        scheduleTime = Moment(nanoseconds: 0)
        links = []
        requestIDs = []
        options = .init()
        status = .terminated
        isDeleted = true
    }

    var namespace: String { request.namespace }
    var activityID: String { request.activityID }
    var type: APIActivityType { request.activityType }

    /// The options that the activity was started with.
    var originalOptions: APIActivityActivityOptions { request.activityOptions }

    /// Whether a worker has an attempt.
    var hasAttemptInProgress: Bool {
        switch status {
        case .started, .cancelRequested, .pauseRequested, .resetRequested: true
        case .scheduled, .paused, .completed, .failed, .canceled, .terminated, .timedOut: false
        }
    }

    /// Whether the activity has ended.
    var isClosed: Bool {
        switch status {
        case .completed, .failed, .canceled, .terminated, .timedOut: true
        case .scheduled, .started, .cancelRequested, .pauseRequested, .resetRequested, .paused: false
        }
    }

    /// Whether an operator holds the activity, now or as soon as its worker gives up.
    var isPaused: Bool {
        switch status {
        case .paused, .pauseRequested: true
        case .resetRequested: pendingReset.pauses
        case .scheduled, .started, .cancelRequested, .completed, .failed, .canceled, .terminated, .timedOut: false
        }
    }

    /// When the first attempt is due.
    var firstDispatchTime: Moment { scheduleTime + Span(options.startDelay) }

    /// When the activity must have ended; `nil` for never.
    var expiration: Moment? {
        let limit = Span(options.scheduleToCloseTimeout)
        return limit > .zero ? firstDispatchTime + limit : nil
    }

    /// When the worker must have reported again; `nil` if it need not.
    var heartbeatDeadline: Moment? {
        let limit = Span(options.heartbeatTimeout)
        guard hasAttemptInProgress, limit > .zero, let started = attempt.startedTime else { return nil }
        return max(started, heartbeat.time ?? started) + limit
    }

    /// Whether time must not jump because of this activity.
    var holdsClock: Bool {
        if isUnattended { return false }
        if hasAttemptInProgress { return !completesAsynchronously }
        return status == .scheduled && (attempt.dispatchTime ?? scheduleTime) <= engine.now
    }
}

/// A call that waits for an activity.
struct StandaloneActivityWaiter {
    let reply: ParkedReply

    /// Answers if the activity is as the call wants it. Returns whether it was answered.
    let answer: (StandaloneActivity) -> Bool
}

/// What is due at a moment in the life of a standalone activity.
enum StandaloneActivityDeadline: Hashable, Codable, Sendable {
    /// An attempt enters its task queue.
    case dispatch
    case timeout(ActivityTimeoutKind)
    case retention
}

extension APIStartActivityExecutionRequest {
    /// The options of the activity, which stand in the request one by one.
    var activityOptions: APIActivityActivityOptions {
        .with {
            $0.taskQueue = taskQueue
            if hasScheduleToCloseTimeout { $0.scheduleToCloseTimeout = scheduleToCloseTimeout }
            if hasScheduleToStartTimeout { $0.scheduleToStartTimeout = scheduleToStartTimeout }
            if hasStartToCloseTimeout { $0.startToCloseTimeout = startToCloseTimeout }
            if hasHeartbeatTimeout { $0.heartbeatTimeout = heartbeatTimeout }
            $0.retryPolicy = retryPolicy
            if hasPriority { $0.priority = priority }
            if hasStartDelay { $0.startDelay = startDelay }
        }
    }
}
