import Foundation
public import Temporal
import TemporalAPI

/// A worker deployment to look at and to change.
///
/// A handle is a name and nothing more: making one asks nothing of the service.
public struct WorkerDeploymentHandle: Sendable {
    let client: TemporalClient

    /// The name of the deployment.
    public let name: String

    /// What the service knows of the deployment now.
    ///
    /// - Throws: ``WorkerDeploymentNotFoundError`` if there is none: no worker with a version has polled yet. `RPCError` for
    ///   anything else.
    public func describe() async throws -> WorkerDeploymentDescription {
        var request = APIDescribeWorkerDeploymentRequest()
        request.namespace = client.namespace
        request.deploymentName = name
        let response = try await client.withDeploymentErrors(name) {
            try await client.call(.describeWorkerDeployment, request)
        }
        return WorkerDeploymentDescription(response)
    }

    /// Makes a version the one that new runs go to, and with them all open runs that are not pinned. The version before
    /// drains.
    ///
    /// - Parameters:
    ///   - buildID: The build id of the version; `nil` for workers without a version.
    ///   - conflictToken: From a description: the change is made only if nobody has made another since. Default: always.
    ///   - ignoringMissingTaskQueues: Whether task queues that are in use may be left without workers. Default: false.
    ///   - allowingNoPollers: Whether no worker of the version need have polled yet. Needs a server that knows it.
    ///     Default: false.
    /// - Returns: What it was before.
    /// - Throws: ``WorkerDeploymentNotFoundError`` for a version that is not there, `RPCError` with the code
    ///   `failedPrecondition` if another client manages the deployment, has changed it, or if task queues are missing.
    @discardableResult
    public func setCurrentVersion(
        buildID: String?,
        conflictToken: WorkerDeploymentConflictToken? = nil,
        ignoringMissingTaskQueues: Bool = false,
        allowingNoPollers: Bool = false
    ) async throws -> WorkerDeploymentChange {
        var request = APISetWorkerDeploymentCurrentVersionRequest()
        request.namespace = client.namespace
        request.deploymentName = name
        request.buildID = buildID ?? ""
        request.version = text(of: buildID)
        request.identity = client.identity
        request.conflictToken = conflictToken?.data ?? Data()
        request.ignoreMissingTaskQueues = ignoringMissingTaskQueues
        request.allowNoPollers = allowingNoPollers
        let response = try await client.withDeploymentErrors(name) {
            try await client.call(.setWorkerDeploymentCurrentVersion, request)
        }
        return WorkerDeploymentChange(
            previousVersion: WorkerDeploymentVersion(
                response.hasPreviousDeploymentVersion ? response.previousDeploymentVersion : nil,
                text: response.previousVersion
            ),
            conflictToken: WorkerDeploymentConflictToken(response.conflictToken)
        )
    }

    /// Lets a version take a share of the new runs, and of the open runs that are not pinned. A workflow id is always on the
    /// same side of the line, so a growing share only adds to those that the version takes.
    ///
    /// - Parameters:
    ///   - buildID: The build id of the version; `nil` for workers without a version.
    ///   - percentage: The share, from 0 to 100.
    ///   - conflictToken: From a description: the change is made only if nobody has made another since. Default: always.
    ///   - ignoringMissingTaskQueues: Whether task queues that are in use may be left without workers. Default: false.
    ///   - allowingNoPollers: Whether no worker of the version need have polled yet. Needs a server that knows it.
    ///     Default: false.
    /// - Returns: What it was before.
    /// - Throws: As ``setCurrentVersion(buildID:conflictToken:ignoringMissingTaskQueues:allowingNoPollers:)``, and
    ///   `invalidArgument` for a share out of range.
    @discardableResult
    public func setRampingVersion(
        buildID: String?,
        percentage: Float,
        conflictToken: WorkerDeploymentConflictToken? = nil,
        ignoringMissingTaskQueues: Bool = false,
        allowingNoPollers: Bool = false
    ) async throws -> WorkerDeploymentChange {
        try await ramp(
            buildID ?? "",
            text(of: buildID),
            percentage,
            conflictToken,
            ignoringMissingTaskQueues,
            allowingNoPollers
        )
    }

