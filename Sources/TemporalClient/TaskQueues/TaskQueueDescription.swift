public import Foundation
import SwiftProtobuf
import Temporal
package import TemporalAPI

/// What kind of tasks a task queue hands out. Each has pollers and a backlog of its own.
public struct TaskQueueType: Sendable, Hashable, CustomStringConvertible {
    let proto: APITaskQueueType

    /// Workflow tasks.
    public static let workflow = TaskQueueType(proto: .workflow)
    /// Activity tasks.
    public static let activity = TaskQueueType(proto: .activity)
    /// Nexus tasks.
    public static let nexus = TaskQueueType(proto: .nexus)

    init(proto: APITaskQueueType) {
        self.proto = proto
    }

    /// The name of the kind.
    public var description: String { "\(proto)" }
}

/// A worker that has asked a task queue for tasks in the last minutes.
public struct TaskQueuePoller: Sendable {
    /// Who the worker is.
    public let identity: String

    /// When it asked last.
    public let lastAccessTime: Date

    /// How many tasks it takes at most in a second.
    public let ratePerSecond: Double

    /// The deployment of the worker and its build id; `nil` for a worker without.
    public let deployment: (name: String, buildID: String)?

    init(_ proto: APIPollerInfo) {
        identity = proto.identity
        lastAccessTime = Date(proto.lastAccessTime)
        ratePerSecond = proto.ratePerSecond
        deployment =
            proto.hasDeploymentOptions
            ? (proto.deploymentOptions.deploymentName, proto.deploymentOptions.buildID) : nil
    }
}

/// How much waits in a task queue, and how fast it goes.
public struct TaskQueueStatistics: Sendable, Hashable {
    /// The number of tasks that wait. It may lag behind, and count some that are no longer needed.
    public let backlogCount: Int

    /// How long the oldest task has waited.
    public let backlogAge: Duration

    /// The tasks that came in a second, in the last half minute.
    public let tasksAddedPerSecond: Double

    /// The tasks that were handed out in a second, in the last half minute.
    public let tasksDispatchedPerSecond: Double

    /// Whether a limit has held tasks back in the last half minute while workers waited for them. Older servers do not
    /// tell.
    public let isRateLimited: Bool

    init(_ proto: APITaskQueueStats) {
        backlogCount = Int(proto.approximateBacklogCount)
        backlogAge = Duration(proto.approximateBacklogAge)
        tasksAddedPerSecond = Double(proto.tasksAddRate)
        tasksDispatchedPerSecond = Double(proto.tasksDispatchRate)
        isRateLimited = proto.rateLimitingActive
    }

    static func byPriority(_ protos: [Int32: APITaskQueueStats]) -> [Int: TaskQueueStatistics] {
        Dictionary(uniqueKeysWithValues: protos.map { (Int($0.key), TaskQueueStatistics($0.value)) })
    }
}

/// Who has set how many tasks a queue hands out at most.
public struct TaskQueueRateLimitSource: Sendable, Hashable, CustomStringConvertible {
    /// The name of the source.
    public let description: String

    /// An operator: see ``TaskQueueClient/updateConfiguration(of:type:rateLimit:fairnessKeyRateLimit:fairnessWeights:)``.
    public static let api = TaskQueueRateLimitSource(description: "API")
    /// The worker that polled last.
    public static let worker = TaskQueueRateLimitSource(description: "worker")
    /// The service itself.
    public static let system = TaskQueueRateLimitSource(description: "system")

    private init(description: String) {
        self.description = description
    }

    init?(_ proto: APIRateLimitSource) {
        switch proto {
        case .api: self = .api
        case .worker: self = .worker
        case .system: self = .system
        case .unspecified: return nil
        case .UNRECOGNIZED(let number): self.init(description: "unknown (\(number))")
        }
    }
}

/// A limit that an operator has set to what a task queue hands out.
public struct TaskQueueRateLimit: Sendable, Hashable {
    /// How many tasks are handed out at most in a second; `nil` if the limit was taken away.
    public let tasksPerSecond: Double?

    /// Why.
    public let reason: String

    /// Who set it.
    public let identity: String

    /// When it was set.
    public let updateTime: Date

    init(_ proto: APIRateLimitConfig) {
        tasksPerSecond = proto.hasRateLimit ? Double(proto.rateLimit.requestsPerSecond) : nil
        reason = proto.metadata.reason
        identity = proto.metadata.updateIdentity
        updateTime = Date(proto.metadata.updateTime)
    }
}

/// What an operator has set for a task queue.
public struct TaskQueueConfiguration: Sendable, Hashable {
    /// The limit of the whole queue; `nil` if none was ever set.
    public let rateLimit: TaskQueueRateLimit?

    /// The limit of each fairness key; `nil` if none was ever set.
    public let fairnessKeyRateLimit: TaskQueueRateLimit?

