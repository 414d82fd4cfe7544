import Foundation
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import TemporalTesting
import Testing

@testable import TemporalWorker

/// Local activities in workflows, with runs kept in memory and with every task replayed from the start.
@Suite(.timeLimit(.minutes(1))) struct LocalActivityTests {
    static let cacheSizes = [1000, 0]

    private func options(_ cacheSize: Int) -> TestEnvironmentOptions {
        var options = TestEnvironmentOptions()
        options.maximumCachedWorkflows = cacheSize
        return options
    }

    private func types<W: Workflow>(_ handle: WorkflowHandle<W>) async throws -> [String] {
        try await handle.history().map(\.type)
    }

    @Test(arguments: cacheSizes)
    func `a local activity costs one marker and no task`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Serial.self], options: options(cacheSize)) { env in
            let mock = env.mock(Local.echo) { "\($0)!" }
            let handle = try await env.startWorkflow(Serial.self, 3)
            #expect(try await handle.result() == ["0!", "1!", "2!"])
            #expect(mock.calls.allSatisfy { $0.isLocal && $0.attempt == 1 && $0.workflowType == "Serial" })
            #expect(mock.calls.map(\.activityID) == ["1", "2", "3"])
            #expect(
                try await types(handle) == [
                    "WorkflowExecutionStarted", "WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted",
                    "MarkerRecorded", "MarkerRecorded", "MarkerRecorded", "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: cacheSizes)
    func `waits between attempts pass on the clock of the test`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Patient.self], options: options(cacheSize)) { env in
            let mock = env.mock(Local.echo).results([
                .failure(ApplicationError("one")), .failure(ApplicationError("two")), .success("three"),
            ])
            let handle = try await env.startWorkflow(Patient.self, PatientPlan(interval: 3))
            // 3 s and 6 s; the second wait crosses the heartbeat of the workflow task.
            #expect(try await handle.result() == "three after 9 s")
            #expect(mock.calls.map(\.attempt) == [1, 2, 3])
            let types = try await types(handle)
            #expect(types.count { $0 == "MarkerRecorded" } == 1)
            #expect(types.count { $0 == "WorkflowTaskCompleted" } == 2)
            #expect(!types.contains("TimerStarted"))
            #expect(!types.contains("WorkflowTaskTimedOut"))
        }
    }

    @Test(arguments: cacheSizes)
    func `a long wait becomes a timer`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Patient.self], options: options(cacheSize)) { env in
            let mock = env.mock(Local.echo).results([.failure(ApplicationError("one")), .success("two")])
            let handle = try await env.startWorkflow(Patient.self, PatientPlan(interval: 100))
            #expect(try await handle.result() == "two after 100 s")
            #expect(mock.calls.map(\.attempt) == [1, 2])
            let scheduled = mock.calls.map(\.scheduledTime)
            #expect(scheduled[0] == scheduled[1])
            #expect(
                try await types(handle) == [
                    "WorkflowExecutionStarted", "WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted",
                    "MarkerRecorded", "TimerStarted", "TimerFired", "WorkflowTaskScheduled", "WorkflowTaskStarted",
                    "WorkflowTaskCompleted", "MarkerRecorded", "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: cacheSizes)
    func `an activity longer than the workflow task keeps the task alive`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Patient.self], options: options(cacheSize)) { env in
            let mock = env.mock(Local.echo).returns("done").after(.seconds(30)).times(1)
            let handle = try await env.startWorkflow(Patient.self, PatientPlan())
            #expect(try await handle.result() == "done after 30 s")
            #expect(mock.callCount == 1)
            let types = try await types(handle)
            // A heartbeat each 8 s, and the task in which it ends.
            #expect(types.count { $0 == "WorkflowTaskCompleted" } == 4)
            #expect(!types.contains("WorkflowTaskTimedOut"))
        }
    }

    @Test(arguments: cacheSizes)
    func `an attempt that takes too long is tried again, all together are not`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Patient.self], options: options(cacheSize)) { env in
            env.mock(Local.echo).hangs().times(3)
            let plan = PatientPlan(startToClose: 2, maximumAttempts: 3)
            let error = await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Patient.self, plan)
            }
            let activity = try #require(error?.cause as? ActivityError)
            #expect(activity.retryState == .maximumAttemptsReached)
            #expect((activity.cause as? TimeoutError)?.kind == .startToClose)
        }
        try await TestWorkflowEnvironment.run(workflows: [Patient.self], options: options(cacheSize)) { env in
            env.mock(Local.echo).hangs().times(1)
            let plan = PatientPlan(scheduleToClose: 5)
            let error = await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Patient.self, plan)
            }
            let activity = try #require(error?.cause as? ActivityError)
            #expect((activity.cause as? TimeoutError)?.kind == .scheduleToClose)
        }
    }

    @Test(arguments: [-3600, 3600])
    func `the limit of all attempts holds whatever the clock of the worker shows`(offset: Int) async throws {
        let server = TestServer()
        defer { server.shutdown() }
        let client = TemporalClient(service: server, identity: "test")
        var options = WorkerOptions()
        options.localActivityTime = LocalActivityTime(
            now: { Date().addingTimeInterval(TimeInterval(offset)) },
            sleep: { duration, wait in
                wait.onBegin()
                defer { wait.onEnd() }
                try await Task.sleep(for: duration)
            },
            setIdle: { _ in }
        )
        let worker = try TemporalWorker(
            client: client,
            taskQueue: "queue",
            workflows: [Patient.self],
            activities: [Local()],
            options: options
        )
        let running = Task { try await worker.run() }
        let result = try await client.executeWorkflow(
            Patient.self,
            PatientPlan(scheduleToClose: 60),
            options: WorkflowOptions(id: "w", taskQueue: "queue")
        )
        #expect(result.hasPrefix("text after"))
        running.cancel()
        try await running.value
    }

    @Test(arguments: cacheSizes)
    func `an error that is not tried again fails the activity`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Patient.self], options: options(cacheSize)) { env in
            env.mock(Local.echo).fails(ApplicationError("no", type: "Final", nonRetryable: true)).times(1)
            let error = await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Patient.self, PatientPlan())
            }
            let activity = try #require(error?.cause as? ActivityError)
            #expect(activity.activityType == "echo")
            #expect(activity.retryState == .nonRetryableFailure)
            #expect((activity.cause as? ApplicationError)?.type == "Final")
        }
    }

    @Test(arguments: cacheSizes)
    func `outcomes come one by one, each with the steps that follow on it`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Concurrent.self], options: options(cacheSize)) { env in
            env.mock(Local.echo).when { $0 == "slow" }.returns("slow").after(.seconds(3))
            env.mock(Local.echo).when { $0 == "fast" }.returns("fast").after(.seconds(1))
            env.mock(Local.echo).when { $0.hasPrefix("then") }.runs { $0 }
            let handle = try await env.startWorkflow(Concurrent.self)
            #expect(try await handle.result() == ["fast 1", "then fast 1", "slow 3", "then slow 3"])
        }
    }

    @Test(arguments: cacheSizes)
    func `a cancellation between attempts ends the activity at once`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Patient.self], options: options(cacheSize)) { env in
            env.mock(Local.echo).fails(ApplicationError("again")).times(1)
            let handle = try await env.startWorkflow(Patient.self, PatientPlan(interval: 50))
            env.schedule(after: .seconds(20)) { try await handle.cancel() }
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            #expect(error?.cause is CancelledError)
        }
    }

    @Test(arguments: cacheSizes)
    func `a query is answered while a local activity runs`(_ cacheSize: Int) async throws {
        try await TestWorkflowEnvironment.run(workflows: [Patient.self], options: options(cacheSize)) { env in
            env.mock(Local.echo).returns("done").after(.seconds(100))
            let handle = try await env.startWorkflow(Patient.self, PatientPlan())
            #expect(try await handle.query(Patient.state) == "waiting")
            #expect(try await handle.result() == "done after 100 s")
        }
    }

    @Test func `an activity that was not given to the worker says so`() async throws {
        let failure = await #expect(throws: TestFailure.self) {
            try await TestWorkflowEnvironment.run(workflows: [Patient.self]) { env in
                _ = try await env.executeWorkflow(Patient.self, PatientPlan())
            }
        }
        #expect(failure?.problems.first?.contains("'echo' was called, but it is neither mocked nor given") == true)
    }

    @Test func `a call without a timeout fails the task and says what is missing`() async throws {
        let failure = await #expect(throws: TestFailure.self) {
            try await TestWorkflowEnvironment.run(workflows: [NoLimit.self]) { env in
                try await env.executeWorkflow(NoLimit.self)
            }
        }
        #expect(failure?.problems.first?.contains("Local activity 'echo' has no timeout") == true)
    }

    @Test func `attempts of activities that outlive a task are metered`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Patient.self]) { env in
            env.mock(Local.echo).hangs().times(8)
            // An attempt each 3 s, at 0, 3, 6 and so on; a heartbeat each 8 s.
            let plan = PatientPlan(startToClose: 2, maximumAttempts: 8, coefficient: 1)
            let handle = try await env.startWorkflow(Patient.self, plan)
            await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            let metered = try await handle.history().proto.events.compactMap { event -> Int? in
                guard event.eventType == .workflowTaskCompleted else { return nil }
                let metadata = event.workflowTaskCompletedEventAttributes.meteringMetadata
                return Int(metadata.nonfirstLocalActivityExecutionAttempts)
            }
            #expect(metered == [0, 3, 2])
        }
    }
}

