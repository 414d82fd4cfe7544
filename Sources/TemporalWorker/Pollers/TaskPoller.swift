import Foundation
import Logging
import Synchronization
import Temporal
import TemporalClient

/// Keeps polls for tasks of one kind waiting at the service, each holding a slot for the task that it may bring.
final class TaskPoller: Sendable {
    /// What a poller needs of its worker.
    struct Environment: Sendable {
        /// What is polled for, in the words of the metric `num_pollers`, by queue.
        var names: [PollQueue: String]
        var slots: SlotPool
        var plan: PollPlan
        var limiter: RateLimiter?
        var timing: CallTiming
        var metrics: WorkerMetrics
        var logger: Logger
        /// Where polls run; `nil` for Swift's own pool.
        var executor: (any TaskExecutor)?
    }

    /// What the worker tells the service of its polls.
    struct Summary: Sendable {
        var current = 0
        var lastSuccess: Date?
        var isAutoscaling = false
    }

    private struct State {
        var plan: PollPlan
        var isStopped = false
        var failure: (any Error)?
        var hasAnswer = false
        /// What ends the waits under way for something else than an answer, by number.
        var waits: [Int: @Sendable () -> Void] = [:]
        var waitCount = 0
        var lastSuccess: [PollQueue: Date] = [:]
    }

    /// How long an error that looks final is tried again, before the service has answered any poll: a namespace that was
    /// just made is not known everywhere.
    static let grace: Duration = .seconds(60)

    /// How long a poll may wait while tasks come in quick succession, so that few polls linger after a burst.
    static let busyTimeout: Duration = .seconds(11)

    private let environment: Environment
    private let state: Mutex<State>
    private let recording = Mutex(())
    private let wakeup = Wakeup()
    private let failed = Wakeup()

    init(_ environment: Environment) {
        self.environment = environment
        self.state = Mutex(State(plan: environment.plan))
    }

    /// What there is to tell of the polls of a queue.
    func summary(_ queue: PollQueue) -> Summary {
        state.withLock { state in
            Summary(
                current: state.plan.active(queue),
                lastSuccess: state.lastSuccess[queue],
                isAutoscaling: state.plan.shared.isAutoscaling
            )
        }
    }

    /// Makes no further polls; ``run(_:)`` returns when those under way have been answered.
    func stop() {
        let waits = state.withLock { state in
            state.isStopped = true
            return Array(state.waits.values)
        }
        for end in waits { end() }
        wakeup.signal()
    }

