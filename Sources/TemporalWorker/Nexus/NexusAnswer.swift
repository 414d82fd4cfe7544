import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient

/// What a Nexus task is answered with.
enum NexusAnswer: Sendable {
    /// The operation has ended or has started, or the request to end it was taken.
    case response(APINexusResponse)
    /// The operation was ended without a result.
    case unsuccessful(NexusUnsuccessfulOperation)
    /// The handler could not answer.
    case handlerError(NexusHandlerError)

    /// The reason in metrics; `nil` for a success.
    var failureReason: String? {
        switch self {
        case .response: nil
        case .unsuccessful(let error): "operation_\(error.state.rawValue)"
        case .handlerError(let error): "handler_error_\(error.type)"
        }
    }

    /// The answer that an error of an operation's code stands for.
    init(_ error: any Error) {
        switch error {
        case let error as NexusUnsuccessfulOperation:
            self = .unsuccessful(error)
        case let error as NexusHandlerError:
            self = .handlerError(error)
        case let error as ApplicationError where error.nonRetryable:
            self = .handlerError(
                NexusHandlerError(
                    "The handler failed with a non-retryable application error",
                    type: .internalError,
                    retryBehavior: .nonRetryable,
                    cause: error
                )
            )
        case let error as WorkflowAlreadyStartedError:
            self = .handlerError(
                NexusHandlerError("\(error)", type: .internalError, retryBehavior: .nonRetryable, cause: error)
            )
        case let error as WorkflowNotFoundError:
            self = .handlerError(NexusHandlerError("\(error)", type: .notFound, cause: error))
        case let error as RPCError:
            self = .handlerError(NexusHandlerError(error))
        default:
            self = .handlerError(NexusHandlerError("The handler failed", type: .internalError, cause: error))
        }
    }
}

extension NexusHandlerError {
    /// What a call of a handler that its own service refused means for the caller of the handler.
    fileprivate init(_ error: RPCError) {
        let message = "The handler's service refused a call: \(error.message)"
        switch error.code {
        case .invalidArgument:
            self.init(message, type: .badRequest, cause: error)
        case .alreadyExists, .failedPrecondition, .outOfRange:
            self.init(message, type: .internalError, retryBehavior: .nonRetryable, cause: error)
        case .aborted, .unavailable:
            self.init(message, type: .unavailable, cause: error)
        case .notFound:
            self.init(message, type: .notFound, cause: error)
        case .resourceExhausted:
            self.init(message, type: .resourceExhausted, cause: error)
        case .unimplemented:
            self.init(message, type: .notImplemented, cause: error)
        case .deadlineExceeded:
            self.init(message, type: .upstreamTimeout, cause: error)
        case .cancelled, .dataLoss, .internalError, .unknown, .unauthenticated, .permissionDenied:
            // That the handler may not do something is no fault of its caller.
            self.init(message, type: .internalError, cause: error)
        }
    }
}

// MARK: On the wire

extension NexusUnsuccessfulOperation {
    /// The failure that the caller's history keeps.
    func failure(_ converter: FailureConverter) -> APIFailure {
        switch state {
        case .failed:
            converter.failure(ApplicationError(message, type: "OperationError", nonRetryable: true, cause: cause))
        case .cancelled:
            converter.failure(CancelledError(message, cause: cause))
        }
    }
}

extension APINexusFailure {
    /// A failure in the form of servers that do not take failures of Temporal in answers to Nexus tasks.
    init(_ failure: APIFailure) throws {
        self.init()
        var rest = failure
        message = rest.message
        rest.message = ""
        metadata = ["type": APIFailure.protoMessageName]
        details = try rest.jsonUTF8Data()
    }
}

extension APINexusHandlerError {
    /// A handler's error in the form of servers that do not take failures of Temporal in answers to Nexus tasks.
    ///
    /// - Parameter cause: The reason for it, as the codecs have encoded it.
    init(_ error: NexusHandlerError, cause: APIFailure?) throws {
        self.init()
        errorType = error.type.rawValue
        switch error.retryBehavior {
        case .retryable: retryBehavior = .retryable
        case .nonRetryable: retryBehavior = .nonRetryable
        case .unspecified: retryBehavior = .unspecified
        }
        if let cause {
            failure = try APINexusFailure(cause)
        } else {
            failure.message = error.message
        }
    }
}
