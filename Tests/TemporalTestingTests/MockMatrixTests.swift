import Foundation
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// Which calls mocks take, and what they do.
@Suite(.timeLimit(.minutes(2))) struct MockMatrixTests {
    // MARK: M1

    @Test func `mocks are chosen by attempt`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self]) { env in
            env.mock(Till.charge).onAttempts(1...2).fails(ApplicationError("busy")).times(2)
            env.mock(Till.charge).onAttempts(3...).returns("third time lucky").times(1)
            let value1 = try await env.executeWorkflow(Purchase.self, .init(attempts: 5))
            #expect(value1 == "third time lucky")
        }
    }

    @Test func `mocks are chosen by task queue`() async throws {
        var options = TestEnvironmentOptions()
        options.otherTaskQueues = ["fast", "slow"]
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self], options: options) { env in
            env.mock(Till.charge).onTaskQueue("fast").returns("fast")
            env.mock(Till.charge).onTaskQueue("slow").returns("slow")
            env.mock(Till.charge).returns("usual")
            let value2 = try await env.executeWorkflow(Purchase.self, .init(taskQueue: "slow"))
            #expect(value2 == "slow")
            let value3 = try await env.executeWorkflow(Purchase.self, .init(taskQueue: "fast"))
            #expect(value3 == "fast")
            let value4 = try await env.executeWorkflow(Purchase.self, .init())
            #expect(value4 == "usual")
        }
    }

    @Test func `mocks are chosen by who calls`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self, CarelessPurchase.self]) { env in
            env.mock(Till.charge).calledBy(CarelessPurchase.self).returns("careless")
            env.mock(Till.charge).calledBy(workflowID: "named").returns("named")
            env.mock(Till.charge).returns("any")
            let named = WorkflowOptions(id: "named", taskQueue: env.options.taskQueue)
            let value5 = try await env.executeWorkflow(CarelessPurchase.self)
            #expect(value5 == "careless")
            let value6 = try await env.executeWorkflow(Purchase.self, .init(), options: named)
            #expect(value6 == "named")
            let value7 = try await env.executeWorkflow(Purchase.self, .init())
            #expect(value7 == "any")
        }
    }

    @Test func `all that a mock is told of its calls has to be so`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self]) { env in
            env.mock(Till.charge).when { $0 > 100 }.when { $0 < 200 }.onAttempts(1...1).returns("in between")
            env.mock(Till.charge).returns("other")
            let value8 = try await env.executeWorkflow(Purchase.self, .init(cents: 150))
            #expect(value8 == "in between")
            let value9 = try await env.executeWorkflow(Purchase.self, .init(cents: 300))
            #expect(value9 == "other")
            let value10 = try await env.executeWorkflow(Purchase.self, .init(cents: 50))
            #expect(value10 == "other")
        }
    }

    @Test func `an activity is mocked by its name alone`() async throws {
        let unknown = ActivityReference<Int, String>(name: "charge")
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self]) { env in
            env.mock(unknown).returns("by name")
            let value11 = try await env.executeWorkflow(Purchase.self, .init())
            #expect(value11 == "by name")
        }
    }

    @Test(arguments: [false, true])
    func `local activities are mocked as others are`(_ isLocal: Bool) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self]) { env in
            let mock = env.mock(Till.charge).results([.failure(ApplicationError("busy")), .success("paid")])
            let plan = Purchase.Plan(attempts: 3, isLocal: isLocal)
            let value12 = try await env.executeWorkflow(Purchase.self, plan)
            #expect(value12 == "paid")
            #expect(mock.calls.map(\.isLocal) == [isLocal, isLocal])
            #expect(mock.calls.map(\.attempt) == [1, 2])
        }
    }

    @Test func `children are mocked by attempt, task queue and parent`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Parent.self]) { env in
            env.mock(Nap.self).startedBy(workflowID: "elsewhere").returns().atMost(0)
            env.mock(Nap.self).onAttempts(1...1).onTaskQueue("test").fails(ApplicationError("tired")).times(1)
            env.mock(Nap.self).onAttempts(2...2).returns().times(1)
            let value13 = try await env.executeWorkflow(Parent.self)
            #expect(value13 == "rested")
        }
    }

    @Test func `a workflow that is not part of the test is stood in for`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Messenger.self]) { env in
            let stranger = try await env.standIn(forWorkflow: "billing-7")
            let value14 = try await env.executeWorkflow(Messenger.self, "billing-7")
            #expect(value14 == "sent")
            try await env.waitUntilIdle()
            #expect(stranger.signals.map(\.name) == ["hello"])
            let value15 = try stranger.signals.first?.arguments.decode(0, as: Int.self)
            #expect(value15 == 7)
            #expect(stranger.cancellationRequests == 1)
            let value16 = try await stranger.handle.describe().status
            #expect(value16 == .cancelled)
        }
    }

    @Test func `a signal to a workflow that nobody stands in for fails as on a server`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Messenger.self]) { env in
            let error = await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Messenger.self, "nobody")
            }
            #expect(error?.cause.message.contains("did not reach workflow 'nobody'") == true)
        }
    }

    @Test(arguments: [([String](), "new"), (["mail"], "old")])
    func `a patch can be withheld, as from runs that old code began`(_ withheld: [String], _ way: String) async throws {
        var options = TestEnvironmentOptions()
        options.withheldPatches = Set(withheld)
        try await TestWorkflowEnvironment.run(workflows: [Patched.self], options: options) { env in
            let value17 = try await env.executeWorkflow(Patched.self)
            #expect(value17 == way)
        }
    }

    // MARK: M2

    @Test func `a mock reports progress and stops, and the next attempt finds what it reported`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self]) { env in
            env.mock(Till.charge).onAttempts(1...1).heartbeats([1, 2, 3], every: .seconds(5)).times(1)
            env.mock(Till.charge).onAttempts(2...2)
                .runs { _ in "after \(try ActivityContext.current.heartbeatDetails(Int.self) ?? 0)" }.times(1)
            let start = env.now
            let result = try await env.executeWorkflow(
                Purchase.self,
                .init(startToClose: 100, heartbeat: 6, attempts: 2)
            )
            // The worker passes on a report at once, and others after 80 % of the timeout: at 0 s, 5 s and 10 s. Six
            // seconds after the last the attempt times out, and a second later comes the next.
            #expect(result == "after 3")
            #expect(env.now.timeIntervalSince(start) == 17)
        }
    }

    @Test func `a mock waits for its cancellation`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Cancelling.self]) { env in
            env.mock(Till.charge).waitsForCancellation()
            let handle = try await env.startWorkflow(Cancelling.self)
            let value18 = try await handle.result()
            #expect(value18 == "cancelled")
            try await handle.history().expect(
                .type("ActivityTaskCancelRequested"),
                .type("ActivityTaskCanceled"),
                .workflowCompleted
            )
        }
    }

    @Test func `a mock takes its worker down, and the next attempt goes to another`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self]) { env in
            env.mock(Till.charge).onAttempts(1...1).crashesWorker().times(1)
            env.mock(Till.charge).onAttempts(2...2).returns("from the second worker").times(1)
            let start = env.now
            let value19 = try await env.executeWorkflow(Purchase.self, .init(attempts: 2))
            #expect(value19 == "from the second worker")
            #expect(env.now.timeIntervalSince(start) == 11)
        }
    }

    @Test func `a child that fails to start is told to its parent`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Parent.self]) { env in
            let mock = env.mock(Nap.self).failsToStart()
            let value20 = try await env.executeWorkflow(Parent.self)
            #expect(value20 == "not started")
            #expect(mock.callCount == 1)
        }
    }

    @Test(arguments: ["parent", "task queue", "attempt", "policy", "input"])
    func `which child fails to start is decided by what is known of it`(_ what: String) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Parent.self]) { env in
            let mock = env.mock(Nap.self).failsToStart().times(1)
            let queue = env.options.taskQueue
            switch what {
            case "parent": mock.startedBy(workflowID: "first")
            case "task queue": mock.onTaskQueue("elsewhere")
            case "attempt": mock.onAttempts(2...).never()
            case "policy":
                mock.whenStarted { $0.retryPolicy?.maximumAttempts == 2 && $0.parent?.workflowID == "first" }
            default: mock.when { $0 == 10 }.startedBy(workflowID: "first")
            }
            if what == "task queue" { mock.never() }
            env.mock(Nap.self).returns()
            func run(_ id: String) async throws -> String {
                let options = WorkflowOptions(id: id, taskQueue: queue)
                return try await env.executeWorkflow(Parent.self, options: options)
            }
            let first = try await run("first")
            #expect(first == (["task queue", "attempt"].contains(what) ? "rested" : "not started"))
            let second = try await run("second")
            #expect(second == "rested")
            #expect(mock.calls.map(\.parent?.workflowID) == (first == "rested" ? [] : ["first"]))
        }
    }

    @Test func `an input is read with the environment's converter to decide which child fails to start`() async throws {
        var options = TestEnvironmentOptions()
        options.dataConverter.payloadConverter = PayloadConverter(encodings: [Backwards()])
        try await TestWorkflowEnvironment.run(workflows: [Parent.self], options: options) { env in
            env.mock(Nap.self).when { $0 == 10 }.failsToStart()
            let result = try await env.executeWorkflow(Parent.self)
            #expect(result == "not started")
        }
    }

    @Test func `with codecs an input cannot decide which child fails to start, and the test says so`() async throws {
        var options = TestEnvironmentOptions()
        options.dataConverter.codecs = [Flipping()]
        let failure = await failure(of: [Parent.self], options: options) { env in
            env.mock(Nap.self).when { $0 == 10 }.failsToStart()
            env.mock(Nap.self).returns().atLeast(0)
            let result = try await env.executeWorkflow(Parent.self)
            #expect(result == "rested")
        }
        #expect(
            failure?.problems.first?.contains("the codecs of the environment's data converter have encoded it") == true
        )
        try await TestWorkflowEnvironment.run(workflows: [Parent.self], options: options) { env in
            env.mock(Nap.self).whenStarted { $0.parent != nil }.failsToStart()
            let result = try await env.executeWorkflow(Parent.self)
            #expect(result == "not started")
        }
    }

    @Test func `a run whose mock says that it fails to start, and that no parent starts, fails the test`() async {
        let failure = await failure(of: [Parent.self]) { env in
            env.mock(Nap.self).failsToStart()
            _ = try? await env.executeWorkflow(Nap.self, 1)
        }
        #expect(
            failure?.problems.first?.contains("says failsToStart, which works only in the service in memory") == true
        )
    }

    @Test(arguments: [false, true])
    func `a mock that hangs is decided by timeouts`(_ isLocal: Bool) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self]) { env in
            env.mock(Till.charge).hangs().times(1)
            let start = env.now
            let error = await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Purchase.self, .init(isLocal: isLocal))
            }
            #expect((error?.cause as? ActivityError)?.cause is TimeoutError)
            #expect(env.now.timeIntervalSince(start) == 10)
        }
    }

    // MARK: M4

    @Test func `real code runs for the calls that a mock leaves to it, and for no others`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self], activities: [Till()]) { env in
            env.mock(Till.charge).when { $0 < 10 }.returns("for free")
            env.mock(Till.charge).when { $0 < 100 }.callsReal()
            let value21 = try await env.executeWorkflow(Purchase.self, .init(cents: 5))
            #expect(value21 == "for free")
            let value22 = try await env.executeWorkflow(Purchase.self, .init(cents: 50))
            #expect(value22 == "receipt over 50")
        }
        let failure = await failure(of: [CarelessPurchase.self], activities: [Till()]) { env in
            env.mock(Till.charge).when { $0 > 100 }.callsReal().atLeast(0)
            let value23 = try await env.executeWorkflow(CarelessPurchase.self)
            #expect(value23 == "never mind")
        }
        #expect(failure?.problems.first?.contains("no mock of it expects this call") == true)
    }

    @Test func `a spy looks on while the real code runs, and asks for nothing`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self], activities: [Till()]) { env in
            let charge = env.spy(on: Till.charge)
            let refund = env.spy(on: Till.refund)
            let value24 = try await env.executeWorkflow(Purchase.self, .init(cents: 3))
            #expect(value24 == "receipt over 3")
            let value25 = try charge.inputs()
            #expect(value25 == [3])
            #expect(refund.callCount == 0)
            #expect(env.calls.map(\.description) == ["activity 'charge' (3) returned \"receipt over 3\""])
        }
    }

    // MARK: M6, M7, M8

    @Test func `an activity that fails for ever fails the test, and is named`() async {
        var options = TestEnvironmentOptions()
        options.maximumAttempts = 50
        let failure = await failure(of: [Purchase.self], options: options) { env in
            env.mock(Till.charge).fails(ApplicationError("for ever"))
            _ = try? await env.executeWorkflow(Purchase.self, .init(attempts: nil))
        }
        #expect(failure?.problems.count == 1)
        #expect(failure?.problems.first?.hasPrefix("Activity 'charge' was tried 50 times") == true)
    }

    @Test func `calls are logged with their input, attempt, time and end`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self]) { env in
            env.mock(Till.charge).results([.failure(ApplicationError("busy")), .success("paid")])
            let start = env.now
            _ = try await env.executeWorkflow(Purchase.self, .init(cents: 7, attempts: 2))
            #expect(env.calls.map(\.subject) == ["activity 'charge'", "activity 'charge'"])
            #expect(env.calls.map(\.attempt) == [1, 2])
            #expect(env.calls.map { $0.time.timeIntervalSince(start) } == [0, 1])
            #expect(env.calls.last?.description == "activity 'charge', attempt 2 (7) returned \"paid\"")
        }
    }

    @Test func `no call is expected where none is, and one fails the test`() async {
        let failure = await failure(of: [CarelessPurchase.self]) { env in
            env.mock(Till.charge).returns("x").times(0)
            _ = try await env.executeWorkflow(CarelessPurchase.self)
        }
        #expect(failure?.problems.first?.contains("forbids it: it expects no such call") == true)
    }

    @Test func `strict tests run no real code that they do not name`() async throws {
        var options = TestEnvironmentOptions()
        options.realActivities = .only("refund")
        let failure = await failure(of: [CarelessPurchase.self], activities: [Till()], options: options) { env in
            let value26 = try await env.executeWorkflow(CarelessPurchase.self)
            #expect(value26 == "never mind")
        }
        #expect(
            failure?.problems.first?.hasPrefix("Activity 'charge' was called, and its real code may not run") == true
        )
        options.realActivities = .only("charge")
        try await TestWorkflowEnvironment.run(workflows: [Purchase.self], activities: [Till()], options: options) {
            env in
            let value27 = try await env.executeWorkflow(Purchase.self, .init(cents: 1))
            #expect(value27 == "receipt over 1")
        }
    }

    // MARK: M10

    @Test func `what activities did is recorded, and repeated without them`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "recorded-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        var options = TestEnvironmentOptions()
        options.startTime = Date(timeIntervalSince1970: 1000)
        options.recording = .record(to: file)
        let recorded = try await TestWorkflowEnvironment.run(workflows: [Purchase.self], options: options) { env in
            env.mock(Till.charge).results([.failure(ApplicationError("busy", type: "Busy")), .success("paid")])
            let handle = try await env.startWorkflow(Purchase.self, .init(cents: 7, attempts: 2))
            let value28 = try await handle.result()
            #expect(value28 == "paid")
            return try await handle.history().snapshot()
        }
        options.recording = .replay(from: file)
        let replayed = try await TestWorkflowEnvironment.run(workflows: [Purchase.self], options: options) { env in
            let handle = try await env.startWorkflow(Purchase.self, .init(cents: 7, attempts: 2))
            let value29 = try await handle.result()
            #expect(value29 == "paid")
            return try await handle.history().snapshot()
        }
        #expect(recorded == replayed)
        #expect(replayed.contains("application(Busy)"))
        let other = await failure(of: [Purchase.self], options: options) { env in
            _ = try? await env.executeWorkflow(Purchase.self, .init(cents: 8))
        }
        #expect(other?.problems.contains { $0.contains("the recording has no such call left") } == true)
        #expect(other?.problems.contains("A recorded call of activity 'charge' did not come.") == true)
    }
}

