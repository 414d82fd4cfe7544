import SwiftProtobuf
import Temporal
import TemporalAPI

/// The server's rules of what a command that starts a run may ask for, with its words.
enum CommandRules {
    private static let textLength = 1000

    /// Checks the length of the id or name that a command has.
    ///
    /// - Throws: ``CommandFailure`` if it is too long.
    static func checkLength(
        of text: String,
        _ field: String,
        _ command: String,
        _ cause: APIWorkflowTaskFailedCause
    ) throws(CommandFailure) {
        guard text.utf8.count > textLength else { return }
        throw CommandFailure(
            cause: cause,
            message: "\(field) on \(command) exceeds length limit. \(field)=\(text) Length=\(text.utf8.count) "
                + "Limit=\(textLength)"
        )
    }

    /// Checks the workflow that a command aims at.
    ///
    /// - Parameters:
    ///   - execution: The workflow, and the run if one is named.
    ///   - namespace: The namespace as the command has it.
    ///   - command: The name of the command.
    ///   - signal: The name of the signal, if it is one.
    ///   - cause: What the workflow task fails with.
    /// - Throws: ``CommandFailure`` for the first thing that is wrong.
    static func check(
        _ execution: APIWorkflowExecution,
        in namespace: String,
        _ command: String,
        signal: String?,
        _ cause: APIWorkflowTaskFailedCause
    ) throws(CommandFailure) {
        let (id, runID) = (execution.workflowID, execution.runID)
        let rest = signal.map { " SignalName=\($0)" } ?? ""
        func fail(_ message: String) -> CommandFailure {
            CommandFailure(cause: cause, message: message + rest)
        }
        guard !id.isEmpty else {
            throw fail("WorkflowId is not set on \(command). Namespace=\(namespace) RunId=\(runID)")
        }
        let place = signal == nil ? "RunId=\(runID) Namespace=\(namespace)" : "Namespace=\(namespace) RunId=\(runID)"
        guard id.utf8.count <= textLength else {
            throw fail(
                "WorkflowId on \(command) exceeds length limit. WorkflowId=\(id) Length=\(id.utf8.count) "
                    + "Limit=\(textLength) \(place)"
            )
        }
        guard runID.isEmpty || runID.isUUID else {
            throw fail("Invalid RunId set on \(command). WorkflowId=\(id) \(place)")
        }
    }

    /// Checks the command that starts a child.
    ///
    /// - Parameters:
    ///   - command: The command.
    ///   - namespace: Where the child is to run.
    ///   - now: When the command has come.
    /// - Throws: ``CommandFailure`` for the first thing that is wrong.
    static func check(
        _ command: APIStartChildWorkflowExecutionCommandAttributes,
        in namespace: String,
        at now: Moment
    ) throws(CommandFailure) {
        let (id, type) = (command.workflowID, command.workflowType.name)
        let place = "WorkflowId=\(id) WorkflowType=\(type) Namespace=\(namespace)"
        func fail(_ message: String) -> CommandFailure {
            CommandFailure(cause: .badStartChildExecutionAttributes, message: message)
        }
        guard !id.isEmpty else {
            throw fail(
                "Required field WorkflowId is not set on StartChildWorkflowExecutionCommand. "
                    + "WorkflowType=\(type) Namespace=\(namespace)"
            )
        }
        guard !type.isEmpty else {
            throw fail(
                "Required field WorkflowType is not set on StartChildWorkflowExecutionCommand. "
                    + "WorkflowId=\(id) Namespace=\(namespace)"
            )
        }
        guard id.utf8.count <= textLength else {
            throw fail(
                "WorkflowId on StartChildWorkflowExecutionCommand exceeds length limit. WorkflowId=\(id) "
                    + "Length=\(id.utf8.count) Limit=\(textLength) WorkflowType=\(type) Namespace=\(namespace)"
            )
        }
        guard type.utf8.count <= textLength else {
            throw fail(
                "WorkflowType on StartChildWorkflowExecutionCommand exceeds length limit. WorkflowId=\(id) "
                    + "WorkflowType=\(type) Length=\(type.utf8.count) Limit=\(textLength) Namespace=\(namespace)"
            )
        }
        for (name, limit) in [
            ("WorkflowExecutionTimeout", command.workflowExecutionTimeout),
            ("WorkflowRunTimeout", command.workflowRunTimeout),
            ("WorkflowTaskTimeout", command.workflowTaskTimeout),
        ] {
            guard let problem = limit.problem else { continue }
            throw fail("Invalid \(name) on StartChildWorkflowExecutionCommand: \(problem). \(place)")
        }
        if command.hasRetryPolicy,
            let problem = RetryRules.problem(with: RetryRules.withDefaults(command.retryPolicy))
        {
            throw fail(
                "invalid WorkflowRetryPolicy on StartChildWorkflowExecutionCommand: \(problem). \(place)"
            )
        }
        if !command.cronSchedule.isEmpty, let problem = CronSchedule.problem(with: command.cronSchedule, at: now) {
            throw fail("invalid CronSchedule on StartChildWorkflowExecutionCommand: \(problem). \(place)")
        }
        if let problem = Limits.problem(with: command.priority) { throw fail(problem) }
        // Without a name the child has its parent's.
        if !command.taskQueue.name.isEmpty, let problem = TaskQueueRules.problem(with: command.taskQueue) {
            throw fail(
                "invalid TaskQueue on StartChildWorkflowExecutionCommand: \(problem). \(place) "
                    + "TaskQueue=\(command.taskQueue.words)"
            )
        }
    }

    /// Checks the command that continues a run as new. As on the server, a cron schedule is not looked at.
    ///
    /// - Throws: ``CommandFailure`` for the first thing that is wrong.
    static func check(_ command: APIContinueAsNewWorkflowExecutionCommandAttributes) throws(CommandFailure) {
        let type = command.workflowType.name
        let place = "WorkflowType=\(type) TaskQueue=\(command.taskQueue.words)"
        func fail(_ message: String) -> CommandFailure {
            CommandFailure(cause: .badContinueAsNewAttributes, message: message)
        }
        guard type.utf8.count <= textLength else {
            throw fail(
                "WorkflowType on ContinueAsNewWorkflowExecutionCommand exceeds length limit. "
                    + "WorkflowType=\(type) Length=\(type.utf8.count) Limit=\(textLength)"
            )
        }
        // Without a name the next run has this one's.
        if !command.taskQueue.name.isEmpty, let problem = TaskQueueRules.problem(with: command.taskQueue) {
            throw fail("error validating ContinueAsNewWorkflowExecutionCommand TaskQueue: \(problem). \(place)")
        }
        for (name, limit) in [
            ("WorkflowRunTimeout", command.workflowRunTimeout),
            ("WorkflowTaskTimeout", command.workflowTaskTimeout),
            ("BackoffStartInterval", command.backoffStartInterval),
        ] {
            guard let problem = limit.problem else { continue }
            throw fail("Invalid \(name) on ContinueAsNewWorkflowExecutionCommand: \(problem). \(place)")
        }
        if command.hasRetryPolicy,
            let problem = RetryRules.problem(with: RetryRules.withDefaults(command.retryPolicy))
        {
            throw fail(
                "invalid WorkflowRetryPolicy on ContinueAsNewWorkflowExecutionCommand: \(problem). \(place)"
            )
        }
    }
}

extension APITaskQueue {
    /// The task queue as the server writes it into messages.
    fileprivate var words: String { "name:\"\(name)\" kind:TASK_QUEUE_KIND_NORMAL" }
}
