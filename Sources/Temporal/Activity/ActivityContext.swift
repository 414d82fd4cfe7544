public import CoreMetrics
public import Foundation
public import Logging

/// What an activity knows of its execution, and how it reports progress.
///
/// ``current`` is set while an activity runs, in its task and the child tasks of it. With `import TemporalClient` it also has
/// the client of the worker.
public final class ActivityContext: Sendable {
    /// The context of the running activity, `nil` outside of one.
    @TaskLocal package static var running: ActivityContext?

    /// The context of the running activity.
    ///
    /// - Throws: ``MissingContextError`` outside of an activity.
    public static var current: ActivityContext {
        get throws {
            guard let running else { throw MissingContextError("ActivityContext.current", place: "an activity") }
            return running
        }
    }

    /// What is known of this attempt.
    public let info: ActivityInfo

    /// A logger with the standard metadata of the activity.
    public let logger: Logger

    /// Where metrics of the activity go: `Counter(label: "orders", factory: context.metrics)`. They carry the namespace,
    /// the task queue and the types of the activity and the workflow as labels.
    public let metrics: any MetricsFactory

    package let converter: PayloadConverter
    private let interceptors: [any ActivityInterceptor]
    package let host: ActivityHost
    package let runtime: any ActivityRuntime

    package init(
        info: ActivityInfo,
        logger: Logger,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        converter: PayloadConverter,
        interceptors: [any ActivityInterceptor] = [],
        host: ActivityHost = ActivityHost(),
        runtime: any ActivityRuntime
    ) {
        self.interceptors = interceptors
        self.host = host
        self.info = info
        self.logger = logger
        self.metrics = metrics
        self.converter = converter
        self.runtime = runtime
    }

    /// The token by which someone else can complete this activity, after it threw ``CompletesAsynchronously``.
    public var taskToken: Data { info.taskToken }

    /// Reports progress to the server, which restarts the heartbeat timeout and keeps the details for the next attempt.
    ///
    /// It returns at once: reports are sent in the background, at most every 80 % of the heartbeat timeout, the newest
    /// details winning. A cancellation of the activity arrives with the answer, as a cancellation of its task.
    ///
    /// - Parameter details: Any values; the next attempt reads them with ``heartbeatDetails(_:at:)``.
    /// - Throws: ``PayloadConversionError`` if a value cannot be encoded.
    public func heartbeat<each Detail: Codable & Sendable>(_ details: repeat each Detail) throws {
        report(try ArgumentReader.encode(repeat each details, converter: converter), interceptors[...])
    }

    private func report(_ details: [Payload], _ interceptors: ArraySlice<any ActivityInterceptor>) {
        guard let first = interceptors.first else { return runtime.heartbeat(details) }
        let rest = interceptors.dropFirst()
        first.heartbeat(HeartbeatInput(info: info, details: details)) { report($0.details, rest) }
    }

    /// A value that an earlier attempt reported with ``heartbeat(_:)``.
    ///
    /// - Parameters:
    ///   - type: The type of the value.
    ///   - position: Which of several values, from 0.
    /// - Returns: The value, or `nil` if no earlier attempt reported one at that position.
    /// - Throws: ``PayloadConversionError`` if the value is of another type.
    public func heartbeatDetails<Value: Decodable>(_ type: Value.Type = Value.self, at position: Int = 0) throws
        -> Value?
    {
        guard info.heartbeatDetails.indices.contains(position) else { return nil }
        return try converter.decode(info.heartbeatDetails[position], as: type)
    }

    /// Why the activity was cancelled; `nil` as long as it was not.
    public var cancellationReason: ActivityCancellationReason? { runtime.cancellationReason }

    /// All that is known of the cancellation; `nil` as long as the activity was not cancelled.
    public var cancellationDetails: ActivityCancellationDetails? { runtime.cancellationDetails }

    // MARK: The end of the worker

    /// Whether the worker has begun to stop.
    ///
    /// The activity may go on until the worker's grace period is over, and is cancelled only then, for the reason
    /// ``ActivityCancellationReason/workerShutdown``. One that takes longer reports how far it has come and ends, so that the
    /// next attempt goes on from there.
    public var isWorkerStopping: Bool { host.stop.isGiven }

    /// Waits until the worker begins to stop; at once if it has.
    ///
    /// - Throws: `CancellationError` if the calling task is cancelled before.
    public func waitUntilWorkerStops() async throws {
        try await host.stop.wait()
    }
}

/// The part of an activity's execution that the worker provides.
package protocol ActivityRuntime: Sendable {
    /// Reports progress; never blocks.
    func heartbeat(_ details: [Payload])

    /// Why the activity was cancelled; `nil` as long as it was not.
    var cancellationReason: ActivityCancellationReason? { get }

    /// All that is known of the cancellation; `nil` as long as the activity was not cancelled.
    var cancellationDetails: ActivityCancellationDetails? { get }
}

extension ActivityRuntime {
    package var cancellationDetails: ActivityCancellationDetails? {
        cancellationReason.map { ActivityCancellationDetails([$0]) }
    }
}

/// All that is known of the cancellation of a running activity: several things can hold at once.
public struct ActivityCancellationDetails: Sendable, Hashable {
    private let reasons: Set<ActivityCancellationReason>

    /// Collects what holds.
    package init(_ reasons: [ActivityCancellationReason]) {
        self.reasons = Set(reasons)
    }

