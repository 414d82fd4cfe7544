import LoyaltyPoints
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// The workflow of one customer.
@Suite(.timeLimit(.minutes(1))) struct ProgramTests {
    @Test func `points are added and spent, and told at the exit`() async throws {
        try await withLoyalty { env, _ in
            let customer = try await env.startWorkflow(LoyaltyProgram.self, LoyaltyState())
            try await customer.signal(LoyaltyProgram.add, 300)
            try await customer.signal(LoyaltyProgram.spend, 120)
            #expect(try await customer.query(LoyaltyProgram.points) == 180)
            try await customer.signal(LoyaltyProgram.exit)
            #expect(try await customer.result() == 180)
        }
    }

    @Test func `numbers that make no sense change nothing`() async throws {
        try await withLoyalty { env, _ in
            let customer = try await env.startWorkflow(LoyaltyProgram.self, LoyaltyState())
            try await customer.signal(LoyaltyProgram.add, 10)
            for spent in [11, 0, -1] { try await customer.signal(LoyaltyProgram.spend, spent) }
            for added in [-5, 0, Int.max] { try await customer.signal(LoyaltyProgram.add, added) }
            try await customer.signal(LoyaltyProgram.exit)
            #expect(try await customer.result() == 10)
        }
    }

    @Test func `each full thousand is rewarded once`() async throws {
        try await withLoyalty { env, _ in
            let emails = env.mock(LoyaltyActivities.sendEmail).returns().times(2)
            let customer = try await env.startWorkflow(LoyaltyProgram.self, LoyaltyState())
            try await customer.signal(LoyaltyProgram.add, 999)
            #expect(try await customer.query(LoyaltyProgram.points) == 999)
            #expect(emails.callCount == 0)
            try await customer.signal(LoyaltyProgram.add, 1)
            try await customer.signal(LoyaltyProgram.spend, 600)
            // 600 more make 1,600 in all: what was spent does not count again, and no second thousand is full.
            try await customer.signal(LoyaltyProgram.add, 600)
            try await customer.signal(LoyaltyProgram.add, 400)
            try await customer.signal(LoyaltyProgram.exit)
            #expect(try await customer.result() == 1400)
            #expect(try emails.inputs().map(\.reference) == ["\(customer.id)-1000", "\(customer.id)-2000"])
        }
    }

    @Test func `customers are found by their points`() async throws {
        try await withLoyalty { env, _ in
            let customer = try await env.startWorkflow(LoyaltyProgram.self, LoyaltyState())
            try await customer.signal(LoyaltyProgram.add, 70)
            #expect(try await customer.query(LoyaltyProgram.points) == 70)
            #expect(try await customer.describe().searchAttributes[LoyaltyProgram.pointsAttribute] == 70)
            let rich = try await env.client.listWorkflows("points >= 70").all()
            #expect(rich.map(\.id) == [customer.id])
            #expect(try await env.client.countWorkflows("points > 70").total == 0)
            try await customer.signal(LoyaltyProgram.exit)
            _ = try await customer.result()
        }
    }

    @Test func `points and rewards survive continuing as new`() async throws {
        try await withLoyalty(configure: { $0.suggestContinueAsNewEvents = 30 }) { env, _ in
            let emails = env.mock(LoyaltyActivities.sendEmail).returns().times(1)
            let customer = try await env.startWorkflow(LoyaltyProgram.self, LoyaltyState())
            for round in 1...40 {
                try await customer.signal(LoyaltyProgram.add, 30)
                // Each signal has a task of its own. A run that has just continued another takes its first one a little later.
                try await env.sleep(for: .seconds(2))
                #expect(try await customer.query(LoyaltyProgram.points) == 30 * round)
            }
            let latest = try await env.client.workflowHandle(id: customer.id).describe()
            #expect(latest.runID != customer.resultRunID)
            #expect(latest.searchAttributes[LoyaltyProgram.pointsAttribute] == 1200)
            try await customer.signal(LoyaltyProgram.exit)
            #expect(try await customer.result() == 1200)
            #expect(emails.callCount == 1)
        }
    }

    @Test(arguments: [false, true])
    func `many rewards at once go over several runs, each sent once`(_ leaves: Bool) async throws {
        try await withLoyalty(configure: { $0.suggestContinueAsNewEvents = 30 }) { env, _ in
            let emails = env.mock(LoyaltyActivities.sendEmail).returns().times(40)
            let customer = try await env.startWorkflow(LoyaltyProgram.self, LoyaltyState())
            try await customer.signal(LoyaltyProgram.add, 40_000)
            // Who leaves gets what is due all the same.
            if leaves { try await customer.signal(LoyaltyProgram.exit) }
            try await env.sleep(for: .seconds(600))
            if !leaves { try await customer.signal(LoyaltyProgram.exit) }
            #expect(try await customer.result() == 40_000)
            #expect(try emails.inputs().map(\.reference) == (1...40).map { "\(customer.id)-\($0)000" })
            let runs = try await env.client.listWorkflows("WorkflowId = '\(customer.id)'").all()
            #expect(runs.count > 3)
            for run in runs {
                let history = try await env.client.workflowHandle(id: customer.id, runID: run.runID).history()
                // What is suggested is known only with the next task.
                #expect(history.count < 60)
            }
        }
    }
}
