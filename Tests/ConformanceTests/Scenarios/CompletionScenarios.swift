import Foundation
import Temporal
import TemporalClient
import TemporalWorker
import Testing

/// How activities are completed from outside, by token and by id.
@Suite(.timeLimit(.minutes(2))) struct CompletionScenarios {
    /// How the one who completes knows the activity.
    enum Way: String, CaseIterable, CustomTestStringConvertible {
        case token, id
        var testDescription: String { rawValue }
    }

    static let backends = Backend.available
    static let ways = Way.allCases

    /// Starts a workflow whose activity waits for somebody, and hands over both.
    private func withActivity(
        _ backend: Backend,
        _ way: Way,
        _ plan: Plan = Plan(activity: "later", activityID: "outside"),
        _ body: (Scene, WorkflowHandle<Call>, AsyncActivityHandle) async throws -> Void
    ) async throws {
        try await withScene(backend, workflows: [Call.self]) { scene in
            let handle = try await scene.start(Call.self, plan)
            try await scene.eventually { !scene.notes.isEmpty }
            let token = try #require(scene.notes.first.flatMap { Data(base64Encoded: $0) })
            let activity =
                switch way {
                case .token: scene.client.asyncActivity(taskToken: token)
                case .id: scene.client.asyncActivity(workflowID: handle.id, activityID: "outside")
                }
            try await body(scene, handle, activity)
        }
    }

    @Test(.serialized, arguments: backends, ways)
    func `it is completed once`(_ backend: Backend, _ way: Way) async throws {
        try await withActivity(backend, way) { _, handle, activity in
            try await activity.heartbeat("going on")
            try await activity.complete("from outside")
            #expect(try await handle.result() == "from outside")
            await #expect(throws: AsyncActivityNotFoundError.self) { try await activity.complete("again") }
            await #expect(throws: AsyncActivityNotFoundError.self) { try await activity.heartbeat() }
            await #expect(throws: AsyncActivityNotFoundError.self) {
                try await activity.fail(ApplicationError("late"))
            }
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Call",
                    "WorkflowTask",
                    "ActivityTaskScheduled outside later",
                    "ActivityTaskStarted",
                    "ActivityTaskCompleted",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(.serialized, arguments: backends, ways)
    func `it is failed`(_ backend: Backend, _ way: Way) async throws {
        try await withActivity(backend, way) { _, handle, activity in
            try await activity.fail(ApplicationError("no", type: "Outside", nonRetryable: true))
            let expected =
                "ActivityError(later, nonRetryableFailure) < ApplicationError(Outside, nonRetryable)"
            #expect(try await outcome(of: handle) == expected)
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Call",
                    "WorkflowTask",
                    "ActivityTaskScheduled outside later",
                    "ActivityTaskStarted",
                    "ActivityTaskFailed application(Outside) nonRetryableFailure",
                    "WorkflowTask",
                    "WorkflowExecutionFailed activity(outside) < application(Outside) retryPolicyNotSet",
                ]
            )
        }
    }

    @Test(.serialized, arguments: backends, ways)
    func `its cancellation is reported`(_ backend: Backend, _ way: Way) async throws {
        try await withActivity(backend, way) { scene, handle, activity in
            await #expect(throws: (any Error).self) { try await activity.reportCancellation() }
            try await handle.cancel()
            // By default nobody waits for the activity, so that it is gone together with its workflow.
            #expect(try await outcome(of: handle).hasSuffix("CancelledError"))
            await #expect(throws: AsyncActivityNotFoundError.self) { try await activity.reportCancellation() }
        }
    }

    @Test(.serialized, arguments: backends, ways)
    func `a report is answered with the cancellation`(_ backend: Backend, _ way: Way) async throws {
        try await withScene(backend, workflows: [Patient.self]) { scene in
            let handle = try await scene.start(Patient.self)
            try await scene.eventually { !scene.notes.isEmpty }
            let token = try #require(scene.notes.first.flatMap { Data(base64Encoded: $0) })
            let activity =
                switch way {
                case .token: scene.client.asyncActivity(taskToken: token)
                case .id: scene.client.asyncActivity(workflowID: handle.id, activityID: "outside")
                }
            try await activity.heartbeat(1)
            try await handle.cancel()
            try await scene.eventually {
                try await handle.describe().pendingActivities.contains {
                    $0.isCancelRequested && $0.isStarted
                }
            }
            let stopped = await #expect(throws: AsyncActivityStoppedError.self) { try await activity.heartbeat(2) }
            #expect(stopped?.reason == .cancelled)
            try await activity.reportCancellation(details: "cleaned")
            let ended = try await outcome(of: handle)
            #expect(ended == "ActivityError(later, unspecified) < CancelledError")
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Patient",
                    "WorkflowTask",
                    "ActivityTaskScheduled outside later",
                    "WorkflowExecutionCancelRequested",
                    "WorkflowTask",
                    "ActivityTaskCancelRequested",
                    "ActivityTaskStarted",
                    "ActivityTaskCanceled",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: backends)
    func `it times out when nobody completes it`(_ backend: Backend) async throws {
        let plan = Plan(activity: "later", startToClose: 300, maximumAttempts: 1, activityID: "outside")
        try await withActivity(backend, .token, plan) { _, handle, activity in
            let expected = "ActivityError(later, maximumAttemptsReached) < TimeoutError(startToClose)"
            #expect(try await outcome(of: handle) == expected)
            await #expect(throws: AsyncActivityNotFoundError.self) { try await activity.complete("late") }
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Call",
                    "WorkflowTask",
                    "ActivityTaskScheduled outside later",
                    "ActivityTaskStarted",
                    "ActivityTaskTimedOut timeout(startToClose) maximumAttemptsReached",
                    "WorkflowTask",
                    "WorkflowExecutionFailed activity(outside) < timeout(startToClose) retryPolicyNotSet",
                ]
            )
        }
    }
}

/// Waits for the end of an activity that it has cancelled.
@Workflow private actor Patient {
    func run() async throws -> String {
        do {
            return try await context.executeActivity(
                Acts.later,
                "",
                startToCloseTimeout: .seconds(30),
                activityID: "outside",
                cancellation: .waitCancellationCompleted
            )
        } catch let error as ActivityError {
            return describe(error)
        }
    }
}
