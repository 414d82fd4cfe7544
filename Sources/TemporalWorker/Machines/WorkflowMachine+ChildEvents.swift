import Temporal
import TemporalAPI

extension WorkflowMachine {
    /// Applies an event of a child workflow or of a request to another workflow.
    ///
    /// - Returns: What the event asks of the code, if anything; `nil` also for an event of another kind, with
    ///   `isKnown` false.
    mutating func applyEventOfOther(_ event: APIHistoryEvent) throws -> (isKnown: Bool, job: Job?) {
        switch event.attributes {
        case .startChildWorkflowExecutionInitiatedEventAttributes,
            .signalExternalWorkflowExecutionInitiatedEventAttributes,
            .requestCancelExternalWorkflowExecutionInitiatedEventAttributes:
            try matchCommand(event)
            return (true, nil)
        case .startChildWorkflowExecutionFailedEventAttributes(let attributes):
            return (true, try childStartFailed(event, attributes))
        case .childWorkflowExecutionStartedEventAttributes(let attributes):
            return (true, try childStarted(event, attributes))
        case .childWorkflowExecutionCompletedEventAttributes(let attributes):
            let result = attributes.hasResult ? attributes.result.values : []
            return (true, try childEnded(event, attributes.initiatedEventID) { _, _ in .success(result) })
        case .childWorkflowExecutionFailedEventAttributes(let attributes):
            return (
                true,
                try failed(event, attributes.initiatedEventID, "Child workflow failed") {
                    $0.cause = attributes.failure
                    $0.childWorkflowExecutionFailureInfo.retryState = attributes.retryState
                }
            )
        case .childWorkflowExecutionTimedOutEventAttributes(let attributes):
            return (
                true,
                try failed(event, attributes.initiatedEventID, "Child workflow timed out") {
                    $0.cause.message = "Timed out"
                    $0.cause.timeoutFailureInfo.timeoutType = .startToClose
                    $0.childWorkflowExecutionFailureInfo.retryState = attributes.retryState
                }
            )
        case .childWorkflowExecutionCanceledEventAttributes(let attributes):
            return (
                true,
                try failed(event, attributes.initiatedEventID, "Child workflow cancelled") {
                    $0.cause.message = "Cancelled"
                    $0.cause.canceledFailureInfo = .init()
                    if attributes.hasDetails { $0.cause.canceledFailureInfo.details = attributes.details }
                }
            )
        case .childWorkflowExecutionTerminatedEventAttributes(let attributes):
            return (
                true,
                try failed(event, attributes.initiatedEventID, "Child workflow terminated") {
                    $0.cause.message = "Terminated"
                    $0.cause.terminatedFailureInfo = .init()
                }
            )
        case .externalWorkflowExecutionSignaledEventAttributes(let attributes):
            return (true, try externalAnswered(event, attributes.initiatedEventID, nil))
        case .signalExternalWorkflowExecutionFailedEventAttributes(let attributes):
            return (true, try externalAnswered(event, attributes.initiatedEventID, .init(attributes.cause)))
        case .externalWorkflowExecutionCancelRequestedEventAttributes(let attributes):
            return (true, try externalAnswered(event, attributes.initiatedEventID, nil))
        case .requestCancelExternalWorkflowExecutionFailedEventAttributes(let attributes):
            return (true, try externalAnswered(event, attributes.initiatedEventID, .init(attributes.cause)))
        default:
            return (false, nil)
        }
    }

    private mutating func failed(
        _ event: APIHistoryEvent,
        _ initiatedEventID: Int64,
        _ message: String,
        _ fill: (inout APIFailure) -> Void
    ) throws -> Job? {
        try childEnded(event, initiatedEventID) { machine, child in
            .failure(machine.failure(of: child, message, fill))
        }
    }
}

extension ExternalWorkflowError.Reason {
    init(_ cause: APISignalExternalWorkflowExecutionFailedCause) {
        switch cause {
        case .externalWorkflowExecutionNotFound: self = .notFound
        case .namespaceNotFound: self = .namespaceNotFound
        case .signalCountLimitExceeded: self = .signalLimitExceeded
        case .unspecified, .UNRECOGNIZED: self.init("the server gave cause \(cause.rawValue)")
        }
    }

    init(_ cause: APICancelExternalWorkflowExecutionFailedCause) {
        switch cause {
        case .externalWorkflowExecutionNotFound: self = .notFound
        case .namespaceNotFound: self = .namespaceNotFound
        case .unspecified, .UNRECOGNIZED: self.init("the server gave cause \(cause.rawValue)")
        }
    }
}
