extension TemporalClient {
    /// The histories of the workflow runs that a query finds, one after the other.
    ///
    /// A replayer takes them as they come, so that not more than one is in memory:
    ///
    /// ```swift
    /// let recent = client.workflowHistories("WorkflowType = 'Loyalty' AND StartTime > '2026-01-01T00:00:00Z'")
    /// for try await result in replayer.results(of: recent) where result.error != nil { report(result) }
    /// ```
    ///
    /// - Parameters:
    ///   - query: Which runs, as a [list filter](https://docs.temporal.io/list-filter); empty for all.
    ///   - pageSize: The number of runs that one call of the list asks for. Default: 100.
    /// - Returns: The histories up to now of the runs, the latest started first. Runs that have been deleted since they were
    ///   listed are passed over. The loop throws what ``listWorkflows(_:pageSize:)`` and
    ///   ``UntypedWorkflowHandle/history()`` throw.
    public func workflowHistories(
        _ query: String = "",
        pageSize: Int = 100
    ) -> AsyncThrowingCompactMapSequence<PagedResults<WorkflowExecution>, WorkflowHistory> {
        listWorkflows(query, pageSize: pageSize).compactMap { run in
            do {
                return try await workflowHandle(id: run.id, runID: run.runID).history()
            } catch is WorkflowNotFoundError {
                return nil
            }
        }
    }
}
