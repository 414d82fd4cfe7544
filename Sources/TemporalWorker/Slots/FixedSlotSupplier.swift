import DequeModule
import Synchronization

/// Gives out a fixed number of slots, in the order in which they are asked for.
public final class FixedSlotSupplier: SlotSupplier {
    private struct State {
        var free: Int
        var waiters: Deque<(number: Int, continuation: CheckedContinuation<Bool, Never>)> = []
        var counter = 0
    }

    private let size: Int
    private let state: Mutex<State>

    /// Makes a supplier.
    ///
    /// - Parameter size: How many slots it has; at least 1.
    public init(size: Int) {
        self.size = max(1, size)
        self.state = Mutex(State(free: self.size))
    }

    public var maximumSlots: Int? { size }

    public var kindName: String { "Fixed" }

    /// The number of tasks that wait for a slot.
    var waiting: Int { state.withLock { $0.waiters.count } }

    public func reserve(_ request: SlotRequest) async throws -> SlotPermit {
        if let permit = tryReserve(request) { return permit }
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
        return SlotPermit()
    }

    public func tryReserve(_ request: SlotRequest) -> SlotPermit? {
        let isFree = state.withLock { state in
            guard state.free > 0, state.waiters.isEmpty else { return false }
            state.free -= 1
            return true
        }
        return isFree ? SlotPermit() : nil
    }

    public func markUsed(_ permit: SlotPermit, for use: SlotUse) {}

    public func release(_ permit: SlotPermit, after use: SlotUse?) {
        let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            if let waiter = state.waiters.popFirst() { return waiter.continuation }
            state.free += 1
            return nil
        }
        waiter?.resume(returning: true)
    }
}
