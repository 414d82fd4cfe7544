import HeapModule
import TemporalAPI

/// How urgent a task is, and whom it is for.
struct TaskPriority {
    /// The priority of tasks that have none.
    static let standardKey: Int32 = 3

    private static let lowestKey: Int32 = 5
    private static let leastWeight: Float = 0.001

    /// From 1, the most urgent, to 5.
    let key: Int32

    /// For whom the task is: those of one priority are served in turns.
    let fairnessKey: String

    /// How large the share of ``fairnessKey`` is.
    let weight: Float

    /// Reads a priority.
    ///
    /// - Parameters:
    ///   - proto: The priority of the task itself.
    ///   - base: The priority of its workflow, which counts where the task's own says nothing.
    init(_ proto: APIPriority? = nil, base: APIPriority? = nil) {
        let merged = APIPriority.merged(proto, base: base) ?? APIPriority()
        key = merged.priorityKey > 0 ? min(merged.priorityKey, Self.lowestKey) : Self.standardKey
        fairnessKey = merged.fairnessKey
        weight = Self.usable(merged.fairnessWeight)
    }

    /// A weight with which turns can be reckoned: 1 for what is none.
    static func usable(_ weight: Float) -> Float {
        weight > 0 ? max(weight, leastWeight) : 1
    }
}

extension APIPriority {
    /// The priority of a task of a workflow.
    ///
    /// - Parameters:
    ///   - own: That of the task itself.
    ///   - base: That of its workflow, which counts where the task's own says nothing.
    static func merged(_ own: APIPriority?, base: APIPriority?) -> APIPriority? {
        guard let base, var merged = own else { return own ?? base }
        if merged.priorityKey == 0 { merged.priorityKey = base.priorityKey }
        if merged.fairnessKey.isEmpty { merged.fairnessKey = base.fairnessKey }
        if merged.fairnessWeight == 0 { merged.fairnessWeight = base.fairnessWeight }
        return merged
    }
}

/// The tasks that wait in one task queue, in the order in which they are handed out: by priority; within one priority the
/// fairness keys take turns by their weights; and within one fairness key first come, first served.
struct Backlog {
    /// One waiting task.
    struct Entry: Comparable {
        let task: QueuedTask
        let priority: TaskPriority

        /// The task's turn. Each key's next turn comes the later the smaller its weight is.
        fileprivate let pass: Int64
        fileprivate let sequence: UInt64

        static func < (left: Entry, right: Entry) -> Bool {
            (left.pass, left.sequence) < (right.pass, right.sequence)
        }

        static func == (left: Entry, right: Entry) -> Bool {
            left.sequence == right.sequence
        }
    }

    private struct Level {
        var entries = Heap<Entry>()

        /// The turn of the task that was handed out last: nobody's turn comes before it.
        var pass: Int64 = 0

        /// The last turn that each fairness key was given.
        var passes: [String: Int64] = [:]
    }

    private static let stride: Float = 1000

    private var levels: [Level] = []
    private var sequence: UInt64 = 0

    /// How many tasks wait.
    private(set) var count = 0

    /// Whether no task waits.
    var isEmpty: Bool { count == 0 }

    /// The task that is handed out next.
    var first: Entry? {
        levels.first { !$0.entries.isEmpty }?.entries.min
    }

    /// The task of each priority that is handed out next.
    var heads: [Entry] { levels.compactMap(\.entries.min) }

    /// All tasks in the order in which they would be handed out.
    var ordered: [Entry] {
        levels.flatMap { level in level.entries.unordered.sorted() }
    }

    /// Adds a task.
    ///
    /// - Parameters:
    ///   - task: The task.
    ///   - priority: How urgent it is.
    ///   - weight: The weight of its fairness key, if another than the task's own counts.
    mutating func append(_ task: QueuedTask, _ priority: TaskPriority, weight: Float? = nil) {
        let index = Int(priority.key) - 1
        while levels.count <= index { levels.append(Level()) }
        sequence += 1
        count += 1
        let step = max(1, Int64(Self.stride / (weight.map(TaskPriority.usable) ?? priority.weight)))
        let pass = max(levels[index].pass, levels[index].passes[priority.fairnessKey].map { $0 + step } ?? step)
        levels[index].passes[priority.fairnessKey] = pass
        levels[index].entries.insert(Entry(task: task, priority: priority, pass: pass, sequence: sequence))
    }

    /// Takes out the task that is handed out next.
    @discardableResult
    mutating func popFirst() -> Entry? {
        guard let index = levels.firstIndex(where: { !$0.entries.isEmpty }),
            let entry = levels[index].entries.popMin()
        else { return nil }
        count -= 1
        if levels[index].entries.isEmpty {
            // Turns matter only among those who wait.
            levels[index].pass = 0
            levels[index].passes = [:]
        } else {
            levels[index].pass = entry.pass
        }
        return entry
    }

    /// Takes out the task that would be handed out next, for a moment: nobody's turn changes.
    mutating func withdrawFirst() {
        guard let index = levels.firstIndex(where: { !$0.entries.isEmpty }) else { return }
        _ = levels[index].entries.popMin()
        count -= 1
    }

    /// Puts back what was withdrawn, where it was.
    mutating func putBack(_ entries: [Entry]) {
        for entry in entries {
            levels[Int(entry.priority.key) - 1].entries.insert(entry)
            count += 1
        }
    }

    /// Takes out all tasks.
    ///
    /// - Returns: The tasks in the order in which they would have been handed out.
    mutating func removeAll() -> [Entry] {
        defer {
            levels = []
            count = 0
        }
        return ordered
    }
}
