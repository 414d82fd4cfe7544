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

    @Flag(help: "Only the 100 mocked activities: what a profiler looks at.")
    var mockedOnly = false

    func validate() throws {
        guard rounds > 0 else { throw ValidationError("--rounds must be at least 1.") }
    }

    func run() async throws {
        if mockedOnly {
            try await sequenceOfMocks(rounds: rounds).report()
            return
        }
        let empty = try await Measurement("empty environment", rounds: rounds) {
            try await TestWorkflowEnvironment.run(workflows: [Routing.self]) { _ in }
        }
        let routing = try await Measurement("routing, delivered by the first route", rounds: rounds) {
            try await route(["good"])
        }
        var unchecked = TestEnvironmentOptions()
        unchecked.replaysHistories = false
        let withoutReplay = try await Measurement("the same without the replay check", rounds: rounds) {
            try await route(["good"], unchecked)
        }
        let two = try await Measurement("routing, delivered by the second route", rounds: rounds) {
            try await route(["bad", "good"])
        }
        let mocked = try await sequenceOfMocks(rounds: max(1, rounds / 10))
        let real = try await Measurement("100 real activities in sequence", rounds: max(1, rounds / 10)) {
            try await TestWorkflowEnvironment.run(workflows: [Sequence.self], activities: [Steps()]) { env in
                _ = try await env.executeWorkflow(Sequence.self, 100)
            }
        }
        let sleep = try await Measurement("a sleep of ten years", rounds: rounds) {
            try await TestWorkflowEnvironment.run(workflows: [TenYears.self]) { env in
                try await env.executeWorkflow(TenYears.self)
            }
        }
        empty.report()
        for measurement in [routing, withoutReplay, two, mocked, real, sleep] { measurement.report(against: empty) }
    }

    private func sequenceOfMocks(rounds: Int) async throws -> Measurement {
        try await Measurement("100 mocked activities in sequence", rounds: rounds) {
            try await TestWorkflowEnvironment.run(workflows: [Sequence.self]) { env in
                env.mock(Steps.step) { $0 }
                _ = try await env.executeWorkflow(Sequence.self, 100)
            }
        }
    }

    private func route(_ routes: [String], _ options: TestEnvironmentOptions = TestEnvironmentOptions()) async throws {
        let failed = try await TestWorkflowEnvironment.run(workflows: [Routing.self], options: options) { env in
            env.mock(Steps.route).returns(routes)
            env.mock(Steps.transmit) { route in route == "good" }
            return try await env.executeWorkflow(Routing.self, 4)
        }
        guard failed == routes.filter({ $0 != "good" }) else {
            throw ValidationError("The workflow went wrong: \(failed).")
        }
    }
}
