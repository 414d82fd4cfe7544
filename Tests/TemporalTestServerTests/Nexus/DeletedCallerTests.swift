import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// Requests to Nexus handlers whose caller was deleted.
@Suite(.timeLimit(.minutes(1)), .storesEverything) struct DeletedCallerTests {
    private let script = Script()

    /// Deletes a workflow that has called an operation, whose handler has the request.
    private func orphan() async throws -> APIPollNexusTaskQueueResponse {
        _ = try await script.call(.createNexusEndpoint) {
            $0.spec.name = "desk"
            $0.spec.target.worker.namespace = "default"
            $0.spec.target.worker.taskQueue = "q"
        }
        try await script.start()
        let command = APICommand.with {
            $0.commandType = .scheduleNexusOperation
            $0.scheduleNexusOperationCommandAttributes.endpoint = "desk"
            $0.scheduleNexusOperationCommandAttributes.service = "Service"
            $0.scheduleNexusOperationCommandAttributes.operation = "operation"
        }
        try await script.step(command)
        let task = try await script.call(.pollNexusTaskQueue) {
            $0.namespace = "default"
            $0.identity = "handler"
            $0.taskQueue.name = "q"
        }
        _ = try await script.call(.deleteWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = "w"
        }
        return task
    }

    @Test func `the answer of the handler is taken, and changes nothing`() async throws {
        let task = try await orphan()
        _ = try await script.call(.respondNexusTaskCompleted) {
            $0.namespace = "default"
            $0.taskToken = task.taskToken
            $0.response.startOperation.syncSuccess = .init()
        }
        try await script.start()
        try await script.step(.complete())
    }

    @Test func `so is its error`() async throws {
        let task = try await orphan()
        _ = try await script.call(.respondNexusTaskFailed) {
            $0.namespace = "default"
            $0.taskToken = task.taskToken
            $0.failure.nexusHandlerFailureInfo.type = "INTERNAL"
        }
        try await script.start()
        try await script.step(.complete())
    }

    @Test func `a worker that is lost takes the request with it`() async throws {
        _ = try await orphan()
        script.server.workerWasLost(identity: "handler")
        script.server.advance(by: .seconds(10))
        try await script.start()
        try await script.step(.complete())
    }
}
