import Foundation
import Synchronization
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// Bugs that are planted in workflows and tests: each makes its test fail, with a message that says what is wrong.
///
/// Some have been reported of other test environments, which let such tests pass: calls over a count that are retried or
/// swallowed, calls of what must never be called, asserted counts that compare with the wrong mock, a workflow that is not
/// deterministic and passes all its unit tests.
@Suite(.timeLimit(.minutes(2))) struct PlantedBugTests {
    // sdk-go #2010, #975, #642, and cadence #493.

    @Test func `a call over the count fails the test, though the workflow swallows the error and tries again`() async {
        let failure = await failure(of: [Stubborn.self]) { env in
            env.mock(Till.charge).returns("once").times(1)
            let result = try await env.executeWorkflow(Stubborn.self, 2)
            #expect(result == 1)
        }
        #expect(failure?.problems.count == 1)
        #expect(failure?.problems.first?.contains("1 of at most 1 calls") == true)
    }

    @Test func `a call of what must never be called fails the test, though the workflow swallows the error`() async {
        let failure = await failure(of: [Stubborn.self]) { env in
            env.mock(Till.charge).never()
            let result = try await env.executeWorkflow(Stubborn.self, 1)
            #expect(result == 0)
        }
        #expect(failure?.problems.first?.contains("forbids it: it expects no such call") == true)
    }

    @Test func `an input that no mock takes fails the test, though the workflow swallows the error`() async {
        let failure = await failure(of: [Stubborn.self]) { env in
            env.mock(Till.charge).when { $0 == 1000 }.returns("x").atMost(1)
            let result = try await env.executeWorkflow(Stubborn.self, 1)
            #expect(result == 0)
        }
        #expect(failure?.problems.count == 1)
    }

    @Test func `the error of an unexpected call is not retried`() async {
        let failure = await failure(of: [Purchase.self]) { env in
            env.mock(Till.charge).returns("x").times(1)
            _ = try await env.executeWorkflow(Purchase.self, .init())
            let start = env.now
            _ = try? await env.executeWorkflow(Purchase.self, .init(attempts: nil))
            #expect(env.now == start)
        }
        #expect(failure?.problems.count == 1)
    }

    @Test func `a count of none is checked against the mock of that name and kind`() async {
        let failure = await failure(of: [Stubborn.self]) { env in
            // A workflow of the same name has no calls, which says nothing of the activity.
            env.mockWorkflow(named: "charge").returns().never()
            env.mock(Till.charge).returns("x").never()
            let result = try await env.executeWorkflow(Stubborn.self, 1)
            #expect(result == 0)
        }
        #expect(failure?.problems.first?.hasPrefix("Activity 'charge' was called") == true)
    }

    @Test func `an expectation that is left over fails the test, and its line is named`() async {
        let failure = await failure(of: [Nap.self]) { env in
            env.mock(Till.refund).returns("unused")
            try await env.executeWorkflow(Nap.self, 1)
        }
        #expect(failure?.problems.first?.contains("PlantedBugTests.swift:") == true)
        #expect(failure?.problems.first?.contains("expected at least 1 call, but 0 came") == true)
    }

    // Code that is not deterministic.

    @Test func `a branch on the time of day is found, with the event`() async {
        let failure = await failure(of: [ByClock.self]) { env in
            env.mock(Till.charge).returns("x").atLeast(0)
            try await env.executeWorkflow(ByClock.self)
        }
        #expect(failure?.problems.first?.contains("[TMPRL1100]") == true)
        #expect(failure?.problems.first?.contains("event 5") == true)
    }

    @Test func `a branch of a dynamic workflow on the time of day is found`() async {
        let failure = await failure(of: [AnyByClock.self]) { env in
            env.mock(Till.charge).returns("x").atLeast(0)
            let options = WorkflowOptions(id: "any", taskQueue: env.options.taskQueue)
            let any = try await env.client.startWorkflow(named: "Whatever", options: options)
            #expect(try await any.result(as: String.self) == "Whatever")
        }
        #expect(failure?.problems.first?.contains("[TMPRL1100]") == true)
    }

    @Test(arguments: ["plain", "taking", "pace"])
    func `real code that was not given fails the test, though the workflow swallows the error`(_ how: String) async {
        let failure = await failure(of: [Stubborn.self]) { env in
            let mock = env.mock(Till.charge)
            switch how {
            case "plain": mock.callsReal()
            case "taking": mock.callsReal(taking: .seconds(1))
            default: mock.callsRealAtWallPace()
            }
            let result = try await env.executeWorkflow(Stubborn.self, 1)
            #expect(result == 0)
        }
        #expect(
            failure?.problems == [
                "A mock of activity 'charge' calls its real code, which was not given to the environment: pass it as one of "
                    + "`activities`."
            ]
        )
    }

    @Test func `a branch on chance is found`() async {
        let failure = await failure(of: [ByChance.self]) { env in
            env.mock(Till.charge).returns("x").atLeast(0)
            try await env.executeWorkflow(ByChance.self)
        }
        #expect(failure?.problems.first?.contains("[TMPRL1100]") == true)
    }

    @Test func `an order that a set decides is found`() async {
        let failure = await failure(of: [ByHash.self]) { env in
            env.mock(Till.charge).runs { "\($0)" }.atLeast(0)
            env.mock(Till.refund).runs { $0 }.atLeast(0)
            try await env.executeWorkflow(ByHash.self)
        }
        #expect(failure?.problems.first?.contains("[TMPRL1100]") == true)
    }

    @Test func `a wait on the clock of the wall is found, and the cure is named`() async {
        let failure = await failure(of: [OnTheWall.self]) { env in
            _ = try? await env.executeWorkflow(OnTheWall.self)
        }
        #expect(failure?.problems.first?.contains("Use context.sleep") == true)
    }

    @Test func `a task that leaves the workflow is found, and the cure is named`() async {
        let failure = await failure(of: [Leaking.self]) { env in
            _ = try? await env.executeWorkflow(Leaking.self)
        }
        #expect(failure?.problems.first?.contains("a detached task") == true)
    }

    @Test func `a signal that nobody sends is found, and who waits is named`() async {
        let error = await #expect(throws: RPCError.self) {
            try await TestWorkflowEnvironment.run(workflows: [Gate.self]) { env in
                _ = try await env.executeWorkflow(Gate.self)
            }
        }
        #expect(error?.message.contains("type Gate") == true)
        #expect(error?.message.contains("run waits for a condition") == true)
    }
}

