import Foundation
public import Temporal
public import TemporalTesting
public import XCTest

extension XCTestCase {
    /// Runs a test in an environment of its own, and records what the environment finds as failures of the test case, at
    /// the place of the call: one for each problem, and the report with the last. A test that fails by itself, with an error
    /// that it throws or an assertion, has the report on standard error.
    ///
    /// ```swift
    /// func testAnOrderIsDelivered() async throws {
    ///     try await withTestWorkflowEnvironment(workflows: [Order.self]) { env in
    ///         env.mock(Courier.deliver).returns("at the door")
    ///         let result = try await env.executeWorkflow(Order.self, "tea")
    ///         XCTAssertEqual(result, "at the door")
    ///     }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - workflows: The workflows that the environment's worker runs.
    ///   - activities: Real activities. Those that are mocked need not be given.
    ///   - nexusServices: Services with real Nexus operations. Those that are mocked need not be given.
    ///   - options: How the environment is set up.
    ///   - file: Where the test is.
    ///   - line: Where the test is.
    ///   - body: The test.
    /// - Throws: What the test itself throws.
    public func withTestWorkflowEnvironment(
        workflows: [any Workflow.Type],
        activities: [any ActivityContainer] = [],
        nexusServices: [any NexusService] = [],
        options: TestEnvironmentOptions = TestEnvironmentOptions(),
        file: StaticString = #filePath,
        line: UInt = #line,
        _ body: (TestWorkflowEnvironment) async throws -> Void
    ) async throws {
        try await runTestWorkflowEnvironment(
            workflows: workflows,
            activities: activities,
            nexusServices: nexusServices,
            options: options,
            body
        ) { text in
            XCTFail(text, file: file, line: line)
        } failureCount: { [self] in
            testRun?.totalFailureCount ?? 0
        } show: { [self] text in
            FileHandle.standardError.write(Data("\(name) failed in this environment:\n\(text)\n".utf8))
        }
    }
}

/// Runs a test in an environment of its own, and tells of each thing that the environment finds.
///
/// - Parameters:
///   - fail: Takes each problem, and the report at last.
///   - failureCount: How many failures the test has so far.
///   - show: Takes the report of a test that fails by itself.
package func runTestWorkflowEnvironment(
    workflows: [any Workflow.Type],
    activities: [any ActivityContainer] = [],
    nexusServices: [any NexusService] = [],
    options: TestEnvironmentOptions = TestEnvironmentOptions(),
    _ body: (TestWorkflowEnvironment) async throws -> Void,
    fail: (String) -> Void,
    failureCount: @escaping () -> Int = { 0 },
    show: @escaping (String) -> Void = { _ in }
) async throws {
    let before = failureCount()
    let witness = TestWitness(
        hasFailed: { failureCount() > before },
        report: { report in
            // A test that is skipped has not failed.
            if !(report.error is XCTSkip) { show("\(report)") }
        }
    )
    do {
        try await TestWorkflowEnvironment.run(
            workflows: workflows,
            activities: activities,
            nexusServices: nexusServices,
            options: options,
            witness: witness,
            body
        )
    } catch let failure as TestFailure {
        for problem in failure.problems { fail(problem) }
        fail("\(failure)")
    }
}
