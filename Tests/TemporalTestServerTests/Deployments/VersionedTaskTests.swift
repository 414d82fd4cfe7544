import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// Which workers get the tasks of runs whose workers have versions.
@Suite(.timeLimit(.minutes(1))) struct VersionedTaskTests {
    /// What the routing says, as a test remembers it.
    private struct Model {
        var current: String?
        var ramp: (build: String?, percentage: Float)?
        var runs: [(id: String, behavior: VersioningBehavior, build: String?)] = []

        func target(_ id: String) -> String? {
            guard let ramp, ramp.percentage > 0 else { return current }
            return FarmHash.threshold(id) <= Double(ramp.percentage) || ramp.percentage == 100 ? ramp.build : current
        }

        func expected(_ index: Int) -> String? {
            let run = runs[index]
            return run.behavior == .pinned && run.build != nil ? run.build : target(run.id)
        }
    }

    /// However the routing changes, each task goes where the rules say: pinned runs stay, all others follow.
    @Test(arguments: 0..<12 as Range<UInt64>)
    func `tasks follow the routing under any seed`(_ seed: UInt64) async throws {
        var source = IdentifierSource(seed: seed)
        let builds = ["1", "2", "3", nil]
        let workers = VersionedWorkers(Script(), builds)
        await workers.poll()
        var model = Model()
        func serve(_ index: Int) async throws {
            let item = try await workers.next()
            #expect(item.buildID == model.expected(index), "run \(index) of seed \(seed)")
            try await workers.complete(item, model.runs[index].behavior)
            model.runs[index].build = item.buildID
            await workers.poll()
        }
        for _ in 0..<40 {
            let build = builds[Int(source.next() % 4)]
            switch source.next() % 5 {
            case 0:
                try await workers.setCurrent(build)
                model.current = build
                if model.ramp?.build == build { model.ramp = nil }
            case 1 where build != model.current:
                let percentage = Float(source.next() % 101)
                try await workers.setRamp(build, percentage)
                model.ramp = build == nil && percentage == 0 ? nil : (build, percentage)
            case 2 where !model.runs.isEmpty, 3 where !model.runs.isEmpty:
                let index = Int(source.next() % UInt64(model.runs.count))
                try await workers.script.signal(id: model.runs[index].id)
                try await serve(index)
            default:
                model.runs.append((source.uuid(), source.next() % 2 == 0 ? .pinned : .autoUpgrade, nil))
                try await workers.script.start(model.runs[model.runs.count - 1].id)
                try await serve(model.runs.count - 1)
            }
        }
        await workers.stop()
    }

    @Test func `a task that waits goes to the version that becomes current`() async throws {
        let workers = VersionedWorkers(Script(), ["1", "2"])
        try await workers.script.start()
        await workers.poll()
        #expect(workers.script.server.waitingCalls == 2)
        try await workers.setCurrent("2")
        let item = try await workers.next()
        #expect(item.buildID == "2")
        try await workers.complete(item, .autoUpgrade)
        let info = try await workers.script.describe().workflowExecutionInfo
        #expect(info.versioningInfo.behavior == .autoUpgrade)
        #expect(info.versioningInfo.deploymentVersion == workers.version("2").proto)
        #expect(info.versioningInfo.version == "d.2")
        #expect(info.versioningInfo.revisionNumber == 1)
        #expect(info.workerDeploymentName == "d")
        let found = info.searchAttributes.indexedFields.mapValues { String(decoding: $0.data, as: UTF8.self) }
        #expect(found["TemporalWorkerDeployment"] == "\"d\"")
        #expect(found["TemporalWorkerDeploymentVersion"] == "\"d:2\"")
        #expect(found["TemporalWorkflowVersioningBehavior"] == "\"AutoUpgrade\"")
        #expect(found["TemporalUsedWorkerDeploymentVersions"] == "[\"d:2\"]")
        await workers.stop()
    }

    @Test func `a run is on its way until a task of the new version completes`() async throws {
        let script = Script()
        let workers = VersionedWorkers(script, ["1", "2"])
        await workers.poll()
        try await workers.setCurrent("1")
        try await script.start()
        try await workers.complete(try await workers.next(), .autoUpgrade, [.activity()])
        await workers.poll()
        try await workers.setCurrent("2")
        // The activity waits for the workflow: it goes to the new version first.
        let activity = Task {
            try await script.call(.pollActivityTaskQueue) {
                $0.namespace = "default"
                $0.identity = "2"
                $0.taskQueue.name = "q"
                if let options = workers.options("2") { $0.deploymentOptions = options }
            }
        }
        let item = try await workers.next()
        #expect(item.buildID == "2")
        var versioning = try await script.describe().workflowExecutionInfo.versioningInfo
        #expect(versioning.versionTransition.deploymentVersion == workers.version("2").proto)
        #expect(versioning.deploymentVersion == workers.version("1").proto)
        try await workers.complete(item, .autoUpgrade)
        let task = try await activity.value
        #expect(task.activityID == "a")
        let description = try await script.describe()
        versioning = description.workflowExecutionInfo.versioningInfo
        #expect(!versioning.hasVersionTransition)
        #expect(versioning.deploymentVersion == workers.version("2").proto)
        #expect(description.pendingActivities.first?.lastDeploymentVersion == workers.version("2").proto)
        await workers.stop()
    }

    @Test func `an activity of a pinned run goes to its version, or to another deployment that has its task queue`()
        async throws
    {
        let script = Script()
        let workers = VersionedWorkers(script, ["1", "2"])
        let others = VersionedWorkers(script, deployment: "other", ["9"])
        await workers.poll()
        try await workers.setCurrent("1")
        func pollActivity(_ options: APIWorkerDeploymentOptions?, queue: String) async -> Task<String, any Error> {
            let waiting = script.server.waitingCalls
            let task = Task {
                try await script.call(.pollActivityTaskQueue) {
                    $0.namespace = "default"
                    $0.identity = "someone"
                    $0.taskQueue.name = queue
                    if let options { $0.deploymentOptions = options }
                }
                .activityID
            }
            await script.waits(waiting + 1)
            return task
        }
        let (one, two) = (
            await pollActivity(workers.options("1"), queue: "q"), await pollActivity(workers.options("2"), queue: "q")
        )
        let other = await pollActivity(others.options("9"), queue: "elsewhere")
        try await others.setCurrent("9")
        try await script.start()
        let item = try await workers.next()
        try await workers.setCurrent("2")
        try await workers.complete(
            item,
            .pinned,
            [.activity("here"), .activity("there") { $0.taskQueue.name = "elsewhere" }]
        )
        #expect(try await one.value == "here")
        #expect(try await other.value == "there")
        two.cancel()
        await workers.stop()
    }

    @Test func `an override moves a run that is pinned, also while its task waits`() async throws {
        let script = Script()
        let workers = VersionedWorkers(script, ["2"])
        let gone = VersionedWorkers(script, ["1"])
        await gone.poll()
        try await gone.setCurrent("1")
        try await script.start()
        try await gone.complete(try await gone.next(), .pinned)
        try await script.signal()
        await workers.poll()
        func override(_ override: VersioningOverride?) async throws {
            _ = try await script.call(.updateWorkflowExecutionOptions) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = "w"
                $0.updateMask.paths = ["versioning_override"]
                if let override { $0.workflowExecutionOptions.versioningOverride = override.proto }
            }
        }
        let absent = await #expect(throws: RPCError.self) { try await override(.pinned(to: workers.version("3"))) }
        #expect(absent?.code == .failedPrecondition)
        #expect(absent?.message == "Pinned version 'd:3' is not present in task queue 'q' of type 'Workflow'")
        try await override(.pinned(to: workers.version("2")))
        let item = try await workers.next()
        #expect(item.buildID == "2")
        try await workers.complete(item, .pinned)
        let events = script.history()
        let updated = try #require(events.first { $0.eventType == .workflowExecutionOptionsUpdated })
        let attributes = updated.workflowExecutionOptionsUpdatedEventAttributes
        #expect(attributes.versioningOverride.pinned.version == workers.version("2").proto)
        #expect(attributes.versioningOverride.pinnedVersion == "d.2")
        // Without the override the run is where it was last.
        try await override(nil)
        let versioning = try await script.describe().workflowExecutionInfo.versioningInfo
        #expect(versioning.deploymentVersion == workers.version("2").proto)
        #expect(!versioning.hasVersioningOverride)
        await workers.stop()
        await gone.stop()
    }

    @Test func `a pinned run hears of a new version, and continues as new on it if it asks for that`() async throws {
        let script = Script()
        let workers = VersionedWorkers(script, ["1", "2"])
        await workers.poll()
        try await workers.setCurrent("1")
        try await script.start()
        try await workers.complete(try await workers.next(), .pinned)
        await workers.poll()
        try await workers.setCurrent("2")
        try await script.signal()
        func tells(_ item: VersionedWorkers.Catch) -> Bool {
            item.task.history.events.last?.workflowTaskStartedEventAttributes.targetWorkerDeploymentVersionChanged
                ?? false
        }
        var item = try await workers.next()
        #expect(item.buildID == "1")
        #expect(tells(item))
        // It stays, and is not told again of what it knows.
        try await workers.complete(item, .pinned, [.continueAsNew("x")])
        // Runs of a chain begin a second apart.
        try await script.server.sleep(for: .seconds(1))
        await workers.poll()
        item = try await workers.next()
        #expect(item.buildID == "1")
        #expect(!tells(item))
        let started = item.task.history.events[0].workflowExecutionStartedEventAttributes
        #expect(started.inheritedPinnedVersion == workers.version("1").proto)
        #expect(started.declinedTargetVersionUpgrade.deploymentVersion == workers.version("2").proto)
        let command = APICommand.with {
            $0.commandType = .continueAsNewWorkflowExecution
            $0.continueAsNewWorkflowExecutionCommandAttributes.initialVersioningBehavior = .autoUpgrade
        }
        try await workers.complete(item, .pinned, [command])
        try await script.server.sleep(for: .seconds(1))
        await workers.poll()
        item = try await workers.next()
        #expect(item.buildID == "2")
        #expect(!item.task.history.events[0].workflowExecutionStartedEventAttributes.hasInheritedPinnedVersion)
        await workers.stop()
    }

    @Test func `a run can begin on the ramping version whatever its share`() async throws {
        let script = Script()
        let workers = VersionedWorkers(script, ["1", "2"])
        await workers.poll()
        try await workers.setCurrent("1")
        try await workers.setRamp("2", 0)
        try await script.start()
        let command = APICommand.with {
            $0.commandType = .continueAsNewWorkflowExecution
            $0.continueAsNewWorkflowExecutionCommandAttributes.initialVersioningBehavior = .useRampingVersion
        }
        try await workers.complete(try await workers.next(), .autoUpgrade, [command])
        try await script.server.sleep(for: .seconds(1))
        await workers.poll()
        var item = try await workers.next()
        #expect(item.buildID == "2")
        // That is for its first task alone.
        try await workers.complete(item, .autoUpgrade)
        await workers.poll()
        try await script.signal()
        item = try await workers.next()
        #expect(item.buildID == "1")
        await workers.stop()
    }

    private func startChild(
        _ id: String,
        queue: String = "q",
        _ override: APIWorkflowVersioningOverride? = nil
    ) -> APICommand {
        .with {
            $0.commandType = .startChildWorkflowExecution
            $0.startChildWorkflowExecutionCommandAttributes = .with {
                $0.workflowID = id
                $0.workflowType.name = "Child"
                $0.taskQueue.name = queue
                if let override { $0.versioningOverride = override }
            }
        }
    }

    @Test(arguments: ["pinned", "moved", "upgrading"])
    func `a child takes over what pins its parent, and nothing on a task queue without the version`(kind: String)
        async throws
    {
        let script = Script()
        let workers = VersionedWorkers(script, ["1", "2"])
        await workers.poll()
        try await workers.setCurrent("2")
        let one = workers.version("1")
        let override: VersioningOverride =
            switch kind {
            case "pinned": .pinned(to: one)
            case "moved": .moved(to: one)
            default: .autoUpgrade
            }
        let isTakenOver = kind != "upgrading"
        try await script.start { $0.versioningOverride = override.proto }
        let item = try await workers.next()
        #expect(item.buildID == (isTakenOver ? "1" : "2"))
        try await workers.complete(
            item,
            .pinned,
            [
                startChild("child"), startChild("elsewhere", queue: "elsewhere"),
                startChild("own", VersioningOverride.autoUpgrade.proto),
            ]
        )
        func started(_ child: String) throws -> APIWorkflowExecutionStartedEventAttributes {
            try #require(script.history(child).first).workflowExecutionStartedEventAttributes
        }
        // A move for once is over with the task that the new version has completed.
        let child = try started("child")
        #expect(VersioningOverride(child.versioningOverride) == (kind == "pinned" ? override : nil))
        #expect(WorkerDeploymentVersion(child.inheritedPinnedVersion) == (isTakenOver ? one : nil))
        let elsewhere = try started("elsewhere")
        #expect(!elsewhere.hasVersioningOverride && !elsewhere.hasInheritedPinnedVersion)
        let own = try started("own")
        #expect(VersioningOverride(own.versioningOverride) == .autoUpgrade && !own.hasInheritedPinnedVersion)
        await workers.stop()
    }

    @Test func `a child whose override names no version of its task queue is not started`() async throws {
        let script = Script()
        let workers = VersionedWorkers(script, ["1"])
        await workers.poll()
        try await workers.setCurrent("1")
        try await script.start()
        let item = try await workers.next()
        let absent = VersioningOverride.pinned(to: workers.version("absent")).proto
        try await workers.complete(item, .pinned, [startChild("child", absent)])
        let failed = script.history().compactMap { event in
            if case .startChildWorkflowExecutionFailedEventAttributes(let failed) = event.attributes {
                failed
            } else {
                nil
            }
        }
        #expect(failed.map(\.cause) == [.invalidVersioningOverride])
        await workers.poll()
        // One that says nothing is a fault of the code.
        let next = try await workers.next()
        let empty = await refusal { try await workers.complete(next, .pinned, [startChild("child", .init())]) }
        #expect(empty?.code == .invalidArgument)
        let cause = script.history().last { $0.eventType == .workflowTaskFailed }
        #expect(cause?.workflowTaskFailedEventAttributes.cause == .badStartChildExecutionAttributes)
        await workers.stop()
    }

    @Test func `children of a pinned run are pinned to its version from their start`() async throws {
        let script = Script()
        let workers = VersionedWorkers(script, ["1", "2"])
        await workers.poll()
        try await workers.setCurrent("1")
        try await script.start()
        let item = try await workers.next()
        try await workers.setCurrent("2")
        let child = APICommand.with {
            $0.commandType = .startChildWorkflowExecution
            $0.startChildWorkflowExecutionCommandAttributes = .with {
                $0.workflowID = "child"
                $0.workflowType.name = "Child"
                $0.taskQueue.name = "q"
            }
        }
        try await workers.complete(item, .pinned, [child])
        await workers.poll()
        var seen: [String: String?] = [:]
        for _ in 0..<2 {
            let item = try await workers.next()
            seen[item.task.workflowExecution.workflowID] = item.buildID
            try await workers.complete(item, .pinned)
            await workers.poll()
        }
        #expect(seen == ["child": "1", "w": "1"])
        #expect(
            script.history("child")[0].workflowExecutionStartedEventAttributes.inheritedPinnedVersion
                == workers.version("1").proto
        )
        await workers.stop()
    }

    @Test func `a worker that says what becomes of runs has to say its version`() async throws {
        let script = Script()
        try await script.start()
        let task = try await script.pollWorkflow()
        let error = await #expect(throws: RPCError.self) {
            try await script.complete(task) { $0.versioningBehavior = .pinned }
        }
        #expect(error?.code == .invalidArgument)
    }

    @Test func `whoever waits for a run is told which version has no workers`() async throws {
        let script = Script()
        let workers = VersionedWorkers(script, ["1"])
        await workers.poll()
        try await workers.setCurrent("1")
        await workers.stop()
        try await script.start()
        let error = await #expect(throws: RPCError.self) { try await script.closeEvent() }
        #expect(error?.message.contains("no worker of version 'd:1' polls task queue 'q'") == true)
    }
}
