import SwiftProtobuf
import Temporal
import TemporalAPI

/// A pending activity of a run.
struct Activity: Codable, Sendable {
    /// Where the current attempt is.
    enum State: Codable, Sendable {
        /// In its task queue.
        case scheduled

        /// Waiting for the moment of its next attempt.
        case backingOff(until: Moment)

        /// With a worker.
        case started
    }

    let scheduledEventID: Int64

    /// How the activity was scheduled, with the changes that operators made since.
    var attributes: APIActivityTaskScheduledEventAttributes

    let scheduledTime: Moment
    var state = State.scheduled
    var attempt: Int32 = 1

    /// When the current attempt entered its task queue.
    var attemptScheduledTime: Moment

    var startedTime: Moment?
    var requestID = ""
    var identity = ""

    /// The version of the worker that had it last; `nil` for one without.
    var version: WorkerDeploymentVersion?

    /// The id of the started event, once it has one: normally only at the activity's end.
    var startedEventID: Int64 = 0

    /// Distinguishes this attempt from every other.
    var stamp: UInt64

    var heartbeatDetails: APIPayloads?
    var lastHeartbeat: Moment?
    var lastFailure: APIFailure?
    var lastAttemptCompleteTime: Moment?
    var retryInterval: Span?

    /// The event that asked for the activity's cancellation; 0 if none did.
    var cancelRequestedEventID: Int64 = 0

    /// What paused the activity; `nil` if it is not paused.
    var pause: ActivityPause?

    /// Whether the activity was reset while a worker has it: the worker is told with its next heartbeat.
    var isReset = false

    /// Whether the next attempt finds nothing of what earlier ones reported.
    var resetsHeartbeat = false

    /// Whether the worker said that somebody else will complete the activity.
    var completesAsynchronously = false

    /// The timeout that a test has left the current attempt to; `nil` for whichever comes first.
    var leftTo: ActivityTimeoutKind?

    /// Whether no worker came for the task in a long time, or the one that has it was lost.
    var isUnattended = false

    var activityID: String { attributes.activityID }
    var isStarted: Bool { if case .started = state { true } else { false } }

    /// The moment after which the activity is not tried again; `nil` for never.
    var expiration: Moment? {
        let limit = Span(attributes.scheduleToCloseTimeout)
        return limit > .zero ? scheduledTime + limit : nil
    }

    /// When a worker must have reported again; `nil` if it need not.
    var heartbeatDeadline: Moment? {
        let limit = Span(attributes.heartbeatTimeout)
        guard isStarted, limit > .zero, let started = startedTime else { return nil }
        return max(started, lastHeartbeat ?? started) + limit
    }

    /// When a timeout comes, as things are now; `nil` if it does not.
    func deadline(_ kind: ActivityTimeoutKind) -> Moment? {
        func end(of limit: Google_Protobuf_Duration, from start: Moment?) -> Moment? {
            guard let start, Span(limit) > .zero else { return nil }
            return start + Span(limit)
        }
        switch (kind, state) {
        case (.scheduleToClose, _): return expiration
        case (.scheduleToStart, .scheduled):
            return end(of: attributes.scheduleToStartTimeout, from: attemptScheduledTime)
        case (.startToClose, .started): return end(of: attributes.startToCloseTimeout, from: startedTime)
        case (.heartbeat, .started): return heartbeatDeadline
        case (.scheduleToStart, _), (.startToClose, _), (.heartbeat, _): return nil
        }
    }

    /// Whether time must not jump because of this activity.
    var holdsClock: Bool {
        switch state {
        case .scheduled: !isUnattended && pause == nil
        case .started: !completesAsynchronously && !isUnattended
        case .backingOff: false
        }
    }
}

/// The pause of an activity.
struct ActivityPause: Codable, Sendable {
    /// What pauses activities.
    enum Cause: Codable, Sendable {
        case operatorOf(identity: String, reason: String)
        case rule(id: String)
    }

    let time: Moment
    let cause: Cause
    var requestID = ""
}
