import Synchronization

/// The runs that a worker keeps in memory between their tasks, the least recently used leaving first.
///
/// A run is checked out by one task at a time; others wait their turn.
final class WorkflowCache: Sendable {
    private struct Entry {
        var run: WorkflowRun?
        var isBusy = true
        var lastUse = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var useCount = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// Makes a cache.
    ///
    /// - Parameter capacity: How many runs to keep while no task works on them.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// The number of runs in memory.
    var count: Int {
        state.withLock { $0.entries.values.count { $0.run != nil } }
    }

    /// Takes a run out, after all that had it before.
    ///
    /// - Returns: The run, or `nil` if it is not in memory. Either way the caller must check it in again.
    func checkOut(_ runID: String) async -> WorkflowRun? {
        while true {
            let taken: WorkflowRun?? = state.withLock { state in
                guard let entry = state.entries[runID] else {
                    state.entries[runID] = Entry()
                    return .some(nil)
                }
                guard !entry.isBusy else { return .none }
                state.entries[runID]?.isBusy = true
                return .some(entry.run)
            }
            if let taken { return taken }
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    guard let entry = state.entries[runID], entry.isBusy else { return true }
                    state.entries[runID]?.waiters.append(continuation)
                    return false
                }
                if isFree { continuation.resume() }
            }
        }
    }

    /// Gives a run back.
    ///
    /// - Parameters:
    ///   - runID: The run.
    ///   - run: What to keep in memory, `nil` for nothing.
    /// - Returns: The runs that have left the cache for it and must be evicted.
    func checkIn(_ runID: String, keeping run: WorkflowRun?) -> [WorkflowRun] {
        let (waiters, leaving) = state.withLock { state in
            let waiters = state.entries[runID]?.waiters ?? []
            state.useCount += 1
            if let run, capacity > 0 {
                state.entries[runID] = Entry(run: run, isBusy: false, lastUse: state.useCount)
                return (waiters, shrink(&state))
            }
            state.entries[runID] = nil
            return (waiters, run.map { [$0] } ?? [])
        }
        for waiter in waiters { waiter.resume() }
        return leaving
    }

    /// Takes all idle runs out for good.
    func removeAll() -> [WorkflowRun] {
        state.withLock { state in
            let idle = state.entries.filter { !$0.value.isBusy }
            for runID in idle.keys { state.entries[runID] = nil }
            return idle.values.compactMap(\.run)
        }
    }

    private func shrink(_ state: inout State) -> [WorkflowRun] {
        var leaving: [WorkflowRun] = []
        while state.entries.count > capacity {
            let idle = state.entries.lazy.filter { !$0.value.isBusy && $0.value.waiters.isEmpty }
            guard let oldest = idle.min(by: { $0.value.lastUse < $1.value.lastUse }) else { break }
            state.entries[oldest.key] = nil
            if let run = oldest.value.run { leaving.append(run) }
        }
        return leaving
    }
}
