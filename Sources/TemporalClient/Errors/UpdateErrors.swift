public import Temporal

/// An update that has no result: its handler failed, its validator rejected it, or its run closed first.
///
/// The service does not tell these apart. The ``cause`` does: it is what the handler or the validator threw, or an
/// `ApplicationError` of the service with the type `AcceptedUpdateCompletedWorkflow` where the run closed first.
public struct WorkflowUpdateFailedError: ClientError {
    /// The id of the workflow.
    public let workflowID: String

    /// The id of the update.
    public let updateID: String

    /// Why there is no result.
    public let cause: any TemporalError

    public var description: String {
        "Update '\(updateID)' of workflow '\(workflowID)' failed: \(cause)"
    }
}

/// An update that the service does not know: none of this id was sent to the run, or it was rejected, which leaves no
/// trace.
public struct WorkflowUpdateNotFoundError: ClientError {
    /// The id of the workflow.
    public let workflowID: String

    /// The id of the update.
    public let updateID: String

    /// What the service said.
    public let message: String

    public var description: String {
        "Update '\(updateID)' of workflow '\(workflowID)': \(message)"
    }
}

/// An update whose outcome, or acceptance, did not come before the call was given up. The update may go on.
///
/// Ask again with a handle of the same id.
public struct WorkflowUpdateTimeoutError: ClientError {
    /// The id of the workflow.
    public let workflowID: String

    /// The id of the update.
    public let updateID: String

    /// What the service said.
    public let message: String

    public var description: String {
        "Waiting for update '\(updateID)' of workflow '\(workflowID)' took too long: \(message)"
    }
}
