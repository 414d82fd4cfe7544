import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Optional<WorkerDeploymentVersion> {
    /// The version in the text that older clients read.
    var legacyText: String { self?.legacyText ?? WorkerDeploymentVersion.unversionedText }
}

extension Optional<WorkerDeployment.Ramp> {
    /// The version of the ramp in the text that older clients read; empty without a ramp.
    var legacyText: String { map { $0.version.legacyText } ?? "" }
}

extension WorkerDeployment {
    /// The routing as descriptions show it.
    var routingConfig: APIRoutingConfig {
        .with {
            $0.currentVersion = routing.current.legacyText
            if let current = routing.current { $0.currentDeploymentVersion = current.proto }
            $0.rampingVersion = routing.ramp.legacyText
            if let version = routing.ramp?.version { $0.rampingDeploymentVersion = version.proto }
            $0.rampingVersionPercentage = routing.ramp?.percentage ?? 0
            if let time = routing.currentChanged { $0.currentVersionChangedTime = time.timestamp }
            if let time = routing.rampChanged { $0.rampingVersionChangedTime = time.timestamp }
            if let time = routing.percentageChanged { $0.rampingVersionPercentageChangedTime = time.timestamp }
            $0.revisionNumber = routing.revision
        }
    }

    /// The deployment as its description shows it.
    func info(at now: Moment) -> APIWorkerDeploymentInfo {
        .with {
            $0.name = key.name
            $0.createTime = createTime.timestamp
            $0.routingConfig = routingConfig
            $0.lastModifierIdentity = lastModifier
            $0.managerIdentity = manager
            $0.routingConfigUpdateState = .completed
            $0.versionSummaries = versions.values.reversed().map { $0.summary(at: now) }
        }
    }

    /// The deployment as lists show it.
    func listed(at now: Moment) -> APIListWorkerDeploymentsResponse.WorkerDeploymentSummary {
        .with {
            $0.name = key.name
            $0.createTime = createTime.timestamp
            $0.routingConfig = routingConfig
            if let latest = versions.values.last { $0.latestVersionSummary = latest.summary(at: now) }
            if let current = routing.current, let state = versions[current.buildID] {
                $0.currentVersionSummary = state.summary(at: now)
            }
            if let ramping = routing.ramp?.version, let state = versions[ramping.buildID] {
                $0.rampingVersionSummary = state.summary(at: now)
            }
        }
    }
}

extension DeploymentVersionState {
    private func drainageInfo(at now: Moment) -> APIVersionDrainageInfo? {
        drainage.map { drainage in
            .with {
                $0.status = drainage.isDrained ? .drained : .draining
                $0.lastChangedTime = drainage.since.timestamp
                $0.lastCheckedTime = (drainage.isDrained ? drainage.since : drainage.lastCheck(at: now)).timestamp
            }
        }
    }

    /// The version as the description of its deployment shows it.
    func summary(at now: Moment) -> APIWorkerDeploymentInfo.WorkerDeploymentVersionSummary {
        .with {
            $0.version = version.legacyText
            $0.deploymentVersion = version.proto
            $0.status = status
            $0.createTime = createTime.timestamp
            if let info = drainageInfo(at: now) {
                $0.drainageStatus = info.status
                $0.drainageInfo = info
            }
            if let time = currentSince { $0.currentSinceTime = time.timestamp }
            if let time = rampingSince { $0.rampingSinceTime = time.timestamp }
            if let time = routingChanged { $0.routingUpdateTime = time.timestamp }
            if let time = firstActivation { $0.firstActivationTime = time.timestamp }
            if let time = lastCurrent { $0.lastCurrentTime = time.timestamp }
            if let time = lastDeactivation { $0.lastDeactivationTime = time.timestamp }
        }
    }

    /// The version as its own description shows it.
    func info(at now: Moment) -> APIWorkerDeploymentVersionInfo {
        .with {
            $0.version = version.legacyText
            $0.deploymentVersion = version.proto
            $0.deploymentName = version.deploymentName
            $0.status = status
            $0.createTime = createTime.timestamp
            if let time = routingChanged { $0.routingChangedTime = time.timestamp }
            if let time = currentSince { $0.currentSinceTime = time.timestamp }
            if let time = rampingSince { $0.rampingSinceTime = time.timestamp }
            if let time = firstActivation { $0.firstActivationTime = time.timestamp }
            if let time = lastCurrent { $0.lastCurrentTime = time.timestamp }
            if let time = lastDeactivation { $0.lastDeactivationTime = time.timestamp }
            $0.rampPercentage = percentage
            $0.taskQueueInfos = taskQueues.map { queue in
                .with {
                    $0.name = queue.name
                    $0.type = queue.kind.taskQueueType
                }
            }
            if let info = drainageInfo(at: now) { $0.drainageInfo = info }
            if let metadata { $0.metadata.entries = metadata }
            $0.lastModifierIdentity = lastModifier
        }
    }
}

extension QueueKey.Kind {
    /// The kind as it goes over the wire.
    var taskQueueType: APITaskQueueType {
        switch self {
        case .workflow: .workflow
        case .activity: .activity
        case .nexus: .nexus
        }
    }
}
