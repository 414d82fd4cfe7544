import Foundation
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalTesting
import Testing

/// That a seed decides all that can differ between two runs of a test, also in another process.
@Suite(.timeLimit(.minutes(1))) struct TimelineTests {
    // MARK: D4

    /// A market day, and the file of its timeline; with `UPDATE_TIMELINE=1` the tests write it.
    enum Day: String, CaseIterable, CustomTestStringConvertible {
        case market, marketWithLocalActivities

        var testDescription: String { rawValue }

        var file: URL {
            URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Timelines/\(rawValue).txt")
                .standardized
        }
    }

    /// Swift hashes otherwise in each process: what goes through a set or a dictionary in the order of its hashes comes to
    /// another timeline than the one that is checked in, in nearly all processes.
    @Test(arguments: Day.allCases)
    func `one seed makes one timeline in all processes`(_ day: Day) async throws {
        let timeline = try await events(of: day, seed: 42)
        guard ProcessInfo.processInfo.environment["UPDATE_TIMELINE"] == nil else {
            try timeline.write(to: day.file, atomically: true, encoding: .utf8)
            return
        }
        let expected = try String(contentsOf: day.file, encoding: .utf8).split(separator: "\n")
        let lines = timeline.split(separator: "\n")
        for (line, (found, expected)) in zip(lines, expected).enumerated() {
            try #require(found == expected, "line \(line + 1)")
        }
        #expect(lines.count == expected.count)
    }

    @Test func `another seed makes another timeline`() async throws {
        let timeline = try await events(of: .market, seed: 43)
        #expect(try timeline != String(contentsOf: Day.market.file, encoding: .utf8))
    }

    /// Two markets in two namespaces, each with stalls on two task queues, which are children, which all do several things at
    /// a time: everything that a timeline shows, and the ids that are drawn.
    private func events(of day: Day, seed: UInt64) async throws -> String {
        var options = TestEnvironmentOptions()
        options.seed = seed
        options.startTime = Date(timeIntervalSince1970: 1_700_000_000)
        options.otherNamespaces = ["south"]
        options.otherTaskQueues = ["square"]
        options.searchAttributes = [
            "Town": .keyword, "Stalls": .int, "Takings": .double, "IsOpen": .bool, "Goods": .keywordList, "Sign": .text,
        ]
        return try await TestWorkflowEnvironment.run(workflows: [Market.self, Stall.self], options: options) { env in
            env.mock(Till.charge) { "receipt over \($0)" }
            env.mock(Till.refund).onAttempts(1...1).when { $0 != "tea" }.fails(ApplicationError("busy"))
            env.mock(Till.refund).runs { "\($0) back" }
            let clients = [env.client, env.client(ofNamespace: "south")]
            let hasLocal = day == .marketWithLocalActivities
            let stalls = ["tea", "bread", "cheese", "flowers", "fish"]
            var markets: [WorkflowHandle<Market>] = []
            for client in clients {
                let start = WorkflowOptions(
                    id: "market",
                    taskQueue: "test",
                    memo: ["weather": "fair", "organiser": "Ada", "year": 2026, "entry": 1.5],
                    searchAttributes: [SearchAttributeKey.keyword("Town").set(client.namespace)]
                )
                let market = try await client.startWorkflow(Market.self, stalls, hasLocal, options: start)
                for (index, text) in ["rain", "sun", "wind"].enumerated() {
                    env.schedule(after: .seconds(20 * (index / 2))) { try await market.signal(Market.hear, text) }
                }
                markets.append(market)
            }
            var ends: [String] = []
            for market in markets {
                async let raised = market.executeUpdate(Market.raise, 10)
                async let result = market.result()
                ends.append("\(try await raised) \(try await result)")
            }
            let runs = ["default", "south"].flatMap { env.server.runs(in: $0) }
            return ([await env.timeline()] + ends + runs.map { "\($0.workflowID) \($0.runID)" }).joined(separator: "\n")
                + "\n"
        }
    }

    // MARK: The environment variable

    @Test func `the seed is the number in the environment variable`() throws {
        let set = TestEnvironmentOptions(variables: ["TEMPORAL_TEST_SEED": "\(UInt64.max)", "TEMPORAL_SEED": "8"])
        #expect(set.seed == .max)
        #expect(TestEnvironmentOptions(variables: ["TEMPORAL_TEST_SEED": ""]).seed == 1)
        #expect(TestEnvironmentOptions(variables: [:]).seed == 1)
        // That of this process, whatever it is.
        let text = ProcessInfo.processInfo.environment["TEMPORAL_TEST_SEED"] ?? ""
        let expected = try text.isEmpty ? 1 : #require(UInt64(text))
        #expect(TestEnvironmentOptions().seed == expected)
    }

    @Test(arguments: ["seven", "-1", "1.5", " 7", "18446744073709551616"])
    func `an environment variable that is no seed fails the tests that need it, and says so`(_ text: String)
        async throws
    {
        var options = TestEnvironmentOptions(variables: ["TEMPORAL_TEST_SEED": text])
        let expected =
            "The environment variable TEMPORAL_TEST_SEED is '\(text)', and not a whole number from 0 to "
            + "18446744073709551615. Set it to the seed that the report of a failed test names, or unset it."
        let ways: [(TestEnvironmentOptions) async throws -> Void] = [
            { try await TestWorkflowEnvironment.run(workflows: [Nap.self], options: $0) { _ in } },
            { try await TestWorkflowEnvironment.explore(.seeds(2), workflows: [Nap.self], options: $0) { _ in } },
            { try await TestWorkflowEnvironment.sweepEvictions(workflows: [Nap.self], options: $0) { _ in } },
        ]
        for way in ways {
            let error = await #expect(throws: (any Error).self) { try await way(options) }
            #expect("\(error.map { "\($0)" } ?? "")" == expected)
        }
        options.seed = 7
        for way in ways { try await way(options) }
    }
}

