import TemporalAPI

/// What workers are told about the number of their polls, as the server decides it: fewer where polls wait for long, more
/// where tasks do.
struct PollAdvice {
    /// How a task queue does, as far as a worker's version is concerned.
    struct Load {
        /// Whether a limit has held back tasks lately.
        var isHeld: Bool

        /// How long the next task has waited already; `nil` if none waits.
        var backlogAge: Span?

        /// How many tasks a second come.
        var added: Float

        /// How many tasks a second are handed out.
        var dispatched: Float
    }

    /// How long a poll has waited for a new task, at least, before there are too many polls.
    private static let idleTime = Span.seconds(1)

    /// How long a task has waited, at least, before there are too few.
    private static let backlogAge = Span(nanoseconds: 200_000_000)

    /// How much faster tasks come than they leave, at least, before there are too few.
    private static let growth: Float = 1.2

    /// How often a second each worker is advised to poll more.
    private static let rate = 10.0

    /// What is left of the advice of a second, in shares of the whole.
    private var left = 1.0
    private var filled: Moment?

    /// Decides what the worker is told that gets a task.
    ///
    /// - Parameters:
    ///   - wait: How long its poll has waited.
    ///   - isNew: Whether the task has only just come, and did not have to wait for the poll.
    ///   - workers: How many workers have polled lately.
    ///   - now: When.
    ///   - load: How the task queue does, which is asked only if it matters.
    /// - Returns: By how many polls the worker would do better; `nil` for no advice.
    mutating func decide(
        wait: Span,
        isNew: Bool,
        workers: Int,
        at now: Moment,
        load: () -> Load
    ) -> Int32? {
        if isNew, wait >= Self.idleTime { return -1 }
        guard take(share: 1 / (Self.rate * Double(max(1, workers))), at: now) else { return nil }
        let load = load()
        // More polls do not help against a limit.
        guard !load.isHeld else { return nil }
        if let age = load.backlogAge, age > Self.backlogAge { return 1 }
        return load.added > Self.growth * load.dispatched ? 1 : nil
    }

    private mutating func take(share: Double, at now: Moment) -> Bool {
        if let filled { left = min(1, left + Double(max(0, (now - filled).nanoseconds)) / 1e9) }
        filled = now
        // Shares add up to the whole only nearly.
        guard left > share * 0.999 else { return false }
        left -= share
        return true
    }
}

/// The answer to a poll of any kind.
protocol PollResponse {
    var pollerScalingDecision: APIPollerScalingDecision { get set }
}

extension APIPollWorkflowTaskQueueResponse: PollResponse {}
extension APIPollActivityTaskQueueResponse: PollResponse {}
extension APIPollNexusTaskQueueResponse: PollResponse {}
