import Foundation
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// What mocked workflows do, and how they make tests fail.
@Suite(.timeLimit(.minutes(1))) struct WorkflowMockTests {
    /// Every test with the runs in memory, and with every task replayed from the start.
    static let cacheSizes = [1000, 0]

    private func options(_ cacheSize: Int) -> TestEnvironmentOptions {
        var options = TestEnvironmentOptions()
        options.maximumCachedWorkflows = cacheSize
        return options
    }

    @Test(arguments: cacheSizes)
    func `a child that is mocked returns, and its real code does not run`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Order.self, Delivery.self], options: options(cacheSize)) {
            env in
            let delivery = env.mock(Delivery.self).returns("by bike").after(.seconds(3600))
            let start = env.now
            let result = try await env.executeWorkflow(Order.self, "tea")
            #expect(result == "tea by bike")
            #expect(env.now.timeIntervalSince(start) == 3600)
            #expect(try delivery.inputs() == ["tea"])
            #expect(delivery.calls.map(\.workflowType) == ["Delivery"])
        }
    }

    @Test(arguments: cacheSizes)
    func `runs of a retried child are calls, each with an end of its own`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Order.self], options: options(cacheSize)) { env in
            let delivery = env.mock(Delivery.self)
                .results([.failure(ApplicationError("flat tyre")), .success("on foot")])
            let result = try await env.executeWorkflow(Order.self, "tea")
            #expect(result == "tea on foot")
            #expect(delivery.callCount == 2)
        }
    }

    @Test func `an error of any kind fails the child and not its task`() async throws {
        struct FlatTyre: Error {}
        try await TestWorkflowEnvironment.run(workflows: [Order.self]) { env in
            env.mock(Delivery.self).fails(FlatTyre()).times(2)
            let error = await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Order.self, "tea")
            }
            let child = try #require(error?.cause as? ChildWorkflowError)
            #expect((child.cause as? ApplicationError)?.type == "FlatTyre")
        }
    }

    @Test(arguments: cacheSizes)
    func `a closure computes the result once for each run`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Order.self], options: options(cacheSize)) { env in
            let delivery = env.mock(Delivery.self).runs { "\($0.count) letters" }.after(.seconds(10))
            let result = try await env.executeWorkflow(Order.self, "tea")
            #expect(result == "tea 3 letters")
            #expect(delivery.callCount == 1)
        }
    }

    @Test func `inputs decide which mock answers`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Order.self]) { env in
            env.mock(Delivery.self).returns("by ship").when { $0 == "piano" }
            env.mock(Delivery.self).returns("by bike")
            let tea = try await env.executeWorkflow(Order.self, "tea")
            #expect(tea == "tea by bike")
            let piano = try await env.executeWorkflow(Order.self, "piano")
            #expect(piano == "piano by ship")
        }
    }

    @Test(arguments: cacheSizes)
    func `a child that hangs can be signalled and cancelled`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Hasty.self], options: options(cacheSize)) { env in
            let delivery = env.mock(Delivery.self).hangs()
            let result = try await env.executeWorkflow(Hasty.self)
            #expect(result == "cancelled")
            let signals = delivery.signals
            #expect(signals.map(\.name) == ["hurry"])
            #expect(try signals.first?.arguments.decode(0, as: Int.self) == 7)
        }
    }

    @Test func `a workflow known by name and task queue only is mocked as well`() async throws {
        var options = TestEnvironmentOptions()
        options.otherTaskQueues = ["python"]
        try await TestWorkflowEnvironment.run(workflows: [Asking.self], options: options) { env in
            let score = env.mockWorkflow(named: "ScoreModel", of: String.self, Int.self, returning: Double.self)
                .runs { name, year in Double(name.count * year) }
            let audit = env.mockWorkflow(named: "Audit", of: Double.self).returns()
            let result = try await env.executeWorkflow(Asking.self, "Ada")
            #expect(result == 6)
            #expect(score.callCount == 1)
            #expect(try audit.inputs() == [6])
        }
    }

    @Test func `a run that no mock expects fails the test, whatever the parent makes of it`() async throws {
        let failure = await #expect(throws: TestFailure.self) {
            try await TestWorkflowEnvironment.run(workflows: [Careless.self]) { env in
                env.mock(Delivery.self).never()
                try await env.executeWorkflow(Careless.self)
            }
        }
        #expect(failure?.problems.count == 1)
        #expect(failure?.problems.first?.hasPrefix("Workflow 'Delivery' was started as ") == true)
    }

    @Test func `a run that does not come fails the test`() async throws {
        let failure = await #expect(throws: TestFailure.self) {
            try await TestWorkflowEnvironment.run(workflows: [Order.self]) { env in
                env.mock(Delivery.self).returns("never asked")
            }
        }
        #expect(failure?.problems.first?.contains("The mock of workflow 'Delivery' made at") == true)
        #expect(failure?.problems.first?.contains("expected at least 1 call, but 0 came.") == true)
    }
}

@Workflow private actor Delivery {
    func run(_ item: String) async throws -> String {
        try await context.sleep(.seconds(10))
        return "delivered by real code"
    }

    @Signal func hurry(_ by: Int) {}
}

@Workflow private actor Order {
    func run(_ item: String) async throws -> String {
        let options = ChildWorkflowOptions(retryPolicy: RetryPolicy(maximumAttempts: 2))
        return "\(item) \(try await context.executeChildWorkflow(Delivery.self, item, options: options))"
    }
}

@Workflow private actor Hasty {
    func run() async throws -> String {
        let child = try await context.startChildWorkflow(Delivery.self, "tea")
        try await child.signal(Delivery.hurry, 7)
        let result = Task { [self] in
            _ = context
            return try await child.result()
        }
        try await context.sleep(.seconds(60))
        result.cancel()
        do {
            return try await result.value
        } catch is ChildWorkflowError {
            return "cancelled"
        }
    }
}

@Workflow private actor Asking {
    func run(_ name: String) async throws -> Double {
        let options = ChildWorkflowOptions(taskQueue: "python")
        let score: Double = try await context.executeChildWorkflow(named: "ScoreModel", name, 2, options: options)
        let nothing: Int? = try await context.executeChildWorkflow(named: "Audit", score, options: options)
        return nothing == nil ? score : -1
    }
}

@Workflow private actor Careless {
    func run() async throws {
        do {
            _ = try await context.executeChildWorkflow(Delivery.self, "tea")
        } catch {
            // It is what the test is about.
        }
    }
}
