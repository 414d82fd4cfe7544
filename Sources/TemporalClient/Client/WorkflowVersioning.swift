public import Temporal
import TemporalAPI

/// Which version of its workers a workflow is on, and where it goes from there.
public struct WorkflowVersioning: Sendable {
    private let proto: APIWorkflowWorkflowExecutionVersioningInfo

    init(_ proto: APIWorkflowWorkflowExecutionVersioningInfo) {
        self.proto = proto
    }

    /// What becomes of the run when another version takes over, as the workflow says itself; `nil` before its first task,
    /// and for workers without versioning.
    public var behavior: VersioningBehavior? { VersioningBehavior(proto.behavior) }

    /// The version that has completed its last workflow task; `nil` before the first, and for workers without versioning.
    public var version: WorkerDeploymentVersion? {
        WorkerDeploymentVersion(proto.hasDeploymentVersion ? proto.deploymentVersion : nil, text: proto.version)
    }

    /// What somebody outside has decided; `nil` for nothing.
    public var override: VersioningOverride? {
        proto.hasVersioningOverride ? VersioningOverride(proto.versioningOverride) : nil
    }

    /// The revision of the routing that brought the workflow to its version. 0 from older servers, which do not tell.
    public var revision: Int64 { proto.revisionNumber }

    /// Whether the run is on its way to another version: with a workflow task that waits for workers of it, or is worked on.
    public var isMoving: Bool { proto.hasVersionTransition }

    /// The version that the run is on its way to; `nil` if it is not, or if it moves to workers without a version.
    public var nextVersion: WorkerDeploymentVersion? {
        guard proto.hasVersionTransition else { return nil }
        let transition = proto.versionTransition
        return WorkerDeploymentVersion(
            transition.hasDeploymentVersion ? transition.deploymentVersion : nil,
            text: transition.version
        )
    }
}
