import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker
import Testing

/// Activities that clients start without a workflow. Servers before these existed are passed over.
@Suite(.timeLimit(.minutes(2))) struct StandaloneActivityScenarios {
    private func withActivities(_ backend: Backend, _ body: (Scene) async throws -> Void) async throws {
        try await withScene(backend, workflows: [Call.self]) { scene in
            guard try await scene.hasCapability(\.standaloneActivities) else { return }
            try await body(scene)
        }
    }

    @Test(arguments: Backend.available)
    func `a client gets the result of an activity`(_ backend: Backend) async throws {
        try await withActivities(backend) { scene in
            let handle = try await scene.startActivity("echo", "hello") {
                $0.staticSummary = "a summary"
                $0.searchAttributes = [SearchAttributeKey.keyword("ConformanceKeyword").set("blue")]
            }
            #expect(try await handle.result(as: String.self) == "hello")
            let description = try await handle.describe()
            #expect(description.status == .completed)
            #expect(description.activityType == "echo" && description.attempt == 1)
            #expect(description.options.taskQueue == scene.taskQueue)
            #expect(try description.staticSummary() == "a summary")
            #expect(description.closeTime != nil && description.runID == handle.runID)
            try await scene.eventually {
                let listed = try await scene.client.listActivities("ActivityId = '\(handle.id)'").all()
                return listed.map(\.status) == [.completed]
            }
            #expect(try await scene.client.countActivities("ActivityId = '\(handle.id)'").total == 1)
        }
    }

    /// How an activity ends that a worker runs by a plan: its status, the chain of its errors, and why there is no retry.
    @Test(
        arguments: Backend.available,
        [
            ("flaky", "2", "attempt 3"), ("flaky", "9", "failed ApplicationError(Flaky), maximumAttemptsReached"),
            (
                "refuse", "no",
                "failed ApplicationError(Refused, nonRetryable) < ApplicationError(Root), nonRetryableFailure"
            ),
            ("soon", "20", "attempt 2"), ("slow", "1", "attempt 2"),
            (
                "slow", "9",
                "timed out TimeoutError(startToClose) < TimeoutError(startToClose), maximumAttemptsReached"
            ),
        ]
    )
    func `an activity is tried again by its policy`(
        _ backend: Backend,
        _ row: (activity: String, input: String, expected: String)
    ) async throws {
        try await withActivities(backend) { scene in
            let handle = try await scene.startActivity(row.activity, row.input) {
                $0.startToCloseTimeout = .milliseconds(700)
                $0.retryPolicy = RetryPolicy(initialInterval: .milliseconds(50), maximumAttempts: 4)
            }
            #expect(try await scene.outcome(of: handle) == row.expected)
        }
    }

    @Test(arguments: Backend.available)
    func `an activity that is asked to stop is cancelled with the reason`(_ backend: Backend) async throws {
        try await withActivities(backend) { scene in
            let handle = try await scene.startActivity("beat", "cancel") { $0.heartbeatTimeout = .seconds(20) }
            try await scene.eventually { scene.notes.contains("beat started") }
            try await handle.cancel(reason: "enough")
            #expect(try await scene.outcome(of: handle) == "cancelled CancelledError, unspecified")
            #expect(scene.notes.contains("beat requested"))
            #expect(try await handle.describe().cancellationReason == "enough")
            let late = await #expect(throws: RPCError.self) { try await handle.cancel() }
            #expect(late?.code == .failedPrecondition)
        }
    }

    @Test(arguments: Backend.available)
    func `an activity that is terminated has ended at once`(_ backend: Backend) async throws {
        try await withActivities(backend) { scene in
            let handle = try await scene.startActivity("beat", "cancel")
            try await scene.eventually { scene.notes.contains("beat started") }
            try await handle.terminate(reason: "enough")
            #expect(try await scene.outcome(of: handle) == "terminated TerminatedError, unspecified")
            // Its worker learns of it with the next heartbeat.
            try await scene.eventually { scene.notes.contains("beat notFound") }
        }
    }

    @Test(arguments: Backend.available, ["pause", "reset"])
    func `a worker learns why an operator takes its activity away`(_ backend: Backend, _ operation: String) async throws
    {
        try await withActivities(backend) { scene in
            guard try await scene.hasCapability(\.standaloneActivityOperatorCommands) else { return }
            let handle = try await scene.startActivity("once", operation) { $0.heartbeatTimeout = .seconds(20) }
            try await scene.eventually { scene.notes.contains("once started") }
            if operation == "pause" { try await handle.pause(reason: "enough") } else { try await handle.reset() }
            let reason = operation == "pause" ? "paused" : "reset"
            try await scene.eventually { scene.notes.contains("once \(reason)") }
            if operation == "pause" {
                try await scene.eventually { try await handle.describe().status == .paused }
                try await handle.unpause()
            }
            let attempt = operation == "pause" ? 2 : 1
            #expect(try await handle.result(as: String.self) == "attempt \(attempt) again")
        }
    }

    @Test(arguments: Backend.available)
    func `somebody else completes an activity, by token or by id`(_ backend: Backend) async throws {
        try await withActivities(backend) { scene in
            let byToken = try await scene.startActivity("later", "token")
            try await scene.eventually { scene.notes.count == 1 }
            let token = try #require(Data(base64Encoded: scene.notes[0]))
            try await scene.client.asyncActivity(taskToken: token).heartbeat("half")
            try await scene.client.asyncActivity(taskToken: token).complete("by token")
            #expect(try await byToken.result(as: String.self) == "by token")

            let byID = try await scene.startActivity("later", "id")
            try await scene.eventually { scene.notes.count == 2 }
            try await scene.client.asyncActivity(activityID: byID.id).complete("by id")
            #expect(try await byID.result(as: String.self) == "by id")
            await #expect(throws: AsyncActivityNotFoundError.self) {
                try await scene.client.asyncActivity(activityID: byID.id).complete("again")
            }
        }
    }

    @Test(arguments: Backend.available)
    func `an id in use is refused, found or free`(_ backend: Backend) async throws {
        try await withActivities(backend) { scene in
            let first = try await scene.startActivity("later", "x")
            func again(_ change: (inout ActivityOptions) -> Void) async throws -> UntypedActivityHandle {
                try await scene.startActivity("echo", "y") {
                    $0.id = first.id
                    change(&$0)
                }
            }
            let error = await #expect(throws: ActivityAlreadyStartedError.self) { _ = try await again { _ in } }
            #expect(error?.runID == first.runID)
            #expect(try await again { $0.idConflictPolicy = .useExisting }.runID == first.runID)
            try await first.terminate()
            await #expect(throws: ActivityAlreadyStartedError.self) {
                _ = try await again { $0.idReusePolicy = .rejectDuplicate }
            }
            let second = try await again { $0.idReusePolicy = .allowDuplicateFailedOnly }
            #expect(second.runID != first.runID)
            #expect(try await second.result(as: String.self) == "y")
            // A handle without a run is that of the latest.
            #expect(try await scene.client.activityHandle(id: first.id).result(as: String.self) == "y")
        }
    }

    @Test(arguments: Backend.available)
    func `what is not there is not found`(_ backend: Backend) async throws {
        try await withActivities(backend) { scene in
            let absent = scene.client.activityHandle(id: "absent-\(UUID())")
            await #expect(throws: ActivityNotFoundError.self) { try await absent.describe() }
            await #expect(throws: ActivityNotFoundError.self) { try await absent.cancel() }
            let handle = try await scene.startActivity("echo", "hello")
            _ = try await handle.result(as: String.self)
            try await handle.delete()
            try await scene.eventually {
                do {
                    _ = try await handle.describe()
                    return false
                } catch is ActivityNotFoundError {
                    return true
                }
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a description waits for a change`(_ backend: Backend) async throws {
        try await withActivities(backend) { scene in
            let handle = try await scene.startActivity("later", "x")
            var description = try await handle.describe()
            async let result = handle.result(as: String.self)
            while !description.isStarted { description = try await handle.describe(after: description) }
            async let next = handle.describe(after: description)
            try await scene.client.asyncActivity(activityID: handle.id).complete("done")
            let (end, answer) = try await (next, result)
            #expect(end.status == .completed)
            #expect(answer == "done")
        }
    }
}

extension Scene {
    /// Starts an activity with an id of its own, on the scene's task queue.
    func startActivity(
        _ name: String,
        _ input: String,
        change: (inout ActivityOptions) -> Void = { _ in }
    ) async throws -> UntypedActivityHandle {
        var options = ActivityOptions(
            id: "conformance-\(UUID().uuidString.lowercased())",
            taskQueue: taskQueue,
            startToCloseTimeout: .seconds(30)
        )
        change(&options)
        return try await client.startActivity(named: name, input, options: options)
    }

    /// How an activity ended, in one line: its result, or its status, the chain of its errors and why there is no retry.
    fileprivate func outcome(of handle: UntypedActivityHandle) async throws -> String {
        do {
            return try await handle.result(as: String.self)
        } catch let error as ActivityFailedError {
            return "\(try await handle.describe().status) \(describe(error.cause)), \(error.retryState)"
        }
    }
}
