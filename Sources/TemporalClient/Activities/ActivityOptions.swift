import SwiftProtobuf
public import Temporal
import TemporalAPI

/// How an activity is started by a client, without a workflow.
///
/// One of ``scheduleToCloseTimeout`` and ``startToCloseTimeout`` is required.
public struct ActivityOptions: Sendable {
    /// The id of the activity: at most one standalone activity of an id runs at a time in a namespace.
    public var id: String

    /// The task queue whose workers run the activity.
    public var taskQueue: String

    /// How long all attempts together may take, with the waits between them. Default: no limit.
    public var scheduleToCloseTimeout: Duration?

    /// How long an attempt may wait for a worker. Default: as ``scheduleToCloseTimeout``.
    public var scheduleToStartTimeout: Duration?

    /// How long one attempt may take. Default: as ``scheduleToCloseTimeout``.
    public var startToCloseTimeout: Duration?

    /// How long the service waits for a heartbeat before it gives an attempt up. Default: it does not wait for any.
    public var heartbeatTimeout: Duration?

    /// How a failed attempt is tried again. Default: the server's, which is without end.
    public var retryPolicy: RetryPolicy?

    /// Whether the id may be used again after its activity has closed. Default: always.
    public var idReusePolicy: ActivityIDReusePolicy

    /// What happens if an activity of the id runs. Default: the start fails.
    public var idConflictPolicy: ActivityIDConflictPolicy

    /// How long the first attempt waits before it is given to a worker. Default: not at all.
    public var startDelay: Duration?

    /// Values that the activity is found by. Default: none.
    public var searchAttributes: SearchAttributes

    /// In which order tasks of the activity are handed out. Default: the server's.
    public var priority: Priority?

    /// One line on this activity for the Web UI and the command line. Default: none.
    public var staticSummary: String?

    /// Several lines on this activity for the Web UI and the command line. Default: none.
    public var staticDetails: String?

    /// Describes a start.
    ///
    /// - Parameters:
    ///   - id: The id of the activity.
    ///   - taskQueue: The task queue whose workers run it.
    ///   - scheduleToCloseTimeout: How long all attempts together may take.
    ///   - scheduleToStartTimeout: How long an attempt may wait for a worker.
    ///   - startToCloseTimeout: How long one attempt may take.
    ///   - heartbeatTimeout: How long the service waits for a heartbeat.
    ///   - retryPolicy: How a failed attempt is tried again.
    ///   - idReusePolicy: Whether the id may be used again after its activity has closed.
    ///   - idConflictPolicy: What happens if an activity of the id runs.
    ///   - startDelay: How long the first attempt waits.
    ///   - searchAttributes: Values that it is found by.
    ///   - priority: In which order its tasks are handed out.
    ///   - staticSummary: One line for humans.
    ///   - staticDetails: Several lines for humans.
    public init(
        id: String,
        taskQueue: String,
        scheduleToCloseTimeout: Duration? = nil,
        scheduleToStartTimeout: Duration? = nil,
        startToCloseTimeout: Duration? = nil,
        heartbeatTimeout: Duration? = nil,
        retryPolicy: RetryPolicy? = nil,
        idReusePolicy: ActivityIDReusePolicy = .allowDuplicate,
        idConflictPolicy: ActivityIDConflictPolicy = .fail,
        startDelay: Duration? = nil,
        searchAttributes: SearchAttributes = [],
        priority: Priority? = nil,
        staticSummary: String? = nil,
        staticDetails: String? = nil
    ) {
        self.id = id
        self.taskQueue = taskQueue
        self.scheduleToCloseTimeout = scheduleToCloseTimeout
        self.scheduleToStartTimeout = scheduleToStartTimeout
        self.startToCloseTimeout = startToCloseTimeout
        self.heartbeatTimeout = heartbeatTimeout
        self.retryPolicy = retryPolicy
        self.idReusePolicy = idReusePolicy
        self.idConflictPolicy = idConflictPolicy
        self.startDelay = startDelay
        self.searchAttributes = searchAttributes
        self.priority = priority
        self.staticSummary = staticSummary
        self.staticDetails = staticDetails
    }

    /// The request to start an activity.
    ///
    /// - Parameters:
    ///   - type: The name of the activity.
    ///   - input: The encoded arguments.
    ///   - client: Who asks.
    /// - Throws: `PayloadConversionError` if the summary cannot be encoded.
    func startRequest(
        type: String,
        input: [Payload],
        client: TemporalClient
    ) throws -> APIStartActivityExecutionRequest {
        var request = APIStartActivityExecutionRequest()
        request.namespace = client.namespace
        request.identity = client.identity
        // The id makes the call repeatable: the server starts one activity, however often the request arrives.
        request.requestID = RandomID.make()
        request.activityID = id
        request.activityType.name = type
        request.taskQueue.name = taskQueue
        request.taskQueue.kind = .normal
        if !input.isEmpty { request.input = APIPayloads(input) }
        if let scheduleToCloseTimeout { request.scheduleToCloseTimeout = .init(scheduleToCloseTimeout) }
        if let scheduleToStartTimeout { request.scheduleToStartTimeout = .init(scheduleToStartTimeout) }
        if let startToCloseTimeout { request.startToCloseTimeout = .init(startToCloseTimeout) }
        if let heartbeatTimeout { request.heartbeatTimeout = .init(heartbeatTimeout) }
        if let retryPolicy { request.retryPolicy = retryPolicy.proto }
        request.idReusePolicy = idReusePolicy.proto
        request.idConflictPolicy = idConflictPolicy.proto
        if let startDelay { request.startDelay = .init(startDelay) }
        if !searchAttributes.isEmpty { request.searchAttributes = searchAttributes.proto }
        if let priority { request.priority = priority.proto }
        if let staticSummary { request.userMetadata.summary = try client.converter.encode(staticSummary).proto }
        if let staticDetails { request.userMetadata.details = try client.converter.encode(staticDetails).proto }
        return request
    }
}
