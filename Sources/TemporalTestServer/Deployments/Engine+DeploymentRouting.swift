import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// The calls that say which versions of a deployment new runs go to, and who may say so.
extension Engine {
    /// How long after its last task a task queue still counts as in use.
    private static let activityWindow = Span.seconds(30)

    /// Makes a version the one that new runs go to.
    func setCurrentVersion(
        _ request: APISetWorkerDeploymentCurrentVersionRequest
    ) throws -> APISetWorkerDeploymentCurrentVersionResponse {
        _ = try namespace(request.namespace)
        guard !request.deploymentName.isEmpty else { throw ServiceError.invalid("deployment name cannot be empty") }
        let version = try target(request.version, request.buildID, of: request.deploymentName)
        var deployment = try changing(request.deploymentName, namespace: request.namespace, request.allowNoPollers)
        let previous = deployment.routing.current
        func response(_ token: Data) -> APISetWorkerDeploymentCurrentVersionResponse {
            .with {
                $0.conflictToken = token
                $0.previousVersion = previous.legacyText
                if let previous { $0.previousDeploymentVersion = previous.proto }
            }
        }
        if previous == version, deployment.lastModifier == request.identity {
            return response(deployment.conflictToken)
        }
        try check(request.conflictToken, of: deployment)
        try checkPresence(of: version, in: deployment, request.allowNoPollers)
        try DeploymentRules.checkManager(of: deployment, request.identity)
        if let version { try addIfMissing(version, to: &deployment) }
        if !request.ignoreMissingTaskQueues, let version, let previous,
            isMissingTaskQueues(deployment, from: previous, to: version)
        {
            throw DeploymentRules.refused(
                "proposed current version '\(version)' is missing active task queues from the current version; these "
                    + "would become unversioned if it is set as the current version"
            )
        }
        if previous != version { deployment.setCurrent(version, at: now, order: nextNumber()) }
        return response(finish(&deployment, request.identity))
    }

    /// Changes which version takes a share of the new runs.
    func setRampingVersion(
        _ request: APISetWorkerDeploymentRampingVersionRequest
    ) throws -> APISetWorkerDeploymentRampingVersionResponse {
        _ = try namespace(request.namespace)
        guard (0...100).contains(request.percentage) else {
            throw ServiceError.invalid("Percentage must be between 0 and 100 (inclusive)")
        }
        let ramp = try ramp(of: request)
        var deployment = try changing(request.deploymentName, namespace: request.namespace, request.allowNoPollers)
        let previous = deployment.routing.ramp
        func response(_ token: Data) -> APISetWorkerDeploymentRampingVersionResponse {
            .with {
                $0.conflictToken = token
                $0.previousVersion = previous.legacyText
                if let version = previous?.version { $0.previousDeploymentVersion = version.proto }
                $0.previousPercentage = previous?.percentage ?? 0
            }
        }
        if previous == ramp, deployment.lastModifier == request.identity { return response(deployment.conflictToken) }
        try check(request.conflictToken, of: deployment)
        if let ramp, ramp.version == deployment.routing.current {
            throw DeploymentRules.refused("requested ramping version \(ramp.version.legacyText) is already current")
        }
        try checkPresence(of: ramp?.version, in: deployment, request.allowNoPollers)
        try DeploymentRules.checkManager(of: deployment, request.identity)
        if let version = ramp?.version {
            try addIfMissing(version, to: &deployment)
            if !request.ignoreMissingTaskQueues, previous?.version != version, let current = deployment.routing.current,
                isMissingTaskQueues(deployment, from: current, to: version)
            {
                throw DeploymentRules.refused(
                    "proposed ramping version '\(version)' is missing active task queues from the current version; "
                        + "these would become unversioned if it is set as the ramping version"
                )
            }
        }
        if previous != ramp { deployment.setRamp(ramp, at: now, order: nextNumber()) }
        return response(finish(&deployment, request.identity))
    }

