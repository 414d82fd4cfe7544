import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import TemporalTesting
import Testing

/// Assertions on histories, reports of failures, coverage, and the check that every history is sound.
@Suite(.timeLimit(.minutes(2))) struct HistoryAndReportTests {
    // MARK: D7

    private func purchase() async throws -> WorkflowHistory {
        try await TestWorkflowEnvironment.run(workflows: [Evening.self]) { env in
            env.mock(Till.charge).returns("paid").after(.seconds(2))
            let handle = try await env.startWorkflow(Evening.self)
            try await handle.result()
            return try await handle.history()
        }
    }

    @Test func `patterns find events, count them, and know their order`() async throws {
        let history = try await purchase()
        try history.expect(
            .timerStarted(.seconds(60)),
            .timerFired(),
            .activityScheduled(Till.charge),
            .workflowCompleted
        )
        #expect(history.contains(.timerFired(.seconds(60)), .activityCompleted(Till.charge)))
        #expect(!history.contains(.activityCompleted(Till.charge), .timerFired()))
        #expect(history.count(of: .timerStarted()) == 1)
        #expect(history.count(of: .timerStarted(.seconds(61))) == 0)
        #expect(history.count(of: .activityFailed(Till.charge)) == 0)
        #expect(history.count(of: EventPattern("anything") { _, _ in true }) == history.count)
    }

    @Test func `a missing event is named with the one before it, and the history is shown`() async throws {
        let history = try await purchase()
        let error = #expect(throws: HistoryMismatch.self) { try history.expect(.timerFired(), .workflowFailed) }
        let text = try #require(error?.description)
        #expect(text.hasPrefix("The history has no WorkflowExecutionFailed after TimerFired. It is:"))
        #expect(text.contains("+62s WorkflowExecutionCompleted"))
    }

    static let snapshot = """
        +0s WorkflowExecutionStarted Evening
        +0s WorkflowTask
        +0s TimerStarted 1 60.0 seconds
        +60s TimerFired 1
        +60s WorkflowTask
        +60s ActivityTaskScheduled 1 charge
        +60s ActivityTaskStarted
        +62s ActivityTaskCompleted
        +62s WorkflowTask
        +62s WorkflowExecutionCompleted
        """

    @Test func `a snapshot is the same whenever the same happens`() async throws {
        try await purchase().expectSnapshot(Self.snapshot)
        let value1 = try await purchase().snapshot()
        #expect(value1 == Self.snapshot)
    }

    @Test func `a change of the history is shown line by line`() async throws {
        let history = try await purchase()
        let error = #expect(throws: HistoryMismatch.self) {
            try history.expectSnapshot(Self.snapshot.replacing("+60s TimerFired 1", with: "+50s TimerFired 1"))
        }
        #expect(error?.description.contains("\n- +50s TimerFired 1\n+ +60s TimerFired 1\n") == true)
    }

    // MARK: D8

    @Test func `a failure shows what happened, what was called, what was open, and the seed`() async throws {
        var options = TestEnvironmentOptions()
        options.startTime = Date(timeIntervalSince1970: 1_000_000)
        options.seed = 7
        let failure = await failure(of: [Gate.self, CarelessPurchase.self], options: options) { env in
            env.mock(Till.charge).returns("once").times(1)
            let gate = WorkflowOptions(id: "gate", taskQueue: env.options.taskQueue)
            _ = try await env.startWorkflow(Gate.self, options: gate)
            try await env.waitUntilIdle()
            for id in ["first", "second"] {
                let options = WorkflowOptions(id: id, taskQueue: env.options.taskQueue)
                _ = try await env.executeWorkflow(CarelessPurchase.self, options: options)
                try await env.sleep(for: .milliseconds(1500))
            }
        }
        let line = try #require(failure?.problems.first?.firstMatch(of: #/HistoryAndReportTests.swift:(\d+)/#)?.1)
        let problem =
            "Activity 'charge' was called (attempt 1), but no mock of it expects this call: mock at "
            + "TemporalTestingTests/HistoryAndReportTests.swift:\(line): 1 of at most 1 calls."
        #expect(
            failure?.description == """
                - \(problem)
                Seed: 7; TEMPORAL_TEST_SEED=7 repeats it.
                What happened:
                  +0s gate 1 WorkflowExecutionStarted Gate
                  +0s gate 2 WorkflowTaskScheduled
                  +0s gate 3 WorkflowTaskStarted
                  +0s gate 4 WorkflowTaskCompleted
                  +0s first 1 WorkflowExecutionStarted CarelessPurchase
                  +0s first 2 WorkflowTaskScheduled
                  +0s first 3 WorkflowTaskStarted
                  +0s first 4 WorkflowTaskCompleted
                  +0s first 5 ActivityTaskScheduled 1 charge
                  +0s first 6 ActivityTaskStarted
                  +0s first 7 ActivityTaskCompleted
                  +0s first 8 WorkflowTaskScheduled
                  +0s first 9 WorkflowTaskStarted
                  +0s first 10 WorkflowTaskCompleted
                  +0s first 11 WorkflowExecutionCompleted
                  +1.5s second 1 WorkflowExecutionStarted CarelessPurchase
                  +1.5s second 2 WorkflowTaskScheduled
                  +1.5s second 3 WorkflowTaskStarted
                  +1.5s second 4 WorkflowTaskCompleted
                  +1.5s second 5 ActivityTaskScheduled 1 charge
                  +1.5s second 6 ActivityTaskStarted
                  +1.5s second 7 ActivityTaskFailed application(UnexpectedActivityCall) nonRetryableFailure
                  +1.5s second 8 WorkflowTaskScheduled
                  +1.5s second 9 WorkflowTaskStarted
                  +1.5s second 10 WorkflowTaskCompleted
                  +1.5s second 11 WorkflowExecutionCompleted
                Calls of activities and mocks:
                  +0s activity 'charge' (1) returned "once"
                  +1.5s activity 'charge' (1) threw ApplicationError: \(problem)
                What was open at the end:
                  workflow 'gate' (Gate)
                    code: run waits for a condition
                """
        )
    }

    // MARK: D9

    @Test func `what the tests have not reached is listed`() async throws {
        let coverage = TestCoverage(of: [Gate.self, Nap.self])
        var options = TestEnvironmentOptions()
        options.coverage = coverage
        try await TestWorkflowEnvironment.run(workflows: [Gate.self, Changed.self], options: options) { env in
            env.mock(Till.charge).returns("paid")
            let gate = try await env.startWorkflow(Gate.self)
            let value2 = try await gate.query(Gate.seen)
            #expect(value2 == [])
            try await gate.signal(Gate.open)
            _ = try await gate.result()
            try await env.executeWorkflow(Changed.self)
        }
        #expect(
            coverage.gaps == [
                "activity 'charge' of workflow 'Changed' did not fail",
                "signal 'note' of workflow 'Gate' did not come",
                "the old way of patch 'dearer' of workflow 'Changed' was not taken",
                "update 'openLater' of workflow 'Gate' did not come",
                "workflow 'Nap' did not run",
            ]
        )
        options.withheldPatches = ["dearer"]
        try await TestWorkflowEnvironment.run(workflows: [Gate.self, Changed.self, Nap.self], options: options) { env in
            env.mock(Till.charge).fails(ApplicationError("no", nonRetryable: true))
            let gate = try await env.startWorkflow(Gate.self)
            try await gate.signal(Gate.note, "x")
            _ = try await gate.executeUpdate(Gate.openLater, 1)
            _ = try? await env.executeWorkflow(Changed.self)
            try await env.executeWorkflow(Nap.self, 1)
        }
        #expect(coverage.gaps == [])
    }

    @Test func `environments with one coverage do not take the workflows of others for their own`() async throws {
        let coverage = TestCoverage()
        var options = TestEnvironmentOptions()
        options.coverage = coverage
        var ids: Set<String> = []
        try await TestWorkflowEnvironment.run(workflows: [Ordering.self], options: options) { env in
            let ordering = try await env.startWorkflow(Ordering.self)
            #expect(try await ordering.query(Ordering.state) == "ordered")
            ids.insert(ordering.id)
        }
        try await TestWorkflowEnvironment.run(workflows: [Dispatching.self], options: options) { env in
            let dispatching = try await env.startWorkflow(Dispatching.self)
            try await dispatching.result()
            ids.insert(dispatching.id)
        }
        // Both have the id that comes first by default.
        #expect(ids.count == 1)
        #expect(coverage.gaps == ["query 'state' of workflow 'Dispatching' did not come"])
    }

    @Test func `a query belongs to the workflow that has the id at that time`() async throws {
        let coverage = TestCoverage()
        var options = TestEnvironmentOptions()
        options.coverage = coverage
        let types: [any Workflow.Type] = [Ordering.self, Dispatching.self]
        try await TestWorkflowEnvironment.run(workflows: types, options: options) { env in
            let start = WorkflowOptions(id: "one", taskQueue: env.options.taskQueue)
            let ordering = try await env.startWorkflow(Ordering.self, options: start)
            #expect(try await env.client.workflowHandle(id: "one").query("state", as: String.self) == "ordered")
            try await ordering.terminate()
            try await env.executeWorkflow(Dispatching.self, options: start)
        }
        #expect(coverage.gaps == ["query 'state' of workflow 'Dispatching' did not come"])
    }

    // MARK: V3

    /// The history of a run with some of everything.
    private func rich() async throws -> [APIHistoryEvent] {
        try await TestWorkflowEnvironment.run(workflows: [Rich.self, Nap.self]) { env in
            env.mock(Till.charge).returns("paid")
            let handle = try await env.startWorkflow(Rich.self)
            try await env.sleep(for: .seconds(1))
            try await handle.executeUpdate(Rich.answer)
            try await handle.result()
            return env.server.history(workflowID: handle.id)
        }
    }

    @Test func `each corruption of a history is found`() async throws {
        let events = try await rich()
        try HistoryValidator.validate(events)
        #expect(events.count > 25)
        var corruptions = 0

        func expectFound(_ what: String, _ change: (inout [APIHistoryEvent]) -> Void) {
            var copy = events
            change(&copy)
            corruptions += 1
            #expect(throws: HistoryValidator.Problem.self, "\(what)") { try HistoryValidator.validate(copy) }
        }

        for index in events.indices {
            let name = "\(events[index].eventType)"
            // Without its last event a history is one that has not ended.
            if index + 1 < events.count { expectFound("\(name) is missing") { $0.remove(at: index) } }
            expectFound("\(name) has the wrong number") { $0[index].eventID += 1 }
            if index > 0 {
                expectFound("\(name) happened before the run began") { $0[index].eventTime.seconds -= 1_000_000 }
            }
            if events[index].eventType.isClose { continue }
            expectFound("\(name) comes after the end") { events in
                var event = events[index]
                event.eventID = Int64(events.count) + 1
                events.append(event)
            }
        }
        expectFound("a run begins twice") { events in
            events[1] = events[0]
            events[1].eventID = 2
        }
        for (index, event) in events.enumerated() {
            switch event.attributes {
            case .timerFiredEventAttributes(let timer):
                expectFound("a timer fires that did not start") { events in
                    events[index].timerFiredEventAttributes.startedEventID = timer.startedEventID - 1
                }
            case .activityTaskCompletedEventAttributes(let end):
                expectFound("an activity completes that was not scheduled") { events in
                    events[index].activityTaskCompletedEventAttributes.scheduledEventID = end.startedEventID
                }
            case .workflowTaskCompletedEventAttributes(let end):
                expectFound("a task completes that did not start") { events in
                    events[index].workflowTaskCompletedEventAttributes.startedEventID = end.scheduledEventID
                }
            case .childWorkflowExecutionCompletedEventAttributes(let end):
                expectFound("a child completes that did not start") { events in
                    events[index].childWorkflowExecutionCompletedEventAttributes.startedEventID = end.initiatedEventID
                }
            case .workflowExecutionUpdateCompletedEventAttributes:
                expectFound("an update completes that was not accepted") { events in
                    events[index].workflowExecutionUpdateCompletedEventAttributes.acceptedEventID = 1
                }
            default: break
            }
        }
        #expect(corruptions > 80)
    }
}

@Workflow private actor Ordering {
    func run() async throws { try await context.sleep(.seconds(60)) }

    @Query func state() -> String { "ordered" }
}

@Workflow private actor Dispatching {
    func run() async throws { try await context.sleep(.seconds(60)) }

    @Query func state() -> String { "dispatched" }
}

@Workflow private actor Evening {
    func run() async throws {
        try await context.sleep(.seconds(60))
        _ = try await context.executeActivity(Till.charge, 1, startToCloseTimeout: .seconds(10))
    }
}

@Workflow private actor Changed {
    func run() async throws {
        let cents = context.patched("dearer") ? 2 : 1
        _ = try await context.executeActivity(Till.charge, cents, startToCloseTimeout: .seconds(10))
    }
}

@Workflow private actor Rich {
    private var isAnswered = false

    func run() async throws {
        try await context.waitCondition { self.isAnswered }
        _ = try await context.executeActivity(Till.charge, 1, startToCloseTimeout: .seconds(10))
        try await context.executeChildWorkflow(Nap.self, 5)
        try await context.sleep(.seconds(1))
    }

    @Update func answer() async throws {
        try await context.sleep(.seconds(1))
        isAnswered = true
    }
}
