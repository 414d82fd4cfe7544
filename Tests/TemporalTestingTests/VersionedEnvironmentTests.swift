import Temporal
import TemporalClient
import TemporalTesting
import TemporalWorker
import Testing

@Workflow(versioningBehavior: .autoUpgrade) private actor Mover {
    private var isReleased = false

    func run() async throws -> [String] {
        var builds = [context.currentDeploymentVersion?.buildID ?? "none"]
        try await context.waitCondition { self.isReleased }
        builds.append(context.currentDeploymentVersion?.buildID ?? "none")
        return builds
    }

    @Signal func release() { isReleased = true }
}

/// Environments whose workers have versions.
@Suite(.timeLimit(.minutes(1))) struct VersionedEnvironmentTests {
    private func deployment(_ build: String) -> WorkerDeploymentOptions {
        WorkerDeploymentOptions(version: WorkerDeploymentVersion(deploymentName: "orders", buildID: build))
    }

    @Test func `a run moves on to the version that the workers are restarted with`() async throws {
        var options = TestEnvironmentOptions()
        options.deployment = deployment("1")
        try await TestWorkflowEnvironment.run(workflows: [Mover.self], options: options) { env in
            let run = try await env.startWorkflow(Mover.self)
            try await env.sleep(for: .seconds(1))
            try await env.restartWorker(deployment: deployment("2"))
            try await run.signal(Mover.release)
            #expect(try await run.result() == ["1", "2"])
            let versions = try await env.client.workerDeployments.handle(name: "orders").describe().versions
            #expect(versions.map(\.version.buildID) == ["2", "1"])
            #expect(versions.map(\.status) == [.current, .draining])
        }
    }

    @Test func `a run that is pinned is replayed with the code of its version`() async throws {
        var options = TestEnvironmentOptions()
        options.deployment = deployment("1")
        try await TestWorkflowEnvironment.run(workflows: [OldParcel.self], options: options) { env in
            let ended = try await env.startWorkflow(OldParcel.self)
            try await ended.signal(OldParcel.send)
            #expect(try await ended.result() == "old")
            _ = try await env.startWorkflow(OldParcel.self)
            try await env.sleep(for: .seconds(1))
            // Its timer would not fit the histories so far.
            try await env.restartWorker(workflows: [NewParcel.self], deployment: deployment("2"))
            #expect(try await env.executeWorkflow(NewParcel.self) == "new")
        }
    }

    @Test func `a run that was moved on has to fit the code of the version that it goes to`() async throws {
        var options = TestEnvironmentOptions()
        options.deployment = deployment("1")
        let failure = await failure(of: [OldParcel.self], options: options) { env in
            let parcel = try await env.startWorkflow(OldParcel.self)
            try await env.sleep(for: .seconds(1))
            try await env.restartWorker(workflows: [NewParcel.self], deployment: deployment("2"))
            // By then the service knows the version.
            _ = try await env.executeWorkflow(NewParcel.self)
            try await parcel.updateOptions(.versioningOverride(.pinned(to: deployment("2").version)))
        }
        #expect(failure?.problems.contains { $0.contains("[TMPRL1100]") } == true)
    }

    @Test func `a worker whose workflows do not say what becomes of them is refused`() async throws {
        var options = TestEnvironmentOptions()
        options.deployment = deployment("1")
        await #expect(throws: WorkerConfigurationError.self) {
            try await TestWorkflowEnvironment.run(workflows: [Undecided.self], options: options) { _ in }
        }
    }
}

@Workflow(name: "Parcel", versioningBehavior: .pinned) private actor OldParcel {
    private var isSent = false

    func run() async throws -> String {
        _ = try await context.waitCondition(timeout: .seconds(60)) { self.isSent }
        return "old"
    }

    @Signal func send() { isSent = true }
}

@Workflow(name: "Parcel", versioningBehavior: .pinned) private actor NewParcel {
    func run() async throws -> String { "new" }
}

@Workflow private actor Undecided {
    func run() async throws {}
}
