import Synchronization

/// Counts the tasks that a worker works on, so that it can wait for the last of them.
final class TaskTracker: Sendable {
    private struct State {
        var count = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Starts a task.
    ///
    /// - Parameters:
    ///   - executor: Where it runs; `nil` for Swift's own pool.
    ///   - body: What it does.
    /// - Returns: The task.
    @discardableResult
    func start(on executor: (any TaskExecutor)?, _ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        state.withLock { $0.count += 1 }
        return Task(executorPreference: executor) { [self] in
            await body()
            let waiters = state.withLock { state in
                state.count -= 1
                guard state.count == 0 else { return [CheckedContinuation<Void, Never>]() }
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
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
