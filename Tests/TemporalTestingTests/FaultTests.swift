import Foundation
import Synchronization
import Temporal
import TemporalClient
import TemporalTesting
import Testing

/// Faults of calls of all kinds: Nexus operations, queries, cancelled activities, activities without a workflow.
@Suite(.timeLimit(.minutes(2))) struct FaultTests {
    /// Lets everything happen that workers answer.
    private func spendDay(_ faults: FaultPlan, seed: UInt64 = 1) async throws {
        var options = TestEnvironmentOptions()
        options.seed = seed
        options.faults = faults
        options.nexusEndpoints = ["office"]
        // Workflow tasks that fail on purpose are tried again, as in production.
        options.taskFailurePolicy = .retry
        try await TestWorkflowEnvironment.run(
            workflows: [OfficeDay.self],
            nexusServices: [Office()],
            options: options
        ) { env in
            env.mock(Till.charge).waitsForCancellation().atLeast(1)
            env.mock(Till.refund).runs { "\($0) back" }.atLeast(1)
            let day = try await env.startWorkflow(OfficeDay.self)
            let start = ActivityOptions(id: "refund", taskQueue: "test", startToCloseTimeout: .seconds(10))
            let refund = try await env.executeActivity(Till.refund, "all", options: start)
            #expect(refund == "all back")
            let result = try await day.result()
            #expect(result.hasPrefix("Hello, Ada"))
            for _ in 0..<3 {
                let answer = try await greeting(day)
                #expect(answer == "Hello, Ada")
            }
        }
    }

    /// Asks until there is an answer: where a query is lost, its time runs out, and no client asks again by itself.
    private func greeting(_ day: WorkflowHandle<OfficeDay>) async throws -> String {
        while true {
            do {
                return try await day.query(OfficeDay.greeting)
            } catch let error as RPCError where error.code == .deadlineExceeded {
                continue
            }
        }
    }

    static let faults = [
        Fault(.delay(.seconds(3)), of: "RespondNexusTaskCompleted"),
        Fault(.delay(.seconds(3)), of: "RespondNexusTaskFailed"),
        Fault(.delay(.seconds(30)), of: "RespondNexusTaskCompleted"),
        Fault(.delay(.seconds(3)), of: "RespondQueryTaskCompleted"),
        Fault(.delay(.seconds(30)), of: "RespondQueryTaskCompleted"),
        Fault(.delay(.seconds(3)), of: "RespondWorkflowTaskCompleted"),
        Fault(.delay(.seconds(30)), of: "RespondWorkflowTaskCompleted"),
        Fault(.delay(.seconds(3)), of: "RespondActivityTaskCanceled"),
        Fault(.delay(.seconds(3)), of: "RespondActivityTaskCompleted"),
        Fault(.delay(.seconds(30)), of: "RespondActivityTaskCompleted"),
        Fault(.lostTask, of: "PollNexusTaskQueue"),
        Fault(.lostTask, of: "PollActivityTaskQueue"),
        Fault(.lostResponse, of: "PollNexusTaskQueue"),
        Fault(.lostResponse, of: "PollActivityTaskQueue"),
        Fault(.lostResponse, of: "PollWorkflowTaskQueue", calls: 1...2),
        Fault(.lostRequest, of: "RespondNexusTaskCompleted"),
        Fault(.lostRequest, of: "RespondNexusTaskFailed"),
        Fault(.lostRequest, of: "RespondQueryTaskCompleted", calls: 1...2),
        Fault(.lostRequest, of: "RespondActivityTaskCompleted"),
        Fault(.lostRequest, of: "RespondActivityTaskCanceled"),
        Fault(.lostRequest, of: "RespondWorkflowTaskCompleted"),
        Fault(.error(.notFound), of: "RespondNexusTaskCompleted"),
        Fault(.error(.notFound), of: "RespondActivityTaskCompleted"),
        Fault(.timeout, of: "RespondQueryTaskCompleted", calls: 1...2),
        Fault(.crashBefore, of: "RespondQueryTaskCompleted"),
        Fault(.crashAfter, of: "RespondQueryTaskCompleted"),
        Fault(.crashBefore, of: "RespondNexusTaskCompleted"),
        Fault(.crashBefore, of: "RespondActivityTaskCanceled"),
    ]

    @Test(arguments: faults)
    func `a fault of one call lets nothing wait for ever`(_ fault: Fault) async throws {
        try await spendDay(FaultPlan([fault]))
    }

    @Test(arguments: UInt64(1)...25)
    func `faults by chance let nothing wait for ever`(_ seed: UInt64) async throws {
        try await spendDay(.random(rate: 0.15), seed: seed)
    }

    @Test func `a fault that its call cannot have fails the test, and does not happen`() async {
        var options = TestEnvironmentOptions()
        options.faults = [
            Fault(.delay(.seconds(1)), of: "StartWorkflowExecution"),
            Fault(.delay(.seconds(1)), of: "RespondActivityTaskCompletedById"),
            Fault(.duplicate, of: "PollWorkflowTaskQueue"),
            Fault(.lostTask, of: "RespondWorkflowTaskCompleted"),
        ]
        let failure = await failure(of: [Nap.self], options: options) { env in
            try await env.executeWorkflow(Nap.self, 1)
        }
        let late = "only the answers of workers take a while, such as RespondActivityTaskCompleted."
        #expect(
            failure?.problems == [
                "The fault 'delay of 1.0 seconds of StartWorkflowExecution 1' cannot happen: \(late)",
                "The fault 'delay of 1.0 seconds of RespondActivityTaskCompletedById 1' cannot happen: \(late)",
                "The fault 'duplicate of PollWorkflowTaskQueue 1' cannot happen: the second call would wait for a task of its "
                    + "own. Name .lostTask for a task that is lost.",
                "The fault 'lost task of RespondWorkflowTaskCompleted 1' cannot happen: only a poll brings a task, such as "
                    + "PollActivityTaskQueue.",
            ]
        )
        #expect(failure?.faults == [])
    }
}

@NexusService private final class Office: Sendable {
    private let isOpen = Atomic<Bool>(false)

    @NexusOperation func greet(_ name: String) async throws -> String {
        // The first call always fails, so that there is an answer for that too.
        guard isOpen.exchange(true, ordering: .acquiringAndReleasing) else {
            throw NexusHandlerError("not yet", type: .unavailable)
        }
        return "Hello, \(name)"
    }
}

/// Calls an operation, and cancels an activity.
@Workflow private actor OfficeDay {
    private var text = ""

    func run() async throws -> String {
        text = try await context.executeNexusOperation(Office.greet, "Ada", endpoint: "office")
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
            return text + (try await charge.value)
        } catch {
            return text
        }
    }

    @Query func greeting() -> String { text }
}
