import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import Testing

/// What an operator asks and does: namespaces, the cluster, task queues.
@Suite(.timeLimit(.minutes(3))) struct OperatorClientScenarios {
    @Test(arguments: Backend.available)
    func `a namespace is registered, changed and deleted`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let namespaces = scene.client.namespaces
        let name = "space-\(UUID().uuidString.lowercased())"
        try await namespaces.register(
            name,
            retention: .seconds(2 * 86_400),
            description: "a space",
            ownerEmail: "ada@example.com",
            data: ["team": "one"]
        )
        let again = await #expect(throws: NamespaceAlreadyExistsError.self) { try await namespaces.register(name) }
        #expect(again?.namespace == name)
        // A server needs a moment to know it.
        try await scene.eventually {
            do {
                _ = try await namespaces.describe(name)
                return true
            } catch is NamespaceNotFoundError {
                return false
            }
        }
        let first = try await namespaces.describe(name)
        #expect(first.name == name && !first.id.isEmpty)
        #expect(first.state == .registered)
        #expect(first.description == "a space")
        #expect(first.ownerEmail == "ada@example.com")
        #expect(first.data == ["team": "one"])
        #expect(first.retention == .seconds(2 * 86_400))
        #expect(first.historyArchive == nil && first.visibilityArchive == nil)
        #expect(!first.isGlobal)
        #expect(first.activeCluster == "active" && first.clusters == ["active"])
        #expect(first.capabilities.contains("syncUpdate"))
        #expect(try await namespaces.describe(id: first.id).name == name)
        let listed = try await namespaces.list(pageSize: 1).all().map(\.name)
        #expect(listed.contains(name) && listed.contains("default"))
        #expect(try await namespaces.describe().name == "default")

        let changed = try await namespaces.update(
            name,
            description: "another space",
            data: ["room": "2"],
            retention: .seconds(86_400)
        )
        #expect(changed.description == "another space")
        try await scene.eventually { try await namespaces.describe(name).description == "another space" }
        let second = try await namespaces.describe(name)
        #expect(second.ownerEmail == "ada@example.com")
        #expect(second.data == ["team": "one", "room": "2"])
        #expect(second.retention == .seconds(86_400))
        let short = await #expect(throws: RPCError.self) {
            try await namespaces.update(name, retention: .seconds(60))
        }
        #expect(short?.code == .invalidArgument)

        try await namespaces.deprecate(name)
        try await scene.eventually { try await namespaces.describe(name).state == .deprecated }
        // Nothing new begins there; what there is can be looked at.
        try await scene.eventually {
            do {
                _ = try await RawWorker(scene).start("late-\(UUID())") { $0.namespace = name }
                return false
            } catch let error as RPCError where error.code == .failedPrecondition {
                let detail = try #require(error.detail(APINamespaceInvalidStateFailure.self))
                #expect(detail.namespace == name && detail.state == .deprecated)
                return error.message == "Namespace has invalid state: Deprecated. Must be Registered."
            }
        }
        let signal = await #expect(throws: RPCError.self) {
            try await RawWorker(scene).call(.signalWithStartWorkflowExecution) { $0.namespace = name }
        }
        #expect(signal?.code == .failedPrecondition)
        try await RawWorker(scene).call(.countWorkflowExecutions) { $0.namespace = name }
        let remains = try await namespaces.delete(name)
        #expect(remains.hasPrefix("\(name)-deleted-"))
        try await scene.eventually {
            do {
                _ = try await namespaces.describe(name)
                return false
            } catch is NamespaceNotFoundError {
                return true
            }
        }
        let absent = "absent-\(UUID().uuidString.lowercased())"
        let missing = await #expect(throws: NamespaceNotFoundError.self) { try await namespaces.deprecate(absent) }
        #expect(missing?.namespace == absent)
    }

    @Test(arguments: Backend.available)
    func `a server says what it is, and that it serves`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let system = try await scene.client.operator.systemInfo()
        #expect(system.serverVersion == "1.27.1")
        #expect(system.supportsSchedules)
        #expect(system.capabilities.contains("upsertMemo"))
        let cluster = try await scene.client.operator.clusterInfo()
        #expect(cluster.name == "active")
        #expect(cluster.serverVersion == "1.27.1")
        #expect(cluster.historyShardCount >= 1)
        #expect(!cluster.id.isEmpty && !cluster.persistenceStore.isEmpty)
        let clusters = try await scene.client.operator.clusters().all()
        #expect(clusters.map(\.name) == ["active"])
        #expect(try await scene.client.operator.checkHealth() == .serving)
        #expect(try await scene.client.operator.checkHealth(of: "no.such.Service") == .unknownService)
    }

    @Test(arguments: Backend.available)
    func `a task queue says who polls it and how much waits`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let queues = scene.client.taskQueues
        #expect(try await queues.describe(scene.taskQueue).pollers.isEmpty)
        var handles: [UntypedWorkflowHandle] = []
        for _ in 0..<3 {
            handles.append(try await scene.client.startWorkflow(named: "Flow", options: scene.options()))
        }
        try await scene.eventually { try await queues.describe(scene.taskQueue).statistics?.backlogCount == 3 }
        // A rate needs time to be one.
        try await scene.sleep(.seconds(1))
        try await scene.eventually {
            try await queues.describe(scene.taskQueue).statistics?.tasksAddedPerSecond ?? 0 > 0
        }
        let waiting = try await queues.describe(scene.taskQueue)
        #expect(waiting.statistics?.tasksDispatchedPerSecond == 0 && waiting.statistics?.isRateLimited == false)
        if backend == .inMemory {
            #expect(waiting.statistics?.tasksAddedPerSecond == 3)
            #expect(waiting.statisticsByPriority.mapValues(\.backlogCount) == [3: 3])
            #expect(waiting.effectiveTasksPerSecondSource == .system)
        }
        #expect(waiting.name == scene.taskQueue && waiting.type == .workflow)
        #expect(waiting.statistics?.backlogAge ?? .seconds(-1) >= .zero)
        #expect(try await queues.describe(scene.taskQueue, type: .activity).statistics?.backlogCount ?? 0 == 0)
        let worker = RawWorker(scene)
        for _ in 0..<3 { try await worker.step() }
        try await scene.eventually { try await queues.describe(scene.taskQueue).statistics?.backlogCount == 0 }
        let polled = try await queues.describe(scene.taskQueue)
        #expect(polled.statistics?.tasksDispatchedPerSecond ?? 0 > 0)
        #expect(polled.pollers.map(\.identity) == ["worker"])
        #expect(polled.pollers.allSatisfy { $0.deployment == nil && $0.ratePerSecond > 0 })
        #expect(try await queues.describe(scene.taskQueue, type: .activity).pollers.isEmpty)
        for handle in handles { try await handle.terminate(reason: "end of the scenario") }
    }
}
