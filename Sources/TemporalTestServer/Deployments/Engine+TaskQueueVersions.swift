import DequeModule
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// What descriptions of task queues tell of versions.
extension Engine {
    /// When a waiting task came to be.
    func scheduledTime(of task: QueuedTask) -> Moment? {
        switch task {
        case .workflow(let number, _): runs[number].workflowTask?.scheduledTime
        case .activity(let number, let eventID, _): runs[number].activities[eventID]?.attemptScheduledTime
        case .nexus(let number): nexusTasks[number].map { Moment($0.request.scheduledTime) }
        case .query: nil
        case .standaloneActivity(let number, _): standaloneActivities.all[number].attempt.dispatchTime
        }
    }

    /// Who polls a task queue, or has done so.
    ///
    /// - Parameters:
    ///   - key: The task queue.
    ///   - version: The version whose workers count; `nil` for those without one. Default: all.
    func pollers(of key: QueueKey, version: WorkerDeploymentVersion?? = .none) -> [APIPollerInfo] {
        guard let queue = queues[key] else { return [] }
        return queue.recentIdentities(at: readClock()).sorted { $0.key < $1.key }.compactMap { identity, moment in
            let options = queue.deploymentOptions[identity]
            if let version, version != WorkerDeploymentVersion(options, nil) { return nil }
            return .with {
                $0.identity = identity
                $0.lastAccessTime = moment.timestamp
                $0.ratePerSecond = queue.workerRate ?? 100_000
                if let options { $0.deploymentOptions = options }
            }
        }
    }

    /// Which versions the tasks of a task queue go to.
    func versioningInfo(of key: QueueKey) -> APITaskQueueVersioningInfo {
        let routing = routing(of: key)
        return .with {
            $0.currentVersion = routing.current.version.legacyText
            if let version = routing.current.version { $0.currentDeploymentVersion = version.proto }
            if let ramping = routing.ramping {
                $0.rampingVersion = ramping.version.legacyText
                if let version = ramping.version { $0.rampingDeploymentVersion = version.proto }
                $0.rampingVersionPercentage = routing.percentage
            }
            if let changed = routing.changed { $0.updateTime = changed.timestamp }
        }
    }

    /// What the description of a task queue tells of versions, by their texts: those that are asked for, or those that
    /// workers poll for now.
    func versionsInfo(_ request: APIDescribeTaskQueueRequest) throws -> [String: APITaskQueueVersionInfo] {
        let kinds: [QueueKey.Kind] =
            request.taskQueueTypes.isEmpty
            ? [.workflow, .activity]
            : request.taskQueueTypes.compactMap { $0 == .workflow ? .workflow : $0 == .activity ? .activity : nil }
        let keys = kinds.map { QueueKey(namespace: request.namespace, name: request.taskQueue.name, kind: $0) }
        var wanted: [(text: String, version: WorkerDeploymentVersion?)] = try request.versions.buildIds.map {
            ($0, $0.isEmpty ? nil : try DeploymentRules.version($0, or: nil))
        }
        if request.versions.unversioned || !request.hasVersions { wanted.append(("", nil)) }
        if request.versions.allActive {
            let polled = keys.flatMap { queues[$0]?.pollers.map(\.version) ?? [] }
            for version in polled where !wanted.contains(where: { $0.version == version }) {
                wanted.append((version?.description ?? "", version))
            }
        }
        var result: [String: APITaskQueueVersionInfo] = [:]
        for (text, version) in wanted {
            result[text] = .with { info in
                for key in keys {
                    info.typesInfo[Int32(key.kind.taskQueueType.rawValue)] = .with {
                        if request.reportPollers { $0.pollers = pollers(of: key, version: version) }
                        if request.reportStats { $0.stats = statsByPriority(of: key, version: version).total }
                    }
                }
                if request.reportTaskReachability {
                    info.taskReachability = reachability(of: version, in: keys, namespace: request.namespace)
                }
            }
        }
        return result
    }

    /// Whether a version can still get tasks: new ones, or those of runs that are on it, or queries of such as have ended.
    private func reachability(
        of version: WorkerDeploymentVersion?,
        in keys: [QueueKey],
        namespace: String
    ) -> APIBuildIdTaskReachability {
        let takesNew = keys.contains { key in
            let routing = routing(of: key)
            return routing.current.version == version || routing.percentage > 0 && routing.ramping?.version == version
        }
        if takesNew { return .reachable }
        let names = Set(keys.map(\.name))
        let onVersion = runs.filter {
            $0.namespace == namespace && !$0.isDeleted && names.contains($0.start.taskQueue.name)
                && $0.versioning.effectiveVersion == version
        }
        if onVersion.contains(where: \.isOpen) { return .reachable }
        return onVersion.isEmpty ? .unreachable : .closedWorkflowsOnly
    }
}
