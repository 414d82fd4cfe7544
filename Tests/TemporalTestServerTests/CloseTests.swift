import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

@Suite struct CloseTests {
    @Test(.timeLimit(.minutes(1)))
    func `a cancellation is asked for once, and the workflow decides`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.timer("t", .seconds(60)))
        for _ in 1...2 {
            _ = try await script.call(.requestCancelWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = "w"
                $0.reason = "enough"
                $0.identity = "client"
            }
        }
        #expect(script.types().filter { $0 == .workflowExecutionCancelRequested }.count == 1)
        #expect(try await script.describe().workflowExtendedInfo.cancelRequested)
        try await script.step(.cancel)
        #expect(script.types().last == .workflowExecutionCanceled)
        #expect(try await script.describe().workflowExecutionInfo.status == .canceled)
        let error = try await #require(throws: RPCError.self) { try await script.signal() }
        #expect(error.code == .notFound)
        #expect(error.message == "workflow execution already completed")
        try HistoryValidator.validate(script.history())
    }

    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
    func `a termination ends the run at once, and takes the task from its worker`(started: Bool) async throws {
        let script = Script()
        try await script.start()
        let task = started ? try await script.pollWorkflow() : nil
        _ = try await script.call(.terminateWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = "w"
            $0.reason = "gone"
            $0.details = payloads("why")
            $0.identity = "client"
        }
        #expect(script.types().last == .workflowExecutionTerminated)
        #expect(script.types().contains(.workflowTaskFailed) == started)
        if let task {
            let error = try await #require(throws: RPCError.self) { try await script.complete(task, [.complete()]) }
            #expect(error.code == .notFound)
        }
        try HistoryValidator.validate(script.history())
    }

    @Test(.timeLimit(.minutes(1)))
    func `a chain of continue-as-new keeps its first run and begins a second apart`() async throws {
        let script = Script()
        let first = try await script.start { $0.memo.fields["note"] = payloads("kept").payloads[0] }
        async let last = script.closeEvent("w", run: first.runID)
        try await script.step(.continueAsNew("two"))
        let event = try await last.workflowExecutionContinuedAsNewEventAttributes
        #expect(event.initiator == .unspecified)
        #expect(event.input.text == "two")
        async let end = script.closeEvent("w", run: event.newExecutionRunID)
        let task = try await script.step(.complete())
        #expect(task.workflowExecution.runID == event.newExecutionRunID)
        _ = try await end
        #expect(script.elapsed == .seconds(1))
        let started = script.history()[0].workflowExecutionStartedEventAttributes
        #expect(started.initiator == .workflow)
        #expect(started.continuedExecutionRunID == first.runID)
        #expect(started.firstExecutionRunID == first.runID)
        #expect(started.originalExecutionRunID == event.newExecutionRunID)
        #expect(started.input.text == "two")
        // The next run gets the memo that the command names, and no other.
        #expect(started.memo.fields.isEmpty)
        #expect(try await script.describe("w", run: first.runID).workflowExecutionInfo.status == .continuedAsNew)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a workflow with a retry policy is tried again in new runs`() async throws {
        let script = Script()
        let first = try await script.start {
            $0.retryPolicy.initialInterval = .init(.seconds(5))
            $0.retryPolicy.maximumAttempts = 2
            $0.input = payloads("in")
        }
        try await script.step(.fail("once"))
        let failed = try #require(script.history(run: first.runID).last?.workflowExecutionFailedEventAttributes)
        #expect(failed.retryState == .inProgress)
        #expect(!failed.newExecutionRunID.isEmpty)
        async let end = script.closeEvent("w", run: failed.newExecutionRunID)
        try await script.step(.fail("twice"))
        let last = try await end.workflowExecutionFailedEventAttributes
        #expect(script.elapsed == .seconds(5))
        #expect(last.retryState == .maximumAttemptsReached)
        #expect(last.newExecutionRunID.isEmpty)
        let started = script.history()[0].workflowExecutionStartedEventAttributes
        #expect(started.attempt == 2)
        #expect(started.initiator == .retry)
        #expect(started.continuedFailure.message == "once")
        #expect(started.input.text == "in")
    }

    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
    func `a run times out at the moment of its limit`(execution: Bool) async throws {
        let script = Script(policy: .skip)
        try await script.start {
            if execution {
                $0.workflowExecutionTimeout = .init(.seconds(20))
            } else {
                $0.workflowRunTimeout = .init(.seconds(20))
            }
        }
        try await script.step(.timer("t", .seconds(60)))
        let event = try await script.closeEvent()
        #expect(script.elapsed == .seconds(20))
        #expect(event.eventType == .workflowExecutionTimedOut)
        #expect(
            event.workflowExecutionTimedOutEventAttributes.retryState == (execution ? .timeout : .retryPolicyNotSet)
        )
        #expect(try await script.describe().workflowExecutionInfo.status == .timedOut)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a cron workflow runs at the times of its schedule, with the last result`() async throws {
        let script = Script()
        // The clock starts at 22:13:20 UTC.
        let first = try await script.start { $0.cronSchedule = "*/5 * * * *" }
        async let end = script.closeEvent("w", run: first.runID)
        try await script.step(.complete("one"))
        let completed = try await end.workflowExecutionCompletedEventAttributes
        #expect(script.elapsed == .seconds(100))
        async let next = script.closeEvent("w", run: completed.newExecutionRunID)
        try await script.step(.fail("no"))
        let failed = try await next.workflowExecutionFailedEventAttributes
        #expect(script.elapsed == .seconds(400))
        let started = script.history("w", run: completed.newExecutionRunID)[0].workflowExecutionStartedEventAttributes
        #expect(started.lastCompletionResult.text == "one")
        #expect(started.initiator == .cronSchedule)
        let third = script.history("w", run: failed.newExecutionRunID)[0].workflowExecutionStartedEventAttributes
        #expect(third.lastCompletionResult.text == "one")
        #expect(third.continuedFailure.message == "no")
    }

    @Test(.timeLimit(.minutes(1)))
    func `a child reports how it ended, and is ended with its parent`() async throws {
        let script = Script()
        try await script.start()
        func child(_ id: String) -> APICommand {
            .with {
                $0.commandType = .startChildWorkflowExecution
                $0.startChildWorkflowExecutionCommandAttributes.workflowID = id
                $0.startChildWorkflowExecutionCommandAttributes.workflowType.name = "Child"
            }
        }
        try await script.step(child("one"), child("two"))
        #expect(
            script.types().suffix(3) == [
                .childWorkflowExecutionStarted, .workflowTaskScheduled, .childWorkflowExecutionStarted,
            ]
        )
        // Three tasks wait: one of each child, and the parent's, which hears of the first child's end.
        for _ in 1...3 {
            let task = try await script.pollWorkflow()
            switch task.workflowExecution.workflowID {
            case "one":
                try await script.complete(task, [.complete("from the child")])
                #expect(script.types().last == .childWorkflowExecutionCompleted)
            case "two":
                try await script.complete(task)
            default:
                #expect(task.history.events.contains { $0.eventType == .childWorkflowExecutionCompleted })
                try await script.complete(task)
            }
        }
        try await script.signal()
        try await script.step(.complete())
        #expect(script.types("two").last == .workflowExecutionTerminated)
        let terminated = try #require(script.history("two").last?.workflowExecutionTerminatedEventAttributes)
        #expect(terminated.reason == "by parent close policy")
        for id in ["w", "one", "two"] { try HistoryValidator.validate(script.history(id)) }
    }
}
