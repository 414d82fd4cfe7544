import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// The calls that make, show and delete worker deployments and their versions.
extension Engine {
    /// A deployment.
    ///
    /// - Throws: `NOT_FOUND` if there is none of the name.
    func deployment(_ name: String, namespace: String) throws -> WorkerDeployment {
        _ = try self.namespace(namespace)
        try DeploymentRules.check(name: name)
        guard let deployment = deployments[DeploymentKey(namespace: namespace, name: name)] else {
            throw DeploymentRules.noSuchDeployment(name)
        }
        return deployment
    }

    /// A token that no earlier state of a deployment had.
    func nextConflictToken() -> Data {
        withUnsafeBytes(of: nextNumber().bigEndian) { Data($0) }
    }

    private func version(
        _ text: String,
        _ proto: APIWorkerDeploymentVersion?,
        namespace name: String
    ) throws -> DeploymentBook.VersionKey {
        _ = try namespace(name)
        guard let version = try DeploymentRules.version(text, or: proto) else {
            throw ServiceError.invalid("deployment version cannot be empty")
        }
        try DeploymentRules.check(version)
        return .init(namespace: name, version: version)
    }

    // MARK: Show

    /// Tells what there is to know of a deployment.
    func describe(_ request: APIDescribeWorkerDeploymentRequest) throws -> APIDescribeWorkerDeploymentResponse {
        let deployment = try deployment(request.deploymentName, namespace: request.namespace)
        return .with {
            $0.workerDeploymentInfo = deployment.info(at: readClock())
            $0.conflictToken = deployment.conflictToken
        }
    }

    /// Tells what there is to know of a version.
    func describe(
        _ request: APIDescribeWorkerDeploymentVersionRequest
    ) throws -> APIDescribeWorkerDeploymentVersionResponse {
        let key = try version(
            request.version,
            request.hasDeploymentVersion ? request.deploymentVersion : nil,
            namespace: request.namespace
        )
        guard let state = deployments.state(of: key) else {
            throw ServiceError.notFound("Worker Deployment Version not found")
        }
        return .with { response in
            response.workerDeploymentVersionInfo = state.info(at: readClock())
            response.versionTaskQueues = state.taskQueues.map { queue in
                .with {
                    $0.name = queue.name
                    $0.type = queue.kind.taskQueueType
                    if request.reportTaskQueueStats {
                        let place = QueueKey(namespace: key.namespace, name: queue.name, kind: queue.kind)
                        let stats = statsByPriority(of: place, version: key.version)
                        $0.stats = stats.total
                        $0.statsByPriorityKey = stats
                    }
                }
            }
        }
    }

    /// Lists the deployments of a namespace, the latest first.
    func list(_ request: APIListWorkerDeploymentsRequest) throws -> APIListWorkerDeploymentsResponse {
        let namespace = try namespace(request.namespace).name
        let all = deployments.all.values.filter { $0.key.namespace == namespace }.reversed()
        let start = try Self.offset(of: request.nextPageToken)
        let size = (1...1000).contains(request.pageSize) ? Int(request.pageSize) : 1000
        let rest = all.dropFirst(start)
        return .with {
            $0.workerDeployments = rest.prefix(size).map { $0.listed(at: readClock()) }
            if rest.count > size { $0.nextPageToken = Data(String(start + size).utf8) }
        }
    }

    // MARK: Make

    /// Makes a deployment that no worker has polled for yet.
    func create(_ request: APICreateWorkerDeploymentRequest) throws -> APICreateWorkerDeploymentResponse {
        _ = try namespace(request.namespace)
        guard !request.deploymentName.isEmpty else { throw ServiceError.invalid("deployment name cannot be empty") }
        try DeploymentRules.check(name: request.deploymentName)
        let key = DeploymentKey(namespace: request.namespace, name: request.deploymentName)
        readClock()
        if let present = deployments[key] {
            guard !request.requestID.isEmpty, present.requestID == request.requestID else {
                let isAutomatic = present.requestID.hasPrefix("_auto_create_")
                throw RPCError(
                    code: .alreadyExists,
                    message: "Worker Deployment with name \"\(key.name)\" already exists"
                        + (isAutomatic ? " (auto-created from worker polls)" : "")
                )
            }
            return .with { $0.conflictToken = present.conflictToken }
        }
        let requestID = request.requestID.isEmpty ? ids.uuid() : request.requestID
        let deployment = try makeDeployment(key, requestID: requestID, identity: request.identity)
        deployments[key] = deployment
        return .with { $0.conflictToken = deployment.conflictToken }
    }

