package import TemporalAPI

/// Which version a workflow is to be on, whatever its own behaviour says.
public struct VersioningOverride: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case pinned(WorkerDeploymentVersion?)
        case autoUpgrade
        case oneTime(WorkerDeploymentVersion)
    }

    package let kind: Kind

    private init(_ kind: Kind) {
        self.kind = kind
    }

    /// The workflow stays on a version.
    ///
    /// - Parameter version: The version. It has to have workers on the task queue of the workflow, or have had them.
    public static func pinned(to version: WorkerDeploymentVersion) -> VersioningOverride {
        VersioningOverride(.pinned(version))
    }

    /// The workflow stays on the version that it is pinned to already. Only for a workflow that runs.
    public static let pinned = VersioningOverride(.pinned(nil))

    /// The workflow moves on with the current version of its deployment.
    public static let autoUpgrade = VersioningOverride(.autoUpgrade)

    /// The workflow goes to a version once: when that has completed a workflow task, the override is gone. Needs a server
    /// that knows such overrides.
    ///
    /// - Parameter version: The version.
    public static func moved(to version: WorkerDeploymentVersion) -> VersioningOverride {
        VersioningOverride(.oneTime(version))
    }

    /// The override of a message, in the form of newer servers or of older ones; `nil` for one that says nothing.
    package init?(_ proto: APIWorkflowVersioningOverride) {
        switch proto.override {
        case .pinned(let pinned):
            self.init(.pinned(WorkerDeploymentVersion(pinned.version)))
        case .autoUpgrade(true):
            self.init(.autoUpgrade)
        case .oneTime(let move):
            guard let version = WorkerDeploymentVersion(move.targetDeploymentVersion) else { return nil }
            self.init(.oneTime(version))
        case .autoUpgrade(false), nil:
            switch proto.behavior {
            case .pinned:
                let deployment =
                    proto.hasDeployment
                    ? WorkerDeploymentVersion(
                        deploymentName: proto.deployment.seriesName,
                        buildID: proto.deployment.buildID
                    ) : nil
                self.init(.pinned(deployment ?? WorkerDeploymentVersion(text: proto.pinnedVersion)))
            case .autoUpgrade: self.init(.autoUpgrade)
            case .unspecified, .UNRECOGNIZED: return nil
            }
        }
    }

    /// The override on the wire, for newer servers and for older ones at once.
    package var proto: APIWorkflowVersioningOverride {
        var proto = APIWorkflowVersioningOverride()
        switch kind {
        case .pinned(let version):
            proto.behavior = .pinned
            proto.pinned.behavior = .pinned
            if let version {
                proto.pinned.version = version.proto
                proto.pinnedVersion = version.legacyText
            }
        case .autoUpgrade:
            proto.behavior = .autoUpgrade
            proto.autoUpgrade = true
        case .oneTime(let version):
            proto.oneTime.targetDeploymentVersion = version.proto
        }
        return proto
    }
}
