import GRPCCore
import NIOCore
import Synchronization

/// Runs the tasks of a line's calls on its event loop. What gRPC hands from one task to the next, and takes from the
/// channel, then needs no other thread to wake up.
final class LineExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isScheduled = false
    }

    /// How many jobs are run before the loop reads and writes again.
    private static let mostJobsAtOnce = 256

    /// After which time the loop comes back to jobs that were left: it reads and writes only when it has nothing else to do
    /// at the moment, so that `execute` would not let it.
    private static let pause = TimeAmount.microseconds(50)

    private let loop: any EventLoop
    private let state = Mutex(State())

    /// Runs tasks on an event loop.
    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let schedules = state.withLock { state in
            state.jobs.append(job)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if schedules { loop.execute { self.drain() } }
    }

    func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        UnownedTaskExecutor(ordinary: self)
    }

    private func drain() {
        let executor = asUnownedTaskExecutor()
        var ran = 0
        while ran < Self.mostJobsAtOnce {
            let jobs = state.withLock { state in
                let jobs = state.jobs
                state.jobs = []
                state.isScheduled = !jobs.isEmpty
                return jobs
            }
            if jobs.isEmpty { return }
            for job in jobs { job.runSynchronously(on: executor) }
            ran += jobs.count
        }
        loop.scheduleTask(in: Self.pause) { self.drain() }
    }

    // MARK: Calls

    /// Runs a call on the event loop, and cancels it when its time is over.
    ///
    /// - Parameters:
    ///   - limit: How long it may take.
    ///   - body: The call.
    /// - Throws: What the call throws; gRPC's `DEADLINE_EXCEEDED` if it was cancelled because its time is over.
    func run<Value: Sendable>(
        within limit: Duration,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let deadline = Deadline()
        let task = Task(executorPreference: self) { [loop] in
            let timer = loop.scheduleTask(in: TimeAmount(limit)) { deadline.expire() }
            defer { timer.cancel() }
            return try await body()
        }
        deadline.onExpiry { task.cancel() }
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch  where deadline.isOver {
            throw RPCError(code: .deadlineExceeded, message: "RPC timed out before completing", cause: error)
        }
    }

    /// What a server is told of the time that a call may take: at most eight digits and a unit, as gRPC's specification of
    /// the protocol over HTTP/2 has it.
    static func header(_ limit: Duration) -> String {
        let nanoseconds = TimeAmount(limit).nanoseconds
        let units: [(name: String, nanoseconds: Int64)] = [
            ("n", 1), ("u", 1_000), ("m", 1_000_000), ("S", 1_000_000_000),
        ]
        for unit in units where nanoseconds / unit.nanoseconds < 100_000_000 {
            return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
        }
        // In minutes, the longest time has eight digits.
        return "\(nanoseconds / 60_000_000_000)M"
    }
}

/// Whether the time of a call is over, and what to do then.
private final class Deadline: Sendable {
    private struct State {
        var isOver = false
        var action: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    var isOver: Bool { state.withLock { $0.isOver } }

    /// Says what to do when the time is over; does it at once if it is already.
    func onExpiry(_ action: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            state.action = action
            return state.isOver
        }
        if isOver { action() }
    }

    func expire() {
        let action = state.withLock { state in
            state.isOver = true
            return state.action
        }
        action?()
    }
}

extension TimeAmount {
    /// A duration; a hundred years if it is longer.
    fileprivate init(_ duration: Duration) {
        let limit = Duration.seconds(876_000 * 3_600)
        let (seconds, attoseconds) = min(max(duration, .zero), limit).components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
