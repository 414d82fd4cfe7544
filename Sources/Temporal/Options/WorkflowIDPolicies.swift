package import TemporalAPI

/// Whether a workflow id may be used again after the workflow of that id has closed.
public struct WorkflowIDReusePolicy: Sendable, Hashable {
    package enum Kind: Sendable, Hashable { case allowDuplicate, allowDuplicateFailedOnly, rejectDuplicate }

    package let kind: Kind

    /// Always. The default.
    public static let allowDuplicate = WorkflowIDReusePolicy(kind: .allowDuplicate)
    /// Only if it did not complete successfully.
    public static let allowDuplicateFailedOnly = WorkflowIDReusePolicy(kind: .allowDuplicateFailedOnly)
    /// Never, as long as the server remembers the closed workflow.
    public static let rejectDuplicate = WorkflowIDReusePolicy(kind: .rejectDuplicate)
}

/// What happens to a start whose workflow id is in use by a running workflow.
public struct WorkflowIDConflictPolicy: Sendable, Hashable {
    package enum Kind: Sendable, Hashable { case fail, useExisting, terminateExisting }

    package let kind: Kind

    /// The start fails. The default.
    public static let fail = WorkflowIDConflictPolicy(kind: .fail)
    /// The start returns the running workflow.
    public static let useExisting = WorkflowIDConflictPolicy(kind: .useExisting)
    /// The running workflow is terminated and a new one started.
    public static let terminateExisting = WorkflowIDConflictPolicy(kind: .terminateExisting)
}

extension WorkflowIDReusePolicy {
    /// The policy on the wire.
    package var proto: APIWorkflowIdReusePolicy {
        switch kind {
        case .allowDuplicate: .allowDuplicate
        case .allowDuplicateFailedOnly: .allowDuplicateFailedOnly
        case .rejectDuplicate: .rejectDuplicate
        }
    }
}
