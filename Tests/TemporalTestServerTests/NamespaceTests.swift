import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// Namespaces: what is left of one that was deleted, what keeps one from being deleted, and what they hold.
@Suite(.timeLimit(.minutes(1))) struct NamespaceTests {
    private func register(_ script: Script, _ name: String = "default") async throws {
        _ =
            try await script.call(.registerNamespace) {
                $0.namespace = name
                $0.workflowExecutionRetentionPeriod.seconds = 86400
            } as APIRegisterNamespaceResponse
    }

    private func delete(_ script: Script, _ fill: (inout APIDeleteNamespaceRequest) -> Void) async throws {
        _ = try await script.call(.deleteNamespace) { fill(&$0) } as APIDeleteNamespaceResponse
    }

    private func update(_ script: Script, _ state: APINamespaceState) async throws {
        _ =
            try await script.call(.updateNamespace) {
                $0.namespace = "default"
                $0.updateInfo.state = state
            } as APIUpdateNamespaceResponse
    }

    @Test func `nothing of a deleted namespace is left to another of its name`() async throws {
        let script = Script()
        try await script.startActivity()
        _ = try await script.pollActivity() as APIPollActivityTaskQueueResponse
        try await script.createSchedule()
        try await script.deleteSchedule()
        _ =
            try await script.call(.createWorkerDeployment) {
                $0.namespace = "default"
                $0.deploymentName = "d"
            } as APICreateWorkerDeploymentResponse
        _ =
            try await script.call(.updateTaskQueueConfig) {
                $0.namespace = "default"
                $0.taskQueue = "q"
                $0.taskQueueType = .activity
                $0.updateQueueRateLimit.rateLimit.requestsPerSecond = 1
            } as APIUpdateTaskQueueConfigResponse
        try await delete(script) { $0.namespace = "default" }
        try await register(script)
        #expect(try await script.listActivities().isEmpty)
        try await script.startActivity()
        let deployments: APIListWorkerDeploymentsResponse = try await script.call(.listWorkerDeployments) {
            $0.namespace = "default"
        }
        #expect(deployments.workerDeployments.isEmpty)
        let queue: APIDescribeTaskQueueResponse = try await script.call(.describeTaskQueue) {
            $0.namespace = "default"
            $0.taskQueue.name = "q"
            $0.taskQueueType = .activity
            $0.reportConfig = true
        }
        #expect(!queue.hasConfig)
        let schedule = await #expect(throws: RPCError.self) { _ = try await script.describeSchedule() }
        #expect(schedule?.message == "workflow not found for ID: temporal-sys-scheduler:s")
    }

    @Test func `who waits for an activity hears that its namespace is deleted`() async throws {
        let script = Script()
        try await script.startActivity()
        async let outcome = script.outcome()
        await script.waits(1)
        try await delete(script) { $0.namespace = "default" }
        #expect(try await outcome.failure.message == "Delete activity execution")
    }

    @Test func `a namespace that an endpoint leads to is not deleted`() async throws {
        let script = Script()
        let endpoint: APICreateNexusEndpointResponse = try await script.call(.createNexusEndpoint) {
            $0.spec.name = "ep"
            $0.spec.target.worker.namespace = "default"
            $0.spec.target.worker.taskQueue = "q"
        }
        let error = await #expect(throws: RPCError.self) { try await delete(script) { $0.namespace = "default" } }
        #expect(error?.code == .failedPrecondition)
        #expect(error?.message == "cannot delete a namespace that is a target of a Nexus endpoint ep")
        _ =
            try await script.call(.deleteNexusEndpoint) {
                $0.id = endpoint.endpoint.id
                $0.version = endpoint.endpoint.version
            } as APIDeleteNexusEndpointResponse
        let both = await #expect(throws: RPCError.self) {
            try await delete(script) {
                $0.namespace = "default"
                $0.namespaceID = "id"
            }
        }
        #expect(both?.message == "Only one of namespace name or Id should be set on request.")
        try await delete(script) { $0.namespace = "default" }
    }

    @Test func `a namespace is deprecated and then deleted, never the other way round`() async throws {
        let script = Script()
        func refused(_ state: APINamespaceState) async {
            let error = await #expect(throws: RPCError.self) { try await update(script, state) }
            #expect(error?.code == .invalidArgument && error?.message == "Invalid namespace state update.")
        }
        try await update(script, .registered)
        try await update(script, .unspecified)
        try await update(script, .deprecated)
        await refused(.registered)
        try await update(script, .deleted)
        await refused(.registered)
        await refused(.deprecated)
    }

    @Test func `a page of namespaces begins where the one before ended`() async throws {
        let script = Script()
        for name in ["a", "b", "c", "d"] { try await register(script, name) }
        func page(_ token: Data) async throws -> (names: [String], token: Data) {
            let response: APIListNamespacesResponse = try await script.call(.listNamespaces) {
                $0.pageSize = 3
                $0.nextPageToken = token
            }
            return (response.namespaces.map(\.namespaceInfo.name), response.nextPageToken)
        }
        let first = try await page(Data())
        #expect(first.names == ["default", "a", "b"])
        try await delete(script) { $0.namespace = "a" }
        let second = try await page(first.token)
        #expect(second.names == ["c", "d"] && second.token.isEmpty)
    }

    @Test func `a namespace has ten keywords and three of each other type`() async throws {
        let script = Script()
        func add(_ names: [String], _ type: APIIndexedValueType) async throws {
            _ =
                try await script.call(.addSearchAttributes) {
                    $0.namespace = "default"
                    $0.searchAttributes = Dictionary(uniqueKeysWithValues: names.map { ($0, type) })
                } as APIAddSearchAttributesResponse
        }
        try await add(["T1", "T2", "T3"], .text)
        // What is there already is none too many.
        try await add(["T1"], .text)
        let text = await #expect(throws: RPCError.self) { try await add(["T4"], .text) }
        #expect(text?.code == .invalidArgument)
        #expect(text?.message == "cannot have more than 3 search attribute of type Text.")
        try await add((1...10).map { "K\($0)" }, .keyword)
        let keyword = await #expect(throws: RPCError.self) { try await add(["K11"], .keyword) }
        #expect(keyword?.message == "cannot have more than 10 search attribute of type Keyword.")
    }

    @Test func `what belongs to a division is shown to those who ask for it`() async throws {
        let script = Script()
        try await script.start("hidden") {
            $0.searchAttributes.indexedFields["TemporalNamespaceDivision"] = .keyword("mine")
        }
        try await script.start("shown")
        #expect(try await script.runs() == ["shown"])
        #expect(try await script.runs("WorkflowType = 'Flow'") == ["shown"])
        #expect(try await script.runs("TemporalNamespaceDivision = 'mine'") == ["hidden"])
        #expect(try await script.runs("TemporalNamespaceDivision IS NULL") == ["shown"])
        let open: APIListOpenWorkflowExecutionsResponse = try await script.call(.listOpenWorkflowExecutions) {
            $0.namespace = "default"
        }
        #expect(open.executions.map(\.execution.workflowID) == ["shown"])
        let count: APICountWorkflowExecutionsResponse = try await script.call(.countWorkflowExecutions) {
            $0.namespace = "default"
        }
        #expect(count.count == 1)
    }

    // MARK: What would only grow

    @Test func `workers that tell nothing any more are forgotten, though nobody lists them`() {
        var registry = WorkerRegistry()
        let begin = ContinuousClock.now
        for minute in 0..<100 {
            registry.record(
                [.with { $0.workerInstanceKey = "worker \(minute)" }],
                at: begin + .seconds(60 * minute)
            )
        }
        #expect(registry.count < 10)
    }

    @Test func `a heartbeat changes nothing that is stored`() throws {
        let engine = Engine(options: TestServer.Options())
        engine.addMissingNamespaces()
        engine.unstoredRuns = []
        _ = engine.takeChanges()
        try engine.record([.with { $0.workerInstanceKey = "w" }], namespace: "default")
        #expect(engine.takeChanges().isEmpty)
    }

    @Test func `task queues that nobody uses any more are forgotten`() {
        let engine = Engine(options: TestServer.Options())
        for number in 0..<63 {
            let queue = TaskQueue()
            if number > 0 { queue.lastPoll = .now - .seconds(301) }
            engine.queues[QueueKey(namespace: "default", name: "\(number)", kind: .workflow)] = queue
        }
        engine.forgetIdleQueues()
        #expect(engine.queues.count == 63)
        engine.queues[QueueKey(namespace: "default", name: "63", kind: .workflow)] = TaskQueue()
        engine.forgetIdleQueues()
        #expect(Set(engine.queues.keys.map(\.name)) == ["0", "63"])
    }
}
