import Temporal
import TemporalAPI

/// Which version of its workers a run is on, and where it goes from there.
struct RunVersioning: Equatable, Codable, Sendable {
    /// A move to another version that has begun with a workflow task and ends with its completion.
    struct Transition: Equatable, Codable, Sendable {
        /// Where to; `nil` for workers without a version.
        var version: WorkerDeploymentVersion?
    }

    /// A version that new runs go to, as a run was told of it.
    struct Target: Equatable, Codable, Sendable {
        var version: WorkerDeploymentVersion?
        var revision: Int64
    }

    /// What the workflow said with its last completed task; `nil` for a run without versioning.
    var behavior: VersioningBehavior?

    /// The version that completed the last task.
    var version: WorkerDeploymentVersion?

    /// What somebody outside has decided.
    var override: VersioningOverride?

    var transition: Transition?

    /// The revision of the routing that brought the run to its version.
    var revision: Int64 = 0

    /// What the run before asked for when it continued as new; unspecified if nothing.
    var initialBehavior = APIContinueAsNewVersioningBehavior.unspecified

    /// The name of the deployment of the worker that completed the last task, also of a worker without versioning.
    var deploymentName = ""

    /// The other version that the workflow has heard of while it is pinned.
    private(set) var notified: Target?

    /// The other version that the run before had heard of and did not move to.
    private(set) var declined: Target?

    /// Whether anything is known.
    var isKnown: Bool {
        behavior != nil || version != nil || override != nil || transition != nil || revision != 0
    }

    init() {}

    /// What a run begins with.
    init(_ start: APIWorkflowExecutionStartedEventAttributes) {
        if start.hasVersioningOverride { override = VersioningOverride(start.versioningOverride) }
        if let pinned = WorkerDeploymentVersion(start.inheritedPinnedVersion) {
            version = pinned
            behavior = .pinned
            if !start.continuedExecutionRunID.isEmpty, start.hasDeclinedTargetVersionUpgrade {
                declined = Target(
                    version: WorkerDeploymentVersion(start.declinedTargetVersionUpgrade.deploymentVersion),
                    revision: start.declinedTargetVersionUpgrade.revisionNumber
                )
            }
        }
        if start.hasInheritedAutoUpgradeInfo {
            let source = start.inheritedAutoUpgradeInfo
            revision = source.sourceDeploymentRevisionNumber
            version = WorkerDeploymentVersion(source.sourceDeploymentVersion)
            behavior = .autoUpgrade
            initialBehavior = source.continueAsNewInitialVersioningBehavior
        }
        deploymentName = effectiveVersion?.deploymentName ?? ""
    }

    // MARK: What counts

    /// The behaviour that tasks are handed out by; `nil` for a run without versioning.
    var effectiveBehavior: VersioningBehavior? {
        if transition != nil { return .autoUpgrade }
        return visibleBehavior
    }

    /// The version that the run is on, or on its way to; `nil` for workers without one.
    var effectiveVersion: WorkerDeploymentVersion? {
        if let transition { return transition.version }
        if let target = override?.target { return target }
        return effectiveBehavior == nil ? nil : version
    }

    /// The behaviour as search attributes show it.
    var visibleBehavior: VersioningBehavior? { override.map(\.behavior) ?? behavior }

    /// The version as search attributes show it.
    var visibleVersion: WorkerDeploymentVersion? { override?.target ?? version }

    // MARK: What happens

    /// Begins to move the run to the version that a task was handed to.
    mutating func begin(_ transition: Transition, revision: Int64) {
        self.transition = transition
        self.revision = revision
    }

    /// Replaces the override. A move that has begun comes to its end first.
    ///
    /// - Returns: Whether tasks are handed out differently now.
    mutating func setOverride(_ new: VersioningOverride?) -> Bool {
        let (behaviorBefore, versionBefore) = (effectiveBehavior, effectiveVersion)
        override = new
        if let target = new?.target {
            deploymentName = target.deploymentName
        } else if new == nil {
            deploymentName = version?.deploymentName ?? ""
        }
        return effectiveBehavior != behaviorBefore || effectiveVersion != versionBefore
    }

