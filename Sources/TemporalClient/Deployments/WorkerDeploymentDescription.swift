public import Foundation
public import Temporal
package import TemporalAPI

/// Which versions of a deployment runs go to that are not pinned.
public struct WorkerDeploymentRouting: Sendable {
    private let proto: APIRoutingConfig

    init(_ proto: APIRoutingConfig) {
        self.proto = proto
    }

    /// The version that new runs go to; `nil` for workers without a version.
    public var currentVersion: WorkerDeploymentVersion? {
        WorkerDeploymentVersion(
            proto.hasCurrentDeploymentVersion ? proto.currentDeploymentVersion : nil,
            text: proto.currentVersion
        )
    }

    /// The version that takes a share of the new runs; `nil` if none does, or if it is workers without a version.
    public var rampingVersion: WorkerDeploymentVersion? {
        WorkerDeploymentVersion(
            proto.hasRampingDeploymentVersion ? proto.rampingDeploymentVersion : nil,
            text: proto.rampingVersion
        )
    }

    /// The share of the new runs that leave the current version, in percent.
    public var rampingPercentage: Float { proto.rampingVersionPercentage }

    /// When the current version was last changed.
    public var currentVersionChangedTime: Date? {
        proto.hasCurrentVersionChangedTime ? Date(proto.currentVersionChangedTime) : nil
    }

    /// When the ramping version was last changed.
    public var rampingVersionChangedTime: Date? {
        proto.hasRampingVersionChangedTime ? Date(proto.rampingVersionChangedTime) : nil
    }

    /// When the share of the ramping version was last changed.
    public var rampingPercentageChangedTime: Date? {
        proto.hasRampingVersionPercentageChangedTime ? Date(proto.rampingVersionPercentageChangedTime) : nil
    }
}

/// A worker deployment, as it is listed.
public struct WorkerDeploymentSummary: Sendable {
    private let proto: APIListWorkerDeploymentsResponse.WorkerDeploymentSummary

    init(_ proto: APIListWorkerDeploymentsResponse.WorkerDeploymentSummary) {
        self.proto = proto
    }

    /// The name of the deployment.
    public var name: String { proto.name }

    /// When it was made.
    public var createTime: Date { Date(proto.createTime) }

    /// Which versions runs go to.
    public var routing: WorkerDeploymentRouting { WorkerDeploymentRouting(proto.routingConfig) }

    /// The version that was made last. Older servers do not tell.
    public var latestVersion: WorkerDeploymentVersionSummary? {
        proto.hasLatestVersionSummary ? WorkerDeploymentVersionSummary(proto.latestVersionSummary) : nil
    }
}

/// What the service knows of a worker deployment.
public struct WorkerDeploymentDescription: Sendable {
    /// What the service answered.
    package let proto: APIDescribeWorkerDeploymentResponse

    init(_ proto: APIDescribeWorkerDeploymentResponse) {
        self.proto = proto
    }

    private var info: APIWorkerDeploymentInfo { proto.workerDeploymentInfo }

    /// The name of the deployment.
    public var name: String { info.name }

    /// When it was made.
    public var createTime: Date { Date(info.createTime) }

    /// Which versions runs go to.
    public var routing: WorkerDeploymentRouting { WorkerDeploymentRouting(info.routingConfig) }

    /// The versions, the newest first.
    public var versions: [WorkerDeploymentVersionSummary] {
        info.versionSummaries.map { WorkerDeploymentVersionSummary($0, routing: info.routingConfig) }
    }

    /// Who changed it last.
    public var lastModifierIdentity: String { info.lastModifierIdentity }

    /// Who alone may change the routing; `nil` for anybody.
    public var managerIdentity: String? { info.managerIdentity.isEmpty ? nil : info.managerIdentity }

    /// Whether every task queue has heard of the last change of the routing; `nil` from older servers, which do not tell.
    public var isRoutingInForce: Bool? {
        switch info.routingConfigUpdateState {
        case .completed: true
        case .inProgress: false
        case .unspecified, .UNRECOGNIZED: nil
        }
    }