    /// Makes a version that no worker has polled for yet.
    func create(
        _ request: APICreateWorkerDeploymentVersionRequest
    ) throws -> APICreateWorkerDeploymentVersionResponse {
        let proto = request.deploymentVersion
        guard !proto.deploymentName.isEmpty else { throw ServiceError.invalid("deployment name cannot be empty") }
        guard !proto.buildID.isEmpty else { throw ServiceError.invalid("build ID cannot be empty") }
        guard !request.hasComputeConfig else {
            throw ServiceError.invalid("compute_config is not served here: no process is started by this service")
        }
        try DeploymentRules.check(buildID: proto.buildID)
        var deployment = try deployment(proto.deploymentName, namespace: request.namespace)
        if let present = deployment.versions[proto.buildID] {
            guard !request.requestID.isEmpty, present.requestID == request.requestID else {
                throw RPCError(
                    code: .alreadyExists,
                    message: "Worker Deployment Version \"\(present.version.legacyText)\" already exists"
                )
            }
            return APICreateWorkerDeploymentVersionResponse()
        }
        try add(
            DeploymentVersionState(
                version: WorkerDeploymentVersion(deploymentName: proto.deploymentName, buildID: proto.buildID),
                createTime: readClock(),
                requestID: request.requestID.isEmpty ? ids.uuid() : request.requestID,
                status: .created,
                lastModifier: request.identity
            ),
            to: &deployment
        )
        deployments[deployment.key] = deployment
        return APICreateWorkerDeploymentVersionResponse()
    }

    /// Changes what operators note about a version.
    func updateMetadata(
        _ request: APIUpdateWorkerDeploymentVersionMetadataRequest
    ) throws -> APIUpdateWorkerDeploymentVersionMetadataResponse {
        guard !request.upsertEntries.isEmpty || !request.removeEntries.isEmpty else {
            throw ServiceError.invalid("At least one of remove_entries or upsert_entries must be provided")
        }
        let key = try version(
            request.hasDeploymentVersion ? "" : request.version,
            request.hasDeploymentVersion ? request.deploymentVersion : nil,
            namespace: request.namespace
        )
        guard deployments.state(of: key) != nil else {
            throw ServiceError.notFound("Worker Deployment Version not found")
        }
        deployments.update(key) { state in
            var entries = state.metadata ?? [:]
            entries.merge(request.upsertEntries) { _, new in new }
            for name in request.removeEntries { entries[name] = nil }
            state.metadata = entries
            state.lastModifier = request.identity
        }
        return .with { $0.metadata.entries = deployments.state(of: key)?.metadata ?? [:] }
    }

    // MARK: Delete

    /// Deletes a deployment without versions.
    func delete(_ request: APIDeleteWorkerDeploymentRequest) throws -> APIDeleteWorkerDeploymentResponse {
        _ = try namespace(request.namespace)
        try DeploymentRules.check(name: request.deploymentName)
        let key = DeploymentKey(namespace: request.namespace, name: request.deploymentName)
        if let deployment = deployments[key], !deployment.versions.isEmpty {
            throw DeploymentRules.refused("deployment has versions, can't be deleted")
        }
        deployments[key] = nil
        return APIDeleteWorkerDeploymentResponse()
    }

    /// Deletes a version that nothing needs. One that is not there is deleted already.
    func delete(
        _ request: APIDeleteWorkerDeploymentVersionRequest
    ) throws -> APIDeleteWorkerDeploymentVersionResponse {
        let key = try version(
            request.hasDeploymentVersion ? "" : request.version,
            request.hasDeploymentVersion ? request.deploymentVersion : nil,
            namespace: request.namespace
        )
        var deployment = try deployment(key.version.deploymentName, namespace: request.namespace)
        guard let state = deployment.versions[key.version.buildID] else {
            return APIDeleteWorkerDeploymentVersionResponse()
        }
        readClock()
        if deployment.routing.current != state.version, deployment.routing.ramp?.version != state.version {
            try DeploymentRules.checkManager(of: deployment, request.identity)
        }
        if let problem = problem(deleting: state, of: deployment, skipDrainage: request.skipDrainage) {
            throw DeploymentRules.refused("version '\(state.version)' cannot be deleted since it \(problem)")
        }
        deployment.versions.removeValue(forKey: key.version.buildID)
        deployment.lastModifier = request.identity
        deployments[deployment.key] = deployment
        rerouteAll(in: request.namespace)
        return APIDeleteWorkerDeploymentVersionResponse()
    }

    /// Why a version cannot be deleted; `nil` if it can.
    func problem(
        deleting version: DeploymentVersionState,
        of deployment: WorkerDeployment,
        skipDrainage: Bool
    ) -> String? {
        let routing = deployment.routing
        if routing.current == version.version || routing.ramp?.version == version.version {
            return "is current or ramping"
        }
        if !skipDrainage, version.status == .draining { return "is draining" }
        let hasPollers = version.taskQueues.contains { queue in
            let key = QueueKey(namespace: deployment.key.namespace, name: queue.name, kind: queue.kind)
            return hasPoller(of: version.version, key, since: now - TaskQueue.identityLifetime)
        }
        return hasPollers ? "has active pollers" : nil
    }
}

extension DeploymentRules {
    /// Checks that a client may change a deployment.
    ///
    /// - Throws: `FAILED_PRECONDITION` if another manages it.
    static func checkManager(of deployment: WorkerDeployment, _ identity: String) throws {
        guard deployment.manager.isEmpty || deployment.manager == identity else {
            throw refused(
                "ManagerIdentity '\(deployment.manager)' is set and does not match user identity '\(identity)'; to "
                    + "proceed, set your own identity as the ManagerIdentity, remove the ManagerIdentity, or wait for "
                    + "the other client to do so"
            )
        }
    }
}
