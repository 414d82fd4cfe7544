import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// How long runs and their workflow tasks may take, where a start, a child or a continuation leaves that open.
@Suite(.timeLimit(.minutes(1))) struct WorkflowTimeoutTests {
    private let script = Script()

    @Test(arguments: [(0, 0, 0), (5, 0, 5), (0, 7, 7), (5, 7, 5), (9, 7, 7)])
    func `a run takes no longer than its chain`(_ asked: Int, _ execution: Int, _ result: Int) {
        #expect(
            WorkflowTimeouts.run(.seconds(Int64(asked)), within: .seconds(Int64(execution))) == .seconds(Int64(result))
        )
    }

    @Test(arguments: [(0, 0, 10), (30, 0, 30), (500, 0, 120), (0, 3, 3), (30, 20, 20)])
    func `a workflow task takes no longer than the run, nor than two minutes`(_ asked: Int, _ run: Int, _ result: Int) {
        #expect(WorkflowTimeouts.task(.seconds(Int64(asked)), within: .seconds(Int64(run))) == .seconds(Int64(result)))
    }

    @Test func `a child has limits of its own`() async throws {
        try await script.start {
            $0.workflowRunTimeout.seconds = 1000
            $0.workflowTaskTimeout.seconds = 30
        }
        let child = APICommand.with {
            $0.commandType = .startChildWorkflowExecution
            $0.startChildWorkflowExecutionCommandAttributes.workflowID = "child"
            $0.startChildWorkflowExecutionCommandAttributes.workflowType.name = "Flow"
            $0.startChildWorkflowExecutionCommandAttributes.workflowExecutionTimeout.seconds = 60
        }
        try await script.step(child)
        let initiated = try #require(script.history().first { $0.eventType == .startChildWorkflowExecutionInitiated })
            .startChildWorkflowExecutionInitiatedEventAttributes
        #expect(initiated.workflowRunTimeout.seconds == 60 && initiated.workflowTaskTimeout.seconds == 10)
        let started = try #require(script.history("child").first).workflowExecutionStartedEventAttributes
        #expect(started.workflowRunTimeout.seconds == 60 && started.workflowTaskTimeout.seconds == 10)
    }

    @Test func `a continuation keeps what it does not set, within its chain`() async throws {
        try await script.start {
            $0.workflowExecutionTimeout.seconds = 100
            $0.workflowRunTimeout.seconds = 50
            $0.workflowTaskTimeout.seconds = 30
        }
        var next = APICommand.continueAsNew("next")
        next.continueAsNewWorkflowExecutionCommandAttributes.workflowRunTimeout.seconds = 500
        try await script.step(next)
        let first = try #require(script.history().first).workflowExecutionStartedEventAttributes
        #expect(first.workflowRunTimeout.seconds == 100 && first.workflowTaskTimeout.seconds == 30)
        next.continueAsNewWorkflowExecutionCommandAttributes.workflowRunTimeout.seconds = 20
        // Two runs begin at least a second apart.
        script.server.advance(by: .seconds(1))
        try await script.step(next)
        let second = try #require(script.history().first).workflowExecutionStartedEventAttributes
        #expect(second.workflowRunTimeout.seconds == 20 && second.workflowTaskTimeout.seconds == 20)
    }
}
