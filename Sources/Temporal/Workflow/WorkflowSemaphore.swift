/// Lets so many tasks of a workflow go on at a time, and the others in the order in which they came.
///
/// With one permit it is a mutex: an actor alone lets other tasks in wherever the one inside waits.
///
/// ```swift
/// private lazy var payment = WorkflowSemaphore(context)
/// …
/// try await payment.withPermit {
///     balance = try await context.executeActivity(Bank.charge, amount, startToCloseTimeout: .seconds(10))
/// }
/// ```
///
/// It belongs to the workflow's actor and is used there only.
public final class WorkflowSemaphore {
    private let line: WorkflowLine
    private var free: Int

    /// Makes a semaphore.
    ///
    /// - Parameters:
    ///   - context: The context of the workflow.
    ///   - permits: How many tasks may go on at a time; at least 1. Default: 1.
    public init(_ context: WorkflowContext, permits: Int = 1) {
        self.line = WorkflowLine(context)
        self.free = max(permits, 1)
    }

    /// Does something with a permit, which is given back at the end.
    ///
    /// - Parameter body: What to do.
    /// - Returns: What the body returns.
    /// - Throws: `CancellationError` if the task is cancelled before it has a permit; what the body throws.
    public func withPermit<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await line.wait(until: { self.free > 0 }) { _ in free -= 1 }
        defer { free += 1 }
        return try await body()
    }
}
