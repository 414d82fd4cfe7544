import Foundation
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalWorker
import Testing

// The samples of the guide "Worker versioning", which compile here and are run.

@Workflow(versioningBehavior: .pinned)
private actor OrderCheckout {
    func run(_ order: String) async throws -> String { order }
}

@Workflow(versioningBehavior: .autoUpgrade)
private actor Membership {
    func run() async throws { try await context.waitCondition { self.isOver } }

    private var isOver = false
    @Signal func end() { isOver = true }
}

@Workflow(versioningBehavior: .pinned)
private actor Poller {
    func run(_ rounds: Int) async throws -> Int {
        try await context.sleep(.seconds(3600))
        guard rounds > 1 else { return rounds }
        let isNewer = context.isTargetWorkerDeploymentVersionChanged
        try context.continueAsNew(
            Poller.self,
            rounds - 1,
            options: ContinueAsNewOptions(initialVersioningBehavior: isNewer ? .autoUpgrade : nil)
        )
    }
}

@Workflow(versioningBehavior: .pinned)
private actor CheckoutOnTheStableVersion {
    func run(_ stableBuildID: String) async throws -> String {
        let stable = WorkerDeploymentVersion(deploymentName: "orders", buildID: stableBuildID)
        return try await context.executeChildWorkflow(
            OrderCheckout.self,
            "lamp",
            options: ChildWorkflowOptions(versioningOverride: .pinned(to: stable))
        )
    }
}

/// Replaces a version, and takes the old one away.
private func rollOut(_ client: TemporalClient) async throws {
    var options = WorkerOptions()
    options.deployment = WorkerDeploymentOptions(
        version: WorkerDeploymentVersion(deploymentName: "orders", buildID: "2.0"),
        defaultVersioningBehavior: .pinned
    )
    let worker = try TemporalWorker(
        client: client,
        taskQueue: "orders",
        workflows: [OrderCheckout.self, Membership.self],
        options: options
    )
    async let running: Void = worker.run()

    let orders = client.workerDeployments.handle(name: "orders")
    try await orders.setRampingVersion(buildID: "2.0", percentage: 10)
    // All is well:
    try await orders.setCurrentVersion(buildID: "2.0")

    let old = try await orders.describeVersion(buildID: "1.0")
    if old.status == .drained {
        try await orders.deleteVersion(buildID: "1.0")
    }
    try await running
}

@Suite(.timeLimit(.minutes(1))) struct WorkerVersioningGuide {
    private let server = TestServer(options: TestServer.Options(clock: .skipping()))

    private var client: TemporalClient { TemporalClient(service: server, identity: "guide") }

    private func worker(_ client: TemporalClient, _ build: String) throws -> TemporalWorker {
        var options = WorkerOptions()
        options.deployment = WorkerDeploymentOptions(
            version: WorkerDeploymentVersion(deploymentName: "orders", buildID: build),
            defaultVersioningBehavior: .pinned
        )
        let worker = try TemporalWorker(
            client: client,
            taskQueue: "orders",
            workflows: [OrderCheckout.self, Membership.self, Poller.self, CheckoutOnTheStableVersion.self],
            options: options
        )
        return worker
    }

    /// Lets workers of versions run.
    private func withWorkers(_ builds: [String], _ body: (TemporalClient) async throws -> Void) async throws {
        let client = client
        let workers = try builds.map { build in
            let worker = try worker(client, build)
            return Task { try await worker.run() }
        }
        for build in builds {
            while (try? await client.workerDeployments.handle(name: "orders").describeVersion(buildID: build)) == nil {
                await Task.yield()
            }
        }
        try await body(client)
        for worker in workers { worker.cancel() }
        for worker in workers { try await worker.value }
    }

    @Test func `a version is ramped, made current, drained and deleted`() async throws {
        try await withWorkers(["2.0"]) { client in
            let first = Task { [worker = try worker(client, "1.0")] in try await worker.run() }
            let orders = client.workerDeployments.handle(name: "orders")
            while (try? await orders.setCurrentVersion(buildID: "1.0")) == nil { await Task.yield() }
            try await orders.setRampingVersion(buildID: "2.0", percentage: 10)
            // All is well:
            try await orders.setCurrentVersion(buildID: "2.0")
            first.cancel()
            try await first.value
            try await server.sleep(for: .seconds(400))
            let old = try await orders.describeVersion(buildID: "1.0")
            #expect(old.status == .drained)
            if old.status == .drained {
                try await orders.deleteVersion(buildID: "1.0")
            }
            #expect(try await orders.describe().versions.map(\.version.buildID) == ["2.0"])
        }
    }

    @Test func `a run is moved by hand`() async throws {
        try await withWorkers(["1.0", "1.1"]) { client in
            try await client.workerDeployments.handle(name: "orders").setCurrentVersion(buildID: "1.0")
            let run = try await client.startWorkflow(
                Membership.self,
                options: WorkflowOptions(id: "order-17", taskQueue: "orders")
            )
            let stuck = client.workflowHandle(id: "order-17")
            try await stuck.updateOptions(
                .versioningOverride(.pinned(to: WorkerDeploymentVersion(deploymentName: "orders", buildID: "1.1")))
            )
            try await run.signal(Membership.end)
            try await run.result()
            let versioning = try await stuck.describe().versioning
            #expect(versioning?.version?.buildID == "1.1")
        }
    }

    @Test func `a child is on another version than its parent`() async throws {
        try await withWorkers(["1.0", "2.0"]) { client in
            try await client.workerDeployments.handle(name: "orders").setCurrentVersion(buildID: "2.0")
            let lamp = try await client.executeWorkflow(
                CheckoutOnTheStableVersion.self,
                "1.0",
                options: WorkflowOptions(id: "checkout", taskQueue: "orders")
            )
            #expect(lamp == "lamp")
            let parts = try await client.listWorkflows("WorkflowType = 'OrderCheckout'").all()
            let child = try await client.workflowHandle(id: try #require(parts.first).id).describe()
            #expect(child.versioning?.version?.buildID == "1.0")
            #expect(
                child.versioning?.override
                    == .pinned(to: WorkerDeploymentVersion(deploymentName: "orders", buildID: "1.0"))
            )
        }
    }

    @Test func `a pinned run that continues as new moves to a newer version by itself`() async throws {
        try await withWorkers(["1.0", "2.0"]) { client in
            let orders = client.workerDeployments.handle(name: "orders")
            try await orders.setCurrentVersion(buildID: "1.0")
            let run = try await client.startWorkflow(
                Poller.self,
                3,
                options: WorkflowOptions(id: "poller", taskQueue: "orders")
            )
            server.schedule(after: .seconds(4000)) {
                _ = try? await orders.setCurrentVersion(buildID: "2.0")
            }
            #expect(try await run.result() == 1)
            let last = client.workflowHandle(id: "poller")
            #expect(try await last.describe().versioning?.version?.buildID == "2.0")
            let checkout = try await client.executeWorkflow(
                OrderCheckout.self,
                "lamp",
                options: WorkflowOptions(id: "checkout", taskQueue: "orders")
            )
            #expect(checkout == "lamp")
        }
    }
}
