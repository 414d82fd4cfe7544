public import Foundation
import SwiftProtobuf
public import Temporal
package import TemporalAPI

/// What a worker told last of itself.
public struct WorkerDescription: Sendable {
    /// The slots of one kind of task.
    public struct Slots: Sendable, Hashable {
        /// How many are free; `nil` for a number that is not known.
        public let available: Int?

        /// How many are in use.
        public let used: Int

        /// How the worker decides on their number, such as `Fixed`.
        public let supplierKind: String

        /// How many tasks were worked on since the worker began.
        public let processedTasks: Int

        /// How many of them failed.
        public let failedTasks: Int

        init(_ proto: APIWorkerSlotsInfo) {
            available = proto.currentAvailableSlots < 0 ? nil : Int(proto.currentAvailableSlots)
            used = Int(proto.currentUsedSlots)
            supplierKind = proto.slotSupplierKind
            processedTasks = Int(proto.totalProcessedTasks)
            failedTasks = Int(proto.totalFailedTasks)
        }
    }

    /// The polls for one kind of task.
    public struct Polls: Sendable, Hashable {
        /// How many wait at the service.
        public let current: Int

        /// Whether their number follows the load.
        public let isAutoscaling: Bool

        /// When one last brought a task; `nil` if none has.
        public let lastSuccess: Date?

        init(_ proto: APIWorkerPollerInfo) {
            current = Int(proto.currentPollers)
            isAutoscaling = proto.isAutoscaling
            lastSuccess = proto.hasLastSuccessfulPollTime ? Date(proto.lastSuccessfulPollTime) : nil
        }
    }

    /// A plugin that has adjusted a worker or its client.
    public struct Plugin: Sendable, Hashable {
        /// What it is called.
        public let name: String

        /// Which version of it this is; empty if it does not say.
        public let version: String
    }

    /// The heartbeat on the wire.
    package let proto: APIWorkerHeartbeat

    /// Wraps a heartbeat.
    package init(_ proto: APIWorkerHeartbeat) {
        self.proto = proto
    }

    /// What tells the worker from every other, also from one of the same identity.
    public var instanceKey: String { proto.workerInstanceKey }

    /// Who the worker is.
    public var identity: String { proto.workerIdentity }

    /// The task queue that the worker polls.
    public var taskQueue: String { proto.taskQueue }

    /// Whether the worker works or stops.
    public var status: WorkerStatus { WorkerStatus(proto.status) }

    /// The machine that the worker runs on.
    public var hostName: String { proto.hostInfo.hostName }

    /// The process that the worker runs in.
    public var processID: String { proto.hostInfo.processID }

    /// The share of the machine's processors in use, from 0 to 1.
    public var hostCPUUsage: Double { Double(proto.hostInfo.currentHostCpuUsage) }

    /// The share of the machine's memory in use, from 0 to 1.
    public var hostMemoryUsage: Double { Double(proto.hostInfo.currentHostMemUsage) }

    /// The name of the SDK that the worker is made with.
    public var sdkName: String { proto.sdkName }

    /// The version of that SDK.
    public var sdkVersion: String { proto.sdkVersion }

    /// The plugins that have adjusted the worker or its client.
    public var plugins: [Plugin] { proto.plugins.map { Plugin(name: $0.name, version: $0.version) } }

    /// When the worker began to work; `nil` if it does not say.
    public var startTime: Date? { proto.hasStartTime ? Date(proto.startTime) : nil }

    /// When the worker told this; `nil` if it does not say.
    public var heartbeatTime: Date? { proto.hasHeartbeatTime ? Date(proto.heartbeatTime) : nil }

    /// The slots for workflow tasks; `nil` for a worker without workflows.
    public var workflowTaskSlots: Slots? { proto.hasWorkflowTaskSlotsInfo ? Slots(proto.workflowTaskSlotsInfo) : nil }

    /// The slots for activities; `nil` for a worker without any.
    public var activitySlots: Slots? { proto.hasActivityTaskSlotsInfo ? Slots(proto.activityTaskSlotsInfo) : nil }

    /// The slots for local activities; `nil` for a worker without workflows.
    public var localActivitySlots: Slots? {
        proto.hasLocalActivitySlotsInfo ? Slots(proto.localActivitySlotsInfo) : nil
    }

    /// The polls for workflow tasks that any worker may take; `nil` for a worker without workflows.
    public var workflowPolls: Polls? { proto.hasWorkflowPollerInfo ? Polls(proto.workflowPollerInfo) : nil }

    /// The polls for tasks of workflows that the worker has in memory; `nil` for a worker that keeps none.
    public var stickyWorkflowPolls: Polls? {
        proto.hasWorkflowStickyPollerInfo ? Polls(proto.workflowStickyPollerInfo) : nil
    }

    /// The polls for activities; `nil` for a worker without any.
    public var activityPolls: Polls? { proto.hasActivityPollerInfo ? Polls(proto.activityPollerInfo) : nil }

    /// The slots for Nexus operations; `nil` for a worker without any.
    public var nexusSlots: Slots? { proto.hasNexusTaskSlotsInfo ? Slots(proto.nexusTaskSlotsInfo) : nil }

    /// The polls for Nexus operations; `nil` for a worker without any.
    public var nexusPolls: Polls? { proto.hasNexusPollerInfo ? Polls(proto.nexusPollerInfo) : nil }

    /// The version of the worker; `nil` for a worker without one.
    public var deploymentVersion: WorkerDeploymentVersion? {
        proto.hasDeploymentVersion ? WorkerDeploymentVersion(proto.deploymentVersion) : nil
    }

    /// How many workflow runs the worker has in memory.
    public var cachedWorkflows: Int { Int(proto.currentStickyCacheSize) }

    /// How many workflow tasks found their run in memory.
    public var cacheHits: Int { Int(proto.totalStickyCacheHit) }

    /// How many workflow tasks did not find their run in memory, and replayed it.
    public var cacheMisses: Int { Int(proto.totalStickyCacheMiss) }
}
