import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Which workers the tasks of a run are for.
extension Run {
    /// The task queue of the workflow.
    private var queueKey: QueueKey { QueueKey(namespace: namespace, name: start.taskQueue.name, kind: .workflow) }

    /// Where new runs of the workflow id go.
    var routingTarget: QueueRouting.Target {
        engine.routing(of: queueKey).target(for: workflowID, usesRamping: usesRampingVersion)
    }

    /// Whether the first task goes to the ramping version, because the run before asked for it.
    private var usesRampingVersion: Bool {
        versioning.initialBehavior == .useRampingVersion && previousStartedEventID == 0
    }

    /// Whether somebody outside has pinned the run to another version than the one that completed its last task.
    var isPinnedElsewhere: Bool {
        versioning.override != nil && versioning.effectiveBehavior == .pinned
            && versioning.effectiveVersion != versioning.version
    }

    /// Whether the run leaves the version that has it in memory, for another that takes its tasks from now on.
    var movesOn: Bool {
        if isPinnedElsewhere { return true }
        guard !engine.deployments.isEmpty, versioning.effectiveBehavior != .pinned,
            let target = routingTarget.version
        else { return false }
        return target != versioning.effectiveVersion
    }

    /// The version whose workers get workflow tasks and queries of the run; `nil` for workers without one.
    var taskVersion: WorkerDeploymentVersion? {
        if versioning.effectiveBehavior == .pinned { return versioning.effectiveVersion }
        return followed(routingTarget)
    }

    /// A run that came with a newer routing than that of the task queue stays on its version.
    private func followed(_ target: QueueRouting.Target) -> WorkerDeploymentVersion? {
        guard let version = target.version, let own = versioning.effectiveVersion,
            version.deploymentName == own.deploymentName, target.revision < versioning.revision
        else { return target.version }
        return own
    }

    /// The version whose workers get an activity of the run.
    ///
    /// - Parameter queue: The task queue of the activity.
    /// - Returns: The version, `nil` for workers without one.
    func activityVersion(in queue: QueueKey) -> WorkerDeploymentVersion? {
        if versioning.effectiveBehavior == .pinned, let version = versioning.effectiveVersion,
            engine.deployments.serves(version, queue)
        {
            return version
        }
        // A version whose workers do not poll the task queue has no say there.
        return followed(engine.routing(of: queue).target(for: workflowID))
    }

    /// Begins to move the run, if a workflow task was handed to another version than it is on.
    func move(to version: WorkerDeploymentVersion?) {
        guard version != versioning.effectiveVersion, versioning.effectiveBehavior != .pinned else { return }
        versioning.begin(.init(version: version), revision: routingTarget.revision)
        sticky = nil
        redispatchWorkflowTask()
        engine.reroute(self)
        engine.touch(self)
    }

    /// Whether an activity that is about to be handed to a version has to wait, because the workflow goes there first.
    ///
    /// - Parameter version: The version of the worker.
    /// - Returns: Whether it does; then the move has begun.
    func movesBeforeActivity(of version: WorkerDeploymentVersion?) -> Bool {
        guard version != versioning.effectiveVersion, versioning.effectiveBehavior != .pinned,
            version == routingTarget.version
        else { return false }
        move(to: version)
        scheduleWorkflowTask()
        return true
    }

    /// Gives a scheduled workflow task to its task queue again, since other workers are to take it.
    func redispatchWorkflowTask() {
        guard workflowTask?.startedEventID == 0 else { return }
        workflowTask?.stamp = engine.nextNumber()
        dispatchWorkflowTask()
    }

    /// Replaces the override, so that tasks that wait go to other workers if they have to.
    func setOverride(_ override: VersioningOverride?) {
        if versioning.setOverride(override) {
            sticky = nil
            redispatchWorkflowTask()
            engine.reroute(self)
            updateVersionSearchAttributes()
        }
        engine.touch(self)
        if let target = override?.target { engine.reactivate(target, in: namespace) }
    }

    /// Takes over what the worker said of itself that has completed a workflow task.
    func applyCompletion(_ completed: APIWorkflowTaskCompletedEventAttributes) {
        if versioning.complete(completed) { engine.reroute(self) }
        updateVersionSearchAttributes(
            stamp: completed.hasWorkerVersion ? completed.workerVersion : nil,
            used: WorkerDeploymentVersion(completed.deploymentVersion, text: completed.workerDeploymentVersion)
        )
    }

    /// The versioning of the run as descriptions show it; `nil` for a run without.
    var versioningInfo: APIWorkflowWorkflowExecutionVersioningInfo? {
        guard versioning.isKnown else { return nil }
        return .with {
            $0.behavior = versioning.behavior?.proto ?? .unspecified
            if let version = versioning.version {
                $0.version = version.legacyText
                $0.deploymentVersion = version.proto
            }
            if let override = versioning.override { $0.versioningOverride = override.proto }
            if let transition = versioning.transition {
                $0.versionTransition = .with {
                    $0.version = transition.version.legacyText
                    if let version = transition.version { $0.deploymentVersion = version.proto }
                }
            }
            $0.revisionNumber = versioning.revision
            $0.continueAsNewInitialVersioningBehavior = versioning.initialBehavior
        }
    }
}

extension APIPollWorkflowTaskQueueRequest {
    /// The version of the worker that polls; `nil` for one that takes the tasks of workers without one.
    var deploymentVersion: WorkerDeploymentVersion? {
        WorkerDeploymentVersion(
            hasDeploymentOptions ? deploymentOptions : nil,
            hasWorkerVersionCapabilities ? workerVersionCapabilities : nil
        )
    }
}

extension APIPollActivityTaskQueueRequest {
    /// The version of the worker that polls; `nil` for one that takes the tasks of workers without one.
    var deploymentVersion: WorkerDeploymentVersion? {
        WorkerDeploymentVersion(
            hasDeploymentOptions ? deploymentOptions : nil,
            hasWorkerVersionCapabilities ? workerVersionCapabilities : nil
        )
    }
}

extension WorkerDeploymentVersion {
    /// The version of a worker that gets only the tasks of its version; `nil` for another.
    init?(_ options: APIWorkerDeploymentOptions?, _ capabilities: APIWorkerVersionCapabilities?) {
        if let options, options.workerVersioningMode == .versioned {
            self.init(deploymentName: options.deploymentName, buildID: options.buildID)
        } else if let capabilities, capabilities.useVersioning, !capabilities.deploymentSeriesName.isEmpty,
            !capabilities.buildID.isEmpty
        {
            self.init(deploymentName: capabilities.deploymentSeriesName, buildID: capabilities.buildID)
        } else {
            return nil
        }
    }
}
