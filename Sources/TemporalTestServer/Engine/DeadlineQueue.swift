import HeapModule

/// What happens when a deadline is reached. Each case names the thing it belongs to closely enough to tell whether the
/// deadline still counts: a run, an event of it, and the stamp of the attempt.
enum Due: Hashable {
    case workflowTaskScheduleToStart(run: Int, stamp: UInt64)
    case workflowTaskStartToClose(run: Int, stamp: UInt64)
    case firstWorkflowTask(run: Int)
    case runTimeout(run: Int)
    case executionTimeout(run: Int)
    case userTimer(run: Int, startedEventID: Int64)
    case activityTimeout(run: Int, scheduledEventID: Int64, stamp: UInt64, kind: ActivityTimeoutKind)
    case activityRetry(run: Int, scheduledEventID: Int64, stamp: UInt64)
    case nexusRequest(UInt64)
    case nexusRetry(NexusOwner, stamp: UInt64)
    case nexusCancelRetry(NexusOwner, stamp: UInt64)
    case nexusTimeout(NexusOwner, kind: NexusTimeoutKind)
    case replyExpiry(ticket: UInt64)
    case sleep(ticket: UInt64)
    case action(number: UInt64)
    case batch(BatchKey)
    case schedule(ScheduleKey, plan: UInt64)
    case retention(run: Int)
    case standaloneActivity(number: Int, stamp: Int32, StandaloneActivityDeadline)
    case drainage(DeploymentBook.VersionKey, stamp: UInt64)

    /// Whether this is a limit of a whole run, which no waiting caller is waiting for, or the time of a request that no worker
    /// takes, after which there would be the next.
    var isRunLimit: Bool {
        switch self {
        case .runTimeout, .executionTimeout, .retention, .nexusRequest, .standaloneActivity(_, _, .retention): true
        case .workflowTaskScheduleToStart, .workflowTaskStartToClose, .firstWorkflowTask, .userTimer, .activityTimeout,
            .activityRetry, .nexusRetry, .nexusCancelRetry, .nexusTimeout, .replyExpiry, .sleep, .action, .batch,
            .schedule, .standaloneActivity, .drainage:
            false
        }
    }
}

/// The four timeouts of an activity.
enum ActivityTimeoutKind: Hashable {
    case scheduleToStart
    case scheduleToClose
    case startToClose
    case heartbeat
}

/// All deadlines of one service, earliest first; those of one moment in the order in which they were set.
struct DeadlineQueue {
    /// One deadline.
    struct Entry: Comparable {
        let at: Moment
        let sequence: UInt64
        let due: Due

        static func < (left: Entry, right: Entry) -> Bool {
            (left.at, left.sequence) < (right.at, right.sequence)
        }

        static func == (left: Entry, right: Entry) -> Bool {
            left.sequence == right.sequence
        }
    }

    private var heap = Heap<Entry>()
    private var sequence: UInt64 = 0
    private var compactAt = 1024

    /// The earliest deadline, which may be one that no longer counts.
    var first: Entry? { heap.min }

    /// All deadlines in no order.
    var all: [Entry] { heap.unordered }

    /// Sets a deadline.
    mutating func insert(_ due: Due, at moment: Moment) {
        sequence += 1
        heap.insert(Entry(at: moment, sequence: sequence, due: due))
    }

    /// Takes the earliest deadline out.
    @discardableResult
    mutating func removeFirst() -> Entry? {
        heap.popMin()
    }

    /// Takes deadlines out wherever they are.
    mutating func remove(where isRemoved: (Entry) -> Bool) {
        heap = Heap(heap.unordered.filter { !isRemoved($0) })
    }

    /// Drops what no longer counts once that has become most of the queue, so that memory follows what is pending.
    mutating func compact(keeping isLive: (Entry) -> Bool) {
        guard heap.count >= compactAt else { return }
        heap = Heap(heap.unordered.filter(isLive))
        compactAt = max(1024, heap.count * 2)
    }
}
