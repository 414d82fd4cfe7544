import Foundation
import Logging
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient

/// The polls of a running worker, and what goes on around them.
final class WorkerSession: Sendable {
    private let worker: TemporalWorker
    private let capabilities: NamespaceCapabilities
    private let workflowPoller: TaskPoller?
    private let activityPoller: TaskPoller?
    private let nexusPoller: TaskPoller?
    private let heartbeats: WorkerHeartbeats
    private let wasAnnounced = Atomic<Bool>(false)
    private let stopTime = Mutex<Duration?>(nil)
    private let graceEnd = StopSwitch()

    /// Prepares the work of a worker.
    ///
    /// - Parameters:
    ///   - worker: The worker.
    ///   - capabilities: What the service can do.
    init(_ worker: TemporalWorker, _ capabilities: NamespaceCapabilities) {
        self.worker = worker
        self.capabilities = capabilities
        let workflowPoller = worker.workflows.map { _ in Self.workflowPoller(worker, capabilities) }
        let activityPoller = worker.activities.map { _ in Self.activityPoller(worker, capabilities) }
        self.workflowPoller = workflowPoller
        self.activityPoller = activityPoller
        let nexusPoller = worker.nexus.map { _ in Self.nexusPoller(worker, capabilities) }
        self.nexusPoller = nexusPoller
        let workflows = worker.workflows
        let locals = worker.localActivities
        self.heartbeats = WorkerHeartbeats(
            WorkerHeartbeats.Source(
                service: worker.client.service,
                namespace: worker.client.namespace,
                identity: worker.identity,
                instanceKey: worker.instanceKey,
                taskQueue: worker.taskQueue,
                deploymentVersion: worker.options.deployment?.version,
                plugins: worker.allPlugins,
                workflows: worker.workflows.map { handler in
                    .init(slots: worker.workflowSlots, poller: workflowPoller) { handler.failures }
                },
                activities: worker.activities.map { handler in
                    .init(slots: worker.activitySlots, poller: activityPoller) { handler.failures }
                },
                nexus: worker.nexus.map { handler in
                    .init(slots: worker.nexusSlots, poller: nexusPoller) { handler.failures }
                },
                localActivities: workflows.map { _ in
                    .init(slots: locals.slots) { locals.failures }
                },
                cache: { workflows?.cacheStatistics ?? CacheStatistics() },
                logger: worker.client.logger,
                timing: worker.options.timing,
                monitor: SystemMonitor()
            )
        )
    }

    private static func workflowPoller(_ worker: TemporalWorker, _ capabilities: NamespaceCapabilities) -> TaskPoller {
        let shares = worker.options.workflowTaskPollers.chosen(by: capabilities).shares(
            isSticky: worker.stickyQueue != nil,
            ratio: worker.options.nonstickyToStickyPollRatio
        )
        return TaskPoller(
            TaskPoller.Environment(
                names: [.shared: "workflow_task", .sticky: "sticky_workflow_task"],
                slots: worker.workflowSlots,
                plan: PollPlan(
                    shared: PollerScaler(shares.normal, isAdvised: capabilities.pollerAutoscaling),
                    sticky: shares.sticky.map { PollerScaler($0, isAdvised: capabilities.pollerAutoscaling) },
                    limit: worker.workflowSlots.supplier.maximumSlots
                ),
                timing: worker.options.timing,
                metrics: worker.metrics,
                logger: worker.client.logger,
                executor: worker.options.threads.workflows
            )
        )
    }

    private static func activityPoller(_ worker: TemporalWorker, _ capabilities: NamespaceCapabilities) -> TaskPoller {
        plainPoller(
            worker,
            capabilities,
            "activity_task",
            worker.activitySlots,
            worker.options.activityTaskPollers,
            limiter: worker.options.maximumActivitiesPerSecond.map {
                RateLimiter(perSecond: $0, timing: worker.options.timing)
            }
        )
    }

    private static func nexusPoller(_ worker: TemporalWorker, _ capabilities: NamespaceCapabilities) -> TaskPoller {
        plainPoller(worker, capabilities, "nexus_task", worker.nexusSlots, worker.options.nexusTaskPollers)
    }

