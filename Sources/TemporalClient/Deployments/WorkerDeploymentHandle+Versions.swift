public import Temporal
import TemporalAPI

extension WorkerDeploymentHandle {
    /// What the service knows of a version now.
    ///
    /// - Parameters:
    ///   - buildID: The build id of the version.
    ///   - includesStatistics: Whether to tell of each task queue how much waits for the version, and how fast it goes:
    ///     see ``WorkerDeploymentVersionDescription/TaskQueue/statistics``. It costs the service much: ask seldom. Older
    ///     servers do not tell. Default: false.
    /// - Throws: ``WorkerDeploymentNotFoundError`` if there is none, `RPCError` for anything else.
    public func describeVersion(
        buildID: String,
        includesStatistics: Bool = false
    ) async throws -> WorkerDeploymentVersionDescription {
        var request = APIDescribeWorkerDeploymentVersionRequest()
        request.namespace = client.namespace
        request.version = version(buildID).legacyText
        request.deploymentVersion = version(buildID).proto
        request.reportTaskQueueStats = includesStatistics
        let response = try await client.withDeploymentErrors(name, buildID) {
            try await client.call(.describeWorkerDeploymentVersion, request)
        }
        return WorkerDeploymentVersionDescription(response)
    }

    /// Makes a version before any worker of it has polled. Needs a server that knows the call.
    ///
    /// - Parameters:
    ///   - buildID: The build id of the version.
    ///   - requestID: Makes the call repeatable: the same id finds what it has made before. Default: a new one.
    /// - Throws: ``WorkerDeploymentAlreadyExistsError`` if there is one of the build id, ``WorkerDeploymentNotFoundError`` if
    ///   there is no such deployment, `RPCError` for anything else.
    public func createVersion(buildID: String, requestID: String? = nil) async throws {
        var request = APICreateWorkerDeploymentVersionRequest()
        request.namespace = client.namespace
        request.deploymentVersion = version(buildID).proto
        request.identity = client.identity
        request.requestID = requestID ?? RandomID.make()
        _ = try await client.withDeploymentErrors(name, buildID) {
            try await client.call(.createWorkerDeploymentVersion, request)
        }
    }

    /// Deletes a version that nothing needs any more. One that is not there is deleted already.
    ///
    /// - Parameters:
    ///   - buildID: The build id of the version.
    ///   - skippingDrainage: Whether open runs may be pinned to it, which then wait for workers of it. Default: false.
    /// - Throws: `RPCError`, with the code `failedPrecondition` if it is current or ramping, draining, or has workers.
    public func deleteVersion(buildID: String, skippingDrainage: Bool = false) async throws {
        var request = APIDeleteWorkerDeploymentVersionRequest()
        request.namespace = client.namespace
        request.version = version(buildID).legacyText
        request.deploymentVersion = version(buildID).proto
        request.skipDrainage = skippingDrainage
        request.identity = client.identity
        _ = try await client.withDeploymentErrors(name, buildID) {
            try await client.call(.deleteWorkerDeploymentVersion, request)
        }
    }

    /// Changes what is noted about a version.
    ///
    /// - Parameters:
    ///   - buildID: The build id of the version.
    ///   - changes: The new values by name; `nil` takes one away. Others stay as they are.
    /// - Returns: All that is noted now.
    /// - Throws: `PayloadConversionError` if a value cannot be encoded, `RPCError` for anything else.
    @discardableResult
    public func updateVersionMetadata(
        buildID: String,
        _ changes: [String: (any Encodable & Sendable)?]
    ) async throws -> [String: Payload] {
        var request = APIUpdateWorkerDeploymentVersionMetadataRequest()
        request.namespace = client.namespace
        request.version = version(buildID).legacyText
        request.deploymentVersion = version(buildID).proto
        request.identity = client.identity
        for (name, value) in changes.sorted(by: { $0.key < $1.key }) {
            if let value {
                request.upsertEntries[name] = try client.converter.encode(value).proto
            } else {
                request.removeEntries.append(name)
            }
        }
        let response = try await client.withDeploymentErrors(name, buildID) {
            try await client.call(.updateWorkerDeploymentVersionMetadata, request)
        }
        return response.metadata.entries.mapValues(Payload.init)
    }
}
