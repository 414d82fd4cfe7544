import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

/// Activities that somebody holds: they do not end meanwhile. Servers that have these calls turned off, which needs
/// `frontend.activityAPIsEnabled=true` on a server of version 1.27, are passed over.
@Suite(.timeLimit(.minutes(1))) struct PausedActivityScenarios {
    @Test(arguments: Backend.available)
    func `a last attempt that fails is not the end while somebody holds it`(_ backend: Backend) async throws {
        let worker = RawWorker(try await Scene(backend))
        let id = "held-\(UUID())"
        _ = try await worker.start(id)
        var command = APICommand.activity("a", queue: worker.taskQueue)
        command.scheduleActivityTaskCommandAttributes.retryPolicy.maximumAttempts = 1
        try await worker.step(command)
        let first = try await poll(worker)
        do {
            try await worker.call(.pauseActivity) {
                $0.namespace = "default"
                $0.execution.workflowID = id
                $0.id = "a"
            }
        } catch let error as RPCError where error.code == .unimplemented && backend == .realServer {
            return
        }
        try await fail(worker, first)
        let held = try #require(try await worker.describe(id).pendingActivities.first)
        // A server of version 1.27 has no state of its own for it.
        #expect(held.paused && held.state == (backend == .realServer ? .scheduled : .paused))
        try await worker.call(.unpauseActivity) {
            $0.namespace = "default"
            $0.execution.workflowID = id
            $0.id = "a"
        }
        try await fail(worker, try await poll(worker))
        try await worker.step(.completion)
        let failed = try #require(try await worker.events(id).first { $0.eventType == .activityTaskFailed })
        #expect(failed.activityTaskFailedEventAttributes.retryState == .maximumAttemptsReached)
    }

    private func fail(_ worker: RawWorker, _ task: APIPollActivityTaskQueueResponse) async throws {
        try await worker.call(.respondActivityTaskFailed) {
            $0.namespace = "default"
            $0.taskToken = task.taskToken
            $0.failure.applicationFailureInfo = .init()
        }
    }

    private func poll(_ worker: RawWorker) async throws -> APIPollActivityTaskQueueResponse {
        try await worker.call(.pollActivityTaskQueue) {
            $0.namespace = "default"
            $0.taskQueue.name = worker.taskQueue
        }
    }
}
