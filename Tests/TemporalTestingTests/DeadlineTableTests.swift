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
        try await expectNoWait {
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
        try await expectNoWait {
            try await TestWorkflowEnvironment.run(workflows: [Nap.self], options: options) { env in
                let handle = try await env.startWorkflow(Nap.self, 5)
                try await handle.result()
                let snapshot = try await handle.history().snapshot()
                #expect(snapshot.contains("+10s WorkflowTaskTimedOut startToClose"))
                #expect(snapshot.contains("+15s WorkflowExecutionCompleted"))
            }
        }
    }

    @Test(arguments: [true, false])
    func `runs and executions time out`(_ isRun: Bool) async throws {
        var options = TestEnvironmentOptions()
        options.stallPolicy = .skip
        try await expectNoWait {
            try await TestWorkflowEnvironment.run(workflows: [Gate.self], options: options) { env in
                var start = WorkflowOptions(id: "gate", taskQueue: env.options.taskQueue)
                if isRun { start.runTimeout = .seconds(90) } else { start.executionTimeout = .seconds(90) }
                let handle = try await env.startWorkflow(Gate.self, options: start)
                await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
                #expect(try await handle.history().snapshot().contains("+90s WorkflowExecutionTimedOut"))
            }
        }
    }

    @Test func `activities wait between attempts by the server's rule, one hundred times the first wait at most`()
        async throws
    {
        try await expectNoWait {
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
    }

    @Test func `a workflow is tried again after its back-off`() async throws {
        try await expectNoWait {
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
    }

    @Test func `a start delay passes before the first task`() async throws {
        try await expectNoWait {
            try await TestWorkflowEnvironment.run(workflows: [Nap.self]) { env in
                let start = WorkflowOptions(id: "late", taskQueue: env.options.taskQueue, startDelay: .seconds(600))
                let began = env.now
                try await env.executeWorkflow(Nap.self, 60, options: start)
                #expect(env.now.timeIntervalSince(began) == 660)
            }
        }
    }

    /// A moment on which an hour begins.
    private static let hour: Int64 = 1_699_999_200

    /// When the first workflow tasks of all runs so far began, in nanoseconds since 1970.
    private func beginnings(_ env: TestWorkflowEnvironment) -> [Int64] {
        env.server.runs().compactMap { run in
            env.server.history(workflowID: run.workflowID, runID: run.runID)
                .first { $0.eventType == .workflowTaskStarted }
                .map { $0.eventTime.seconds * 1_000_000_000 + Int64($0.eventTime.nanos) }
        }
    }

    @Test func `a cron schedule starts runs at its times`() async throws {
        var options = TestEnvironmentOptions()
        // Not on its times, so that the first wait is another than those after it.
        options.startTime = Date(timeIntervalSince1970: TimeInterval(Self.hour) + 600)
        try await expectNoWait {
            try await TestWorkflowEnvironment.run(workflows: [Counting.self], options: options) { env in
                let start = WorkflowOptions(id: "cron", taskQueue: env.options.taskQueue, cronSchedule: "15,30 * * * *")
                let handle = try await env.startWorkflow(Counting.self, options: start)
                try await env.sleep(for: .seconds(2 * 3600))
                let expected = [900, 1800, 4500, 5400].map { (Self.hour + $0) * 1_000_000_000 }
                #expect(beginnings(env) == expected)
                try await handle.terminate()
            }
        }
    }

    @Test func `a schedule starts workflows at its times`() async throws {
        var options = TestEnvironmentOptions()
        options.startTime = Date(timeIntervalSince1970: TimeInterval(Self.hour) + 600.5)
        // Many runs: on a busy machine each takes its time. A wait on the wall would take hours.
        try await expectNoWait(within: .seconds(2)) {
            try await TestWorkflowEnvironment.run(workflows: [Counting.self], options: options) { env in
                let start = WorkflowOptions(id: "counting", taskQueue: env.options.taskQueue)
                try await env.client.schedules.create(
                    id: "hourly",
                    Schedule(
                        action: .startWorkflow(Counting.self, options: start),
                        spec: ScheduleSpec(intervals: [ScheduleInterval(every: .seconds(3600), offset: .seconds(300))])
                    )
                )
                try await env.sleep(for: .seconds(24 * 3600))
                let expected = (1...24).map { (Self.hour + $0 * 3600 + 300) * 1_000_000_000 }
                #expect(beginnings(env) == expected)
            }
        }
    }

    // Update waits and long polls.

    /// Calls that a service on the wall answers after some time, with nothing, to be made again: on a skipping clock they
    /// have no limit of their own, and one call is enough, however far away its answer is.
    enum LongCall: String, CaseIterable, CustomTestStringConvertible {
        case update, updatePoll, updateWithStart, historyPoll, activityPoll, taskPoll

        var testDescription: String { rawValue }
    }

    @Test(arguments: LongCall.allCases)
    func `one call that waits is answered when its answer is there`(_ call: LongCall) async throws {
        try await expectNoWait {
            try await TestWorkflowEnvironment.run(workflows: [Gate.self, Nap.self]) { env in
                let start = env.now
                try await make(call, env)
                #expect(env.now.timeIntervalSince(start) == 86_400)
            }
        }
    }

    private func make(_ call: LongCall, _ env: TestWorkflowEnvironment) async throws {
        let service = env.client.service
        let queue = env.options.taskQueue
        switch call {
        case .update:
            let gate = try await env.startWorkflow(Gate.self)
            let answer = try await service.call(.updateWorkflowExecution, try update(gate.id), options: .default)
            #expect(answer.stage == .completed)
            _ = try await gate.result()
        case .updatePoll:
            let gate = try await env.startWorkflow(Gate.self)
            let update = try await gate.startUpdate(Gate.openLater, 86_400)
            let poll = APIPollWorkflowExecutionUpdateRequest.with {
                $0.namespace = "default"
                $0.updateRef.workflowExecution.workflowID = gate.id
                $0.updateRef.updateID = update.id
                $0.waitPolicy.lifecycleStage = .completed
            }
            let answer = try await service.call(.pollWorkflowExecutionUpdate, poll, options: .default)
            #expect(answer.stage == .completed)
            _ = try await gate.result()
        case .updateWithStart:
            let request = try APIExecuteMultiOperationRequest.with {
                let opening = try update("gate")
                $0.namespace = "default"
                $0.operations = [
                    .with {
                        $0.startWorkflow.namespace = "default"
                        $0.startWorkflow.workflowID = "gate"
                        $0.startWorkflow.workflowType.name = "Gate"
                        $0.startWorkflow.taskQueue.name = queue
                        $0.startWorkflow.requestID = "1"
                    },
                    .with { $0.updateWorkflow = opening },
                ]
            }
            let answer = try await service.call(.executeMultiOperation, request, options: .default)
            #expect(answer.responses.last?.updateWorkflow.stage == .completed)
            _ = try await env.client.workflowHandle(id: "gate").result(as: [String].self)
        case .historyPoll:
            let nap = try await env.startWorkflow(Nap.self, 86_400)
            let poll = APIGetWorkflowExecutionHistoryRequest.with {
                $0.namespace = "default"
                $0.execution.workflowID = nap.id
                $0.waitNewEvent = true
                $0.historyEventFilterType = .closeEvent
            }
            let answer = try await service.call(.getWorkflowExecutionHistory, poll, options: .default)
            #expect(answer.history.events.map(\.eventType) == [.workflowExecutionCompleted])
        case .activityPoll:
            env.mock(Till.charge).returns("late").after(.seconds(86_400))
            let options = ActivityOptions(id: "late", taskQueue: queue, startToCloseTimeout: .seconds(100_000))
            _ = try await env.startActivity(Till.charge, 1, options: options)
            let poll = APIPollActivityExecutionRequest.with {
                $0.namespace = "default"
                $0.activityID = "late"
            }
            let answer = try await service.call(.pollActivityExecution, poll, options: .default)
            #expect(answer.hasOutcome)
        case .taskPoll:
            env.schedule(after: .seconds(86_400)) {
                let start = WorkflowOptions(id: "elsewhere", taskQueue: "elsewhere")
                _ = try await env.client.startWorkflow(Nap.self, 1, options: start)
            }
            let poll = APIPollWorkflowTaskQueueRequest.with {
                $0.namespace = "default"
                $0.taskQueue.name = "elsewhere"
            }
            // A worker that waits for tasks is no reason to let time pass.
            async let day: Void = env.sleep(for: .seconds(86_400))
            let task = try await service.call(.pollWorkflowTaskQueue, poll, options: .default)
            #expect(task.workflowExecution.workflowID == "elsewhere")
            try await day
            try await env.client.workflowHandle(id: "elsewhere").terminate()
        }
    }

    /// A request for an update that takes a day, and waits for its end.
    private func update(_ workflowID: String) throws -> APIUpdateWorkflowExecutionRequest {
        let seconds = try PayloadConverter().encode(86_400)
        return .with {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = workflowID
            $0.waitPolicy.lifecycleStage = .completed
            $0.request.meta.updateID = "1"
            $0.request.input.name = "openLater"
            $0.request.input.args.payloads = [seconds.proto]
        }
    }

    @Test func `heartbeats of a real activity reach the service at their moments`() async throws {
        // Sixty hops between threads: on a busy machine each takes its time. A wait on the wall would take seconds for each.
        try await expectNoWait(within: .seconds(2)) {
            try await TestWorkflowEnvironment.run(
                workflows: [Purchase.self],
                activities: [Beating(clock: .test)]
            ) { env in
                // It reports every second for a minute; the worker passes on one in eight seconds, and the timeout is ten.
                let start = env.now
                let result = try await env.executeWorkflow(Purchase.self, .init(startToClose: 100, heartbeat: 10))
                #expect(result == "alive")
                #expect(env.now.timeIntervalSince(start) == 60)
            }
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
