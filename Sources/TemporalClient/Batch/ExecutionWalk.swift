import Temporal

/// Works through workflow runs one by one, so many at a time and in a second.
struct ExecutionWalk: Sendable {
    /// How many are begun in a second.
    let maximumPerSecond: Double

    /// How many are under way at a time.
    let maximumConcurrent: Int

    /// Lists the runs, and works on each.
    ///
    /// - Parameters:
    ///   - clock: What the rate is measured by; `nil` for no limit.
    ///   - list: Lists the runs. The list is complete before anything is changed, as what a change makes would be in it.
    ///   - work: Works on one run. Any error ends the walk: it has to make an outcome of all but a cancellation.
    ///   - item: Makes what is reported of the run, its outcome, the number of runs that are done, and that of all.
    /// - Returns: What became of the runs, as they are done. Leaving the loop stops the walk.
    func items<C: Clock<Duration>, Outcome: Sendable, Item: Sendable>(
        clock: C?,
        list: @escaping @Sendable () async throws -> [WorkflowExecution],
        work: @escaping @Sendable (WorkflowExecution) async throws -> Outcome,
        item: @escaping @Sendable (WorkflowExecution, Outcome, Int, Int) -> Item
    ) -> AsyncThrowingStream<Item, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    let executions = try await list()
                    try await walk(executions, clock, work) { execution, outcome, done in
                        continuation.yield(item(execution, outcome, done, executions.count))
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private func walk<C: Clock<Duration>, Outcome: Sendable>(
        _ executions: [WorkflowExecution],
        _ clock: C?,
        _ work: @escaping @Sendable (WorkflowExecution) async throws -> Outcome,
        _ report: (WorkflowExecution, Outcome, Int) -> Void
    ) async throws {
        let pause = Duration.seconds(1) / max(maximumPerSecond, 0.001)
        try await withThrowingTaskGroup(of: (WorkflowExecution, Outcome).self) { group in
            var done = 0
            func reportNext() async throws {
                guard let (execution, outcome) = try await group.next() else { return }
                done += 1
                report(execution, outcome, done)
            }
            for (index, execution) in executions.enumerated() {
                if index >= max(maximumConcurrent, 1) { try await reportNext() }
                try Task.checkCancellation()
                if index > 0, let clock { try await clock.sleep(for: pause) }
                group.addTask { (execution, try await work(execution)) }
            }
            while done < executions.count { try await reportNext() }
        }
    }
}
