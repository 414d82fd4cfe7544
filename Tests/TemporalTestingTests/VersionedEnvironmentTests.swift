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

    @Test func `a worker whose workflows do not say what becomes of them is refused`() async throws {
        var options = TestEnvironmentOptions()
        options.deployment = deployment("1")
        await #expect(throws: WorkerConfigurationError.self) {
            try await TestWorkflowEnvironment.run(workflows: [Undecided.self], options: options) { _ in }
        }
    }
}

@Workflow private actor Undecided {
    func run() async throws {}
}
