package import Foundation

/// An error that Temporal stores: it has a form on the wire, crosses processes and SDKs, and keeps its cause.
///
/// A workflow that throws one of these fails. A workflow that throws anything else fails its workflow *task*, which is
/// retried until the code is mended, unless the worker is told otherwise.
public protocol TemporalError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, as stored in the history.
    var message: String { get }

    /// The error that caused this one.
    var cause: (any Error)? { get }

    /// Where the error was thrown, in the words of the SDK that threw it. Empty if unknown.
    ///
    /// Swift keeps no stack with an error. An ``ApplicationError`` made in Swift says its file and line here.
    var stackTrace: String { get }

    /// The SDK that the error was made with: `SwiftSDK`, or such as `GoSDK`. Empty for SDKs that do not say.
    var source: String { get }
}

extension TemporalError {
    public var source: String { SDK.failureSource }

    public var description: String {
        let type = String(describing: Self.self)
        return cause.map { "\(type): \(message) (cause: \($0))" } ?? "\(type): \(message)"
    }
}

/// An error of the application itself, thrown by a workflow, an activity or a handler.
///
/// Any other Swift error that an activity throws becomes one, with the name of its Swift type as ``type``.
public struct ApplicationError: TemporalError {
    /// Why an error is expected, which decides how loudly it is reported.
    public struct Category: Sendable, Hashable {
        let rawValue: Int

        /// An error that is logged and counted as a failure. The default.
        public static let unspecified = Category(rawValue: 0)

        /// An expected error: logged at debug level, and no failure in metrics.
        public static let benign = Category(rawValue: 1)
    }

    public var message: String

    /// A name for the kind of error, which retry policies match on.
    public var type: String

    /// Whether the activity or workflow is not to be tried again, whatever its retry policy says. Default: false.
    public var nonRetryable: Bool

    /// Values that go with the error.
    public var details: [Payload]

    /// How long to wait before the next attempt, in place of what the retry policy computes.
    public var nextRetryDelay: Duration?

    /// Why the error is expected. Default: ``Category/unspecified``.
    public var category: Category

    public var cause: (any Error)?

    public var stackTrace: String

    public var source = SDK.failureSource

    /// Describes an error of the application.
    ///
    /// - Parameters:
    ///   - message: What went wrong.
    ///   - type: A name for the kind of error, which retry policies match on.
    ///   - nonRetryable: Whether not to try again, whatever the retry policy says.
    ///   - details: Values that go with the error, already encoded.
    ///   - nextRetryDelay: How long to wait before the next attempt; `nil` leaves it to the retry policy.
    ///   - category: Why the error is expected.
    ///   - cause: The error that caused this one.
    ///   - fileID: The file that makes the error, for its ``stackTrace``.
    ///   - line: The line that makes the error, for its ``stackTrace``.
    public init(
        _ message: String,
        type: String = "ApplicationError",
        nonRetryable: Bool = false,
        details: [Payload] = [],
        nextRetryDelay: Duration? = nil,
        category: Category = .unspecified,
        cause: (any Error)? = nil,
        fileID: String = #fileID,
        line: Int = #line
    ) {
        self.message = message
        self.type = type
        self.nonRetryable = nonRetryable
        self.details = details
        self.nextRetryDelay = nextRetryDelay
        self.category = category
        self.cause = cause
        self.stackTrace = "\(fileID):\(line)"
    }

    /// One of the ``details``, decoded.
    ///
    /// - Parameters:
    ///   - position: Which of several, from 0.
    ///   - type: The type of the value.
    ///   - converter: What decodes it.
    /// - Returns: The value, or `nil` if there is no detail at that position.
    /// - Throws: ``PayloadConversionError`` if the value is of another type.
    public func detail<Value: Decodable>(
        _ position: Int = 0,
        as type: Value.Type = Value.self,
        converter: PayloadConverter = PayloadConverter()
    ) throws -> Value? {
        guard details.indices.contains(position) else { return nil }
        return try converter.decode(details[position], as: type)
    }
}

/// A cancellation, as Temporal stores it.
public struct CancelledError: TemporalError {
    public var message: String

    /// Values that go with the cancellation.
    public var details: [Payload]

    public var cause: (any Error)?

    public var stackTrace = ""
    public var source = SDK.failureSource

    /// Describes a cancellation.
    public init(_ message: String = "Cancelled", details: [Payload] = [], cause: (any Error)? = nil) {
        self.message = message
        self.details = details
        self.cause = cause
    }
}

/// Something that took longer than it was allowed to.
public struct TimeoutError: TemporalError {
    /// Which timeout ran out.
    public enum Kind: String, Sendable, Hashable {
        case unspecified
        case startToClose
        case scheduleToStart
        case scheduleToClose
        case heartbeat
    }

    public var message: String

    /// Which timeout ran out.
    public var kind: Kind

    /// What the activity last reported before it timed out.
    public var lastHeartbeatDetails: [Payload]

    public var cause: (any Error)?

    public var stackTrace = ""
    public var source = SDK.failureSource

