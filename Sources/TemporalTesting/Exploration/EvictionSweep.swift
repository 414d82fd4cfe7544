public import Temporal
import TemporalTestServer

/// A test in which something else happens if a run leaves memory between two of its tasks.
public struct EvictionFailure: Error, Sendable, CustomStringConvertible {
    public let description: String
}

extension TestWorkflowEnvironment {
    /// Runs a test again and again, each time with runs that leave memory at another point, as they do on a busy worker:
    /// before every task, and before each single one. The same has to happen each time.
    ///
    /// What could happen at one moment happens one after the other, as in an exploration, in the order in which it came to be:
    /// how long a worker takes for a run that it has to begin anew makes no difference.
    ///
    /// - Parameters:
    ///   - workflows: The workflows that the environment's worker runs.
    ///   - activities: Real activities. Those that are mocked need not be given.
    ///   - nexusServices: Services with real Nexus operations. Those that are mocked need not be given.
    ///   - options: How each environment is set up.
    ///   - body: The test. It has to make its mocks anew each time.
    /// - Returns: How often it was run.
    /// - Throws: ``EvictionFailure`` if something else happened; ``TestFailure`` and what the test throws otherwise.
    @discardableResult
    public static func sweepEvictions(
        workflows: [any Workflow.Type],
        activities: [any ActivityContainer] = [],
        nexusServices: [any NexusService] = [],
        options: TestEnvironmentOptions = TestEnvironmentOptions(),
        _ body: (TestWorkflowEnvironment) async throws -> Void
    ) async throws -> Int {
        var setup = Setup(
            workflows: workflows,
            activities: activities,
            nexusServices: nexusServices,
            options: options
        )
        setup.choices = ChoiceSource(script: [])

        func timeline(evictingBefore evicts: @escaping @Sendable (Int) -> Bool) async throws -> (
            lines: [String], tasks: Int
        ) {
            let tasks = IDCounter()
            setup.evictsBeforeTask = { _ in evicts(tasks.next()) }
            var lines: [String] = []
            try await run(setup, inspect: { lines = $0.timeline($1) }, body)
            return (lines, tasks.next() - 1)
        }

        let (expected, tasks) = try await timeline { _ in false }
        func check(_ lines: [String], _ what: String) throws {
            guard lines != expected else { return }
            throw EvictionFailure(
                description: "If runs leave memory \(what), something else happens (- usually, + then):\n"
                    + diff(expected, lines)
            )
        }
        setup.options.maximumCachedWorkflows = 0
        try check(try await timeline { _ in false }.lines, "after each task")
        setup.options.maximumCachedWorkflows = options.maximumCachedWorkflows
        for task in 1...max(tasks, 1) {
            try check(try await timeline { $0 == task }.lines, "before task \(task)")
        }
        return max(tasks, 1) + 2
    }
}