    /// Ends a ramp: all new runs go to the current version again.
    ///
    /// - Parameter conflictToken: From a description: the change is made only if nobody has made another since.
    /// - Returns: What it was before.
    /// - Throws: ``WorkerDeploymentNotFoundError`` if there is none, `RPCError` for anything else.
    @discardableResult
    public func unsetRampingVersion(
        conflictToken: WorkerDeploymentConflictToken? = nil
    ) async throws -> WorkerDeploymentChange {
        try await ramp("", "", 0, conflictToken, false, false)
    }

    private func ramp(
        _ buildID: String,
        _ text: String,
        _ percentage: Float,
        _ conflictToken: WorkerDeploymentConflictToken?,
        _ ignoresMissingTaskQueues: Bool,
        _ allowsNoPollers: Bool
    ) async throws -> WorkerDeploymentChange {
        var request = APISetWorkerDeploymentRampingVersionRequest()
        request.namespace = client.namespace
        request.deploymentName = name
        request.buildID = buildID
        request.version = text
        request.percentage = percentage
        request.identity = client.identity
        request.conflictToken = conflictToken?.data ?? Data()
        request.ignoreMissingTaskQueues = ignoresMissingTaskQueues
        request.allowNoPollers = allowsNoPollers
        let response = try await client.withDeploymentErrors(name) {
            try await client.call(.setWorkerDeploymentRampingVersion, request)
        }
        return WorkerDeploymentChange(
            previousVersion: WorkerDeploymentVersion(
                response.hasPreviousDeploymentVersion ? response.previousDeploymentVersion : nil,
                text: response.previousVersion
            ),
            previousPercentage: response.previousPercentage,
            conflictToken: WorkerDeploymentConflictToken(response.conflictToken)
        )
    }

    /// Says who alone may change which versions new runs go to.
    ///
    /// - Parameters:
    ///   - identity: The identity of a client; `nil` for anybody.
    ///   - conflictToken: From a description: the change is made only if nobody has made another since.
    /// - Returns: Who it was before; `nil` for anybody.
    /// - Throws: ``WorkerDeploymentNotFoundError`` if there is none, `RPCError` for anything else.
    @discardableResult
    public func setManager(
        _ identity: String?,
        conflictToken: WorkerDeploymentConflictToken? = nil
    ) async throws -> String? {
        var request = APISetWorkerDeploymentManagerRequest()
        request.namespace = client.namespace
        request.deploymentName = name
        request.managerIdentity = identity ?? ""
        request.identity = client.identity
        request.conflictToken = conflictToken?.data ?? Data()
        let response = try await client.withDeploymentErrors(name) {
            try await client.call(.setWorkerDeploymentManager, request)
        }
        return response.previousManagerIdentity.isEmpty ? nil : response.previousManagerIdentity
    }

    /// Deletes the deployment, which has to be without versions. One that is not there is deleted already.
    ///
    /// - Throws: `RPCError`, with the code `failedPrecondition` if it has versions.
    public func delete() async throws {
        var request = APIDeleteWorkerDeploymentRequest()
        request.namespace = client.namespace
        request.deploymentName = name
        request.identity = client.identity
        _ = try await client.withDeploymentErrors(name) { try await client.call(.deleteWorkerDeployment, request) }
    }

    /// A version in the text that older servers read.
    private func text(of buildID: String?) -> String {
        buildID.map { version($0).legacyText } ?? WorkerDeploymentVersion.unversionedText
    }

    func version(_ buildID: String) -> WorkerDeploymentVersion {
        WorkerDeploymentVersion(deploymentName: name, buildID: buildID)
    }
}

/// What keeps two clients from changing a deployment at the same time.
public struct WorkerDeploymentConflictToken: Sendable, Hashable {
    let data: Data

    init(_ data: Data) {
        self.data = data
    }
}

/// What a change of a deployment has replaced.
public struct WorkerDeploymentChange: Sendable, Hashable {
    /// The version before; `nil` if it was workers without a version, or if there was none.
    public var previousVersion: WorkerDeploymentVersion?

    /// The share of the ramp before, in percent. Only after a change of the ramp.
    public var previousPercentage: Float = 0

    /// The token for the next change. Older servers have none.
    public var conflictToken: WorkerDeploymentConflictToken
}
