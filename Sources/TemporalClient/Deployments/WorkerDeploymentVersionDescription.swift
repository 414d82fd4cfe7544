public import Foundation
public import Temporal
package import TemporalAPI

/// What the service knows of a version of a worker deployment.
public struct WorkerDeploymentVersionDescription: Sendable {
    /// A task queue that workers of the version poll.
    public struct TaskQueue: Sendable, Hashable {
        /// What tasks it has.
        public struct Kind: Sendable, Hashable, CustomStringConvertible {
            public let description: String

            /// Workflow tasks.
            public static let workflow = Kind(description: "workflow")
            /// Activities.
            public static let activity = Kind(description: "activity")
            /// Nexus operations.
            public static let nexus = Kind(description: "nexus")

            fileprivate init(description: String) {
                self.description = description
            }

            fileprivate init?(_ proto: APITaskQueueType) {
                switch proto {
                case .workflow: self = .workflow
                case .activity: self = .activity
                case .nexus: self = .nexus
                case .unspecified, .UNRECOGNIZED: return nil
                }
            }
        }

        /// The name of the task queue.
        public var name: String
        /// What tasks it has.
        public var kind: Kind
        /// How much waits in it for workers of the version, and how fast that goes; `nil` if it was not asked for, or the
        /// service does not say.
        public var statistics: TaskQueueStatistics?
        /// The same for each priority, from 1 to 5; empty if it was not asked for, or the service does not say.
        public var statisticsByPriority: [Int: TaskQueueStatistics] = [:]
    }

    /// What the service answered.
    package let proto: APIDescribeWorkerDeploymentVersionResponse

    init(_ proto: APIDescribeWorkerDeploymentVersionResponse) {
        self.proto = proto
    }

    private var info: APIWorkerDeploymentVersionInfo { proto.workerDeploymentVersionInfo }

    /// The version.
    public var version: WorkerDeploymentVersion {
        WorkerDeploymentVersion(info.hasDeploymentVersion ? info.deploymentVersion : nil, text: info.version)
            ?? WorkerDeploymentVersion(deploymentName: info.deploymentName, buildID: info.version)
    }

    /// What it is for at the moment.
    public var status: WorkerDeploymentVersionStatus {
        WorkerDeploymentVersionStatus(info.status)
            ?? WorkerDeploymentVersionStatus(
                isCurrent: info.hasCurrentSinceTime,
                isRamping: info.hasRampingSinceTime,
                drainage: info.drainageInfo.status
            )
    }

    /// When it was made.
    public var createTime: Date { Date(info.createTime) }

    /// Since when new runs go to it; `nil` if they do not.
    public var currentSince: Date? { info.hasCurrentSinceTime ? Date(info.currentSinceTime) : nil }

    /// Since when a share of the new runs goes to it; `nil` if none does.
    public var rampingSince: Date? { info.hasRampingSinceTime ? Date(info.rampingSinceTime) : nil }

    /// The share of the new runs that goes to it while it is ramping, in percent.
    public var rampingPercentage: Float { info.rampPercentage }

    /// When it was first current or ramping. Older servers do not tell.
    public var firstActivationTime: Date? { info.hasFirstActivationTime ? Date(info.firstActivationTime) : nil }

    /// When it last became current. Older servers do not tell.
    public var lastCurrentTime: Date? { info.hasLastCurrentTime ? Date(info.lastCurrentTime) : nil }

    /// When it ceased to be current or ramping; `nil` if it still is. Older servers do not tell.
    public var lastDeactivationTime: Date? { info.hasLastDeactivationTime ? Date(info.lastDeactivationTime) : nil }

    /// When the service last looked for open runs that are pinned to it; `nil` unless it is draining or drained.
    public var drainageLastCheckedTime: Date? {
        info.hasDrainageInfo && info.drainageInfo.hasLastCheckedTime ? Date(info.drainageInfo.lastCheckedTime) : nil
    }

    /// When it began to drain, or was found to be drained; `nil` if neither.
    public var drainageLastChangedTime: Date? {
        info.hasDrainageInfo && info.drainageInfo.hasLastChangedTime ? Date(info.drainageInfo.lastChangedTime) : nil
    }

    /// The task queues that its workers poll, or have polled.
    public var taskQueues: [TaskQueue] {
        guard proto.versionTaskQueues.isEmpty else {
            return proto.versionTaskQueues.compactMap { queue in
                TaskQueue.Kind(queue.type).map { kind in
                    TaskQueue(
                        name: queue.name,
                        kind: kind,
                        statistics: queue.hasStats ? TaskQueueStatistics(queue.stats) : nil,
                        statisticsByPriority: TaskQueueStatistics.byPriority(queue.statsByPriorityKey)
                    )
                }
            }
        }
        // Older servers list them here only.
        return info.taskQueueInfos.compactMap { info in
            TaskQueue.Kind(info.type).map { TaskQueue(name: info.name, kind: $0) }
        }
    }

    /// Who changed it last. Empty from older servers, which do not tell.
    public var lastModifierIdentity: String { info.lastModifierIdentity }

    /// When its routing last changed; `nil` if it never did.
    public var routingChangedTime: Date? { info.hasRoutingChangedTime ? Date(info.routingChangedTime) : nil }

    /// What is noted about it.
    public var metadata: [String: Payload] { info.metadata.entries.mapValues(Payload.init) }
}
