import SwiftProtobuf
import Temporal
import TemporalAPI

/// The calls of Nexus operations.
extension Script {
    /// Makes an endpoint that leads to the queue `q`.
    @discardableResult
    func makeEndpoint(_ name: String = "desk") async throws -> APINexusEndpoint {
        try await call(.createNexusEndpoint) {
            $0.spec.name = name
            $0.spec.target.worker.namespace = "default"
            $0.spec.target.worker.taskQueue = "q"
        }
        .endpoint
    }

    /// Takes the next task of the queue `q`, as a handler.
    func pollNexus() async throws -> APIPollNexusTaskQueueResponse {
        try await call(.pollNexusTaskQueue) {
            $0.namespace = "default"
            $0.identity = "handler"
            $0.taskQueue.name = "q"
        }
    }

    /// Answers a task as a handler does.
    func answer(
        _ task: APIPollNexusTaskQueueResponse,
        _ fill: (inout APINexusResponse) -> Void
    ) async throws {
        _ = try await call(.respondNexusTaskCompleted) {
            $0.namespace = "default"
            $0.taskToken = task.taskToken
            fill(&$0.response)
        }
    }
}
