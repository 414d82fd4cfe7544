import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import TemporalTesting
import Testing

/// Every deadline of the service is on the environment's clock: what comes of it, and exactly when.
@Suite(.timeLimit(.minutes(2))) struct DeadlineTableTests {
    /// One kind of deadline.
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var plan = Purchase.Plan()
        var timeout: TimeoutError.Kind?
        /// What the history has of it, and when.
        var event: String

        var testDescription: String { name }
    }

    static let rows = [
        Row(
            name: "schedule to start",
            plan: .init(scheduleToStart: 7),
            timeout: .scheduleToStart,
            event: "+7s ActivityTaskTimedOut timeout(scheduleToStart) timeout"
        ),
        Row(
            name: "schedule to close",
            plan: .init(startToClose: nil, scheduleToClose: 30),
            timeout: .scheduleToClose,
            event: "+30s ActivityTaskTimedOut timeout(scheduleToClose) timeout"
        ),
        Row(
            name: "start to close",
            plan: .init(startToClose: 10),
            timeout: .startToClose,
            event: "+10s ActivityTaskTimedOut timeout(startToClose) maximumAttemptsReached"
        ),
        Row(
            name: "start to close, with a heartbeat timeout that does not come first",
            plan: .init(startToClose: 10, heartbeat: 2),
            timeout: .startToClose,
            event: "+10s ActivityTaskTimedOut timeout(startToClose) maximumAttemptsReached"
        ),
        Row(
            name: "heartbeat",
            plan: .init(startToClose: 10, heartbeat: 2),
            timeout: .heartbeat,
            event: "+2s ActivityTaskTimedOut timeout(heartbeat) maximumAttemptsReached"
        ),
        Row(
            name: "schedule to close, in the middle of attempts",
            plan: .init(startToClose: 4, scheduleToClose: 20, attempts: nil),
            timeout: .startToClose,
            // Attempts at 0 s, 5 s, 11 s; the one after 4 s more of back-off would begin at 19 s and end after 20 s.
            event: "+20s ActivityTaskTimedOut timeout(scheduleToClose) < timeout(startToClose) timeout"
        ),
    ]

    @Test(arguments: rows)
    func `timeouts of activities come at their moments`(_ row: Row) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self]) { env in
            env.mock(Till.charge).timesOut(try #require(row.timeout))
            let handle = try await env.startWorkflow(Purchase.self, row.plan)
            await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            let lines = try await handle.history().snapshot().split(separator: "\n").map(String.init)
            let expected = row.event.split(separator: " ")
            #expect(
                lines.contains { line in
                    let words = line.split(separator: " ")
                    return words.starts(with: expected)
                },
                "\(lines)"
            )
        }
    }

    @Test func `an activity that has no such timeout fails the test that lets it run into one`() async {
        let failure = await failure(of: [Purchase.self]) { env in
            env.mock(Till.charge).timesOut(.heartbeat)
            _ = try? await env.executeWorkflow(Purchase.self, .init())
        }
        #expect(
            failure?.problems == [
                "Activity 'charge' cannot run into its heartbeat timeout: it was scheduled without one."
            ]
        )
    }

    @Test func `a workflow task that is lost times out after ten seconds`() async throws {
        var options = TestEnvironmentOptions()
        options.faults = [Fault(.lostTask, of: "PollWorkflowTaskQueue")]
        try await TestWorkflowEnvironment.run(workflows: [Nap.self], options: options) { env in
            let handle = try await env.startWorkflow(Nap.self, 5)
            try await handle.result()
            let snapshot = try await handle.history().snapshot()
            #expect(snapshot.contains("+10s WorkflowTaskTimedOut startToClose"))
            #expect(snapshot.contains("+15s WorkflowExecutionCompleted"))
        }
    }

    @Test(arguments: [true, false])
    func `runs and executions time out`(_ isRun: Bool) async throws {
        var options = TestEnvironmentOptions()
        options.stallPolicy = .skip
        try await TestWorkflowEnvironment.run(workflows: [Gate.self], options: options) { env in
            var start = WorkflowOptions(id: "gate", taskQueue: env.options.taskQueue)
            if isRun { start.runTimeout = .seconds(90) } else { start.executionTimeout = .seconds(90) }
            let handle = try await env.startWorkflow(Gate.self, options: start)
            await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            #expect(try await handle.history().snapshot().contains("+90s WorkflowExecutionTimedOut"))
        }
    }

    @Test func `activities wait between attempts by the server's rule, one hundred times the first wait at most`()
        async throws
    {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self]) { env in
            let mock = env.mock(Till.charge).fails(ApplicationError("busy")).times(10)
            await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Purchase.self, .init(attempts: 10))
            }
            let starts = mock.calls.map(\.startedTime)
            let waits = zip(starts.dropFirst(), starts).map { $0.timeIntervalSince($1) }
            #expect(waits == [1, 2, 4, 8, 16, 32, 64, 100, 100])
        }
    }

    @Test func `a workflow is tried again after its back-off`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Failing.self]) { env in
            var start = WorkflowOptions(id: "failing", taskQueue: env.options.taskQueue)
            start.retryPolicy = RetryPolicy(initialInterval: .seconds(30), maximumAttempts: 3)
            let began = env.now
            await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Failing.self, options: start)
            }
            #expect(env.now.timeIntervalSince(began) == 90)
        }
    }

    @Test func `a cron schedule starts runs at its times`() async throws {
        var options = TestEnvironmentOptions()
        options.startTime = Date(timeIntervalSince1970: 1_699_999_200)
        try await TestWorkflowEnvironment.run(workflows: [Counting.self], options: options) { env in
            let start = WorkflowOptions(id: "cron", taskQueue: env.options.taskQueue, cronSchedule: "0 * * * *")
            let handle = try await env.startWorkflow(Counting.self, options: start)
            try await env.sleep(for: .seconds(5 * 3600 + 1))
            let starts = env.server.runs().map { env.server.history(workflowID: $0.workflowID, runID: $0.runID) }
                .compactMap { $0.first { $0.eventType == .workflowTaskStarted }?.eventTime.seconds }
            #expect(starts.count == 5)
            #expect(Set(zip(starts.dropFirst(), starts).map { $0 - $1 }) == [3600])
            try await handle.terminate()
        }
    }

    @Test func `a start delay passes before the first task`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Nap.self]) { env in
            let start = WorkflowOptions(id: "late", taskQueue: env.options.taskQueue, startDelay: .seconds(600))
            let began = env.now
            try await env.executeWorkflow(Nap.self, 60, options: start)
            #expect(env.now.timeIntervalSince(began) == 660)
        }
    }

    @Test func `a schedule starts workflows at its times`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Counting.self]) { env in
            _ = try await env.client.service.call(
                .createSchedule,
                .with {
                    $0.namespace = "default"
                    $0.scheduleID = "hourly"
                    $0.requestID = "1"
                    $0.schedule.spec.interval = [.with { $0.interval = .init(seconds: 3600) }]
                    $0.schedule.action.startWorkflow = .with {
                        $0.workflowID = "counting"
                        $0.workflowType.name = "Counting"
                        $0.taskQueue.name = env.options.taskQueue
                    }
                },
                options: .default
            )
            try await env.sleep(for: .seconds(24 * 3600))
            #expect(env.server.runs().count == 24)
        }
    }

    @Test func `heartbeats of a real activity reach the service at their moments`() async throws {
        try await TestWorkflowEnvironment.run(
            workflows: [Purchase.self],
            activities: [Beating(clock: .test)]
        ) { env in
            // It reports every second for a minute; the worker passes on one in eight seconds, and the timeout is ten.
            let value1 = try await env.executeWorkflow(Purchase.self, .init(startToClose: 100, heartbeat: 10))
            #expect(value1 == "alive")
        }
    }
}

@Activities private struct Beating {
    let clock: TestClock

    @Activity(name: "charge") func charge(_ cents: Int) async throws -> String {
        for second in 0..<60 {
            try ActivityContext.current.heartbeat(second)
            try await clock.sleep(for: .seconds(1))
        }
        return "alive"
    }
}

@Workflow private actor Failing {
    func run() async throws { throw ApplicationError("no") }
}

@Workflow private actor Counting {
    func run() async throws -> Int { 1 }
}
