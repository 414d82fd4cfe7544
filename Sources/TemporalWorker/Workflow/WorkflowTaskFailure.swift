import Temporal
import TemporalAPI
import TemporalClient

/// Why a workflow task could not be completed.
struct WorkflowTaskFailure: Error, Sendable {
    /// What the server is told.
    var cause: APIWorkflowTaskFailedCause
    var failure: APIFailure
    /// How the history and the code disagree, if that is why.
    private(set) var disagreement: NondeterminismError?

    /// The error behind it, in words.
    var description: String { failure.message }

    private init(_ cause: APIWorkflowTaskFailedCause, _ message: String, type: String, nonRetryable: Bool = false) {
        self.cause = cause
        self.failure = FailureConverter().failure(ApplicationError(message, type: type, nonRetryable: nonRetryable))
    }

    /// Workflow code threw an error that is no `TemporalError`.
    static func thrown(_ error: any Error) -> Self {
        var failure = WorkflowTaskFailure(.workflowWorkerUnhandledFailure, "", type: "")
        failure.failure = FailureConverter().failure(error)
        return failure
    }

    /// The history and the code disagree, or the history cannot be read.
    static func history(_ error: any Error) -> Self {
        switch error {
        case let error as NondeterminismError:
            var failure = WorkflowTaskFailure(
                .nonDeterministicError,
                error.description,
                type: "NondeterminismError"
            )
            failure.disagreement = error
            return failure
        case let error as HistoryError:
            return WorkflowTaskFailure(.workflowWorkerUnhandledFailure, error.description, type: "HistoryError")
        default:
            return thrown(error)
        }
    }

    /// Something outside of the workflow resumed its code.
    static func foreignJob(_ type: String) -> Self {
        WorkflowTaskFailure(
            .workflowWorkerUnhandledFailure,
            "Workflow '\(type)' waited on something outside of it (Task.sleep, the network, a lock, a detached task), "
                + "which no replay can repeat. Use context.sleep to wait, and an activity for anything else.",
            type: "DeterminismViolation"
        )
    }

    /// The code waits, but on nothing that the server knows.
    static func stuck(_ type: String) -> Self {
        WorkflowTaskFailure(
            .workflowWorkerUnhandledFailure,
            "Workflow '\(type)' waits on nothing that the Temporal Service could end: no timer, activity or condition is "
                + "open. Something outside of the workflow (Task.sleep, the network, a lock, a detached task) cannot be "
                + "waited on, and neither can a continuation or a stream that its own handlers feed. Use context.sleep, "
                + "context.waitCondition or a WorkflowQueue to wait, and an activity for anything else.",
            type: "DeterminismViolation"
        )
    }

    /// The answer of the task is larger than the service takes.
    static func tooLarge(_ error: PayloadsTooLargeError) -> Self {
        WorkflowTaskFailure(.payloadsTooLarge, error.description, type: "PayloadsTooLarge")
    }

    /// The answer of the task is larger than a message may be.
    static func messageTooLarge(_ error: RPCError) -> Self {
        WorkflowTaskFailure(
            .grpcMessageTooLarge,
            "The answer of the workflow task is larger than a message may be: \(error.message)",
            type: "GrpcMessageTooLarge",
            nonRetryable: true
        )
    }

    /// The code did not give its thread back.
    static func deadlock(_ type: String, limit: Duration) -> Self {
        WorkflowTaskFailure(
            .workflowWorkerUnhandledFailure,
            "[TMPRL1101] Potential deadlock detected: workflow '\(type)' did not yield within \(limit). "
                + "Move long computations and blocking calls to an activity.",
            type: "DeadlockDetected"
        )
    }

    /// No workflow of this type is registered.
    static func unknownType(_ type: String, known: [String]) -> Self {
        WorkflowTaskFailure(
            .workflowWorkerUnhandledFailure,
            "Workflow type '\(type)' is not registered with this worker. Registered: [\(known.joined(separator: ", "))].",
            type: "NotFoundError"
        )
    }
}

extension APICommand {
    static func complete(_ result: Payload) -> Self {
        var command = APICommand()
        command.commandType = .completeWorkflowExecution
        command.completeWorkflowExecutionCommandAttributes.result = APIPayloads([result])
        return command
    }

    static func fail(_ failure: APIFailure) -> Self {
        var command = APICommand()
        command.commandType = .failWorkflowExecution
        command.failWorkflowExecutionCommandAttributes.failure = failure
        return command
    }

    static func cancel(details: [Payload] = []) -> Self {
        var command = APICommand()
        command.commandType = .cancelWorkflowExecution
        command.cancelWorkflowExecutionCommandAttributes = .init()
        if !details.isEmpty { command.cancelWorkflowExecutionCommandAttributes.details = APIPayloads(details) }
        return command
    }

    static func continueAsNew(_ request: ContinueAsNewRequest) -> Self {
        var command = APICommand()
        command.commandType = .continueAsNewWorkflowExecution
        var attributes = APIContinueAsNewWorkflowExecutionCommandAttributes()
        attributes.workflowType.name = request.workflowType
        if let taskQueue = request.taskQueue {
            attributes.taskQueue.name = taskQueue
            attributes.taskQueue.kind = .normal
        }
        if !request.input.isEmpty { attributes.input = APIPayloads(request.input) }
        if !request.headers.isEmpty { attributes.header.fields = request.headers.mapValues(\.proto) }
        if let timeout = request.runTimeout { attributes.workflowRunTimeout = .init(timeout) }
        if let timeout = request.taskTimeout { attributes.workflowTaskTimeout = .init(timeout) }
        if let interval = request.backoffStartInterval { attributes.backoffStartInterval = .init(interval) }
        if let policy = request.retryPolicy { attributes.retryPolicy = policy.proto }
        if let memo = request.memo { attributes.memo.fields = memo.mapValues(\.proto) }
        if let found = request.searchAttributes, !found.isEmpty { attributes.searchAttributes = found.proto }
        if let behavior = request.initialVersioningBehavior { attributes.initialVersioningBehavior = behavior.proto }
        command.attributes = .continueAsNewWorkflowExecutionCommandAttributes(attributes)
        return command
    }
}
