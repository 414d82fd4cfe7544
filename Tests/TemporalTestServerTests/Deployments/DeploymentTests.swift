import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// The calls that show and change worker deployments.
@Suite(.timeLimit(.minutes(1))) struct DeploymentTests {
    private func polled(_ builds: [String?] = ["1", "2"]) async -> VersionedWorkers {
        let workers = VersionedWorkers(Script(), builds)
        await workers.poll()
        return workers
    }

    @Test func `a deployment and its versions come with the polls of their workers`() async throws {
        let workers = await polled()
        let deployment = try await workers.describe()
        #expect(deployment.name == "d")
        #expect(deployment.versionSummaries.map(\.version) == ["d.2", "d.1"])
        #expect(deployment.versionSummaries.map(\.status) == [.inactive, .inactive])
        #expect(deployment.routingConfig.currentVersion == "__unversioned__")
        #expect(deployment.routingConfig.rampingVersion == "")
        let version = try await workers.describe("1")
        #expect(version.deploymentVersion == workers.version("1").proto)
        #expect(version.taskQueueInfos.map(\.name) == ["q"])
        #expect(version.taskQueueInfos.map(\.type) == [.workflow])
        let list = try await workers.script.call(.listWorkerDeployments) { $0.namespace = "default" }
        #expect(list.workerDeployments.map(\.name) == ["d"])
        #expect(list.workerDeployments[0].latestVersionSummary.version == "d.2")
        await workers.stop()
    }

    @Test func `deployments are listed page by page, the latest first`() async throws {
        let script = Script()
        for name in ["a", "b", "c"] {
            _ = try await script.call(.createWorkerDeployment) {
                $0.namespace = "default"
                $0.deploymentName = name
            }
        }
        var (names, token) = ([[String]](), Data())
        repeat {
            let page = try await script.call(.listWorkerDeployments) {
                $0.namespace = "default"
                $0.pageSize = 2
                $0.nextPageToken = token
            }
            names.append(page.workerDeployments.map(\.name))
            token = page.nextPageToken
        } while !token.isEmpty
        #expect(names == [["c", "b"], ["a"]])
    }

    @Test(arguments: [
        ("d.x", "1", "worker deployment name cannot contain '.'"),
        ("d:x", "1", "worker deployment name cannot contain ':'"),
        ("__d", "1", "WorkerDeploymentName cannot start with '__'"),
        ("d", "__1", "BuildID cannot start with '__'"), ("", "1", "Deployment name and build id must be set together."),
        ("d", "", "Deployment name and build id must be set together."),
        (String(repeating: "d", count: 481), "1", "size of WorkerDeploymentName larger than the maximum allowed"),
    ])
    func `a poll of a version that cannot be is refused`(_ name: String, _ build: String, _ message: String)
        async throws
    {
        let error = await #expect(throws: RPCError.self) {
            try await Script().call(.pollWorkflowTaskQueue) {
                $0.namespace = "default"
                $0.taskQueue.name = "q"
                $0.deploymentOptions.deploymentName = name
                $0.deploymentOptions.buildID = build
                $0.deploymentOptions.workerVersioningMode = .versioned
            }
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == message)
    }

    @Test func `setting the current version says what it was before`() async throws {
        let workers = await polled()
        var response = try await workers.setCurrent("1")
        #expect(response.previousVersion == "__unversioned__")
        #expect(!response.hasPreviousDeploymentVersion)
        let token = response.conflictToken
        // The same again changes nothing.
        response = try await workers.setCurrent("1")
        #expect(response.conflictToken == token)
        #expect(response.previousVersion == "d.1")
        // Older clients name the version in a text.
        response = try await workers.setCurrent(nil) { $0.version = "d.2" }
        #expect(response.previousDeploymentVersion == workers.version("1").proto)
        let stale = await #expect(throws: RPCError.self) {
            try await workers.setCurrent("1") { $0.conflictToken = token }
        }
        #expect(stale?.code == .failedPrecondition)
        #expect(stale?.message == "conflict token mismatch")
        let absent = await #expect(throws: RPCError.self) { try await workers.setCurrent("3") }
        #expect(absent?.code == .notFound)
        #expect(absent?.message == "build ID '3' not found in Worker Deployment 'd'")
        try await workers.setCurrent("3") {
            $0.allowNoPollers = true
            $0.ignoreMissingTaskQueues = true
        }
        #expect(try await workers.describe("3").status == .current)
        response = try await workers.setCurrent(nil)
        #expect(response.previousVersion == "d.3")
        await workers.stop()
    }

    @Test func `a deployment that is not there says so`() async throws {
        let workers = VersionedWorkers(Script(), [])
        let message = "no Worker Deployment found with name 'd'; does your Worker Deployment have pollers?"
        let described = await #expect(throws: RPCError.self) { try await workers.describe() }
        #expect(described?.code == .notFound)
        #expect(described?.message == message)
        let set = await #expect(throws: RPCError.self) { try await workers.setCurrent("1") }
        #expect(set?.message == message)
        let version = await #expect(throws: RPCError.self) { try await workers.describe("1") }
        #expect(version?.message == "Worker Deployment Version not found")
    }

    @Test func `a ramp is begun, moved and ended`() async throws {
        let workers = await polled()
        try await workers.setCurrent("1")
        let current = await #expect(throws: RPCError.self) { try await workers.setRamp("1", 10) }
        #expect(current?.code == .failedPrecondition)
        #expect(current?.message == "requested ramping version d.1 is already current")
        let range = await #expect(throws: RPCError.self) { try await workers.setRamp("2", 101) }
        #expect(range?.code == .invalidArgument)
        var response = try await workers.setRamp("2", 10)
        #expect(response.previousVersion == "")
        response = try await workers.setRamp("2", 30)
        #expect(response.previousVersion == "d.2")
        #expect(response.previousPercentage == 10)
        #expect(try await workers.describe().routingConfig.rampingVersionPercentage == 30)
        #expect(try await workers.describe("2").rampPercentage == 30)
        response = try await workers.setRamp(nil, 0)
        #expect(response.previousDeploymentVersion == workers.version("2").proto)
        #expect(try await workers.describe().routingConfig.rampingVersion == "")
        #expect(try await workers.describe("2").status == .draining)
        // A share alone means workers without a version.
        try await workers.setRamp(nil, 20)
        #expect(try await workers.describe().routingConfig.rampingVersion == "__unversioned__")
        await workers.stop()
    }

    @Test func `only the manager changes the routing`() async throws {
        let workers = await polled()
        func setManager(_ fill: (inout APISetWorkerDeploymentManagerRequest) -> Void) async throws -> String {
            try await workers.script.call(.setWorkerDeploymentManager) {
                $0.namespace = "default"
                $0.deploymentName = "d"
                $0.identity = "boss"
                fill(&$0)
            }
            .previousManagerIdentity
        }
        let first = try await setManager { $0.self_p = true }
        #expect(first == "")
        let refused = await #expect(throws: RPCError.self) { try await workers.setCurrent("1") }
        #expect(refused?.code == .failedPrecondition)
        #expect(
            refused?.message.hasPrefix("ManagerIdentity 'boss' is set and does not match user identity 'operator'")
                == true
        )
        try await workers.setCurrent("1") { $0.identity = "boss" }
        let last = try await setManager { $0.managerIdentity = "" }
        #expect(last == "boss")
        try await workers.setCurrent("2")
        await workers.stop()
    }

    @Test func `a version that lacks a task queue in use does not take over unless that is meant`() async throws {
        let workers = await polled()
        try await workers.setCurrent("1")
        let other = VersionedWorkers(workers.script, ["1"])
        func poll(_ options: APIWorkerDeploymentOptions?) async {
            let waiting = workers.script.server.waitingCalls
            let task = Task {
                try await workers.script.call(.pollActivityTaskQueue) {
                    $0.namespace = "default"
                    $0.taskQueue.name = "q"
                    if let options { $0.deploymentOptions = options }
                }
            }
            await workers.script.waits(waiting + 1)
            task.cancel()
            await workers.script.waits(waiting)
        }
        await poll(other.options("1"))
        // Nothing is lost as long as nobody uses it.
        try await workers.setCurrent("2")
        try await workers.setCurrent("1")
        try await workers.script.start()
        let item = try await workers.next()
        try await workers.complete(item, .autoUpgrade, [.activity()])
        let refused = await #expect(throws: RPCError.self) { try await workers.setCurrent("2") }
        #expect(refused?.code == .failedPrecondition)
        #expect(refused?.message.hasPrefix("proposed current version 'd:2' is missing active task queues") == true)
        let ramp = await #expect(throws: RPCError.self) { try await workers.setRamp("2", 1) }
        #expect(ramp?.message.hasPrefix("proposed ramping version 'd:2' is missing active task queues") == true)
        try await workers.setCurrent("2") { $0.ignoreMissingTaskQueues = true }
        await workers.stop()
    }

    @Test func `a version drains until no open run is pinned to it`() async throws {
        let script = Script()
        let workers = VersionedWorkers(script, ["1", "2"])
        await workers.poll()
        try await workers.setCurrent("1")
        try await script.start()
        try await workers.complete(try await workers.next(), .pinned)
        await workers.poll()
        try await workers.setCurrent("2")
        #expect(try await workers.describe("1").status == .draining)
        try await script.server.sleep(for: .seconds(400))
        var info = try await workers.describe("1")
        #expect(info.status == .draining)
        #expect(info.drainageInfo.status == .draining)
        // It was looked at twice meanwhile.
        #expect(info.drainageInfo.lastCheckedTime.seconds - info.drainageInfo.lastChangedTime.seconds == 360)
        try await script.signal()
        try await workers.complete(try await workers.next(), .pinned, [.complete()])
        try await script.server.sleep(for: .seconds(100))
        #expect(try await workers.describe("1").status == .draining)
        try await script.server.sleep(for: .seconds(100))
        info = try await workers.describe("1")
        #expect(info.status == .drained)
        #expect(info.drainageInfo.status == .drained)
        // Back in use, it is neither.
        try await workers.setCurrent("1")
        info = try await workers.describe("1")
        #expect(info.status == .current)
        #expect(!info.hasDrainageInfo)
        await workers.stop()
    }

    @Test func `a version drains when the runs that are pinned to it are deleted`() async throws {
        let script = Script()
        let workers = VersionedWorkers(script, ["1", "2"])
        await workers.poll()
        try await workers.setCurrent("1")
        try await script.start()
        try await workers.complete(try await workers.next(), .pinned)
        try await workers.setCurrent("2")
        _ = try await script.call(.deleteWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = "w"
        }
        try await script.server.sleep(for: .seconds(400))
        #expect(try await workers.describe("1").status == .drained)
        await workers.stop()
    }

    @Test func `to look a routing up changes nothing that is to be stored`() async throws {
        let workers = await polled()
        try await workers.setCurrent("1")
        let queue = QueueKey(namespace: "default", name: "q", kind: .workflow)
        workers.script.server.transact { engine in
            engine.hasUnstoredDeployments = false
            #expect(engine.routing(of: queue).current.version == workers.version("1"))
            #expect(engine.routing(of: queue).current.version == workers.version("1"))
            #expect(!engine.hasUnstoredDeployments)
        }
        // What is known of the routing does not outlive it.
        try await workers.setCurrent("2")
        #expect(workers.script.server.transact { $0.routing(of: queue).current.version } == workers.version("2"))
        await workers.stop()
    }

    @Test func `a run that is pinned to a drained version keeps it from being drained`() async throws {
        let script = Script()
        let workers = VersionedWorkers(script, ["1", "2"])
        await workers.poll()
        try await workers.setCurrent("1")
        try await workers.setCurrent("2")
        try await script.server.sleep(for: .seconds(200))
        #expect(try await workers.describe("1").status == .drained)
        try await script.start { $0.versioningOverride = VersioningOverride.pinned(to: workers.version("1")).proto }
        #expect(try await workers.describe("1").status == .draining)
        let item = try await workers.next()
        #expect(item.buildID == "1")
        try await workers.complete(item, .autoUpgrade, [.complete()])
        try await script.server.sleep(for: .seconds(200))
        #expect(try await workers.describe("1").status == .drained)
        await workers.stop()
    }

    @Test func `only a version that nothing needs is deleted`() async throws {
        let script = Script()
        let (workers, gone) = (VersionedWorkers(script, ["2"]), VersionedWorkers(script, ["1"]))
        await workers.poll()
        await gone.poll()
        try await workers.setCurrent("1")
        func delete(_ build: String, skip: Bool = false) async throws {
            _ = try await script.call(.deleteWorkerDeploymentVersion) {
                $0.namespace = "default"
                $0.deploymentVersion = workers.version(build).proto
                $0.skipDrainage = skip
            }
        }
        func problem(_ build: String, skip: Bool = false) async -> String? {
            await #expect(throws: RPCError.self) { try await delete(build, skip: skip) }?.message
        }
        #expect(await problem("1") == "version 'd:1' cannot be deleted since it is current or ramping")
        try await workers.setCurrent("2")
        #expect(await problem("1") == "version 'd:1' cannot be deleted since it is draining")
        #expect(await problem("1", skip: true) == "version 'd:1' cannot be deleted since it has active pollers")
        await gone.stop()
        try await script.server.sleep(for: .seconds(301))
        try await delete("1")
        // It is gone, and deleting it again is no error.
        try await delete("1")
        #expect(try await workers.describe().versionSummaries.map(\.version) == ["d.2"])
        func deleteAll() async throws {
            _ = try await script.call(.deleteWorkerDeployment) {
                $0.namespace = "default"
                $0.deploymentName = "d"
            }
        }
        let full = await #expect(throws: RPCError.self) { try await deleteAll() }
        #expect(full?.message == "deployment has versions, can't be deleted")
        await workers.stop()
        try await workers.setCurrent(nil)
        try await script.server.sleep(for: .seconds(301))
        try await delete("2")
        try await deleteAll()
        try await deleteAll()
        let list = try await script.call(.listWorkerDeployments) { $0.namespace = "default" }
        #expect(list.workerDeployments.isEmpty)
    }

    @Test func `deployments and versions can be made before their workers`() async throws {
        let script = Script()
        let workers = VersionedWorkers(script, ["1"])
        func create(_ requestID: String) async throws -> Data {
            try await script.call(.createWorkerDeployment) {
                $0.namespace = "default"
                $0.deploymentName = "d"
                $0.requestID = requestID
            }
            .conflictToken
        }
        #expect(try await create("a") == create("a"))
        let twice = await #expect(throws: RPCError.self) { try await create("b") }
        #expect(twice?.code == .alreadyExists)
        _ = try await script.call(.createWorkerDeploymentVersion) {
            $0.namespace = "default"
            $0.deploymentVersion = workers.version("1").proto
        }
        #expect(try await workers.describe("1").status == .created)
        await workers.poll()
        #expect(try await workers.describe("1").status == .inactive)
        await workers.stop()
    }

    @Test func `notes about a version are set and taken away`() async throws {
        let workers = await polled()
        func update(_ set: [String: String], _ removed: [String] = []) async throws -> [String] {
            try await workers.script.call(.updateWorkerDeploymentVersionMetadata) {
                $0.namespace = "default"
                $0.deploymentVersion = workers.version("1").proto
                $0.upsertEntries = set.mapValues { text in .with { $0.data = Data(text.utf8) } }
                $0.removeEntries = removed
            }
            .metadata.entries.keys.sorted()
        }
        #expect(try await update(["a": "1", "b": "2"]) == ["a", "b"])
        #expect(try await update(["c": "3"], ["a"]) == ["b", "c"])
        #expect(try await workers.describe("1").metadata.entries.keys.sorted() == ["b", "c"])
        await #expect(throws: RPCError.self) { try await update([:]) }
        await workers.stop()
    }

    @Test func `the description of a version tells what waits for it and how fast that goes, if asked`() async throws {
        let workers = await polled(["1", "2"])
        try await workers.setCurrent("1")
        func queue(_ build: String, _ isAsked: Bool = true) async throws
            -> APIDescribeWorkerDeploymentVersionResponse.VersionTaskQueue
        {
            let description = try await workers.script.call(.describeWorkerDeploymentVersion) {
                $0.namespace = "default"
                $0.deploymentVersion = workers.version(build).proto
                $0.reportTaskQueueStats = isAsked
            }
            return try #require(description.versionTaskQueues.first)
        }
        // One is taken by the worker of the current version; the others wait.
        try await workers.script.start("a") { $0.priority.priorityKey = 1 }
        _ = try await workers.next()
        try await workers.script.start("b") { $0.priority.priorityKey = 1 }
        try await workers.script.start("c")
        await workers.stop()
        try await workers.script.start("d") {
            $0.versioningOverride = VersioningOverride.pinned(to: workers.version("2")).proto
        }
        workers.script.server.advance(by: .seconds(2))
        #expect(try await !queue("1", false).hasStats)
        let current = try await queue("1")
        #expect(current.name == "q" && current.type == .workflow)
        #expect(current.stats.approximateBacklogCount == 2 && current.stats.approximateBacklogAge.seconds == 2)
        #expect(current.stats.tasksAddRate == 1.5 && current.stats.tasksDispatchRate == 0.5)
        #expect(current.statsByPriorityKey.mapValues(\.approximateBacklogCount) == [1: 1, 3: 1])
        #expect(current.statsByPriorityKey.mapValues(\.tasksAddRate) == [1: 1, 3: 0.5])
        let other = try await queue("2")
        #expect(other.stats.approximateBacklogCount == 1)
        #expect(other.stats.tasksAddRate == 0.5 && other.stats.tasksDispatchRate == 0)
        // What waits goes with the routing.
        try await workers.setCurrent("2")
        #expect(try await queue("1").stats.approximateBacklogCount == 0)
        #expect(try await queue("2").stats.approximateBacklogCount == 3)
    }

    @Test func `the description of a task queue tells where its tasks go`() async throws {
        let workers = await polled(["1", "2", nil])
        try await workers.setCurrent("1")
        try await workers.setRamp("2", 25)
        func describe(_ fill: (inout APIDescribeTaskQueueRequest) -> Void = { _ in }) async throws
            -> APIDescribeTaskQueueResponse
        {
            try await workers.script.call(.describeTaskQueue) {
                $0.namespace = "default"
                $0.taskQueue.name = "q"
                $0.taskQueueType = .workflow
                fill(&$0)
            }
        }
        let info = try await describe().versioningInfo
        #expect(info.currentVersion == "d.1")
        #expect(info.currentDeploymentVersion == workers.version("1").proto)
        #expect(info.rampingDeploymentVersion == workers.version("2").proto)
        #expect(info.rampingVersionPercentage == 25)
        #expect(try await describe().pollers.map(\.deploymentOptions.buildID) == ["1", "2", ""])
        await workers.stop()
        try await workers.script.start {
            $0.versioningOverride = VersioningOverride.pinned(to: workers.version("2")).proto
        }
        let versions = try await describe {
            $0.apiMode = .enhanced
            $0.taskQueueTypes = [.workflow]
            $0.versions.buildIds = ["d:1", "d.2", ""]
            $0.reportStats = true
            $0.reportPollers = true
            $0.reportTaskReachability = true
        }
        .versionsInfo
        #expect(versions.keys.sorted() == ["", "d.2", "d:1"])
        let kind = Int32(APITaskQueueType.workflow.rawValue)
        #expect(versions["d.2"]?.typesInfo[kind]?.stats.approximateBacklogCount == 1)
        #expect(versions["d:1"]?.typesInfo[kind]?.stats.approximateBacklogCount == 0)
        #expect(versions["d:1"]?.typesInfo[kind]?.pollers.map(\.identity) == ["1"])
        #expect(versions["d:1"]?.taskReachability == .reachable)
        #expect(versions[""]?.taskReachability == .unreachable)
    }
}
