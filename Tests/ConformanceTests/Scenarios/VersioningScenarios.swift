import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker
import Testing

/// Tells at each step which build works on it, and ends after as many steps as it is told.
@Workflow(versioningBehavior: .pinned) private actor PinnedSteps {
    private var steps = 0

    func run(_ count: Int) async throws -> [String] {
        var builds = [context.currentDeploymentVersion?.buildID ?? "none"]
        while builds.count < count {
            let done = builds.count
            try await context.waitCondition { self.steps >= done }
            builds.append(context.currentDeploymentVersion?.buildID ?? "none")
        }
        return builds
    }

    @Signal func step() { steps += 1 }
    @Query func stepsTaken() -> Int { steps }
}

/// The same, and goes on with the current version.
@Workflow(versioningBehavior: .autoUpgrade) private actor MovingSteps {
    private var steps = 0

    func run(_ count: Int) async throws -> [String] {
        var builds = [context.currentDeploymentVersion?.buildID ?? "none"]
        while builds.count < count {
            let done = builds.count
            try await context.waitCondition { self.steps >= done }
            builds.append(context.currentDeploymentVersion?.buildID ?? "none")
        }
        return builds
    }

    @Signal func step() { steps += 1 }
}

/// Runs an activity on the task queue of the workflow, and tells the builds of both.
@Workflow(versioningBehavior: .pinned) private actor PinnedWithChild {
    func run() async throws -> [String] {
        let child = try await context.executeChildWorkflow(PinnedSteps.self, 1)
        return [context.currentDeploymentVersion?.buildID ?? "none"] + child
    }
}

/// Runs a child with an override of its own, and one that takes over what there is, and tells the builds of all.
@Workflow(versioningBehavior: .pinned) private actor PinnedWithOtherChild {
    func run(_ deployment: String, _ build: String) async throws -> [String] {
        let other = WorkerDeploymentVersion(deploymentName: deployment, buildID: build)
        let overridden = try await context.executeChildWorkflow(
            PinnedSteps.self,
            1,
            options: ChildWorkflowOptions(versioningOverride: .pinned(to: other))
        )
        let upgraded = try await context.executeChildWorkflow(
            MovingSteps.self,
            1,
            options: ChildWorkflowOptions(versioningOverride: .autoUpgrade)
        )
        let plain = try await context.executeChildWorkflow(MovingSteps.self, 1)
        return [context.currentDeploymentVersion?.buildID ?? "none"] + overridden + upgraded + plain
    }
}

/// Continues as new once, and tells the builds of both runs.
@Workflow(versioningBehavior: .autoUpgrade) private actor Continuing {
    func run(_ builds: [String]) async throws -> [String] {
        let builds = builds + [context.currentDeploymentVersion?.buildID ?? "none"]
        guard builds.count < 2 else { return builds }
        try context.continueAsNew(Continuing.self, builds)
    }
}

