import Foundation
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalTesting
import Testing

/// What a test waits for lets time pass, and no more of it than that needs.
///
/// A workflow sleeps beside each wait, for longer than the wait needs: a clock that skips once too often wakes it.
@Suite(.timeLimit(.minutes(2))) struct WaitTests {
    // MARK: C5

    /// What a test can wait for.
    enum Wait: String, CaseIterable, CustomTestStringConvertible {
        case result, update, updateHandle, signalled, activity, standaloneActivity, sleep, query, history, schedule
        case describe, count, list

        var testDescription: String { rawValue }

        /// How long it takes, in seconds, by the environment's clock.
        var seconds: TimeInterval {
            switch self {
            // The workflow task that is to answer it is lost, and comes again when its time is up.
            case .query: 10
            // They tell how things are now.
            case .describe, .count, .list: 0
            default: 3600
            }
        }

        var options: TestEnvironmentOptions {
            var options = TestEnvironmentOptions()
            options.startTime = Date(timeIntervalSince1970: 1_699_999_200)
            if self == .query { options.faults = [Fault(.lostTask, of: "PollWorkflowTaskQueue")] }
            return options
        }
    }

    @Test(arguments: Wait.allCases)
    func `time passes for what the test waits for, and not a moment longer`(_ wait: Wait) async throws {
        try await TestWorkflowEnvironment.run(
            workflows: [Gate.self, Nap.self, Purchase.self, Opener.self],
            options: wait.options
        ) { env in
            let start = env.now
            // Its first task is the first that a worker takes, and the one that is lost.
            let gate = try await env.startWorkflow(Gate.self)
            let nap = try await env.startWorkflow(Nap.self, 7200)
            try await call(for: wait, gate, env)
            #expect(env.now.timeIntervalSince(start) == wait.seconds)
            if wait.seconds == 0 { try await env.waitUntilIdle() }
            let events = try await gate.history().count
            try await env.waitUntilIdle()
            #expect(try await nap.describe().status == .running)
            #expect(try await gate.history().count == events)
            #expect(env.now.timeIntervalSince(start) == wait.seconds)
            // There was something to skip to.
            try await nap.result()
            #expect(env.now.timeIntervalSince(start) == 7200)
        }
    }

    private func call(for wait: Wait, _ gate: WorkflowHandle<Gate>, _ env: TestWorkflowEnvironment) async throws {
        switch wait {
        case .result:
            try await env.executeWorkflow(Nap.self, 3600)
        case .update:
            let notes = try await gate.executeUpdate(Gate.openLater, 3600)
            #expect(notes == 0)
        case .updateHandle:
            let update = try await gate.startUpdate(Gate.openLater, 3600)
            let notes = try await update.result()
            #expect(notes == 0)
        case .signalled:
            env.schedule(after: .seconds(3600)) { try await gate.signal(Gate.open) }
            _ = try await gate.result()
        case .activity:
            env.mock(Till.charge).returns("late").after(.seconds(3600))
            let receipt = try await env.executeWorkflow(Purchase.self, .init(startToClose: 7000))
            #expect(receipt == "late")
        case .standaloneActivity:
            env.mock(Till.charge).returns("late").after(.seconds(3600))
            let options = ActivityOptions(
                id: "charge",
                taskQueue: env.options.taskQueue,
                startToCloseTimeout: .seconds(7000)
            )
            let receipt = try await env.executeActivity(Till.charge, 1, options: options)
            #expect(receipt == "late")
        case .sleep:
            try await env.sleep(for: .seconds(3600))
        case .query:
            let notes = try await gate.query(Gate.seen)
            #expect(notes == [])
        case .history:
            let other = try await env.startWorkflow(Nap.self, 3600)
            var last = ""
            for try await event in try await other.untyped.events(followsRun: true) { last = event.type }
            #expect(last == "WorkflowExecutionCompleted")
        case .schedule:
            let start = WorkflowOptions(id: "opener", taskQueue: env.options.taskQueue)
            let schedule = try await env.client.schedules.create(
                id: "hourly",
                Schedule(
                    action: .startWorkflow(Opener.self, gate.id, options: start),
                    spec: ScheduleSpec(intervals: [ScheduleInterval(every: .seconds(3600))])
                )
            )
            _ = try await gate.result()
            try await schedule.delete()
        case .describe:
            #expect(try await gate.describe().status == .running)
        case .count:
            _ = try await env.client.countWorkflows("WorkflowType = 'Nap'")
        case .list:
            _ = try await env.client.listWorkflows("WorkflowType = 'Nap'").all()
        }
    }

    /// What a client of Temporal's own test server can get wrong: it lets time skip until the answer has come to it, which is
    /// later than the service gave it.
    @Test func `nothing goes on behind the result that the test waited for`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Gate.self, Nap.self]) { env in
            let start = env.now
            let nap = try await env.startWorkflow(Nap.self, 7200)
            let gate = try await env.startWorkflow(Gate.self)
            async let result = gate.result()
            _ = try await gate.executeUpdate(Gate.openLater, 3600)
            _ = try await result
            let events = try await gate.history().count
            let eventsBeside = try await nap.history().count
            #expect(env.now.timeIntervalSince(start) == 3600)
            #expect(env.server.jumps == 1)
            try await env.waitUntilIdle()
            #expect(try await gate.history().count == events)
            #expect(try await nap.history().count == eventsBeside)
            #expect(try await nap.describe().status == .running)
            #expect(env.now.timeIntervalSince(start) == 3600)
            #expect(env.server.jumps == 1)
        }
    }
}

/// Opens a gate.
@Workflow private actor Opener {
    func run(_ id: String) async throws {
        try await context.externalWorkflow(id: id).signal(Gate.open)
    }
}
