import Foundation
import Synchronization
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalTesting
import Testing

/// Workflows of every kind, each with runs that leave memory after every task and before each single one: the same happens
/// each time, and comes of it.
@Suite(.timeLimit(.minutes(2))) struct EvictionSweepTests {
    // MARK: D2

    /// One kind of thing that workflows do.
    enum Story: String, CaseIterable, CustomTestStringConvertible {
        case activities, localActivities, timers, race, messages, children, continuation, chance, patches, cancellation
        case strangers, properties, nexus, failures, cron

        var testDescription: String { rawValue }
    }

    @Test(arguments: Story.allCases)
    func `every kind of workflow does the same wherever it leaves memory`(_ story: Story) async throws {
        var options = TestEnvironmentOptions()
        options.startTime = Date(timeIntervalSince1970: 1_700_000_000)
        options.nexusEndpoints = ["desk"]
        options.searchAttributes = ["Town": .keyword, "Visits": .int]
        let ends = Mutex<[String]>([])
        let runs = try await TestWorkflowEnvironment.sweepEvictions(
            workflows: [
                Purchase.self, Gate.self, Nap.self, Racer.self, Family.self, Fragile.self, Rounds.self, Gambler.self,
                Patchy.self, Careful.self, Messenger.self, Traveller.self, Caller.self, Monthly.self,
            ],
            options: options
        ) { env in
            let end = try await tell(story, env)
            ends.withLock { $0.append(end) }
        }
        // Without evictions, after each task, and before one at least.
        #expect(runs >= 3)
        let all = ends.withLock { $0 }
        #expect(all.count == runs)
        #expect(Set(all).count == 1)
    }

    /// Runs the workflow of a story.
    ///
    /// - Returns: What came of it.
    private func tell(_ story: Story, _ env: TestWorkflowEnvironment) async throws -> String {
        switch story {
        case .activities, .localActivities:
            env.mock(Till.charge).results([.failure(ApplicationError("busy")), .success("paid")])
            let plan = Purchase.Plan(attempts: 2, isLocal: story == .localActivities)
            return try await env.executeWorkflow(Purchase.self, plan)
        case .timers:
            try await env.executeWorkflow(Nap.self, 60)
            return "\(env.now)"
        case .race:
            env.mock(Till.charge).returns("paid").after(.seconds(20))
            return "\(try await env.executeWorkflow(Racer.self))"
        case .messages:
            let gate = try await env.startWorkflow(Gate.self)
            let before = try await gate.query(Gate.seen)
            try await gate.signal(Gate.note, "one")
            env.schedule(after: .seconds(5)) { try await gate.signal(Gate.note, "two") }
            let count = try await gate.executeUpdate(Gate.openLater, 10)
            return "\(before) \(count) \(try await gate.result()) \(try await gate.query(Gate.seen))"
        case .children:
            return "\(try await env.executeWorkflow(Family.self))"
        case .continuation:
            return try await env.executeWorkflow(Rounds.self, 3)
        case .chance:
            env.mock(Till.charge) { "\($0)" }.atLeast(0)
            return try await env.executeWorkflow(Gambler.self)
        case .patches:
            return try await env.executeWorkflow(Patchy.self)
        case .cancellation:
            env.mock(Till.charge).waitsForCancellation()
            env.mock(Till.refund) { "\($0) back" }
            let careful = try await env.startWorkflow(Careful.self)
            env.schedule(after: .seconds(30)) { try await careful.cancel() }
            return try await careful.result()
        case .strangers:
            let stranger = try await env.standIn(forWorkflow: "stranger")
            let end = try await env.executeWorkflow(Messenger.self)
            try await env.waitUntilIdle()
            return "\(end) \(stranger.signals.map(\.name)) \(stranger.cancellationRequests)"
        case .properties:
            let traveller = try await env.startWorkflow(Traveller.self)
            let end = try await traveller.result()
            let found = try await traveller.describe().searchAttributes[SearchAttributeKey.int("Visits")]
            return "\(end) \(found ?? 0)"
        case .nexus:
            env.mock(Desk.greet).when { $0 == "late" }.goesOn(for: .seconds(60)).returns("hello at last")
            env.mock(Desk.greet).when { $0 == "soon" }.returns("hello")
            env.mock(Desk.greet).fails(NexusUnsuccessfulOperation("no"))
            return "\(try await env.executeWorkflow(Caller.self))"
        case .failures:
            let error = await #expect(throws: WorkflowFailedError.self) { try await env.executeWorkflow(Fragile.self) }
            return "\(error.map { "\($0.cause)" } ?? "")"
        case .cron:
            let start = WorkflowOptions(id: "monthly", taskQueue: env.options.taskQueue, cronSchedule: "0 0 1 * *")
            let monthly = try await env.startWorkflow(Monthly.self, options: start)
            try await env.sleep(for: .seconds(100 * 86_400))
            try await env.client.workflowHandle(id: monthly.id).terminate()
            return "\(env.server.runs().count)"
        }
    }
}

