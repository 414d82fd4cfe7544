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
///
/// The code of an operation throws it to say of which kind the trouble is, and whether the server shall try again. It
/// does not say that the operation itself has failed: that is ``NexusUnsuccessfulOperation``.
public struct NexusHandlerError: TemporalError {
    /// What kind of trouble it is, in Nexus's words.
    public struct Kind: Sendable, Hashable, RawRepresentable, ExpressibleByStringLiteral, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public init(stringLiteral value: String) {
            self.rawValue = value
        }

        public var description: String { rawValue }

        /// The call cannot be understood. Not tried again.
        public static let badRequest: Kind = "BAD_REQUEST"
        /// The caller did not say who it is. Not tried again.
        public static let unauthenticated: Kind = "UNAUTHENTICATED"
        /// The caller may not do this. Not tried again.
        public static let unauthorized: Kind = "UNAUTHORIZED"
        /// There is no such endpoint, service or operation. Not tried again.
        public static let notFound: Kind = "NOT_FOUND"
        /// The call cannot be made in the present state. Not tried again.
        public static let conflict: Kind = "CONFLICT"
        /// The caller has used up its share. Tried again.
        public static let resourceExhausted: Kind = "RESOURCE_EXHAUSTED"
        /// Something went wrong at the handler. Tried again.
        public static let internalError: Kind = "INTERNAL"
        /// The handler does not know how to do this. Not tried again.
        public static let notImplemented: Kind = "NOT_IMPLEMENTED"
        /// The handler cannot be reached now. Tried again.
        public static let unavailable: Kind = "UNAVAILABLE"
        /// The caller took too long to send the call. Tried again.
        public static let requestTimeout: Kind = "REQUEST_TIMEOUT"
        /// The handler took too long to answer. Tried again.
        public static let upstreamTimeout: Kind = "UPSTREAM_TIMEOUT"
    }

    /// Whether the caller may try again.
    public enum RetryBehavior: String, Sendable, Hashable {
        /// As the ``NexusHandlerError/type`` implies.
        case unspecified
        case retryable
        case nonRetryable
    }

    public var message: String

    /// What kind of trouble it is.
    public var type: Kind

    /// Whether the caller may try again.
    public var retryBehavior: RetryBehavior

    public var cause: (any Error)?
    public var stackTrace = ""
    public var source = SDK.failureSource

    /// Describes a handler's error.
    public init(
        _ message: String = "Nexus handler error",
        type: Kind,
        retryBehavior: RetryBehavior = .unspecified,
        cause: (any Error)? = nil
    ) {
        self.message = message
        self.type = type
        self.retryBehavior = retryBehavior
        self.cause = cause
    }
    /// Whether the server tries again: as ``retryBehavior`` says, or as is usual for the ``type``. Kinds that Nexus does not
    /// have are tried again.
    public var isRetryable: Bool {
        switch retryBehavior {
        case .retryable: true
        case .nonRetryable: false
        case .unspecified:
            ![
                .badRequest, .unauthenticated, .unauthorized, .notFound, .conflict, .notImplemented,
            ].contains(type)
        }
    }
}

/// Thrown by the code of a Nexus operation to end the operation without a result. It is not tried again.
///
/// Its caller gets a ``NexusOperationError``, whose cause is an ``ApplicationError`` of the type `OperationError`, or a
/// ``CancelledError``, with this message and cause. Anything else that the code throws is trouble of the handler, and tried
/// again as its kind says: a non-retryable ``ApplicationError`` is not.
public struct NexusUnsuccessfulOperation: Error, Sendable {
    /// How the operation ended.
    public enum State: String, Sendable, Hashable {
        case failed
        case cancelled = "canceled"
    }

    /// What happened.
    public var message: String

    /// How the operation ended.
    public var state: State

    /// The reason.
    public var cause: (any Error)?

    /// Ends the operation.
    ///
    /// - Parameters:
    ///   - message: What happened.
    ///   - state: How the operation ended.
    ///   - cause: The reason.
    public init(_ message: String, state: State = .failed, cause: (any Error)? = nil) {
        self.message = message
        self.state = state
        self.cause = cause
    }
}
