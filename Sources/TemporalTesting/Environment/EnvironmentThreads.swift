import Dispatch
import Synchronization
import TemporalWorker

/// Where everything of one environment runs: the test, the client, the worker, workflow code and mocks, one after the
/// other. A call from one to the other needs no other thread to wake up, and the order is the same in each run.
///
/// It has no thread of its own: while there is something to do, it holds one of Dispatch's.
final class EnvironmentThreads: WorkflowThreading {
    private struct State {
        var jobs: [UnownedJob] = []
        var head = 0
        /// How many threads may work at a time: one more for each that workflow code holds.
        var width = 1
        var working = 0
        /// What to do whenever there is nothing left to do.
        var onIdle: (@Sendable () -> Void)?

        /// Whether one more thread may work, which then counts as working.
        mutating func startsThread() -> Bool {
            guard working < width else { return false }
            working += 1
            return true
        }

        mutating func next() -> UnownedJob? {
            guard head < jobs.count, working <= width else { return nil }
            defer {
                head += 1
                if head == jobs.count {
                    jobs.removeAll(keepingCapacity: true)
                    head = 0
                }
            }
            return jobs[head]
        }
    }

    private let state = Mutex(State())

    /// Whether nothing runs here, and nothing waits to.
    var isIdle: Bool { state.withLock { $0.working == 0 && $0.head == $0.jobs.count } }

    /// Says what to do whenever there is nothing left to do.
    func setOnIdle(_ onIdle: @escaping @Sendable () -> Void) {
        state.withLock { $0.onIdle = onIdle }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let starts = state.withLock { state in
            state.jobs.append(job)
            return state.startsThread()
        }
        if starts { startThread() }
    }

    func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        UnownedTaskExecutor(ordinary: self)
    }

    func replaceStuckThread() {
        let starts = state.withLock { state in
            state.width += 1
            return state.head < state.jobs.count && state.startsThread()
        }
        if starts { startThread() }
    }

    func stuckThreadReturned() {
        state.withLock { $0.width -= 1 }
    }

    private func startThread() {
        DispatchQueue.global().async { [self] in
            while let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    private func next() -> UnownedJob? {
        let (job, onIdle) = state.withLock { state -> (UnownedJob?, (@Sendable () -> Void)?) in
            if let job = state.next() { return (job, nil) }
            state.working -= 1
            return (nil, state.working == 0 && state.head == state.jobs.count ? state.onIdle : nil)
        }
        onIdle?()
        return job
    }
}
