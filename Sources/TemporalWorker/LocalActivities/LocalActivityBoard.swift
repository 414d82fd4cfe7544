import DequeModule
import Foundation
import Synchronization
import Temporal

/// Where the workflow task of one run and its local activities meet: outcomes wait here to be taken, one by one.
///
/// It also counts who is at work, as on a clock that skips waiting time must not pass meanwhile. Whoever starts a task counts
/// it in, and the task counts itself out at its end, or passes its place on to the one that it wakes.
final class LocalActivityBoard: Sendable {
    /// What a workflow task waits for.
    enum Event: Sendable {
        /// A local activity has ended.
        case ended(WorkflowMachine.LocalActivityOutcome)
        /// The workflow task must be answered before it times out.
        case heartbeatIsDue
        /// The worker stops: the local activities are left to another.
        case workerStops
    }

    private struct State {
        var events: Deque<Event> = []
        var waiter: CheckedContinuation<Event, Never>?
        var executions: [Int: LocalActivityExecution] = [:]
        /// Those that were under way when a workflow task was last answered.
        var old: Set<Int> = []
        var attemptsOfOld = 0
        /// How many are at work, the workflow task first of all.
        var workers = 1
        var heartbeat: Task<Void, Never>?
    }

    private static let lastStamp = Atomic<UInt64>(0)

    /// The time by which the local activities are timed.
    let time: LocalActivityTime

    private let runID: String
    private let state = Mutex(State())

    init(runID: String, time: LocalActivityTime) {
        self.runID = runID
        self.time = time
    }

    // MARK: The workflow task

    /// Keeps an execution to be told of cancellations.
    func add(_ execution: LocalActivityExecution, sequence: Int) {
        state.withLock { $0.executions[sequence] = execution }
    }

    /// Tells an execution that its workflow wants it to end.
    func cancel(_ sequence: Int) {
        state.withLock { $0.executions[sequence] }?.cancel(.requested)
    }

    /// Ends all executions, as nobody waits for them any more.
    func abandonAll() {
        let (executions, heartbeat) = state.withLock { state in
            defer {
                state.executions = [:]
                state.heartbeat = nil
            }
            return (state.executions.sorted { $0.key < $1.key }.map(\.value), state.heartbeat)
        }
        heartbeat?.cancel()
        for execution in executions { execution.cancel(.notFound) }
    }

    /// Begins a workflow task.
    ///
    /// - Parameter remaining: How long it may wait before it must be answered.
    func beginTask(remaining: Duration) {
        enter()
        let task = Task(executorPreference: time.executor) { [self] in
            do {
                try await sleep(max(remaining, .zero))
                post(.heartbeatIsDue)
            } catch {
                // The task was answered before.
                leave()
            }
        }
        state.withLock { $0.heartbeat = task }
    }

    /// Ends a workflow task.
    ///
    /// - Parameter open: The numbers of the local activities that go on.
    /// - Returns: How many attempts have begun in it of those that were under way before.
    func endTask(open: [Int]) -> Int {
        let (heartbeat, attempts) = state.withLock { state in
            defer {
                state.heartbeat = nil
                state.attemptsOfOld = 0
                state.old = Set(open)
                // A call that nobody has heard belongs to the task that ends.
                state.events.removeAll { if case .heartbeatIsDue = $0 { true } else { false } }
            }
            return (state.heartbeat, state.attemptsOfOld)
        }
        heartbeat?.cancel()
        return attempts
    }

    /// Waits for the next event. The workflow task is not at work meanwhile.
    func next() async -> Event {
        await withCheckedContinuation { continuation in
            let (event, idleness) = state.withLock { state -> (Event?, LocalActivityTime.Idleness?) in
                if let event = state.events.popFirst() { return (event, nil) }
                state.waiter = continuation
                return (nil, count(-1, &state))
            }
            if let event { continuation.resume(returning: event) }
            if let idleness { time.setIdle(idleness) }
        }
    }

    // MARK: Who is at work

    /// One more is at work.
    func enter() {
        if let idleness = state.withLock({ count(1, &$0) }) { time.setIdle(idleness) }
    }

    /// One less is at work.
    func leave() {
        if let idleness = state.withLock({ count(-1, &$0) }) { time.setIdle(idleness) }
    }

    /// Waits on the clock. The caller is not at work meanwhile.
    ///
    /// - Throws: `CancellationError` if the caller is cancelled before.
    func sleep(_ duration: Duration) async throws {
        try await time.sleep(duration, .init(onBegin: { self.leave() }, onEnd: { self.enter() }))
    }

    private func count(_ change: Int, _ state: inout State) -> LocalActivityTime.Idleness? {
        let wasIdle = state.workers == 0
        state.workers += change
        let isIdle = state.workers == 0
        guard isIdle != wasIdle else { return nil }
        let stamp = Self.lastStamp.add(1, ordering: .relaxed).newValue
        return .init(runID: runID, isIdle: isIdle, stamp: stamp)
    }

    // MARK: The local activities

    /// Counts an attempt that begins.
    func attemptBegins(_ sequence: Int) {
        state.withLock { if $0.old.contains(sequence) { $0.attemptsOfOld += 1 } }
    }

    /// Puts an event up. Whoever does so is at work, and then no longer.
    ///
    /// - Parameter sequence: The local activity that has ended; `nil` if none has.
    func post(_ event: Event, from sequence: Int? = nil) {
        let waiter = state.withLock { state -> CheckedContinuation<Event, Never>? in
            if let sequence { state.executions[sequence] = nil }
            guard let waiter = state.waiter else {
                state.events.append(event)
                return nil
            }
            // The workflow task takes the place at work.
            state.waiter = nil
            return waiter
        }
        if let waiter {
            waiter.resume(returning: event)
        } else {
            leave()
        }
    }
}