/// Which workers of which versions get the tasks of a run. A real server takes part where `TEMPORAL_VERSIONING` is set: it
/// has to be started with worker versioning, which older servers switch off.
@Suite(.timeLimit(.minutes(3)), .serialized) struct VersioningScenarios {
    /// What the scenarios run on.
    private static let backends: [Backend] =
        ProcessInfo.processInfo.environment["TEMPORAL_VERSIONING"] == nil ? [.inMemory] : Backend.available

    /// A scene with a worker of each build.
    private func withVersions(
        _ backend: Backend,
        _ builds: [String],
        _ body: (Scene, WorkerDeploymentHandle) async throws -> Void
    ) async throws {
        let scene = try await Scene(backend)
        let name = "conformance-\(UUID().uuidString.lowercased())"
        let deployment = scene.client.workerDeployments.handle(name: name)
        func run(_ rest: ArraySlice<String>) async throws {
            guard let build = rest.first else {
                for build in builds {
                    // A version is known once its workers have polled.
                    try await scene.eventually {
                        do {
                            return try await deployment.describeVersion(buildID: build).taskQueues.count == 2
                        } catch is WorkerDeploymentNotFoundError {
                            return false
                        }
                    }
                }
                return try await body(scene, deployment)
            }
            try await scene.withWorker(
                workflows: [
                    PinnedSteps.self, MovingSteps.self, PinnedWithChild.self, PinnedWithOtherChild.self,
                    Continuing.self,
                ],
                configure: {
                    $0.deployment = WorkerDeploymentOptions(
                        version: WorkerDeploymentVersion(deploymentName: name, buildID: build)
                    )
                    $0.identity = "worker of \(build)"
                }
            ) {
                try await run(rest.dropFirst())
            }
        }
        try await run(builds[...])
    }

    private func version(_ build: String, of deployment: WorkerDeploymentHandle) -> WorkerDeploymentVersion {
        WorkerDeploymentVersion(deploymentName: deployment.name, buildID: build)
    }

    /// Waits until a run has completed its first task.
    private func begun<W: Workflow>(_ handle: WorkflowHandle<W>, _ scene: Scene, on build: String) async throws {
        try await scene.eventually { try await handle.describe().versioning?.version?.buildID == build }
    }

    @Test(arguments: backends)
    func `routing_pinned: a run stays on the version that it began with`(_ backend: Backend) async throws {
        try await withVersions(backend, ["1.0", "2.0"]) { scene, deployment in
            try await deployment.setCurrentVersion(buildID: "1.0")
            let old = try await scene.start(PinnedSteps.self, 2)
            try await begun(old, scene, on: "1.0")
            let change = try await deployment.setCurrentVersion(buildID: "2.0")
            #expect(change.previousVersion == version("1.0", of: deployment))
            let new = try await scene.start(PinnedSteps.self, 1)
            #expect(try await new.result() == ["2.0"])
            try await scene.eventually { try await deployment.describeVersion(buildID: "1.0").status == .draining }
            try await old.signal(PinnedSteps.step)
            #expect(try await old.result() == ["1.0", "1.0"])
            let description = try await old.describe()
            #expect(description.versioning?.behavior == .pinned)
            #expect(description.versioning?.version == version("1.0", of: deployment))
            #expect(try await old.query(PinnedSteps.stepsTaken) == 1)
            let completed = try await RawWorker(scene).events(old.id).compactMap { event in
                if case .workflowTaskCompletedEventAttributes(let completed) = event.attributes {
                    completed
                } else {
                    nil
                }
            }
            #expect(completed.allSatisfy { $0.versioningBehavior == .pinned })
            #expect(completed.allSatisfy { $0.workerDeploymentName == deployment.name })
        }
    }

    @Test(arguments: backends)
    func `routing_auto_upgrade: a run goes on with the version that is current`(_ backend: Backend) async throws {
        try await withVersions(backend, ["1.0", "2.0"]) { scene, deployment in
            try await deployment.setCurrentVersion(buildID: "1.0")
            let run = try await scene.start(MovingSteps.self, 3)
            try await begun(run, scene, on: "1.0")
            try await deployment.setCurrentVersion(buildID: "2.0")
            try await run.signal(MovingSteps.step)
            try await begun(run, scene, on: "2.0")
            // And back.
            try await deployment.setCurrentVersion(buildID: "1.0")
            try await run.signal(MovingSteps.step)
            #expect(try await run.result() == ["1.0", "2.0", "1.0"])
            #expect(try await run.describe().versioning?.behavior == .autoUpgrade)
        }
    }

    @Test(arguments: backends)
    func `routing_with_override: what is decided for a run counts before its behaviour`(_ backend: Backend) async throws
    {
        try await withVersions(backend, ["1.0", "2.0"]) { scene, deployment in
            try await deployment.setCurrentVersion(buildID: "2.0")
            let (one, two) = (version("1.0", of: deployment), version("2.0", of: deployment))
            let started = try await scene.start(MovingSteps.self, 1) { $0.versioningOverride = .pinned(to: one) }
            #expect(try await started.result() == ["1.0"])
            #expect(try await started.describe().versioning?.override == .pinned(to: one))
            // A run that is pinned is moved by hand, and left to its behaviour again.
            let moved = try await scene.start(PinnedSteps.self, 3)
            try await begun(moved, scene, on: "2.0")
            let options = try await moved.updateOptions(.versioningOverride(.pinned(to: one)))
            #expect(options.versioningOverride == .pinned(to: one))
            try await moved.signal(PinnedSteps.step)
            try await begun(moved, scene, on: "1.0")
            try await moved.updateOptions(.versioningOverride(.autoUpgrade))
            try await moved.signal(PinnedSteps.step)
            #expect(try await moved.result() == ["2.0", "1.0", "2.0"])
            #expect(try await moved.describe().versioning?.version == two)
        }
    }

    @Test(arguments: backends)
    func `routing_with_ramp: a ramp takes its share, and always the same ids`(_ backend: Backend) async throws {
        try await withVersions(backend, ["1.0", "2.0"]) { scene, deployment in
            try await deployment.setCurrentVersion(buildID: "1.0")
            try await deployment.setRampingVersion(buildID: "2.0", percentage: 100)
            let all = try await scene.start(PinnedSteps.self, 1)
            #expect(try await all.result() == ["2.0"])
            let change = try await deployment.setRampingVersion(buildID: "2.0", percentage: 0)
            #expect(change.previousPercentage == 100)
            let none = try await scene.start(PinnedSteps.self, 1)
            #expect(try await none.result() == ["1.0"])
            try await deployment.setRampingVersion(buildID: "2.0", percentage: 50)
            // The fingerprints of these ids lie at 23.7, 36, 47.5, 59.6 and 86.1 percent.
            let sides = [
                ("a", "2.0"), ("order-1", "2.0"), ("hello", "2.0"), ("abcd", "1.0"), ("conformance-workflow", "1.0"),
            ]
            for (id, build) in sides {
                let run = try await scene.start(PinnedSteps.self, 1) {
                    $0.id = id
                    $0.idConflictPolicy = .terminateExisting
                }
                #expect(try await run.result() == [build], "\(id)")
            }
            try await deployment.unsetRampingVersion()
            let last = try await scene.start(PinnedSteps.self, 1) { $0.id = "a" }
            #expect(try await last.result() == ["1.0"])
            #expect(try await deployment.describe().routing.rampingVersion == nil)
        }
    }

    @Test(arguments: backends)
    func `a child of a pinned run is on its version`(_ backend: Backend) async throws {
        try await withVersions(backend, ["1.0", "2.0"]) { scene, deployment in
            try await deployment.setCurrentVersion(buildID: "2.0")
            let one = version("1.0", of: deployment)
            let run = try await scene.start(PinnedWithChild.self) { $0.versioningOverride = .pinned(to: one) }
            #expect(try await run.result() == ["1.0", "1.0"])
        }
    }

    @Test(arguments: backends)
    func `an override of a child counts before what its parent has`(_ backend: Backend) async throws {
        try await withVersions(backend, ["1.0", "2.0"]) { scene, deployment in
            try await deployment.setCurrentVersion(buildID: "2.0")
            let one = version("1.0", of: deployment)
            let run = try await scene.start(PinnedWithOtherChild.self, deployment.name, "2.0") {
                $0.versioningOverride = .pinned(to: one)
            }
            let builds = try await run.result()
            // A server of version 1.27 does not know the option: its children have what their parent has.
            guard builds != ["1.0", "1.0", "1.0", "1.0"] || backend == .inMemory else { return }
            #expect(builds == ["1.0", "2.0", "2.0", "1.0"])
        }
    }

    @Test(arguments: backends)
    func `an override that pins a run goes on to its child and to the run that continues it`(_ backend: Backend)
        async throws
    {
        try await withVersions(backend, ["1.0", "2.0"]) { scene, deployment in
            try await deployment.setCurrentVersion(buildID: "2.0")
            let one = version("1.0", of: deployment)
            let parent = try await scene.start(PinnedWithChild.self) { $0.versioningOverride = .pinned(to: one) }
            #expect(try await parent.result() == ["1.0", "1.0"])
            let child = try await RawWorker(scene).events(parent.id).compactMap { event in
                if case .childWorkflowExecutionStartedEventAttributes(let started) = event.attributes {
                    started.workflowExecution.workflowID
                } else {
                    nil
                }
            }
            let description = try await scene.client.workflowHandle(id: try #require(child.first)).describe()
            #expect(description.versioning?.override == .pinned(to: one))
            let upgrading = try await scene.start(PinnedWithChild.self) { $0.versioningOverride = .autoUpgrade }
            #expect(try await upgrading.result() == ["2.0", "2.0"])
            let continuing = try await scene.start(Continuing.self, []) { $0.versioningOverride = .pinned(to: one) }
            let builds = try await continuing.result()
            // A server of version 1.27 leaves the next run to its behaviour, unless that is pinned itself.
            #expect(builds == ["1.0", "1.0"] || backend == .realServer && builds == ["1.0", "2.0"])
        }
    }

    @Test(arguments: backends)
    func `a version tells how much waits for it`(_ backend: Backend) async throws {
        try await withVersions(backend, ["1.0"]) { scene, deployment in
            try await deployment.setCurrentVersion(buildID: "1.0")
            let plain = try await deployment.describeVersion(buildID: "1.0").taskQueues
            #expect(plain.map(\.statistics) == [nil, nil])
            let run = try await scene.start(PinnedSteps.self, 1)
            #expect(try await run.result() == ["1.0"])
            try await scene.sleep(.seconds(1))
            func queue(_ kind: WorkerDeploymentVersionDescription.TaskQueue.Kind) async throws
                -> WorkerDeploymentVersionDescription.TaskQueue?
            {
                try await deployment.describeVersion(buildID: "1.0", includesStatistics: true).taskQueues
                    .first { $0.kind == kind }
            }
            // A server of version 1.27 does not tell.
            guard try await queue(.workflow)?.statistics != nil || backend == .inMemory else { return }
            try await scene.eventually { try await queue(.workflow)?.statistics?.tasksDispatchedPerSecond ?? 0 > 0 }
            let statistics = try #require(try await queue(.workflow)?.statistics)
            #expect(statistics.backlogCount == 0 && statistics.tasksAddedPerSecond > 0)
            #expect(try await queue(.workflow)?.statisticsByPriority[3] == statistics)
            #expect(try await queue(.activity)?.statistics?.tasksAddedPerSecond == 0)
        }
    }

    @Test(arguments: backends)
    func `a deployment is described, listed, noted and deleted`(_ backend: Backend) async throws {
        try await withVersions(backend, ["1.0"]) { scene, deployment in
            var description = try await deployment.describe()
            #expect(description.name == deployment.name)
            #expect(description.routing.currentVersion == nil)
            #expect(description.versions.map(\.version) == [version("1.0", of: deployment)])
            try await deployment.setCurrentVersion(buildID: "1.0")
            description = try await deployment.describe()
            #expect(description.routing.currentVersion == version("1.0", of: deployment))
            #expect(description.routing.currentVersionChangedTime != nil)
            #expect(try await deployment.describeVersion(buildID: "1.0").status == .current)
            try await scene.eventually {
                try await scene.client.workerDeployments.list().all().contains { $0.name == deployment.name }
            }
            let notes = try await deployment.updateVersionMetadata(buildID: "1.0", ["commit": "abc"])
            #expect(notes.keys.sorted() == ["commit"])
            #expect(try await deployment.updateVersionMetadata(buildID: "1.0", ["commit": nil as String?]).isEmpty)
            // A server of version 1.27 tries to delete it in vain until the time of the call is over.
            if backend == .inMemory {
                let current = await #expect(throws: RPCError.self) {
                    try await deployment.deleteVersion(buildID: "1.0")
                }
                #expect(current?.code == .failedPrecondition)
            }
            let absent = scene.client.workerDeployments.handle(name: "absent")
            let missing = await #expect(throws: WorkerDeploymentNotFoundError.self) { try await absent.describe() }
            #expect(missing?.deploymentName == "absent" && missing?.buildID == nil)
            let version = await #expect(throws: WorkerDeploymentNotFoundError.self) {
                try await deployment.describeVersion(buildID: "absent")
            }
            #expect(version?.buildID == "absent")
        }
    }

    @Test(arguments: backends)
    func `a worker without a version gets what no version is for`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        try await scene.withWorker(
            workflows: [PinnedSteps.self],
            configure: {
                $0.deployment = WorkerDeploymentOptions(
                    version: WorkerDeploymentVersion(deploymentName: "told", buildID: "7"),
                    usesVersioning: false
                )
            }
        ) {
            let run = try await scene.start(PinnedSteps.self, 1)
            // It knows its build all the same.
            #expect(try await run.result() == ["7"])
            let description = try await run.describe()
            #expect(description.versioning?.behavior == nil)
            #expect(description.versioning?.version == nil)
        }
    }
}
