import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

@Suite struct UpdateTests {
    private func update(
        _ script: Script,
        id: String = "u",
        stage: APIUpdateWorkflowExecutionLifecycleStage = .completed
    ) async throws -> APIUpdateWorkflowExecutionResponse {
        try await script.call(.updateWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = "w"
            $0.waitPolicy.lifecycleStage = stage
            $0.request.meta.updateID = id
            $0.request.input.name = "raise"
        }
    }

    private func message(_ id: String, _ body: some Message) throws -> APIProtocolMessage {
        try .with {
            $0.id = "\(id)/\(type(of: body).protoMessageName)"
            $0.protocolInstanceID = id
            $0.body = try Google_Protobuf_Any(message: body)
        }
    }

    private func rejection(_ task: APIPollWorkflowTaskQueueResponse) throws -> APIProtocolMessage {
        let request = try #require(task.messages.first)
        return try message(
            request.protocolInstanceID,
            APIUpdateRejection.with {
                $0.rejectedRequestMessageID = request.id
                $0.failure.message = "no"
            }
        )
    }

    @Test(.timeLimit(.minutes(1)))
    func `an update is accepted and completed within one task`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.timer("t", .seconds(60)))
        async let response = update(script)
        let task = try await script.pollWorkflow()
        let request = try #require(task.messages.first)
        #expect(request.id == "u/request")
        #expect(request.eventID == task.startedEventID - 1)
        #expect(script.history().count == 5, "the task is not in the history yet")
        try await script.complete(task) {
            $0.messages = [
                try message("u", APIUpdateAcceptance.with { $0.acceptedRequestMessageID = request.id }),
                try message("u", APIUpdateResponse.with { $0.outcome.success = payloads("raised") }),
            ]
        }
        #expect(try await response.outcome.success.text == "raised")
        #expect(
            script.types().suffix(5) == [
                .workflowTaskScheduled, .workflowTaskStarted, .workflowTaskCompleted, .workflowExecutionUpdateAccepted,
                .workflowExecutionUpdateCompleted,
            ]
        )
        #expect(try await update(script).outcome.success.text == "raised", "a repeated update has its outcome")
        try HistoryValidator.validate(script.history())
    }

    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
    func `a rejected update leaves no trace, if the worker can drop what it was shown`(canDrop: Bool) async throws {
        let script = Script()
        try await script.start()
        try await script.step(.timer("t", .seconds(60)))
        async let response = update(script)
        let task = try await script.pollWorkflow()
        let rejection = try rejection(task)
        let completed = try await script.complete(task) {
            $0.messages = [rejection]
            $0.capabilities.discardSpeculativeWorkflowTaskWithEvents = canDrop
        }
        #expect(try await response.outcome.failure.message == "no")
        #expect(completed.resetHistoryEventID == (canDrop ? 3 : 0))
        #expect(script.history().count == (canDrop ? 5 : 8))
    }

    @Test(.timeLimit(.minutes(1)))
    func `an accepted update fails with the end of its workflow`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.timer("t", .seconds(60)))
        async let accepted = update(script, stage: .accepted)
        let task = try await script.pollWorkflow()
        try await script.complete(task) {
            $0.messages = [
                try message("u", APIUpdateAcceptance.with { $0.acceptedRequestMessageID = "u/request" })
            ]
        }
        #expect(try await accepted.stage == .accepted)
        let outcome = Task { try await update(script) }
        await script.waits(1)
        try await script.signal()
        try await script.step(.complete())
        let failure = try await outcome.value.outcome.failure
        #expect(failure.applicationFailureInfo.type == "AcceptedUpdateCompletedWorkflow")
    }

    @Test(.timeLimit(.minutes(1)))
    func `a worker that ignores an update has rejected it`() async throws {
        let script = Script()
        try await script.start()
        async let response = update(script)
        await script.waits(1)
        try await script.step(.timer("t", .seconds(60)))
        #expect(try await response.outcome.failure.applicationFailureInfo.type == "UnprocessedUpdate")
        #expect(script.types().last == .timerStarted)
    }

    @Test(.timeLimit(.minutes(1)))
    func `many updates suggest to continue as new`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.timer("t", .seconds(60)))
        var suggestions: [Bool] = []
        for batch in 0...180 {
            let answers = (0..<10).map { number in
                Task { try await update(script, id: "\(batch)-\(number)", stage: .accepted) }
            }
            await script.waits(answers.count)
            let task = try await script.pollWorkflow()
            let started = try #require(task.history.events.last).workflowTaskStartedEventAttributes
            suggestions.append(started.suggestContinueAsNewReasons.contains(.tooManyUpdates))
            try await script.complete(task) {
                $0.messages = try task.messages.flatMap { request in
                    let id = request.protocolInstanceID
                    return [
                        try message(id, APIUpdateAcceptance.with { $0.acceptedRequestMessageID = request.id }),
                        try message(id, APIUpdateResponse.with { $0.outcome.success = payloads("raised") }),
                    ]
                }
            }
            for answer in answers { _ = try await answer.value }
        }
        // A run takes 2,000.
        #expect(suggestions.firstIndex(of: true) == 179, "with the 1,800th")
        #expect(suggestions.suffix(2) == [true, true])
    }

    @Test(.timeLimit(.minutes(1)))
    func `an update without a stage waits until it is completed`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.timer("t", .seconds(60)))
        let response = Task { try await update(script, stage: .unspecified) }
        let task = try await script.pollWorkflow()
        try await script.complete(task) {
            $0.messages = [
                try message("u", APIUpdateAcceptance.with { $0.acceptedRequestMessageID = "u/request" })
            ]
        }
        await script.waits(1)
        try await script.signal()
        let next = try await script.pollWorkflow()
        try await script.complete(next) {
            $0.messages = [try message("u", APIUpdateResponse.with { $0.outcome.success = payloads("raised") })]
        }
        #expect(try await response.value.outcome.success.text == "raised")
    }

    @Test(.timeLimit(.minutes(1)))
    func `the callbacks and links of an update are looked at`() async throws {
        let script = Script()
        func refused(_ fill: (inout APIUpdateRequest) -> Void) async -> String? {
            await refusal {
                _ = try await script.call(.updateWorkflowExecution) {
                    $0.namespace = "default"
                    $0.workflowExecution.workflowID = "absent"
                    $0.request.meta.updateID = "u"
                    $0.request.input.name = "raise"
                    fill(&$0.request)
                }
            }?
            .message
        }
        #expect(
            await refused { $0.completionCallbacks = [.with { $0.nexus.url = "http://elsewhere" }] }
                == "invalid callback url: url does not match any configured callback address: http://elsewhere"
        )
        #expect(
            await refused { $0.links = [.with { $0.workflowEvent.workflowID = "w" }] }
                == "workflow event link must not have an empty namespace field"
        )
        #expect(await refused { _ in } == "workflow not found for ID: absent")
    }
}
