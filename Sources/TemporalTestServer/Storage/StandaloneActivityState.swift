import Temporal
import TemporalAPI

/// What an activity that no workflow started was made of, which never changes.
struct StandaloneActivityOrigin: Codable, Sendable {
    var request: APIStartActivityExecutionRequest
    var runID: String
    var scheduleTime: Moment
}

/// What is stored of an activity that no workflow started besides its origin.
struct StandaloneActivityState: Codable, Sendable {
    var requestIDs: [String]
    var options: APIActivityActivityOptions
    var links: [APILink]
    var status: StandaloneActivity.Status
    var attempt: StandaloneActivity.Attempt
    var firstStartedTime: Moment?
    var scheduleToCloseStamp: Int32
    var heartbeat: StandaloneActivity.Heartbeat
    var cancellation: StandaloneActivity.Cancellation?
    var pendingReset: StandaloneActivity.PendingReset
    var lastRequestIDs: StandaloneActivity.RequestIDs
    var outcome: APIActivityActivityExecutionOutcome?
    var closeTime: Moment?
    var closeOrder: UInt64
    var callbacks: [CompletionCallback]
    var transitionCount: Int64
    var completesAsynchronously: Bool
    var isUnattended: Bool

    /// The state of an activity now.
    init(_ activity: StandaloneActivity) {
        requestIDs = activity.requestIDs.sorted()
        options = activity.options
        links = activity.links
        status = activity.status
        attempt = activity.attempt
        firstStartedTime = activity.firstStartedTime
        scheduleToCloseStamp = activity.scheduleToCloseStamp
        heartbeat = activity.heartbeat
        cancellation = activity.cancellation
        pendingReset = activity.pendingReset
        lastRequestIDs = activity.lastRequestIDs
        outcome = activity.outcome
        closeTime = activity.closeTime
        closeOrder = activity.closeOrder
        callbacks = activity.callbacks
        transitionCount = activity.transitionCount
        completesAsynchronously = activity.completesAsynchronously
        isUnattended = activity.isUnattended
    }

    /// Gives an activity this state.
    func restore(to activity: StandaloneActivity) {
        activity.requestIDs = Set(requestIDs)
        activity.options = options
        activity.links = links
        activity.status = status
        activity.attempt = attempt
        activity.firstStartedTime = firstStartedTime
        activity.scheduleToCloseStamp = scheduleToCloseStamp
        activity.heartbeat = heartbeat
        activity.cancellation = cancellation
        activity.pendingReset = pendingReset
        activity.lastRequestIDs = lastRequestIDs
        activity.outcome = outcome
        activity.closeTime = closeTime
        activity.closeOrder = closeOrder
        activity.callbacks = callbacks
        activity.transitionCount = transitionCount
        activity.completesAsynchronously = completesAsynchronously
        activity.isUnattended = isUnattended
    }
}

extension StandaloneActivity {
    /// What the activity was made of.
    var origin: StandaloneActivityOrigin {
        StandaloneActivityOrigin(request: request, runID: runID, scheduleTime: scheduleTime)
    }

    /// Everything that is to be stored of the activity.
    func allChanges() -> [PendingChange] {
        [.put(key: StoredKey.activity(number, .origin), value: StoredJSON(origin)), stateChange]
    }

    /// What is to be stored of the activity since the last call.
    func takeChanges() -> [PendingChange] {
        defer { isOriginStored = true }
        return isOriginStored ? [stateChange] : allChanges()
    }

    private var stateChange: PendingChange {
        .put(key: StoredKey.activity(number, .state), value: StoredJSON(StandaloneActivityState(self)))
    }
}
