import Foundation
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// The samples of the guides of this module, word by word.
@Suite(.timeLimit(.minutes(1))) struct GuideSamples {
    @Test func `the samples of the guide to mocks`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Refunding.self]) { env in
            env.mock(Bank.charge).returns("receipt")
            env.mock(Bank.refund).results([.failure(ApplicationError("busy")), .success("refunded")])
            env.mock(Courier.deliver) { parcel in "\(parcel) at the door" }
            let value1 = try await env.executeWorkflow(Refunding.self)
            #expect(value1 == "receipt refunded, tea at the door")
        }
        try await TestWorkflowEnvironment.run(workflows: [Order.self]) { env in
            env.mock(Bank.charge).onAttempts(1...2).fails(ApplicationError("busy"))
            env.mock(Bank.charge).when { cents in cents > 1000 }.calledBy(Order.self).returns("checked by hand")
            env.mock(Bank.charge).returns("receipt").atLeast(0)
            let value2 = try await env.executeWorkflow(Order.self, 2000)
            #expect(value2 == "checked by hand")
        }
        try await TestWorkflowEnvironment.run(workflows: [Order.self]) { env in
            env.mock(Shipping.self).returns("shipped").after(.seconds(3600))
            let billing = try await env.standIn(forWorkflow: "billing-7")
            let names = billing.signals.map(\.name)
            let value3 = try await env.executeWorkflow(Shipping.self, "tea")
            #expect(value3 == "shipped")
            #expect(names == [])
        }
        var abroad = TestEnvironmentOptions()
        abroad.nexusEndpoints = ["abroad"]
        try await TestWorkflowEnvironment.run(workflows: [Publishing.self], options: abroad) { env in
            env.mock(Translations.translate).returns("hello")
            env.mock(Translations.proofread).goesOn(for: .seconds(86_400)).returns("no mistakes")
            let value = try await env.executeWorkflow(Publishing.self, "hallo")
            #expect(value == "hello, no mistakes")
        }
        var options = TestEnvironmentOptions()
        options.realActivities = .only("formatAddress")
        let recordings = FileManager.default.temporaryDirectory.appending(path: "recordings-\(UUID())")
        try FileManager.default.createDirectory(at: recordings, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: recordings) }
        options.recording = .record(to: recordings.appending(path: "order.json"))
        try await TestWorkflowEnvironment.run(workflows: [Reminder.self], options: options) { env in
            try await env.executeWorkflow(Reminder.self, 1)
        }
        options.recording = .replay(from: recordings.appending(path: "order.json"))
        try await TestWorkflowEnvironment.run(workflows: [Reminder.self], options: options) { env in
            try await env.executeWorkflow(Reminder.self, 1)
        }
    }

    @Test func `the samples of the guide to time`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Reminder.self]) { env in
            let start = env.now
            try await env.executeWorkflow(Reminder.self, 30)
            #expect(env.now.timeIntervalSince(start) == 30 * 86_400)
            let reminder = try await env.startWorkflow(Reminder.self, 1)
            try await env.withoutSkipping {
                try await env.advance(by: .seconds(59))
                #expect(try await reminder.query(Reminder.isSent) == false)
                try await env.advanceToNextEvent()
            }
            #expect(try await reminder.query(Reminder.isSent))
        }
        let poller = ReceiptPoller(clock: TestClock())
        let environment = TestActivityEnvironment()
        let value4 = try await environment.run { try await poller.poll() }
        #expect(value4 == 3)
    }

    @Test func `the samples of the guide to driving`() async throws {
        let production = try await TestWorkflowEnvironment.run(workflows: [Order.self, Counter.self]) { env in
            env.mock(Bank.charge).returns("receipt")
            let fired = env.events().filter { $0.event.type == "TimerFired" }
            try await env.stepping {
                let order = try await env.startWorkflow(Order.self, 100)
                try await env.step()
                try await order.history().expect(.activityScheduled(Bank.charge))
            }
            var past = WorkflowPast()
            past.lastResult = 41
            let counter = try await env.startWorkflow(Counter.self, after: past)
            let value5 = try await counter.result()
            #expect(value5 == 42)
            let handle = env.client.workflowHandle(for: Order.self, id: "test-workflow-1")
            let value6 = try await handle.result()
            #expect(value6 == "receipt")
            for await event in fired {
                #expect(event.workflowID == "test-workflow-1")
                break
            }
            return try await handle.history().json()
        }
        var options = TestEnvironmentOptions()
        options.startTime = try WorkflowHistory(json: production)[9].time
        try await TestWorkflowEnvironment.run(workflows: [Order.self], options: options) { env in
            let history = try WorkflowHistory(json: production, workflowID: "order-7")
            let resumed = try env.resumeWorkflow(Order.self, from: history, through: 12)
            let value7 = try await resumed.result()
            #expect(value7 == "receipt")
        }
    }

    /// Compiled, and not run: there is no server.
    private func backend() async throws -> TestEnvironmentOptions {
        var options = TestEnvironmentOptions()
        options.backend = try await .devServer(at: "127.0.0.1:7233")
        return options
    }

    @Test func `the samples of the guide to faults and exploration`() async throws {
        var options = TestEnvironmentOptions()
        options.faults = [
            Fault(.lostResponse, of: "RespondActivityTaskCompleted"),
            Fault(.crashBefore, of: "RespondWorkflowTaskCompleted", calls: 2...2),
        ]
        try await TestWorkflowEnvironment.run(workflows: [Order.self], options: options) { env in
            env.mock(Bank.charge).returns("receipt").atLeast(1)
            let value8 = try await env.executeWorkflow(Order.self, 100)
            #expect(value8 == "receipt")
        }
        try await TestWorkflowEnvironment.explore(.seeds(50), workflows: [Approval.self]) { env in
            let approval = try await env.startWorkflow(Approval.self)
            env.schedule(after: .seconds(60)) { try await approval.signal(Approval.approve) }
            let result = try await approval.result()
            #expect(["approved", "late"].contains(result))
        }
    }

    @Test func `the samples of the guide to histories`() async throws {
        let coverage = TestCoverage()
        var options = TestEnvironmentOptions()
        options.coverage = coverage
        try await TestWorkflowEnvironment.run(workflows: [Order.self], options: options) { env in
            env.mock(Bank.charge).returns("receipt")
            let order = try await env.startWorkflow(Order.self, 100)
            _ = try await order.result()
            let history = try await order.history()
            try history.expect(.activityCompleted(Bank.charge), .timerFired(.seconds(60)), .workflowCompleted)
            #expect(history.count(of: .activityScheduled(Bank.charge)) == 1)
            try history.expectSnapshot(
                """
                +0s WorkflowExecutionStarted Order
                +0s WorkflowTask
                +0s ActivityTaskScheduled 1 charge
                +0s ActivityTaskStarted
                +0s ActivityTaskCompleted
                +0s WorkflowTask
                +0s TimerStarted 1 60.0 seconds
                +60s TimerFired 1
                +60s WorkflowTask
                +60s WorkflowExecutionCompleted
                """
            )
        }
        #expect(coverage.gaps == ["activity 'charge' of workflow 'Order' did not fail"])
    }
}