    /// Describes a timeout.
    public init(
        _ message: String = "Timeout",
        kind: Kind,
        lastHeartbeatDetails: [Payload] = [],
        cause: (any Error)? = nil
    ) {
        self.message = message
        self.kind = kind
        self.lastHeartbeatDetails = lastHeartbeatDetails
        self.cause = cause
    }
}

/// A workflow execution that was terminated.
public struct TerminatedError: TemporalError {
    public var message: String

    /// Values that went with the termination. A client that waits for the result of the workflow gets them; a parent does not.
    public var details: [Payload]

    public var cause: (any Error)?
    public var stackTrace = ""
    public var source = SDK.failureSource

    /// Describes a termination.
    public init(_ message: String = "Terminated", details: [Payload] = [], cause: (any Error)? = nil) {
        self.message = message
        self.details = details
        self.cause = cause
    }
}

/// An error of the Temporal Service itself that ended a workflow or activity.
public struct ServerError: TemporalError {
    public var message: String

    /// Whether trying again is pointless.
    public var nonRetryable: Bool

    public var cause: (any Error)?
    public var stackTrace = ""
    public var source = SDK.failureSource

    /// Describes an error of the service.
    public init(_ message: String = "Server error", nonRetryable: Bool = false, cause: (any Error)? = nil) {
        self.message = message
        self.nonRetryable = nonRetryable
        self.cause = cause
    }
}

/// Why something is not tried again.
public enum RetryState: String, Sendable, Hashable {
    case unspecified
    case inProgress
    case nonRetryableFailure
    case timeout
    case maximumAttemptsReached
    case retryPolicyNotSet
    case internalServerError
    case cancelRequested
}

/// An activity that failed, timed out or was cancelled, as its workflow sees it. The reason is the ``cause``.
public struct ActivityError: TemporalError {
    public var message: String

    /// The name of the activity.
    public var activityType: String

    /// The id of the activity in its workflow run.
    public var activityID: String

    /// Why it is not tried again.
    public var retryState: RetryState

    /// The worker that ran the last attempt.
    public var identity: String

    /// The history event that scheduled the activity, 0 if there is none.
    public var scheduledEventID: Int64

    /// The history event that started the last attempt, 0 if there is none.
    public var startedEventID: Int64

    public var cause: (any Error)?
    public var stackTrace = ""
    public var source = SDK.failureSource

    /// Describes a failed activity.
    public init(
        _ message: String = "Activity error",
        activityType: String,
        activityID: String,
        retryState: RetryState = .unspecified,
        identity: String = "",
        scheduledEventID: Int64 = 0,
        startedEventID: Int64 = 0,
        cause: (any Error)?
    ) {
        self.message = message
        self.activityType = activityType
        self.activityID = activityID
        self.retryState = retryState
        self.identity = identity
        self.scheduledEventID = scheduledEventID
        self.startedEventID = startedEventID
        self.cause = cause
    }
}

/// A child workflow that failed, timed out, or was cancelled or terminated, as its parent sees it.
public struct ChildWorkflowError: TemporalError {
    public var message: String

    /// The namespace of the child.
    public var namespace: String

    /// The workflow id of the child.
    public var workflowID: String

    /// The run id of the child; empty if it never started.
    public var runID: String

    /// The name of the child's workflow type.
    public var workflowType: String

    /// Why it is not tried again.
    public var retryState: RetryState

    /// The parent's history event that initiated the child, 0 if there is none.
    public var initiatedEventID: Int64

    /// The parent's history event that says that the child has started, 0 if there is none.
    public var startedEventID: Int64

    public var cause: (any Error)?
    public var stackTrace = ""
    public var source = SDK.failureSource

    /// Describes a failed child.
    public init(
        _ message: String = "Child workflow error",
        namespace: String,
        workflowID: String,
        runID: String,
        workflowType: String,
        retryState: RetryState = .unspecified,
        initiatedEventID: Int64 = 0,
        startedEventID: Int64 = 0,
        cause: (any Error)?
    ) {
        self.message = message
        self.namespace = namespace
        self.workflowID = workflowID
        self.runID = runID
        self.workflowType = workflowType
        self.retryState = retryState
        self.initiatedEventID = initiatedEventID
        self.startedEventID = startedEventID
        self.cause = cause
    }
}

/// A failure of a kind that this version of the SDK does not model. Its content is kept.
public struct OpaqueFailure: TemporalError {
    public var message: String
    public var cause: (any Error)?
    public var stackTrace = ""
    public var source = SDK.failureSource

    /// The failure as a serialized `temporal.api.failure.v1.Failure`.
    package var serialized: Data
}

/// Tells whether an error is a cancellation: Swift's, Temporal's, or an activity, child or operation that ended by one.
///
/// - Parameter error: Any error.
/// - Returns: Whether the error, or what it wraps as the cause of an activity, child workflow or Nexus
///   operation error, is a cancellation.
public func isCancellation(_ error: any Error) -> Bool {
    switch error {
    case is CancellationError, is CancelledError: true
    case let activity as ActivityError: activity.cause.map(isCancellation) ?? false
    case let child as ChildWorkflowError: child.cause.map(isCancellation) ?? false
    case let operation as NexusOperationError: operation.cause.map(isCancellation) ?? false
    default: false
    }
}