/// An activity against a timer, both ways.
@Workflow private actor Racer {
    func run() async throws -> [String] {
        var winners: [String] = []
        for seconds in [10, 30] {
            let winner = try await withThrowingTaskGroup(of: String.self) { [self] group in
                group.addTask { [self] in
                    try await context.executeActivity(
                        Till.charge,
                        seconds,
                        startToCloseTimeout: .seconds(60),
                        heartbeatTimeout: .seconds(50)
                    )
                }
                group.addTask { [self] in
                    try await context.sleep(.seconds(seconds))
                    return "late"
                }
                let winner = try await group.next() ?? ""
                group.cancelAll()
                return winner
            }
            winners.append(winner)
        }
        return winners
    }
}

/// Children at a time, one that fails and is tried again, and one that is left alone.
@Workflow private actor Family {
    func run() async throws -> [String] {
        var told: [String] = []
        try await withThrowingTaskGroup(of: Void.self) { [self] group in
            for seconds in [30, 10, 20] {
                group.addTask { [self] in try await context.executeChildWorkflow(Nap.self, seconds) }
            }
            try await group.waitForAll()
        }
        do {
            let options = ChildWorkflowOptions(retryPolicy: RetryPolicy(maximumAttempts: 2))
            try await context.executeChildWorkflow(Fragile.self, options: options)
        } catch let error as ChildWorkflowError {
            told.append((error.cause as? ApplicationError)?.type ?? "")
        }
        let left = try await context.startChildWorkflow(
            Nap.self,
            1000,
            options: ChildWorkflowOptions(id: "left", parentClosePolicy: .abandon)
        )
        return told + [left.id]
    }
}

@Workflow private actor Fragile {
    func run() async throws {
        try await context.sleep(.seconds(1))
        throw ApplicationError("broken", type: "Broken")
    }
}

@Workflow private actor Rounds {
    func run(_ left: Int) async throws -> String {
        try await context.sleep(.seconds(10))
        guard left > 0 else { return "round \(context.info.attempt)" }
        try context.continueAsNew(Rounds.self, left - 1)
    }
}

/// Chance, ids and the time decide what it does.
@Workflow private actor Gambler {
    func run() async throws -> String {
        var random = context.random
        var told = ""
        for _ in 0..<4 {
            if Bool.random(using: &random) {
                told += try await context.executeActivity(
                    Till.charge,
                    Int.random(in: 1...1000, using: &random),
                    startToCloseTimeout: .seconds(10)
                )
            } else {
                try await context.sleep(.seconds(Int.random(in: 1...1000, using: &random)))
            }
            told += " \(try context.uuid()) \(context.now)\n"
        }
        return told
    }
}

@Workflow private actor Patchy {
    func run() async throws -> String {
        let first = context.patched("first")
        try await context.sleep(.seconds(1))
        let second = context.patched("second")
        try await context.sleep(.seconds(second ? 2 : 3))
        return "\(first) \(second) \(context.patched("first"))"
    }
}

/// Is cancelled, and cleans up.
@Workflow private actor Careful {
    func run() async throws -> String {
        do {
            _ = try await context.executeActivity(
                Till.charge,
                1,
                startToCloseTimeout: .seconds(1000),
                heartbeatTimeout: .seconds(100),
                cancellation: .waitCancellationCompleted
            )
            return "paid"
        } catch {
            return try await context.withoutCancellation { [self] in
                try await context.sleep(.seconds(5))
                return try await context.executeActivity(Till.refund, "all", startToCloseTimeout: .seconds(10))
            }
        }
    }
}

@Workflow private actor Messenger {
    func run() async throws -> String {
        let other = context.externalWorkflow(id: "stranger")
        try await other.signal("hello", 7)
        try await other.cancel()
        do {
            try await context.externalWorkflow(id: "nobody").signal("hello", 8)
            return "reached"
        } catch {
            return "not reached"
        }
    }
}

@Workflow private actor Traveller {
    func run() async throws -> String {
        for (visit, town) in ["Rome", "Oslo"].enumerated() {
            try context.upsertSearchAttributes(
                SearchAttributeKey.keyword("Town").set(town),
                SearchAttributeKey.int("Visits").set(visit + 1)
            )
            try context.upsertMemo(["last": town, "visits": visit + 1])
            try await context.sleep(.seconds(1))
        }
        return context.info.searchAttributes[SearchAttributeKey.keyword("Town")] ?? "nowhere"
    }
}

@NexusService private struct Desk {
    @NexusOperation func greet(_ how: String) async throws -> String { how }
}

@Workflow private actor Caller {
    func run() async throws -> [String] {
        var answers: [String] = []
        for how in ["soon", "late", "never"] {
            do {
                answers.append(try await context.executeNexusOperation(Desk.greet, how, endpoint: "desk"))
            } catch let error as NexusOperationError {
                answers.append(error.cause.map { "\($0)" } ?? "")
            }
        }
        return answers
    }
}

/// Counts its runs.
@Workflow private actor Monthly {
    func run() async throws -> Int { (try context.lastCompletionResult(as: Int.self) ?? 0) + 1 }
}
