public import Temporal

/// A workflow that ended without a result: it failed, was cancelled or terminated, or took too long.
///
/// It comes from waiting for a result. The ``cause`` says how the workflow ended: an `ApplicationError` or any other
/// Temporal error that the workflow threw, a `CancelledError`, a `TerminatedError`, or a `TimeoutError`.
public struct WorkflowFailedError: ClientError {
    /// The id of the workflow.
    public let workflowID: String

    /// The run that ended this way: the last of its chain. Empty where a handle without a run id found it ended so at
    /// once: the service answers with the end of the latest run, and does not say which one that is.
    public let runID: String

    /// How it ended.
    public let cause: any TemporalError

    /// Why it is not tried again.
    public let retryState: RetryState

    /// Describes a workflow that ended without a result.
    package init(workflowID: String, runID: String, cause: any TemporalError, retryState: RetryState = .unspecified) {
        self.workflowID = workflowID
        self.runID = runID
        self.cause = cause
        self.retryState = retryState
    }

    public var description: String {
        "Workflow '\(workflowID)'\(runID.isEmpty ? "" : " (run \(runID))") did not complete: \(cause)"
    }
}

/// A run that continued as new, where only this one run was asked for.
///
/// It comes from waiting for the result of a single run with `followRuns: false`. Ask the run ``newRunID`` next.
public struct WorkflowContinuedAsNewError: ClientError {
    /// The id of the workflow.
    public let workflowID: String

    /// The run that ended. Empty for a handle without a run id, as for ``WorkflowFailedError/runID``.
    public let runID: String

    /// The run that goes on.
    public let newRunID: String

    public var description: String {
        "Workflow '\(workflowID)'\(runID.isEmpty ? "" : " (run \(runID))") continued as new: its result is that of run \(newRunID) or a later one."
    }
}

/// A start whose workflow id is in use, or was used and may not be again.
///
/// Choose another id, attach to the workflow with a handle, or choose another `idConflictPolicy` (for a running
/// workflow) or `idReusePolicy` (for a closed one).
public struct WorkflowAlreadyStartedError: ClientError {
    /// The id of the workflow.
    public let workflowID: String

    /// The name of the workflow type that was to be started.
    public let workflowType: String

    /// The run that has the id. Empty if the service does not say.
    public let runID: String

    public var description: String {
        "Workflow '\(workflowID)' is there already (run \(runID)), so no '\(workflowType)' was started: use another id, "
            + "a handle to it, or another id conflict or reuse policy."
    }
}

/// A workflow that is not there: it never was, its history is no longer kept, or it is closed and the call needs a
/// running one.
///
/// Check the workflow id, the run id and the namespace.
public struct WorkflowNotFoundError: ClientError {
    /// The id of the workflow.
    public let workflowID: String

    /// The run that was asked for. `nil` for the latest.
    public let runID: String?

    /// The namespace that was looked in.
    public let namespace: String

    /// What the service said.
    public let message: String

    public var description: String {
        let run = runID.map { " (run \($0))" } ?? ""
        return "Workflow '\(workflowID)'\(run) in namespace '\(namespace)': \(message)"
    }
}

/// A query that was not asked because of the state that the workflow is in.
///
/// It comes only where the query set a reject condition.
public struct QueryRejectedError: ClientError {
    /// The id of the workflow.
    public let workflowID: String

    /// The name of the query.
    public let query: String

    /// The state of the workflow.
    public let status: WorkflowStatus

    public var description: String {
        "Query '\(query)' was rejected: workflow '\(workflowID)' is \(status), and the query's condition excludes that."
    }
}

/// A query that the workflow could not answer: no handler has the name, the arguments do not fit, or the handler threw.
public struct QueryFailedError: ClientError {
    /// The id of the workflow.
    public let workflowID: String

    /// The name of the query.
    public let query: String

    /// What the worker said.
    public let message: String

    /// What the handler threw, if the worker told.
    public let cause: (any TemporalError)?

    public var description: String {
        "Query '\(query)' of workflow '\(workflowID)' failed: \(message)"
    }
}
