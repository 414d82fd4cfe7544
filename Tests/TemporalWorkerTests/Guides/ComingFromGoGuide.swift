import Logging
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalTesting
import TemporalWorker
import Testing

// The samples of the guide for those who come from Go, as they stand there.

@Activities private struct Kitchen {
    @Activity func cook(_ dish: String) async throws -> String { "\(dish), hot" }
}

@Workflow private actor Diner {
    private lazy var orders = WorkflowQueue<String>(context)
    private var served: [String] = []

    func run(_ menu: String) async throws -> [String] {
        // workflow.ExecuteActivity, and Get later.
        async let soup = context.executeActivity(Kitchen.cook, "soup", startToCloseTimeout: .seconds(60))
        served.append(try await context.executeActivity(Kitchen.cook, menu, startToCloseTimeout: .seconds(60)))
        served.append(try await soup)
        // ReceiveWithTimeout of a signal channel, until nobody has ordered for an hour.
        while let dish = try await orders.next(timeout: .seconds(3600)) {
            served.append(try await context.executeActivity(Kitchen.cook, dish, startToCloseTimeout: .seconds(60)))
        }
        return served
    }

    // GetSignalChannel, SetQueryHandler, SetUpdateHandler.
    @Signal func order(_ dish: String) { orders.offer(dish) }
    @Query func plates() -> Int { served.count }
    @Update func waitFor(_ dish: String) async throws -> Bool {
        try await context.waitCondition(timeout: .seconds(600)) { self.served.contains(dish) }
    }
}

@Workflow private actor Buffet {
    private lazy var orders = WorkflowQueue<String>(context)
    private lazy var complaints = WorkflowQueue<String>(context)

    func run(_ dishes: [String]) async throws -> [String] {
        let fastest = try await first(of: dishes) ?? "nothing"
        return [fastest, try await next(), try await next()]
    }

    @Signal func order(_ dish: String) { orders.offer(dish) }
    @Signal func complain(_ dish: String) { complaints.offer(dish) }

    private func cook(_ dish: String) async throws -> String {
        try await context.sleep(.seconds(dish.count * 60))
        return try await context.executeActivity(Kitchen.cook, dish, startToCloseTimeout: .seconds(60))
    }

    func first(of dishes: [String]) async throws -> String? {
        try await withThrowingTaskGroup(of: String.self) { group in
            for dish in dishes { group.addTask { try await self.cook(dish) } }
            defer { group.cancelAll() }
            return try await group.next()
        }
    }

    func next() async throws -> String {
        try await context.waitCondition { !self.orders.isEmpty || !self.complaints.isEmpty }
        return complaints.poll().map { "sorry about \($0)" } ?? orders.poll() ?? ""
    }
}

@Workflow private actor Roast {
    func run(_ dish: String) async throws -> String {
        do {
            return try await context.withTimeout(.seconds(7200)) { try await self.cook(dish) }
        } catch is TimeoutError {
            return "\(dish), burnt"
        } catch  where isCancellation(error) {
            try await context.withoutCancellation { _ = try await self.cook("the leftovers") }
            throw error
        }
    }

    private func cook(_ dish: String) async throws -> String {
        // workflow.GetVersion(ctx, "slowly", workflow.DefaultVersion, 1)
        let limit: Duration = context.patched("slowly") ? .seconds(9000) : .seconds(600)
        return try await context.executeActivity(Kitchen.cook, dish, startToCloseTimeout: limit)
    }
}

private func serve(_ client: TemporalClient) async throws {
    // worker.New, Register… and Run.
    let worker = try TemporalWorker(
        client: client,
        taskQueue: "kitchen",
        workflows: [Diner.self, Roast.self],
        activities: [Kitchen()]
    )
    try await worker.run()
}

private func dine(_ client: TemporalClient) async throws -> [String] {
    // client.ExecuteWorkflow, SignalWorkflow, QueryWorkflow, UpdateWorkflow and run.Get.
    let diner = try await client.startWorkflow(
        Diner.self,
        "fish",
        options: WorkflowOptions(id: "table-1", taskQueue: "kitchen")
    )
    try await diner.signal(Diner.order, "cake")
    let isServed = try await diner.executeUpdate(Diner.waitFor, "cake, hot")
    let plates = try await diner.query(Diner.plates)
    print(isServed, plates)
    return try await diner.result()
}

/// What the guide for those who come from Go shows.
@Suite(.timeLimit(.minutes(1))) struct ComingFromGoGuide {
    @Test func `futures and channels, a client and a worker`() async throws {
        let server = TestServer(options: TestServer.Options(clock: .skipping()))
        defer { server.shutdown() }
        let client = TemporalClient(service: server, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let serving = Task { try await serve(client) }
        #expect(try await dine(client) == ["fish, hot", "soup, hot", "cake, hot"])
        serving.cancel()
        try await serving.value
    }

    @Test func `selectors`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Buffet.self], activities: [Kitchen()]) { env in
            let buffet = try await env.startWorkflow(Buffet.self, ["soup", "tea", "cake"])
            env.schedule(after: .seconds(3600)) {
                try await buffet.signal(Buffet.order, "cake")
                try await buffet.signal(Buffet.complain, "the soup")
            }
            let served = try await buffet.result()
            #expect(served.first == "tea, hot")
            #expect(served.dropFirst().sorted() == ["cake", "sorry about the soup"])
        }
    }

    @Test func `timeouts, cancellation and versions`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Roast.self]) { env in
            env.mock(Kitchen.cook).after(.seconds(8000)).returns("hot")
            #expect(try await env.executeWorkflow(Roast.self, "goose") == "goose, burnt")
            let roast = try await env.startWorkflow(Roast.self, "duck")
            env.schedule(after: .seconds(60)) { try await roast.cancel() }
            let error = await #expect(throws: WorkflowFailedError.self) { try await roast.result() }
            #expect(error?.cause is CancelledError)
        }
    }
}
