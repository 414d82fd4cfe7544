import Foundation
import SwiftProtobuf
import TemporalAPI

extension FailureConverter {
    /// The failure that stands for an error, with readable texts.
    func plainFailure(_ error: any Error) -> APIFailure {
        let error = encoding?(error) ?? error
        if let opaque = error as? OpaqueFailure, let failure = try? APIFailure(serializedBytes: opaque.serialized) {
            return failure
        }
        var failure = APIFailure()
        guard let known = error as? any TemporalError else {
            return foreign(error, failure)
        }
        failure.source = known.source
        failure.message = known.message
        failure.stackTrace = known.stackTrace
        if let cause = known.cause { failure.cause = plainFailure(cause) }
        fill(&failure, known)
        return failure
    }

    private func fill(_ failure: inout APIFailure, _ known: any TemporalError) {
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
            failure.childWorkflowExecutionFailureInfo.initiatedEventID = error.initiatedEventID
            failure.childWorkflowExecutionFailureInfo.startedEventID = error.startedEventID
        case let error as NexusOperationError:
            failure.nexusOperationExecutionFailureInfo.endpoint = error.endpoint
            failure.nexusOperationExecutionFailureInfo.service = error.service
            failure.nexusOperationExecutionFailureInfo.operation = error.operation
            failure.nexusOperationExecutionFailureInfo.operationToken = error.operationToken
            failure.nexusOperationExecutionFailureInfo.scheduledEventID = error.scheduledEventID
        case let error as NexusHandlerError:
            failure.nexusHandlerFailureInfo.type = error.type.rawValue
            failure.nexusHandlerFailureInfo.retryBehavior = APINexusHandlerErrorRetryBehavior(error.retryBehavior)
        default:
            failure.applicationFailureInfo.type = String(describing: type(of: known))
        }
    }

    private func foreign(_ error: any Error, _ failure: APIFailure) -> APIFailure {
        var failure = failure
        failure.source = SDK.failureSource
        if error is CancellationError {
            failure.message = "Cancelled"
            failure.canceledFailureInfo = .init()
            return failure
        }
        failure.message = (error as? any LocalizedError)?.errorDescription ?? String(describing: error)
        failure.applicationFailureInfo.type = String(describing: type(of: error))
        return failure
    }
}
