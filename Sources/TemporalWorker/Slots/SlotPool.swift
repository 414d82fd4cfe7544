import Logging
import Synchronization
import Temporal
import TemporalClient

/// The slots of one kind of task in one worker: asks the supplier for them, and counts them.
final class SlotPool: Sendable {
    private struct State {
        var issued = 0
        var used = 0
        var processed = 0
    }

    /// What the slots are for.
    let kind: SlotKind

    /// Who gives the slots out.
    let supplier: any SlotSupplier

    private let taskQueue: String
    private let identity: String
    private let timing: CallTiming
    private let logger: Logger
    private let metrics: SlotMetrics?
    private let state = Mutex(State())
    private let recording = Mutex(())

    /// Makes a pool.
    ///
    /// - Parameters:
    ///   - kind: What the slots are for.
    ///   - supplier: Who gives the slots out.
    ///   - taskQueue: The task queue of the worker.
    ///   - identity: The identity of the worker.
    ///   - timing: The time by which a supplier is asked again.
    ///   - logger: Where that is logged.
    ///   - metrics: Where the numbers of slots go; `nil` for nowhere.
    init(
        _ kind: SlotKind,
        _ supplier: any SlotSupplier,
        taskQueue: String,
        identity: String,
        timing: CallTiming,
        logger: Logger,
        metrics: SlotMetrics? = nil
    ) {
        self.kind = kind
        self.supplier = supplier
        self.taskQueue = taskQueue
        self.identity = identity
        self.timing = timing
        self.logger = logger
        self.metrics = metrics
        metrics?.record(used: 0, available: supplier.maximumSlots)
    }

    /// The number of slots that are held, with or without a task.
    var issued: Int { state.withLock { $0.issued } }

    /// The number of slots in which a task is worked on.
    var used: Int { state.withLock { $0.used } }

    /// The number of tasks that have been worked on.
    var processed: Int { state.withLock { $0.processed } }

    /// Takes a slot, waiting for one if there is none.
    ///
    /// A cancellation that is not the caller's comes from what the supplier asks. It is made good, as that of a poll is.
    ///
    /// - Parameter isSticky: Whether it is for the runs that the worker has in memory.
    /// - Returns: The slot; it must be released.
    /// - Throws: `CancellationError` if the task is cancelled before; what a supplier of the user's own throws.
    func acquire(isSticky: Bool = false) async throws -> Slot {
        var attempt = 1
        while true {
            do {
                return issue(try await supplier.reserve(request(isSticky)), isSticky)
            } catch let error as CancellationError where !Task.isCancelled {
                let error = RPCError(
                    code: .cancelled,
                    message: "The supplier was cancelled from elsewhere.",
                    cause: error
                )
                let retry = CallRetry.taskPoll
                guard
                    let wait = retry.wait(after: error, attempt: attempt, elapsed: .zero, random: timing.random())
                else { throw error }
                logger.warning(
                    "The supplier of slots was cancelled though its worker was not, and is asked again.",
                    metadata: ["worker_type": "\(kind)", "attempt": "\(attempt)", "retry_in": "\(wait)"]
                )
                try await timing.sleep(wait)
                attempt += 1
            }
        }
    }

    /// Takes a slot if there is one.
    ///
    /// - Parameter isSticky: Whether it is for the runs that the worker has in memory.
    /// - Returns: The slot, which must be released, or `nil`.
    func tryAcquire(isSticky: Bool = false) -> Slot? {
        supplier.tryReserve(request(isSticky)).map { issue($0, isSticky) }
    }

    private func request(_ isSticky: Bool) -> SlotRequest {
        SlotRequest(kind: kind, taskQueue: taskQueue, identity: identity, isSticky: isSticky, issued: issued)
    }

    private func issue(_ permit: SlotPermit, _ isSticky: Bool) -> Slot {
        state.withLock { $0.issued += 1 }
        return Slot(self, permit, isSticky: isSticky)
    }

    fileprivate func markUsed(_ permit: SlotPermit, _ use: SlotUse) {
        supplier.markUsed(permit, for: use)
        record { $0.used += 1 }
    }

    fileprivate func release(_ permit: SlotPermit, _ use: SlotUse?) {
        record { state in
            state.issued -= 1
            guard use != nil else { return }
            state.used -= 1
            state.processed += 1
        }
        supplier.release(permit, after: use)
    }

    private func record(_ change: (inout sending State) -> Void) {
        state.withLock { change(&$0) }
        guard let metrics else { return }
        // One at a time, so that the last to set the metric has counted last.
        recording.withLock { _ in
            let used = self.used
            metrics.record(used: used, available: supplier.maximumSlots.map { max(0, $0 - used) })
        }
    }
}

/// One slot of a pool.
final class Slot: Sendable {
    private enum State {
        case free
        case used(SlotUse)
        case released
    }

    private let pool: SlotPool
    private let permit: SlotPermit
    private let isSticky: Bool
    private let state = Mutex(State.free)

    fileprivate init(_ pool: SlotPool, _ permit: SlotPermit, isSticky: Bool) {
        self.pool = pool
        self.permit = permit
        self.isSticky = isSticky
    }

    /// Notes that a task has come.
    ///
    /// - Parameter typeName: The type of the workflow, or the name of the activity or operation.
    func markUsed(by typeName: String) {
        let use = SlotUse(kind: pool.kind, typeName: typeName, isSticky: isSticky)
        let isNew = state.withLock { state in
            guard case .free = state else { return false }
            state = .used(use)
            return true
        }
        if isNew { pool.markUsed(permit, use) }
    }

    /// Gives the slot back. A second call does nothing.
    func release() {
        let previous = state.withLock { state in
            defer { state = .released }
            return state
        }
        switch previous {
        case .free: pool.release(permit, nil)
        case .used(let use): pool.release(permit, use)
        case .released: break
        }
    }
}