    /// Takes over what the worker said that has completed a task.
    ///
    /// - Returns: Whether tasks are handed out differently now.
    mutating func complete(_ completed: APIWorkflowTaskCompletedEventAttributes) -> Bool {
        let worker = WorkerDeploymentVersion(completed.deploymentVersion, text: completed.workerDeploymentVersion)
        deploymentName = completed.workerDeploymentName
        let endsTransition = transition.map { $0.version == worker } ?? false
        if endsTransition { transition = nil }
        let (behaviorBefore, versionBefore) = (effectiveBehavior, effectiveVersion)
        behavior = VersioningBehavior(completed.versioningBehavior)
        version = behavior == nil ? nil : worker
        if case .oneTime(let target) = override?.kind, target == worker { override = nil }
        return endsTransition || effectiveBehavior != behaviorBefore || effectiveVersion != versionBefore
    }

    /// Notes where new runs go at the start of a workflow task, and whether the workflow is to hear of it.
    ///
    /// - Parameters:
    ///   - target: Where.
    ///   - isKnown: Whether anybody looked: a task that comes with the answer to the one before goes by no routing.
    /// - Returns: Whether the started event tells of another version than that which the run is pinned to.
    mutating func noteTarget(_ target: Target, isKnown: Bool = true) -> Bool {
        if override != nil {
            (notified, declined) = (nil, nil)
        } else if effectiveBehavior == .pinned, isKnown {
            let seen = max(notified?.revision ?? 0, declined?.revision ?? 0)
            if effectiveVersion == target.version, target.revision >= seen {
                (notified, declined) = (nil, nil)
            } else if let declined, target.revision <= declined.revision {
                // It was told once, and stays where it is.
            } else if target.revision >= seen {
                notified = target
                declined = nil
            }
        }
        return effectiveBehavior == .pinned && notified != nil
    }
}

extension VersioningOverride {
    /// The behaviour that the override gives a run.
    var behavior: VersioningBehavior {
        switch kind {
        case .pinned, .oneTime: .pinned
        case .autoUpgrade: .autoUpgrade
        }
    }

    /// The version that the override names; `nil` for one that leaves it to the routing.
    var target: WorkerDeploymentVersion? {
        switch kind {
        case .pinned(let version): version
        case .oneTime(let version): version
        case .autoUpgrade: nil
        }
    }

    /// Whether the override keeps the run on its version, and the runs that follow it.
    var isPinned: Bool {
        if case .pinned = kind { true } else { false }
    }
}

extension APIWorkflowVersioningOverride {
    /// Checks the override of a request.
    ///
    /// - Returns: The override.
    /// - Throws: `INVALID_ARGUMENT` with the server's words.
    func checked() throws -> VersioningOverride {
        func fail(_ message: String) -> any Error { ServiceError.invalid(message) }
        switch override {
        case .autoUpgrade(let value):
            guard value else { throw fail("auto-upgrade override must be true") }
        case .pinned(let pinned):
            guard pinned.hasVersion else { throw fail("must provide version if override is pinned.") }
            guard pinned.behavior != .unspecified else {
                throw fail("must specify pinned override behavior if override is pinned.")
            }
        case .oneTime(let move):
            guard move.hasTargetDeploymentVersion else {
                throw fail("must provide target deployment version if override is one-time.")
            }
        case nil:
            try checkLegacy()
        }
        guard let override = VersioningOverride(self) else { throw fail("override behavior is required") }
        return override
    }

    private func checkLegacy() throws {
        switch behavior {
        case .pinned:
            guard hasDeployment || !pinnedVersion.isEmpty else {
                throw ServiceError.invalid(
                    "must provide deployment (deprecated) or pinned version if behavior is 'PINNED'"
                )
            }
            guard hasDeployment || WorkerDeploymentVersion(text: pinnedVersion) != nil else {
                throw ServiceError.invalid(
                    "invalid version string \"\(pinnedVersion)\", expected format is \"<deployment_name>.<build_id>\""
                )
            }
        case .autoUpgrade:
            guard !hasDeployment else { throw ServiceError.invalid("only provide deployment if behavior is 'PINNED'") }
            guard pinnedVersion.isEmpty else {
                throw ServiceError.invalid("only provide pinned version if behavior is 'PINNED'")
            }
        case .unspecified:
            throw ServiceError.invalid("override behavior is required")
        case .UNRECOGNIZED(let number):
            throw ServiceError.invalid("override behavior \(number) not recognized")
        }
    }
}
