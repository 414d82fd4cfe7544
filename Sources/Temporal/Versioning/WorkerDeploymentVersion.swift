package import TemporalAPI

/// One version of a worker deployment: what a group of workers that are replaced together runs.
public struct WorkerDeploymentVersion: Sendable, Hashable, CustomStringConvertible {
    /// The name of the deployment, the same for all versions, such as `orders`. It holds neither `.` nor `:`.
    public var deploymentName: String

    /// What tells the version from the others of its deployment, such as a tag or a commit.
    public var buildID: String

    /// Names a version.
    ///
    /// - Parameters:
    ///   - deploymentName: The name of the deployment.
    ///   - buildID: What tells the version from the others of its deployment.
    public init(deploymentName: String, buildID: String) {
        self.deploymentName = deploymentName
        self.buildID = buildID
    }

    /// The version as search attributes hold it: `orders:1.0`.
    public var description: String { "\(deploymentName):\(buildID)" }

    /// What stands for workers without a version, where older servers take a version as a text.
    package static let unversionedText = "__unversioned__"

    /// The version as servers up to 1.27 write it: `orders.1.0`.
    package var legacyText: String { "\(deploymentName).\(buildID)" }

    /// The version of a message; `nil` for an empty one.
    package init?(_ proto: APIWorkerDeploymentVersion) {
        guard !proto.deploymentName.isEmpty || !proto.buildID.isEmpty else { return nil }
        self.init(deploymentName: proto.deploymentName, buildID: proto.buildID)
    }

    /// The version of a text in either form; `nil` for the text of no version, and for one that names none.
    package init?(text: String) {
        guard text != Self.unversionedText, let cut = text.firstIndex(where: { $0 == "." || $0 == ":" }) else {
            return nil
        }
        let (name, build) = (text[..<cut], text[text.index(after: cut)...])
        guard !name.isEmpty, !build.isEmpty else { return nil }
        self.init(deploymentName: String(name), buildID: String(build))
    }

    /// The version of a message that newer servers fill in, or else of the text of older ones.
    package init?(_ proto: APIWorkerDeploymentVersion?, text: String) {
        if let version = proto.flatMap({ Self($0) }) {
            self = version
        } else {
            self.init(text: text)
        }
    }

    package var proto: APIWorkerDeploymentVersion {
        var proto = APIWorkerDeploymentVersion()
        proto.deploymentName = deploymentName
        proto.buildID = buildID
        return proto
    }

    /// What keeps the service from taking the version; `nil` if nothing does.
    package var problem: String? {
        if deploymentName.isEmpty { return "it has no deployment name" }
        if buildID.isEmpty { return "it has no build id" }
        if deploymentName.contains(where: { $0 == "." || $0 == ":" }) {
            return "a deployment name cannot contain '.' or ':'"
        }
        if deploymentName.hasPrefix("__") || buildID.hasPrefix("__") {
            return "neither the deployment name nor the build id can begin with '__'"
        }
        return nil
    }
}
