import TemporalAPI

/// A command that the service does not accept: the workflow task fails by it.
struct CommandFailure: Error {
    let cause: APIWorkflowTaskFailedCause
    let message: String

    /// Whether the run is terminated, as no other attempt of the task could do better.
    let terminatesRun: Bool

    /// A command with something wrong in it.
    init(cause: APIWorkflowTaskFailedCause, message: String, terminatesRun: Bool = false) {
        self.cause = cause
        self.message = message
        self.terminatesRun = terminatesRun
    }

    /// A command that does not fit the state of the run.
    ///
    /// - Parameters:
    ///   - action: What the server calls the action.
    ///   - subject: What it was to act on.
    init(cause: APIWorkflowTaskFailedCause, action: String, subject: String) {
        self.init(cause: cause, message: "invalid history builder state for action: \(action), \(subject)")
    }

    /// What the worker is told, such as `BadStartTimerAttributes: TimerId is not set on StartTimerCommand.`
    var text: String {
        message.isEmpty ? cause.words : "\(cause.words): \(message)"
    }
}

extension APIWorkflowTaskFailedCause {
    /// The name of the cause as the server writes it into messages.
    var words: String {
        switch self {
        case .unhandledCommand: "UnhandledCommand"
        case .badScheduleActivityAttributes: "BadScheduleActivityAttributes"
        case .badRequestCancelActivityAttributes: "BadRequestCancelActivityAttributes"
        case .badStartTimerAttributes: "BadStartTimerAttributes"
        case .badCancelTimerAttributes: "BadCancelTimerAttributes"
        case .badRecordMarkerAttributes: "BadRecordMarkerAttributes"
        case .badCompleteWorkflowExecutionAttributes: "BadCompleteWorkflowExecutionAttributes"
        case .badFailWorkflowExecutionAttributes: "BadFailWorkflowExecutionAttributes"
        case .badCancelWorkflowExecutionAttributes: "BadCancelWorkflowExecutionAttributes"
        case .badRequestCancelExternalWorkflowExecutionAttributes:
            "BadRequestCancelExternalWorkflowExecutionAttributes"
        case .badContinueAsNewAttributes: "BadContinueAsNewAttributes"
        case .startTimerDuplicateID: "StartTimerDuplicateId"
        case .badSignalWorkflowExecutionAttributes: "BadSignalWorkflowExecutionAttributes"
        case .badStartChildExecutionAttributes: "BadStartChildExecutionAttributes"
        case .scheduleActivityDuplicateID: "ScheduleActivityDuplicateId"
        case .badSearchAttributes: "BadSearchAttributes"
        case .badModifyWorkflowPropertiesAttributes: "BadModifyWorkflowPropertiesAttributes"
        case .badUpdateWorkflowExecutionMessage: "BadUpdateWorkflowExecutionMessage"
        case .featureDisabled: "FeatureDisabled"
        case .badScheduleNexusOperationAttributes: "BadScheduleNexusOperationAttributes"
        case .badRequestCancelNexusOperationAttributes: "BadRequestCancelNexusOperationAttributes"
        case .pendingNexusOperationsLimitExceeded: "PendingNexusOperationsLimitExceeded"
        case .pendingSignalsLimitExceeded: "PendingSignalsLimitExceeded"
        case .pendingRequestCancelLimitExceeded: "PendingRequestCancelLimitExceeded"
        case .pendingActivitiesLimitExceeded: "PendingActivitiesLimitExceeded"
        case .pendingChildWorkflowsLimitExceeded: "PendingChildWorkflowsLimitExceeded"
        default: "\(self)"
        }
    }
}
