import Foundation
import Synchronization
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// What a test can begin with, and go on from.
@Suite(.timeLimit(.minutes(2))) struct SeedTests {
    // MARK: R1

    @Test func `two workflows that do not know each other's start signal each other`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Pinging.self]) { env in
            func options(_ id: String) -> WorkflowOptions { WorkflowOptions(id: id, taskQueue: env.options.taskQueue) }
            async let ada = env.executeWorkflow(Pinging.self, "ada", "bob", options: options("ada"))
            async let bob = env.executeWorkflow(Pinging.self, "bob", "ada", options: options("bob"))
            let value1 = try await [ada, bob]
            #expect(value1 == ["bob says hello", "ada says hello"])
        }
    }

    @Test func `an environment works for several namespaces and task queues`() async throws {
        var options = TestEnvironmentOptions()
        options.otherNamespaces = ["elsewhere"]
        options.otherTaskQueues = ["other"]
        try await TestWorkflowEnvironment.run(workflows: [Greeting.self], options: options) { env in
            for client in [env.client, env.client(ofNamespace: "elsewhere")] {
                for queue in ["test", "other"] {
                    let result = try await client.executeWorkflow(
                        Greeting.self,
                        options: WorkflowOptions(id: "greeting-\(queue)", taskQueue: queue)
                    )
                    #expect(result == "\(client.namespace) \(queue)")
                }
            }
        }
    }

    // MARK: R5

    @Test func `a script of later actions happens in its order, at its moments`() async throws {
        func trace() async throws -> String {
            try await TestWorkflowEnvironment.run(workflows: [Gate.self]) { env in
                let gate = try await env.startWorkflow(Gate.self)
                env.schedule(after: .seconds(30)) { try await gate.signal(Gate.note, "late") }
                env.schedule(after: .seconds(10)) { try await gate.signal(Gate.note, "early") }
                env.schedule(after: .seconds(40)) { try await gate.signal(Gate.open) }
                let value2 = try await gate.result()
                #expect(value2 == ["early", "late"])
                return await env.timeline()
            }
        }
        let first = try await trace()
        #expect(first.contains("+10s test-workflow-1 5 WorkflowExecutionSignaled note"))
        #expect(first.contains("+30s test-workflow-1 9 WorkflowExecutionSignaled note"))
        let value3 = try await trace()
        #expect(value3 == first)
    }

    @Test func `workflow tasks are let through one by one`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Gate.self, Nap.self]) { env in
            try await env.stepping {
                let gate = try await env.startWorkflow(Gate.self)
                let nap = try await env.startWorkflow(Nap.self, 60)
                try await gate.signal(Gate.note, "before the first task")
                let value4 = try await gate.history().map(\.type).last
                #expect(value4 == "WorkflowExecutionSignaled")
                #expect(try await env.step())
                let value5 = try await gate.history().map(\.type).last
                #expect(value5 == "WorkflowTaskCompleted")
                let value6 = try await nap.history().map(\.type).last
                #expect(value6 == "WorkflowTaskScheduled")
                #expect(try await env.step())
                #expect(try await nap.history().contains(.timerStarted()))
                let start = env.now
                #expect(try await env.step(), "time passes until there is a task")
                #expect(env.now.timeIntervalSince(start) == 60)
                let value7 = try await nap.describe().status
                #expect(value7 == .completed)
                #expect(try await !env.step(), "nothing is left to do")
                try await gate.signal(Gate.open)
                #expect(try await env.step())
                let value8 = try await gate.result()
                #expect(value8 == ["before the first task"])
            }
        }
    }

    // MARK: R7

    @Test func `a workflow task that fails is tried again, and passes with mended code`() async throws {
        var options = TestEnvironmentOptions()
        options.taskFailurePolicy = .retry
        options.replaysHistories = false
        try await TestWorkflowEnvironment.run(workflows: [Broken.self], options: options) { env in
            let handle = try await env.startWorkflow(Broken.self)
            try await env.sleep(for: .seconds(1))
            try await env.restartWorker(workflows: [Mended.self])
            let value9 = try await handle.result()
            #expect(value9 == "mended")
            try await handle.history().expect(.workflowTaskFailed, .workflowCompleted)
        }
    }

    @Test func `an error that is Temporal's fails the workflow, and any other the task`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Throwing.self]) { env in
            let handle = try await env.startWorkflow(Throwing.self)
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            #expect((error?.cause as? ApplicationError)?.type == "Wanted")
            let value10 = try await handle.history().count(of: .workflowTaskFailed)
            #expect(value10 == 0)
        }
        let failure = await failure(of: [Broken.self]) { env in _ = try? await env.executeWorkflow(Broken.self) }
        #expect(failure?.problems.first?.contains("A task of workflow 'test-workflow-1' (Mendable) failed") == true)
    }

    // MARK: R8

    @Test func `a run is begun as if another had come before`() async throws {
        var options = TestEnvironmentOptions()
        options.searchAttributes = ["Customer": .keyword]
        try await TestWorkflowEnvironment.run(workflows: [Looking.self], options: options) { env in
            var past = WorkflowPast()
            past.lastResult = 41
            past.lastFailure = ApplicationError("it rained", type: "Weather")
            past.runID = "8f1b24a4-0000-4000-8000-000000000001"
            past.headers = ["tenant": try env.client.dataConverter.payloadConverter.encode("acme")]
            let start = WorkflowOptions(
                id: "looking",
                taskQueue: env.options.taskQueue,
                memo: ["note": "hello"],
                searchAttributes: [SearchAttributeKey.keyword("Customer").set("ada")]
            )
            let handle = try await env.startWorkflow(Looking.self, after: past, options: start)
            #expect(
                try await handle.result() == [
                    "41", "Weather", "8f1b24a4-0000-4000-8000-000000000001", "\"acme\"", "\"hello\"", "ada",
                ]
            )
        }
    }

    @Test func `a suggestion to continue as new comes as early as the test wants`() async throws {
        var options = TestEnvironmentOptions()
        options.suggestContinueAsNewEvents = 10
        try await TestWorkflowEnvironment.run(workflows: [Renewing.self], options: options) { env in
            let value11 = try await env.executeWorkflow(Renewing.self, 0)
            #expect(value11 == 1)
        }
    }

    // MARK: R10

    @Test func `a run goes on from every point of its history`() async throws {
        var options = TestEnvironmentOptions()
        options.startTime = Date(timeIntervalSince1970: 1_000_000)
        let whole = try await TestWorkflowEnvironment.run(workflows: [Long.self, Nap.self], options: options) { env in
            env.mock(Till.charge).returns("paid").times(1)
            env.mock(Till.refund).runs { "\($0) back" }.times(1)
            let start = WorkflowOptions(id: "long", taskQueue: env.options.taskQueue)
            let handle = try await env.startWorkflow(Long.self, options: start)
            env.schedule(after: .seconds(30)) { try await handle.signal(Long.note, "hello") }
            let value12 = try await handle.result()
            #expect(value12 == "paid back hello")
            return try WorkflowHistory(json: try await handle.history().json(), workflowID: "long")
        }
        // The last workflow task brings the run to its end, and is none to go on from.
        for last in 1..<Int64(whole.count - 1) {
            options.startTime = whole[Int(last) - 1].time
            try await TestWorkflowEnvironment.run(workflows: [Long.self, Nap.self], options: options) { env in
                env.mock(Till.charge).returns("paid").atMost(1)
                env.mock(Till.refund).runs { "\($0) back" }.atMost(1)
                let handle = try env.resumeWorkflow(Long.self, from: whole, through: last)
                if !whole.prefix(Int(last)).contains(where: { $0.type == "WorkflowExecutionSignaled" }) {
                    try await handle.signal(Long.note, "hello")
                }
                let value13 = try await handle.result()
                #expect(value13 == "paid back hello", "through event \(last)")
                let history = try await handle.history()
                let prefix = try history.prefix(Int(last)).map { try $0.json() }
                let expected = try whole.prefix(Int(last)).map { try $0.json() }
                #expect(prefix == expected, "through event \(last)")
            }
        }
    }

    @Test func `a history that has ended, or is none, is not gone on from`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Nap.self]) { env in
            let handle = try await env.startWorkflow(Nap.self, 1)
            try await handle.result()
            let history = try await handle.history()
            let error = #expect(throws: RPCError.self) {
                try env.resumeWorkflow(Nap.self, from: history, through: 1000, id: "again")
            }
            #expect(error?.message.contains("has ended") == true)
            let none = try WorkflowHistory(json: Data("{\"events\": []}".utf8))
            #expect(throws: RPCError.self) { try env.resumeWorkflow(Nap.self, from: none, id: "none") }
        }
    }
}

