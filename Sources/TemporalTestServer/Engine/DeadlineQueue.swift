import Foundation
import HeapModule

/// What happens when a deadline is reached. Each case names the thing it belongs to closely enough to tell whether the
/// deadline still counts: a run, an event of it, and the stamp of the attempt.
enum Due: Hashable, Codable, Sendable {
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
    case nexusRetention(Int)
    case replyExpiry(ticket: UInt64)
    case sleep(ticket: UInt64)
    case action(number: UInt64)
    case batch(BatchKey)
    case batchRetention(BatchKey, closed: Moment)
    case schedule(ScheduleKey, plan: UInt64)
    case scheduleRetention(ScheduleKey, plan: UInt64)
    case retention(run: Int)
    case standaloneActivity(number: Int, stamp: Int32, StandaloneActivityDeadline)
    case drainage(DeploymentBook.VersionKey, stamp: UInt64)
    case taskQueue(QueueKey)

    /// Whether this matters beyond the life of the process: callers and closures do not outlive it.
    var isStored: Bool {
        switch self {
        case .replyExpiry, .sleep, .action, .taskQueue, .nexusRequest: false
        case .workflowTaskScheduleToStart, .workflowTaskStartToClose, .firstWorkflowTask, .runTimeout,
            .executionTimeout, .userTimer, .activityTimeout, .activityRetry, .nexusRetry, .nexusCancelRetry,
            .nexusTimeout,
            .nexusRetention, .batch, .batchRetention, .schedule, .scheduleRetention, .retention, .standaloneActivity,
            .drainage:
            true
        }
    }

    /// Whether this is a limit of a whole run, which no waiting caller is waiting for, or the time of a request that no worker
    /// takes, after which there would be the next.
    var isRunLimit: Bool {
        switch self {
        case .runTimeout, .executionTimeout, .retention, .nexusRequest, .nexusRetention, .batchRetention,
            .scheduleRetention,
            .standaloneActivity(_, _, .retention):
            true
        case .workflowTaskScheduleToStart, .workflowTaskStartToClose, .firstWorkflowTask, .userTimer, .activityTimeout,
            .activityRetry, .nexusRetry, .nexusCancelRetry, .nexusTimeout, .replyExpiry, .sleep, .action, .batch,
            .schedule, .standaloneActivity, .drainage, .taskQueue:
            false
        }
    }
}

/// The four timeouts of an activity.
enum ActivityTimeoutKind: Hashable, Codable, Sendable, CaseIterable {
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

    /// The limits of whole runs, and everything else: see ``Due/isRunLimit``.
    private var limits = Heap<Entry>()
    private var others = Heap<Entry>()
    private var sequence: UInt64 = 0
    private var compactAt = 1024

    /// The deadlines that were set or taken out since the changes were last taken; `nil` if nobody stores them.
    private var changes: [UInt64: Entry?]?

    /// The earliest deadline, which may be one that no longer counts.
    var first: Entry? {
        guard let limit = limits.min, let other = others.min else { return limits.min ?? others.min }
        return min(limit, other)
    }

    /// The earliest deadline that is no limit of a whole run. It may be one that no longer counts.
    var firstBesidesLimits: Entry? { others.min }

    /// All deadlines in no order.
    var all: [Entry] { limits.unordered + others.unordered }

    private var count: Int { limits.count + others.count }

    private mutating func add(_ entry: Entry) {
        if entry.due.isRunLimit { limits.insert(entry) } else { others.insert(entry) }
    }

    private mutating func keep(_ entries: [Entry]) {
        limits = Heap(entries.filter(\.due.isRunLimit))
        others = Heap(entries.filter { !$0.due.isRunLimit })
    }

    /// Sets a deadline.
    mutating func insert(_ due: Due, at moment: Moment) {
        sequence += 1
        let entry = Entry(at: moment, sequence: sequence, due: due)
        add(entry)
        if changes != nil, due.isStored { changes?[sequence] = .some(entry) }
    }

    private mutating func noteRemoval(of entry: Entry) {
        if changes != nil, entry.due.isStored { changes?[entry.sequence] = .some(nil) }
    }

    /// Takes the earliest deadline out.
    @discardableResult
    mutating func removeFirst() -> Entry? {
        guard let entry = first else { return nil }
        if entry.due.isRunLimit { limits.removeMin() } else { others.removeMin() }
        noteRemoval(of: entry)
        return entry
    }

    /// Takes the earliest deadline out that is no limit of a whole run.
    mutating func removeFirstBesidesLimits() {
        if let entry = others.popMin() { noteRemoval(of: entry) }
    }

    /// Takes deadlines out wherever they are.
    mutating func remove(where isRemoved: (Entry) -> Bool) {
        keep(all.filter { !isRemoved($0) })
    }

    /// Drops what no longer counts once that has become most of the queue, so that memory follows what is pending.
    mutating func compact(keeping isLive: (Entry) -> Bool) {
        guard count >= compactAt else { return }
        var kept: [Entry] = []
        for entry in all {
            if isLive(entry) { kept.append(entry) } else { noteRemoval(of: entry) }
        }
        keep(kept)
        compactAt = max(1024, count * 2)
    }

    // MARK: Store

    /// Everything that is to be stored, in no order.
    func allChanges() -> [PendingChange] {
        all.filter { $0.due.isStored }.map(\.put)
    }

    /// What is to be stored since the last call; at first, everything.
    mutating func takeChanges() -> [PendingChange] {
        guard let taken = changes else {
            changes = [:]
            return allChanges()
        }
        guard !taken.isEmpty else { return [] }
        changes = [:]
        return taken.sorted { $0.key < $1.key }.map { sequence, entry in
            entry?.put ?? .delete(key: StoredKey.deadline(sequence))
        }
    }

    /// Takes in a stored deadline.
    mutating func restore(sequence: UInt64, from value: Data, with decoder: JSONDecoder) throws {
        let stored = try decoder.decode(StoredDeadline.self, from: value)
        if changes == nil { changes = [:] }
        add(Entry(at: stored.at, sequence: sequence, due: stored.due))
        self.sequence = max(self.sequence, sequence)
    }
}

/// A deadline as it is stored.
private struct StoredDeadline: Codable {
    let at: Moment
    let due: Due
}

extension DeadlineQueue.Entry {
    /// The change that stores the deadline.
    fileprivate var put: PendingChange {
        .put(key: StoredKey.deadline(sequence), value: StoredJSON(StoredDeadline(at: at, due: due)))
    }
}
