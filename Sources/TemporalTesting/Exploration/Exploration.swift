import Logging
import Synchronization
public import Temporal
import TemporalTestServer

/// In which orders a test is tried.
public struct Exploration: Sendable {
    enum Kind: Sendable {
        case seeds(Int)
        case exhaustive(limit: Int)
        case choices([Int])
    }

    let kind: Kind

    /// By chance, as often as asked for, once at least. The seed of the environment's options is the first of as many seeds.
    public static func seeds(_ count: Int) -> Self { Exploration(kind: .seeds(count)) }

    /// All orders there are, if they are few. The usual one comes first, and then those that differ from it in the last
    /// choices alone: the first choice changes last.
    ///
    /// - Parameter limit: After how many to stop, one at least. That there are more is told to the logger of the
    ///   environment's options as a warning.
    public static func exhaustive(limit: Int = 1000) -> Self { Exploration(kind: .exhaustive(limit: limit)) }

    /// One order, as ``ExplorationFailure/choices`` names it.
    public static func choices(_ choices: [Int]) -> Self { Exploration(kind: .choices(choices)) }

    /// What is wrong with it, in words; `nil` if nothing is.
    fileprivate var mistake: InvalidExploration? {
        switch kind {
        case .seeds(let count) where count < 1:
            InvalidExploration("Exploration.seeds(\(count)) tries no order at all. Ask for one seed at least.")
        case .exhaustive(let limit) where limit < 1:
            InvalidExploration(
                "Exploration.exhaustive(limit: \(limit)) tries no order at all. Give it a limit of one at least."
            )
        case .choices(let choices) where choices.contains { $0 < 0 }:
            InvalidExploration(
                "Exploration.choices(\(choices)) is no order: choices count from 0. Use those that a failure of an exploration names."
            )
        case .seeds, .exhaustive, .choices: nil
        }
    }
}

/// Orders of which there are none.
struct InvalidExploration: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A test that fails in some order of what can happen at one moment.
public struct ExplorationFailure: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public let error: any Error

    /// The order in which it goes wrong: which of several things was taken at each choice, from 0. With zeros alone, and after
    /// the last choice, things happen in the order in which they came to be.
    public let choices: [Int]

    /// In how many orders the test was tried until it failed.
    public let attempts: Int

    /// How many choices differ from the usual order.
    public var deviations: Int { choices.count { $0 != 0 } }

    public var description: String {
        "In the order \(choices) the test fails; it is order \(attempts) of those that were tried. "
            + "Exploration.choices(\(choices)) repeats it.\n\(error)"
    }
}

extension TestWorkflowEnvironment {
    /// Runs a test many times, in different orders of what can happen at one moment: which timer, planned action or task
    /// comes first, whether a signal is there before the workflow task that follows on a timer, which of several activities
    /// begins. Every order is one that a Temporal Service can have.
    ///
    /// A test that fails in one of them is shrunk: the failure names an order with as few deviations from the usual one as
    /// could be found.
    ///
    /// - Parameters:
    ///   - exploration: Which orders. Default: 100 by chance.
    ///   - workflows: The workflows that the environment's worker runs.
    ///   - activities: Real activities. Those that are mocked need not be given.
    ///   - nexusServices: Services with real Nexus operations. Those that are mocked need not be given.
    ///   - options: How each environment is set up.
    ///   - body: The test. It has to make its mocks anew each time.
    /// - Returns: In how many orders it was run.
    /// - Throws: ``ExplorationFailure``; an error without one if there is no order to try, or if the environment variable
    ///   `TEMPORAL_TEST_SEED` counts, and is no seed.
    @discardableResult
    public static func explore(
        _ exploration: Exploration = .seeds(100),
        workflows: [any Workflow.Type],
        activities: [any ActivityContainer] = [],
        nexusServices: [any NexusService] = [],
        options: TestEnvironmentOptions = TestEnvironmentOptions(),
        _ body: (TestWorkflowEnvironment) async throws -> Void
    ) async throws -> Int {
        let setup = Setup(
            workflows: workflows,
            activities: activities,
            nexusServices: nexusServices,
            options: options
        )
        if let mistake = exploration.mistake { throw mistake }
        // It is the same in all orders.
        if let invalid = options.invalidSeed { throw invalid }
        var attempts = 0

        func attempt(_ choices: ChoiceSource) async throws -> [ChoiceSource.Choice] {
            attempts += 1
            let (error, made) = await outcome(setup, choices, body)
            guard let error else { return made }
            let number = attempts
            let (choices, last) = await shrink(made.map(\.taken), error, setup, body)
            throw ExplorationFailure(error: last, choices: choices, attempts: number)
        }

        switch exploration.kind {
        case .seeds(let count):
            for offset in 0..<UInt64(count) {
                _ = try await attempt(ChoiceSource(seed: options.seed &+ offset))
            }
        case .choices(let script):
            _ = try await attempt(ChoiceSource(script: script))
        case .exhaustive(let limit):
            var script: [Int]? = []
            while let next = script, attempts < limit {
                script = following(try await attempt(ChoiceSource(script: next)))
            }
            if script != nil {
                options.logger.warning(
                    "Not all orders of the test were tried: there are more than the limit of the exploration. Raise it in Exploration.exhaustive(limit:), or make the test smaller.",
                    metadata: ["limit": "\(limit)"]
                )
            }
        }
        return attempts
    }

    /// The script of the order that comes after one; `nil` after the last.
    private static func following(_ made: [ChoiceSource.Choice]) -> [Int]? {
        guard let index = made.lastIndex(where: { $0.taken + 1 < $0.count }) else { return nil }
        return made[..<index].map(\.taken) + [made[index].taken + 1]
    }

    private static func outcome(
        _ setup: Setup,
        _ choices: ChoiceSource,
        _ body: (TestWorkflowEnvironment) async throws -> Void
    ) async -> (error: (any Error)?, made: [ChoiceSource.Choice]) {
        var setup = setup
        setup.choices = choices
        var made: [ChoiceSource.Choice] = []
        do {
            try await run(setup, inspect: { environment, _ in made = environment.server.choices }, body)
            return (nil, made)
        } catch {
            return (error, made)
        }
    }

    /// Takes choices back as long as the test goes on to fail.
    private static func shrink(
        _ choices: [Int],
        _ error: any Error,
        _ setup: Setup,
        _ body: (TestWorkflowEnvironment) async throws -> Void
    ) async -> (choices: [Int], error: any Error) {
        var (best, error, budget) = (choices.withoutTrailingZeros, error, 200)
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for index in best.indices.reversed() where index < best.count && best[index] != 0 && budget > 0 {
                budget -= 1
                var candidate = best
                candidate[index] = 0
                candidate = candidate.withoutTrailingZeros
                guard let failure = await outcome(setup, ChoiceSource(script: candidate), body).error else { continue }
                (best, error, hasChanged) = (candidate, failure, true)
            }
        }
        return (best, error)
    }
}

extension [Int] {
    fileprivate var withoutTrailingZeros: [Int] {
        Array(prefix((lastIndex { $0 != 0 } ?? -1) + 1))
    }
}
