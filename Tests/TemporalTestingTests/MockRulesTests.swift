import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// Mocks that forbid calls, and what a test asks of mocks and cannot have.
@Suite(.timeLimit(.minutes(1))) struct MockRulesTests {
    // MARK: Forbidden calls

    @Test(arguments: [false, true], [false, true])
    func `a call that must never come fails the test, though another mock would take it`(
        _ isFirst: Bool,
        _ isLocal: Bool
    ) async {
        let failure = await failure(of: [Purchase.self]) { env in
            func forbid(line: Int) { env.mock(Till.charge, line: line).when { $0 > 1000 }.never() }
            if isFirst { forbid(line: 7) }
            let other = env.mock(Till.charge).returns("receipt")
            if !isFirst { forbid(line: 7) }
            let small = try await env.executeWorkflow(Purchase.self, .init(cents: 5, isLocal: isLocal))
            #expect(small == "receipt")
            _ = try? await env.executeWorkflow(Purchase.self, .init(cents: 2000, isLocal: isLocal))
            #expect(other.callCount == 1)
        }
        #expect(
            failure?.problems == [
                "Activity 'charge' was called (attempt 1), but the mock at TemporalTestingTests/MockRulesTests.swift:7 forbids it: "
                    + "it expects no such call (never, times(0), atMost(0))."
            ]
        )
    }

    @Test func `what a mock of a certain number of calls takes is forbidden to none`() async {
        let failure = await failure(of: [Purchase.self]) { env in
            env.mock(Till.charge).returns("once").times(1)
            env.mock(Till.charge).atMost(0)
            let first = try await env.executeWorkflow(Purchase.self, .init())
            #expect(first == "once")
            _ = try? await env.executeWorkflow(Purchase.self, .init())
        }
        #expect(failure?.problems.count == 1)
        #expect(failure?.problems.first?.contains("forbids it: it expects no such call") == true)
    }

    @Test func `a call before its time fails the test, though another mock would take it`() async {
        let failure = await failure(of: [Purchase.self]) { env in
            let refund = env.mock(Till.refund).returns("back").atLeast(0)
            env.mock(Till.charge).returns("paid").notBefore(refund).atLeast(0)
            env.mock(Till.charge).returns("receipt").atLeast(0)
            _ = try? await env.executeWorkflow(Purchase.self, .init())
        }
        #expect(failure?.problems.count == 1)
        #expect(
            failure?.problems.first?.contains("forbids it: not before the mock of activity 'refund' made at") == true
        )
    }

    @Test(arguments: [false, true])
    func `a child that must never start fails the test, though another mock would take it or refuse it`(
        _ isRefused: Bool
    ) async {
        let failure = await failure(of: [NapKeeper.self]) { env in
            env.mock(Nap.self).onTaskQueue(env.options.taskQueue).never()
            let other = env.mock(Nap.self).atLeast(0)
            if isRefused { other.failsToStart() } else { other.returns() }
            let end = try await env.executeWorkflow(NapKeeper.self)
            #expect(end == "ApplicationError")
            #expect(other.callCount == 0)
        }
        #expect(failure?.problems.count == 1)
        let problem = failure?.problems.first
        #expect(problem?.hasPrefix("Workflow 'Nap' was started as ") == true)
        #expect(problem?.contains("forbids it: it expects no such call") == true)
    }

    @Test func `a Nexus operation that must never be called fails the test, though another mock would take it`() async {
        var options = TestEnvironmentOptions()
        options.nexusEndpoints = ["clerk"]
        let failure = await failure(of: [Customer.self], options: options) { env in
            env.mock(Clerk.stamp).when { $0 == "form" }.never()
            let other = env.mock(Clerk.stamp).returns("stamped").atLeast(0)
            _ = try? await env.executeWorkflow(Customer.self)
            #expect(other.callCount == 0)
        }
        #expect(failure?.problems.count == 1)
        #expect(
            failure?.problems.first?.hasPrefix("Nexus operation 'Clerk/stamp' was called, but the mock at ") == true
        )
        #expect(failure?.problems.first?.contains("forbids it: it expects no such call") == true)
    }

    // MARK: Words

    @Test func `each mock that takes no call says why`() async {
        let failure = await failure(of: [CarelessPurchase.self]) { env in
            env.mock(Till.charge, line: 1).onAttempts(2...).returns("again").atLeast(0)
            _ = env.mock(Till.charge, line: 2)
            env.mock(Till.charge, line: 3).returns(inOrder: []).atLeast(0)
            env.mock(Till.charge, line: 4).returns(inOrder: [])
            env.mock(ActivityReference<[Int], String>(name: "charge"), line: 5).when { $0.isEmpty }.returns("x")
                .atLeast(0)
            _ = try await env.executeWorkflow(CarelessPurchase.self)
        }
        let problem = failure?.problems.first ?? ""
        func says(_ line: Int, _ reason: String) -> Bool {
            problem.contains("mock at TemporalTestingTests/MockRulesTests.swift:\(line): \(reason)")
        }
        #expect(says(1, "not one of the calls that it is told to take (when, onAttempts, calledBy, …);"), "\(problem)")
        #expect(says(2, "it does not say what to do (returns, fails, runs, …);"), "\(problem)")
        #expect(says(3, "its list has answered all of its 0 calls;"), "\(problem)")
        #expect(says(4, "0 of at most 0 calls;"), "\(problem)")
        #expect(says(5, "the input is not of the types of the mock ("), "\(problem)")
    }

    // MARK: Counts

    @Test func `a list that is too short for its count is a mistake, and not a call that is missing`() async {
        let failure = await failure(of: [Nap.self]) { env in
            env.mock(Till.charge, line: 1).returns(inOrder: ["a", "b"]).times(3)
            env.mock(Till.charge, line: 2).atLeast(2).results([.success("a")])
            // These can be: a list need not be used up, and may not be needed.
            env.mock(Till.charge).returns(inOrder: ["a", "b"]).atMost(3)
            env.mock(Till.charge).returns(inOrder: ["a", "b"]).atLeast(0)
        }
        func problem(_ line: Int, _ has: Int, _ calls: String, _ wants: Int) -> String {
            "The mock of activity 'charge' made at TemporalTestingTests/MockRulesTests.swift:\(line) has a list for "
                + "\(has) \(calls) and expects at least \(wants) calls, which it cannot all answer: give the list an outcome for "
                + "each call, or leave the count out."
        }
        #expect(failure?.problems == [problem(1, 2, "calls", 3), problem(2, 1, "call", 2)])
    }

    @Test(arguments: ["times", "atLeast", "atMost"])
    func `a count below none is a mistake, also in a test that throws`(_ word: String) async {
        for throwsError in [false, true] {
            let failure = await failure(of: [Nap.self]) { env in
                let mock = env.mockWorkflow(named: "Nap", line: 3).returns()
                switch word {
                case "times": mock.times(-1)
                case "atLeast": mock.atLeast(-1)
                default: mock.atMost(-1)
                }
                if throwsError { throw ApplicationError("half-way") }
            }
            #expect(
                failure?.problems == [
                    "The mock of workflow 'Nap' made at TemporalTestingTests/MockRulesTests.swift:3 says \(word)(-1): no number "
                        + "of calls is below 0. Say never() for none."
                ]
            )
        }
    }
}

/// Has a child, and tells how it fails.
@Workflow private actor NapKeeper {
    func run() async throws -> String {
        do {
            try await context.executeChildWorkflow(Nap.self, 10)
            return "rested"
        } catch let error as ChildWorkflowError {
            return error.cause.map { "\(type(of: $0))" } ?? "no cause"
        } catch is ChildWorkflowAlreadyStartedError {
            return "not started"
        }
    }
}

/// A service of others, known by its names.
private enum Clerk {
    static let stamp = NexusOperationReference<String, String>(service: "Clerk", name: "stamp")
}

@Workflow private actor Customer {
    func run() async throws -> String {
        try await context.executeNexusOperation(
            Clerk.stamp,
            "form",
            endpoint: "clerk",
            options: NexusOperationOptions(scheduleToCloseTimeout: .seconds(20))
        )
    }
}