@Workflow private actor Market {
    private var news: [String] = []
    private var price = 0

    func run(_ stalls: [String], _ hasLocal: Bool) async throws -> [String] {
        try context.upsertSearchAttributes(
            SearchAttributeKey.int("Stalls").set(stalls.count),
            SearchAttributeKey.bool("IsOpen").set(true),
            SearchAttributeKey.keywordList("Goods").set(stalls),
            SearchAttributeKey.text("Sign").set("open today")
        )
        try context.upsertMemo(["id": try context.uuid().uuidString, "stalls": stalls.count, "weather": "unsure"])
        let takings = try await withThrowingTaskGroup(of: String.self) { [self] group in
            for (index, stall) in stalls.enumerated() {
                group.addTask { [self] in
                    let options = ChildWorkflowOptions(
                        id: stall,
                        taskQueue: index.isMultiple(of: 2) ? "square" : "test"
                    )
                    return try await context.executeChildWorkflow(Stall.self, stall, hasLocal, options: options)
                }
            }
            var takings: [String] = []
            for try await taking in group { takings.append(taking) }
            return takings
        }
        try await context.waitCondition { self.news.count == 3 + stalls.count && self.price > 0 }
        try context.upsertSearchAttributes(
            SearchAttributeKey.double("Takings").set(Double(price)),
            SearchAttributeKey.bool("IsOpen").set(false)
        )
        return takings + news
    }

    @Signal func hear(_ text: String) { news.append(text) }

    @Update func raise(_ amount: Int) async throws -> Int {
        try await context.sleep(.seconds(5))
        price += amount
        return price
    }
}

@Workflow private actor Stall {
    func run(_ name: String, _ hasLocal: Bool) async throws -> String {
        var random = context.random
        let (cents, seconds) = (Int.random(in: 1...1000, using: &random), Int.random(in: 1...100, using: &random))
        async let receipt = context.executeActivity(Till.charge, cents, startToCloseTimeout: .seconds(10))
        async let refund = context.executeActivity(Till.refund, name, startToCloseTimeout: .seconds(10))
        async let local =
            hasLocal
            ? context.executeLocalActivity(Till.charge, seconds, startToCloseTimeout: .seconds(10)) : "none"
        try await context.sleep(.seconds(seconds))
        try await context.externalWorkflow(id: "market").signal(Market.hear, "\(name) sold out")
        return "\(try await receipt), \(try await refund), \(try await local)"
    }
}
