import Synchronization
public import Temporal
public import TemporalTesting
public import Testing

/// Gives each test, or each case of a test with arguments, an environment of its own: `TestWorkflowEnvironment.current`.
///
/// ```swift
/// @Suite(.temporal(workflows: [Order.self]))
/// struct OrderTests {
///     @Test func `an order is delivered`() async throws {
///         let env = try TestWorkflowEnvironment.required
///         env.mock(Courier.deliver).returns("at the door")
///         #expect(try await env.executeWorkflow(Order.self, "tea") == "at the door")
///     }
/// }
/// ```
///
/// What the environment finds at its end fails the test, as with `TestWorkflowEnvironment.run`. A test that fails by itself,
/// with an error that it throws or an expectation, has a report beside it: what happened, the calls, the faults and the seed.
public struct TemporalTrait: TestTrait, SuiteTrait, TestScoping {
    let workflows: [any Workflow.Type]
    let activities: [any ActivityContainer]
    let nexusServices: [any NexusService]
    let options: TestEnvironmentOptions

    /// A trait of a suite is one of each of its tests.
    public var isRecursive: Bool { true }

    public func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? {
        // Suites themselves need none.
        testCase == nil ? nil : self
    }

    public func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let hasFailed = Atomic<Bool>(false)
        let watch = IssueHandlingTrait.compactMapIssues { issue in
            if isFailure(issue) { hasFailed.store(true, ordering: .relaxed) }
            return issue
        }
        let witness = TestWitness(hasFailed: { hasFailed.load(ordering: .relaxed) }, report: show)
        try await TestWorkflowEnvironment.run(
            workflows: workflows,
            activities: activities,
            nexusServices: nexusServices,
            options: options,
            witness: witness
        ) { _ in
            try await watch.provideScope(for: test, testCase: testCase) { try await function() }
        }
    }
}

/// Whether an issue makes its test fail.
private func isFailure(_ issue: Issue) -> Bool {
    #if compiler(>=6.3)
        issue.isFailure
    #else
        true
    #endif
}

/// Shows a report beside the failure that it belongs to.
private func show(_ report: TestFailure) {
    let comment = Comment(rawValue: "The test failed in this environment:\n\(report)")
    #if compiler(>=6.3)
        // A test that has cancelled itself did not fail.
        Issue.record(comment, severity: .warning)
    #else
        Issue.record(comment)
    #endif
}

extension Trait where Self == TemporalTrait {
    /// Gives each test an environment of its own.
    ///
    /// - Parameters:
    ///   - workflows: The workflows that its worker runs.
    ///   - activities: Real activities. Those that are mocked need not be given.
    ///   - nexusServices: Services with real Nexus operations. Those that are mocked need not be given.
    ///   - options: How it is set up.
    public static func temporal(
        workflows: [any Workflow.Type],
        activities: [any ActivityContainer] = [],
        nexusServices: [any NexusService] = [],
        options: TestEnvironmentOptions = TestEnvironmentOptions()
    ) -> Self {
        TemporalTrait(workflows: workflows, activities: activities, nexusServices: nexusServices, options: options)
    }
}
