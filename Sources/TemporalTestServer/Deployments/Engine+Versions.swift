import DequeModule
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// The versions of workers: how they come to be known, which tasks they get, and when nothing needs them any more.
extension Engine {
    /// The most versions that a deployment has, and the most deployments of a namespace.
    static let mostVersions = 100
    static let mostDeployments = 100

    // MARK: Polls

    /// Checks what a worker says of itself, and makes its version known with the task queue that it polls.
    ///
    /// - Parameters:
    ///   - version: The version of the worker; `nil` for one without.
    ///   - options: What it says.
    ///   - queue: The task queue.
    ///   - isSticky: Whether the task queue belongs to the worker alone.
    ///   - normalName: The task queue that it stands for then.
    /// - Throws: `INVALID_ARGUMENT` for a version that cannot be, `RESOURCE_EXHAUSTED` for one too many.
    func register(
        _ version: WorkerDeploymentVersion?,
        options: APIWorkerDeploymentOptions?,
        polling queue: QueueKey,
        stickyOf normalName: String?
    ) throws {
        if let normalName, normalName.isEmpty, options != nil {
            throw ServiceError.invalid(
                "NormalName must be set on sticky queue when UseVersioning is true or DeploymentOptions are set."
            )
        }
        guard let version else { return }
        if version.deploymentName.isEmpty || version.buildID.isEmpty {
            throw ServiceError.invalid("Deployment name and build id must be set together.")
        }
        try DeploymentRules.check(version)
        guard normalName == nil, !deployments.serves(version, queue) else { return }
        let key = DeploymentKey(namespace: queue.namespace, name: version.deploymentName)
        readClock()
        var deployment = try deployments[key] ?? makeDeployment(key, requestID: "_auto_create_\(nextNumber())")
        if deployment.versions[version.buildID] == nil {
            try add(
                DeploymentVersionState(version: version, createTime: now, status: .inactive),
                to: &deployment
            )
        }
        if deployment.versions[version.buildID]?.status == .created {
            deployment.versions[version.buildID]?.status = .inactive
        }
        deployment.versions[version.buildID]?.taskQueues.append(VersionQueue(name: queue.name, kind: queue.kind))
        deployments[key] = deployment
        rerouteAll(in: queue.namespace)
    }

    /// A deployment that nobody knows yet.
    ///
    /// - Throws: `RESOURCE_EXHAUSTED` if the namespace has as many as it can.
    func makeDeployment(_ key: DeploymentKey, requestID: String, identity: String = "") throws -> WorkerDeployment {
        guard deployments.all.values.count(where: { $0.key.namespace == key.namespace }) < Self.mostDeployments else {
            throw DeploymentRules.exhausted("reached maximum deployments in namespace (\(Self.mostDeployments))")
        }
        return WorkerDeployment(
            key: key,
            createTime: now,
            requestID: requestID,
            lastModifier: identity,
            conflictToken: nextConflictToken()
        )
    }

    /// Adds a version to a deployment. One too many takes the place of the oldest that can be deleted.
    ///
    /// - Throws: `RESOURCE_EXHAUSTED` if none can.
    func add(_ version: DeploymentVersionState, to deployment: inout WorkerDeployment) throws {
        if deployment.versions.count >= Self.mostVersions {
            let old = deployment.versions.values.first {
                problem(deleting: $0, of: deployment, skipDrainage: false) == nil
            }
            guard let old else {
                throw DeploymentRules.exhausted(
                    "cannot add version \(version.version.legacyText) since maximum number of versions "
                        + "(\(Self.mostVersions)) have been registered in the deployment"
                )
            }
            deployment.versions.removeValue(forKey: old.version.buildID)
        }
        deployment.versions[version.version.buildID] = version
    }

    /// Checks that a version to which runs are to be pinned has workers on their task queue, or has had them.
    ///
    /// - Throws: `FAILED_PRECONDITION` if not.
    func checkPresence(of override: VersioningOverride, on queue: String, in namespace: String) throws {
        guard let version = override.target else { return }
        guard deployments.serves(version, QueueKey(namespace: namespace, name: queue, kind: .workflow)) else {
            throw DeploymentRules.refused(
                "Pinned version '\(version)' is not present in task queue '\(queue)' of type 'Workflow'"
            )
        }
    }

    // MARK: Routing