    /// Polls until the task is cancelled or ``stop()`` is called.
    ///
    /// - Parameter poll: Polls a queue once within a time, `nil` for the usual. It hands a task and the slot on, or
    ///   releases the slot.
    /// - Throws: `RPCError` that no further poll can mend, what a supplier of slots throws, `CancellationError`.
    func run(
        _ poll: @escaping @Sendable (PollQueue, Duration?, Slot) async throws -> PollAnswer
    ) async throws {
        let start = environment.timing.now()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: environment.executor) { await self.dispatch(since: start, poll) }
            group.addTask { try await self.waitForFailure() }
            // The end of the polls, or the first that fails for good: either ends the other.
            try await group.next()
            group.cancelAll()
        }
        // A failure ends the polls too: that may have been noticed first.
        if let error = state.withLock({ $0.failure }) { throw error }
        try Task.checkCancellation()
    }

    /// Makes polls until the task is cancelled, ``stop()`` is called or a poll fails for good.
    private func dispatch(
        since start: Duration,
        _ poll: @escaping @Sendable (PollQueue, Duration?, Slot) async throws -> PollAnswer
    ) async {
        await withDiscardingTaskGroup { group in
            while let queue = await nextQueue() {
                let slot: Slot
                do {
                    guard let free = try await nextSlot(for: queue) else { return end(queue) }
                    slot = free
                } catch {
                    end(queue)
                    return fail(error)
                }
                group.addTask(executorPreference: environment.executor) { [self] in
                    do {
                        try await pollUntilAnswered(queue, slot, since: start, poll)
                    } catch {
                        fail(error)
                    }
                    end(queue)
                }
            }
        }
    }

    /// A slot for a poll, as soon as it may be made; `nil` after the end.
    private func nextSlot(for queue: PollQueue) async throws -> Slot? {
        if let limiter = environment.limiter, try await unlessStopped({ try await limiter.wait() }) == nil {
            return nil
        }
        let isSticky = queue == .sticky
        let slots = environment.slots
        let slot: Slot
        // What a fixed number of slots comes to, without a task that can be ended.
        if slots.supplier is FixedSlotSupplier, let free = slots.tryAcquire(isSticky: isSticky) {
            slot = free
        } else if let free = try await unlessStopped({ try await slots.acquire(isSticky: isSticky) }) {
            slot = free
        } else {
            return nil
        }
        guard state.withLock({ !$0.isStopped }) else {
            slot.release()
            return nil
        }
        return slot
    }

    /// Waits for something, no longer than until ``stop()``.
    ///
    /// - Returns: What came; `nil` if nothing did by then.
    private func unlessStopped<Value: Sendable>(
        _ wait: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        let task = Task(executorPreference: environment.executor) { try await wait() }
        let number = state.withLock { state -> Int? in
            guard !state.isStopped else { return nil }
            state.waitCount += 1
            state.waits[state.waitCount] = { task.cancel() }
            return state.waitCount
        }
        if number == nil { task.cancel() }
        defer { if let number { state.withLock { $0.waits[number] = nil } } }
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch is CancellationError where state.withLock({ $0.isStopped }) {
            return nil
        }
    }

    /// Ends the polls because of an error. A cancellation is none.
    private func fail(_ error: any Error) {
        guard !(error is CancellationError) else { return }
        state.withLock { state in
            state.isStopped = true
            state.failure = state.failure ?? error
        }
        failed.signal()
        wakeup.signal()
    }

    /// Waits until a poll fails for good, or the task is cancelled.
    private func waitForFailure() async throws {
        await failed.wait()
        if let error = state.withLock({ $0.failure }) { throw error }
    }

    /// The queue to poll next, as soon as there is one; `nil` after the end.
    private func nextQueue() async -> PollQueue? {
        while !Task.isCancelled {
            let (queue, isStopped) = state.withLock { state in
                guard !state.isStopped else { return (PollQueue?.none, true) }
                let queue = state.plan.next()
                if let queue { state.plan.began(queue) }
                return (queue, false)
            }
            if isStopped { return nil }
            if let queue {
                record(queue)
                return queue
            }
            await wakeup.wait()
        }
        return nil
    }

    private func end(_ queue: PollQueue) {
        state.withLock { $0.plan.ended(queue) }
        record(queue)
        wakeup.signal()
    }

    /// Sets the metric. One at a time, so that the last to set it has counted last.
    private func record(_ queue: PollQueue) {
        guard environment.metrics.isOn else { return }
        recording.withLock { _ in
            let count = state.withLock { $0.plan.active(queue) }
            environment.metrics.set("num_pollers", Double(count), ("poller_type", environment.names[queue] ?? ""))
        }
    }

    private func pollUntilAnswered(
        _ queue: PollQueue,
        _ slot: Slot,
        since start: Duration,
        _ poll: (PollQueue, Duration?, Slot) async throws -> PollAnswer
    ) async throws {
        var attempt = 1
        while true {
            do {
                let now = environment.timing.now()
                let isBusy = state.withLock { $0.plan.isBusy(queue, at: now) }
                let answer = try await poll(queue, isBusy ? Self.busyTimeout : nil, slot)
                answered(queue, answer)
                return
            } catch  where !Task.isCancelled && (error is RPCError || error is CancellationError) {
                // A cancellation that is none of this worker's comes from below, and is made good like an outage.
                let message = "A poll was cancelled from elsewhere."
                let error = error as? RPCError ?? RPCError(code: .unavailable, message: message, cause: error)
                state.withLock { $0.plan.failed(queue, error.code) }
                guard let wait = wait(after: error, attempt, since: start), !state.withLock({ $0.isStopped }) else {
                    slot.release()
                    if state.withLock({ $0.isStopped }) { return }
                    throw error
                }
                note(error, queue, attempt, wait)
                do {
                    let timing = environment.timing
                    guard try await unlessStopped({ try await timing.sleep(wait) }) != nil else {
                        slot.release()
                        return
                    }
                } catch {
                    slot.release()
                    throw error
                }
                attempt += 1
            } catch {
                slot.release()
                throw error
            }
        }
    }

    private func answered(_ queue: PollQueue, _ answer: PollAnswer) {
        let now = environment.timing.now()
        state.withLock { state in
            state.hasAnswer = true
            state.plan.answered(queue, answer, at: now)
            if !answer.isEmpty { state.lastSuccess[queue] = Date() }
        }
        // More polls may be wanted now, beside the one that ends.
        wakeup.signal()
    }

    /// How long to wait before the next attempt; `nil` if the error is final.
    private func wait(after error: RPCError, _ attempt: Int, since start: Duration) -> Duration? {
        if error.cause is ConnectionClosedError { return nil }
        let retry = CallRetry.taskPoll
        let elapsed = environment.timing.now() - start
        let random = environment.timing.random()
        if let wait = retry.wait(after: error, attempt: attempt, elapsed: elapsed, random: random) { return wait }
        return elapsed < Self.grace && !state.withLock { $0.hasAnswer } ? retry.maximum : nil
    }

    private func note(_ error: RPCError, _ queue: PollQueue, _ attempt: Int, _ wait: Duration) {
        environment.logger.log(
            level: attempt > 5 ? .warning : .debug,
            "A poll failed and is made again.",
            metadata: [
                "poller_type": "\(environment.names[queue] ?? "")", "attempt": "\(attempt)", "error": "\(error)",
                "retry_in": "\(wait)",
            ]
        )
    }
}
