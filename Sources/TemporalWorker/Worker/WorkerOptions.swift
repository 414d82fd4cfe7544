package import Foundation
public import Temporal
package import TemporalClient

/// How a worker works.
public struct WorkerOptions: Sendable {
    /// The number of workflow tasks worked on at a time; at least 2 with a cache. Default: 100.
    public var maximumConcurrentWorkflowTasks = 100

    /// The number of activities run at a time. Default: 100.
    public var maximumConcurrentActivities = 100

    /// The number of attempts of local activities run at a time. Default: 100.
    public var maximumConcurrentLocalActivities = 100

    /// The number of calls of Nexus operations worked on at a time. Default: 100.
    public var maximumConcurrentNexusTasks = 100

    /// How many workflow tasks are worked on at a time, by a rule of one's own; `nil` for
    /// ``maximumConcurrentWorkflowTasks``. Default: `nil`.
    public var workflowTaskSlots: (any SlotSupplier)?

    /// How many activities are run at a time, by a rule of one's own; `nil` for ``maximumConcurrentActivities``.
    /// Default: `nil`.
    public var activitySlots: (any SlotSupplier)?

    /// How many attempts of local activities are run at a time, by a rule of one's own; `nil` for
    /// ``maximumConcurrentLocalActivities``. Default: `nil`.
    public var localActivitySlots: (any SlotSupplier)?

    /// How many calls of Nexus operations are worked on at a time, by a rule of one's own; `nil` for
    /// ``maximumConcurrentNexusTasks``. Default: `nil`.
    public var nexusTaskSlots: (any SlotSupplier)?

    /// The number of polls for workflow tasks that wait at the service at a time; at least 2 with a cache.
    /// `.autoscaling()` lets it follow the load. Default: `.standard`, which is 5 or what the namespace chooses.
    public var workflowTaskPollers: PollerBehavior = .standard

    /// The part of the polls for workflow tasks that is for the task queue of all workers, from 0 to 1; the others are for
    /// the runs that this worker has in memory. Each has at least one. It counts for a fixed number of polls of a worker
    /// with a cache. Default: 0.2, as the runs in memory need most of the tasks.
    public var nonstickyToStickyPollRatio = 0.2

    /// The number of polls for activities that wait at the service at a time. `.autoscaling()` lets it follow the load.
    /// Default: `.standard`, which is 5 or what the namespace chooses.
    public var activityTaskPollers: PollerBehavior = .standard

    /// Whether the worker asks the service for activities. Without, its activities run only where workflows of its own call
    /// them as local activities. Default: true.
    public var pollsForActivities = true

    /// The number of polls for calls of Nexus operations that wait at the service at a time. `.autoscaling()` lets it follow
    /// the load. Default: `.standard`, which is 5 or what the namespace chooses.
    public var nexusTaskPollers: PollerBehavior = .standard

    /// The number of runs that stay in memory between their tasks. 0 replays a run's history in each task.
    /// Default: 1,000.
    public var maximumCachedWorkflows = 1000

    /// How long the service waits for this worker to take a task of a run that it has in memory, before it offers the
    /// task to all workers. Default: 10 s.
    public var stickyScheduleToStartTimeout: Duration = .seconds(10)

    /// How long workflow code may run without waiting, before its task is failed. Where the environment variable
    /// `TEMPORAL_DEBUG` has a value, it may run for any time, so that a debugger can stop it. Default: 2 s.
    public var deadlockTimeout: Duration = .seconds(2)

    /// How long a workflow task may take, with all its local activities, before a warning with the code `[TMPRL1104]` is
    /// logged. Default: 5 s, or the seconds in the environment variable `TEMPORAL_WORKFLOW_TASK_DURATION_WARN_SECONDS`.
    public var workflowTaskWarningThreshold: Duration = .workflowTaskWarning

    /// How long activities and Nexus operations may go on after the worker was asked to stop, before they are cancelled. Default: 10 s.
    public var gracefulShutdownTimeout: Duration = .seconds(10)

    /// The longest time between two heartbeats that are sent. Default: 60 s.
    public var maximumHeartbeatThrottleInterval: Duration = .seconds(60)

    /// The time between two heartbeats of an activity without a heartbeat timeout. Default: 30 s.
    public var defaultHeartbeatThrottleInterval: Duration = .seconds(30)

    /// The number of activities that this worker takes in a second. Eager activities are not counted. `nil` for no
    /// limit. Default: `nil`.
    public var maximumActivitiesPerSecond: Double?

    /// The number of activities that the service hands out to all workers of the task queue in a second, together.
    /// `nil` for no limit. Setting it turns eager activities off. Default: `nil`.
    public var maximumTaskQueueActivitiesPerSecond: Double?

    /// Whether the service may hand activities straight to this worker with the answer to a workflow task.
    /// Default: true.
    public var allowsEagerActivities = true

    /// The number of activities that come with the answer to one workflow task at most. Default: 3.
    public var maximumEagerActivitiesPerTask = 3

