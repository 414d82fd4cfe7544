/// What may take a certain time only.
extension WorkflowContext {
    /// Does something, and cancels it when it takes too long.
    ///
    /// ```swift
    /// let quote = try await context.withTimeout(.seconds(60)) {
    ///     try await self.context.executeActivity(Shop.quote, item, startToCloseTimeout: .seconds(300))
    /// }
    /// ```
    ///
    /// When the time is over, the body is cancelled as a task is, and waited for: it may clean up. What it returns
    /// nevertheless counts.
    ///
    /// - Parameters:
    ///   - timeout: How long it may take. Zero or less cancels it where it waits first.
    ///   - summary: A line for the Web UI and the command line, on the timer.
    ///   - body: What to do. It runs in a task of its own, on the workflow's actor.
    /// - Returns: What the body returns.
    /// - Throws: ``TimeoutError`` of the kind `startToClose` if the time was over and the body ended by that;
    ///   `CancellationError` if the surrounding task is cancelled; what the body throws.
    public func withTimeout<Value: Sendable>(
        _ timeout: Duration,
        summary: String? = nil,
        @_inheritActorContext _ body: @escaping @isolated(any) @Sendable () async throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        let work = Task(executorPreference: runtime.taskExecutor) { try await body() }
        // Its result says that the time was over.
        let timer = Task(executorPreference: runtime.taskExecutor) {
            try await self.sleep(timeout, summary: summary)
            work.cancel()
        }
        return try await onExecutor {
            try await withTaskCancellationHandler {
                do {
                    defer { timer.cancel() }
                    return try await work.value
                } catch  where isCancellation(error) {
                    guard case .success = await timer.result, !Task.isCancelled else { throw error }
                    throw TimeoutError("It took longer than \(timeout).", kind: .startToClose, cause: error)
                }
            } onCancel: {
                work.cancel()
                timer.cancel()
            }
        }
    }
}
