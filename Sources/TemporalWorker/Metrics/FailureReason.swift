import TemporalAPI

/// Why a task failed, as the label `failure_reason` of metrics says.
enum FailureReason: String, Sendable {
    /// The history does not fit the code of a workflow.
    case nondeterminism = "NonDeterminismError"
    /// Anything else of a workflow task.
    case workflow = "WorkflowError"
    /// Anything else of an activity.
    case activity = "ActivityError"
    /// The answer has a payload, or payloads together, above the limit of the namespace.
    case payloadsTooLarge = "PayloadsTooLarge"
    /// The answer is larger than a message may be.
    case messageTooLarge = "GrpcMessageTooLarge"
    /// The answer is larger than the service takes.
    case requestTooLarge = "RequestTooLarge"

    /// The reason for what the server is told of a workflow task.
    init(_ cause: APIWorkflowTaskFailedCause) {
        self =
            switch cause {
            case .nonDeterministicError: .nondeterminism
            case .payloadsTooLarge: .payloadsTooLarge
            case .grpcMessageTooLarge: .messageTooLarge
            case .requestTooLarge: .requestTooLarge
            default: .workflow
            }
    }

    /// The label.
    var label: (String, String) { ("failure_reason", rawValue) }
}
