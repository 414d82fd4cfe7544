#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

import Dispatch
import Synchronization

/// Runs the jobs of one workflow run, on the thread that pumps it and in an order that every replay repeats.
///
/// It is the executor of the workflow's actor and the preferred executor of its tasks, so whatever the workflow starts
/// (`async let`, task groups, handlers) ends up in this one queue. Two rules make the order a fact of the code alone:
///
/// - After a job of a task, the next job of that same task runs before any other. An optimised build leaves out hops
///   between executors that a debug build makes; with this rule a hop that is made changes nothing.
/// - A job that arrives from any thread but the pumping one was caused by something outside of the workflow. It is not
///   run as workflow code: the pump stops and says so.
///
/// This file depends on the standard library alone, so that its order can be checked in builds of its own.
///
/// Unchecked, because the queues belong to the pumping thread: everything that others reach is atomic or in `shared`.
package final class WorkflowExecutor: SerialExecutor, TaskExecutor, @unchecked Sendable {
    /// How a pump ended.
    package enum PumpResult: Sendable, Equatable {
        /// Every job has run, and nothing can go on without a new event.
        case idle
        /// A job came from another thread; it waits for ``close(resuming:)``.
        case foreignJob
    }

    private enum Phase {
        case open
        case closing
        case closed
    }

    private struct Shared {
        var phase = Phase.open
        var foreign: [UnownedJob] = []
        var isReaping = false
        var resume: (@Sendable () -> Bool)?
    }

    /// A job, and the number of its task, which is looked up once.
    private struct Queued {
        let job: UnownedJob
        let task: UInt64?
    }

    private let shared = Mutex(Shared())
    private let pumpThread = Atomic<UInt>(0)
    private let hasForeignJob = Atomic<Bool>(false)

    // The pumping thread's own.
    private var ready: [Queued] = []
    private var head = 0
    private var immediate: [Queued] = []
    private var currentTask: UInt64?

    /// The number of jobs run so far, for tests and benchmarks.
    package private(set) var jobCount = 0

    package init() {}

    /// Whether the calling thread is the one that now pumps this executor.
    package var isPumping: Bool { pumpThread.load(ordering: .acquiring) == threadID() }

    /// Whether a job came from another thread.
    package var wasDisturbed: Bool { hasForeignJob.load(ordering: .acquiring) }

    // MARK: Executor

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isPumping {
            let queued = Queued(job: job, task: taskID(job))
            // A task has one job at a time: one that appears while the task's last job runs is its next.
            if let currentTask, queued.task == currentTask {
                immediate.append(queued)
            } else {
                ready.append(queued)
            }
        } else {
            receive(job)
        }
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    package func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        UnownedTaskExecutor(ordinary: self)
    }

    package func checkIsolated() {
        precondition(isPumping, "Workflow code ran outside of its executor.")
    }

    // MARK: Pumping

    /// Does something that makes jobs, then runs jobs until none is left.
    ///
    /// - Parameter body: Starts tasks or resumes continuations.
    /// - Returns: Why the pump stopped.
    package func pump(_ body: () -> Void) -> PumpResult {
        pumpThread.store(threadID(), ordering: .releasing)
        defer { pumpThread.store(0, ordering: .releasing) }
        body()
        while !wasDisturbed, let job = next() {
            run(job)
        }
        return wasDisturbed ? .foreignJob : .idle
    }

    private func next() -> Queued? {
        if let job = immediate.popLast() { return job }
        guard head < ready.count else {
            ready.removeAll(keepingCapacity: true)
            head = 0
            return nil
        }
        defer { head += 1 }
        return ready[head]
    }

    private func run(_ queued: Queued) {
        jobCount += 1
        currentTask = queued.task
        queued.job.runSynchronously(
            isolatedTo: asUnownedSerialExecutor(),
            taskExecutor: asUnownedTaskExecutor()
        )
        currentTask = nil
    }

    // MARK: The end

    /// Runs everything to its end, so that no task or continuation is left behind.
    ///
    /// Jobs that come later, from whatever the workflow waited on outside of itself, are run when they come.
    ///
    /// - Parameter resume: Resumes what waits, and says whether there was anything. It is called again after each
    ///   round, because code that was resumed may wait again.
    package func close(resuming resume: @escaping @Sendable () -> Bool) {
        shared.withLock {
            $0.phase = .closing
            $0.resume = resume
        }
        drainClosing(resume)
    }

    private func drainClosing(_ resume: () -> Bool) {
        pumpThread.store(threadID(), ordering: .releasing)
        var goesOn = true
        while goesOn {
            repeat {
                while let job = next() { run(job) }
            } while resume()
            goesOn = shared.withLock {
                ready += $0.foreign.map { Queued(job: $0, task: taskID($0)) }
                $0.foreign = []
                guard ready.isEmpty else { return true }
                // Both under the lock: whoever sees the run closed must not find this thread pumping.
                $0.phase = .closed
                pumpThread.store(0, ordering: .releasing)
                return false
            }
        }
    }

    /// Takes a job that another thread made.
    private func receive(_ job: UnownedJob) {
        let reaps = shared.withLock { shared in
            shared.foreign.append(job)
            guard shared.phase == .closed, !shared.isReaping else { return false }
            shared.isReaping = true
            return true
        }
        hasForeignJob.store(true, ordering: .releasing)
        guard reaps else { return }
        // The run is gone and nobody pumps: finish what has come back, off the thread that brought it.
        DispatchQueue.global().async { [self] in
            let resume = shared.withLock {
                $0.phase = .closing
                $0.isReaping = false
                ready += $0.foreign.map { Queued(job: $0, task: taskID($0)) }
                $0.foreign = []
                return $0.resume
            }
            drainClosing(resume ?? { false })
        }
    }

    private func threadID() -> UInt {
        #if canImport(Darwin)
            UInt(bitPattern: pthread_self())
        #else
            UInt(pthread_self())
        #endif
    }

    /// The number of the task that a job belongs to, which its description ends with; `nil` for a job without a task.
    private func taskID(_ job: UnownedJob) -> UInt64? {
        var number: UInt64?
        for byte in job.description.utf8 where byte >= 0x30 && byte <= 0x39 {
            number = (number ?? 0) &* 10 &+ UInt64(byte - 0x30)
        }
        return number
    }
}
