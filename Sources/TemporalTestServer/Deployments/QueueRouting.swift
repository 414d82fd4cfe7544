import OrderedCollections
import Temporal

/// Which versions the tasks of one task queue go to, unless their runs are pinned.
struct QueueRouting: Equatable {
    /// A version with the revision of the routing that says so; `nil` in place of a version are workers without one.
    struct Target: Equatable {
        var version: WorkerDeploymentVersion?
        var revision: Int64 = 0
    }

    var current = Target()
    var ramping: Target?
    var percentage: Float = 0

    /// When it last changed; `nil` if no deployment has to do with the task queue.
    var changed: Moment?

    /// Where the tasks of a workflow go. The same id is always on the same side of the line that a ramp draws.
    ///
    /// - Parameters:
    ///   - workflowID: The id of the workflow.
    ///   - usesRamping: Whether the workflow goes to the ramping version whatever its share.
    func target(for workflowID: String, usesRamping: Bool = false) -> Target {
        guard let ramping else { return current }
        if usesRamping, ramping.version != nil { return ramping }
        guard percentage > 0 else { return current }
        if percentage == 100 { return ramping }
        return FarmHash.threshold(workflowID) <= Double(percentage) ? ramping : current
    }

    init() {}

    /// Combines what the deployments say that have to do with a task queue. The latest word counts; a version of which no
    /// worker has polled the task queue has no say.
    ///
    /// - Parameters:
    ///   - deployments: The deployments of the namespace.
    ///   - queue: The task queue.
    init(_ deployments: some Sequence<WorkerDeployment>, queue: VersionQueue) {
        var (currentOrder, rampOrder): (UInt64, UInt64) = (0, 0)
        for deployment in deployments
        where deployment.versions.values.contains(where: { $0.taskQueues.contains(queue) }) {
            let routing = deployment.routing
            func serves(_ version: WorkerDeploymentVersion) -> Bool {
                deployment.versions[version.buildID]?.taskQueues.contains(queue) ?? false
            }
            if let version = routing.current, serves(version), routing.currentOrder > currentOrder {
                currentOrder = routing.currentOrder
                current = Target(version: version, revision: routing.revision)
            }
            if let ramp = routing.ramp {
                // A ramp to workers without a version counts unless there is one to a version.
                let isVersioned = ramp.version.map(serves) ?? (ramping?.version == nil)
                let isFirst = ramp.version != nil && ramping?.version == nil
                if isVersioned, routing.rampOrder > rampOrder || isFirst {
                    rampOrder = routing.rampOrder
                    ramping = Target(version: ramp.version, revision: routing.revision)
                    percentage = ramp.percentage
                }
            }
            for time in [routing.currentChanged, routing.percentageChanged] {
                if let time { changed = max(time, changed ?? time) }
            }
        }
    }
}
