import Foundation
import Temporal
import TemporalClient
import TemporalWorker
import Testing

/// How activities are retried, time out and report.
@Suite(.timeLimit(.minutes(2))) struct ActivityScenarios {
    /// Runs one activity by a plan and compares how the workflow ended, and its history.
    private func check(
        _ backend: Backend,
        _ plan: Plan,
        _ expected: String,
        _ history: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await withScene(backend, workflows: [Call.self]) { scene in
            let handle = try await scene.start(Call.self, plan)
            let ended = try await outcome(of: handle)
            #expect(ended == expected, sourceLocation: sourceLocation)
            try await expectHistory(handle, history, sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: Backend.available)
    func `an activity returns its result`(_ backend: Backend) async throws {
        let plan = Plan(activity: "echo", input: "hello", activityID: "my-activity")
        try await check(
            backend,
            plan,
            "hello",
            [
                "WorkflowExecutionStarted Call",
                "WorkflowTask",
                "ActivityTaskScheduled my-activity echo",
                "ActivityTaskStarted",
                "ActivityTaskCompleted",
                "WorkflowTask",
                "WorkflowExecutionCompleted",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `a failing activity is retried`(_ backend: Backend) async throws {
        try await check(
            backend,
            Plan(activity: "flaky", input: "2"),
            "attempt 3",
            [
                "WorkflowExecutionStarted Call",
                "WorkflowTask",
                "ActivityTaskScheduled 1 flaky",
                "ActivityTaskStarted attempt 3 after application(Flaky)",
                "ActivityTaskCompleted",
                "WorkflowTask",
                "WorkflowExecutionCompleted",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `attempts are counted`(_ backend: Backend) async throws {
        let plan = Plan(activity: "flaky", input: "5", maximumAttempts: 2)
        try await check(
            backend,
            plan,
            "ActivityError(flaky, maximumAttemptsReached) < ApplicationError(Flaky)",
            [
                "WorkflowExecutionStarted Call",
                "WorkflowTask",
                "ActivityTaskScheduled 1 flaky",
                "ActivityTaskStarted attempt 2 after application(Flaky)",
                "ActivityTaskFailed application(Flaky) maximumAttemptsReached",
                "WorkflowTask",
                "WorkflowExecutionFailed activity(1) < application(Flaky) retryPolicyNotSet",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `an error that says so is not retried`(_ backend: Backend) async throws {
        try await check(
            backend,
            Plan(activity: "refuse", input: "no"),
            "ActivityError(refuse, nonRetryableFailure) < ApplicationError(Refused, nonRetryable) < ApplicationError(Root)",
            [
                "WorkflowExecutionStarted Call",
                "WorkflowTask",
                "ActivityTaskScheduled 1 refuse",
                "ActivityTaskStarted",
                "ActivityTaskFailed application(Refused) < application(Root) nonRetryableFailure",
                "WorkflowTask",
                "WorkflowExecutionFailed activity(1) < application(Refused) < application(Root) retryPolicyNotSet",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `an error of a type that the policy names is not retried`(_ backend: Backend) async throws {
        let plan = Plan(activity: "flaky", input: "5", nonRetryable: ["Other", "Flaky"])
        try await check(
            backend,
            plan,
            "ActivityError(flaky, nonRetryableFailure) < ApplicationError(Flaky)",
            [
                "WorkflowExecutionStarted Call",
                "WorkflowTask",
                "ActivityTaskScheduled 1 flaky",
                "ActivityTaskStarted",
                "ActivityTaskFailed application(Flaky) nonRetryableFailure",
                "WorkflowTask",
                "WorkflowExecutionFailed activity(1) < application(Flaky) retryPolicyNotSet",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `an activity that nobody has written is retried like any failure`(_ backend: Backend) async throws {
        let plan = Plan(activity: "absent", maximumAttempts: 1)
        try await check(
            backend,
            plan,
            "ActivityError(absent, maximumAttemptsReached) < ApplicationError(NotFoundError)",
            [
                "WorkflowExecutionStarted Call",
                "WorkflowTask",
                "ActivityTaskScheduled 1 absent",
                "ActivityTaskStarted",
                "ActivityTaskFailed application(NotFoundError) maximumAttemptsReached",
                "WorkflowTask",
                "WorkflowExecutionFailed activity(1) < application(NotFoundError) retryPolicyNotSet",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `an error says when to try again`(_ backend: Backend) async throws {
        // The policy alone would wait for an hour.
        let plan = Plan(activity: "soon", input: "50", interval: 3_600_000)
        try await check(
            backend,
            plan,
            "attempt 2",
            [
                "WorkflowExecutionStarted Call",
                "WorkflowTask",
                "ActivityTaskScheduled 1 soon",
                "ActivityTaskStarted attempt 2 after application(Soon)",
                "ActivityTaskCompleted",
                "WorkflowTask",
                "WorkflowExecutionCompleted",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `an attempt that takes too long is retried`(_ backend: Backend) async throws {
        let plan = Plan(activity: "slow", input: "1", startToClose: 500)
        try await check(
            backend,
            plan,
            "attempt 2",
            [
                "WorkflowExecutionStarted Call",
                "WorkflowTask",
                "ActivityTaskScheduled 1 slow",
                "ActivityTaskStarted attempt 2 after timeout(startToClose)",
                "ActivityTaskCompleted",
                "WorkflowTask",
                "WorkflowExecutionCompleted",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `the last attempt takes too long`(_ backend: Backend) async throws {
        let plan = Plan(activity: "slow", input: "9", startToClose: 300, maximumAttempts: 2)
        try await check(
            backend,
            plan,
            "ActivityError(slow, maximumAttemptsReached) < TimeoutError(startToClose) < TimeoutError(startToClose)",
            [
                "WorkflowExecutionStarted Call",
                "WorkflowTask",
                "ActivityTaskScheduled 1 slow",
                "ActivityTaskStarted attempt 2 after timeout(startToClose)",
                "ActivityTaskTimedOut timeout(startToClose) < timeout(startToClose) maximumAttemptsReached",
                "WorkflowTask",
                "WorkflowExecutionFailed activity(1) < timeout(startToClose) < timeout(startToClose) retryPolicyNotSet",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `all attempts together take too long`(_ backend: Backend) async throws {
        let plan = Plan(activity: "slow", input: "9", scheduleToClose: 500)
        // Servers before 1.31 counted this among the failures that are not tried again.
        let state = backend == .realServer ? "nonRetryableFailure" : "timeout"
        try await check(
            backend,
            plan,
            "ActivityError(slow, \(state)) < TimeoutError(scheduleToClose)",
            [
                "WorkflowExecutionStarted Call",
                "WorkflowTask",
                "ActivityTaskScheduled 1 slow",
                "ActivityTaskStarted",
                "ActivityTaskTimedOut timeout(scheduleToClose) \(state)",
                "WorkflowTask",
                "WorkflowExecutionFailed activity(1) < timeout(scheduleToClose) retryPolicyNotSet",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `no attempt is made that would come too late`(_ backend: Backend) async throws {
        let plan = Plan(activity: "flaky", input: "9", scheduleToClose: 5000, interval: 60_000)
        try await check(
            backend,
            plan,
            "ActivityError(flaky, timeout) < ApplicationError(Flaky)",
            [
                "WorkflowExecutionStarted Call",
                "WorkflowTask",
                "ActivityTaskScheduled 1 flaky",
                "ActivityTaskStarted",
                "ActivityTaskFailed application(Flaky) timeout",
                "WorkflowTask",
                "WorkflowExecutionFailed activity(1) < application(Flaky) retryPolicyNotSet",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `a task that no worker takes is not retried`(_ backend: Backend) async throws {
        let plan = Plan(activity: "echo", scheduleToStart: 300, taskQueue: "nobody-\(UUID())")
        let state = backend == .realServer ? "nonRetryableFailure" : "timeout"
        try await check(
            backend,
            plan,
            "ActivityError(echo, \(state)) < TimeoutError(scheduleToStart)",
            [
                "WorkflowExecutionStarted Call",
                "WorkflowTask",
                "ActivityTaskScheduled 1 echo",
                "ActivityTaskTimedOut timeout(scheduleToStart) \(state)",
                "WorkflowTask",
                "WorkflowExecutionFailed activity(1) < timeout(scheduleToStart) retryPolicyNotSet",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `the attempt after a silent one finds what that reported`(_ backend: Backend) async throws {
        let plan = Plan(activity: "silent", input: "half", heartbeat: 1000)
        try await check(
            backend,
            plan,
            "attempt 2 found half 50",
            [
                "WorkflowExecutionStarted Call",
                "WorkflowTask",
                "ActivityTaskScheduled 1 silent",
                "ActivityTaskStarted attempt 2 after timeout(heartbeat)",
                "ActivityTaskCompleted",
                "WorkflowTask",
                "WorkflowExecutionCompleted",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `a silent last attempt keeps what it reported in the error`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Call.self]) { scene in
            let plan = Plan(activity: "silent", input: "half", heartbeat: 1000, maximumAttempts: 1)
            let handle = try await scene.start(Call.self, plan)
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            let activity = try #require(error?.cause as? ActivityError)
            #expect(activity.retryState == .maximumAttemptsReached)
            let timeout = try #require(activity.cause as? TimeoutError)
            #expect(timeout.kind == .heartbeat)
            #expect(try scene.client.converter.decode(try #require(timeout.lastHeartbeatDetails.first)) == "half")
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Call",
                    "WorkflowTask",
                    "ActivityTaskScheduled 1 silent",
                    "ActivityTaskStarted",
                    "ActivityTaskTimedOut timeout(heartbeat, with details) maximumAttemptsReached",
                    "WorkflowTask",
                    "WorkflowExecutionFailed activity(1) < timeout(heartbeat, with details) retryPolicyNotSet",
                ]
            )
        }
    }

    @Test(.serialized, arguments: Backend.available, [true, false])
    func `eager activities leave the same history`(_ backend: Backend, _ isEager: Bool) async throws {
        try await withScene(
            backend,
            workflows: [Call.self],
            configure: { $0.allowsEagerActivities = isEager }
        ) { scene in
            let handle = try await scene.start(Call.self, Plan(activity: "echo", input: "x"))
            #expect(try await handle.result() == "x")
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Call",
                    "WorkflowTask",
                    "ActivityTaskScheduled 1 echo",
                    "ActivityTaskStarted",
                    "ActivityTaskCompleted",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a megabyte goes there and back`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Carrier.self]) { scene in
            let data = Data((0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            let handle = try await scene.start(Carrier.self, data)
            #expect(try await handle.result() == Data(data.reversed()))
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Carrier",
                    "WorkflowTask",
                    "ActivityTaskScheduled 1 blob",
                    "ActivityTaskStarted",
                    "ActivityTaskCompleted",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `an activity is told its priority`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Ranked.self]) { scene in
            let own = try await scene.client.executeWorkflow(Ranked.self, 2, options: scene.options())
            // Older servers, such as 1.27, do not tell.
            let tells = backend == .inMemory || own != nil
            #expect(own == (tells ? 2 : nil))
            // That of the workflow counts where the call says nothing.
            let options = scene.options { $0.priority = Priority(key: 4) }
            let inherited = try await scene.client.executeWorkflow(Ranked.self, Int?.none, options: options)
            #expect(inherited == (tells ? 4 : nil))
        }
    }
}

@Workflow private actor Ranked {
    func run(_ key: Int?) async throws -> Int? {
        try await context.executeActivity(
            Acts.rank,
            startToCloseTimeout: .seconds(30),
            priority: key.map { Priority(key: $0) }
        )
    }
}

@Workflow private actor Carrier {
    func run(_ data: Data) async throws -> Data {
        try await context.executeActivity(Acts.blob, data, startToCloseTimeout: .seconds(30))
    }
}
