import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker
import Testing

/// What the service knows of workers. Servers before these calls existed are passed over.
@Suite(.timeLimit(.minutes(2))) struct WorkerListScenarios {
    @Test(arguments: Backend.available)
    func `a worker is listed with what it is doing, until it stops`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        guard try await scene.hasCapability(\.workerHeartbeats) else { return }
        let query = "TaskQueue = '\(scene.taskQueue)'"
        var key = ""
        try await scene.withWorker(workflows: [Call.self], configure: { $0.identity = "listed" }) {
            try await scene.eventually { try await scene.client.countWorkers(query) == 1 }
            let worker = try #require(try await scene.client.listWorkers(query).all().first)
            #expect(worker.identity == "listed" && worker.status == .running)
            #expect(worker.taskQueue == scene.taskQueue && worker.sdkName == "temporal-swift")
            #expect(!worker.hostName.isEmpty && !worker.processID.isEmpty && worker.startTime != nil)
            #expect(try await scene.client.countWorkers("\(query) AND WorkerStatus = 'ShuttingDown'") == 0)
            key = worker.instanceKey
            let description = try await scene.client.describeWorker(instanceKey: key)
            #expect(description.identity == "listed" && description.status == .running)
            #expect(description.workflowTaskSlots?.available == 100 && description.activitySlots?.available == 100)
            #expect(description.localActivitySlots?.supplierKind == "Fixed")
            #expect(description.heartbeatTime != nil)
        }
        #expect(try await scene.client.listWorkers(query).all().isEmpty)
        let error = await #expect(throws: WorkerNotFoundError.self) {
            try await scene.client.describeWorker(instanceKey: key)
        }
        #expect(error?.instanceKey == key && error?.message == "Worker \(key) not found")
    }
}
