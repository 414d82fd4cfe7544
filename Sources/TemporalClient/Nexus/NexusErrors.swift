/// A Nexus operation of a client that is not there: it never was, or it is no longer kept.
///
/// Check the id, the run and the namespace.
public struct NexusExecutionNotFoundError: ClientError {
    /// The id of the operation.
    public let operationID: String

    /// The run that was asked for; `nil` for the latest.
    public let runID: String?

    /// The namespace that was looked in.
    public let namespace: String

    /// What the service said.
    public let message: String

    public var description: String {
        "Nexus operation '\(operationID)'\(runID.map { ", run '\($0)'," } ?? "") in namespace '\(namespace)': \(message)"
    }
}

/// A Nexus endpoint that is not there: it never was, or it was taken away.
public struct NexusEndpointNotFoundError: ClientError {
    /// The id of the endpoint.
    public let endpointID: String

    /// What the service said.
    public let message: String

    public var description: String { "Nexus endpoint '\(endpointID)': \(message)" }
}

/// A Nexus endpoint that cannot be made because its name is in use.
///
/// Choose another name, or change the endpoint that is there.
public struct NexusEndpointAlreadyExistsError: ClientError {
    /// The name of the endpoint.
    public let name: String

    /// What the service said.
    public let message: String

    public var description: String {
        "Nexus endpoint '\(name)' is there already: use another name, or change it. (\(message))"
    }
}
