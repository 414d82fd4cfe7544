import Logging
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalTesting
import TemporalWorker
import Testing

// The samples of the guides in Sources/Temporal/Temporal.docc, as they stand there.

private struct Parcel: Codable, Sendable {
    var id: String
}

@Activities private struct Shipping {
    @Activity func insure(_ parcel: Parcel) async throws {}
    @Activity func ship(_ parcel: Parcel) async throws {}
}

@Workflow private actor OrderShipping {
    func run(_ parcel: Parcel) async throws {
        if context.patched("insure") {
            try await context.executeActivity(Shipping.insure, parcel, startToCloseTimeout: .seconds(30))
        }
        try await context.executeActivity(Shipping.ship, parcel, startToCloseTimeout: .seconds(30))
    }
}

@Workflow(name: "OrderShipping") private actor LaterOrderShipping {
    func run(_ parcel: Parcel) async throws {
        context.deprecatePatch("insure")
        try await context.executeActivity(Shipping.insure, parcel, startToCloseTimeout: .seconds(30))
        try await context.executeActivity(Shipping.ship, parcel, startToCloseTimeout: .seconds(30))
    }
}

@Activities private struct Prices {
    @Activity func lookUp(_ item: String) async throws -> Int { item.count }
}

@Workflow private actor PriceQuote {
    func run(_ item: String) async throws -> Int {
        try await context.executeLocalActivity(
            Prices.lookUp,
            item,
            startToCloseTimeout: .seconds(2),
            retryPolicy: RetryPolicy(maximumAttempts: 3)
        )
    }
}

private enum Loyal {
    static let customer = SearchAttributeKey.keyword("CustomerId")
    static let points = SearchAttributeKey.int("Points")
}

@Workflow private actor LoyaltyProgram {
    func run() async throws -> Int {
        let points = (context.searchAttributes[Loyal.points] ?? 0) + 10
        try context.upsertSearchAttributes(Loyal.points.set(points), Loyal.customer.unset())
        try context.upsertMemo(["level": points > 5 ? "gold" : nil])
        return points
    }
}

private func graduallyInsured(_ insures: @escaping @Sendable (String) -> Bool) -> WorkerOptions {
    var options = WorkerOptions()
    options.activatesPatch = { patch in patch.id != "insure" || insures(patch.workflow.workflowID) }
    return options
}

/// What the guides show.
@Suite(.timeLimit(.minutes(1))) struct RuntimeGuideTests {
    @Test func `versioning`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [OrderShipping.self], activities: [Shipping()]) { env in
            let client = env.client
            let options = WorkflowOptions(id: "order-17", taskQueue: env.options.taskQueue)
            try await env.executeWorkflow(OrderShipping.self, Parcel(id: "17"), options: options)
            let history = try await client.workflowHandle(id: "order-17").history()
            try await WorkflowReplayer(workflows: [OrderShipping.self]).replay(history)
            try await WorkflowReplayer(workflows: [LaterOrderShipping.self]).replay(history)
            let replayer = WorkflowReplayer(workflows: [OrderShipping.self])
            let histories = client.workflowHistories("WorkflowType = 'OrderShipping'")
            for try await result in replayer.results(of: histories) {
                guard let error = result.error else { continue }
                Issue.record("\(error)")
            }
            let replayed = try await replayer.results(of: histories).reduce(into: []) { $0.append($1.workflowID) }
            #expect(replayed == ["order-17"])
        }
    }

    @Test func `a patch that is turned on for some runs`() async throws {
        let server = TestServer()
        defer { server.shutdown() }
        let client = TemporalClient(service: server, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let worker = try TemporalWorker(
            client: client,
            taskQueue: "shipping",
            workflows: [OrderShipping.self],
            activities: [Shipping()],
            options: graduallyInsured { $0.hasSuffix("7") }
        )
        let running = Task { try await worker.run() }
        for (number, activities) in [("16", 1), ("17", 2)] {
            let options = WorkflowOptions(id: "order-\(number)", taskQueue: "shipping")
            let handle = try await client.startWorkflow(OrderShipping.self, Parcel(id: number), options: options)
            try await handle.result()
            #expect(try await handle.history().count { $0.type == "ActivityTaskCompleted" } == activities)
        }
        running.cancel()
        try await running.value
    }

    @Test func `local activities`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [PriceQuote.self], activities: [Prices()]) { env in
            let price = try await env.executeWorkflow(PriceQuote.self, "lamp")
            #expect(price == 4)
        }
    }

    @Test func `search attributes and memo`() async throws {
        var options = TestEnvironmentOptions()
        options.searchAttributes = [Loyal.customer.name: Loyal.customer.type, Loyal.points.name: Loyal.points.type]
        options.taskQueue = "loyalty"
        try await TestWorkflowEnvironment.run(workflows: [LoyaltyProgram.self], options: options) { env in
            let client = env.client
            let handle = try await client.startWorkflow(
                LoyaltyProgram.self,
                options: WorkflowOptions(
                    id: "loyalty-c-17",
                    taskQueue: "loyalty",
                    searchAttributes: [Loyal.customer.set("c-17"), Loyal.points.set(0)]
                )
            )
            let points = try await handle.describe().searchAttributes[Loyal.points]
            #expect(points == 0 || points == 10)
            #expect(try await handle.result() == 10)
            let described = try await handle.describe()
            #expect(described.searchAttributes[Loyal.points] == 10)
            #expect(described.searchAttributes[Loyal.customer] == nil)
            #expect(try described.memo("level") == "gold")
        }
    }
}