@Activities private struct Bank {
    @Activity func charge(_ cents: Int) async throws -> String { "receipt over \(cents)" }
    @Activity func refund(_ receipt: String) async throws -> String { "refund of \(receipt)" }
}

@Activities private struct Courier {
    @Activity func deliver(_ parcel: String) async throws -> String { parcel }
}

@Activities private struct ReceiptPoller {
    let clock: TestClock

    @Activity func poll() async throws -> Int {
        var polls = 0
        while polls < 3 {
            try await clock.sleep(for: .seconds(10))
            polls += 1
        }
        return polls
    }
}

@Workflow private actor Order {
    func run(_ cents: Int) async throws -> String {
        let receipt = try await context.executeActivity(Bank.charge, cents, startToCloseTimeout: .seconds(10))
        try await context.sleep(.seconds(60))
        return receipt
    }
}

@Workflow private actor Refunding {
    func run() async throws -> String {
        let receipt = try await context.executeActivity(Bank.charge, 1, startToCloseTimeout: .seconds(10))
        let refund = try await context.executeActivity(Bank.refund, receipt, startToCloseTimeout: .seconds(10))
        let place = try await context.executeActivity(Courier.deliver, "tea", startToCloseTimeout: .seconds(10))
        return "\(receipt) \(refund), \(place)"
    }
}

@Workflow private actor Shipping {
    func run(_ item: String) async throws -> String { item }
}

@Workflow private actor Reminder {
    private var wasSent = false

    func run(_ days: Int) async throws {
        try await context.sleep(.seconds(days * 86_400))
        wasSent = true
    }

    @Query func isSent() -> Bool { wasSent }
}

@Workflow private actor Counter {
    func run() async throws -> Int { (try context.lastCompletionResult(as: Int.self) ?? 0) + 1 }
}

@Workflow private actor Approval {
    private var isApproved = false

    func run() async throws -> String {
        try await context.waitCondition(timeout: .seconds(60)) { self.isApproved } ? "approved" : "late"
    }

    @Signal func approve() { isApproved = true }
}

@NexusService private struct Translations {
    @NexusOperation func translate(_ text: String) async throws -> String { text }
    @NexusOperation func proofread(_ text: String) async throws -> String { text }
}

@Workflow private actor Publishing {
    func run(_ text: String) async throws -> String {
        let translated = try await context.executeNexusOperation(Translations.translate, text, endpoint: "abroad")
        let report = try await context.executeNexusOperation(Translations.proofread, translated, endpoint: "abroad")
        return "\(translated), \(report)"
    }
}