/// Patches in workflows: old histories with new code, and new histories with old code.
@Suite(.timeLimit(.minutes(1))) struct PatchedWorkflowTests {
    private func record<W: Workflow>(_ type: W.Type) async throws -> WorkflowHistory
    where W.RunInputs == Inputs<>, W.RunOutput == [String] {
        try await TestWorkflowEnvironment.run(workflows: [type]) { env in
            let handle = try await env.startWorkflow(type)
            _ = try await handle.result()
            return try await handle.history()
        }
    }

    private func problem<W: Workflow>(_ type: W.Type, _ history: WorkflowHistory) async -> String? {
        do {
            try await WorkflowReplayer(workflows: [type]).replay(history)
            return nil
        } catch {
            return String(describing: error)
        }
    }

    @Test func `code before, with, and after a patch fits the histories that it must`() async throws {
        let original = try await record(Original.self)
        let patched = try await record(Patched.self)
        let deprecated = try await record(Deprecated.self)
        let removed = try await record(Removed.self)

        // Open runs of the step before are never lost.
        #expect(await problem(Patched.self, original) == nil)
        #expect(await problem(Deprecated.self, patched) == nil)
        #expect(await problem(Removed.self, deprecated) == nil)
        // And a worker of the step before can take over from one of the step after, as far as it can know.
        #expect(await problem(Patched.self, deprecated) == nil)
        #expect(await problem(Deprecated.self, removed) == nil)

        // Steps that were left out are found.
        #expect(await problem(Original.self, patched)?.contains("[TMPRL1100]") == true)
        #expect(await problem(Removed.self, patched)?.contains("deprecatePatch(\"longer\")") == true)
        #expect(await problem(Deprecated.self, original)?.contains("[TMPRL1100]") == true)
        #expect(await problem(Removed.self, original)?.contains("[TMPRL1100]") == true)
    }

    @Test(arguments: [1000, 0])
    func `a patch is noted once, with the list of patches`(_ cacheSize: Int) async throws {
        var options = TestEnvironmentOptions()
        options.maximumCachedWorkflows = cacheSize
        try await TestWorkflowEnvironment.run(workflows: [Patched.self], options: options) { env in
            let handle = try await env.startWorkflow(Patched.self)
            #expect(try await handle.result() == ["new", "new"])
            let markers = try await handle.history().count { $0.type == "MarkerRecorded" }
            #expect(markers == 1)
            let list = SearchAttributeKey.keywordList("TemporalChangeVersion")
            #expect(try await handle.describe().searchAttributes[list] == ["longer"])
            #expect(try await handle.query(Patched.isNew) == true)
        }
    }
}

