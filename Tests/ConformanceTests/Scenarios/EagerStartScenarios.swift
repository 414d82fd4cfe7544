import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

/// Workflows whose first task comes with the answer to their start. Servers that do not do that, as one of version 1.27 does
/// not without `system.enableEagerWorkflowStart=true`, are passed over.
@Suite(.timeLimit(.minutes(1))) struct EagerStartScenarios {
    @Test(arguments: Backend.available)
    func `the task comes started, again with a repeated start, and only as long as it is that task`(
        _ backend: Backend
    ) async throws {
        let scene = try await Scene(backend)
        guard try await scene.hasCapability(\.eagerWorkflowStart) else { return }
        let worker = RawWorker(scene)
        let id = "eager-\(UUID())"
        func start() async throws -> APIStartWorkflowExecutionResponse {
            try await worker.call(.startWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowID = id
                $0.workflowType.name = "Flow"
                $0.taskQueue.name = worker.taskQueue
                $0.requestID = id
                $0.identity = "client"
                $0.requestEagerExecution = true
            }
        }
        let first = try await start()
        let task = first.eagerWorkflowTask
        #expect(task.history.events.map(\.eventID) == [1, 2, 3])
        #expect(task.startedEventID == 3 && task.previousStartedEventID == 0 && task.attempt == 1)
        #expect(task.workflowExecution.runID == first.runID && task.workflowType.name == "Flow")
        let started = try #require(try await worker.events(id).last).workflowTaskStartedEventAttributes
        #expect(started.identity == "client" && started.requestID == id && started.scheduledEventID == 2)
        let again = try await start()
        #expect(again.started && again.runID == first.runID)
        #expect(again.eagerWorkflowTask.history.events.map(\.eventID) == [1, 2, 3])
        try await worker.complete(again.eagerWorkflowTask)
        #expect(try await !start().hasEagerWorkflowTask)
        try await worker.signal(id, "a")
        try await worker.step(.completion)
        #expect(
            try await worker.history(id) == [
                "started", "taskScheduled", "taskStarted", "taskCompleted", "signaled a", "taskScheduled",
                "taskStarted",
                "taskCompleted", "completed",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `no task comes before its time`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "eager-\(UUID())"
        let response = try await worker.call(.startWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowID = id
            $0.workflowType.name = "Flow"
            $0.taskQueue.name = worker.taskQueue
            $0.requestID = id
            $0.requestEagerExecution = true
            $0.workflowStartDelay.seconds = 1
        }
        #expect(response.started && !response.hasEagerWorkflowTask)
        try await scene.sleep(.seconds(1))
        try await worker.step(.completion)
    }
}
