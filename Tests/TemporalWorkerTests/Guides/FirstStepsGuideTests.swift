import CoreMetrics
import Foundation
import Logging
import MetricsTestKit
import ServiceLifecycle
import Temporal
import TemporalClient
import TemporalTesting
import TemporalWorker
import Testing
import UnixSignals

// The samples of the guides on the first steps, on activities and on workers, as they stand there.

@Activities
private struct Orders {
    @Activity func charge(_ customer: String, _ cents: Int) async throws -> String {
        "receipt for \(customer) over \(cents) cents"
    }

    @Activity func ship(_ item: String) async throws {}
}

@Workflow
private actor Purchasing {
    private var status = "new"

    func run(_ customer: String, _ item: String) async throws -> String {
        let receipt = try await context.executeActivity(
            Orders.charge,
            customer,
            500,
            startToCloseTimeout: .seconds(10)
        )
        status = "paid"
        try await context.sleep(.seconds(86_400))
        try await context.executeActivity(Orders.ship, item, startToCloseTimeout: .seconds(60))
        status = "shipped"
        return receipt
    }

    @Query func currentStatus() -> String { status }
}

private func runWorker() async throws {
    let client = try await TemporalClient.connect(to: "127.0.0.1:7233")
    let worker = try TemporalWorker(
        client: client,
        taskQueue: "purchases",
        workflows: [Purchasing.self],
        activities: [Orders()]
    )
    try await worker.run()
}

private func buy(_ client: TemporalClient) async throws -> String {
    let purchase = try await client.startWorkflow(
        Purchasing.self,
        "Ada",
        "tea",
        options: WorkflowOptions(id: "purchase-17", taskQueue: "purchases")
    )
    return try await purchase.result()
}

@Activities
private struct Pictures {
    var ask: @Sendable (String, Data) async throws -> Void = { _, _ in }

    @Activity func render(_ scene: String) async throws -> String {
        guard !scene.isEmpty else { throw ApplicationError("There is no scene.", type: "BadScene", nonRetryable: true) }
        let first = try ActivityContext.current.heartbeatDetails(Int.self) ?? 0
        for line in first..<4 {
            try await draw(line)
            try ActivityContext.current.heartbeat(line + 1)
        }
        return "\(scene), \(first) lines from before"
    }

    @Activity func renderAll(_ scenes: [String]) async throws -> Int {
        let context = try ActivityContext.current
        var rendered = try context.heartbeatDetails(Int.self) ?? 0
        while rendered < scenes.count {
            if context.isWorkerStopping { throw ApplicationError("The worker stops.", type: "WorkerStops") }
            try await draw(rendered)
            rendered += 1
            try context.heartbeat(rendered)
        }
        return rendered
    }

    @Activity func approve(_ scene: String) async throws -> Bool {
        try await ask(scene, token: ActivityContext.current.taskToken)
        throw CompletesAsynchronously()
    }

    private func draw(_ line: Int) async throws {
        // The first attempt gets half way.
        if try line == 2 && ActivityContext.current.info.attempt == 1 { throw ApplicationError("no ink") }
    }

    private func ask(_ scene: String, token: Data) async throws {
        try await ask(scene, token)
    }
}

@Workflow
private actor Painting {
    func run(_ scene: String) async throws -> String {
        let image = try await context.executeActivity(
            Pictures.render,
            scene,
            scheduleToCloseTimeout: .seconds(3600),
            startToCloseTimeout: .seconds(600),
            heartbeatTimeout: .seconds(30),
            retryPolicy: RetryPolicy(
                initialInterval: .seconds(1),
                backoffCoefficient: 2,
                maximumInterval: .seconds(60),
                maximumAttempts: 5,
                nonRetryableErrorTypes: ["BadScene"]
            )
        )
        let isApproved = try await context.executeActivity(
            Pictures.approve,
            scene,
            startToCloseTimeout: .seconds(86_400)
        )
        return isApproved ? image : "refused"
    }
}

private func answered(_ client: TemporalClient, token: Data, isApproved: Bool) async throws {
    try await client.asyncActivity(taskToken: token).complete(isApproved)
}

