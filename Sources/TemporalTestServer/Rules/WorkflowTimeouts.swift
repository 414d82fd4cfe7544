import Temporal

/// The server's rules of how long a run and its workflow tasks may take, where a start leaves that open.
enum WorkflowTimeouts {
    private static let standardTask = Span.seconds(10)
    private static let longestTask = Span.seconds(120)

    /// How long a run may take; zero for any time.
    ///
    /// - Parameters:
    ///   - asked: What was asked for; zero if nothing was.
    ///   - execution: How long the whole chain of runs may take; zero for any time.
    static func run(_ asked: Span, within execution: Span) -> Span {
        guard execution > .zero else { return asked }
        return asked == .zero ? execution : min(asked, execution)
    }

    /// How long a worker may take for a workflow task.
    ///
    /// - Parameters:
    ///   - asked: What was asked for; zero if nothing was.
    ///   - run: How long the run may take; zero for any time.
    static func task(_ asked: Span, within run: Span) -> Span {
        let task = min(asked == .zero ? standardTask : asked, longestTask)
        return run > .zero ? min(task, run) : task
    }
}
