import Logging
import LoyaltyPoints
import Synchronization
import TemporalClient
import TemporalTesting
import Testing

/// The accident, and how it is undone.
@Suite(.timeLimit(.minutes(1))) struct StoryTests {
    @Test func `the whole story comes out as told`() async throws {
        let emails = EmailCounter()
        let activities = LoyaltyActivities(logger: Logger(label: "e-mails") { _ in emails })
        try await withLoyalty(activities: [activities]) { _, loyalty in
            let told = Mutex<[String]>([])
            let story = Story(loyalty: loyalty, customers: 5, emails: emails) { line in
                told.withLock { $0.append(line) }
            }
            try await story.tell()
            let lines = told.withLock { $0 }
            let points = lines.filter { $0.contains("points each") }.map { $0.split(separator: " ")[4] }
            #expect(points == ["500", "0", "0", "0", "500", "1000"])
            #expect(lines.contains { $0.contains("dry run to reset wid:") })
            #expect(emails.letters.count == 5)
        }
    }

    @Test func `a dry run says what would be done and does nothing`() async throws {
        try await withLoyalty { env, loyalty in
            let customers = Customers(loyalty, count: 2)
            try await customers.simulate(points: 10, rounds: 2) { _, _ in }
            try await customers.spendEverything { _, _ in }
            let reset = BatchReset(
                query: "WorkflowType = 'LoyaltyProgram'",
                reason: "Sev2",
                kind: .beforeSignal,
                signal: "spend"
            )
            var lines: [String] = []
            let plan = try await reset.dryRun(env.client) { lines.append($0) }
            #expect(plan.reset == 2)
            #expect(lines.filter { $0.hasPrefix("received: ") }.count == 2)
            #expect(lines.filter { $0 == "resetType: BeforeSignal" }.count == 2)
            #expect(try await customers.points() == [0: 2])
            for id in ["0", "1"] { try await env.client.workflowHandle(id: id).terminate() }
        }
    }

    @Test func `runs without such a point are listed, and the others are reset`() async throws {
        try await withLoyalty { env, loyalty in
            let customers = Customers(loyalty, count: 3)
            try await customers.simulate(points: 10, rounds: 1) { _, _ in }
            try await loyalty.spend(10, of: 1)
            let reset = BatchReset(
                query: "WorkflowType = 'LoyaltyProgram'",
                reason: "Sev2",
                kind: .beforeSignal,
                signal: "spend"
            )
            let summary = try await reset.run(env.client) { _, _ in }
            #expect(summary.reset == 1)
            #expect(
                summary.skipped.sorted() == [
                    "0: it has received no signal 'spend'.", "2: it has received no signal 'spend'.",
                ]
            )
            #expect(try await customers.points() == [10: 3])
            for id in ["0", "1", "2"] { try await env.client.workflowHandle(id: id).terminate() }
        }
    }
}
