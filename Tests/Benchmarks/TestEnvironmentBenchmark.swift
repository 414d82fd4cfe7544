import ArgumentParser
import Foundation
import Temporal
import TemporalTesting

/// One test environment per round: service, client, worker, mocks, and the replay at the end.
struct TestEnvironmentBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test-environment",
        abstract: "Time per test environment: the routing workflow, 100 activities, a sleep of ten years."
    )

    @Option(help: "How often each case is run.")
    var rounds = 300

    @Option(help: "Only the cases whose name has this in it, such as 'mocked', for a profiler to look at.")
    var only = ""

    @Option(
        help: """
            Fails if an empty environment costs more than 1 ms times this, or the routing workflow more than 2 ms times this, \
            in the fastest round. An optimised build keeps to 1; a build for debugging to 5.
            """
    )
    var budget: Double?

    func validate() throws {
        if let budget, !(budget > 0) { throw ValidationError("--budget must be above 0.") }
        guard rounds > 0 else { throw ValidationError("--rounds must be at least 1.") }
        guard !chosen.isEmpty else { throw ValidationError("No case has '\(only)' in its name.") }
    }

    /// An empty text is in no other for `contains`.
    private var chosen: [Case] { only.isEmpty ? cases : cases.filter { $0.name.contains(only) } }

    private struct Case {
        let name: String
        var share = 1
        /// What it may cost, in seconds.
        var budget: Double?
        let body: () async throws -> Void
    }

    private var cases: [Case] {
        var unchecked = TestEnvironmentOptions()
        unchecked.replaysHistories = false
        return [
            Case(name: "empty environment", budget: 0.001) {
                try await TestWorkflowEnvironment.run(workflows: [Routing.self]) { _ in }
            },
            Case(name: "routing, delivered by the first route", budget: 0.002) { try await route(["good"]) },
            Case(name: "the same without the replay check") { [unchecked] in try await route(["good"], unchecked) },
            Case(name: "routing, delivered by the second route") { try await route(["bad", "good"]) },
            Case(name: "100 mocked activities in sequence", share: 10) {
                try await TestWorkflowEnvironment.run(workflows: [Sequence.self]) { env in
                    env.mock(Steps.step) { $0 }
                    _ = try await env.executeWorkflow(Sequence.self, 100)
                }
            },
            Case(name: "100 real activities in sequence", share: 10) {
                try await TestWorkflowEnvironment.run(workflows: [Sequence.self], activities: [Steps()]) { env in
                    _ = try await env.executeWorkflow(Sequence.self, 100)
                }
            },
            Case(name: "a sleep of ten years") {
                try await TestWorkflowEnvironment.run(workflows: [TenYears.self]) { env in
                    try await env.executeWorkflow(TenYears.self)
                }
            },
        ]
    }

    func run() async throws {
        var first: Measurement?
        var excesses: [String] = []
        for one in chosen {
            let measurement = try await Measurement(one.name, rounds: max(1, rounds / one.share), one.body)
            if let first { measurement.report(against: first) } else { measurement.report() }
            first = first ?? measurement
            // The fastest round tells least of what else the machine does.
            if let budget, let limit = one.budget.map({ $0 * budget }), measurement.seconds[0] > limit {
                excesses.append("\(one.name): more than \(Int((limit * 1e6).rounded())) µs")
            }
        }
        guard excesses.isEmpty else {
            throw ValidationError("Over the budget: " + excesses.joined(separator: "; "))
        }
    }

    private func route(_ routes: [String], _ options: TestEnvironmentOptions = TestEnvironmentOptions()) async throws {
        let failed = try await TestWorkflowEnvironment.run(workflows: [Routing.self], options: options) { env in
            env.mock(Steps.route).returns(inOrder: routes)
            env.mock(Steps.transmit) { route in route == "good" }
            return try await env.executeWorkflow(Routing.self, 4)
        }
        guard failed == routes.filter({ $0 != "good" }) else {
            throw ValidationError("The workflow went wrong: \(failed).")
        }
    }
}
