import Foundation
import Temporal
import TemporalClient
import TemporalWorker
import Testing

/// How local activities end, and what the history keeps of them.
@Suite(.timeLimit(.minutes(2))) struct LocalActivityScenarios {
    /// Runs local activities by a plan and compares how the workflow ended, and its history.
    private func check(
        _ backend: Backend,
        _ plan: LocalPlan,
        _ expected: String,
        _ history: [String],
        taskTimeout: Duration = .seconds(10),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for cacheSize in [1000, 0] {
            try await withScene(
                backend,
                workflows: [CallLocally.self],
                configure: { $0.maximumCachedWorkflows = cacheSize }
            ) { scene in
                let handle = try await scene.start(CallLocally.self, plan) { $0.taskTimeout = taskTimeout }
                let ended = try await outcome(of: handle)
                #expect(ended == expected, sourceLocation: sourceLocation)
                try await expectHistory(handle, history, sourceLocation: sourceLocation)
            }
        }
    }

    @Test(arguments: Backend.available)
    func `one that completes at once is a marker`(_ backend: Backend) async throws {
        try await check(
            backend,
            LocalPlan(activity: "echo", inputs: ["hello"]),
            "hello",
            [
                "WorkflowExecutionStarted CallLocally",
                "WorkflowTask",
                "MarkerRecorded core_local_activity seq 1 attempt 1 activity_id 1 activity_type echo",
                "WorkflowExecutionCompleted",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `three in a row are three markers of one task`(_ backend: Backend) async throws {
        try await check(
            backend,
            LocalPlan(activity: "echo", inputs: ["a", "b", "c"]),
            "a b c",
            [
                "WorkflowExecutionStarted CallLocally",
                "WorkflowTask",
                "MarkerRecorded core_local_activity seq 1 attempt 1 activity_id 1 activity_type echo",
                "MarkerRecorded core_local_activity seq 2 attempt 1 activity_id 2 activity_type echo",
                "MarkerRecorded core_local_activity seq 3 attempt 1 activity_id 3 activity_type echo",
                "WorkflowExecutionCompleted",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `several at a time have a marker each`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [CallLocally.self]) { scene in
            let plan = LocalPlan(activity: "echo", inputs: ["a", "b", "c", "d"], isConcurrent: true)
            let handle = try await scene.start(CallLocally.self, plan)
            #expect(try await handle.result() == "a b c d")
            let types = try await handle.history().map(\.type)
            #expect(types.count { $0 == "MarkerRecorded" } == 4)
            #expect(types.count { $0 == "WorkflowTaskCompleted" } == 1)
        }
    }

    @Test(arguments: Backend.available)
    func `one of several may fail`(_ backend: Backend) async throws {
        try await check(
            backend,
            LocalPlan(activity: "flakyOnce", inputs: ["good", "bad"], maximumAttempts: 1, catchesErrors: true),
            "good ActivityError(flakyOnce, maximumAttemptsReached) < ApplicationError(Bad)",
            [
                "WorkflowExecutionStarted CallLocally",
                "WorkflowTask",
                "MarkerRecorded core_local_activity seq 1 attempt 1 activity_id 1 activity_type flakyOnce",
                "MarkerRecorded core_local_activity seq 2 attempt 1 activity_id 2 activity_type flakyOnce "
                    + "activity(2) < application(Bad)",
                "WorkflowExecutionCompleted",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `attempts within a task leave one marker`(_ backend: Backend) async throws {
        try await check(
            backend,
            LocalPlan(activity: "flaky", inputs: ["2"]),
            "attempt 3",
            [
                "WorkflowExecutionStarted CallLocally",
                "WorkflowTask",
                "MarkerRecorded core_local_activity seq 1 attempt 3 activity_id 1 activity_type flaky",
                "WorkflowExecutionCompleted",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `an error that says so is not tried again`(_ backend: Backend) async throws {
        try await check(
            backend,
            LocalPlan(activity: "refuse", inputs: ["no"]),
            "ActivityError(refuse, nonRetryableFailure) < ApplicationError(Refused, nonRetryable) < ApplicationError(Root)",
            [
                "WorkflowExecutionStarted CallLocally",
                "WorkflowTask",
                "MarkerRecorded core_local_activity seq 1 attempt 1 activity_id 1 activity_type refuse "
                    + "activity(1) < application(Refused) < application(Root)",
                "WorkflowExecutionFailed activity(1) < application(Refused) < application(Root) retryPolicyNotSet",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `an error of a type that the policy names is not tried again`(_ backend: Backend) async throws {
        try await check(
            backend,
            LocalPlan(activity: "flaky", inputs: ["5"], nonRetryable: ["Other", "flaky"]),
            "ActivityError(flaky, nonRetryableFailure) < ApplicationError(Flaky)",
            [
                "WorkflowExecutionStarted CallLocally",
                "WorkflowTask",
                "MarkerRecorded core_local_activity seq 1 attempt 1 activity_id 1 activity_type flaky "
                    + "activity(1) < application(Flaky)",
                "WorkflowExecutionFailed activity(1) < application(Flaky) retryPolicyNotSet",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `a wait beyond the threshold is a timer`(_ backend: Backend) async throws {
        try await check(
            backend,
            LocalPlan(activity: "flaky", inputs: ["1"], interval: 1100, threshold: 1000),
            "attempt 2",
            [
                "WorkflowExecutionStarted CallLocally",
                "WorkflowTask",
                "MarkerRecorded core_local_activity seq 1 attempt 1 activity_id 1 activity_type flaky backoff 1 s "
                    + "activity(1) < application(Flaky)",
                "TimerStarted 1 1.1 seconds",
                "TimerFired 1",
                "WorkflowTask",
                "MarkerRecorded core_local_activity seq 2 attempt 2 activity_id 2 activity_type flaky",
                "WorkflowExecutionCompleted",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `one that is longer than the task keeps the task alive`(_ backend: Backend) async throws {
        // Heartbeats after 4 s and 8 s: each has a second before its task runs out, and two are left before a third.
        try await check(
            backend,
            LocalPlan(activity: "nap", inputs: ["10000"]),
            "attempt 1",
            [
                "WorkflowExecutionStarted CallLocally",
                "WorkflowTask",
                "WorkflowTask",
                "WorkflowTask",
                "MarkerRecorded core_local_activity seq 1 attempt 1 activity_id 1 activity_type nap",
                "WorkflowExecutionCompleted",
            ],
            taskTimeout: .seconds(5)
        )
    }

    @Test(arguments: Backend.available)
    func `an attempt that takes too long is tried again, all together are not`(_ backend: Backend) async throws {
        try await check(
            backend,
            LocalPlan(activity: "slow", inputs: ["1"], startToClose: 200),
            "attempt 2",
            [
                "WorkflowExecutionStarted CallLocally",
                "WorkflowTask",
                "MarkerRecorded core_local_activity seq 1 attempt 2 activity_id 1 activity_type slow",
                "WorkflowExecutionCompleted",
            ]
        )
        try await check(
            backend,
            LocalPlan(activity: "slow", inputs: ["1"], scheduleToClose: 200),
            "ActivityError(slow, timeout) < TimeoutError(scheduleToClose)",
            [
                "WorkflowExecutionStarted CallLocally",
                "WorkflowTask",
                "MarkerRecorded core_local_activity seq 1 attempt 1 activity_id 1 activity_type slow "
                    + "activity(1) < timeout(scheduleToClose)",
                "WorkflowExecutionFailed activity(1) < timeout(scheduleToClose) retryPolicyNotSet",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `a cancellation while it waits for its next attempt ends it at once`(_ backend: Backend) async throws {
        try await checkCancellation(
            backend,
            LocalCancellation(activity: "flaky", input: "100", kind: "wait"),
            "ActivityError(flaky, cancelRequested) < CancelledError",
            marker: "activity_type flaky activity(1) < canceled"
        )
    }

    @Test(arguments: Backend.available)
    func `a cancellation that tries tells the activity and goes on`(_ backend: Backend) async throws {
        let notes = try await checkCancellation(
            backend,
            LocalCancellation(activity: "linger", input: "ignore", kind: "try"),
            "ActivityError(linger, cancelRequested) < CancelledError",
            marker: "activity_type linger activity(1) < canceled"
        )
        #expect(notes == ["linger started", "linger requested"])
    }

    @Test(arguments: Backend.available)
    func `a cancellation that waits takes what the activity makes of it`(_ backend: Backend) async throws {
        let notes = try await checkCancellation(
            backend,
            LocalCancellation(activity: "linger", input: "ignore", kind: "wait"),
            "done anyway",
            marker: "activity_type linger"
        )
        #expect(notes == ["linger started", "linger requested"])
        try await checkCancellation(
            backend,
            LocalCancellation(activity: "linger", input: "stop", kind: "wait"),
            "ActivityError(linger, cancelRequested) < CancelledError",
            marker: "activity_type linger activity(1) < canceled"
        )
    }

    @Test(arguments: Backend.available)
    func `a cancellation that abandons leaves the activity alone`(_ backend: Backend) async throws {
        let notes = try await checkCancellation(
            backend,
            LocalCancellation(activity: "linger", input: "ignore", kind: "abandon"),
            "ActivityError(linger, cancelRequested) < CancelledError",
            marker: "activity_type linger activity(1) < canceled"
        )
        #expect(notes.first == "linger started")
        #expect(!notes.contains("linger requested"))
    }

    /// Cancels a local activity after a timer, and compares what the workflow saw, and the history.
    ///
    /// - Returns: What was noted when the workflow ended.
    @discardableResult
    private func checkCancellation(
        _ backend: Backend,
        _ plan: LocalCancellation,
        _ expected: String,
        marker: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> [String] {
        let scene = try await Scene(backend)
        try await scene.withWorker(workflows: [CancelLocally.self]) {
            let handle = try await scene.start(CancelLocally.self, plan) { $0.taskTimeout = .seconds(10) }
            let ended = try await outcome(of: handle)
            #expect(ended == expected, sourceLocation: sourceLocation)
            // The timer is started with the first heartbeat, and fires while the second task is held open.
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted CancelLocally",
                    "WorkflowTask",
                    "TimerStarted 1 0.1 seconds",
                    "WorkflowTask",
                    "TimerFired 1",
                    "WorkflowTask",
                    "MarkerRecorded core_local_activity seq 1 attempt 1 activity_id 1 \(marker)",
                    "WorkflowExecutionCompleted",
                ],
                mergesTasks: true,
                sourceLocation: sourceLocation
            )
            if plan.kind == "try" { try await scene.eventually { scene.notes.count == 2 } }
        }
        return scene.notes
    }

    @Test(arguments: Backend.available)
    func `a worker that stops cancels it, and another starts it over`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let plan = LocalPlan(activity: "linger", inputs: ["stop"])
        var handle: WorkflowHandle<CallLocally>?
        try await scene.withWorker(workflows: [CallLocally.self]) {
            handle = try await scene.start(CallLocally.self, plan)
            try await scene.eventually { scene.notes == ["linger started"] }
        }
        #expect(scene.notes == ["linger started", "linger workerShutdown"])
        let started = try #require(handle)
        scene.note("another worker")
        try await scene.withWorker(workflows: [CallLocally.self]) {
            let result = try await started.result()
            #expect(result == "attempt 1 after another worker")
        }
        try await expectHistory(
            started,
            [
                "WorkflowExecutionStarted CallLocally",
                "WorkflowTask",
                "WorkflowTask",
                "MarkerRecorded core_local_activity seq 1 attempt 1 activity_id 1 activity_type linger",
                "WorkflowExecutionCompleted",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `what completes although its worker stops is recorded`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let plan = LocalPlan(activity: "linger", inputs: ["ignore"])
        var handle: WorkflowHandle<CallLocally>?
        try await scene.withWorker(workflows: [CallLocally.self]) {
            handle = try await scene.start(CallLocally.self, plan)
            try await scene.eventually { scene.notes == ["linger started"] }
        }
        let started = try #require(handle)
        #expect(try await started.result() == "done anyway")
        #expect(scene.notes == ["linger started", "linger workerShutdown"])
    }
}

/// Calls of local activities, as a workflow is told to make them. Times are in milliseconds.
struct LocalPlan: Codable, Sendable {
    var activity: String
    var inputs: [String]
    var isConcurrent = false
    var startToClose = 30_000
    var scheduleToClose: Int?
    var interval = 10
    var threshold = 60_000
    var maximumAttempts = 0
    var nonRetryable: [String] = []
    var catchesErrors = false
}

/// Calls local activities by a plan.
@Workflow actor CallLocally {
    func run(_ plan: LocalPlan) async throws -> String {
        if !plan.isConcurrent {
            var results: [String] = []
            for input in plan.inputs { results.append(try await call(plan, input)) }
            return results.joined(separator: " ")
        }
        return try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for (number, input) in plan.inputs.enumerated() {
                group.addTask { (number, try await self.call(plan, input)) }
            }
            var results: [(Int, String)] = []
            for try await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1).joined(separator: " ")
        }
    }

    private func call(_ plan: LocalPlan, _ input: String) async throws -> String {
        do {
            return try await context.executeLocalActivity(
                ActivityReference<String, String>(name: plan.activity),
                input,
                scheduleToCloseTimeout: plan.scheduleToClose.map { .milliseconds($0) },
                startToCloseTimeout: .milliseconds(plan.startToClose),
                retryPolicy: RetryPolicy(
                    initialInterval: .milliseconds(plan.interval),
                    backoffCoefficient: 1,
                    maximumAttempts: plan.maximumAttempts,
                    nonRetryableErrorTypes: plan.nonRetryable
                ),
                localRetryThreshold: .milliseconds(plan.threshold)
            )
        } catch let error as ActivityError where plan.catchesErrors {
            return describe(error)
        }
    }
}

/// A local activity that is cancelled.
struct LocalCancellation: Codable, Sendable {
    var activity: String
    var input: String
    var kind: String
}

/// Calls a local activity, and cancels it after a timer.
@Workflow actor CancelLocally {
    func run(_ plan: LocalCancellation) async throws -> String {
        let types: [String: ActivityCancellationType] = [
            "try": .tryCancel, "abandon": .abandon, "wait": .waitCancellationCompleted,
        ]
        let call = Task {
            try await context.executeLocalActivity(
                ActivityReference<String, String>(name: plan.activity),
                plan.input,
                startToCloseTimeout: .seconds(600),
                retryPolicy: RetryPolicy(initialInterval: .seconds(50)),
                cancellation: types[plan.kind] ?? .waitCancellationCompleted
            )
        }
        try await context.sleep(.milliseconds(100))
        call.cancel()
        do {
            return try await call.value
        } catch {
            return describe(error)
        }
    }
}
