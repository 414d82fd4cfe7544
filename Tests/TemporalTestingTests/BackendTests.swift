import Foundation
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// The same tests on every backend: in memory, and on the server at `TEMPORAL_ADDRESS` if there is one.
@Suite(.timeLimit(.minutes(2))) struct BackendTests {
    static let address = ProcessInfo.processInfo.environment["TEMPORAL_ADDRESS"]

    static let backends = address == nil ? ["in memory"] : ["in memory", "server"]

    /// The options of an environment that works with a backend.
    static func options(_ backend: String) async throws -> TestEnvironmentOptions {
        var options = TestEnvironmentOptions()
        if backend == "server", let address {
            options.backend = try await .devServer(at: address)
        }
        return options
    }

    private func options(_ backend: String) async throws -> TestEnvironmentOptions { try await Self.options(backend) }

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
