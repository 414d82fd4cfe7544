/// A child workflow that was not started, because its id is in use or was used and may not be again.
///
/// Give the child another id or none, signal the workflow that has the id with ``WorkflowContext/externalWorkflow(id:runID:)``,
/// or choose another ``ChildWorkflowOptions/idReusePolicy`` (for a closed workflow).
public struct ChildWorkflowAlreadyStartedError: TemporalError {
    /// The id that the child was to have.
    public var workflowID: String

    /// The name of the workflow type that was to be started.
    public var workflowType: String

    public var cause: (any Error)? { nil }
    public var stackTrace = ""

    /// Describes a child that was not started.
    public init(workflowID: String, workflowType: String) {
        self.workflowID = workflowID
        self.workflowType = workflowType
    }

    public var message: String {
        "Child workflow '\(workflowID)' of type '\(workflowType)' was not started: a workflow of that id is there already."
    }
}

/// A signal or a cancellation that did not reach another workflow.
public struct ExternalWorkflowError: TemporalError {
    /// Why the workflow was not reached.
    public struct Reason: Sendable, Hashable, CustomStringConvertible {
        /// The reason in words.
        public let description: String

        package init(_ description: String) {
            self.description = description
        }

        /// No workflow of the id runs, or not that run, or it is no child of the caller where it must be one.
        public static let notFound = Reason("no such workflow runs")
        /// The namespace is not there.
        public static let namespaceNotFound = Reason("the namespace is not there")
        /// The workflow takes no more signals.
        public static let signalLimitExceeded = Reason("the limit of signals per workflow is reached")
    }

    /// What was asked of the workflow: `signal 'name'` or `cancellation`.
    public var request: String

    /// The id of the workflow.
    public var workflowID: String

    /// The run that was meant; `nil` for the current one.
    public var runID: String?

    /// Why the workflow was not reached.
    public var reason: Reason

    public var cause: (any Error)? { nil }
    public var stackTrace = ""

    /// Describes a request that did not arrive.
    public init(request: String, workflowID: String, runID: String?, reason: Reason) {
        self.request = request
        self.workflowID = workflowID
        self.runID = runID
        self.reason = reason
    }

    public var message: String {
        let run = runID.map { " (run '\($0)')" } ?? ""
        return "The \(request) did not reach workflow '\(workflowID)'\(run): \(reason)."
    }
}
