public import CoreMetrics
public import Foundation
public import Logging
import Synchronization
package import TemporalAPI

/// What a Nexus operation knows of its call.
///
/// ``current`` is set while the code of an operation runs, in its task and the child tasks of it. With
/// `import TemporalClient` it also has the client of the worker, and starts workflows that the operation goes on as.
public final class NexusOperationContext: Sendable {
    /// The context of the running operation, `nil` outside of one.
    @TaskLocal package static var running: NexusOperationContext?

    /// The context of the running operation.
    ///
    /// - Throws: ``MissingContextError`` outside of a Nexus operation.
    public static var current: NexusOperationContext {
        get throws {
            guard let running else {
                throw MissingContextError("NexusOperationContext.current", place: "a Nexus operation")
            }
            return running
        }
    }

    /// What is known of the call.
    public let info: NexusOperationInfo

    /// A logger with the standard metadata of the call.
    public let logger: Logger

    /// Where metrics of the operation go: `Counter(label: "orders", factory: context.metrics)`. They carry the namespace,
    /// the task queue and the names of the service and the operation as labels.
    public let metrics: any MetricsFactory

    package let runtime: any NexusOperationRuntime
    private let responseLinks = Mutex<[APILink]>([])

    package init(
        info: NexusOperationInfo,
        logger: Logger,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        runtime: any NexusOperationRuntime
    ) {
        self.info = info
        self.logger = logger
        self.metrics = metrics
        self.runtime = runtime
    }

    /// Notes something that the caller's history shall refer to.
    package func add(_ link: APILink) {
        responseLinks.withLock { $0.append(link) }
    }

    /// What the caller's history shall refer to.
    package var links: [APILink] { responseLinks.withLock { $0 } }

    func cancelWorkflow(token: String) async throws {
        try await runtime.cancelWorkflow(token: token)
    }
}

/// The part of an operation's call that the worker provides.
package protocol NexusOperationRuntime: Sendable {
    /// Asks for the cancellation of the workflow that an operation goes on as.
    ///
    /// - Throws: ``NexusHandlerError`` of the kind `BAD_REQUEST` if the token is not that of a workflow.
    func cancelWorkflow(token: String) async throws
}

/// What is known of one call of a Nexus operation.
public struct NexusOperationInfo: Sendable {
    /// The namespace of the worker.
    public var namespace: String
    /// The task queue of the worker.
    public var taskQueue: String
    /// The endpoint that was called; empty if the server does not tell.
    public var endpoint: String
    /// The name of the service.
    public var service: String
    /// The name of the operation.
    public var operation: String
    /// The id of the call: each attempt has the same. Empty in a cancellation.
    public var requestID: String
    /// What the caller sent along, with names in lower case.
    public var headers: [String: String]
    /// Whom to tell the end of an operation that goes on elsewhere; empty if nobody waits, and in a cancellation.
    public var callbackURL: String
    /// What goes with a message to the ``callbackURL``.
    public var callbackHeaders: [String: String]
    /// When this attempt is given up, on the clock of the worker; `nil` for never.
    public var deadline: Date?
    /// What the call comes from.
    package var links: [APILink]
    /// The token of the task.
    package var taskToken = Data()

    /// Describes a call.
    package init(
        namespace: String,
        taskQueue: String,
        endpoint: String = "",
        service: String,
        operation: String,
        requestID: String = "",
        headers: [String: String] = [:],
        callbackURL: String = "",
        callbackHeaders: [String: String] = [:],
        deadline: Date? = nil,
        links: [APILink] = []
    ) {
        self.namespace = namespace
        self.taskQueue = taskQueue
        self.endpoint = endpoint
        self.service = service
        self.operation = operation
        self.requestID = requestID
        self.headers = headers
        self.callbackURL = callbackURL
        self.callbackHeaders = callbackHeaders
        self.deadline = deadline
        self.links = links
    }
}
