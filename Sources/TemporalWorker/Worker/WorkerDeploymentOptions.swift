public import Temporal
import TemporalAPI

/// Which version of a deployment a worker is, and whether the service hands out tasks by it.
public struct WorkerDeploymentOptions: Sendable, Hashable {
    /// The version of the worker.
    public var version: WorkerDeploymentVersion

    /// Whether the worker gets only tasks that are meant for its version. Otherwise the version is told for information,
    /// and the worker gets the tasks of workers without a version. Default: true.
    public var usesVersioning: Bool

    /// What becomes of runs of those workflows that do not say it themselves. Not without ``usesVersioning``.
    /// Default: `nil`, so that every workflow has to say it.
    public var defaultVersioningBehavior: VersioningBehavior?

    /// Describes the version of a worker.
    ///
    /// - Parameters:
    ///   - version: The version.
    ///   - usesVersioning: Whether the worker gets only tasks that are meant for its version.
    ///   - defaultVersioningBehavior: What becomes of runs of workflows that do not say it themselves.
    public init(
        version: WorkerDeploymentVersion,
        usesVersioning: Bool = true,
        defaultVersioningBehavior: VersioningBehavior? = nil
    ) {
        self.version = version
        self.usesVersioning = usesVersioning
        self.defaultVersioningBehavior = defaultVersioningBehavior
    }

    /// The options on the wire.
    var proto: APIWorkerDeploymentOptions {
        var proto = APIWorkerDeploymentOptions()
        proto.deploymentName = version.deploymentName
        proto.buildID = version.buildID
        proto.workerVersioningMode = usesVersioning ? .versioned : .unversioned
        return proto
    }

    /// What a worker without versioning stamps its answers with, so that runs can be reset to what a build did first.
    /// A versioned worker has no stamp: its version says it.
    var stamp: APIWorkerVersionStamp? {
        guard !usesVersioning else { return nil }
        var stamp = APIWorkerVersionStamp()
        stamp.buildID = version.buildID
        return stamp
    }

    /// The behaviour of a workflow on the wire: none where the worker does not use versioning.
    func behavior(of blueprint: WorkflowBlueprint) -> APIVersioningBehavior {
        guard usesVersioning else { return .unspecified }
        return (blueprint.versioningBehavior ?? defaultVersioningBehavior)?.proto ?? .unspecified
    }

    /// Checks the options against the workflows of a worker.
    ///
    /// - Throws: ``WorkerConfigurationError`` if the service would not take them.
    func check(_ blueprints: [WorkflowBlueprint]) throws {
        if let problem = version.problem {
            throw WorkerConfigurationError("The worker cannot have the version '\(version)': \(problem).")
        }
        guard usesVersioning else {
            guard let behavior = defaultVersioningBehavior else { return }
            throw WorkerConfigurationError(
                "The worker has the default versioning behaviour '\(behavior)' but does not use versioning: set "
                    + "usesVersioning to true, or leave the behaviour out."
            )
        }
        let undecided = blueprints.filter { $0.versioningBehavior == nil }.map { "'\($0.name)'" }
        guard defaultVersioningBehavior == nil, !undecided.isEmpty else { return }
        throw WorkerConfigurationError(
            "The worker uses versioning, but does not know what becomes of runs of \(undecided.joined(separator: ", ")) "
                + "when another version takes over: write '@Workflow(versioningBehavior: .pinned)' or '.autoUpgrade', "
                + "or set defaultVersioningBehavior."
        )
    }
}
