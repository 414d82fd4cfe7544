import Foundation
import Temporal
import TemporalClient
import TemporalWorker
import Testing

/// What operators do to pending activities of workflows, by handle. Servers that have these calls turned off, which needs
/// `frontend.activityAPIsEnabled=true` on a server of version 1.27, are passed over.
@Suite(.timeLimit(.minutes(2))) struct ActivityOperationScenarios {
    /// Starts a workflow with one pending activity that no worker takes yet.
    private func withPending(
        _ backend: Backend,
        _ plan: Plan,
        _ body: (Scene, WorkflowHandle<Call>) async throws -> Void
    ) async throws {
        try await withScene(backend, workflows: [Call.self]) { scene in
            let handle = try await scene.start(Call.self, plan)
            try await scene.eventually { try await handle.describe().pendingActivities.count == 1 }
            do {
                try await body(scene, handle)
            } catch let error as RPCError where error.code == .unimplemented && backend == .realServer {
                try await handle.terminate(reason: "the server has these calls turned off")
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a paused activity waits, and runs when it is let go`(_ backend: Backend) async throws {
        let plan = Plan(activity: "echo", input: "hello", taskQueue: "nobody-\(UUID())", activityID: "a")
        try await withPending(backend, plan) { scene, handle in
            try await handle.pauseActivities(.id("a"), reason: "hold on")
            let paused = try #require(try await handle.describe().pendingActivities.first)
            #expect(paused.isPaused && !paused.isStarted)
            let options = try await handle.updateActivityOptions(
                .type("echo"),
                ActivityOptionsChange(
                    taskQueue: scene.taskQueue,
                    startToCloseTimeout: .seconds(7),
                    retryPolicy: RetryPolicy(initialInterval: .milliseconds(30), maximumAttempts: 5)
                )
            )
            #expect(options.taskQueue == scene.taskQueue && options.startToCloseTimeout == .seconds(7))
            #expect(options.retryPolicy.initialInterval == .milliseconds(30))
            #expect(options.retryPolicy.maximumInterval == .seconds(3))
            #expect(options.retryPolicy.maximumAttempts == 5)
            try await handle.unpauseActivities(.id("a"))
            #expect(try await handle.result() == "hello")
        }
    }

    @Test(arguments: Backend.available)
    func `an activity that was paused is tried again when it is let go`(_ backend: Backend) async throws {
        try await withPending(backend, Plan(activity: "once", input: "pause", heartbeat: 20_000)) { scene, handle in
            try await scene.eventually { scene.notes.contains("once started") }
            try await handle.pauseActivities(.type("once"))
            // The reason comes with the answer to a heartbeat.
            try await scene.eventually { scene.notes.contains("once paused") }
            try await scene.eventually { try await handle.describe().pendingActivities.first?.isStarted == false }
            try await handle.unpauseActivities(.type("once"))
            // Servers before 1.29 did not count the attempt that ended under the pause.
            #expect(try await handle.result() == "attempt \(backend == .realServer ? 1 : 2) again")
        }
    }

    @Test(arguments: Backend.available)
    func `a reset begins with the first attempt at once`(_ backend: Backend) async throws {
        // The wait for the second attempt is longer than the scenario.
        let plan = Plan(activity: "flakyFirst", input: "x", interval: 600_000)
        try await withPending(backend, plan) { scene, handle in
            try await scene.eventually { try await handle.describe().pendingActivities.first?.attempt == 2 }
            try await handle.resetActivities(.type("flakyFirst"))
            #expect(try await handle.result() == "attempt 1 again")
        }
    }

    @Test(arguments: Backend.available)
    func `an activity that is not there is not found`(_ backend: Backend) async throws {
        let plan = Plan(activity: "echo", input: "hello", taskQueue: "nobody-\(UUID())", activityID: "a")
        try await withPending(backend, plan) { _, handle in
            let error = await #expect(throws: (any Error).self) { try await handle.pauseActivities(.id("b")) }
            if let error = error as? RPCError, error.code == .unimplemented { throw error }
            #expect((error as? WorkflowNotFoundError)?.message.contains("pending activity") == true)
            let all = await #expect(throws: RPCError.self) { try await handle.pauseActivities(.all) }
            #expect(all?.code == .invalidArgument)
            try await handle.terminate()
        }
    }
}
