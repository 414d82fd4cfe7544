/// A rule that cannot be made because the namespace has one of its id.
///
/// Choose another id, or delete the rule that is there.
public struct WorkflowRuleAlreadyExistsError: ClientError {
    /// The id of the rule.
    public let ruleID: String

    /// The namespace.
    public let namespace: String

    /// What the service said.
    public let message: String

    public var description: String {
        "Workflow rule '\(ruleID)' is there already in namespace '\(namespace)': use another id, or delete it first. "
            + "(\(message))"
    }
}

/// A rule that the namespace does not have: it never did, it was deleted, or it had expired and made room for another.
///
/// Check the id and the namespace.
public struct WorkflowRuleNotFoundError: ClientError {
    /// The id of the rule.
    public let ruleID: String

    /// The namespace that was looked in.
    public let namespace: String

    /// What the service said.
    public let message: String

    public var description: String {
        "Workflow rule '\(ruleID)' is not there in namespace '\(namespace)': check both. (\(message))"
    }
}
