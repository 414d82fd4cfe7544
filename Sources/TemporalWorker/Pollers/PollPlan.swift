import Temporal

/// The queue that a poll is for.
enum PollQueue: Sendable, Hashable {
    /// The task queue that all workers share.
    case shared
    /// The queue of the runs that this worker has in memory.
    case sticky
}

/// Which poll is to be made next: a value that knows the polls under way.
struct PollPlan: Sendable, Equatable {
    /// The polls of the shared queue.
    private(set) var shared: PollerScaler

    /// The polls of the worker's own queue, if it has one.
    private(set) var sticky: PollerScaler?

    private var active: [PollQueue: Int] = [:]
    private var backlog = 0
    private let limit: Int?

    /// Plans polls.
    ///
    /// - Parameters:
    ///   - shared: The polls of the shared queue.
    ///   - sticky: The polls of the worker's own queue, if it has one.
    ///   - limit: How many polls can be under way at all, because each holds a slot; `nil` if that is not known.
    init(shared: PollerScaler, sticky: PollerScaler?, limit: Int?) {
        self.shared = shared
        self.sticky = sticky
        self.limit = limit
    }

    /// The number of polls of a queue under way.
    func active(_ queue: PollQueue) -> Int { active[queue] ?? 0 }

    /// The queue to poll next; `nil` while there are polls enough.
    ///
    /// Each queue has at least one poll. Beyond that the worker's own queue goes first while more tasks wait in it than
    /// polls, because nobody else can take them.
    func next() -> PollQueue? {
        let sharedCount = active(.shared)
        guard let sticky else {
            return sharedCount < min(shared.target, limit ?? .max) ? .shared : nil
        }
        let stickyCount = active(.sticky)
        if sharedCount == 0 { return .shared }
        if stickyCount == 0 { return .sticky }
        guard sharedCount + stickyCount < min(shared.target + sticky.target, limit ?? .max) else { return nil }
        if backlog > 1, backlog > stickyCount { return .sticky }
        if stickyCount < sticky.target { return .sticky }
        return sharedCount < shared.target ? .shared : nil
    }

    /// Takes note of a poll that begins.
    mutating func began(_ queue: PollQueue) {
        active[queue, default: 0] += 1
    }

    /// Takes note of a poll that is over.
    mutating func ended(_ queue: PollQueue) {
        active[queue, default: 0] -= 1
    }

    /// Takes note of an answer.
    ///
    /// - Parameters:
    ///   - queue: The queue of the poll.
    ///   - answer: What the service said beside the task.
    ///   - now: The time since some moment.
    mutating func answered(_ queue: PollQueue, _ answer: PollAnswer, at now: Duration) {
        switch queue {
        case .shared:
            shared.answered(isEmpty: answer.isEmpty, advice: answer.advice, at: now)
        case .sticky:
            sticky?.answered(isEmpty: answer.isEmpty, advice: answer.advice, at: now)
            backlog = answer.backlog
        }
    }

    /// Takes note of a poll that failed.
    mutating func failed(_ queue: PollQueue, _ code: RPCError.Code) {
        switch queue {
        case .shared: shared.failed(code)
        case .sticky: sticky?.failed(code)
        }
    }

    /// Whether tasks of a queue have come in quick succession.
    func isBusy(_ queue: PollQueue, at now: Duration) -> Bool {
        switch queue {
        case .shared: shared.isBusy(at: now)
        case .sticky: sticky?.isBusy(at: now) ?? false
        }
    }
}

/// What the answer to a poll says beside the task.
struct PollAnswer: Sendable, Hashable {
    /// Whether there is no task.
    var isEmpty: Bool

    /// By how much the service would change the number of polls, if it says.
    var advice: Int?

    /// About how many more tasks wait in the queue.
    var backlog = 0
}