    /// Changes who alone may change the routing.
    func setManager(
        _ request: APISetWorkerDeploymentManagerRequest
    ) throws -> APISetWorkerDeploymentManagerResponse {
        guard !request.identity.isEmpty else { throw ServiceError.invalid("Identity is required") }
        var deployment = try deployment(request.deploymentName, namespace: request.namespace)
        let previous = deployment.manager
        let manager = request.self_p ? request.identity : request.managerIdentity
        if previous != manager || deployment.lastModifier != request.identity {
            try check(request.conflictToken, of: deployment)
            deployment.manager = manager
            deployment.lastModifier = request.identity
            deployment.conflictToken = nextConflictToken()
            deployments[deployment.key] = deployment
        }
        return .with {
            $0.previousManagerIdentity = previous
            $0.conflictToken = deployment.conflictToken
        }
    }

    // MARK: Parts

    /// The deployment that is to be changed; a new one if there need not be workers.
    private func changing(_ name: String, namespace: String, _ allowsNoPollers: Bool) throws -> WorkerDeployment {
        readClock()
        do {
            return try deployment(name, namespace: namespace)
        } catch let error as RPCError where error.code == .notFound && allowsNoPollers {
            return try makeDeployment(DeploymentKey(namespace: namespace, name: name), requestID: ids.uuid())
        }
    }

    /// The version that a request names; `nil` for workers without one.
    private func target(_ text: String, _ buildID: String, of name: String) throws -> WorkerDeploymentVersion? {
        guard !text.isEmpty else {
            return buildID.isEmpty ? nil : WorkerDeploymentVersion(deploymentName: name, buildID: buildID)
        }
        guard text != WorkerDeploymentVersion.unversionedText else { return nil }
        guard let version = WorkerDeploymentVersion(text: text) else {
            throw ServiceError.invalid(
                "invalid version string: expected delimiter ':' or '.' not found in version string \(text)"
            )
        }
        guard version.deploymentName == name else {
            throw ServiceError.invalid("invalid version string '\(text)' does not match deployment name '\(name)'")
        }
        return version
    }

    /// The ramp that a request asks for; `nil` to end one. Workers without a version are ramped to by a share alone.
    private func ramp(of request: APISetWorkerDeploymentRampingVersionRequest) throws -> WorkerDeployment.Ramp? {
        let version = try target(request.version, request.buildID, of: request.deploymentName)
        guard version != nil || request.percentage > 0 else { return nil }
        return WorkerDeployment.Ramp(version: version, percentage: request.percentage)
    }

    private func check(_ token: Data, of deployment: WorkerDeployment) throws {
        guard token.isEmpty || token == deployment.conflictToken else {
            throw DeploymentRules.refused("conflict token mismatch")
        }
    }

    private func checkPresence(
        of version: WorkerDeploymentVersion?,
        in deployment: WorkerDeployment,
        _ allowsNoPollers: Bool
    ) throws {
        guard let version, deployment.versions[version.buildID] == nil else { return }
        guard allowsNoPollers else {
            throw ServiceError.notFound(
                "build ID '\(version.buildID)' not found in Worker Deployment '\(deployment.key.name)'"
            )
        }
        try DeploymentRules.check(version)
    }

    private func addIfMissing(_ version: WorkerDeploymentVersion, to deployment: inout WorkerDeployment) throws {
        guard deployment.versions[version.buildID] == nil else { return }
        try add(DeploymentVersionState(version: version, createTime: now, status: .created), to: &deployment)
    }

    /// Whether a task queue that is in use would have no workers of the version that takes over.
    private func isMissingTaskQueues(
        _ deployment: WorkerDeployment,
        from old: WorkerDeploymentVersion,
        to new: WorkerDeploymentVersion
    ) -> Bool {
        let present = deployment.versions[new.buildID]?.taskQueues ?? []
        return (deployment.versions[old.buildID]?.taskQueues ?? []).subtracting(present).contains { queue in
            let key = QueueKey(namespace: deployment.key.namespace, name: queue.name, kind: queue.kind)
            guard routing(of: key).current.version == old else { return false }
            return isInUse(key, by: old, since: now - Self.activityWindow)
        }
    }

    /// Notes who has changed a deployment, and lets the change count.
    private func finish(_ deployment: inout WorkerDeployment, _ identity: String) -> Data {
        deployment.lastModifier = identity
        deployment.conflictToken = nextConflictToken()
        deployments[deployment.key] = deployment
        beginDrainages(of: deployment.key)
        rerouteAll(in: deployment.key.namespace)
        return deployment.conflictToken
    }
}
