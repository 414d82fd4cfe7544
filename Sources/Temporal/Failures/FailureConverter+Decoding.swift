import Foundation
import SwiftProtobuf
import TemporalAPI

extension FailureConverter {
    /// The error that a failure with readable texts stands for.
    func plainError(_ failure: APIFailure) -> any TemporalError {
        let cause: (any Error)? = failure.hasCause ? error(failure.cause) : nil
        let error = standardError(failure, cause)
        return decoding?(error) ?? error
    }

    /// The error of this SDK for a failure. An empty message is that of the kind of failure, as in all SDKs.
    private func standardError(_ failure: APIFailure, _ cause: (any Error)?) -> any TemporalError {
        func text(_ standard: String) -> String { failure.message.isEmpty ? standard : failure.message }
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
            (error.stackTrace, error.source) = (failure.stackTrace, failure.source)
            return error
        case .canceledFailureInfo(let info):
            var error = CancelledError(text("Cancelled"), details: info.details.values, cause: cause)
            (error.stackTrace, error.source) = (failure.stackTrace, failure.source)
            return error
        case .timeoutFailureInfo(let info):
            var error = TimeoutError(
                text("Timeout"),
                kind: TimeoutError.Kind(info.timeoutType),
                lastHeartbeatDetails: info.lastHeartbeatDetails.values,
                cause: cause
            )
            (error.stackTrace, error.source) = (failure.stackTrace, failure.source)
            return error
        case .terminatedFailureInfo:
            var error = TerminatedError(text("Terminated"), cause: cause)
            (error.stackTrace, error.source) = (failure.stackTrace, failure.source)
            return error
        case .serverFailureInfo(let info):
            var error = ServerError(text("Server error"), nonRetryable: info.nonRetryable, cause: cause)
            (error.stackTrace, error.source) = (failure.stackTrace, failure.source)
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
            (error.stackTrace, error.source) = (failure.stackTrace, failure.source)
            return error
        case .childWorkflowExecutionFailureInfo(let info):
            var error = ChildWorkflowError(
                text("Child workflow error"),
                namespace: info.namespace,
                workflowID: info.workflowExecution.workflowID,
                runID: info.workflowExecution.runID,
                workflowType: info.workflowType.name,
                retryState: RetryState(info.retryState),
                initiatedEventID: info.initiatedEventID,
                startedEventID: info.startedEventID,
                cause: cause
            )
            (error.stackTrace, error.source) = (failure.stackTrace, failure.source)
            return error
        case .nexusOperationExecutionFailureInfo(let info):
            var error = NexusOperationError(
                text("Nexus operation error"),
                endpoint: info.endpoint,
                service: info.service,
                operation: info.operation,
                operationToken: info.operationToken,
                scheduledEventID: info.scheduledEventID,
                cause: cause
            )
            (error.stackTrace, error.source) = (failure.stackTrace, failure.source)
            return error
        case .nexusHandlerFailureInfo(let info):
            var error = NexusHandlerError(
                text("Nexus handler error"),
                type: NexusHandlerError.Kind(rawValue: info.type),
                retryBehavior: NexusHandlerError.RetryBehavior(info.retryBehavior),
                cause: cause
            )
            (error.stackTrace, error.source) = (failure.stackTrace, failure.source)
            return error
        case .resetWorkflowFailureInfo, nil:
            let standard = failure.failureInfo == nil ? "Failure" : "Reset workflow error"
            return OpaqueFailure(
                message: text(standard),
                cause: cause,
                stackTrace: failure.stackTrace,
                source: failure.source,
                serialized: (try? failure.serializedBytes()) ?? Data()
            )
        }
    }
}
