import Foundation
import Logging
public import ServiceLifecycle
import SwiftProtobuf
import Synchronization
public import Temporal
import TemporalAPI
public import TemporalClient

/// Works on the tasks of one task queue: runs workflows and activities.
///
/// ``run()`` polls until it is cancelled or asked to stop gracefully, as a `ServiceLifecycle` service. Several workers
/// can share one client.
///
/// ```swift
/// let worker = try TemporalWorker(
///     client: client,
///     taskQueue: "routing",
///     workflows: [DataRouting.self],
///     activities: [RoutingActivities(routes: routes)]
/// )
/// try await worker.run()
/// ```
public final class TemporalWorker: Service {
    /// The task queue that the worker works on.
    public let taskQueue: String

    private let client: TemporalClient
    private let options: WorkerOptions
    private let identity: String
    private let stickyQueue: String?
    private let instanceKey = UUID().uuidString.lowercased()
    private let workflows: WorkflowTaskHandler?
    private let activities: ActivityTaskHandler?
    private let workflowSlots: SlotPool
    private let activitySlots: SlotPool
    private let tracker = TaskTracker()
    private let hasStarted = Atomic<Bool>(false)

    /// Sets a worker up. Nothing is asked of the service before ``run()``.
    ///
    /// - Parameters:
    ///   - client: The client whose connection and namespace the worker uses.
    ///   - taskQueue: The task queue to work on.
    ///   - workflows: The workflows that it runs.
    ///   - activities: The activities that it runs.
    ///   - options: How it works.
    /// - Throws: ``WorkerConfigurationError`` if there is nothing to run, two have one name, or an option is out of
    ///   range.
    public init(
        client: TemporalClient,
        taskQueue: String,
        workflows: [any Workflow.Type] = [],
        activities: [any ActivityContainer] = [],
        options: WorkerOptions = WorkerOptions()
    ) throws {
        let blueprints = workflows.map { makeBlueprint($0) }
        let definitions = activities.flatMap(\.activities)
        try Self.check(taskQueue, blueprints.map(\.name), definitions.map(\.name), options)
        let identity = options.identity ?? client.identity
        let hasCache = options.maximumCachedWorkflows > 0 && !blueprints.isEmpty
        let stickyQueue = hasCache ? "\(identity)-\(instanceKey.filter { $0 != "-" })" : nil
        self.taskQueue = taskQueue
        self.client = client
        self.options = options
        self.identity = identity
        self.stickyQueue = stickyQueue
        self.workflowSlots = SlotPool(size: options.maximumConcurrentWorkflowTasks)
        self.activitySlots = SlotPool(size: options.maximumConcurrentActivities)
        let interceptsAll = options.activityIntercept != nil
        let activityHandler =
            definitions.isEmpty && !interceptsAll
            ? nil
            : ActivityTaskHandler(
                ActivityTaskHandler.Environment(
                    service: client.service,
                    namespace: client.namespace,
                    identity: identity,
                    taskQueue: taskQueue,
                    converter: client.converter,
                    logger: client.logger,
                    maximumHeartbeatThrottle: options.maximumHeartbeatThrottleInterval,
                    defaultHeartbeatThrottle: options.defaultHeartbeatThrottleInterval,
                    intercept: options.activityIntercept,
                    willCompleteAsynchronously: options.willCompleteAsynchronously
                ),
                definitions: definitions
            )
        self.activities = activityHandler
        let isEager = options.allowsEagerActivities && options.maximumTaskQueueActivitiesPerSecond == nil
        let eager = activityHandler.map { [activitySlots, tracker] handler in
            EagerActivityRunner(handler: handler, slots: activitySlots, tracker: tracker)
        }
        self.workflows =
            blueprints.isEmpty
            ? nil
            : WorkflowTaskHandler(
                WorkflowTaskHandler.Environment(
                    service: client.service,
                    namespace: client.namespace,
                    identity: identity,
                    taskQueue: taskQueue,
                    stickyQueue: stickyQueue,
                    stickyTimeout: options.stickyScheduleToStartTimeout,
                    deadlockTimeout: options.deadlockTimeout,
                    converter: client.converter,
                    logger: client.logger,
                    onTaskFailure: options.onTaskFailure,
                    eagerActivities: isEager ? eager : nil
                ),
                blueprints: blueprints,
                cacheSize: options.maximumCachedWorkflows
            )
    }

