import Foundation
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// Time moved by hand, events as they happen, deployments in the middle of a test, mocks in an order.
@Suite(.timeLimit(.minutes(1))) struct DrivingTests {
    @Test func `without skipping, only what the test lets pass falls due`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Ticker.self]) { env in
            let handle = try await env.startWorkflow(Ticker.self, 3)
            let start = env.now
            try await env.withoutSkipping {
                #expect(try await handle.query(Ticker.ticks) == 0)
                try await env.advance(by: .nanoseconds(59_999_999_999))
                #expect(try await handle.query(Ticker.ticks) == 0)
                try await env.advance(by: .nanoseconds(1))
                #expect(try await handle.query(Ticker.ticks) == 1)
                #expect(env.now.timeIntervalSince(start) == 60)
                // Each timer is started by what the one before it woke.
                try await env.advance(by: .seconds(120))
                #expect(try await handle.query(Ticker.ticks) == 3)
                #expect(env.now.timeIntervalSince(start) == 180)
            }
            #expect(try await handle.result() == 3)
        }
    }

    @Test func `scopes without skipping nest`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Ticker.self]) { env in
            let handle = try await env.startWorkflow(Ticker.self, 1)
            let start = env.now
            try await env.withoutSkipping {
                await env.withoutSkipping {}
                try await env.advance(by: .seconds(10))
                #expect(try await handle.describe().status == .running)
            }
            _ = try await handle.result()
            #expect(env.now.timeIntervalSince(start) == 60)
        }
    }

    @Test func `events come in the order of the history, and end with the environment`() async throws {
        let (events, history) = try await TestWorkflowEnvironment.run(workflows: [Ticker.self]) { env in
            let events = env.events()
            let handle = try await env.startWorkflow(Ticker.self, 2)
            _ = try await handle.result()
            return (events, try await handle.history())
        }
        var seen: [String] = []
        for await event in events {
            #expect(event.workflowType == "Ticker")
            seen.append("\(event.event)")
        }
        #expect(seen == history.map(\.description))
        #expect(seen.filter { $0.hasSuffix("TimerFired") }.count == 2)
    }

    @Test func `a run goes on after its worker was replaced`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Ticker.self], activities: []) { env in
            let handle = try await env.startWorkflow(Ticker.self, 2)
            try await env.sleep(for: .seconds(90))
            let before = env.now
            try await env.restartWorker()
            #expect(env.now == before)
            #expect(try await handle.query(Ticker.ticks) == 1)
            #expect(try await handle.result() == 2)
        }
    }

    @Test func `a deployment with a patch goes on with open runs`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [OldGreeting.self]) { env in
            let old = try await env.startWorkflow(OldGreeting.self)
            try await env.sleep(for: .seconds(30))
            try await env.restartWorker(workflows: [PatchedGreeting.self])
            #expect(try await old.result() == "hello")
            #expect(try await env.executeWorkflow(PatchedGreeting.self) == "welcome")
        }
    }

    @Test func `a deployment without a patch fails the test`() async throws {
        let failure = await #expect(throws: TestFailure.self) {
            try await TestWorkflowEnvironment.run(workflows: [OldGreeting.self]) { env in
                let old = try await env.startWorkflow(OldGreeting.self)
                try await env.sleep(for: .seconds(30))
                try await env.restartWorker(workflows: [ChangedGreeting.self])
                _ = try await old.result()
            }
        }
        #expect(failure?.problems.contains { $0.contains("[TMPRL1100]") } == true)
    }

    @Test func `a deployment need not fit runs that have ended`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [OldGreeting.self]) { env in
            #expect(try await env.executeWorkflow(OldGreeting.self) == "hello")
            env.mock(Kitchen.mix).returns("dough")
            try await env.restartWorker(workflows: [ChangedGreeting.self])
            #expect(try await env.executeWorkflow(ChangedGreeting.self) == "dough")
        }
    }

    @Test func `a deployment has to fit open runs, though it was not asked to go on with them`() async {
        let failure = await failure(of: [OldGreeting.self]) { env in
            _ = try await env.startWorkflow(OldGreeting.self)
            try await env.sleep(for: .seconds(30))
            try await env.restartWorker(workflows: [ChangedGreeting.self])
        }
        #expect(failure?.problems.count == 1)
        #expect(failure?.problems.first?.contains("[TMPRL1100]") == true)
    }

    @Test func `mocks can be expected in an order`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Baker.self]) { env in
            let mix = env.mock(Kitchen.mix).returns("dough")
            env.mock(Kitchen.bake).returns("bread").notBefore(mix)
            let result = try await env.executeWorkflow(Baker.self, true)
            #expect(result == "dough bread")
        }
    }

    @Test func `a mock that is called before its time fails the test`() async throws {
        let failure = await #expect(throws: TestFailure.self) {
            try await TestWorkflowEnvironment.run(workflows: [Baker.self]) { env in
                let mix = env.mock(Kitchen.mix).returns("dough").atMost(1)
                env.mock(Kitchen.bake).returns("bread").notBefore(mix).atMost(1)
                _ = try await env.executeWorkflow(Baker.self, false)
            }
        }
        #expect(failure?.problems.first?.contains("not before the mock of activity 'mix' made at") == true)
    }
}

@Workflow private actor Ticker {
    private var count = 0

    func run(_ ticks: Int) async throws -> Int {
        while count < ticks {
            try await context.sleep(.seconds(60))
            count += 1
        }
        return count
    }

    @Query func ticks() -> Int { count }
}

@Workflow(name: "Greeting") private actor OldGreeting {
    func run() async throws -> String {
        try await context.sleep(.seconds(60))
        return "hello"
    }
}

@Workflow(name: "Greeting") private actor PatchedGreeting {
    func run() async throws -> String {
        if context.patched("short") {
            try await context.sleep(.seconds(5))
            try await context.sleep(.seconds(5))
            return "welcome"
        }
        try await context.sleep(.seconds(60))
        return "hello"
    }
}

@Workflow(name: "Greeting") private actor ChangedGreeting {
    func run() async throws -> String {
        try await context.executeActivity(Kitchen.mix, startToCloseTimeout: .seconds(5))
    }
}

@Activities private struct Kitchen {
    @Activity func mix() async throws -> String { "dough" }
    @Activity func bake(_ dough: String) async throws -> String { "bread" }
}

@Workflow private actor Baker {
    func run(_ isCareful: Bool) async throws -> String {
        let dough =
            isCareful ? try await context.executeActivity(Kitchen.mix, startToCloseTimeout: .seconds(5)) : "flour"
        let bread = try await context.executeActivity(Kitchen.bake, dough, startToCloseTimeout: .seconds(5))
        return "\(dough) \(bread)"
    }
}
