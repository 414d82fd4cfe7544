import SwiftProtobuf
import Temporal
import TemporalAPI

extension Engine {
    /// Changes the options of an open run.
    func updateOptions(
        _ request: APIUpdateWorkflowExecutionOptionsRequest
    ) throws -> APIUpdateWorkflowExecutionOptionsResponse {
        let run = try run(of: request.workflowExecution, namespace: request.namespace)
        guard request.hasUpdateMask else { throw ServiceError.invalid("UpdateMask is required") }
        guard run.isOpen else { throw ServiceError.workflowCompleted }
        readClock()
        let options = request.workflowExecutionOptions
        let change = try WorkflowOptionsChange(
            options,
            mask: request.updateMask.paths,
            override: options.hasVersioningOverride ? try run.resolved(options.versioningOverride) : nil
        )
        let result = run.apply(change, identity: request.identity)
        return .with {
            $0.workflowExecutionOptions = result.options
            if result.hasChanged { $0.updateTime = now.timestamp }
        }
    }
}

/// A change of the options of a run that nothing is wrong with.
struct WorkflowOptionsChange {
    private enum Field {
        case versioningOverride, priority, priorityKey, fairnessKey, fairnessWeight
    }

    private let fields: [Field]
    private let override: VersioningOverride?
    private let priority: APIPriority?

    /// Checks a change.
    ///
    /// - Parameters:
    ///   - new: The new values.
    ///   - mask: Which of them count.
    ///   - override: The new override, checked.
    /// - Throws: `INVALID_ARGUMENT` for a priority that is none, for an option that does not exist, and for a part of an
    ///   override.
    init(_ new: APIWorkflowWorkflowExecutionOptions, mask: [String], override: VersioningOverride?) throws {
        if let problem = Limits.problem(with: new.priority) { throw ServiceError.invalid(problem) }
        self.override = override
        priority = new.hasPriority ? new.priority : nil
        let paths = mask.map { $0.replacing("_", with: "").lowercased() }
        fields = try zip(mask, paths).map { given, path -> Field in
            switch path {
            case "versioningoverride": return .versioningOverride
            case "versioningoverride.behavior", "versioningoverride.deployment":
                // The older form of an override has two parts.
                guard Set(["versioningoverride.behavior", "versioningoverride.deployment"]).isSubset(of: paths) else {
                    throw Self.refusal("versioning_override fields must be updated together")
                }
                return .versioningOverride
            case "versioningoverride.pinnedversion", "versioningoverride.pinned", "versioningoverride.autoupgrade",
                "versioningoverride.onetime":
                throw Self.refusal("versioning_override doesn't support partial updates")
            case "priority": return .priority
            case "priority.prioritykey": return .priorityKey
            case "priority.fairnesskey": return .fairnessKey
            case "priority.fairnessweight": return .fairnessWeight
            default:
                throw ServiceError.invalid(
                    "error parsing UpdateMask: proto: invalid path \"\(given)\" for message "
                        + "\"temporal.api.workflow.v1.WorkflowExecutionOptions\""
                )
            }
        }
    }

    private static func refusal(_ message: String) -> any Error {
        ServiceError.invalid("error applying update_options: \(message)")
    }

    /// The options of a run with the change.
    fileprivate func merged(
        into override: VersioningOverride?,
        _ priority: APIPriority?
    ) -> (override: VersioningOverride?, priority: APIPriority?) {
        var merged = (override: override, priority: priority)
        for field in fields {
            switch field {
            case .versioningOverride: merged.override = self.override
            case .priority: merged.priority = self.priority
            case .priorityKey: merge(\.priorityKey, into: &merged.priority)
            case .fairnessKey: merge(\.fairnessKey, into: &merged.priority)
            case .fairnessWeight: merge(\.fairnessWeight, into: &merged.priority)
            }
        }
        return merged
    }

    private func merge<Value>(_ field: WritableKeyPath<APIPriority, Value>, into priority: inout APIPriority?) {
        var merged = priority ?? APIPriority()
        merged[keyPath: field] = (self.priority ?? APIPriority())[keyPath: field]
        priority = merged
    }
}

extension Run {
    private static func options(
        _ override: VersioningOverride?,
        _ priority: APIPriority?
    ) -> APIWorkflowWorkflowExecutionOptions {
        .with {
            if let override { $0.versioningOverride = override.proto }
            if let priority { $0.priority = priority }
        }
    }

    /// Changes options, and notes that in the history unless nothing changes.
    ///
    /// - Parameters:
    ///   - change: The change.
    ///   - identity: Who asked.
    /// - Returns: All options with the change, and whether there is one.
    @discardableResult
    func apply(
        _ change: WorkflowOptionsChange,
        identity: String
    ) -> (options: APIWorkflowWorkflowExecutionOptions, hasChanged: Bool) {
        let (override, priority) = change.merged(into: versioning.override, self.priority)
        let options = Self.options(override, priority)
        guard override != versioning.override || priority != self.priority else { return (options, false) }
        record(
            .workflowExecutionOptionsUpdated,
            .workflowExecutionOptionsUpdatedEventAttributes(
                .with {
                    if let override {
                        $0.versioningOverride = override.proto
                    } else {
                        $0.unsetVersioningOverride = true
                    }
                    if let priority { $0.priority = priority }
                    $0.identity = identity
                }
            ),
            workerMayIgnore: true
        )
        // Afterwards, so that a worker that takes the task now sees the event. A priority is never taken back.
        let raises = priority != nil && priority != self.priority
        if let priority { self.priority = priority }
        if override != versioning.override { setOverride(override) }
        if raises { redispatchWorkflowTask() }
        return (options, true)
    }

    /// The override of a request. One that pins without a version means the one that the run is pinned to.
    fileprivate func resolved(_ proto: APIWorkflowVersioningOverride) throws -> VersioningOverride {
        var proto = proto
        if proto.pinned.behavior != .unspecified, !proto.pinned.hasVersion, proto.pinnedVersion.isEmpty {
            guard versioning.effectiveBehavior == .pinned, let version = versioning.effectiveVersion else {
                let behavior = versioning.effectiveBehavior.map { $0 == .pinned ? "Pinned" : "AutoUpgrade" }
                throw DeploymentRules.refused(
                    "must specify a specific pinned override version because workflow with id \(workflowID) has behavior "
                        + "\(behavior ?? "Unspecified") and is not yet pinned to any version"
                )
            }
            proto = VersioningOverride.pinned(to: version).proto
        }
        let override = try proto.checked()
        try engine.checkPresence(of: override, on: start.taskQueue.name, in: namespace)
        return override
    }
}