    /// How often the service is told how the worker is doing, from 1 s to 60 s; `nil` for never. Services that do not
    /// take it are not told. Default: 60 s.
    public var heartbeatInterval: Duration? = .seconds(60)

    /// Who the worker is, as the service shows it; `nil` for the identity of the client. Default: `nil`.
    public var identity: String?

    /// Which errors of workflow code fail the workflow, and not only the task, in all workflows of this worker, beyond
    /// every `TemporalError` and what the workflow itself names. Default: none.
    ///
    /// ```swift
    /// options.workflowFailureRules = [.type(DecodingError.self), .nondeterminism]
    /// ```
    public var workflowFailureRules: [WorkflowFailureRule] = []

    /// Which patches runs take on that come to them for the first time; `nil` for all. Default: `nil`.
    ///
    /// While a change is rolled out, workers of both versions work on the same task queue, and the older ones cannot go on
    /// with a run that has taken a new patch. This lets the code be everywhere first, and each patch be turned on later:
    ///
    /// ```swift
    /// options.activatesPatch = { patch in patch.id != "insure" || switches.insures(patch.workflow.workflowID) }
    /// ```
    ///
    /// What it says when a run comes to a patch for the first time counts for the whole run. It is not asked on replays, nor
    /// for patches that the history has or that the code deprecates. It must not wait.
    public var activatesPatch: (@Sendable (PatchActivation) -> Bool)?

    /// Which version of which deployment the worker is; `nil` for a worker without one. Default: `nil`.
    ///
    /// ```swift
    /// options.deployment = WorkerDeploymentOptions(
    ///     version: WorkerDeploymentVersion(deploymentName: "orders", buildID: "1.0"),
    ///     defaultVersioningBehavior: .pinned
    /// )
    /// ```
    public var deployment: WorkerDeploymentOptions?

    /// Whether answers that are larger than the namespace allows are refused here, with an error that says so, and not
    /// sent. Default: true.
    public var enforcesPayloadLimits = true

    /// What stands around workflow code and what it asks for; the first is the outermost. Default: none.
    public var workflowInterceptors: [any WorkflowInterceptor] = []

    /// What stands around activities; the first is the outermost. Default: none.
    public var activityInterceptors: [any ActivityInterceptor] = []

    /// What stands around Nexus operations; the first is the outermost. Default: none.
    public var nexusInterceptors: [any NexusInterceptor] = []

    /// Runs in place of Nexus operations; for tests.
    package var nexusIntercept: NexusIntercept?

    /// Runs in place of activities; for tests.
    package var activityIntercept: ActivityIntercept?

    /// What runs in place of a workflow type, `nil` for those that nothing replaces; for tests.
    package var workflowIntercept: (@Sendable (String) -> WorkflowBlueprint?)?

    /// Watches workflow code; for tests.
    package var codeHook: CodeHook?

    /// Patches that no run takes on, whatever ``activatesPatch`` says; for tests.
    package var withheldPatches: Set<String> = []

    /// Whether a run leaves memory before its next task is worked on, by its id; for tests.
    package var evictsBeforeTask: (@Sendable (String) -> Bool)?

    /// The time by which attempts of activities report and time out, `nil` for that of ``timing``; for tests.
    package var activityTime: ActivityTime?

    /// Where the worker's tasks run; for tests.
    package var threads = WorkerThreads.shared

    /// The time by which local activities are timed, `nil` for the machine's; for tests.
    package var localActivityTime: LocalActivityTime?

    /// Told of each activity that someone else will complete; for tests.
    package var willCompleteAsynchronously: (@Sendable (Data) -> Void)?

    /// Told of each workflow task that fails; for tests.
    package var onTaskFailure: (@Sendable (WorkflowTaskReport) -> Void)?

    /// The clock of polls, heartbeats and timeouts; for tests.
    package var timing = CallTiming.system

    /// The defaults.
    public init() {}

    /// Which patches runs take on, of those that are not withheld; `nil` for all.
    var activatesUnheldPatch: (@Sendable (PatchActivation) -> Bool)? {
        guard !withheldPatches.isEmpty else { return activatesPatch }
        return { [withheldPatches, activatesPatch] patch in
            !withheldPatches.contains(patch.id) && (activatesPatch?(patch) ?? true)
        }
    }
}

/// A run that comes to a patch for the first time.
public struct PatchActivation: Sendable {
    /// The name of the patch.
    public let id: String

    /// What is known of the run.
    public let workflow: WorkflowInfo
}

/// A worker that was set up wrongly.
public struct WorkerConfigurationError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension Duration {
    /// How long a workflow task may take by default, as the environment of the process said when it was first asked.
    fileprivate static let workflowTaskWarning = workflowTaskWarning(
        ProcessInfo.processInfo.environment["TEMPORAL_WORKFLOW_TASK_DURATION_WARN_SECONDS"]
    )

    /// How long a workflow task may take before a warning is logged.
    ///
    /// - Parameter text: A whole number of seconds. 5 s if it is anything else.
    static func workflowTaskWarning(_ text: String?) -> Duration {
        text.flatMap(UInt32.init).map { .seconds($0) } ?? .seconds(5)
    }
}
