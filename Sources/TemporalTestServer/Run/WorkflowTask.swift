import TemporalAPI

/// The workflow task that a run has: scheduled, or with a worker.
struct WorkflowTask: Codable, Sendable {
    /// How a task reaches a worker, which decides how much of the history goes with it.
    enum Delivery {
        /// By a poll of the ordinary task queue: the whole history.
        case normal

        /// By a poll of the sticky queue: what is new.
        case sticky

        /// With the answer to the task before, to a worker that knows the run: what is new.
        case inline
    }

    /// The id of the scheduled event, or the id that it will have if it is not written yet.
    var scheduledEventID: Int64

    /// The same for the started event; 0 while no worker has the task.
    var startedEventID: Int64 = 0

    var attempt: Int32
    var scheduledTime: Moment

    /// When the first of a chain of heartbeating tasks was scheduled.
    var originalScheduledTime: Moment

    var startedTime: Moment?
    var timeout: Span

    /// Where the task was scheduled to.
    var taskQueue: APITaskQueue

    /// Whether scheduled and started events are written only when the task completes: repeated attempts, and tasks that
    /// exist only to carry updates.
    var isUnwritten: Bool

    /// Whether the task exists only to carry updates, and leaves no trace if they are all rejected.
    var isSpeculative = false

    /// Distinguishes this task from every other.
    var stamp: UInt64

    /// Whether the task does not hold the clock: no worker came for it in a long time, or the one that has it was lost.
    var isUnattended = false

    var requestID = ""
    var identity = ""
    var historySizeBytes: Int64 = 0

    /// Whether the run should continue as new, by what there was at the start of the task.
    var suggestsContinueAsNew = false

    /// Why it should, in numbers of the API; `nil` in what was stored before reasons were kept.
    var continueAsNewReasons: [Int]?

    var workerVersion: APIWorkerVersionStamp?

    /// Whether the worker is told that new runs go to another version than that which the run is pinned to.
    var tellsOfOtherVersion = false
}
