import DequeModule
import Foundation

/// The threads on which workflow code runs.
///
/// They are apart from Swift's own pool, so that workflow code that never returns cannot stop the rest of the process.
/// A thread that such code holds is replaced.
///
/// Unchecked, because `condition` guards all state.
final class WorkflowThreads: WorkflowThreading, @unchecked Sendable {
    /// The threads that all workers of the process share: as many as there are cores, at least two.
    static let shared = WorkflowThreads(count: max(2, ProcessInfo.processInfo.activeProcessorCount))

    private let condition = NSCondition()
    private var jobs: Deque<UnownedJob> = []
    private var surplus = 0

    init(count: Int) {
        for _ in 0..<count { startThread() }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.withLock { jobs.append(job) }
        condition.signal()
    }

    func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        UnownedTaskExecutor(ordinary: self)
    }

    func replaceStuckThread() {
        startThread()
    }

    func stuckThreadReturned() {
        condition.withLock { surplus += 1 }
        condition.signal()
    }

    private func startThread() {
        let thread = Thread { [self] in
            while let job = take() {
                job.runSynchronously(on: asUnownedTaskExecutor())
            }
        }
        thread.name = "temporal-workflow"
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// The next job; `nil` if the thread is to end.
    private func take() -> UnownedJob? {
        condition.withLock {
            while jobs.isEmpty {
                if surplus > 0 {
                    surplus -= 1
                    return nil
                }
                condition.wait()
            }
            return jobs.popFirst()
        }
    }
}
