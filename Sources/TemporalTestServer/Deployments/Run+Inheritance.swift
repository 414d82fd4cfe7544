import SwiftProtobuf
import Temporal
import TemporalAPI

/// What a run takes over from the one that started it, as its child or as the next of its chain.
struct VersionInheritance {
    var override: VersioningOverride?
    var pinned: WorkerDeploymentVersion?
    var autoUpgrade: APIInheritedAutoUpgradeInfo?
    var declined: APIDeclinedTargetVersionUpgrade?

    /// Writes it into the start of a run, in place of whatever stands there.
    func apply(to start: inout APIWorkflowExecutionStartedEventAttributes) {
        start.clearVersioningOverride()
        start.clearInheritedPinnedVersion()
        start.clearInheritedAutoUpgradeInfo()
        start.clearDeclinedTargetVersionUpgrade()
        if let override { start.versioningOverride = override.proto }
        if let pinned {
            start.inheritedPinnedVersion = pinned.proto
        } else if let autoUpgrade {
            start.inheritedAutoUpgradeInfo = autoUpgrade
        }
        if let declined { start.declinedTargetVersionUpgrade = declined }
    }
}

extension Run {
    /// Whether workers of a version poll the workflow tasks of a task queue, or of the run's own.
    private func isServed(_ queue: String, by version: WorkerDeploymentVersion) -> Bool {
        queue == start.taskQueue.name
            || engine.deployments.serves(version, QueueKey(namespace: namespace, name: queue, kind: .workflow))
    }

    private func autoUpgradeInfo(
        queue: String,
        _ initial: APIContinueAsNewVersioningBehavior
    ) -> APIInheritedAutoUpgradeInfo? {
        guard let version = versioning.effectiveVersion, versioning.revision != 0, isServed(queue, by: version) else {
            return nil
        }
        return .with {
            $0.sourceDeploymentVersion = version.proto
            $0.sourceDeploymentRevisionNumber = versioning.revision
            $0.continueAsNewInitialVersioningBehavior = initial
        }
    }

    /// What a child takes over. One that is started with an override of its own, or in another namespace, nothing.
    func inheritance(for child: APIStartChildWorkflowExecutionInitiatedEventAttributes) -> VersionInheritance {
        var result = VersionInheritance()
        let queue = child.taskQueue.name
        guard !child.hasVersioningOverride, child.namespace == namespace else { return result }
        switch versioning.effectiveBehavior?.kind {
        case .pinned:
            result.pinned = versioning.effectiveVersion.flatMap { isServed(queue, by: $0) ? $0 : nil }
        case .autoUpgrade:
            result.autoUpgrade = autoUpgradeInfo(queue: queue, .unspecified)
        case nil:
            break
        }
        if let target = versioning.override?.target, isServed(queue, by: target) {
            result.override = versioning.override
        }
        return result
    }

    /// What the run takes over that continues this one as new.
    func inheritance(
        continuing command: APIContinueAsNewWorkflowExecutionCommandAttributes,
        on queue: String
    ) -> VersionInheritance {
        var result = VersionInheritance()
        let initial = command.initialVersioningBehavior
        switch versioning.effectiveBehavior?.kind {
        case .pinned where initial == .unspecified:
            result.pinned = versioning.effectiveVersion.flatMap { isServed(queue, by: $0) ? $0 : nil }
            if result.pinned != nil, let declined = versioning.notified ?? versioning.declined {
                result.declined = .with {
                    if let version = declined.version { $0.deploymentVersion = version.proto }
                    $0.revisionNumber = declined.revision
                }
            }
        case .pinned, .autoUpgrade:
            result.autoUpgrade = autoUpgradeInfo(queue: queue, initial)
        case nil:
            break
        }
        if let override = versioning.override, override.isPinned, let target = override.target,
            isServed(queue, by: target)
        {
            result.override = override
        }
        return result
    }

    /// What the run takes over that tries this one again, or that is next by its cron schedule.
    func inheritance(by initiator: APIContinueAsNewInitiator) -> VersionInheritance {
        var result = VersionInheritance()
        if let override = versioning.override, override.isPinned { result.override = override }
        guard initiator == .retry else { return result }
        switch versioning.effectiveBehavior?.kind {
        case .pinned where start.hasInheritedPinnedVersion:
            result.pinned = versioning.effectiveVersion
            if start.hasDeclinedTargetVersionUpgrade { result.declined = start.declinedTargetVersionUpgrade }
        case .autoUpgrade:
            result.autoUpgrade = autoUpgradeInfo(queue: start.taskQueue.name, versioning.initialBehavior)
        case .pinned, nil:
            break
        }
        return result
    }
}