    /// A poller of one queue.
    private static func plainPoller(
        _ worker: TemporalWorker,
        _ capabilities: NamespaceCapabilities,
        _ name: String,
        _ slots: SlotPool,
        _ behavior: PollerBehavior,
        limiter: RateLimiter? = nil
    ) -> TaskPoller {
        TaskPoller(
            TaskPoller.Environment(
                names: [.shared: name],
                slots: slots,
                plan: PollPlan(
                    shared: PollerScaler(
                        behavior.chosen(by: capabilities),
                        isAdvised: capabilities.pollerAutoscaling
                    ),
                    sticky: nil,
                    limit: slots.supplier.maximumSlots
                ),
                limiter: limiter,
                timing: worker.options.timing,
                metrics: worker.metrics,
                logger: worker.client.logger,
                executor: worker.options.threads.others
            )
        )
    }

    // MARK: Polling

    /// Polls until the task is cancelled or ``stopPolling()`` is called.
    ///
    /// - Throws: `RPCError` if the service refuses to be polled, `CancellationError`.
    func poll() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var pollers = 0
            if let workflowPoller, let handler = worker.workflows {
                pollers += 1
                group.addTask(executorPreference: worker.options.threads.workflows) { [self] in
                    try await workflowPoller.run { [worker] in try await worker.pollWorkflowTask(handler, $0, $1, $2) }
                }
            }
            if let activityPoller, let handler = worker.activities {
                pollers += 1
                group.addTask { [self] in
                    try await activityPoller.run { [worker] in try await worker.pollActivityTask(handler, $1, $2) }
                }
            }
            if let nexusPoller, let handler = worker.nexus {
                pollers += 1
                group.addTask { [self] in
                    try await nexusPoller.run { [worker] in try await worker.pollNexusTask(handler, $1, $2) }
                }
            }
            if worker.workflows != nil {
                group.addTask { [worker] in try await worker.localActivities.waitForSupplierError() }
            }
            // The first that fails ends the others, which `waitForAll()` would wait for.
            for _ in 0..<pollers { try await group.next() }
            group.cancelAll()
        }
    }

    /// Notes that the worker is to stop: it takes no activities any more that come with other answers, and the time that
    /// activities have to end begins, which they are told.
    func stopIsAsked() {
        worker.activities?.refuseEagerTasks()
        let now = worker.options.timing.now()
        stopTime.withLock { $0 = $0 ?? now }
        worker.stopNotice.give()
    }

    /// Makes no further polls.
    func stopPolling() {
        workflowPoller?.stop()
        activityPoller?.stop()
        nexusPoller?.stop()
    }

    // MARK: Around the polls

    /// Offers the worker's slots to workflows that its client starts.
    ///
    /// - Returns: What ends the offer; `nil` if the worker runs no workflows.
    func registerForEagerStarts() -> EagerWorkflowStarts.Registration? {
        guard let handler = worker.workflows else { return nil }
        return worker.client.eagerStarts.register(
            namespace: worker.client.namespace,
            taskQueue: worker.taskQueue,
            deployment: worker.options.deployment?.proto
        ) { [self] type in
            guard handler.runs(type), let slot = worker.workflowSlots.tryAcquire() else { return nil }
            // A worker that stops waits for the answer, as the task may come with it.
            let place = worker.tracker.enter()
            return EagerWorkflowStarts.Reservation { [self] task in
                if let task { worker.start(task, handler, slot) } else { slot.release() }
                place.leave()
            }
        }
    }

    /// Looks after the timeouts of activities until the task is cancelled.
    func watchTimeouts() async {
        await worker.activities?.watchTimeouts()
    }

    /// Tells metrics how the machine is in use, until the task is cancelled, if the worker gives out slots by that.
    func reportResources() async {
        let pools = [worker.workflowSlots, worker.activitySlots, worker.localActivities.slots, worker.nexusSlots]
        let suppliers = pools.compactMap { $0.supplier as? ResourceBasedSlotSupplier }
        // The suppliers of a process share one controller.
        guard worker.metrics.isOn, let controller = suppliers.first?.controller else { return }
        while !Task.isCancelled {
            let reading = controller.reading
            worker.metrics.set("resource_slots_mem_usage", reading.usage.memory * 100)
            worker.metrics.set("resource_slots_cpu_usage", reading.usage.cpu * 100)
            worker.metrics.set("resource_slots_mem_pid_output", reading.memoryOutput)
            worker.metrics.set("resource_slots_cpu_pid_output", reading.cpuOutput)
            // The only error is the cancellation that ends the loop.
            try? await worker.options.timing.sleep(.seconds(1))
        }
    }

    /// Tells the service how the worker is doing, until the task is cancelled.
    func sendHeartbeats() async {
        guard let interval = worker.options.heartbeatInterval, beats else { return }
        await heartbeats.run(every: interval)
    }

    /// Tells the service, after the last heartbeat, that the worker has stopped.
    func endHeartbeats() async {
        if beats { await heartbeats.end() }
    }

    /// Whether the service is told how the worker is doing.
    private var beats: Bool { capabilities.workerHeartbeats && worker.options.heartbeatInterval != nil }

    /// Lets what is under way finish, and takes everything out of memory. Activities are cancelled at the end of the
    /// grace period, which began when the worker was asked to stop.
    func shutDown() async {
        // A task of its own: the end of the grace period is no reason to cut the call short.
        let announcement = Task(executorPreference: worker.options.threads.others) { [self] in await announceShutdown()
        }
        // Where nothing is under way, there is nothing to give time to.
        if worker.tracker.isIdle { _ = await announcement.value }
        if !worker.tracker.isIdle {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { [self] in
                    _ = await announcement.value
                    await worker.tracker.waitUntilIdle()
                }
                group.addTask { [self] in
                    await waitForGrace()
                    worker.activities?.stop()
                    worker.nexus?.stop()
                    worker.localActivities.stop()
                }
                await group.next()
                group.cancelAll()
            }
        }
        // The grace period may have been over first: then the activities were cancelled, and end soon.
        await worker.tracker.waitUntilIdle()
        worker.workflows?.evictAll()
        _ = await announcement.value
    }

    /// Ends the grace period: a cancellation of the worker ends activities at once.
    func endGrace() {
        graceEnd.throwOver()
    }

    private func waitForGrace() async {
        let timing = worker.options.timing
        let start = stopTime.withLock { $0 } ?? timing.now()
        let left = worker.options.gracefulShutdownTimeout - (timing.now() - start)
        guard left > .zero else { return }
        let sleeping = Task(executorPreference: worker.options.threads.others) { try? await timing.sleep(left) }
        graceEnd.arm { sleeping.cancel() }
        // The end of everything ends the wait too: then there is nothing to stop.
        await withTaskCancellationHandler {
            await sleeping.value
        } onCancel: {
            sleeping.cancel()
        }
        graceEnd.disarm()
    }

    /// Tells the service that the worker stops, so that its tasks go to other workers at once.
    ///
    /// - Returns: Whether it was told, now or before.
    @discardableResult
    func announceShutdown() async -> Bool {
        guard !wasAnnounced.exchange(true, ordering: .acquiringAndReleasing) else { return true }
        var request = APIShutdownWorkerRequest()
        request.namespace = worker.client.namespace
        request.identity = worker.identity
        request.stickyTaskQueue = worker.stickyQueue ?? ""
        request.taskQueue = worker.taskQueue
        request.workerInstanceKey = worker.instanceKey
        request.reason = "graceful shutdown"
        if worker.workflows != nil { request.taskQueueTypes.append(.workflow) }
        if worker.activities != nil { request.taskQueueTypes.append(.activity) }
        if worker.nexus != nil { request.taskQueueTypes.append(.nexus) }
        if beats { request.workerHeartbeat = heartbeats.make(.shuttingDown) }
        do {
            _ = try await worker.client.service.call(
                .shutdownWorker,
                request,
                options: CallOptions(timeout: .seconds(5), retries: false)
            )
            return true
        } catch {
            // Older servers do not know the call, and one that is down has lost the queue anyway.
            worker.client.logger.debug("The service was not told that the worker stops: \(error)")
            return false
        }
    }
}
