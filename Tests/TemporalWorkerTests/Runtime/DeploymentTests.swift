import Foundation
import Logging
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import Testing

@testable import TemporalWorker

@Workflow(versioningBehavior: .pinned) private actor Pinned {
    func run() async throws -> String {
        let version = context.currentDeploymentVersion?.description ?? "none"
        return "\(version), \(context.isTargetWorkerDeploymentVersionChanged)"
    }
}

@Workflow private actor Undecided {
    func run() async throws {
        try context.continueAsNew(
            Undecided.self,
            options: ContinueAsNewOptions(initialVersioningBehavior: .useRampingVersion)
        )
    }
}

/// What a worker says of its version, and which settings make no sense.
@Suite(.timeLimit(.minutes(1))) struct DeploymentTests {
    private let version = WorkerDeploymentVersion(deploymentName: "orders", buildID: "2")
    private let script = WorkerScript()

    private func worker(
        _ deployment: WorkerDeploymentOptions?,
        _ workflows: [any Workflow.Type] = [Pinned.self]
    ) throws -> TemporalWorker {
        var options = WorkerOptions()
        options.deployment = deployment
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return try TemporalWorker(
            client: TemporalClient(service: script, identity: "test", logger: logger),
            taskQueue: "queue",
            workflows: workflows,
            options: options
        )
    }

    @Test func `a versioned worker has to know what becomes of the runs of each workflow`() throws {
        let error = #expect(throws: WorkerConfigurationError.self) {
            try worker(WorkerDeploymentOptions(version: version), [Pinned.self, Undecided.self])
        }
        #expect(
            error?.description
                == "The worker uses versioning, but does not know what becomes of runs of 'Undecided' when another version "
                + "takes over: write '@Workflow(versioningBehavior: .pinned)' or '.autoUpgrade', or set "
                + "defaultVersioningBehavior."
        )
        _ = try worker(
            WorkerDeploymentOptions(version: version, defaultVersioningBehavior: .autoUpgrade),
            [Pinned.self, Undecided.self]
        )
        _ = try worker(WorkerDeploymentOptions(version: version, usesVersioning: false), [Undecided.self])
        _ = try worker(nil, [Pinned.self, Undecided.self])
    }

    @Test func `a default for a worker that does not use versioning is a mistake`() {
        let error = #expect(throws: WorkerConfigurationError.self) {
            try worker(
                WorkerDeploymentOptions(version: version, usesVersioning: false, defaultVersioningBehavior: .pinned)
            )
        }
        #expect(error?.description.contains("set usesVersioning to true") == true)
    }

    @Test(arguments: [
        ("", "1", "it has no deployment name"), ("d", "", "it has no build id"),
        ("a.b", "1", "a deployment name cannot contain '.' or ':'"), ("__d", "1", "can begin with '__'"),
    ])
    func `a version that the service refuses is refused at once`(_ name: String, _ build: String, _ problem: String) {
        let error = #expect(throws: WorkerConfigurationError.self) {
            try worker(
                WorkerDeploymentOptions(version: WorkerDeploymentVersion(deploymentName: name, buildID: build))
            )
        }
        #expect(error?.description.contains(problem) == true)
    }

    private func task(_ events: [APIHistoryEvent], _ type: String) -> APIPollWorkflowTaskQueueResponse {
        .with {
            $0.taskToken = Data("token".utf8)
            $0.workflowExecution.workflowID = "w"
            $0.workflowExecution.runID = "r"
            $0.workflowType.name = type
            $0.startedEventID = Int64(events.count)
            $0.attempt = 1
            $0.history.events = events.enumerated().map { index, event in
                var event = event
                event.eventID = Int64(index + 1)
                return event
            }
        }
    }

    private func firstTask(_ type: String, tells: Bool = false) -> APIPollWorkflowTaskQueueResponse {
        task(
            [
                .with { $0.workflowExecutionStartedEventAttributes.workflowType.name = type },
                .with { $0.workflowTaskScheduledEventAttributes = .init() },
                .with { $0.workflowTaskStartedEventAttributes.targetWorkerDeploymentVersionChanged = tells },
            ],
            type
        )
    }

    /// What the worker answers to a task.
    private func answer(
        _ worker: TemporalWorker,
        _ task: APIPollWorkflowTaskQueueResponse
    ) async throws -> APIRespondWorkflowTaskCompletedRequest {
        let handler = try #require(worker.workflows)
        await handler.handle(task)
        return try #require(script.requests(.respondWorkflowTaskCompleted).last)
    }

    @Test func `the answer to a workflow task says the version and what becomes of the run`() async throws {
        let request = try await answer(
            worker(WorkerDeploymentOptions(version: version)),
            firstTask("Pinned", tells: true)
        )
        #expect(request.versioningBehavior == .pinned)
        #expect(request.deploymentOptions.deploymentName == "orders")
        #expect(request.deploymentOptions.buildID == "2")
        #expect(request.deploymentOptions.workerVersioningMode == .versioned)
        #expect(!request.hasWorkerVersionStamp)
        let result = request.commands.first?.completeWorkflowExecutionCommandAttributes.result.payloads.first?.data
        #expect(result.map { String(decoding: $0, as: UTF8.self) } == "\"orders:2, true\"")
    }

    @Test func `a worker that does not use versioning only stamps its answers`() async throws {
        let options = WorkerDeploymentOptions(version: version, usesVersioning: false)
        let request = try await answer(worker(options), firstTask("Pinned"))
        #expect(request.versioningBehavior == .unspecified)
        #expect(request.deploymentOptions.workerVersioningMode == .unversioned)
        #expect(request.workerVersionStamp.buildID == "2")
        #expect(!request.workerVersionStamp.useVersioning)
    }

    @Test func `continuing as new says where the next run begins, and the default counts`() async throws {
        let options = WorkerDeploymentOptions(version: version, defaultVersioningBehavior: .autoUpgrade)
        let request = try await answer(worker(options, [Undecided.self]), firstTask("Undecided"))
        #expect(request.versioningBehavior == .autoUpgrade)
        let attributes = request.commands.first?.continueAsNewWorkflowExecutionCommandAttributes
        #expect(attributes?.initialVersioningBehavior == .useRampingVersion)
    }

    @Test(
        arguments: [
            .with { $0.deploymentVersion = WorkerDeploymentVersion(deploymentName: "orders", buildID: "1").proto },
            .with { $0.workerDeploymentVersion = "orders.1" },
            .with {
                $0.deployment.seriesName = "orders"
                $0.deployment.buildID = "1"
            },
        ] as [APIWorkflowTaskCompletedEventAttributes]
    )
    func `on replay the code sees the version that worked on the task then`(
        _ completed: APIWorkflowTaskCompletedEventAttributes
    ) async throws {
        var events = firstTask("Pinned").history.events
        events.append(.with { $0.workflowTaskCompletedEventAttributes = completed })
        let result = try PayloadConverter().encode("orders:1, false")
        events.append(.with { $0.workflowExecutionCompletedEventAttributes.result = APIPayloads([result]) })
        for index in events.indices { events[index].eventID = Int64(index + 1) }
        try await WorkflowReplayer(workflows: [Pinned.self]).replay(events, workflowID: "w", runID: "r")
    }

    @Test func `polls and heartbeats say the version`() async throws {
        script.answer(.describeNamespace) { _ in .with { $0.namespaceInfo.capabilities.workerHeartbeats = true } }
        let worker = try worker(WorkerDeploymentOptions(version: version))
        let running = Task { try await worker.run() }
        await script.waitForCalls(.pollWorkflowTaskQueue, 5)
        await script.waitForCalls(.recordWorkerHeartbeat, 1)
        running.cancel()
        try await running.value
        let polls = script.requests(.pollWorkflowTaskQueue)
        #expect(polls.allSatisfy { $0.deploymentOptions.buildID == "2" })
        #expect(polls.filter { $0.taskQueue.kind == .sticky }.allSatisfy { $0.taskQueue.normalName == "queue" })
        let heartbeats = script.requests(.recordWorkerHeartbeat).flatMap(\.workerHeartbeat)
        #expect(heartbeats.allSatisfy { $0.deploymentVersion == version.proto })
    }
}
