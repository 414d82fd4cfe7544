/// An operation on many workflows whose id is in use.
///
/// Leave the id out for a new one, or get a handle to the operation that is there. It may be the one that was to be
/// started: where the answer to a first attempt was lost, the second one finds the operation of the first, and the
/// service does not tell it from another of the same id.
public struct BatchOperationAlreadyExistsError: ClientError {
    /// The id of the operation.
    public let operationID: String

    /// What the service said.
    public let message: String

    public var description: String {
        "Batch operation '\(operationID)' is there already: use another id, or a handle to it. (\(message))"
    }
}

/// An operation on many workflows that is not there: it never was, its description is no longer kept, or it has ended and
/// was to be stopped.
public struct BatchOperationNotFoundError: ClientError {
    /// The id of the operation.
    public let operationID: String

    /// The namespace that was looked in.
    public let namespace: String

    /// What the service said.
    public let message: String

    public var description: String { "Batch operation '\(operationID)' in namespace '\(namespace)': \(message)" }
}
