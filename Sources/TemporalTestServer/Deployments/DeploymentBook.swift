import OrderedCollections
import Temporal
import TemporalAPI

/// All worker deployments of a service, and what follows from them.
struct DeploymentBook: Codable, Sendable {
    /// Which version in which namespace.
    struct VersionKey: Hashable, Codable, Sendable {
        let namespace: String
        let version: WorkerDeploymentVersion
    }

    private(set) var all: OrderedDictionary<DeploymentKey, WorkerDeployment> = [:]

    /// Counts the changes after which tasks may go to other versions than before.
    private(set) var routingRevision: UInt64 = 0

    /// How many open runs are pinned to a version.
    private var pinned: OrderedDictionary<VersionKey, Int> = [:]

    private enum CodingKeys: CodingKey { case all, pinned }

    /// Whether there is none, so that nothing has a version.
    var isEmpty: Bool { all.isEmpty }

    /// Whether there is nothing to remember. Runs can be pinned to versions that were deleted.
    var hasNothingToStore: Bool { all.isEmpty && pinned.isEmpty }

    subscript(_ key: DeploymentKey) -> WorkerDeployment? {
        get { all[key] }
        set {
            all[key] = newValue
            routingRevision += 1
        }
    }

    /// What is known of a version.
    func state(of key: VersionKey) -> DeploymentVersionState? {
        all[DeploymentKey(namespace: key.namespace, name: key.version.deploymentName)]?.versions[key.version.buildID]
    }

    /// Changes what is known of a version, if it is there.
    mutating func update(_ key: VersionKey, _ body: (inout DeploymentVersionState) -> Void) {
        let deployment = DeploymentKey(namespace: key.namespace, name: key.version.deploymentName)
        guard var state = all[deployment]?.versions[key.version.buildID] else { return }
        body(&state)
        all[deployment]?.versions[key.version.buildID] = state
        routingRevision += 1
    }

    /// Whether workers of a version have polled a task queue.
    func serves(_ version: WorkerDeploymentVersion, _ queue: QueueKey) -> Bool {
        state(of: VersionKey(namespace: queue.namespace, version: version))?.taskQueues
            .contains(VersionQueue(name: queue.name, kind: queue.kind)) ?? false
    }

    /// Which versions the tasks of a task queue go to.
    func routing(of queue: QueueKey) -> QueueRouting {
        QueueRouting(
            all.values.lazy.filter { $0.key.namespace == queue.namespace },
            queue: VersionQueue(name: queue.name, kind: queue.kind)
        )
    }

    /// How many open runs are pinned to a version.
    func pinnedRuns(_ key: VersionKey) -> Int { pinned[key] ?? 0 }

    /// Counts a run that is pinned from now on, or not any more.
    mutating func count(_ key: VersionKey, by change: Int) {
        let count = pinnedRuns(key) + change
        pinned[key] = count == 0 ? nil : count
    }
}