    /// Weights of fairness keys that go before those of the tasks.
    public let fairnessWeights: [String: Double]

    init(_ proto: APITaskQueueConfig) {
        rateLimit = proto.hasQueueRateLimit ? TaskQueueRateLimit(proto.queueRateLimit) : nil
        fairnessKeyRateLimit =
            proto.hasFairnessKeysRateLimitDefault ? TaskQueueRateLimit(proto.fairnessKeysRateLimitDefault) : nil
        fairnessWeights = proto.fairnessWeightOverrides.mapValues(Double.init)
    }
}

/// Whether workflows can still need workers of a build id.
public struct BuildIDReachability: Sendable, Hashable, CustomStringConvertible {
    /// The name of the state.
    public let description: String

    /// New or running workflows need them.
    public static let reachable = BuildIDReachability(description: "reachable")
    /// Only queries of closed workflows need them.
    public static let closedWorkflowsOnly = BuildIDReachability(description: "closed workflows only")
    /// Nothing needs them.
    public static let unreachable = BuildIDReachability(description: "unreachable")

    private init(description: String) {
        self.description = description
    }

    init?(_ proto: APIBuildIdTaskReachability) {
        switch proto {
        case .reachable: self = .reachable
        case .closedWorkflowsOnly: self = .closedWorkflowsOnly
        case .unreachable: self = .unreachable
        case .unspecified: return nil
        case .UNRECOGNIZED(let number): self.init(description: "unknown (\(number))")
        }
    }
}

/// What the service knows of a task queue for one kind of tasks.
public struct TaskQueueDescription: Sendable {
    /// What the service answered.
    package let proto: APIDescribeTaskQueueResponse

    /// The name of the task queue.
    public let name: String

    /// The kind of tasks.
    public let type: TaskQueueType

    /// How much waits in it, and how fast it goes; `nil` if the service does not say.
    public let statistics: TaskQueueStatistics?

    init(_ proto: APIDescribeTaskQueueResponse, name: String, type: TaskQueueType, statistics: APITaskQueueStats?) {
        self.proto = proto
        self.name = name
        self.type = type
        self.statistics = statistics.map(TaskQueueStatistics.init)
    }

    /// The workers that have asked for tasks in the last minutes. None means that nothing in the queue goes on.
    public var pollers: [TaskQueuePoller] { proto.pollers.map(TaskQueuePoller.init) }

    /// How much waits with each priority, from 1 to 5, and how fast it goes; empty if the service does not say.
    public var statisticsByPriority: [Int: TaskQueueStatistics] {
        TaskQueueStatistics.byPriority(proto.statsByPriorityKey)
    }

    /// What an operator has set; `nil` if nothing was, or the service does not say.
    public var configuration: TaskQueueConfiguration? {
        proto.hasConfig ? TaskQueueConfiguration(proto.config) : nil
    }

    /// How many tasks are handed out at most in a second, whoever said so; `nil` if the service does not say.
    public var effectiveTasksPerSecond: Double? {
        proto.hasEffectiveRateLimit ? Double(proto.effectiveRateLimit.requestsPerSecond) : nil
    }

    /// Who has set ``effectiveTasksPerSecond``; `nil` if the service does not say.
    public var effectiveTasksPerSecondSource: TaskQueueRateLimitSource? {
        proto.hasEffectiveRateLimit ? TaskQueueRateLimitSource(proto.effectiveRateLimit.rateLimitSource) : nil
    }

    /// The versions of workers that tasks go to; `nil` for a queue without.
    public var versions: TaskQueueVersions? {
        proto.hasVersioningInfo ? TaskQueueVersions(proto.versioningInfo) : nil
    }
}

/// The versions of workers that tasks of a queue go to.
public struct TaskQueueVersions: Sendable, Hashable {
    /// The deployment and the build id of the current version; `nil` if workers without a version are current.
    public var current: (deployment: String, buildID: String)? {
        proto.hasCurrentDeploymentVersion
            ? (proto.currentDeploymentVersion.deploymentName, proto.currentDeploymentVersion.buildID) : nil
    }

    /// The deployment and the build id of the version that is ramping up; `nil` for none.
    public var ramping: (deployment: String, buildID: String)? {
        proto.hasRampingDeploymentVersion
            ? (proto.rampingDeploymentVersion.deploymentName, proto.rampingDeploymentVersion.buildID) : nil
    }

    /// The share of tasks that the ramping version gets, in percent.
    public var rampingPercentage: Double { Double(proto.rampingVersionPercentage) }

    /// When these were set.
    public var updateTime: Date { Date(proto.updateTime) }

    private let proto: APITaskQueueVersioningInfo

    init(_ proto: APITaskQueueVersioningInfo) {
        self.proto = proto
    }
}
