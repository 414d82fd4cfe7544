/// A Nexus operation that failed, timed out or was cancelled, as its workflow sees it. The reason is the ``cause``.
public struct NexusOperationError: TemporalError {
    public var message: String

    /// The endpoint that the operation was called at.
    public var endpoint: String

    /// The service that has the operation.
    public var service: String

    /// The name of the operation.
    public var operation: String

    /// The token by which the operation is known; empty if it never started, or answered at once.
    public var operationToken: String

    /// The history event that scheduled the operation, 0 if there is none.
    public var scheduledEventID: Int64

    public var cause: (any Error)?
    public var stackTrace = ""
    public var source = SDK.failureSource

    /// Describes a failed operation.
    public init(
        _ message: String = "Nexus operation error",
        endpoint: String,
        service: String,
        operation: String,
        operationToken: String = "",
        scheduledEventID: Int64 = 0,
        cause: (any Error)?
    ) {
        self.message = message
        self.endpoint = endpoint
        self.service = service
        self.operation = operation
        self.operationToken = operationToken
        self.scheduledEventID = scheduledEventID
        self.cause = cause
    }
}

/// A handler of a Nexus operation that could not answer.
public struct NexusHandlerError: TemporalError {
    /// Whether the caller may try again.
    public enum RetryBehavior: String, Sendable, Hashable {
        /// As the ``NexusHandlerError/type`` implies.
        case unspecified
        case retryable
        case nonRetryable
    }

    public var message: String

    /// The kind of error in Nexus's words, such as `BAD_REQUEST`.
    public var type: String

    /// Whether the caller may try again.
    public var retryBehavior: RetryBehavior

    public var cause: (any Error)?
    public var stackTrace = ""
    public var source = SDK.failureSource

    /// Describes a handler's error.
    public init(
        _ message: String = "Nexus handler error",
        type: String,
        retryBehavior: RetryBehavior = .unspecified,
        cause: (any Error)? = nil
    ) {
        self.message = message
        self.type = type
        self.retryBehavior = retryBehavior
        self.cause = cause
    }
}
