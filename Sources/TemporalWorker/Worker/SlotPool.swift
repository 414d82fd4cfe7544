import DequeModule
import Synchronization

/// A number of slots: each task that is worked on holds one.
final class SlotPool: Sendable {
    private struct State {
        var free: Int
        var waiters: Deque<(number: Int, continuation: CheckedContinuation<Bool, Never>)> = []
        var counter = 0
    }

    private let size: Int
    private let state: Mutex<State>

    /// Makes a pool.
    ///
    /// - Parameter size: How many slots it has.
    init(size: Int) {
        self.size = size
        self.state = Mutex(State(free: size))
    }

    /// The number of tasks that wait for a slot.
    var waiting: Int { state.withLock { $0.waiters.count } }

    /// The number of slots that are held.
    var used: Int { state.withLock { size - $0.free } }

    /// Takes a slot, waiting for one if there is none.
    ///
    /// - Throws: `CancellationError` if the task is cancelled before.
    func acquire() async throws {
        if tryAcquire() { return }
        let number = state.withLock {
            $0.counter += 1
            return $0.counter
        }
        let acquired = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    if state.free > 0 {
                        state.free -= 1
                        return true
                    }
                    state.waiters.append((number, continuation))
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.number == number }.map { state.waiters.remove(at: $0).continuation }
            }
            waiter?.resume(returning: false)
        }
        guard acquired else { throw CancellationError() }
    }

    /// Takes a slot if there is one.
    func tryAcquire() -> Bool {
        state.withLock { state in
            guard state.free > 0, state.waiters.isEmpty else { return false }
            state.free -= 1
            return true
        }
    }

    /// Gives a slot back.
    func release() {
        let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            if let waiter = state.waiters.popFirst() { return waiter.continuation }
            state.free += 1
            return nil
        }
        waiter?.resume(returning: true)
    }
}
