import Synchronization

/// Counts the tasks that a worker works on, so that it can wait for the last of them.
final class TaskTracker: Sendable {
    /// One task's place among those that are counted.
    final class Place: Sendable {
        private let tracker: TaskTracker
        private let isLeft = Atomic<Bool>(false)

        fileprivate init(_ tracker: TaskTracker) {
            self.tracker = tracker
        }

        /// Counts the task no longer. A second call does nothing.
        func leave() {
            if !isLeft.exchange(true, ordering: .acquiringAndReleasing) { tracker.left() }
        }
    }

    private struct State {
        var count = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Whether no task is counted.
    var isIdle: Bool { state.withLock { $0.count == 0 } }

    /// Starts a task.
    ///
    /// - Parameters:
    ///   - executor: Where it runs; `nil` for Swift's own pool.
    ///   - body: What it does. It may leave its place before it ends, so that nobody waits for it.
    func start(on executor: (any TaskExecutor)?, _ body: @escaping @Sendable (Place) async -> Void) {
        let place = enter()
        Task(executorPreference: executor) {
            await body(place)
            place.leave()
        }
    }

    /// Counts something that is to be waited for, until it leaves its place.
    func enter() -> Place {
        state.withLock { $0.count += 1 }
        return Place(self)
    }

    private func left() {
        let waiters = state.withLock { state in
            state.count -= 1
            guard state.count == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until no task is left.
    func waitUntilIdle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.count > 0 { state.waiters.append(continuation) }
                return state.count == 0
            }
            if isIdle { continuation.resume() }
        }
    }
}
