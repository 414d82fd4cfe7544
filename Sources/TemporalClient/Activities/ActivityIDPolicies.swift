import TemporalAPI

/// Whether an activity id may be used again after the activity of that id has closed.
public struct ActivityIDReusePolicy: Sendable, Hashable {
    /// The policy on the wire.
    let proto: APIActivityIdReusePolicy

    /// Always. The default.
    public static let allowDuplicate = ActivityIDReusePolicy(proto: .allowDuplicate)
    /// Only if it did not complete successfully.
    public static let allowDuplicateFailedOnly = ActivityIDReusePolicy(proto: .allowDuplicateFailedOnly)
    /// Never, as long as the server remembers the closed activity.
    public static let rejectDuplicate = ActivityIDReusePolicy(proto: .rejectDuplicate)
}

/// What happens to a start whose activity id is in use by a running activity.
public struct ActivityIDConflictPolicy: Sendable, Hashable {
    /// The policy on the wire.
    let proto: APIActivityIdConflictPolicy

    /// The start fails. The default.
    public static let fail = ActivityIDConflictPolicy(proto: .fail)
    /// The start returns the running activity.
    public static let useExisting = ActivityIDConflictPolicy(proto: .useExisting)
}
