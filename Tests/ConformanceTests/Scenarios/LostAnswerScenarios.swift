import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

/// Requests that come a second time because their first answer was lost, and signals and cancellations that a workflow sends
/// to itself.
@Suite(.timeLimit(.minutes(1))) struct LostAnswerScenarios {
    private func signal(_ worker: RawWorker, _ id: String, _ requestID: String) async throws {
        try await worker.call(.signalWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = id
            $0.signalName = "a"
            $0.requestID = requestID
        }
    }

    @Test(arguments: Backend.available)
    func `a signal is recognized although the run has closed since`(_ backend: Backend) async throws {
        let worker = RawWorker(try await Scene(backend))
        let id = "lost-\(UUID())"
        _ = try await worker.start(id)
        try await signal(worker, id, "same")
        try await worker.step(.completion)
        try await signal(worker, id, "same")
        let other = await #expect(throws: RPCError.self) { try await signal(worker, id, "other") }
        #expect(other?.code == .notFound)
        #expect(try await worker.history(id).filter { $0 == "signaled a" }.count == 1)
    }

    @Test(arguments: Backend.available)
    func `a workflow neither signals nor cancels itself`(_ backend: Backend) async throws {
        let worker = RawWorker(try await Scene(backend))
        let id = "self-\(UUID())"
        let run = try await worker.start(id)
        let signal = APICommand.with {
            $0.commandType = .signalExternalWorkflowExecution
            $0.signalExternalWorkflowExecutionCommandAttributes.execution.workflowID = id
            $0.signalExternalWorkflowExecutionCommandAttributes.signalName = "a"
        }
        try await worker.step(signal)
        let cancel = APICommand.with {
            $0.commandType = .requestCancelExternalWorkflowExecution
            $0.requestCancelExternalWorkflowExecutionCommandAttributes.workflowID = id
            $0.requestCancelExternalWorkflowExecutionCommandAttributes.runID = run
        }
        // The task that follows on the failure of the signal.
        try await worker.step(cancel)
        try await worker.step(.completion)
        let events = try await worker.events(id)
        let signaled = try #require(events.first { $0.eventType == .signalExternalWorkflowExecutionFailed })
        let cancelled = try #require(events.first { $0.eventType == .requestCancelExternalWorkflowExecutionFailed })
        #expect(
            signaled.signalExternalWorkflowExecutionFailedEventAttributes.cause == .externalWorkflowExecutionNotFound
        )
        #expect(
            cancelled.requestCancelExternalWorkflowExecutionFailedEventAttributes.cause
                == .externalWorkflowExecutionNotFound
        )
        #expect(!events.contains { $0.eventType == .workflowExecutionSignaled })
    }
}