/// Calls again and again, and counts what works.
@Workflow private actor Stubborn {
    func run(_ calls: Int) async throws -> Int {
        var worked = 0
        for _ in 0..<calls {
            do {
                _ = try await context.executeActivity(Till.charge, 1, startToCloseTimeout: .seconds(10))
                worked += 1
            } catch {
                // It is what the test is about.
            }
        }
        return worked
    }
}

private let clockVisits = Mutex<Date?>(nil)

@Workflow private actor ByClock {
    func run() async throws {
        let now = Date()
        let first = clockVisits.withLock { first -> Date in
            first = first ?? now
            return first ?? now
        }
        if now <= first {
            try await context.sleep(.seconds(1))
        } else {
            _ = try await context.executeActivity(Till.charge, 1, startToCloseTimeout: .seconds(1))
        }
    }
}

private let anyVisits = Mutex<Date?>(nil)

@Workflow(dynamic: true) private actor AnyByClock {
    func run(_ arguments: DynamicArguments) async throws -> String {
        let now = Date()
        let first = anyVisits.withLock { first -> Date in
            first = first ?? now
            return first ?? now
        }
        if now <= first {
            try await context.sleep(.seconds(1))
        } else {
            _ = try await context.executeActivity(Till.charge, 1, startToCloseTimeout: .seconds(1))
        }
        return context.info.workflowType
    }
}

private let lastDraw = Mutex<UInt64?>(nil)

@Workflow private actor ByChance {
    func run() async throws {
        let draw = UInt64.random(in: .min ... .max)
        let last = lastDraw.withLock { last in
            defer { last = draw }
            return last
        }
        if last == nil || last == draw {
            try await context.sleep(.seconds(1))
        } else {
            _ = try await context.executeActivity(Till.charge, 1, startToCloseTimeout: .seconds(1))
        }
    }
}

/// Sets that live at one time have orders of their own, as those of different processes have.
private let seenItems = Mutex<[Set<Int>]>([])

@Workflow private actor ByHash {
    func run() async throws {
        let items = Set(0..<64)
        seenItems.withLock { $0.append(items) }
        for item in items {
            if item.isMultiple(of: 2) {
                _ = try await context.executeActivity(Till.refund, "\(item)", startToCloseTimeout: .seconds(1))
            } else {
                _ = try await context.executeActivity(Till.charge, item, startToCloseTimeout: .seconds(1))
            }
        }
    }
}

@Workflow private actor OnTheWall {
    func run() async throws {
        try await Task.sleep(for: .milliseconds(1))
    }
}

@Workflow private actor Leaking {
    private var count = 0

    func run() async throws {
        await Task.detached { await self.step() }.value
    }

    private func step() { count += 1 }
}
