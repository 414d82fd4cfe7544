import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// Workflows that operators hold.
@Suite(.timeLimit(.minutes(1))) struct WorkflowPauseTests {
    @Test func `a workflow task that no worker has fails with the pause, and another follows it`() async throws {
        let script = Script()
        try await script.start()
        try await script.pause()
        #expect(
            script.types() == [
                .workflowExecutionStarted, .workflowTaskScheduled, .workflowExecutionPaused, .workflowTaskFailed,
            ]
        )
        let failed = try #require(script.history().last?.workflowTaskFailedEventAttributes)
        #expect(failed.cause == .workflowPauseRequestedBeforeTaskStarted && failed.identity == "history-service")
        let paused = script.history()[2].workflowExecutionPausedEventAttributes
        #expect(paused.identity == "operator" && paused.reason == "hold on" && paused.requestID == "1")
        try await script.unpause()
        let task = try await script.pollWorkflow()
        #expect(task.attempt == 1)
        #expect(
            script.types().dropFirst(4) == [.workflowExecutionUnpaused, .workflowTaskScheduled, .workflowTaskStarted]
        )
        try await script.complete(task, [.complete()])
        try HistoryValidator.validate(script.history())
    }

    @Test func `a description and lists tell of the pause`() async throws {
        let script = Script()
        try await script.start()
        try await script.pause()
        let description = try await script.describe()
        #expect(description.workflowExecutionInfo.status == .paused)
        #expect(description.workflowExtendedInfo.pauseInfo.identity == "operator")
        #expect(description.workflowExtendedInfo.pauseInfo.reason == "hold on")
        #expect(description.workflowExtendedInfo.pauseInfo.hasPausedTime)
        func list(_ query: String) async throws -> [String] {
            try await script.call(.listWorkflowExecutions) {
                $0.namespace = "default"
                $0.query = query
            }
            .executions.map(\.execution.workflowID)
        }
        #expect(try await list("ExecutionStatus = 'Paused'") == ["w"])
        #expect(try await list("TemporalPauseInfo = 'Workflow:w' AND TemporalPauseInfo = 'Reason:hold on'") == ["w"])
        try await script.unpause()
        let after = try await script.describe()
        #expect(after.workflowExecutionInfo.status == .running && !after.workflowExtendedInfo.hasPauseInfo)
        #expect(try await list("TemporalPauseInfo = 'Workflow:w'") == [])
    }

    @Test func `a repeated request changes nothing, and others are refused`() async throws {
        let script = Script()
        try await script.start()
        let early = await refusal { try await script.unpause() }
        #expect(early?.code == .failedPrecondition && early?.message == "workflow is not paused.")
        try await script.pause("1")
        try await script.pause("1")
        let second = await refusal { try await script.pause("2") }
        #expect(second?.code == .failedPrecondition && second?.message == "workflow is already paused.")
        #expect(script.types().filter { $0 == .workflowExecutionPaused }.count == 1)
        let long = await refusal { try await script.pause(String(repeating: "x", count: 1001)) }
        #expect(long?.code == .invalidArgument && long?.message == "request id is too long.")
        // The end by force is not held.
        _ = try await script.call(.terminateWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = "w"
        }
        let late = await refusal { try await script.pause("3") }
        #expect(late?.message == "workflow execution already completed")
        #expect(await refusal { try await script.pause("1", id: "absent") }?.code == .notFound)
    }

    @Test func `what happens in a pause waits for its end`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.timer("t", .seconds(5)))
        try await script.pause()
        try await script.signal()
        try await script.sleep(.seconds(6))
        #expect(script.types().suffix(3) == [.workflowExecutionPaused, .workflowExecutionSignaled, .timerFired])
        async let next = script.pollWorkflow()
        await script.waits(1)
        try await script.unpause()
        let task = try await next
        #expect(
            task.history.events.suffix(3).map(\.eventType) == [
                .workflowExecutionUnpaused, .workflowTaskScheduled, .workflowTaskStarted,
            ]
        )
    }

    @Test func `a worker may answer the task that it has, and its activities wait`() async throws {
        let script = Script()
        try await script.start()
        let task = try await script.pollWorkflow()
        try await script.pause()
        let forced = await refusal {
            try await script.complete(task) { $0.forceCreateNewWorkflowTask = true }
        }
        #expect(forced?.code == .failedPrecondition)
        try await script.complete(task, [.activity(), .timer("t", .seconds(1))])
        // The pause came while the task was with the worker, so it stands behind what the task made.
        #expect(
            script.types().suffix(4) == [
                .workflowTaskCompleted, .activityTaskScheduled, .timerStarted, .workflowExecutionPaused,
            ]
        )
        async let activity = script.pollActivity()
        await script.waits(1)
        try await script.sleep(.seconds(3))
        #expect(script.types().last == .timerFired)
        #expect(script.server.waitingCalls == 1)
        try await script.unpause()
        #expect(try await activity.activityID == "a")
        #expect(script.types().suffix(2) == [.workflowExecutionUnpaused, .workflowTaskScheduled])
    }

    @Test func `an attempt that a worker has goes on, and the next one waits`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.activity())
        let first = try await script.pollActivity()
        try await script.pause()
        // The activity itself is not paused.
        #expect(try await script.beat(first.taskToken, "1").activityPaused == false)
        try await script.failActivity(first.taskToken)
        async let second = script.pollActivity()
        await script.waits(1)
        try await script.sleep(.seconds(30))
        #expect(script.server.waitingCalls == 1)
        try await script.unpause()
        let next = try await second
        #expect(next.attempt == 2)
        try await script.pause("2")
        try await script.completeActivity(next.taskToken)
        // The pause fails the workflow task that no worker has yet; the attempt does not need one.
        #expect(
            script.types().suffix(4) == [
                .workflowExecutionPaused, .workflowTaskFailed, .activityTaskStarted, .activityTaskCompleted,
            ]
        )
    }

    @Test func `queries are rejected and updates refused in a pause`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.timer("t", .seconds(100)))
        try await script.pause()
        let answer = try await script.call(.queryWorkflow) {
            $0.namespace = "default"
            $0.execution.workflowID = "w"
            $0.query.queryType = "state"
        }
        #expect(answer.queryRejected.status == .paused)
        let error = await refusal {
            _ = try await script.call(.updateWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = "w"
                $0.request.meta.updateID = "u"
                $0.request.input.name = "change"
            }
        }
        #expect(error?.code == .failedPrecondition)
        #expect(error?.message == "Workflow is paused. Cannot update the workflow.")
    }

    @Test func `whoever waits for a paused workflow is told`() async throws {
        let script = Script()
        try await script.start()
        try await script.pause()
        let error = await refusal { _ = try await script.closeEvent() }
        #expect(error?.message.contains("'operator' has paused it") == true)
    }

    @Test func `a reset to a point in a pause is paused`() async throws {
        let script = Script()
        try await script.start()
        let task = try await script.pollWorkflow()
        try await script.pause()
        try await script.complete(task, [.timer("t", .seconds(100))])
        try await script.unpause()
        try await script.step()
        let point = try #require(script.history().last { $0.eventType == .workflowTaskCompleted })
        func reset(to id: Int64) async throws -> String {
            try await script.call(.resetWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = "w"
                $0.workflowTaskFinishEventID = id
                $0.requestID = "\(id)"
            }
            .runID
        }
        let later = try await reset(to: point.eventID)
        #expect(try await script.describe(run: later).workflowExecutionInfo.status == .running)
    }
}

extension Script {
    fileprivate func pause(_ requestID: String = "1", id: String = "w") async throws {
        _ = try await call(.pauseWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowID = id
            $0.identity = "operator"
            $0.reason = "hold on"
            $0.requestID = requestID
        }
    }

    fileprivate func unpause() async throws {
        _ = try await call(.unpauseWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowID = "w"
            $0.identity = "operator"
            $0.reason = "go on"
        }
    }
}