@Workflow private actor Parent {
    func run() async throws -> String {
        do {
            let options = ChildWorkflowOptions(retryPolicy: RetryPolicy(maximumAttempts: 2))
            try await context.executeChildWorkflow(Nap.self, 10, options: options)
            return "rested"
        } catch is ChildWorkflowAlreadyStartedError {
            return "not started"
        }
    }
}

@Workflow private actor Messenger {
    func run(_ id: String) async throws -> String {
        let other = context.externalWorkflow(id: id)
        try await other.signal("hello", 7)
        try await other.cancel()
        return "sent"
    }
}

@Workflow private actor Patched {
    func run() async throws -> String {
        context.patched("mail") ? "new" : "old"
    }
}

@Workflow private actor Cancelling {
    func run() async throws -> String {
        let charge = Task { [self] in
            _ = context
            return try await context.executeActivity(
                Till.charge,
                1,
                startToCloseTimeout: .seconds(1000),
                heartbeatTimeout: .seconds(10),
                cancellation: .waitCancellationCompleted
            )
        }
        try await context.sleep(.seconds(60))
        charge.cancel()
        do {
            return try await charge.value
        } catch {
            return isCancellation((error as? ActivityError)?.cause ?? error) ? "cancelled" : "\(error)"
        }
    }
}

/// Writes numbers backwards.
private struct Backwards: EncodingConverter {
    let encoding = "test/backwards"

    func encode<Value: Encodable>(_ value: Value) -> Payload? {
        Payload(encoding: encoding, data: Data("\(value)".reversed().map(String.init).joined().utf8))
    }

    func decode<Value: Decodable>(_ payload: Payload, as type: Value.Type) throws -> Value {
        let text = String(String(decoding: payload.data, as: UTF8.self).reversed())
        return try #require((Int(text) as? Value) ?? (text as? Value))
    }
}

/// Turns each bit around.
private struct Flipping: PayloadCodec {
    func encode(_ payloads: [Payload]) async throws -> [Payload] {
        payloads.map { Payload(metadata: $0.metadata, data: Data($0.data.map { ~$0 })) }
    }

    func decode(_ payloads: [Payload]) async throws -> [Payload] { try await encode(payloads) }
}
