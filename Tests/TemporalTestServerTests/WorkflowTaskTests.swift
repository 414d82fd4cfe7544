import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

@Suite struct WorkflowTaskTests {
    @Test(.timeLimit(.minutes(1)))
    func `events that come during a workflow task enter the history after it`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.activity(), .timer("t", .seconds(60)))
        let activity = try await script.pollActivity()
        try await script.signal("one")
        let task = try await script.pollWorkflow()
        try await script.completeActivity(activity.taskToken)
        try await script.signal("two")
        #expect(script.types().last == .workflowTaskStarted)
        try await script.complete(task)
        #expect(
            script.types().suffix(5) == [
                .workflowTaskCompleted, .activityTaskStarted, .workflowExecutionSignaled, .activityTaskCompleted,
                .workflowTaskScheduled,
            ]
        )
        let completed = try #require(script.history().last { $0.eventType == .activityTaskCompleted })
        let started = try #require(script.history().last { $0.eventType == .activityTaskStarted })
        #expect(completed.activityTaskCompletedEventAttributes.startedEventID == started.eventID)
        try HistoryValidator.validate(script.history())
    }

    @Test(.timeLimit(.minutes(1)))
    func `a workflow does not end while there are events that it has not seen`() async throws {
        let script = Script()
        try await script.start()
        let task = try await script.pollWorkflow()
        try await script.signal()
        let error = try await #require(throws: RPCError.self) { try await script.complete(task, [.complete()]) }
        #expect(error.code == .invalidArgument)
        #expect(error.message == "UnhandledCommand")
        #expect(
            script.types().suffix(3) == [.workflowTaskFailed, .workflowExecutionSignaled, .workflowTaskScheduled]
        )
        let failed = try #require(script.history().last { $0.eventType == .workflowTaskFailed })
        #expect(failed.workflowTaskFailedEventAttributes.cause == .unhandledCommand)
        let next = try await script.pollWorkflow()
        #expect(next.attempt == 1)
        try await script.complete(next, [.complete()])
        #expect(script.types().last == .workflowExecutionCompleted)
        try HistoryValidator.validate(script.history())
    }

    @Test(.timeLimit(.minutes(1)))
    func `repeated attempts leave no events until one succeeds`() async throws {
        let script = Script()
        try await script.start()
        try await script.failTask(try await script.pollWorkflow())
        #expect(script.types().suffix(1) == [.workflowTaskFailed])
        let second = try await script.pollWorkflow()
        #expect(second.attempt == 2)
        #expect(second.history.events.map(\.eventID) == [1, 2, 3, 4, 5, 6])
        #expect(second.history.events.suffix(2).map(\.eventType) == [.workflowTaskScheduled, .workflowTaskStarted])
        #expect(script.history().count == 4)
        try await script.failTask(second)
        #expect(script.history().count == 4)
        let third = try await script.pollWorkflow()
        #expect(third.attempt == 3)
        try await script.complete(third, [.complete()])
        #expect(
            script.types() == [
                .workflowExecutionStarted, .workflowTaskScheduled, .workflowTaskStarted, .workflowTaskFailed,
                .workflowTaskScheduled, .workflowTaskStarted, .workflowTaskCompleted, .workflowExecutionCompleted,
            ]
        )
        #expect(script.history()[4].workflowTaskScheduledEventAttributes.attempt == 3)
        try HistoryValidator.validate(script.history())
    }

    @Test(.timeLimit(.minutes(1)))
    func `an event between attempts makes the next one a first attempt`() async throws {
        let script = Script()
        try await script.start()
        try await script.failTask(try await script.pollWorkflow())
        try await script.signal()
        let next = try await script.pollWorkflow()
        #expect(next.attempt == 1)
        #expect(
            script.types().suffix(3) == [.workflowExecutionSignaled, .workflowTaskScheduled, .workflowTaskStarted]
        )
        try HistoryValidator.validate(script.history())
    }

    @Test(.timeLimit(.minutes(1)))
    func `a worker that does not answer loses its task`() async throws {
        let script = Script()
        try await script.start { $0.workflowTaskTimeout = .init(.seconds(7)) }
        let task = try await script.pollWorkflow()
        script.server.advance(by: .seconds(7))
        let event = try #require(script.history().last)
        #expect(event.workflowTaskTimedOutEventAttributes.timeoutType == .startToClose)
        let error = try await #require(throws: RPCError.self) { try await script.complete(task) }
        #expect(error.code == .notFound)
        #expect(error.message == "Workflow task not found.")
        #expect(try await script.pollWorkflow().attempt == 2)
    }

    @Test(.timeLimit(.minutes(1)))
    func `the time-out grows from the fourth attempt on`() async throws {
        let script = Script()
        try await script.start()
        for _ in 1...4 { try await script.failTask(try await script.pollWorkflow()) }
        let task = try await script.pollWorkflow()
        #expect(task.attempt == 5)
        let scheduled = try #require(task.history.events.last { $0.eventType == .workflowTaskScheduled })
        #expect(Duration(scheduled.workflowTaskScheduledEventAttributes.startToCloseTimeout) == .seconds(20))
    }

    @Test(.timeLimit(.minutes(1)))
    func `the worker with the run in its cache gets only what is new`() async throws {
        var script = Script()
        script.sticky = "sticky"
        try await script.start()
        let poll = await script.stickyPoll()
        try await script.step(.timer("t", .seconds(1)))
        script.server.advance(by: .seconds(1))
        let task = try await poll.value
        #expect(task.history.events.map(\.eventID) == [4, 5, 6, 7, 8])
        #expect(task.previousStartedEventID == 3)
        let scheduled = task.history.events[3].workflowTaskScheduledEventAttributes
        #expect(scheduled.taskQueue.name == "sticky")
        #expect(scheduled.taskQueue.kind == .sticky)
        #expect(scheduled.taskQueue.normalName == "q")
    }

    @Test(.timeLimit(.minutes(1)))
    func `a sticky task that its worker does not take goes to the ordinary queue`() async throws {
        var script = Script()
        script.sticky = "sticky"
        try await script.start()
        // The worker polled a moment ago and so counts as there, but it takes nothing any more.
        let poll = await script.stickyPoll()
        try await script.step(.timer("t", .seconds(1)))
        poll.cancel()
        _ = await poll.result
        script.server.advance(by: .seconds(1))
        #expect(script.types().last == .workflowTaskScheduled)
        script.server.advance(by: .seconds(10))
        #expect(script.types().suffix(2) == [.workflowTaskTimedOut, .workflowTaskScheduled])
        let timedOut = try #require(script.history().dropLast().last)
        #expect(timedOut.workflowTaskTimedOutEventAttributes.timeoutType == .scheduleToStart)
        let task = try await script.pollWorkflow()
        #expect(task.attempt == 1)
        #expect(task.history.events.first?.eventID == 1)
        try HistoryValidator.validate(script.history())
    }

    @Test(.timeLimit(.minutes(1)))
    func `a task for a sticky queue that nobody has polled goes to the ordinary queue at once`() async throws {
        var script = Script()
        script.sticky = "sticky"
        try await script.start()
        try await script.step(.timer("t", .seconds(1)))
        script.server.advance(by: .seconds(1))
        let task = try await script.pollWorkflow()
        #expect(task.history.events.map(\.eventID) == [1, 2, 3, 4, 5, 6, 7, 8])
        // The history tells of the sticky queue nevertheless, as that of the real server does.
        let scheduled = try #require(task.history.events.last { $0.eventType == .workflowTaskScheduled })
        #expect(scheduled.workflowTaskScheduledEventAttributes.taskQueue.name == "sticky")
    }

    @Test(.timeLimit(.minutes(1)))
    func `a worker that has shut down gets no sticky tasks`() async throws {
        var script = Script()
        script.sticky = "sticky"
        try await script.start()
        let poll = await script.stickyPoll()
        try await script.step(.timer("t", .seconds(1)))
        _ = try await script.call(.shutdownWorker) {
            $0.namespace = "default"
            $0.stickyTaskQueue = "sticky"
        }
        #expect(try await poll.value.taskToken.isEmpty)
        script.server.advance(by: .seconds(1))
        let task = try await script.pollWorkflow()
        #expect(task.history.events.first?.eventID == 1)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a heartbeat of a workflow task brings the next task at once`() async throws {
        let script = Script()
        try await script.start()
        let task = try await script.pollWorkflow()
        let response = try await script.complete(task) {
            $0.returnNewWorkflowTask = true
            $0.forceCreateNewWorkflowTask = true
        }
        #expect(response.workflowTask.startedEventID == 6)
        #expect(response.workflowTask.history.events.map(\.eventID) == [4, 5, 6])
        try await script.complete(response.workflowTask, [.complete()])
        try HistoryValidator.validate(script.history())
    }

    @Test(.timeLimit(.minutes(1)))
    func `a timer can be cancelled before and after it fired`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.timer("late", .seconds(5)), .timer("early", .seconds(1)))
        try await script.signal()
        let task = try await script.pollWorkflow()
        script.server.advance(by: .seconds(2))
        try await script.complete(task, [.cancelTimer("early"), .cancelTimer("late")])
        #expect(!script.types().contains(.timerFired))
        #expect(script.types().suffix(2) == [.timerCanceled, .timerCanceled])
        try HistoryValidator.validate(script.history())
    }

    @Test(.timeLimit(.minutes(1)))
    func `nothing may follow the command that ends the run`() async throws {
        let script = Script()
        try await script.start()
        let task = try await script.pollWorkflow()
        let error = try await #require(throws: RPCError.self) {
            try await script.complete(task, [.complete(), .timer("t", .seconds(1))])
        }
        #expect(error.code == .invalidArgument)
        #expect(error.message.contains("CompleteWorkflowExecution must be the last command"))
    }
}
