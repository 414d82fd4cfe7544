import OrderedCollections
import SwiftProtobuf
import TemporalAPI

/// The workers of one namespace that have told how they are doing.
struct WorkerRegistry {
    /// How long a worker is listed that tells nothing any more.
    private static let lifetime = Duration.seconds(300)

    /// How often those are forgotten that tell nothing any more.
    private static let sweepInterval = Duration.seconds(60)

    private var lastSweep: ContinuousClock.Instant?
    private var entries: [String: (heartbeat: APIWorkerHeartbeat, lastSeen: ContinuousClock.Instant)] = [:]

    /// Notes how workers are doing. One that has stopped is forgotten.
    ///
    /// Whether a worker lives is a matter of the wall clock, whatever the clock of the service does.
    mutating func record(_ heartbeats: [APIWorkerHeartbeat], at instant: ContinuousClock.Instant) {
        if lastSweep.map({ $0.duration(to: instant) >= Self.sweepInterval }) ?? true { forgetLost(at: instant) }
        for heartbeat in heartbeats {
            entries[heartbeat.workerInstanceKey] = heartbeat.status == .shutdown ? nil : (heartbeat, instant)
        }
    }

    /// What the workers told last, in the order of their keys.
    ///
    /// - Parameter includesSystem: Whether workers of the service's own are among them.
    mutating func workers(includesSystem: Bool, at instant: ContinuousClock.Instant) -> [APIWorkerHeartbeat] {
        forgetLost(at: instant)
        return entries.values.map(\.heartbeat)
            .filter { includesSystem || !$0.taskQueue.hasPrefix("temporal-sys-") }
            .sorted { $0.workerInstanceKey < $1.workerInstanceKey }
    }

    private mutating func forgetLost(at instant: ContinuousClock.Instant) {
        lastSweep = instant
        entries = entries.filter { $0.value.lastSeen.duration(to: instant) <= Self.lifetime }
    }

    /// How many workers there are, with those that tell nothing any more and are not forgotten yet.
    var count: Int { entries.count }
}

extension APIWorkerHeartbeat {
    /// A field that a filter names; `nil` if there is none of that name.
    func field(_ name: String) -> FieldFilter.Value? {
        switch name {
        case "WorkerInstanceKey": .text(workerInstanceKey)
        case "WorkerIdentity": .text(workerIdentity)
        case "HostName": .text(hostInfo.hostName)
        case "TaskQueue": .text(taskQueue)
        case "DeploymentName": .text(deploymentVersion.deploymentName)
        case "BuildId": .text(deploymentVersion.buildID)
        case "SdkName": .text(sdkName)
        case "SdkVersion": .text(sdkVersion)
        case "WorkerStatus", "Status", "status": .text(status.words)
        case "StartTime": .moment(hasStartTime ? Moment(startTime) : nil)
        case "HeartbeatTime": .moment(hasHeartbeatTime ? Moment(heartbeatTime) : nil)
        default: nil
        }
    }

    /// The worker as lists show it.
    var listInfo: APIWorkerListInfo {
        .with {
            $0.workerInstanceKey = workerInstanceKey
            $0.workerIdentity = workerIdentity
            $0.taskQueue = taskQueue
            if hasDeploymentVersion { $0.deploymentVersion = deploymentVersion }
            $0.sdkName = sdkName
            $0.sdkVersion = sdkVersion
            $0.status = status
            if hasStartTime { $0.startTime = startTime }
            $0.hostName = hostInfo.hostName
            $0.workerGroupingKey = hostInfo.workerGroupingKey
            $0.processID = hostInfo.processID
            $0.plugins = plugins
            $0.drivers = drivers
        }
    }
}

extension APIWorkerStatus {
    /// The name of the status in filters.
    fileprivate var words: String {
        switch self {
        case .running: "Running"
        case .shuttingDown: "ShuttingDown"
        case .shutdown: "Shutdown"
        case .unspecified, .UNRECOGNIZED: "Unspecified"
        }
    }
}
