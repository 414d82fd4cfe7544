import Synchronization

/// Wakes one task that waits; a signal that comes while nobody waits is kept.
final class Wakeup: Sendable {
    private struct State {
        var isSignalled = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Waits for a signal, or for the cancellation of the task.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    guard state.isSignalled || Task.isCancelled else {
                        state.waiter = continuation
                        return false
                    }
                    state.isSignalled = false
                    return true
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            signal()
        }
    }

    /// Wakes the task that waits, or the next one that comes.
    func signal() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let waiter = state.waiter.take() else {
                state.isSignalled = true
                return nil
            }
            return waiter
        }
        waiter?.resume()
    }
}