    private static func check(
        _ taskQueue: String,
        _ workflows: [String],
        _ activities: [String],
        _ options: WorkerOptions
    ) throws {
        guard !taskQueue.isEmpty else { throw WorkerConfigurationError("A worker needs the name of a task queue.") }
        guard !workflows.isEmpty || !activities.isEmpty || options.activityIntercept != nil else {
            throw WorkerConfigurationError(
                "The worker of task queue '\(taskQueue)' has nothing to run: register a workflow or an activity."
            )
        }
        for (kind, names) in [("workflows", workflows), ("activities", activities)] {
            var seen: Set<String> = []
            for name in names where !seen.insert(name).inserted {
                throw WorkerConfigurationError(
                    "Two \(kind) of the worker of task queue '\(taskQueue)' have the name '\(name)'."
                )
            }
        }
        let least = [
            ("maximumConcurrentWorkflowTasks", options.maximumConcurrentWorkflowTasks, 1),
            ("maximumConcurrentActivities", options.maximumConcurrentActivities, 1),
            ("workflowTaskPollers", options.workflowTaskPollers, options.maximumCachedWorkflows > 0 ? 2 : 1),
            ("activityTaskPollers", options.activityTaskPollers, 1),
            ("maximumCachedWorkflows", options.maximumCachedWorkflows, 0),
        ]
        for (name, value, minimum) in least where value < minimum {
            throw WorkerConfigurationError("\(name) is \(value), and must be at least \(minimum).")
        }
    }

    // MARK: Running

