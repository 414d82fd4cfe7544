import Synchronization

/// Asks a worker to stop, at once and once.
final class StopSwitch: Sendable {
    private struct State {
        var isOver = false
        var action: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Says how the worker stops. It does at once if it was asked before.
    func arm(_ action: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            state.action = action
            return state.isOver
        }
        if isLate { action() }
    }

    /// Forgets how the worker stops, because it has.
    func disarm() {
        state.withLock { $0.action = nil }
    }

    /// Asks the worker to stop.
    func throwOver() {
        let action = state.withLock { state in
            defer { state.isOver = true }
            return state.isOver ? nil : state.action
        }
        action?()
    }
}
