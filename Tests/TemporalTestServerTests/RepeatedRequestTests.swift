import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// Requests that come a second time because their first answer was lost.
@Suite(.timeLimit(.minutes(1)), .storesEverything) struct RepeatedRequestTests {
    private let script = Script()

    @Test func `a signal is recognized although the run has closed since`() async throws {
        try await script.start()
        try await script.signal(requestID: "same")
        try await script.step(.complete())
        try await script.signal(requestID: "same")
        let other = await refusal { try await script.signal(requestID: "other") }
        #expect(other?.code == .notFound)
        #expect(script.types().filter { $0 == .workflowExecutionSignaled }.count == 1)
    }

    /// Starts, or finds and attaches to what is there.
    private func attach(_ requestID: String) async throws -> APIStartWorkflowExecutionResponse {
        try await script.start {
            $0.requestID = requestID
            $0.workflowIDConflictPolicy = .useExisting
            $0.onConflictOptions.attachRequestID = true
        }
    }

    @Test func `a start that was attached to a run is recognized although the run has closed since`() async throws {
        let run = try await script.start().runID
        let first = try await attach("same")
        try await script.step(.complete())
        let again = try await attach("same")
        #expect(again.runID == run && again.link == first.link && !again.started)
        #expect(again.status == .completed)
        #expect(script.types().filter { $0 == .workflowExecutionOptionsUpdated }.count == 1)
        let other = try await attach("other")
        #expect(other.runID != run && other.started)
    }

    @Test func `no policy gets in its way`() async throws {
        let run = try await script.start().runID
        _ = try await attach("same")
        let again = try await script.start {
            $0.requestID = "same"
            $0.workflowIDConflictPolicy = .terminateExisting
        }
        #expect(again.runID == run)
        #expect(try await script.describe().workflowExecutionInfo.status == .running)
    }
}

/// Whom signals reach, and how many.
@Suite(.timeLimit(.minutes(1))) struct SignalTargetTests {
    private let script = Script()

    @Test func `a workflow neither signals nor cancels itself`() async throws {
        let run = try await script.start().runID
        let cancel = APICommand.with {
            $0.commandType = .requestCancelExternalWorkflowExecution
            $0.requestCancelExternalWorkflowExecutionCommandAttributes.workflowID = "w"
            $0.requestCancelExternalWorkflowExecutionCommandAttributes.runID = run
        }
        try await script.step(.signal("w"), cancel)
        let signaled = try #require(script.history().first { $0.eventType == .signalExternalWorkflowExecutionFailed })
        #expect(
            signaled.signalExternalWorkflowExecutionFailedEventAttributes.cause == .externalWorkflowExecutionNotFound
        )
        let cancelled = try #require(
            script.history().first { $0.eventType == .requestCancelExternalWorkflowExecutionFailed }
        )
        #expect(
            cancelled.requestCancelExternalWorkflowExecutionFailedEventAttributes.cause
                == .externalWorkflowExecutionNotFound
        )
        let types = script.types()
        #expect(!types.contains(.workflowExecutionSignaled) && !types.contains(.workflowExecutionCancelRequested))
        #expect(types.contains(.workflowTaskScheduled))
        try HistoryValidator.validate(script.history())
    }

    @Test func `a run takes no more signals than its limit, whoever sends them`() async throws {
        try await script.start()
        // As if it had had all but one.
        script.server.transact { engine in engine.runs[0].signalCount = 9999 }
        try await script.signal()
        let signal = await refusal { try await script.signal() }
        let start = await refusal {
            _ = try await script.call(.signalWithStartWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowID = "w"
                $0.workflowType.name = "Flow"
                $0.taskQueue.name = "q"
                $0.signalName = "poke"
            }
        }
        for error in [signal, start] {
            #expect(error?.message == "exceeded workflow execution limit for signal events")
        }
        var other = script
        other.queue = "other"
        try await other.start("sender")
        try await other.step(.signal("w"))
        let failed = try #require(
            script.history("sender").first { $0.eventType == .signalExternalWorkflowExecutionFailed }
        )
        #expect(failed.signalExternalWorkflowExecutionFailedEventAttributes.cause == .signalCountLimitExceeded)
    }
}

extension APICommand {
    /// Signals another workflow.
    fileprivate static func signal(_ id: String) -> APICommand {
        .with {
            $0.commandType = .signalExternalWorkflowExecution
            $0.signalExternalWorkflowExecutionCommandAttributes.execution.workflowID = id
            $0.signalExternalWorkflowExecutionCommandAttributes.signalName = "poke"
        }
    }
}
