import Synchronization
import Temporal

/// The end of a run in memory.
extension WorkflowRun {
    /// Ends all code of the run, so that nothing of it stays in memory. The run cannot be used afterwards.
    package func evict() {
        guard !isEvicting.exchange(true, ordering: .acquiringAndReleasing) else { return }
        silence.isOn = true
        board?.abandonAll()
        // As on replay, nothing that the code does from now on counts.
        isReplaying = true
        conditions = []
        conditionTimers = [:]
        executor.close { [weak self] in self?.resumeEvicted() ?? false }
        mainTask = nil
        runningHandlers = []
        instance = nil
        handlers = HandlerTable()
    }

    /// Resumes all that waits with an error. Returns whether there was anything to do.
    private func resumeEvicted() -> Bool {
        var resumed = false
        // Operations are numbered in the order in which they began.
        for operation in waits.keys.sorted() {
            guard case .continuation(let continuation) = waits.removeValue(forKey: operation) else { continue }
            continuation.resume(throwing: WorkflowEvicted())
            resumed = true
        }
        if resumed { return true }
        guard runningTasks > 0, mainTask != nil else { return false }
        // What still hangs waits on something of its own: Swift's cancellation is all that can reach it.
        mainTask?.cancel()
        for handler in runningHandlers { handler.task?.cancel() }
        mainTask = nil
        runningHandlers = []
        return true
    }
}
