import CoreMetrics
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

    let client: TemporalClient
    let options: WorkerOptions
    /// What has adjusted the worker, that of its client included.
    let plugins: [any WorkerPlugin]
    let identity: String
    let stickyQueue: String?
    let instanceKey = RandomID.make()
    let workflows: WorkflowTaskHandler?
    let activities: ActivityTaskHandler?
    let nexus: NexusTaskHandler?
    let localActivities: LocalActivityRunner
    let workflowSlots: SlotPool
    let activitySlots: SlotPool
    let nexusSlots: SlotPool
    let metrics: WorkerMetrics
    let tracker = TaskTracker()
    /// Tells activities that the worker has begun to stop.
    let stopNotice = StopNotice()
    let hasStarted = Atomic<Bool>(false)

    /// Sets a worker up. Nothing is asked of the service before ``run()``.
    ///
    /// - Parameters:
    ///   - client: The client whose connection and namespace the worker uses.
    ///   - taskQueue: The task queue to work on.
    ///   - workflows: The workflows that it runs.
    ///   - activities: The activities that it runs.
    ///   - nexusServices: The services whose Nexus operations it runs, for the endpoints of the task queue.
    ///   - options: How it works.
    ///   - plugins: What adjusts the worker, after those of the client that are worker plugins; the first is asked first.
    /// - Throws: ``WorkerConfigurationError`` if there is nothing to run, two have one name, an option is out of range, or
    ///   the worker uses versioning and a workflow has no versioning behaviour.
    public init(
        client: TemporalClient,
        taskQueue: String,
        workflows: [any Workflow.Type] = [],
        activities: [any ActivityContainer] = [],
        nexusServices: [any NexusService] = [],
        options: WorkerOptions = WorkerOptions(),
        plugins: [any WorkerPlugin] = []
    ) throws {
        let plugins = client.workerPlugins + plugins
        var setup = WorkerSetup(
            taskQueue: taskQueue,
            workflows: workflows,
            activities: activities,
            nexusServices: nexusServices,
            options: options
        )
        try setup.apply(plugins)
        let (workflows, activities) = (setup.workflows, setup.activities)
        let (nexusServices, options) = (setup.nexusServices, setup.options)
        self.plugins = plugins
        let blueprints = workflows.map { makeBlueprint($0) }
        let definitions = activities.flatMap(\.activities)
        let operations = try nexusServices.flatMap { try Self.operations(of: $0) }
        try Self.check(
            taskQueue,
            blueprints.map { $0.isDynamic ? Self.dynamicName : $0.name },
            definitions.map { $0.isDynamic ? Self.dynamicName : $0.name },
            operations.map { "\($0.service)/\($0.name)" },
            options
        )
        try options.deployment?.check(blueprints)
        let identity = options.identity ?? client.identity
        let hasCache = options.maximumCachedWorkflows > 0 && !blueprints.isEmpty
        let stickyQueue = hasCache ? "\(identity)-\(instanceKey.filter { $0 != "-" })" : nil
        self.taskQueue = taskQueue
        self.client = client
        self.options = options
        self.identity = identity
        self.stickyQueue = stickyQueue
        let metrics = WorkerMetrics(
            factory: client.metrics ?? MetricsSystem.factory,
            namespace: client.namespace,
            taskQueue: taskQueue
        )
        let runsWorkflows = !blueprints.isEmpty || options.workflowIntercept != nil
        let runsNexus = !operations.isEmpty || options.nexusIntercept != nil
        let takesActivities =
            options.pollsForActivities && (!definitions.isEmpty || options.activityIntercept != nil)
        func pool(_ kind: SlotKind, _ supplier: (any SlotSupplier)?, _ size: Int, isInUse: Bool) -> SlotPool {
            SlotPool(
                kind,
                supplier ?? FixedSlotSupplier(size: size),
                taskQueue: taskQueue,
                identity: identity,
                timing: options.timing,
                logger: client.logger,
                // A worker says nothing of what it does not run.
                metrics: isInUse ? SlotMetrics(metrics: metrics, kind: kind) : nil
            )
        }
        // More tasks than runs can be kept in memory would only push one another out.
        let workflowLimit = hasCache ? max(2, options.maximumCachedWorkflows) : .max
        self.metrics = metrics
        self.workflowSlots = pool(
            .workflow,
            options.workflowTaskSlots,
            min(options.maximumConcurrentWorkflowTasks, workflowLimit),
            isInUse: runsWorkflows
        )
        self.activitySlots = pool(
            .activity,
            options.activitySlots,
            options.maximumConcurrentActivities,
            isInUse: takesActivities
        )
        self.nexusSlots = pool(
            .nexus,
            options.nexusTaskSlots,
            options.maximumConcurrentNexusTasks,
            isInUse: runsNexus
        )
        self.nexus =
            !runsNexus
            ? nil
            : NexusTaskHandler(
                NexusTaskHandler.Environment(
                    client: client,
                    identity: identity,
                    taskQueue: taskQueue,
                    metrics: metrics,
                    timing: options.timing,
                    executor: options.threads.activity
                ),
                code: NexusCode(
                    operations,
                    converter: client.dataConverter.payloadConverter,
                    interceptors: options.nexusInterceptors,
                    intercept: options.nexusIntercept
                )
            )
        let code = ActivityCode(
            definitions,
            converter: client.dataConverter.payloadConverter,
            interceptors: options.activityInterceptors,
            intercept: options.activityIntercept,
            host: ActivityHost(stop: stopNotice, client: client),
            executor: options.threads.activity
        )
        let localActivities = LocalActivityRunner(
            slots: pool(
                .localActivity,
                options.localActivitySlots,
                options.maximumConcurrentLocalActivities,
                isInUse: runsWorkflows
            ),
            metrics: metrics,
            time: options.localActivityTime ?? .wall,
            code: code,
            failureConverter: client.dataConverter.failureConverter,
            tracker: tracker,
            logger: client.logger
        )
        self.localActivities = localActivities
        let activityHandler =
            !takesActivities
            ? nil
            : ActivityTaskHandler(
                ActivityTaskHandler.Environment(
                    service: client.service,
                    namespace: client.namespace,
                    identity: identity,
                    taskQueue: taskQueue,
                    dataConverter: client.dataConverter,
                    logger: client.logger,
                    metrics: metrics,
                    timing: options.timing,
                    time: options.activityTime ?? ActivityTime(options.timing),
                    maximumHeartbeatThrottle: options.maximumHeartbeatThrottleInterval,
                    defaultHeartbeatThrottle: options.defaultHeartbeatThrottleInterval,
                    willCompleteAsynchronously: options.willCompleteAsynchronously,
                    deployment: options.deployment
                ),
                code: code
            )
        self.activities = activityHandler
        let isEager = options.allowsEagerActivities && options.maximumTaskQueueActivitiesPerSecond == nil
        let eager = activityHandler.map { [activitySlots, tracker] handler in
            EagerActivityRunner(
                handler: handler,
                slots: activitySlots,
                tracker: tracker,
                limit: options.maximumEagerActivitiesPerTask,
                executor: options.threads.others
            )
        }
        self.workflows =
            !runsWorkflows
            ? nil
            : WorkflowTaskHandler(
                WorkflowTaskHandler.Environment(
                    service: client.service,
                    namespace: client.namespace,
                    identity: identity,
                    instanceKey: instanceKey,
                    taskQueue: taskQueue,
                    stickyQueue: stickyQueue,
                    stickyTimeout: options.stickyScheduleToStartTimeout,
                    deadlockTimeout: options.deadlockTimeout,
                    dataConverter: client.dataConverter,
                    failureRules: options.workflowFailureRules,
                    interceptors: options.workflowInterceptors,
                    errorLimits: client.errorLimits,
                    logger: client.logger,
                    metrics: metrics,
                    timing: options.timing,
                    longTask: options.workflowTaskWarningThreshold,
                    onTaskFailure: options.onTaskFailure,
                    eagerActivities: isEager ? eager : nil,
                    localActivities: localActivities,
                    intercept: options.workflowIntercept,
                    activatesPatch: options.activatesUnheldPatch,
                    codeHook: options.codeHook,
                    evictsBeforeTask: options.evictsBeforeTask,
                    threads: options.threads.workflows,
                    deployment: options.deployment
                ),
                blueprints: blueprints,
                cacheSize: options.maximumCachedWorkflows
            )
    }

    /// Stands for the name of what runs for all names that nothing else has.
    private static let dynamicName = "(dynamic)"

    /// The operations of a Nexus service, which must say that they are of this service.
    private static func operations<Service: NexusService>(of service: Service) throws -> [NexusOperationDefinition] {
        let operations = service.nexusOperations
        if let stranger = operations.first(where: { $0.service != Service.nexusServiceName }) {
            throw WorkerConfigurationError(
                "\(Service.self) is the Nexus service '\(Service.nexusServiceName)', but defines operation "
                    + "'\(stranger.name)' of service '\(stranger.service)': give both the same name."
            )
        }
        return operations
    }

    private static func check(
        _ taskQueue: String,
        _ workflows: [String],
        _ activities: [String],
        _ operations: [String],
        _ options: WorkerOptions
    ) throws {
        guard !taskQueue.isEmpty else { throw WorkerConfigurationError("A worker needs the name of a task queue.") }
        guard
            !workflows.isEmpty || !operations.isEmpty || options.nexusIntercept != nil
                || (options.pollsForActivities && (!activities.isEmpty || options.activityIntercept != nil))
        else {
            guard activities.isEmpty else {
                throw WorkerConfigurationError(
                    "The worker of task queue '\(taskQueue)' has nothing to run: it does not poll for activities, and has no "
                        + "workflow that could call them as local ones. Register a workflow, or set pollsForActivities."
                )
            }
            throw WorkerConfigurationError(
                "The worker of task queue '\(taskQueue)' has nothing to run: register a workflow, an activity or a Nexus "
                    + "service."
            )
        }
        for (kind, names) in [
            ("workflows", workflows), ("activities", activities), ("Nexus operations", operations),
        ] {
            var seen: Set<String> = []
            for name in names where !seen.insert(name).inserted {
                throw WorkerConfigurationError(
                    "Two \(kind) of the worker of task queue '\(taskQueue)' have the name '\(name)'."
                )
            }
        }
        let isCaching = options.maximumCachedWorkflows > 0 && !workflows.isEmpty
        let least = [
            // With a cache, one slot is for the worker's own queue, and one for the queue of all.
            ("maximumConcurrentWorkflowTasks", options.maximumConcurrentWorkflowTasks, isCaching ? 2 : 1),
            ("maximumSlots of workflowTaskSlots", options.workflowTaskSlots?.maximumSlots ?? .max, isCaching ? 2 : 1),
            ("maximumConcurrentActivities", options.maximumConcurrentActivities, 1),
            ("maximumConcurrentLocalActivities", options.maximumConcurrentLocalActivities, 1),
            (
                "workflowTaskPollers", options.workflowTaskPollers.minimum,
                isCaching && !options.workflowTaskPollers.isAutoscaling ? 2 : 1
            ),
            ("activityTaskPollers", options.activityTaskPollers.minimum, 1),
            ("maximumConcurrentNexusTasks", options.maximumConcurrentNexusTasks, 1),
            ("nexusTaskPollers", options.nexusTaskPollers.minimum, 1),
            ("maximumCachedWorkflows", options.maximumCachedWorkflows, 0),
            ("maximumEagerActivitiesPerTask", options.maximumEagerActivitiesPerTask, 0),
        ]
        for (name, value, minimum) in least where value < minimum {
            throw WorkerConfigurationError("\(name) is \(value), and must be at least \(minimum).")
        }
        let rates = [
            ("maximumActivitiesPerSecond", options.maximumActivitiesPerSecond),
            ("maximumTaskQueueActivitiesPerSecond", options.maximumTaskQueueActivitiesPerSecond),
        ]
        guard (0...1).contains(options.nonstickyToStickyPollRatio) else {
            throw WorkerConfigurationError(
                "nonstickyToStickyPollRatio is \(options.nonstickyToStickyPollRatio), and must be from 0 to 1."
            )
        }
        for (name, rate) in rates {
            guard let rate, !(rate.isFinite && rate > 0) else { continue }
            throw WorkerConfigurationError("\(name) is \(rate), and must be above 0; nil sets no limit.")
        }
        if let interval = options.heartbeatInterval, !(.seconds(1) ... .seconds(60)).contains(interval) {
            throw WorkerConfigurationError("heartbeatInterval is \(interval), and must be from 1 s to 60 s, or nil.")
        }
    }
}
