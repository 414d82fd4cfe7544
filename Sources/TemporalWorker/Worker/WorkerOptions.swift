package import Foundation

/// How a worker works.
public struct WorkerOptions: Sendable {
    /// The number of workflow tasks worked on at a time. Default: 100.
    public var maximumConcurrentWorkflowTasks = 100

    /// The number of activities run at a time. Default: 100.
    public var maximumConcurrentActivities = 100

    /// The number of polls for workflow tasks that wait at the service at a time; at least 2 with a cache. Default: 5.
    public var workflowTaskPollers = 5

    /// The number of polls for activities that wait at the service at a time. Default: 5.
    public var activityTaskPollers = 5

    /// The number of runs that stay in memory between their tasks. 0 replays a run's history in each task.
    /// Default: 1,000.
    public var maximumCachedWorkflows = 1000

    /// How long the service waits for this worker to take a task of a run that it has in memory, before it offers the
    /// task to all workers. Default: 10 s.
    public var stickyScheduleToStartTimeout: Duration = .seconds(10)

    /// How long workflow code may run without waiting, before its task is failed. Default: 2 s.
    public var deadlockTimeout: Duration = .seconds(2)

    /// How long activities may go on after the worker was asked to stop, before they are cancelled. Default: 10 s.
    public var gracefulShutdownTimeout: Duration = .seconds(10)

    /// The longest time between two heartbeats that are sent. Default: 60 s.
    public var maximumHeartbeatThrottleInterval: Duration = .seconds(60)

    /// The time between two heartbeats of an activity without a heartbeat timeout. Default: 30 s.
    public var defaultHeartbeatThrottleInterval: Duration = .seconds(30)

    /// The number of activities that the service hands out to all workers of the task queue in a second, together.
    /// `nil` for no limit. Setting it turns eager activities off. Default: `nil`.
    public var maximumTaskQueueActivitiesPerSecond: Double?

    /// Whether the service may hand activities straight to this worker with the answer to a workflow task.
    /// Default: true.
    public var allowsEagerActivities = true

    /// Who the worker is, as the service shows it; `nil` for the identity of the client. Default: `nil`.
    public var identity: String?

    /// Runs in place of activities; for tests.
    package var activityIntercept: ActivityIntercept?

    /// Told of each activity that someone else will complete; for tests.
    package var willCompleteAsynchronously: (@Sendable (Data) -> Void)?

    /// Told of each workflow task that fails; for tests.
    package var onTaskFailure: (@Sendable (WorkflowTaskReport) -> Void)?

    /// The defaults.
    public init() {}
}

/// A worker that was set up wrongly.
public struct WorkerConfigurationError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
