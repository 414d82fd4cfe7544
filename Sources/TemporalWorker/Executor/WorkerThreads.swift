/// Threads on which workflow code runs, and which can be replaced where such code holds them.
package protocol WorkflowThreading: TaskExecutor {
    /// Adds a thread in place of one that workflow code holds.
    func replaceStuckThread()

    /// Notes that a thread which was replaced has come back, so that one of them ends.
    func stuckThreadReturned()
}

/// Where a worker's tasks run.
package struct WorkerThreads: Sendable {
    /// Where workflow tasks are polled for and worked on.
    package var workflows: any WorkflowThreading

    /// Where all else of the worker runs but the code of activities; `nil` for Swift's own pool.
    package var others: (any TaskExecutor)?

    /// Where the code of an activity runs, by its name; `nil` for Swift's own pool.
    package var activity: @Sendable (String) -> (any TaskExecutor)?

    /// Says where the tasks run.
    package init(
        workflows: any WorkflowThreading,
        others: (any TaskExecutor)? = nil,
        activity: @escaping @Sendable (String) -> (any TaskExecutor)? = { _ in nil }
    ) {
        self.workflows = workflows
        self.others = others
        self.activity = activity
    }

    /// The threads of the process.
    static var shared: WorkerThreads { WorkerThreads(workflows: WorkflowThreads.shared) }
}