@Workflow private actor Pinging {
    private var heard: String?

    func run(_ name: String, _ other: String) async throws -> String {
        if name == "bob" { try await context.waitCondition { self.heard != nil } }
        try await context.externalWorkflow(id: other).signal(Pinging.hear, "\(name) says hello")
        try await context.waitCondition { self.heard != nil }
        return heard ?? ""
    }

    @Signal func hear(_ text: String) { heard = text }
}

@Workflow private actor Greeting {
    func run() async throws -> String { "\(context.info.namespace) \(context.info.taskQueue)" }
}

@Workflow(name: "Mendable") private actor Broken {
    struct Bug: Error {}
    func run() async throws -> String { throw Bug() }
}

@Workflow(name: "Mendable") private actor Mended {
    func run() async throws -> String { "mended" }
}

@Workflow private actor Throwing {
    func run() async throws { throw ApplicationError("as it should", type: "Wanted") }
}

@Workflow private actor Looking {
    func run() async throws -> [String] {
        let info = context.info
        return [
            "\(try context.lastCompletionResult(as: Int.self) ?? 0)",
            (info.lastFailure as? ApplicationError)?.type ?? "",
            info.continuedRunID ?? "",
            String(decoding: info.headers["tenant"]?.data ?? Data(), as: UTF8.self),
            String(decoding: info.memo["note"]?.data ?? Data(), as: UTF8.self),
            info.searchAttributes[SearchAttributeKey.keyword("Customer")] ?? "",
        ]
    }
}

@Workflow private actor Renewing {
    func run(_ runs: Int) async throws -> Int {
        guard runs == 0 else { return runs }
        while !context.isContinueAsNewSuggested { try await context.sleep(.seconds(1)) }
        try context.continueAsNew(Renewing.self, runs + 1)
    }
}

@Workflow private actor Long {
    private var notes: [String] = []

    func run() async throws -> String {
        let receipt = try await context.executeActivity(Till.charge, 1, startToCloseTimeout: .seconds(10))
        try await context.waitCondition { !self.notes.isEmpty }
        try await context.sleep(.seconds(60))
        try await context.executeChildWorkflow(Nap.self, 5)
        let refund = try await context.executeActivity(Till.refund, receipt, startToCloseTimeout: .seconds(10))
        return "\(refund) \(notes.joined())"
    }

    @Signal func note(_ text: String) { notes.append(text) }
}
