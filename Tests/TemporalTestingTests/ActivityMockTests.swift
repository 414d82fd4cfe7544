import Foundation
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// What mocks do, and how they make tests fail.
@Suite(.timeLimit(.minutes(1))) struct ActivityMockTests {
    /// Runs a test that must fail, and returns what it reports.
    private func problems(
        _ test: @escaping (TestWorkflowEnvironment) async throws -> Void
    ) async -> [String] {
        let failure = await #expect(throws: TestFailure.self) {
            try await TestWorkflowEnvironment.run(workflows: [Charge.self, Careless.self], test)
        }
        return failure?.problems ?? []
    }

    @Test func `values, errors and sequences come attempt by attempt`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Charge.self]) { env in
            let mock = env.mock(Payments.charge).results([
                .failure(ApplicationError("busy")), .failure(ApplicationError("busy")), .success("paid"),
            ])
            let result = try await env.executeWorkflow(Charge.self, 7)
            #expect(result == "paid")
            #expect(mock.calls.map(\.attempt) == [1, 2, 3])
            #expect(try mock.inputs() == [7, 7, 7])
        }
    }

    @Test func `a delay passes on the clock of the environment`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Charge.self]) { env in
            let start = env.now
            env.mock(Payments.charge).returns("late").after(.seconds(8))
            let result = try await env.executeWorkflow(Charge.self, 1)
            #expect(result == "late")
            #expect(env.now.timeIntervalSince(start) == 8)
        }
    }

    @Test func `a delay beyond the timeout times the attempt out`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Charge.self]) { env in
            env.mock(Payments.charge).returns("too late").after(.seconds(60)).atLeast(3)
            let error = await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Charge.self, 1)
            }
            let activity = try #require(error?.cause as? ActivityError)
            #expect((activity.cause as? TimeoutError)?.kind == .startToClose)
        }
    }

    @Test func `an activity that hangs is decided by its timeouts`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Charge.self]) { env in
            env.mock(Payments.charge).hangs().times(3)
            let error = await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Charge.self, 1)
            }
            #expect((error?.cause as? ActivityError)?.cause is TimeoutError)
        }
    }

    @Test func `an activity can be completed by the test`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Charge.self]) { env in
            let mock = env.mock(Payments.charge).completesAsynchronously()
            env.schedule(after: .seconds(5)) {
                let call = try #require(mock.calls.first)
                try await env.client.asyncActivity(taskToken: call.taskToken).complete("by hand")
            }
            let result = try await env.executeWorkflow(Charge.self, 1)
            #expect(result == "by hand")
        }
    }

    @Test func `mocks are chosen by input, in order`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Charge.self]) { env in
            env.mock(Payments.charge).when { $0 > 100 }.returns("big")
            env.mock(Payments.charge) { "small \($0)" }
            async let big = env.executeWorkflow(Charge.self, 500)
            async let small = env.executeWorkflow(Charge.self, 5)
            let results = try await [big, small]
            #expect(results == ["big", "small 5"])
        }
    }

    @Test func `real activities run where no mock stands in, or where a mock says so`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Charge.self], activities: [Payments()]) { env in
            let first = try await env.executeWorkflow(Charge.self, 3)
            #expect(first == "really 3")
            env.mock(Payments.charge).callsReal().times(1)
            let second = try await env.executeWorkflow(Charge.self, 4)
            #expect(second == "really 4")
        }
    }

    @Test func `an activity that nobody expects fails the test, though the workflow ignores the error`() async {
        let problems = await problems { env in _ = try await env.executeWorkflow(Careless.self) }
        #expect(problems.count == 1)
        #expect(problems.first?.contains("'charge' was called, but it is neither mocked nor given") == true)
    }

    @Test func `one call too many fails the test, though the workflow ignores the error`() async {
        let problems = await problems { env in
            env.mock(Payments.charge).returns("once").times(1)
            _ = try await env.executeWorkflow(Careless.self)
            _ = try await env.executeWorkflow(Careless.self)
        }
        #expect(problems.first?.contains("no mock of it expects this call") == true)
        #expect(problems.first?.contains("1 of at most 1 calls") == true)
    }

    @Test func `a call that must never come fails the test`() async {
        let problems = await problems { env in
            env.mock(Payments.charge).never()
            _ = try await env.executeWorkflow(Careless.self)
        }
        #expect(problems.first?.contains("forbids it: it expects no such call") == true)
    }

    @Test func `a call that does not come fails the test and names the line of the mock`() async {
        let problems = await problems { env in env.mock(Payments.charge).returns("unused") }
        #expect(problems.first?.contains("ActivityMockTests.swift:") == true)
        #expect(problems.first?.contains("expected at least 1 call, but 0 came") == true)
    }

    @Test func `too few calls of a sequence fail the test`() async {
        let problems = await problems { env in
            env.mock(Payments.charge).returns(inOrder: ["one", "two"])
            _ = try await env.executeWorkflow(Charge.self, 1)
        }
        #expect(problems.first?.contains("expected 2 calls, but 1 came") == true)
    }

    @Test func `a mock that does not say what to do fails the test`() async {
        let problems = await problems { env in _ = env.mock(Payments.charge) }
        #expect(problems.first?.contains("does not say what to do") == true)
    }

    @Test func `a failure shows the histories, the seed and what the test threw`() async throws {
        struct Mine: Error {}
        let failure = await #expect(throws: TestFailure.self) {
            try await TestWorkflowEnvironment.run(workflows: [Careless.self]) { env in
                _ = try await env.executeWorkflow(Careless.self)
                throw Mine()
            }
        }
        let text = try #require(failure?.description)
        #expect(text.contains("WorkflowExecutionCompleted"))
        #expect(text.contains("Seed: 1"))
        #expect(text.contains("The test threw: Mine()"))
    }

    @Test func `a list is a value like others, and one value after the other has a label`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Listing.self]) { env in
            env.mock(Payments.list).returns(inOrder: [[], ["a"]])
            let found1 = try await env.executeWorkflow(Listing.self)
            #expect(found1 == [])
            let found2 = try await env.executeWorkflow(Listing.self)
            #expect(found2 == ["a"])
        }
        try await TestWorkflowEnvironment.run(workflows: [Listing.self]) { env in
            let mock = env.mock(Payments.list).returns([])
            let found3 = try await env.executeWorkflow(Listing.self)
            #expect(found3 == [])
            let found4 = try await env.executeWorkflow(Listing.self)
            #expect(found4 == [])
            #expect(mock.callCount == 2)
        }
    }

    @Test func `an input that a mock cannot read is told`() async throws {
        let problems = await problems { env in
            env.mock(ActivityReference<[Int], String>(name: "charge")).when { $0.isEmpty }.returns("x").atMost(1)
            _ = try await env.executeWorkflow(Careless.self)
        }
        #expect(problems.first?.contains("the input is not of the types of the mock (") == true)
    }

    @Test func `an error of the test alone is thrown as it is`() async {
        struct Mine: Error {}
        await #expect(throws: Mine.self) {
            try await TestWorkflowEnvironment.run(workflows: [Careless.self]) { _ in throw Mine() }
        }
    }
}

@Activities private struct Payments {
    @Activity func charge(_ amount: Int) async throws -> String { "really \(amount)" }
    @Activity func list() async throws -> [String] { ["really"] }
}

@Workflow private actor Listing {
    func run() async throws -> [String] {
        try await context.executeActivity(Payments.list, startToCloseTimeout: .seconds(10))
    }
}

@Workflow private actor Charge {
    func run(_ amount: Int) async throws -> String {
        try await context.executeActivity(
            Payments.charge,
            amount,
            startToCloseTimeout: .seconds(10),
            retryPolicy: RetryPolicy(maximumAttempts: 3)
        )
    }
}

/// Does not care whether its activity works.
@Workflow private actor Careless {
    func run() async throws -> String {
        do {
            return try await context.executeActivity(Payments.charge, 1, startToCloseTimeout: .seconds(10))
        } catch {
            return "never mind"
        }
    }
}