    /// The token for a change that is to be made only if nobody makes another in between.
    public var conflictToken: WorkerDeploymentConflictToken { WorkerDeploymentConflictToken(proto.conflictToken) }
}

/// What a version of a deployment is for at the moment.
public struct WorkerDeploymentVersionStatus: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// It was made, and no worker has polled yet.
    public static let created = WorkerDeploymentVersionStatus(description: "created")
    /// It has workers, and never took runs by itself.
    public static let inactive = WorkerDeploymentVersionStatus(description: "inactive")
    /// New runs go to it.
    public static let current = WorkerDeploymentVersionStatus(description: "current")
    /// A share of the new runs goes to it.
    public static let ramping = WorkerDeploymentVersionStatus(description: "ramping")
    /// It takes no new runs, and there may be open runs that are pinned to it.
    public static let draining = WorkerDeploymentVersionStatus(description: "draining")
    /// No open run is pinned to it. Closed ones may still be queried.
    public static let drained = WorkerDeploymentVersionStatus(description: "drained")

    private init(description: String) {
        self.description = description
    }

    /// The status of a number of the API; `nil` where an older server does not tell it.
    init?(_ proto: APIWorkerDeploymentVersionStatus) {
        switch proto {
        case .created: self = .created
        case .inactive: self = .inactive
        case .current: self = .current
        case .ramping: self = .ramping
        case .draining: self = .draining
        case .drained: self = .drained
        case .unspecified, .UNRECOGNIZED: return nil
        }
    }

    /// The status as it follows from what older servers tell.
    init(isCurrent: Bool, isRamping: Bool, drainage: APIVersionDrainageStatus) {
        switch drainage {
        case .draining: self = .draining
        case .drained: self = .drained
        case .unspecified, .UNRECOGNIZED: self = isCurrent ? .current : isRamping ? .ramping : .inactive
        }
    }
}

/// A version of a deployment, as the description of the deployment shows it.
public struct WorkerDeploymentVersionSummary: Sendable {
    private let proto: APIWorkerDeploymentInfo.WorkerDeploymentVersionSummary
    private let routing: APIRoutingConfig?

    init(_ proto: APIWorkerDeploymentInfo.WorkerDeploymentVersionSummary, routing: APIRoutingConfig? = nil) {
        self.proto = proto
        self.routing = routing
    }

    /// The version.
    public var version: WorkerDeploymentVersion {
        WorkerDeploymentVersion(proto.hasDeploymentVersion ? proto.deploymentVersion : nil, text: proto.version)
            ?? WorkerDeploymentVersion(deploymentName: "", buildID: proto.version)
    }

    /// When it was made.
    public var createTime: Date { Date(proto.createTime) }

    /// What it is for at the moment.
    public var status: WorkerDeploymentVersionStatus {
        WorkerDeploymentVersionStatus(proto.status)
            ?? WorkerDeploymentVersionStatus(
                isCurrent: proto.hasCurrentSinceTime || routing?.currentVersion == proto.version,
                isRamping: proto.hasRampingSinceTime || routing?.rampingVersion == proto.version,
                drainage: proto.drainageStatus
            )
    }

    /// Since when new runs go to it; `nil` if they do not. Older servers do not tell.
    public var currentSince: Date? { proto.hasCurrentSinceTime ? Date(proto.currentSinceTime) : nil }

    /// Since when a share of the new runs goes to it; `nil` if none does. Older servers do not tell.
    public var rampingSince: Date? { proto.hasRampingSinceTime ? Date(proto.rampingSinceTime) : nil }

    /// When it was first current or ramping. Older servers do not tell.
    public var firstActivationTime: Date? { proto.hasFirstActivationTime ? Date(proto.firstActivationTime) : nil }

    /// When it last became current. Older servers do not tell.
    public var lastCurrentTime: Date? { proto.hasLastCurrentTime ? Date(proto.lastCurrentTime) : nil }

    /// When it ceased to be current or ramping; `nil` if it still is. Older servers do not tell.
    public var lastDeactivationTime: Date? { proto.hasLastDeactivationTime ? Date(proto.lastDeactivationTime) : nil }
}
