import Foundation
import Temporal
import TemporalAPI

extension UntypedWorkflowHandle {
    /// Waits for the workflow to end and takes its result.
    ///
    /// - Parameters:
    ///   - type: The type of the result.
    ///   - followRuns: Whether to go on with the next run where one continued as new, was retried or ran by schedule.
    /// - Returns: The result.
    /// - Throws: ``WorkflowFailedError`` if the workflow ended without one, ``WorkflowContinuedAsNewError`` if it
    ///   continued as new and `followRuns` is false, ``WorkflowNotFoundError`` if it is not there,
    ///   `PayloadConversionError` if the result is of another type, `RPCError` for anything else, `CancellationError`
    ///   if the calling task was cancelled (the workflow goes on).
    public func result<Output: Codable & Sendable>(
        as type: Output.Type = Output.self,
        followRuns: Bool = true
    ) async throws -> Output {
        var result = ArgumentReader(
            try await resultPayloads(followRuns: followRuns),
            converter: converter,
            of: "The result of workflow '\(id)'"
        )
        return try result.next(type)
    }

    /// Waits for the workflow to end and takes the payloads of its result.
    func resultPayloads(followRuns: Bool) async throws -> [Payload] {
        var run = resultRunID
        while true {
            switch try outcome(of: try await closeEvent(of: run), run: run, followRuns: followRuns) {
            case .result(let payloads): return payloads
            case .continues(let next): run = next
            }
        }
    }

    private enum Outcome {
        case result([Payload])
        case continues(String)
    }

    private func outcome(of event: APIHistoryEvent, run: String?, followRuns: Bool) throws -> Outcome {
        func failed(_ cause: any TemporalError, _ retryState: RetryState = .unspecified) -> WorkflowFailedError {
            WorkflowFailedError(workflowID: id, runID: run ?? "", cause: cause, retryState: retryState)
        }
        switch event.attributes {
        case .workflowExecutionCompletedEventAttributes(let end):
            if followRuns, !end.newExecutionRunID.isEmpty { return .continues(end.newExecutionRunID) }
            return .result(end.result.values)
        case .workflowExecutionFailedEventAttributes(let end):
            if followRuns, !end.newExecutionRunID.isEmpty { return .continues(end.newExecutionRunID) }
            throw failed(client.failureConverter.error(end.failure), RetryState(end.retryState))
        case .workflowExecutionTimedOutEventAttributes(let end):
            if followRuns, !end.newExecutionRunID.isEmpty { return .continues(end.newExecutionRunID) }
            throw failed(TimeoutError("The workflow timed out", kind: .startToClose), RetryState(end.retryState))
        case .workflowExecutionContinuedAsNewEventAttributes(let end):
            if followRuns { return .continues(end.newExecutionRunID) }
            throw WorkflowContinuedAsNewError(workflowID: id, runID: run ?? "", newRunID: end.newExecutionRunID)
        case .workflowExecutionCanceledEventAttributes(let end):
            throw failed(CancelledError("The workflow was cancelled", details: end.details.values))
        case .workflowExecutionTerminatedEventAttributes(let end):
            let reason = end.reason.isEmpty ? "The workflow was terminated" : end.reason
            throw failed(TerminatedError(reason, details: end.details.values))
        default:
            throw RPCError(
                code: .internalError,
                message: "The history of workflow '\(id)' ends with an event of type \(event.eventType), "
                    + "which this version of the SDK does not know."
            )
        }
    }

    /// Waits for the last event of a run.
    private func closeEvent(of run: String?) async throws -> APIHistoryEvent {
        var token = Data()
        while true {
            let page = try await fetchHistory(run, .close, waitsForNew: true, token: token)
            if let event = page.elements.last { return event.proto }
            // An empty page without a token means that the poll was as long as polls are. It starts again.
            token = page.nextPageToken
            try Task.checkCancellation()
        }
    }
}
