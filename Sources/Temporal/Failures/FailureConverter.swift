import Foundation
package import TemporalAPI
import SwiftProtobuf

/// Turns errors into the failures that Temporal stores, and back.
package struct FailureConverter: Sendable {
    package init() {}

    /// The failure that stands for an error.
    ///
    /// An error that is no ``TemporalError`` becomes an application failure whose type is the name of its Swift type.
    package func failure(_ error: any Error) -> APIFailure {
        if let opaque = error as? OpaqueFailure, let failure = try? APIFailure(serializedBytes: opaque.serialized) {
            return failure
        }
        var failure = APIFailure()
        failure.source = "SwiftSDK"
        guard let known = error as? any TemporalError else {
            return foreign(error, failure)
        }
        failure.message = known.message
        failure.stackTrace = known.stackTrace
        if let cause = known.cause { failure.cause = self.failure(cause) }
        switch known {
        case let error as ApplicationError:
            failure.applicationFailureInfo.type = error.type
            failure.applicationFailureInfo.nonRetryable = error.nonRetryable
            if !error.details.isEmpty { failure.applicationFailureInfo.details = APIPayloads(error.details) }
            if let delay = error.nextRetryDelay {
                failure.applicationFailureInfo.nextRetryDelay = Google_Protobuf_Duration(delay)
            }
            failure.applicationFailureInfo.category =
                APIApplicationErrorCategory(rawValue: error.category.rawValue) ?? .unspecified
        case let error as CancelledError:
            failure.canceledFailureInfo = .init()
            if !error.details.isEmpty { failure.canceledFailureInfo.details = APIPayloads(error.details) }
        case let error as TimeoutError:
            failure.timeoutFailureInfo.timeoutType = APITimeoutType(error.kind)
            if !error.lastHeartbeatDetails.isEmpty {
                failure.timeoutFailureInfo.lastHeartbeatDetails = APIPayloads(error.lastHeartbeatDetails)
            }
        case is TerminatedError:
            failure.terminatedFailureInfo = .init()
        case let error as ServerError:
            failure.serverFailureInfo.nonRetryable = error.nonRetryable
        case let error as ActivityError:
            failure.activityFailureInfo.activityType.name = error.activityType
            failure.activityFailureInfo.activityID = error.activityID
            failure.activityFailureInfo.retryState = APIRetryState(error.retryState)
            failure.activityFailureInfo.identity = error.identity
            failure.activityFailureInfo.scheduledEventID = error.scheduledEventID
            failure.activityFailureInfo.startedEventID = error.startedEventID
        case let error as ChildWorkflowError:
            failure.childWorkflowExecutionFailureInfo.namespace = error.namespace
            failure.childWorkflowExecutionFailureInfo.workflowExecution.workflowID = error.workflowID
            failure.childWorkflowExecutionFailureInfo.workflowExecution.runID = error.runID
            failure.childWorkflowExecutionFailureInfo.workflowType.name = error.workflowType
            failure.childWorkflowExecutionFailureInfo.retryState = APIRetryState(error.retryState)
        default:
            failure.applicationFailureInfo.type = String(describing: type(of: known))
        }
        return failure
    }

    private func foreign(_ error: any Error, _ failure: APIFailure) -> APIFailure {
        var failure = failure
        if error is CancellationError {
            failure.message = "Cancelled"
            failure.canceledFailureInfo = .init()
            return failure
        }
        failure.message = (error as? any LocalizedError)?.errorDescription ?? String(describing: error)
        failure.applicationFailureInfo.type = String(describing: type(of: error))
        return failure
    }

    /// The error that a failure stands for, with its causes.
    package func error(_ failure: APIFailure) -> any TemporalError {
        let cause: (any Error)? = failure.hasCause ? error(failure.cause) : nil
        let (message, stackTrace) = texts(failure)
        func text(_ standard: String) -> String { message.isEmpty ? standard : message }
        switch failure.failureInfo {
        case .applicationFailureInfo(let info):
            var error = ApplicationError(
                text("Application error"),
                type: info.type,
                nonRetryable: info.nonRetryable,
                details: info.details.values,
                nextRetryDelay: info.hasNextRetryDelay ? Duration(info.nextRetryDelay) : nil,
                category: .init(rawValue: info.category.rawValue),
                cause: cause
            )
            error.stackTrace = stackTrace
            return error
        case .canceledFailureInfo(let info):
            var error = CancelledError(text("Cancelled"), details: info.details.values, cause: cause)
            error.stackTrace = stackTrace
            return error
        case .timeoutFailureInfo(let info):
            var error = TimeoutError(
                text("Timeout"),
                kind: TimeoutError.Kind(info.timeoutType),
                lastHeartbeatDetails: info.lastHeartbeatDetails.values,
                cause: cause
            )
            error.stackTrace = stackTrace
            return error
        case .terminatedFailureInfo:
            var error = TerminatedError(text("Terminated"), cause: cause)
            error.stackTrace = stackTrace
            return error
        case .serverFailureInfo(let info):
            var error = ServerError(text("Server error"), nonRetryable: info.nonRetryable, cause: cause)
            error.stackTrace = stackTrace
            return error
        case .activityFailureInfo(let info):
            var error = ActivityError(
                text("Activity error"),
                activityType: info.activityType.name,
                activityID: info.activityID,
                retryState: RetryState(info.retryState),
                identity: info.identity,
                scheduledEventID: info.scheduledEventID,
                startedEventID: info.startedEventID,
                cause: cause
            )
            error.stackTrace = stackTrace
            return error
        case .childWorkflowExecutionFailureInfo(let info):
            var error = ChildWorkflowError(
                text("Child workflow error"),
                namespace: info.namespace,
                workflowID: info.workflowExecution.workflowID,
                runID: info.workflowExecution.runID,
                workflowType: info.workflowType.name,
                retryState: RetryState(info.retryState),
                cause: cause
            )
            error.stackTrace = stackTrace
            return error
        case .resetWorkflowFailureInfo, .nexusOperationExecutionFailureInfo, .nexusHandlerFailureInfo, nil:
            return OpaqueFailure(
                message: text("Failure"),
                cause: cause,
                stackTrace: stackTrace,
                serialized: (try? failure.serializedBytes()) ?? Data()
            )
        }
    }

    /// The message and stack trace, taken from `encoded_attributes` where another SDK hid them there in plain JSON.
    private func texts(_ failure: APIFailure) -> (message: String, stackTrace: String) {
        struct Common: Decodable {
            var message: String?
            var stackTrace: String?

            enum CodingKeys: String, CodingKey {
                case message
                case stackTrace = "stack_trace"
            }
        }
        guard failure.hasEncodedAttributes,
            let common = try? PayloadConverter().decode(Payload(failure.encodedAttributes), as: Common.self)
        else { return (failure.message, failure.stackTrace) }
        return (common.message ?? failure.message, common.stackTrace ?? failure.stackTrace)
    }
}