    /// Whether the workflow, or someone by the client, asked for it.
    public var isRequested: Bool { reasons.contains(.requested) }
    /// Whether the server does not know this attempt any more.
    public var isNotFound: Bool { reasons.contains(.notFound) }
    /// Whether a timeout ran out on the worker.
    public var isTimedOut: Bool { reasons.contains(.timedOut) }
    /// Whether the worker stops.
    public var isWorkerShutdown: Bool { reasons.contains(.workerShutdown) }
    /// Whether the activity was paused.
    public var isPaused: Bool { reasons.contains(.paused) }
    /// Whether the activity was reset.
    public var isReset: Bool { reasons.contains(.reset) }
    /// Whether a codec could not encode the details of a heartbeat.
    public var isHeartbeatFailed: Bool { reasons.contains(.heartbeatFailed) }
}

/// Why a running activity was cancelled.
public struct ActivityCancellationReason: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// The workflow, or someone by the client, asked for it.
    public static let requested = ActivityCancellationReason(description: "requested")
    /// The server does not know this attempt any more: it timed out, or the workflow has ended.
    public static let notFound = ActivityCancellationReason(description: "notFound")
    /// The start-to-close or heartbeat timeout ran out on the worker.
    public static let timedOut = ActivityCancellationReason(description: "timedOut")
    /// The worker stops, and its grace period is over.
    public static let workerShutdown = ActivityCancellationReason(description: "workerShutdown")
    /// The activity was paused.
    public static let paused = ActivityCancellationReason(description: "paused")
    /// The activity was reset.
    public static let reset = ActivityCancellationReason(description: "reset")
    /// A codec could not encode the details of a heartbeat: the attempt fails with its error.
    public static let heartbeatFailed = ActivityCancellationReason(description: "heartbeatFailed")
}

/// Thrown by an activity that someone else completes later, by its task token or its ids.
///
/// The worker then reports nothing; the activity's timeouts keep running on the server.
public struct CompletesAsynchronously: Error, Sendable, Hashable {
    /// Makes the marker.
    public init() {}
}

/// What is known of one attempt of an activity.
public struct ActivityInfo: Sendable {
    /// The token by which the attempt is completed.
    public var taskToken: Data
    /// The namespace of the activity.
    public var namespace: String
    /// The task queue that the attempt was taken from.
    public var taskQueue: String
    /// The id of the activity in its workflow run; for a standalone activity, in its namespace.
    public var activityID: String
    /// The run of a standalone activity; empty for an activity of a workflow.
    public var activityRunID: String
    /// The name of the activity.
    public var activityType: String
    /// The workflow that scheduled the activity; empty for a standalone activity.
    public var workflowID: String
    /// The run of that workflow; empty for a standalone activity.
    public var runID: String
    /// The type of that workflow; empty for a standalone activity.
    public var workflowType: String
    /// The number of this attempt, from 1.
    public var attempt: Int
    /// When the activity was first scheduled.
    public var scheduledTime: Date
    /// When this attempt was scheduled.
    public var currentAttemptScheduledTime: Date
    /// When this attempt was started.
    public var startedTime: Date
    /// How long all attempts together may take; `nil` for no limit.
    public var scheduleToCloseTimeout: Duration?
    /// How long this attempt may take; `nil` for no limit of its own.
    public var startToCloseTimeout: Duration?
    /// How long the server waits for the next heartbeat; `nil` if it does not.
    public var heartbeatTimeout: Duration?
    /// The retry policy that the server applies.
    public var retryPolicy: RetryPolicy?
    /// What the last attempt reported.
    public var heartbeatDetails: [Payload]
    /// The headers of the call.
    public var headers: [String: Payload]
    /// Whether the activity runs within a workflow task of its workflow's worker.
    public var isLocal: Bool
    /// Its rank among waiting tasks; `nil` if the server tells none.
    public var priority: Priority?

    /// Describes an attempt.
    public init(
        taskToken: Data,
        namespace: String,
        taskQueue: String,
        activityID: String,
        activityType: String,
        workflowID: String,
        runID: String,
        workflowType: String,
        attempt: Int,
        scheduledTime: Date,
        currentAttemptScheduledTime: Date,
        startedTime: Date,
        scheduleToCloseTimeout: Duration?,
        startToCloseTimeout: Duration?,
        heartbeatTimeout: Duration?,
        retryPolicy: RetryPolicy?,
        heartbeatDetails: [Payload],
        headers: [String: Payload],
        isLocal: Bool = false,
        activityRunID: String = "",
        priority: Priority? = nil
    ) {
        self.taskToken = taskToken
        self.namespace = namespace
        self.taskQueue = taskQueue
        self.activityID = activityID
        self.activityType = activityType
        self.workflowID = workflowID
        self.runID = runID
        self.workflowType = workflowType
        self.attempt = attempt
        self.scheduledTime = scheduledTime
        self.currentAttemptScheduledTime = currentAttemptScheduledTime
        self.startedTime = startedTime
        self.scheduleToCloseTimeout = scheduleToCloseTimeout
        self.startToCloseTimeout = startToCloseTimeout
        self.heartbeatTimeout = heartbeatTimeout
        self.retryPolicy = retryPolicy
        self.heartbeatDetails = heartbeatDetails
        self.headers = headers
        self.isLocal = isLocal
        self.activityRunID = activityRunID
        self.priority = priority
    }

    /// Whether a client started the activity, and no workflow.
    public var isStandalone: Bool { workflowID.isEmpty }
}
