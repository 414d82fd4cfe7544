import Temporal

/// A worker deployment, or a version of one, that is not there: no worker of it has polled yet, nobody has made it, or it was
/// deleted.
///
/// Check the names, and whether a worker of the version runs.
public struct WorkerDeploymentNotFoundError: ClientError {
    /// The name of the deployment.
    public let deploymentName: String

    /// The build id of the version; `nil` if it was not asked for one.
    public let buildID: String?

    /// The namespace that was looked in.
    public let namespace: String

    /// What the service said.
    public let message: String

    public var description: String {
        "Worker deployment '\(deploymentName)'\(buildID.map { ", version '\($0)'," } ?? "") in namespace '\(namespace)': "
            + message
    }
}

/// A worker deployment, or a version of one, that cannot be made because there is one of the name.
///
/// Take it as it is, or choose another name.
public struct WorkerDeploymentAlreadyExistsError: ClientError {
    /// The name of the deployment.
    public let deploymentName: String

    /// The build id of the version; `nil` if it was a deployment that was to be made.
    public let buildID: String?

    /// The namespace.
    public let namespace: String

    /// What the service said.
    public let message: String

    public var description: String {
        "Worker deployment '\(deploymentName)'\(buildID.map { ", version '\($0)'," } ?? "") is there already in namespace "
            + "'\(namespace)': take it as it is, or use another name. (\(message))"
    }
}

extension TemporalClient {
    /// Runs a call about a deployment, and gives its errors their types.
    func withDeploymentErrors<Value>(
        _ name: String,
        _ buildID: String? = nil,
        _ body: () async throws -> Value
    ) async throws -> Value {
        try await withErrors(
            [
                .notFound: { [namespace] in
                    WorkerDeploymentNotFoundError(
                        deploymentName: name,
                        buildID: buildID,
                        namespace: namespace,
                        message: $0
                    )
                },
                .alreadyExists: { [namespace] in
                    WorkerDeploymentAlreadyExistsError(
                        deploymentName: name,
                        buildID: buildID,
                        namespace: namespace,
                        message: $0
                    )
                },
            ],
            body
        )
    }
}