/// Only so many tasks go on at a time, in the order in which they came.
@Suite(.timeLimit(.minutes(1))) struct WorkflowSemaphoreTests {
    @Test(arguments: [1000, 0])
    func `tasks go on in the order in which they came`(_ cacheSize: Int) async throws {
        var options = TestEnvironmentOptions()
        options.maximumCachedWorkflows = cacheSize
        try await TestWorkflowEnvironment.run(workflows: [Exclusive.self], options: options) { env in
            let log = try await env.executeWorkflow(Exclusive.self, 1)
            #expect(log == ["in 0", "cancelled 2", "out 0", "in 1", "out 1", "in 3", "out 3"])
            #expect(try await env.executeWorkflow(Exclusive.self, 2).prefix(2) == ["in 0", "in 1"])
        }
    }
}

@Activities private struct Local {
    @Activity func echo(_ text: String) async throws -> String { text }
}

@Workflow private actor Serial {
    func run(_ count: Int) async throws -> [String] {
        var results: [String] = []
        for number in 0..<count {
            results.append(
                try await context.executeLocalActivity(Local.echo, "\(number)", startToCloseTimeout: .seconds(5))
            )
        }
        return results
    }
}

private struct PatientPlan: Codable, Sendable {
    var interval = 1
    var startToClose: Int?
    var scheduleToClose: Int?
    var maximumAttempts = 0
    var coefficient = 2.0
}

