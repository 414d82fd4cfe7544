import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// Runs whose first workflow task waits: for a start delay, a cron schedule or a retry.
@Suite(.timeLimit(.minutes(1)), .storesEverything) struct FirstTaskTests {
    private let script = Script()

    private static let waits: [@Sendable (inout APIStartWorkflowExecutionRequest) -> Void] = [
        { $0.workflowStartDelay.seconds = 3600 }, { $0.cronSchedule = "0 0 1 1 *" },
    ]

    private func requestCancel() async throws {
        _ = try await script.call(.requestCancelWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = "w"
        }
    }

    private func update() -> Task<APIUpdateWorkflowExecutionResponse, any Error> {
        Task {
            try await script.call(.updateWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = "w"
                $0.waitPolicy.lifecycleStage = .completed
                $0.request.meta.updateID = "u"
                $0.request.input.name = "raise"
            }
        }
    }

    private func message(_ body: some Message) throws -> APIProtocolMessage {
        try .with {
            $0.id = "u/\(type(of: body).protoMessageName)"
            $0.protocolInstanceID = "u"
            $0.body = try Google_Protobuf_Any(message: body)
        }
    }

    @Test(arguments: waits.indices)
    func `a cancellation does not wait with it`(_ index: Int) async throws {
        try await script.start("w", Self.waits[index])
        try await requestCancel()
        #expect(
            script.types() == [
                .workflowExecutionStarted, .workflowExecutionCancelRequested, .workflowTaskScheduled,
            ]
        )
        try await script.step(.cancel)
        #expect(script.types().last == .workflowExecutionCanceled)
        #expect(script.elapsed == .zero)
        try HistoryValidator.validate(script.history())
    }

    @Test func `nor does that of a run that is tried again`() async throws {
        try await script.start { $0.retryPolicy.initialInterval.seconds = 60 }
        try await script.step(.fail())
        #expect(script.types() == [.workflowExecutionStarted])
        try await requestCancel()
        try await script.step(.cancel)
        #expect(script.elapsed == .zero)
    }

    @Test func `a signal waits with it`() async throws {
        try await script.start("w", Self.waits[0])
        try await script.signal()
        #expect(script.types() == [.workflowExecutionStarted, .workflowExecutionSignaled])
        script.server.advance(by: .seconds(3599))
        #expect(script.types().count == 2)
        script.server.advance(by: .seconds(1))
        #expect(script.types().last == .workflowTaskScheduled)
    }

    @Test func `a workflow that was woken is not woken again when the wait would have ended`() async throws {
        try await script.start("w", Self.waits[0])
        try await requestCancel()
        try await script.step()
        let count = script.history().count
        script.server.advance(by: .seconds(3600))
        #expect(script.history().count == count)
    }

    @Test func `an update does not wait with it`() async throws {
        try await script.start("w", Self.waits[0])
        let response = update()
        let task = try await script.pollWorkflow()
        #expect(script.elapsed == .zero)
        #expect(task.messages.map(\.id) == ["u/request"])
        #expect(
            task.history.events.map(\.eventType) == [
                .workflowExecutionStarted, .workflowTaskScheduled, .workflowTaskStarted,
            ]
        )
        try await script.complete(task) {
            $0.messages = [
                try message(APIUpdateAcceptance.with { $0.acceptedRequestMessageID = "u/request" }),
                try message(APIUpdateResponse.with { $0.outcome.success = payloads("raised") }),
            ]
        }
        #expect(try await response.value.outcome.success.text == "raised")
        let count = script.history().count
        script.server.advance(by: .seconds(3600))
        #expect(script.history().count == count)
        try HistoryValidator.validate(script.history())
    }

    @Test func `after an update that was rejected the first task waits as before`() async throws {
        try await script.start("w", Self.waits[0])
        let response = update()
        let task = try await script.pollWorkflow()
        try await script.complete(task) {
            $0.messages = [
                try message(
                    APIUpdateRejection.with {
                        $0.rejectedRequestMessageID = "u/request"
                        $0.failure.message = "no"
                    }
                )
            ]
        }
        #expect(try await response.value.outcome.failure.message == "no")
        #expect(script.types() == [.workflowExecutionStarted])
        script.server.advance(by: .seconds(3599))
        #expect(script.types() == [.workflowExecutionStarted])
        script.server.advance(by: .seconds(1))
        #expect(script.types() == [.workflowExecutionStarted, .workflowTaskScheduled])
        try await script.step(.complete())
        try HistoryValidator.validate(script.history())
    }

    @Test func `the signal of a start with a signal comes before the first task`() async throws {
        _ = try await script.call(.signalWithStartWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowID = "w"
            $0.workflowType.name = "Flow"
            $0.taskQueue.name = "q"
            $0.signalName = "poke"
        }
        #expect(
            script.types() == [.workflowExecutionStarted, .workflowExecutionSignaled, .workflowTaskScheduled]
        )
    }
}
