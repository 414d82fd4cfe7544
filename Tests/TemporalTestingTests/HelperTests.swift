import Foundation
import Synchronization
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalTesting
import TemporalTestingTraits
import TemporalXCTest
import Testing
import XCTest

/// A suite whose tests have an environment each.
@Suite(.temporal(workflows: [Purchase.self, Nap.self]), .timeLimit(.minutes(1)))
struct TraitOfSuiteTests {
    @Test(arguments: [1, 2, 3])
    func `each case of a test has an environment of its own`(_ number: Int) async throws {
        let env = try TestWorkflowEnvironment.required
        env.mock(Till.charge).returns("paid \(number)").times(1)
        let value1 = try await env.executeWorkflow(Purchase.self, .init())
        #expect(value1 == "paid \(number)")
        #expect(env.server.runs().count == 1)
    }

    @Test func `the environment is that of the test, also in its child tasks`() async throws {
        let env = try TestWorkflowEnvironment.required
        async let inner = TestWorkflowEnvironment.required === env
        #expect(try await inner)
    }

    @Test func `time skips as elsewhere`() async throws {
        let env = try TestWorkflowEnvironment.required
        let start = env.now
        try await env.executeWorkflow(Nap.self, 3600)
        #expect(env.now.timeIntervalSince(start) == 3600)
    }
}

/// Tests whose environment is a trait of their own.
@Suite(.timeLimit(.minutes(1))) struct TraitOfTestTests {
    @Test(.temporal(workflows: [Nap.self], options: TraitOfTestTests.options))
    func `a test has its own options`() async throws {
        let env = try TestWorkflowEnvironment.required
        #expect(env.options.seed == 99)
    }

    static var options: TestEnvironmentOptions {
        var options = TestEnvironmentOptions()
        options.seed = 99
        return options
    }

    @Test func `without a trait there is no environment, and the error says what to do`() {
        let error = #expect(throws: (any Error).self) { try TestWorkflowEnvironment.required }
        #expect("\(error.map { "\($0)" } ?? "")".contains("`.temporal(workflows:)`"))
    }

    @Test(.temporal(workflows: [CarelessPurchase.self]))
    func `what the environment finds at its end fails the test`() async throws {
        let env = try TestWorkflowEnvironment.required
        // The environment throws after the test has returned, and the trait with it.
        await withKnownIssue {
            try await TestWorkflowEnvironment.run(workflows: [CarelessPurchase.self]) { env in
                _ = try await env.executeWorkflow(CarelessPurchase.self)
            }
        }
        env.mock(Till.charge).returns("paid")
        _ = try await env.executeWorkflow(CarelessPurchase.self)
    }
}

/// The helper for XCTest.
final class XCTestHelperTests: XCTestCase {
    func testAPurchaseIsMade() async throws {
        try await withTestWorkflowEnvironment(workflows: [Purchase.self]) { env in
            env.mock(Till.charge).returns("paid")
            let result = try await env.executeWorkflow(Purchase.self, .init())
            XCTAssertEqual(result, "paid")
        }
    }

    func testWhatTheEnvironmentFindsFailsTheTest() async throws {
        let failures = Mutex<[String]>([])
        try await runTestWorkflowEnvironment(workflows: [CarelessPurchase.self]) { env in
            _ = try await env.executeWorkflow(CarelessPurchase.self)
        } fail: { text in
            failures.withLock { $0.append(text) }
        } failureCount: {
            0
        } show: { text in
            XCTFail("What the environment finds is told once: \(text)")
        }
        let found = failures.withLock { $0 }
        XCTAssertEqual(found.count, 2)
        XCTAssertTrue(found.first?.contains("neither mocked nor given") == true)
        XCTAssertTrue(found.last?.contains("What happened:") == true)
    }
}