    /// Works until the task is cancelled or the service group asks for a graceful stop.
    ///
    /// A graceful stop takes no new tasks, lets those under way finish, and cancels activities that go on for longer
    /// than ``WorkerOptions/gracefulShutdownTimeout``. A cancellation cancels activities at once.
    ///
    /// - Throws: `RPCError` if the service refuses to be polled, for instance because the namespace does not exist;
    ///   ``WorkerConfigurationError`` if the worker has run before.
    public func run() async throws {
        guard !hasStarted.exchange(true, ordering: .acquiringAndReleasing) else {
            throw WorkerConfigurationError("The worker of task queue '\(taskQueue)' has run before: make a new one.")
        }
        let polling = Task { try await poll() }
        let result = await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await polling.result
            } onGracefulShutdown: {
                polling.cancel()
            }
        } onCancel: {
            polling.cancel()
        }
        let grace = Task.isCancelled ? .zero : options.gracefulShutdownTimeout
        // A task of its own, so that a cancellation of this one does not cut the clean-up short.
        await Task { await shutDown(after: grace) }.value
        if case .failure(let error) = result, !(error is CancellationError) { throw error }
    }

    /// Lets what is under way finish, and takes everything out of memory.
    private func shutDown(after grace: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                await announceShutdown()
                await tracker.waitUntilIdle()
            }
            group.addTask { [self] in
                // The wait is cut short by a cancellation of the worker, which ends activities at once, and by the end of
                // everything, after which there is nothing to stop.
                try? await Task.sleep(for: grace)
                activities?.stop()
            }
            await group.next()
            group.cancelAll()
        }
        // The grace period may have been over first: then the activities were cancelled, and end soon.
        await tracker.waitUntilIdle()
        workflows?.evictAll()
    }

    /// Tells the service that nobody polls the sticky queue any more, so that its tasks go to other workers at once.
    private func announceShutdown() async {
        guard let stickyQueue else { return }
        var request = APIShutdownWorkerRequest()
        request.namespace = client.namespace
        request.identity = identity
        request.stickyTaskQueue = stickyQueue
        request.reason = "graceful shutdown"
        do {
            _ = try await client.service.call(
                .shutdownWorker,
                request,
                options: CallOptions(timeout: .seconds(5), retries: false)
            )
        } catch {
            // Older servers do not know the call, and one that is down has lost the queue anyway.
            client.logger.debug("The service was not told that the worker stops: \(error)")
        }
    }

    // MARK: Polling

    private func poll() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let workflows {
                // One poll in five is for the shared queue, as the runs in memory need most of the tasks.
                let shared = stickyQueue == nil ? options.workflowTaskPollers : max(1, options.workflowTaskPollers / 5)
                for number in 0..<options.workflowTaskPollers {
                    let sticky = number < shared ? nil : stickyQueue
                    group.addTask(executorPreference: WorkflowThreads.shared) { [self] in
                        try await pollWorkflowTasks(workflows, sticky)
                    }
                }
            }
            if let activities {
                group.addTask { await activities.watchTimeouts() }
                for _ in 0..<options.activityTaskPollers {
                    group.addTask { [self] in try await pollActivityTasks(activities) }
                }
            }
            // The first that fails ends the others, which `waitForAll()` would wait for.
            for try await _ in group {}
        }
    }

    private func pollWorkflowTasks(_ handler: WorkflowTaskHandler, _ sticky: String?) async throws {
        var request = APIPollWorkflowTaskQueueRequest()
        request.namespace = client.namespace
        request.identity = identity
        request.workerInstanceKey = instanceKey
        request.taskQueue.name = sticky ?? taskQueue
        request.taskQueue.kind = sticky == nil ? .normal : .sticky
        if sticky != nil { request.taskQueue.normalName = taskQueue }
        while !Task.isCancelled {
            try await workflowSlots.acquire()
            do {
                let task = try await client.service.call(.pollWorkflowTaskQueue, request, options: .default)
                guard !task.taskToken.isEmpty else {
                    workflowSlots.release()
                    continue
                }
                tracker.start(on: WorkflowThreads.shared) { [self] in
                    await handler.handle(task)
                    workflowSlots.release()
                }
            } catch {
                workflowSlots.release()
                throw error
            }
        }
    }

    private func pollActivityTasks(_ handler: ActivityTaskHandler) async throws {
        var request = APIPollActivityTaskQueueRequest()
        request.namespace = client.namespace
        request.identity = identity
        request.workerInstanceKey = instanceKey
        request.taskQueue.name = taskQueue
        request.taskQueue.kind = .normal
        if let limit = options.maximumTaskQueueActivitiesPerSecond {
            request.taskQueueMetadata.maxTasksPerSecond = .init(limit)
        }
        while !Task.isCancelled {
            try await activitySlots.acquire()
            do {
                let task = try await client.service.call(.pollActivityTaskQueue, request, options: .default)
                guard !task.taskToken.isEmpty else {
                    activitySlots.release()
                    continue
                }
                tracker.start(on: nil) { [self] in
                    await handler.handle(task)
                    activitySlots.release()
                }
            } catch {
                activitySlots.release()
                throw error
            }
        }
    }
}

/// Runs activities that came with the answer to a workflow task, in slots that were reserved for them.
private struct EagerActivityRunner: EagerActivities {
    /// How many activities of one workflow task may be eager.
    static let limit = 3

    let handler: ActivityTaskHandler
    let slots: SlotPool
    let tracker: TaskTracker

    func reserve(for commands: inout [APICommand]) -> Int {
        var reserved = 0
        for index in commands.indices where commands[index].commandType == .scheduleActivityTask {
            guard commands[index].scheduleActivityTaskCommandAttributes.requestEagerExecution else { continue }
            if reserved < Self.limit, slots.tryAcquire() {
                reserved += 1
            } else {
                commands[index].scheduleActivityTaskCommandAttributes.requestEagerExecution = false
            }
        }
        return reserved
    }

    func run(_ tasks: [APIPollActivityTaskQueueResponse], reserved: Int) {
        for task in tasks.prefix(reserved) {
            tracker.start(on: nil) {
                await handler.handle(task)
                slots.release()
            }
        }
        for _ in 0..<max(0, reserved - tasks.count) { slots.release() }
    }
}
