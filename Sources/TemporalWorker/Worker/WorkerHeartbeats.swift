import Foundation
import Logging
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient

/// Tells the service from time to time how a worker is doing.
final class WorkerHeartbeats: Sendable {
    /// One kind of task: its slots, and the polls for it.
    struct Part: Sendable {
        var slots: SlotPool
        var poller: TaskPoller?
        var failures: @Sendable () -> Int
    }

    /// What a heartbeat is made from.
    struct Source: Sendable {
        var service: any TemporalService
        var namespace: String
        var identity: String
        var instanceKey: String
        var taskQueue: String
        var deploymentVersion: WorkerDeploymentVersion?
        var plugins: [any TemporalPlugin] = []
        var workflows: Part?
        var activities: Part?
        var nexus: Part?
        var localActivities: Part?
        var cache: @Sendable () -> CacheStatistics
        var logger: Logger
        var timing: CallTiming
        var monitor: any ResourceMonitor
    }

    private struct State {
        var last: Date?
        var processed: [SlotKind: Int] = [:]
        var failed: [SlotKind: Int] = [:]
    }

    /// All workers of a process are shown together.
    private static let groupingKey = RandomID.make()

    private let source: Source
    private let start = Date()
    private let state = Mutex(State())

    init(_ source: Source) {
        self.source = source
    }

    /// Sends heartbeats until the task is cancelled or the service does not take them.
    ///
    /// - Parameter interval: The time between two.
    func run(every interval: Duration) async {
        while !Task.isCancelled {
            var request = APIRecordWorkerHeartbeatRequest()
            request.namespace = source.namespace
            request.identity = source.identity
            request.workerHeartbeat = [make(.running)]
            do {
                _ = try await source.service.call(.recordWorkerHeartbeat, request, options: .default)
            } catch let error as RPCError where error.code == .unimplemented {
                return
            } catch {
                source.logger.debug("A heartbeat of the worker was not taken: \(error)")
            }
            // The only error is the cancellation that ends the loop.
            try? await source.timing.sleep(interval)
        }
    }

    /// Tells the service that the worker has stopped, so that it is listed no longer.
    func end() async {
        var request = APIRecordWorkerHeartbeatRequest()
        request.namespace = source.namespace
        request.identity = source.identity
        request.workerHeartbeat = [make(.shutdown)]
        do {
            let options = CallOptions(timeout: .seconds(5), retries: false)
            _ = try await source.service.call(.recordWorkerHeartbeat, request, options: options)
        } catch {
            source.logger.debug("The service was not told that the worker has stopped: \(error)")
        }
    }

    /// How the worker is doing.
    ///
    /// - Parameter status: Whether it works or stops.
    func make(_ status: APIWorkerStatus) -> APIWorkerHeartbeat {
        let now = Date()
        let usage = source.monitor.usage()
        let cache = source.cache()
        var heartbeat = APIWorkerHeartbeat()
        heartbeat.workerInstanceKey = source.instanceKey
        heartbeat.workerIdentity = source.identity
        heartbeat.hostInfo.hostName = ProcessInfo.processInfo.hostName
        heartbeat.hostInfo.processID = String(ProcessInfo.processInfo.processIdentifier)
        heartbeat.hostInfo.workerGroupingKey = Self.groupingKey
        heartbeat.hostInfo.currentHostCpuUsage = Float(usage.cpu)
        heartbeat.hostInfo.currentHostMemUsage = Float(usage.memory)
        heartbeat.taskQueue = source.taskQueue
        if let version = source.deploymentVersion { heartbeat.deploymentVersion = version.proto }
        heartbeat.plugins = source.plugins.map { plugin in
            .with {
                $0.name = plugin.name
                $0.version = plugin.version
            }
        }
        heartbeat.sdkName = SDK.name
        heartbeat.sdkVersion = SDK.version
        heartbeat.status = status
        heartbeat.startTime = .init(date: start)
        heartbeat.heartbeatTime = .init(date: now)
        heartbeat.totalStickyCacheHit = Int32(clamping: cache.hits)
        heartbeat.totalStickyCacheMiss = Int32(clamping: cache.misses)
        heartbeat.currentStickyCacheSize = Int32(clamping: cache.size)
        state.withLock { state in
            if let last = state.last {
                heartbeat.elapsedSinceLastHeartbeat = .init(Duration.seconds(now.timeIntervalSince(last)))
            }
            state.last = now
            if let part = source.workflows {
                heartbeat.workflowTaskSlotsInfo = slots(part, &state)
                heartbeat.workflowPollerInfo = polls(part, .shared)
                heartbeat.workflowStickyPollerInfo = polls(part, .sticky)
            }
            if let part = source.activities {
                heartbeat.activityTaskSlotsInfo = slots(part, &state)
                heartbeat.activityPollerInfo = polls(part, .shared)
            }
            if let part = source.nexus {
                heartbeat.nexusTaskSlotsInfo = slots(part, &state)
                heartbeat.nexusPollerInfo = polls(part, .shared)
            }
            if let part = source.localActivities { heartbeat.localActivitySlotsInfo = slots(part, &state) }
        }
        return heartbeat
    }

    private func slots(_ part: Part, _ state: inout State) -> APIWorkerSlotsInfo {
        let (pool, kind) = (part.slots, part.slots.kind)
        let (used, processed, failed) = (pool.used, pool.processed, part.failures())
        var info = APIWorkerSlotsInfo()
        info.currentUsedSlots = Int32(clamping: used)
        // -1 stands for a number that is not known.
        info.currentAvailableSlots = pool.supplier.maximumSlots.map { Int32(clamping: max(0, $0 - used)) } ?? -1
        info.slotSupplierKind = pool.supplier.kindName
        info.totalProcessedTasks = Int32(clamping: processed)
        info.totalFailedTasks = Int32(clamping: failed)
        info.lastIntervalProcessedTasks = Int32(clamping: processed - (state.processed[kind] ?? 0))
        info.lastIntervalFailureTasks = Int32(clamping: failed - (state.failed[kind] ?? 0))
        state.processed[kind] = processed
        state.failed[kind] = failed
        return info
    }

    private func polls(_ part: Part, _ queue: PollQueue) -> APIWorkerPollerInfo {
        var info = APIWorkerPollerInfo()
        guard let summary = part.poller?.summary(queue) else { return info }
        info.currentPollers = Int32(clamping: summary.current)
        info.isAutoscaling = summary.isAutoscaling
        if let date = summary.lastSuccess { info.lastSuccessfulPollTime = .init(date: date) }
        return info
    }
}

/// How often runs were found in memory.
struct CacheStatistics: Sendable, Hashable {
    /// Tasks whose run was in memory.
    var hits = 0
    /// Tasks that continued a run which was not in memory.
    var misses = 0
    /// The runs in memory now.
    var size = 0
}
