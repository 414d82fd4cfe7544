public import Temporal
import TemporalAPI

/// How versions of workers are stored.
extension WorkerDeploymentVersion: Codable {
    private enum CodingKeys: CodingKey { case deploymentName, buildID }

    public init(from decoder: any Swift.Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            deploymentName: try container.decode(String.self, forKey: .deploymentName),
            buildID: try container.decode(String.self, forKey: .buildID)
        )
    }

    public func encode(to encoder: any Swift.Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(deploymentName, forKey: .deploymentName)
        try container.encode(buildID, forKey: .buildID)
    }
}

extension VersioningBehavior: Codable {
    public init(from decoder: any Swift.Decoder) throws {
        self = try decoder.singleValueContainer().decode(Bool.self) ? .pinned : .autoUpgrade
    }

    public func encode(to encoder: any Swift.Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self == .pinned)
    }
}

extension VersioningOverride: Codable {
    private enum CodingKeys: CodingKey { case pinned, autoUpgrade, oneTime }

    public init(from decoder: any Swift.Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if container.contains(.oneTime) {
            self = .moved(to: try container.decode(WorkerDeploymentVersion.self, forKey: .oneTime))
        } else if container.contains(.pinned) {
            let version = try container.decode(WorkerDeploymentVersion?.self, forKey: .pinned)
            self = version.map { .pinned(to: $0) } ?? .pinned
        } else {
            self = .autoUpgrade
        }
    }

    public func encode(to encoder: any Swift.Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch kind {
        case .pinned(let version): try container.encode(version, forKey: .pinned)
        case .autoUpgrade: try container.encode(true, forKey: .autoUpgrade)
        case .oneTime(let version): try container.encode(version, forKey: .oneTime)
        }
    }
}

extension WorkflowRule: Codable {
    init(from decoder: any Swift.Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(APIWorkflowRule.self))
    }

    func encode(to encoder: any Swift.Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(proto)
    }
}
