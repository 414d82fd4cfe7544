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

/// The same tests on every backend: in memory, and on the server at `TEMPORAL_ADDRESS` if there is one.
@Suite(.timeLimit(.minutes(2))) struct BackendTests {
    static let address = ProcessInfo.processInfo.environment["TEMPORAL_ADDRESS"]

    static let backends = address == nil ? ["in memory"] : ["in memory", "server"]

    private func options(_ backend: String) async throws -> TestEnvironmentOptions {
        var options = TestEnvironmentOptions()
        if backend == "server", let address = Self.address {
            options.backend = try await .devServer(at: address)
        }
        return options
    }

    @Test(arguments: backends) func `mocks, retries and local activities`(_ backend: String) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self], options: try await options(backend)) { env in
            let mock = env.mock(Till.charge).results([
                .failure(ApplicationError("busy")), .success("paid"), .success("locally"),
            ])
            let value2 = try await env.executeWorkflow(Purchase.self, .init(attempts: 2))
            #expect(value2 == "paid")
            let value3 = try await env.executeWorkflow(Purchase.self, .init(isLocal: true))
            #expect(value3 == "locally")
            #expect(mock.calls.map(\.attempt) == [1, 2, 1])
        }
    }

    @Test(arguments: backends) func `messages, timers and snapshots`(_ backend: String) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Gate.self], options: try await options(backend)) { env in
            let gate = try await env.startWorkflow(Gate.self)
            try await gate.signal(Gate.note, "hello")
            let value4 = try await gate.executeUpdate(Gate.openLater, 1)
            #expect(value4 == 1)
            let value5 = try await gate.result()
            #expect(value5 == ["hello"])
            try await gate.history().expect(.signalled(Gate.note), .timerFired(.seconds(1)), .workflowCompleted)
        }
    }

    @Test(arguments: backends) func `children and stand-ins`(_ backend: String) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Caller.self], options: try await options(backend)) { env in
            env.mock(Nap.self).returns()
            let id = "stranger-\(UUID())"
            let stranger = try await env.standIn(forWorkflow: id)
            try await env.executeWorkflow(Caller.self, id)
            await #expect(throws: WorkflowFailedError.self) { try await stranger.handle.result(as: String.self) }
            #expect(stranger.signals.map(\.name) == ["hello"])
        }
    }

    @Test(arguments: backends) func `an unexpected call fails the test`(_ backend: String) async throws {
        let options = try await options(backend)
        let failure = await failure(of: [CarelessPurchase.self], options: options) { env in
            _ = try await env.executeWorkflow(CarelessPurchase.self)
        }
        #expect(failure?.problems.first?.contains("neither mocked nor given") == true)
        #expect(failure?.timeline.isEmpty == false)
    }

    @Test(arguments: backends) func `open runs end with the test, and workers are replaced`(_ backend: String)
        async throws
    {
        let options = try await options(backend)
        let id = "open-\(UUID())"
        let client = try await TestWorkflowEnvironment.run(workflows: [Gate.self], options: options) { env in
            let start = WorkflowOptions(id: id, taskQueue: env.options.taskQueue)
            let gate = try await env.startWorkflow(Gate.self, options: start)
            let value6 = try await gate.query(Gate.seen)
            #expect(value6 == [])
            try await env.restartWorker()
            try await gate.signal(Gate.note, "still there")
            let value7 = try await gate.query(Gate.seen)
            #expect(value7 == ["still there"])
            return env.client
        }
        guard backend == "server" else { return }
        let value8 = try await client.workflowHandle(id: id).describe().status
        #expect(value8 == .terminated)
    }

    @Test(arguments: backends) func `search attributes of the options are there`(_ backend: String) async throws {
        var options = try await options(backend)
        let key = SearchAttributeKey<Int>.int("HarnessPoints")
        options.searchAttributes = [key.name: .int]
        try await TestWorkflowEnvironment.run(workflows: [Gate.self], options: options) { env in
            let start = WorkflowOptions(
                id: "found-\(UUID())",
                taskQueue: env.options.taskQueue,
                searchAttributes: [key.set(5)]
            )
            let gate = try await env.startWorkflow(Gate.self, options: start)
            #expect(try await gate.describe().searchAttributes[key] == 5)
            try await gate.signal(Gate.open)
            _ = try await gate.result()
        }
    }

    @Test(arguments: backends) func `Nexus endpoints of the options are there, and again in the next test`(
        _ backend: String
    ) async throws {
        var options = try await options(backend)
        options.nexusEndpoints = ["harness-clerk"]
        for _ in 1...2 {
            try await TestWorkflowEnvironment.run(workflows: [Asking.self], options: options) { env in
                env.mock(Clerk.answer).returns("mocked")
                let answer = try await env.executeWorkflow(Asking.self, "Ada")
                #expect(answer == "mocked")
                try await env.createNexusEndpoint("harness-other")
            }
        }
        guard backend == "server" else { return }
        let client = try await TestWorkflowEnvironment.run(workflows: [Gate.self], options: self.options(backend)) {
            $0.client
        }
        for name in ["harness-clerk", "harness-other"] {
            #expect(try await client.operator.nexusEndpoint(named: name) == nil)
        }
    }

    @Test(.enabled(if: address != nil)) func `a mocked Nexus operation that nobody could end fails the test`()
        async throws
    {
        var options = try await options("server")
        options.nexusEndpoints = ["harness-waiter"]
        let failure = await failure(of: [Asking.self], options: options) { env in
            env.mock(Clerk.answer).goesOn(for: .seconds(1)).returns("late")
            _ = try? await env.executeWorkflow(Asking.self, "harness-waiter")
        }
        #expect(failure?.problems.first?.contains("'Clerk/answer' goes on after its start") == true)
    }

    @Test(.enabled(if: address != nil)) func `faults that are asked for where there are none fail the test`()
        async throws
    {
        var options = try await options("server")
        options.faults = [Fault(.duplicate, of: "StartWorkflowExecution")]
        let failure = await failure(of: [Gate.self], options: options) { _ in }
        #expect(failure?.problems.first?.contains("only with the service in memory") == true)
    }

    @Test(.enabled(if: address != nil)) func `runs that no worker has seen end with the test`() async throws {
        let nobody = "nobody-\(UUID())"
        let client = try await TestWorkflowEnvironment.run(
            workflows: [Handover.self],
            options: try await options("server")
        ) { env in
            for name in ["started", "signalled"] {
                let start = WorkflowOptions(id: "\(name)-\(nobody)", taskQueue: nobody)
                if name == "started" {
                    _ = try await env.client.startWorkflow(named: "Unseen", options: start)
                } else {
                    _ = try await env.client.signalWithStart(named: "Unseen", signal: "hello", options: start)
                }
            }
            let start = WorkflowOptions(id: "handed-\(nobody)", taskQueue: env.options.taskQueue)
            let handover = try await env.startWorkflow(Handover.self, nobody, options: start)
            await #expect(throws: WorkflowContinuedAsNewError.self) { try await handover.result(followRuns: false) }
            return env.client
        }
        for name in ["started", "signalled", "handed", "child"] {
            let status = try await client.workflowHandle(id: "\(name)-\(nobody)").describe().status
            #expect(status == .terminated, "\(name)")
        }
    }
}

@Workflow private actor Caller {
    func run(_ stranger: String) async throws {
        try await context.executeChildWorkflow(Nap.self, 10)
        let other = context.externalWorkflow(id: stranger)
        try await other.signal("hello", 1)
        try await other.cancel()
    }
}

@NexusService private struct Clerk {
    @NexusOperation func answer(_ question: String) async throws -> String { question }
}

@Workflow private actor Asking {
    func run(_ question: String) async throws -> String {
        let endpoint = question.hasPrefix("harness") ? question : "harness-clerk"
        return try await context.executeNexusOperation(Clerk.answer, question, endpoint: endpoint)
    }
}

/// Leaves a child and its own next run to a task queue that nobody works for.
@Workflow private actor Handover {
    func run(_ taskQueue: String) async throws {
        _ = try await context.startChildWorkflow(
            named: "Unseen",
            options: ChildWorkflowOptions(
                id: "child-\(taskQueue)",
                taskQueue: taskQueue,
                parentClosePolicy: .abandon
            )
        )
        var options = ContinueAsNewOptions()
        options.taskQueue = taskQueue
        try context.continueAsNew(Handover.self, taskQueue, options: options)
    }
}
