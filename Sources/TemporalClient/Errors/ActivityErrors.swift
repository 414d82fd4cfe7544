public import Temporal

/// An activity without a workflow that ended without a result: it failed, was cancelled or terminated, or took too long.
///
/// It comes from waiting for a result. The ``cause`` says how the activity ended: an `ApplicationError` or any other
/// Temporal error that the activity threw, a `CancelledError`, a `TerminatedError`, or a `TimeoutError`.
public struct ActivityFailedError: ClientError {
    /// The id of the activity.
    public let activityID: String

    /// The run that ended this way.
    public let runID: String

    /// How it ended.
    public let cause: any TemporalError

    /// Why it is not tried again.
    public let retryState: RetryState

    public var description: String {
        "Activity '\(activityID)' (run \(runID)) did not complete: \(cause)"
    }
}

/// A start whose activity id is in use, or was used and may not be again.
///
/// Choose another id, attach to the activity with a handle, or choose another `idConflictPolicy` (for a running
/// activity) or `idReusePolicy` (for a closed one).
public struct ActivityAlreadyStartedError: ClientError {
    /// The id of the activity.
    public let activityID: String

    /// The name of the activity that was to be started.
    public let activityType: String

    /// The run that has the id. Empty if the service does not say.
    public let runID: String

    public var description: String {
        "Activity '\(activityID)' is there already (run \(runID)), so no '\(activityType)' was started: use another id, "
            + "a handle to it, or another id conflict or reuse policy."
    }
}

/// An activity without a workflow that is not there: it never was, or is no longer kept.
///
/// Check the activity id, the run id and the namespace.
public struct ActivityNotFoundError: ClientError {
    /// The id of the activity.
    public let activityID: String

    /// The run that was asked for. `nil` for the latest.
    public let runID: String?

    /// The namespace that was looked in.
    public let namespace: String

    /// What the service said.
    public let message: String

    public var description: String {
        let run = runID.map { " (run \($0))" } ?? ""
        return "Activity '\(activityID)'\(run) in namespace '\(namespace)': \(message)"
    }
}
