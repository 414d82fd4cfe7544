/// A line in which tasks of a workflow wait for what there is not enough of: each goes on when it is first and may.
final class WorkflowLine {
    private let context: WorkflowContext
    private var lastTicket = 0
    private var waiting: [Int] = []

    init(_ context: WorkflowContext) {
        self.context = context
    }

    /// Whether nobody waits: then one that may go on need not.
    var isEmpty: Bool { waiting.isEmpty }

    /// Waits for its turn, and takes what it waits for before anybody else runs.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait at most; `nil`, the default, for as long as it takes.
    ///   - summary: A line for the Web UI and the command line, on the timer of the timeout.
    ///   - mayGo: Whether the first one in the line may go on.
    ///   - take: Takes what was waited for, or is told that the time is over.
    /// - Returns: What was taken.
    /// - Throws: `CancellationError` if the task is cancelled before its turn has come.
    func wait<Value>(
        timeout: Duration? = nil,
        summary: String? = nil,
        until mayGo: @escaping () -> Bool,
        then take: (_ hasTurn: Bool) throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        if waiting.isEmpty, mayGo() { return try take(true) }
        lastTicket += 1
        let ticket = lastTicket
        waiting.append(ticket)
        // Only after the taking, so that nobody who comes while this one is woken passes it.
        defer { waiting.removeAll { $0 == ticket } }
        return try take(
            await context.waitCondition(timeout: timeout, summary: summary) {
                self.waiting.first == ticket && mayGo()
            }
        )
    }
}
