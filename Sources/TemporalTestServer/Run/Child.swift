import TemporalAPI

/// A child workflow that a run has initiated.
struct Child: Codable, Sendable {
    let initiatedEventID: Int64
    let attributes: APIStartChildWorkflowExecutionInitiatedEventAttributes

    /// What is said of the child for humans.
    let userMetadata: APIUserMetadata?

    /// The id of the started event; 0 before.
    var startedEventID: Int64 = 0

    /// The run of the child, once it has started.
    var runID = ""
}

/// Who started a run as a child.
struct ParentLink: Codable, Sendable {
    /// The parent's run.
    let run: Int

    /// The parent's event that initiated the child.
    let initiatedEventID: Int64
}

/// What a command asks of another run.
enum ExternalAction {
    case startChild(initiatedEventID: Int64)
    case signal(initiatedEventID: Int64, APISignalExternalWorkflowExecutionInitiatedEventAttributes)
    case startNexus(scheduledEventID: Int64)
    case cancelNexus(scheduledEventID: Int64)
    case cancel(initiatedEventID: Int64, APIRequestCancelExternalWorkflowExecutionInitiatedEventAttributes)
}
