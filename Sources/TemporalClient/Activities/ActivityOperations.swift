import SwiftProtobuf
public import Temporal
import TemporalAPI

/// What is reset together with the attempts of an activity.
public struct ActivityResetOptions: Sendable, Hashable {
    /// Whether the next attempt finds nothing of what earlier ones reported. Default: false.
    public var resetsHeartbeat: Bool

    /// Whether a paused activity stays paused. Default: false.
    public var keepsPaused: Bool

    /// Whether the activity gets the options again that it was scheduled with. Default: false.
    public var restoresOriginalOptions: Bool

    /// How long the first attempt waits at most, by chance. Default: not at all.
    public var jitter: Duration?

    /// Describes a reset.
    ///
    /// - Parameters:
    ///   - resetsHeartbeat: Whether the next attempt finds nothing of what earlier ones reported.
    ///   - keepsPaused: Whether a paused activity stays paused.
    ///   - restoresOriginalOptions: Whether the activity gets the options again that it was scheduled with.
    ///   - jitter: How long the first attempt waits at most, by chance.
    public init(
        resetsHeartbeat: Bool = false,
        keepsPaused: Bool = false,
        restoresOriginalOptions: Bool = false,
        jitter: Duration? = nil
    ) {
        self.resetsHeartbeat = resetsHeartbeat
        self.keepsPaused = keepsPaused
        self.restoresOriginalOptions = restoresOriginalOptions
        self.jitter = jitter
    }
}

/// A change of the options of an activity. What is `nil` stays as it is; a length of zero takes a limit away.
public struct ActivityOptionsChange: Sendable, Hashable {
    /// The task queue of further attempts.
    public var taskQueue: String?

    /// How long all attempts together may take.
    public var scheduleToCloseTimeout: Duration?

    /// How long an attempt may wait for a worker.
    public var scheduleToStartTimeout: Duration?

    /// How long one attempt may take.
    public var startToCloseTimeout: Duration?

    /// How long the service waits for a heartbeat.
    public var heartbeatTimeout: Duration?

    /// How a failed attempt is tried again.
    public var retryPolicy: RetryPolicy?

    /// In which order tasks of the activity are handed out.
    public var priority: Priority?

    /// How long the first attempt waits, for a standalone activity that no worker has had.
    public var startDelay: Duration?

    /// Whether the activity gets the options again that it was scheduled with.
    let restoresOriginal: Bool

    /// Describes a change.
    ///
    /// - Parameters:
    ///   - taskQueue: The task queue of further attempts.
    ///   - scheduleToCloseTimeout: How long all attempts together may take.
    ///   - scheduleToStartTimeout: How long an attempt may wait for a worker.
    ///   - startToCloseTimeout: How long one attempt may take.
    ///   - heartbeatTimeout: How long the service waits for a heartbeat.
    ///   - retryPolicy: How a failed attempt is tried again.
    ///   - priority: In which order tasks of the activity are handed out.
    ///   - startDelay: How long the first attempt waits.
    public init(
        taskQueue: String? = nil,
        scheduleToCloseTimeout: Duration? = nil,
        scheduleToStartTimeout: Duration? = nil,
        startToCloseTimeout: Duration? = nil,
        heartbeatTimeout: Duration? = nil,
        retryPolicy: RetryPolicy? = nil,
        priority: Priority? = nil,
        startDelay: Duration? = nil
    ) {
        self.taskQueue = taskQueue
        self.scheduleToCloseTimeout = scheduleToCloseTimeout
        self.scheduleToStartTimeout = scheduleToStartTimeout
        self.startToCloseTimeout = startToCloseTimeout
        self.heartbeatTimeout = heartbeatTimeout
        self.retryPolicy = retryPolicy
        self.priority = priority
        self.startDelay = startDelay
        restoresOriginal = false
    }

    private init(restoresOriginal: Bool) {
        self.restoresOriginal = restoresOriginal
    }

    /// The activity gets the options again that it was scheduled with.
    public static let restoringOriginal = ActivityOptionsChange(restoresOriginal: true)

    /// The new values, and which of them count.
    var proto: (options: APIActivityActivityOptions, mask: Google_Protobuf_FieldMask) {
        var options = APIActivityActivityOptions()
        var mask = Google_Protobuf_FieldMask()
        func set(_ duration: Duration?, _ path: String, _ field: (inout APIActivityActivityOptions, Duration) -> Void) {
            guard let duration else { return }
            field(&options, duration)
            mask.paths.append(path)
        }
        if let taskQueue {
            options.taskQueue.name = taskQueue
            mask.paths.append("task_queue.name")
        }
        set(scheduleToCloseTimeout, "schedule_to_close_timeout") { $0.scheduleToCloseTimeout = .init($1) }
        set(scheduleToStartTimeout, "schedule_to_start_timeout") { $0.scheduleToStartTimeout = .init($1) }
        set(startToCloseTimeout, "start_to_close_timeout") { $0.startToCloseTimeout = .init($1) }
        set(heartbeatTimeout, "heartbeat_timeout") { $0.heartbeatTimeout = .init($1) }
        set(startDelay, "start_delay") { $0.startDelay = .init($1) }
        if let retryPolicy {
            options.retryPolicy = retryPolicy.proto
            options.retryPolicy.maximumInterval = .init(
                retryPolicy.maximumInterval ?? retryPolicy.initialInterval * 100
            )
            // Older servers know only parts of a policy, and newer ones only the whole of one with types of errors.
            mask.paths.append("retry_policy")
            for part in ["initial_interval", "backoff_coefficient", "maximum_interval", "maximum_attempts"] {
                mask.paths.append("retry_policy.\(part)")
            }
        }
        if let priority {
            options.priority = priority.proto
            mask.paths.append("priority")
        }
        return (options, mask)
    }
}

/// The options of an activity that goes on.
public struct CurrentActivityOptions: Sendable {
    private let proto: APIActivityActivityOptions

    init(_ proto: APIActivityActivityOptions) {
        self.proto = proto
    }

    /// The task queue of further attempts.
    public var taskQueue: String { proto.taskQueue.name }

    /// How long all attempts together may take; `nil` for no limit.
    public var scheduleToCloseTimeout: Duration? { proto.scheduleToCloseTimeout.limit }

    /// How long an attempt may wait for a worker; `nil` for no limit.
    public var scheduleToStartTimeout: Duration? { proto.scheduleToStartTimeout.limit }

    /// How long one attempt may take; `nil` for no limit of its own.
    public var startToCloseTimeout: Duration? { proto.startToCloseTimeout.limit }

    /// How long the service waits for a heartbeat; `nil` if it does not.
    public var heartbeatTimeout: Duration? { proto.heartbeatTimeout.limit }

    /// How a failed attempt is tried again.
    public var retryPolicy: RetryPolicy { RetryPolicy(proto.retryPolicy) }

    /// In which order tasks of the activity are handed out; `nil` for the server's.
    public var priority: Priority? { proto.hasPriority ? Priority(proto.priority) : nil }

    /// How long the first attempt waits; `nil` for not at all. Standalone activities only.
    public var startDelay: Duration? { proto.startDelay.limit }
}