    /// Which versions the tasks of a task queue go to.
    func routing(of queue: QueueKey) -> QueueRouting {
        if deployments.isEmpty { return QueueRouting() }
        if knownRoutings.revision != deployments.routingRevision {
            knownRoutings = (deployments.routingRevision, [:])
        }
        if let known = knownRoutings.byQueue[queue] { return known }
        let routing = deployments.routing(of: queue)
        knownRoutings.byQueue[queue] = routing
        return routing
    }

    /// Looks again for workers for what waits in all task queues of a namespace.
    func rerouteAll(in namespace: String) {
        unrouted.append(
            contentsOf: queues.keys.filter { $0.namespace == namespace }
                .sorted { ($0.name, $0.kind.rawValue) < ($1.name, $1.kind.rawValue) }
        )
    }

    /// Looks again for workers for the tasks of a run.
    func reroute(_ run: Run) {
        guard !deployments.isEmpty else { return }
        unrouted.append(QueueKey(namespace: run.namespace, name: run.start.taskQueue.name, kind: .workflow))
        for activity in run.activities.values where !activity.isStarted {
            unrouted.append(
                QueueKey(namespace: run.namespace, name: activity.attributes.taskQueue.name, kind: .activity)
            )
        }
    }

    /// Hands out what waits in the task queues whose routing has changed in this transaction.
    func handOutRerouted() {
        while !unrouted.isEmpty {
            let key = unrouted.removeFirst()
            moveTasksToNormalQueue(from: key) { $0.movesOn }
            if let queue = queues[key] { match(key, queue) }
        }
    }

    // MARK: Drainage

    /// Counts a run whose state has changed among those that are pinned to a version.
    func countPinned(_ run: Run) {
        var version: WorkerDeploymentVersion?
        if run.isOpen, !run.isDeleted, run.versioning.visibleBehavior == .pinned {
            version = run.versioning.visibleVersion
        }
        guard version != run.pinnedVersion else { return }
        let old = run.pinnedVersion
        run.pinnedVersion = version
        if let version { deployments.count(.init(namespace: run.namespace, version: version), by: 1) }
        if let old {
            let key = DeploymentBook.VersionKey(namespace: run.namespace, version: old)
            deployments.count(key, by: -1)
            planDrainageCheck(key)
        }
    }

    /// Begins the drainage of the versions of a deployment that take no new runs any more.
    func beginDrainages(of key: DeploymentKey) {
        guard let versions = deployments[key]?.versions.values else { return }
        for state in versions where state.status == .draining && state.drainage == nil {
            beginDrainage(.init(namespace: key.namespace, version: state.version))
        }
    }

    private func beginDrainage(_ key: DeploymentBook.VersionKey) {
        let drainage = DeploymentVersionState.Drainage(since: readClock(), stamp: nextNumber())
        deployments.update(key) {
            $0.status = .draining
            $0.drainage = drainage
        }
        planDrainageCheck(key)
    }

    /// Lets the next look at a version find that nothing is pinned to it. While something is, a look finds nothing new.
    private func planDrainageCheck(_ key: DeploymentBook.VersionKey) {
        guard let drainage = deployments.state(of: key)?.drainage, !drainage.isDrained,
            deployments.pinnedRuns(key) == 0
        else { return }
        deadlines.insert(.drainage(key, stamp: drainage.stamp), at: drainage.nextCheck(after: readClock()))
    }

    /// Whether a look at a version can still find that it is drained.
    func isDraining(_ key: DeploymentBook.VersionKey, stamp: UInt64) -> Bool {
        guard let drainage = deployments.state(of: key)?.drainage else { return false }
        return drainage.stamp == stamp && !drainage.isDrained
    }

    /// Notes that a version is drained, unless something is pinned to it again.
    func checkDrainage(_ key: DeploymentBook.VersionKey) {
        guard deployments.pinnedRuns(key) == 0 else { return }
        let now = now
        deployments.update(key) {
            $0.status = .drained
            $0.drainage?.isDrained = true
            $0.drainage?.since = now
        }
    }

    /// Notes that a run was pinned to a version that nothing needed before.
    func reactivate(_ version: WorkerDeploymentVersion, in namespace: String) {
        let key = DeploymentBook.VersionKey(namespace: namespace, version: version)
        guard let state = deployments.state(of: key), [.drained, .inactive].contains(state.status) else { return }
        beginDrainage(key)
    }
}
