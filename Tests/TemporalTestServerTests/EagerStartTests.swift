import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// Workflows whose first task comes with the answer to their start.
@Suite(.timeLimit(.minutes(1)), .storesEverything) struct EagerStartTests {
    private let script = Script()

    private static let started: [APIEventType] = [
        .workflowExecutionStarted, .workflowTaskScheduled, .workflowTaskStarted,
    ]

    @Test func `the task comes started, with the whole history, and to nobody else`() async throws {
        let response = try await script.start {
            $0.requestEagerExecution = true
            $0.requestID = "request"
        }
        let task = response.eagerWorkflowTask
        #expect(response.started && task.workflowExecution.runID == response.runID)
        #expect(task.history.events.map(\.eventType) == Self.started)
        #expect(task.startedEventID == 3 && task.previousStartedEventID == 0 && task.attempt == 1)
        #expect(task.workflowType.name == "Flow" && task.workflowExecutionTaskQueue.name == "q")
        let started = try #require(script.history().last).workflowTaskStartedEventAttributes
        #expect(started.identity == "client" && started.requestID == "request")
        try await script.start("other")
        #expect(try await script.pollWorkflow().workflowExecution.workflowID == "other")
        try await script.complete(task, [.complete()])
        #expect(script.types().last == .workflowExecutionCompleted)
        try HistoryValidator.validate(script.history())
    }

    @Test func `a repeated start brings it again, as long as it is that task`() async throws {
        func start() async throws -> APIStartWorkflowExecutionResponse {
            try await script.start {
                $0.requestEagerExecution = true
                $0.requestID = "request"
            }
        }
        let first = try await start()
        let again = try await start()
        #expect(again.runID == first.runID && again.started)
        #expect(again.eagerWorkflowTask.taskToken == first.eagerWorkflowTask.taskToken)
        #expect(again.eagerWorkflowTask.history == first.eagerWorkflowTask.history)
        #expect(script.types() == Self.started)
        try await script.complete(again.eagerWorkflowTask)
        try await script.signal()
        _ = try await script.pollWorkflow()
        #expect(try await !start().hasEagerWorkflowTask)
    }

    @Test func `one that nobody works on goes to its task queue when its time is up`() async throws {
        let first = try await script.start { $0.requestEagerExecution = true }
        script.server.advance(by: .seconds(10))
        let second = try await script.pollWorkflow()
        #expect(second.attempt == 2)
        let late = await refusal { try await script.complete(first.eagerWorkflowTask) }
        #expect(late?.code == .notFound)
    }

    @Test func `none comes unless it is asked for, none before its time, and none for a run that was there`()
        async throws
    {
        #expect(try await !script.start("unasked").hasEagerWorkflowTask)
        let delayed = try await script.start("delayed") {
            $0.requestEagerExecution = true
            $0.workflowStartDelay.seconds = 60
        }
        #expect(!delayed.hasEagerWorkflowTask)
        let found = try await script.start("unasked") {
            $0.requestEagerExecution = true
            $0.workflowIDConflictPolicy = .useExisting
        }
        #expect(!found.started && !found.hasEagerWorkflowTask)
    }
}