@Workflow private actor Patient {
    private var current = "starting"

    func run(_ plan: PatientPlan) async throws -> String {
        let start = context.now
        current = "waiting"
        let result = try await context.executeLocalActivity(
            Local.echo,
            "text",
            scheduleToCloseTimeout: plan.scheduleToClose.map { .seconds($0) },
            startToCloseTimeout: .seconds(plan.startToClose ?? 1000),
            retryPolicy: RetryPolicy(
                initialInterval: .seconds(plan.interval),
                backoffCoefficient: plan.coefficient,
                maximumAttempts: plan.maximumAttempts
            )
        )
        return "\(result) after \(Int(context.now.timeIntervalSince(start).rounded())) s"
    }

    @Query func state() -> String { current }
}

@Workflow private actor Concurrent {
    private var log: [String] = []
    private var start = Date(timeIntervalSince1970: 0)

    func run() async throws -> [String] {
        start = context.now
        async let slow: Void = follow("slow")
        async let fast: Void = follow("fast")
        _ = try await (slow, fast)
        return log
    }

    private func follow(_ text: String) async throws {
        for text in [text, "then \(text)"] {
            let result = try await context.executeLocalActivity(Local.echo, text, startToCloseTimeout: .seconds(60))
            log.append("\(result) \(Int(context.now.timeIntervalSince(start).rounded()))")
        }
    }
}

@Workflow private actor NoLimit {
    func run() async throws {
        _ = try await context.executeLocalActivity(Local.echo, "text")
    }
}

@Workflow(name: "Changing") private actor Original {
    func run() async throws -> [String] {
        try await context.sleep(.seconds(1))
        return ["old", "old"]
    }
}

@Workflow(name: "Changing") private actor Patched {
    private var answers: [String] = []

    func run() async throws -> [String] {
        if context.patched("longer") {
            answers.append("new")
            // Another command than before, in the place of the timer.
            try context.upsertMemo(["way": "new"])
        } else {
            answers.append("old")
        }
        try await context.sleep(.seconds(1))
        answers.append(context.patched("longer") ? "new" : "old")
        return answers
    }

    @Query func isNew() -> Bool { context.patched("longer") }
}

@Workflow(name: "Changing") private actor Deprecated {
    func run() async throws -> [String] {
        context.deprecatePatch("longer")
        try context.upsertMemo(["way": "new"])
        try await context.sleep(.seconds(1))
        return ["new", "new"]
    }
}

@Workflow(name: "Changing") private actor Removed {
    func run() async throws -> [String] {
        try context.upsertMemo(["way": "new"])
        try await context.sleep(.seconds(1))
        return ["new", "new"]
    }
}

@Workflow private actor Exclusive {
    private var log: [String] = []
    private lazy var semaphore = WorkflowSemaphore(context, permits: permits)
    private var permits = 1

    func run(_ permits: Int) async throws -> [String] {
        self.permits = permits
        let tasks = (0..<4).map { number in
            Task { try await enter(number) }
        }
        try await context.sleep(.milliseconds(1))
        tasks[2].cancel()
        for task in tasks { _ = try? await task.value }
        return log
    }

    private func enter(_ number: Int) async throws {
        do {
            try await semaphore.withPermit {
                log.append("in \(number)")
                try await context.sleep(.seconds(1))
                log.append("out \(number)")
            }
        } catch {
            log.append("cancelled \(number)")
        }
    }
}