private func serve(_ client: TemporalClient, logger: Logger) async throws {
    var options = WorkerOptions()
    options.gracefulShutdownTimeout = .seconds(30)
    let worker = try TemporalWorker(
        client: client,
        taskQueue: "purchases",
        workflows: [Purchasing.self],
        activities: [Orders()],
        options: options
    )
    let group = ServiceGroup(services: [worker], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    try await group.run()
}

private func busy() -> WorkerOptions {
    var options = WorkerOptions()
    options.maximumConcurrentWorkflowTasks = 200
    options.maximumConcurrentActivities = 500
    options.maximumActivitiesPerSecond = 50
    options.workflowTaskPollers = .autoscaling()
    options.activityTaskPollers = .autoscaling(minimum: 2, initial: 5, maximum: 50)
    return options
}

private func asMuchAsFits() -> WorkerOptions {
    let controller = ResourceController(targetMemory: 0.8, targetCPU: 0.9)
    var options = WorkerOptions()
    options.workflowTaskSlots = ResourceBasedSlotSupplier(controller: controller, minimumSlots: 2, rampThrottle: .zero)
    options.activitySlots = ResourceBasedSlotSupplier(controller: controller, maximumSlots: 2000)
    options.localActivitySlots = ResourceBasedSlotSupplier(controller: controller, maximumSlots: 2000)
    return options
}

private func measured(_ metrics: any MetricsFactory, logger: Logger) async throws -> TemporalClient {
    try await TemporalClient.connect(profile: .load(), logger: logger, metrics: metrics)
}

@Workflow
private actor Tally {
    func run(_ items: [String]) async throws -> Int {
        Counter(label: "orders", factory: context.metrics).increment()
        context.logger.info("Counting \(items.count) items")
        return items.count
    }
}

/// The code of the guides on the first steps does what they say.
@Suite(.timeLimit(.minutes(1))) struct FirstStepsGuideTests {
    @Test func `an order is shipped a day after it is paid`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Purchasing.self]) { env in
            env.mock(Orders.charge).returns("receipt 1")
            env.mock(Orders.ship).returns()
            let purchase = try await env.startWorkflow(Purchasing.self, "Ada", "tea")
            try await env.sleep(for: .seconds(3600))
            #expect(try await purchase.query(Purchasing.currentStatus) == "paid")
            #expect(try await purchase.result() == "receipt 1")
        }
    }

    @Test func `the client of the first workflow`() async throws {
        var options = TestEnvironmentOptions()
        options.taskQueue = "purchases"
        try await TestWorkflowEnvironment.run(
            workflows: [Purchasing.self],
            activities: [Orders()],
            options: options
        ) { env in
            let receipt = try await buy(env.client)
            #expect(receipt == "receipt for Ada over 500 cents")
        }
    }

    @Test func `activities go on where they were, and are completed by others`() async throws {
        let (tokens, token) = AsyncStream.makeStream(of: Data.self)
        let pictures = Pictures { _, bytes in token.yield(bytes) }
        try await TestWorkflowEnvironment.run(workflows: [Painting.self], activities: [pictures]) { env in
            let painting = try await env.startWorkflow(Painting.self, "sea")
            env.schedule(after: .seconds(10)) {
                for await bytes in tokens {
                    try await answered(env.client, token: bytes, isApproved: true)
                    break
                }
            }
            #expect(try await painting.result() == "sea, 2 lines from before")
            let error = await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Painting.self, "")
            }
            #expect(((error?.cause as? ActivityError)?.cause as? ApplicationError)?.type == "BadScene")
        }
    }

    @Test func `an activity that sees the worker stop ends, and goes on elsewhere`() async throws {
        let scenes = ["sea", "hill", "town"]
        let stopping = TestActivityEnvironment(info: .forTests(attempt: 2))
        stopping.beginWorkerStop()
        let error = await #expect(throws: ApplicationError.self) {
            try await stopping.run { try await Pictures().renderAll(scenes) }
        }
        #expect(error?.type == "WorkerStops")
        let details = [try PayloadConverter().encode(1)]
        let other = TestActivityEnvironment(info: .forTests(attempt: 2, heartbeatDetails: details))
        let rendered = try await other.run { try await Pictures().renderAll(scenes) }
        #expect(rendered == 3)
        #expect(try other.heartbeats(of: Int.self) == [2, 3])
    }

    @Test(arguments: [busy(), asMuchAsFits()])
    func `the options of a worker are such that one can be made`(_ options: WorkerOptions) async throws {
        let service = TestWorkflowEnvironment.self
        try await service.run(workflows: [Tally.self]) { env in
            _ = try TemporalWorker(client: env.client, taskQueue: "q", workflows: [Tally.self], options: options)
            #expect(try await env.executeWorkflow(Tally.self, ["a", "b"]) == 2)
        }
    }
}
