import TemporalAPI

/// The server's rules of what a task queue can be called, with its words.
enum TaskQueueRules {
    private static let nameLength = 1000
    private static let reservedPrefix = "/_sys/"

    /// What is wrong with a task queue; `nil` if nothing is.
    ///
    /// - Parameter queue: The task queue; `nil` if none is given at all.
    static func problem(with queue: APITaskQueue?) -> String? {
        guard let queue else { return "taskQueue is not set" }
        guard !queue.name.isEmpty else { return "missing task queue name" }
        let isTooLong =
            queue.name.utf8.count > nameLength || queue.kind == .sticky && queue.normalName.utf8.count > nameLength
        if isTooLong { return "taskQueue length exceeds limit" }
        guard queue.name.hasPrefix(reservedPrefix) else { return nil }
        return "task queue name cannot start with reserved prefix \(reservedPrefix)"
    }

    /// Checks the task queue of a request.
    ///
    /// - Parameter queue: The task queue; `nil` if none is given at all.
    /// - Throws: `INVALID_ARGUMENT`.
    static func check(_ queue: APITaskQueue?) throws {
        if let problem = problem(with: queue) { throw ServiceError.invalid(problem) }
    }
}
