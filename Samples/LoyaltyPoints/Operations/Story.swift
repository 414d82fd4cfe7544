import Foundation
import Temporal
import TemporalClient

/// The story of the loyalty program, its accident, and how it is undone.
package struct Story: Sendable {
    private let loyalty: LoyaltyClient
    private let customers: Customers
    private let count: Int
    private let emails: EmailCounter
    private let say: @Sendable (String) -> Void

    /// The number of the first customer: those of `simulate` are others.
    private static let first = 1_000_000

    /// Prepares the story.
    ///
    /// - Parameters:
    ///   - loyalty: The loyalty program, with a worker that runs.
    ///   - customers: The number of customers.
    ///   - emails: Counts what the worker sends.
    ///   - say: Takes what is told.
    package init(
        loyalty: LoyaltyClient,
        customers: Int,
        emails: EmailCounter,
        say: @escaping @Sendable (String) -> Void
    ) {
        self.loyalty = loyalty
        self.customers = Customers(loyalty, count: customers, from: Self.first)
        self.count = customers
        self.emails = emails
        self.say = say
    }

    /// A part of the story that did not come out as it should.
    package struct Mismatch: Error, CustomStringConvertible {
        package let description: String
    }

    private var client: TemporalClient { loyalty.client }
    private var query: String { "TaskQueue = '\(loyalty.taskQueue)' AND ExecutionStatus = 'Running'" }

    /// Plays it, and checks each step.
    ///
    /// - Throws: ``Mismatch`` if a step does not come out as it should.
    package func tell() async throws {
        try await leaveEarlierStory()
        say("1. \(count) customers enrol and get 100 points five times.")
        do {
            try await customers.simulate(points: 100, rounds: 5, onlyNew: true) { _, _ in }
        } catch let error as LoyaltyError {
            throw Mismatch(description: "\(error) The story needs customers of its own: play it in another namespace.")
        }
        try await expectPoints(500)

        say("2. The accident: somebody spends the points of everyone.")
        try await customers.spendEverything { _, _ in }
        try await expectPoints(0)
        try await untilListed(count)

        say("3. What a reset to the last workflow task would do, for the first customer (a dry run changes nothing):")
        let naive = BatchReset(query: query, reason: "Sev2: id.1259, naive", kind: .lastWorkflowTask)
        var lines: [String] = []
        let plan = try await naive.dryRun(client) { lines.append($0) }
        for line in lines.prefix(4) { say("   \(line)") }
        say("   … \(plan.reset) runs in all")
        try await expectPoints(0)

        say("4. The naive reset: everyone to the last workflow task.")
        try await expect(try await naive.run(client) { _, _ in }, resets: count)
        try await expectPoints(0)
        say("   Why: the signal of the accident came before the last workflow task, or is given to the new run again.")
        try await untilListed(count)

        say("5. The reset to before the accident: each run to a point of its own, without that signal.")
        let real = BatchReset(
            query: query,
            reason: "Sev2: id.1259",
            kind: .beforeSignal,
            signal: LoyaltyProgram.spend.name
        )
        try await expect(try await real.run(client) { _, _ in }, resets: count)
        try await expectPoints(500)
        try await showFailedTask()

        say("6. Everyone gets 500 more, which makes 1,000 and a free coffee.")
        try await customers.add(500) { _, _ in }
        try await expectPoints(1000)
        try await expectLetters()
        try await customers.exit { _, _ in }
        say("All customers leave. The end.")
    }

    /// On a real server, customers of an earlier story may still take part.
    private func leaveEarlierStory() async throws {
        for try await run in client.listWorkflows(query) {
            try await client.workflowHandle(id: run.id, runID: run.runID).terminate(reason: "a new story begins")
        }
    }

    private func expectPoints(_ points: Int) async throws {
        let counts = try await customers.points()
        guard counts == [points: count] else {
            throw Mismatch(description: "Not everyone has \(points) points: \(counts.sorted { $0.key < $1.key }).")
        }
        say("   → \(count) customers with \(points) points each")
    }

    private func expect(_ summary: BatchReset.Summary, resets: Int) async throws {
        guard summary.reset == resets, summary.failed.isEmpty else {
            throw Mismatch(description: "Not everyone was reset: \(summary).")
        }
    }

    /// Waits until the list of running customers is complete: it may lag a little.
    private func untilListed(_ expected: Int) async throws {
        for _ in 0..<200 {
            if try await client.countWorkflows(query).total == expected { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Mismatch(description: "The list of running customers is not complete after ten seconds.")
    }

    private func showFailedTask() async throws {
        let history = try await client.workflowHandle(id: String(Self.first)).history()
        guard let event = history.last(where: { $0.type == "WorkflowTaskFailed" }),
            try String(decoding: event.json(), as: UTF8.self).contains("Sev2: id.1259")
        else { throw Mismatch(description: "The history of customer \(Self.first) does not show the reset.") }
        say("   The history of customer \(Self.first) shows it: event \(event), \"Sev2: id.1259\".")
    }

    private func expectLetters() async throws {
        for _ in 0..<200 where emails.letters.count < count { try await Task.sleep(for: .milliseconds(50)) }
        let letters = emails.letters
        guard letters.count == count, Set(letters).count == count else {
            throw Mismatch(description: "\(letters.count) e-mails were sent, \(Set(letters).count) different ones.")
        }
        say("   → \(count) e-mails, none twice")
    }
}
