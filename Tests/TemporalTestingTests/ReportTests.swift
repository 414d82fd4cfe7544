import Synchronization
import Temporal
import TemporalClient
import TemporalTesting
import TemporalTestingTraits
import TemporalXCTest
import Testing
import XCTest

/// Reports of tests that fail by what they check themselves.
@Suite(.timeLimit(.minutes(1))) struct ReportTests {
    private struct Mine: Error {}

    private var options: TestEnvironmentOptions {
        var options = TestEnvironmentOptions()
        options.seed = 7
        return options
    }

    /// Something that happens before a test fails.
    private static func purchase(_ env: TestWorkflowEnvironment) async throws {
        env.mock(Till.charge).returns("paid")
        #expect(try await env.executeWorkflow(Purchase.self, .init()) == "paid")
    }

    private func expectReport(_ text: String?, sourceLocation: SourceLocation = #_sourceLocation) {
        for part in ["Seed: 7", "What happened:", "WorkflowExecutionCompleted", "activity 'charge' (100) returned"] {
            #expect(text?.contains(part) == true, "\(part)", sourceLocation: sourceLocation)
        }
    }

    @Test func `calls that a test did not come to are no problem of their own if it throws`() async throws {
        await #expect(throws: Mine.self) {
            try await TestWorkflowEnvironment.run(workflows: [Purchase.self]) { env in
                env.mock(Till.charge).returns("paid").times(2)
                env.mock(Nap.self).returns()
                throw Mine()
            }
        }
    }

    @Test func `what a test threw comes before what its environment found`() async {
        let failure = await failure(of: [CarelessPurchase.self]) { env in
            _ = try await env.executeWorkflow(CarelessPurchase.self)
            throw Mine()
        }
        let lines = failure?.description.split(separator: "\n").prefix(2) ?? []
        #expect(lines.first == "- The test threw: Mine()")
        #expect(lines.last?.contains("neither mocked nor given") == true)
    }

    // MARK: Swift Testing

    /// The issues of a test with the trait, which are kept from failing this one.
    private func issues(
        throws error: (any Error)? = nil,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws -> [String] {
        let issues = Texts()
        let collect = IssueHandlingTrait.compactMapIssues { issue in
            issues.add("\(issue.isFailure) " + issue.comments.map(\.rawValue).joined(separator: "\n"))
            return nil
        }
        let (test, testCase) = (try #require(Test.current), try #require(Test.Case.current))
        let trait = TemporalTrait.temporal(workflows: [Purchase.self], options: options)
        let thrown = Mutex<(any Error)?>(nil)
        try await collect.provideScope(for: test, testCase: testCase) {
            do {
                try await trait.provideScope(for: test, testCase: testCase) {
                    try await Self.purchase(try TestWorkflowEnvironment.required)
                    try await body()
                }
            } catch {
                thrown.withLock { $0 = error }
            }
        }
        let found = thrown.withLock { $0 }
        #expect((found == nil) == (error == nil))
        if let found, let error { #expect(type(of: found) == type(of: error)) }
        return issues.all
    }

    @Test func `the trait shows the report of a test that throws`() async throws {
        let issues = try await issues(throws: Mine()) { throw Mine() }
        #expect(issues.count == 1)
        // The error itself fails the test.
        #expect(issues.first?.hasPrefix("false The test failed in this environment:\n- The test threw: Mine()") == true)
        expectReport(issues.first)
    }

    @Test func `the trait shows the report of a test whose expectation fails`() async throws {
        let issues = try await issues { Issue.record("unexpected") }
        #expect(issues.first == "true unexpected")
        #expect(issues.count == 2)
        expectReport(issues.last)
    }

    @Test func `the trait has nothing to show of a test that passes`() async throws {
        let issues = try await issues { withKnownIssue { Issue.record("known") } }
        #expect(!issues.contains { $0.contains("Seed") })
    }

    // MARK: XCTest

    /// What the helper for XCTest shows of a test.
    private func shown(failures: Int = 0, throws error: (any Error)? = nil) async throws -> [String] {
        let shown = Texts()
        let count = Mutex(3)
        do {
            try await runTestWorkflowEnvironment(workflows: [Purchase.self], options: options) { env in
                try await Self.purchase(env)
                count.withLock { $0 += failures }
                if let error { throw error }
            } fail: { text in
                Issue.record("\(text)")
            } failureCount: {
                count.withLock { $0 }
            } show: { text in
                shown.add(text)
            }
            #expect(error == nil)
        } catch let thrown {
            #expect(error.map { type(of: $0) == type(of: thrown) } == true)
        }
        return shown.all
    }

    @Test func `the helper for XCTest shows the report of a test that fails by itself`() async throws {
        for shown in [try await shown(throws: Mine()), try await shown(failures: 1)] {
            #expect(shown.count == 1)
            expectReport(shown.first)
        }
        #expect(try await shown().isEmpty)
    }

    @Test func `a test of XCTest that is skipped has no report`() async throws {
        #expect(try await shown(throws: XCTSkip("not here")).isEmpty)
    }
}

/// Texts that come one after the other.
private final class Texts: Sendable {
    private let texts = Mutex<[String]>([])

    var all: [String] { texts.withLock { $0 } }

    func add(_ text: String) { texts.withLock { $0.append(text) } }
}
