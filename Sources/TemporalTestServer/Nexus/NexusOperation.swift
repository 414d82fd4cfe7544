import Temporal
import TemporalAPI

/// A Nexus operation that has not ended: one of a run, or one of its own.
struct NexusOperation: Codable, Sendable {
    /// Where the start is.
    enum State: Codable, Sendable {
        /// The request to start it is on its way.
        case scheduled

        /// The request failed, and the next waits for its moment.
        case backingOff(until: Moment)

        /// The handler has said that the operation goes on.
        case started
    }

    let endpoint: String

    /// The endpoint when the operation was scheduled; its name may belong to another one since.
    let endpointID: String

    let service: String
    let operation: String
    let input: APIPayload?
    let headers: [String: String]

    /// The same in each request to start the operation, by which its handler recognizes them.
    let requestID: String

    let scheduledTime: Moment
    let scheduleToCloseTimeout: Span
    let scheduleToStartTimeout: Span
    let startToCloseTimeout: Span

    var state = State.scheduled

    /// The requests to start it, and to end it.
    var start = NexusRequestState()

    var token = ""
    var startedTime: Moment?

    /// The request to end it; `nil` if nobody asked.
    var cancellation: NexusCancellation?

    var isStarted: Bool { if case .started = state { true } else { false } }

    /// When the operation times out as a whole; `nil` for never.
    var expiration: Moment? {
        scheduleToCloseTimeout > .zero ? scheduledTime + scheduleToCloseTimeout : nil
    }

    /// The operation in words.
    var label: String { "Nexus operation '\(service)/\(operation)'" }
}

/// The attempts to deliver one request.
struct NexusRequestState: Codable, Sendable {
    /// The number of attempts that have ended.
    var attempt: Int32 = 0
    var lastAttemptCompleteTime: Moment?
    var lastAttemptFailure: APIFailure?

    /// Distinguishes the present attempt from every other.
    var stamp: UInt64 = 0

    /// The task of the present attempt; `nil` if none is on its way.
    var task: UInt64?

    /// Notes that an attempt has ended.
    mutating func attemptEnded(at moment: Moment, failure: APIFailure? = nil) {
        attempt += 1
        lastAttemptCompleteTime = moment
        lastAttemptFailure = failure
        task = nil
    }

    /// How long to wait before the next attempt: a second, then twice as long each time, up to an hour.
    var backoff: Span {
        let longest = Span.seconds(3600)
        return attempt > 12 ? longest : min(Span.seconds(Int64(1) << Int64(max(0, attempt - 1))), longest)
    }
}

/// A request to end a Nexus operation.
struct NexusCancellation: Codable, Sendable {
    /// Where the request is.
    enum State: Codable, Sendable {
        /// The operation has not started: until then its handler would not know it.
        case waiting
        case scheduled
        case backingOff(until: Moment)
        case succeeded
        case failed
    }

    /// The event that noted it; 0 for an operation of its own.
    let requestedEventID: Int64

    /// Who asked and why, for an operation of its own.
    var reason = ""
    var requestID = ""

    var state = State.waiting
    var requestedTime: Moment?
    var request = NexusRequestState()
}

/// Whose Nexus operation it is.
enum NexusOwner: Hashable, Codable, Sendable {
    case run(Int, scheduledEventID: Int64)
    case standalone(Int)
}

/// How a Nexus operation ends.
enum NexusEnd {
    case completed(APIPayload?)
    /// The reason, not yet wrapped.
    case failed(APIFailure)
    case cancelled(APIFailure)
    case timedOut(APITimeoutType)
}

/// Which timeout of a Nexus operation.
enum NexusTimeoutKind: Hashable, Codable, Sendable {
    case scheduleToStart
    case scheduleToClose
    case startToClose

    var proto: APITimeoutType {
        switch self {
        case .scheduleToStart: .scheduleToStart
        case .scheduleToClose: .scheduleToClose
        case .startToClose: .startToClose
        }
    }
}

/// What has Nexus operations: a run, or an operation of its own.
protocol NexusCaller: AnyObject {
    var namespace: String { get }

    /// A pending operation; `nil` if it has ended.
    func nexusOperation(_ key: Int64) -> NexusOperation?

    /// Changes a pending operation.
    func changeNexusOperation(_ key: Int64, _ change: (inout NexusOperation) -> Void)

    /// What the handler's history refers to.
    func link(toNexusOperation key: Int64) -> APILink

    /// Notes that an operation has started. Its state says so already.
    func nexusOperationDidStart(_ key: Int64, time: Moment?, links: [APILink])

    /// Ends an operation.
    func endNexusOperation(_ key: Int64, _ end: NexusEnd, links: [APILink])

    /// Notes what became of the request to end an operation. Its state says so already.
    ///
    /// - Parameter failure: Why it was refused; `nil` if the handler has taken note.
    func nexusCancellationDidEnd(_ key: Int64, failure: APIFailure?)
}

/// A request to a Nexus handler that has not been answered.
struct NexusTask {
    /// What is asked of the handler.
    enum Kind { case start, cancel }

    let owner: NexusOwner
    let kind: Kind

    /// The attempt that it belongs to.
    let stamp: UInt64

    /// Where workers take it.
    let namespace: String
    let taskQueue: String

    let request: APINexusRequest

    /// When the caller gives up on the answer.
    let deadline: Moment

    /// Who has it; `nil` while it waits in its queue.
    var identity: String?

    /// Whether no worker came for it in a long time, or the one that has it was lost.
    var isUnattended = false
}
