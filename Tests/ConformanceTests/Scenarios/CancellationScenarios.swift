import Foundation
import Temporal
import TemporalClient
import TemporalWorker
import Testing

/// How activities and runs are cancelled, and ended by force.
@Suite(.timeLimit(.minutes(2))) struct CancellationScenarios {
    @Test(arguments: Backend.available)
    func `an activity is asked to stop and not waited for`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Stopping.self]) { scene in
            let handle = try await scene.start(Stopping.self, "try", "stop")
            try await scene.eventually { scene.notes == ["beat started"] }
            try await handle.signal(Stopping.stop)
            #expect(try await handle.result() == "ActivityError(beat, cancelRequested) < CancelledError")
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Stopping",
                    "WorkflowTask",
                    "ActivityTaskScheduled 1 beat",
                    "WorkflowExecutionSignaled stop",
                    "WorkflowTask",
                    "ActivityTaskCancelRequested",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `an activity is asked to stop and waited for`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Stopping.self]) { scene in
            let handle = try await scene.start(Stopping.self, "wait", "stop")
            try await scene.eventually { scene.notes == ["beat started"] }
            try await handle.signal(Stopping.stop)
            #expect(try await handle.result().hasSuffix("CancelledError"))
            #expect(scene.notes == ["beat started", "beat requested"])
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Stopping",
                    "WorkflowTask",
                    "ActivityTaskScheduled 1 beat",
                    "WorkflowExecutionSignaled stop",
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

    @Test(arguments: Backend.available)
    func `an activity that does not stop gives its result`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Stopping.self]) { scene in
            let handle = try await scene.start(Stopping.self, "wait", "ignore")
            try await scene.eventually { scene.notes == ["beat started"] }
            try await handle.signal(Stopping.stop)
            #expect(try await handle.result() == "done anyway")
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Stopping",
                    "WorkflowTask",
                    "ActivityTaskScheduled 1 beat",
                    "WorkflowExecutionSignaled stop",
                    "WorkflowTask",
                    "ActivityTaskCancelRequested",
                    "ActivityTaskStarted",
                    "ActivityTaskCompleted",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `an abandoned activity goes on until its workflow has ended`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Stopping.self]) { scene in
            let handle = try await scene.start(Stopping.self, "abandon", "stop")
            try await scene.eventually { scene.notes == ["beat started"] }
            try await handle.signal(Stopping.stop)
            #expect(try await handle.result().hasSuffix("CancelledError"))
            try await scene.eventually { scene.notes == ["beat started", "beat notFound"] }
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Stopping",
                    "WorkflowTask",
                    "ActivityTaskScheduled 1 beat",
                    "WorkflowExecutionSignaled stop",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a cancelled run is cancelled`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Waiting.self]) { scene in
            let handle = try await scene.start(Waiting.self, "stop")
            try await scene.eventually { try await handle.describe().historyLength == 5 }
            try await handle.cancel(reason: "enough")
            #expect(try await outcome(of: handle) == "CancelledError")
            #expect(try await handle.describe().status == .cancelled)
            #expect(try await handle.describe().isCancelRequested)
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Waiting",
                    "WorkflowTask",
                    "TimerStarted 1 3600.0 seconds",
                    "WorkflowExecutionCancelRequested enough",
                    "WorkflowTask",
                    "TimerCanceled 1",
                    "WorkflowExecutionCanceled",
                ]
            )
            // What has ended need not be cancelled.
            try await handle.cancel()
            let absent = scene.client.workflowHandle(id: "absent-\(handle.id)")
            await #expect(throws: WorkflowNotFoundError.self) { try await absent.cancel() }
        }
    }

    @Test(arguments: Backend.available)
    func `a cancelled run cleans up`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Waiting.self]) { scene in
            let handle = try await scene.start(Waiting.self, "clean")
            try await scene.eventually { try await handle.describe().historyLength == 5 }
            try await handle.cancel()
            #expect(try await outcome(of: handle) == "CancelledError")
            #expect(scene.notes == ["echo cleaned"])
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Waiting",
                    "WorkflowTask",
                    "TimerStarted 1 3600.0 seconds",
                    "WorkflowExecutionCancelRequested",
                    "WorkflowTask",
                    "TimerCanceled 1",
                    "ActivityTaskScheduled 1 echo",
                    "ActivityTaskStarted",
                    "ActivityTaskCompleted",
                    "WorkflowTask",
                    "WorkflowExecutionCanceled",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a run that goes on after its cancellation completes`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Waiting.self]) { scene in
            let handle = try await scene.start(Waiting.self, "ignore")
            try await scene.eventually { try await handle.describe().historyLength == 5 }
            try await handle.cancel()
            #expect(try await handle.result() == "went on")
            #expect(try await handle.describe().status == .completed)
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Waiting",
                    "WorkflowTask",
                    "TimerStarted 1 3600.0 seconds",
                    "WorkflowExecutionCancelRequested",
                    "WorkflowTask",
                    "TimerCanceled 1",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a run is cancelled before its first task`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let handle = try await scene.start(Waiting.self, "stop")
        try await handle.cancel()
        let result = try await scene.withWorker(workflows: [Waiting.self]) { try await outcome(of: handle) }
        #expect(result == "CancelledError")
        try await expectHistory(
            handle,
            [
                "WorkflowExecutionStarted Waiting",
                "WorkflowTaskScheduled",
                "WorkflowExecutionCancelRequested",
                "WorkflowTaskStarted",
                "WorkflowTaskCompleted",
                "WorkflowExecutionCanceled",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `a run is terminated`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Waiting.self]) { scene in
            let handle = try await scene.start(Waiting.self, "stop")
            try await scene.eventually { try await handle.describe().historyLength == 5 }
            try await handle.terminate(reason: "no more", details: "x", 1)
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            #expect((error?.cause as? TerminatedError)?.message == "no more")
            #expect(error?.runID == handle.resultRunID)
            #expect(try await handle.describe().status == .terminated)
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Waiting",
                    "WorkflowTask",
                    "TimerStarted 1 3600.0 seconds",
                    "WorkflowExecutionTerminated no more by conformance",
                ]
            )
            await #expect(throws: WorkflowNotFoundError.self) { try await handle.terminate() }
        }
    }
}

/// Cancels an activity when it is told to, and returns how that ended.
@Workflow private actor Stopping {
    private var isStopped = false

    func run(_ kind: String, _ ending: String) async throws -> String {
        let types: [String: ActivityCancellationType] = ["wait": .waitCancellationCompleted, "abandon": .abandon]
        let activity = Task {
            try await context.executeActivity(
                Acts.beat,
                ending,
                startToCloseTimeout: .seconds(30),
                heartbeatTimeout: .seconds(20),
                cancellation: types[kind] ?? .tryCancel
            )
        }
        try await context.waitCondition { self.isStopped }
        activity.cancel()
        do {
            return try await activity.value
        } catch let error as ActivityError {
            return describe(error)
        }
    }

    @Signal func stop() { isStopped = true }
}

/// Waits for long, and deals with a cancellation as it is told.
@Workflow private actor Waiting {
    func run(_ kind: String) async throws -> String {
        do {
            try await context.sleep(.seconds(3600))
        } catch is CancellationError where kind == "ignore" {
            return "went on"
        } catch is CancellationError where kind == "clean" {
            _ = try await context.withoutCancellation {
                try await self.context.executeActivity(Acts.echo, "cleaned", startToCloseTimeout: .seconds(30))
            }
            throw CancellationError()
        }
        return "slept"
    }
}
