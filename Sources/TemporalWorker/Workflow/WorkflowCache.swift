import DequeModule
import Synchronization

/// The runs that a worker keeps in memory between their tasks, the least recently used leaving first.
///
/// A run is checked out by one task at a time; others wait their turn, in the order in which they came. Of the tasks
/// that wait, at most one is to move the run on: the service makes a new one only when it has given up the one before.
final class WorkflowCache: Sendable {
    /// What came of checking a run out.
    enum CheckOut {
        /// The run, or `nil` if it is not in memory. It must be checked in again.
        case taken(WorkflowRun?)
        /// A newer task of the run came while this one waited: nothing is to be done, and nothing to be checked in.
        case superseded
    }

    private struct Waiter {
        let isQuery: Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct Entry {
        var run: WorkflowRun?
        var isBusy = true
        var lastUse = 0
        var waiters: Deque<Waiter> = []
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// The runs in the order of their use. A run that was used again stands here more than once.
        var uses: Deque<(runID: String, use: Int)> = []
        var useCount = 0
        var runs = 0
    }

    private let capacity: Int
    private let metrics: WorkerMetrics?
    private let state = Mutex(State())

    /// Makes a cache.
    ///
    /// - Parameters:
    ///   - capacity: How many runs to keep while no task works on them.
    ///   - metrics: Where the size and the evictions go; `nil` for nowhere.
    init(capacity: Int, metrics: WorkerMetrics? = nil) {
        self.capacity = capacity
        self.metrics = metrics
    }

    /// The number of runs in memory.
    var count: Int { state.withLock { $0.runs } }

    /// The number of tasks that wait for a run.
    func waiting(_ runID: String) -> Int { state.withLock { $0.entries[runID]?.waiters.count ?? 0 } }

    /// Takes a run out, after all that had it before.
    ///
    /// - Parameters:
    ///   - runID: The run.
    ///   - isQuery: Whether the task only looks at the run.
    /// - Returns: The run, or that the task is void.
    func checkOut(_ runID: String, isQuery: Bool = false) async -> CheckOut {
        let taken: WorkflowRun?? = state.withLock { state in
            guard var entry = state.entries[runID] else {
                state.entries[runID] = Entry()
                return .some(nil)
            }
            guard !entry.isBusy else { return .none }
            entry.isBusy = true
            state.entries[runID] = entry
            return .some(entry.run)
        }
        if let taken { return .taken(taken) }
        let isMine = await withCheckedContinuation { continuation in
            let (now, older) = state.withLock { state -> (Bool?, Waiter?) in
                guard var entry = state.entries[runID], entry.isBusy else {
                    // It was checked in meanwhile.
                    state.entries[runID, default: Entry()].isBusy = true
                    return (true, nil)
                }
                let index = isQuery ? nil : entry.waiters.firstIndex { !$0.isQuery }
                let older = index.map { entry.waiters.remove(at: $0) }
                entry.waiters.append(Waiter(isQuery: isQuery, continuation: continuation))
                state.entries[runID] = entry
                return (nil, older)
            }
            older?.continuation.resume(returning: false)
            if let now { continuation.resume(returning: now) }
        }
        guard isMine else { return .superseded }
        return .taken(state.withLock { $0.entries[runID]?.run })
    }

    /// Gives a run back, or hands it to the task that waits for it.
    ///
    /// - Parameters:
    ///   - runID: The run.
    ///   - run: What to keep in memory, `nil` for nothing.
    /// - Returns: The runs that have left the cache for it and must be evicted.
    func checkIn(_ runID: String, keeping run: WorkflowRun?) -> [WorkflowRun] {
        let kept = capacity > 0 ? run : nil
        let (waiter, leaving, count) = state.withLock { state -> (Waiter?, [WorkflowRun], Int) in
            var entry = state.entries[runID] ?? Entry()
            state.runs += (kept == nil ? 0 : 1) - (entry.run == nil ? 0 : 1)
            entry.run = kept
            let waiter = entry.waiters.popFirst()
            entry.isBusy = waiter != nil
            state.useCount += 1
            entry.lastUse = state.useCount
            if waiter == nil, kept == nil {
                state.entries[runID] = nil
            } else {
                state.entries[runID] = entry
                state.uses.append((runID, state.useCount))
            }
            return (waiter, shrink(&state), state.runs)
        }
        waiter?.continuation.resume(returning: true)
        record(count: count, evicted: leaving.count)
        // A run that is not kept although it could go on leaves too.
        return run != nil && kept == nil ? leaving + [run].compactMap { $0 } : leaving
    }

    /// Takes all idle runs out for good.
    func removeAll() -> [WorkflowRun] {
        let (runs, count) = state.withLock { state in
            let idle = state.entries.filter { !$0.value.isBusy }
            for runID in idle.keys { state.entries[runID] = nil }
            let runs = idle.values.compactMap(\.run)
            state.runs -= runs.count
            return (runs, state.runs)
        }
        record(count: count, evicted: 0)
        return runs
    }

    private func shrink(_ state: inout State) -> [WorkflowRun] {
        var leaving: [WorkflowRun] = []
        var busy: [(runID: String, use: Int)] = []
        while state.runs > capacity, let oldest = state.uses.popFirst() {
            guard let entry = state.entries[oldest.runID], entry.lastUse == oldest.use else { continue }
            guard !entry.isBusy else {
                busy.append(oldest)
                continue
            }
            state.entries[oldest.runID] = nil
            guard let run = entry.run else { continue }
            state.runs -= 1
            leaving.append(run)
        }
        for use in busy.reversed() { state.uses.prepend(use) }
        // Uses that later ones have replaced are dropped when they are the most.
        if state.uses.count > 64, state.uses.count > 4 * state.entries.count {
            state.uses.removeAll { state.entries[$0.runID]?.lastUse != $0.use }
        }
        return leaving
    }

    private func record(count: Int, evicted: Int) {
        guard let metrics, metrics.isOn else { return }
        metrics.set("sticky_cache_size", Double(count))
        for _ in 0..<evicted { metrics.count("sticky_cache_total_forced_eviction") }
    }
}
