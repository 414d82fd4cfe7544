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
        try run.updateOptions(
            request.workflowExecutionOptions,
            mask: request.updateMask.paths,
            identity: request.identity
        )
        return .with {
            $0.workflowExecutionOptions = run.options
            $0.updateTime = now.timestamp
        }
    }
}

extension Run {
    /// The options that can be changed while the run is open.
    var options: APIWorkflowWorkflowExecutionOptions {
        .with {
            if let override = versioning.override { $0.versioningOverride = override.proto }
            if let priority { $0.priority = priority }
        }
    }

    /// Changes options, and notes that in the history unless nothing changes.
    ///
    /// - Parameters:
    ///   - new: The new values.
    ///   - mask: Which of them count.
    ///   - identity: Who asked.
    /// - Throws: `INVALID_ARGUMENT` for an option that does not exist.
    func updateOptions(_ new: APIWorkflowWorkflowExecutionOptions, mask: [String], identity: String) throws {
        if let problem = Limits.problem(with: new.priority) { throw ServiceError.invalid(problem) }
        let old = options
        var override = versioning.override
        for path in mask {
            switch path.split(separator: ".").first?.replacing("_", with: "").lowercased() {
            case "versioningoverride":
                override = new.hasVersioningOverride ? try resolved(new.versioningOverride) : nil
            case "priority":
                priority = new.hasPriority ? new.priority : nil
            default:
                throw ServiceError.invalid(
                    "error parsing UpdateMask: proto: invalid path \"\(path)\" for message "
                        + "\"temporal.api.workflow.v1.WorkflowExecutionOptions\""
                )
            }
        }
        guard override != versioning.override || options != old else { return }
        record(
            .workflowExecutionOptionsUpdated,
            .workflowExecutionOptionsUpdatedEventAttributes(
                .with {
                    if old.hasVersioningOverride, override == nil { $0.unsetVersioningOverride = true }
                    if let override { $0.versioningOverride = override.proto }
                    if let priority { $0.priority = priority }
                    $0.identity = identity
                }
            ),
            workerMayIgnore: true
        )
        // Afterwards, so that a worker that takes the task now sees the event.
        if override != versioning.override { setOverride(override) }
    }

    /// The override of a request. One that pins without a version means the one that the run is pinned to.
    private func resolved(_ proto: APIWorkflowVersioningOverride) throws -> VersioningOverride {
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
