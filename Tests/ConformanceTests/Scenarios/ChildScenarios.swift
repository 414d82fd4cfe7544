import Foundation
import Temporal
import TemporalClient
import TemporalWorker
import Testing

/// How child workflows are started, and how they end.
@Suite(.timeLimit(.minutes(2))) struct ChildScenarios {
    /// The history of a parent up to where it waits for its child.
    private let beginning = [
        "WorkflowExecutionStarted Parent",
        "WorkflowTask",
        "StartChildWorkflowExecutionInitiated Child terminate",
        "ChildWorkflowExecutionStarted Child",
        "WorkflowTask",
    ]

    @Test(arguments: Backend.available)
    func `a child completes`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Parent.self, Child.self]) { scene in
            let (parent, child) = try await scene.startFamily(Upbringing())
            try await child.signal(Child.end, "well")
            #expect(try await parent.result() == "child: well")
            try await expectHistory(
                parent,
                beginning + ["ChildWorkflowExecutionCompleted", "WorkflowTask", "WorkflowExecutionCompleted"]
            )
            try await expectHistory(
                child,
                [
                    "WorkflowExecutionStarted Child child",
                    "WorkflowTask",
                    "WorkflowExecutionSignaled end",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a child fails, and the error says which and where`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Parent.self, Child.self]) { scene in
            let plan = Upbringing()
            let (parent, child) = try await scene.startFamily(plan, passesOn: true)
            try await child.signal(Child.end, "fail")
            let failed = await #expect(throws: WorkflowFailedError.self) { try await parent.result() }
            let error = try #require(failed?.cause as? ChildWorkflowError)
            #expect(error.workflowID == plan.id)
            #expect(try await child.describe().runID == error.runID)
            #expect(error.workflowType == "Child")
            #expect(error.namespace == "default")
            #expect(error.initiatedEventID == 5)
            #expect(error.startedEventID == 6)
            #expect(
                describe(error)
                    == "ChildWorkflowError(Child, retryPolicyNotSet) < ApplicationError(Broken, nonRetryable)"
            )
            try await expectHistory(
                parent,
                beginning + [
                    "ChildWorkflowExecutionFailed application(Broken) retryPolicyNotSet",
                    "WorkflowTask",
                    "WorkflowExecutionFailed child(Child) < application(Broken) retryPolicyNotSet",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a child times out`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Parent.self, Child.self]) { scene in
            let (parent, _) = try await scene.startFamily(Upbringing(runTimeout: 1500))
            #expect(
                try await parent.result() == "ChildWorkflowError(Child, retryPolicyNotSet) < TimeoutError(startToClose)"
            )
            try await expectHistory(
                parent,
                beginning + [
                    "ChildWorkflowExecutionTimedOut retryPolicyNotSet", "WorkflowTask", "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a child is terminated by somebody else`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Parent.self, Child.self]) { scene in
            let (parent, child) = try await scene.startFamily(Upbringing())
            try await child.terminate(reason: "no more")
            #expect(try await parent.result() == "ChildWorkflowError(Child, unspecified) < TerminatedError")
            try await expectHistory(
                parent,
                beginning + ["ChildWorkflowExecutionTerminated", "WorkflowTask", "WorkflowExecutionCompleted"]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a child is cancelled by somebody else, and the parent fails`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Parent.self, Child.self]) { scene in
            let (parent, child) = try await scene.startFamily(Upbringing(), passesOn: true)
            try await child.cancel()
            #expect(try await outcome(of: parent) == "ChildWorkflowError(Child, unspecified) < CancelledError")
            #expect(try await parent.describe().status == .failed)
            try await expectHistory(
                parent,
                beginning + [
                    "ChildWorkflowExecutionCanceled",
                    "WorkflowTask",
                    "WorkflowExecutionFailed child(Child) < canceled retryPolicyNotSet",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a child whose id is in use is not started`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Parent.self, Child.self]) { scene in
            let plan = Upbringing()
            let other = try await scene.start(Child.self, "other") { $0.id = plan.id }
            let parent = try await scene.start(Parent.self, plan, true)
            #expect(try await outcome(of: parent) == "ApplicationError(ChildWorkflowAlreadyStartedError)")
            try await expectHistory(
                parent,
                [
                    "WorkflowExecutionStarted Parent",
                    "WorkflowTask",
                    "StartChildWorkflowExecutionInitiated Child terminate",
                    "StartChildWorkflowExecutionFailed Child workflowAlreadyExists",
                    "WorkflowTask",
                    "WorkflowExecutionFailed application(ChildWorkflowAlreadyStartedError) retryPolicyNotSet",
                ]
            )
            try await other.terminate()
        }
    }

    @Test(arguments: Backend.available)
    func `a child is tried again, and the parent gets the last result`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Parent.self, Child.self]) { scene in
            let (parent, child) = try await scene.startFamily(Upbringing(attempts: 2))
            let first = try await child.describe().runID
            try await child.signal(Child.end, "again")
            // The next run of a chain begins a second after the one before.
            try await scene.sleep(.seconds(2))
            #expect(try await child.describe().runID != first)
            try await child.signal(Child.end, "again")
            #expect(try await parent.result() == "child: again")
            try await expectHistory(
                parent,
                beginning + ["ChildWorkflowExecutionCompleted", "WorkflowTask", "WorkflowExecutionCompleted"]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a child continues as new, and the handle follows it`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Following.self, Child.self]) { scene in
            let id = Upbringing().id
            let parent = try await scene.start(Following.self, id)
            #expect(try await parent.result() == "next child: last, twice the same")
            try await expectHistory(
                parent,
                [
                    "WorkflowExecutionStarted Following",
                    "WorkflowTask",
                    "StartChildWorkflowExecutionInitiated Child terminate",
                    "ChildWorkflowExecutionStarted Child",
                    "WorkflowTask",
                    "SignalExternalWorkflowExecutionInitiated end of a child",
                    "ExternalWorkflowExecutionSignaled",
                    "WorkflowTask",
                    "TimerStarted 1 2.0 seconds",
                    "TimerFired 1",
                    "WorkflowTask",
                    "SignalExternalWorkflowExecutionInitiated end of a child",
                    "ExternalWorkflowExecutionSignaled",
                    "WorkflowTaskScheduled",
                    "ChildWorkflowExecutionCompleted",
                    "WorkflowTaskStarted",
                    "WorkflowTaskCompleted",
                    "WorkflowExecutionCompleted",
                ],
                // The child may end before or after the parent hears that the signal arrived.
                of: { $0.filter { !$0.hasPrefix("WorkflowTask") } }
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a cron child gives the result of none of its runs, and ends with its parent`(_ backend: Backend) async throws
    {
        try await withScene(backend, workflows: [Parent.self, Child.self]) { scene in
            let plan = Upbringing(cronSchedule: "@every 1s")
            let parent = try await scene.start(Parent.self, plan, false)
            let child: WorkflowHandle<Child> = scene.client.workflowHandle(id: plan.id)
            try await scene.eventually { try await parent.describe().historyLength == 9 }
            let first = try await child.describe().runID
            try await child.signal(Child.end, "once")
            // The first run is due a second after its start.
            try await scene.sleep(.seconds(2))
            try await scene.eventually { try await child.describe().runID != first }
            try await parent.terminate()
            try await scene.eventually { try await child.describe().status == .terminated }
            try await expectHistory(parent, beginning + ["WorkflowExecutionTerminated by conformance"])
        }
    }

    @Test(arguments: Backend.available)
    func `a child has the options that its parent gave`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Generous.self, Inspected.self]) { scene in
            let id = Upbringing().id
            let parent = try await scene.start(Generous.self, id)
            let found = try await parent.result()
            #expect(
                found.child == [
                    "id \(id)", "type Inspected", "parent \(parent.id) \(try #require(parent.resultRunID))",
                    "root \(parent.id)", "execution 60.0 seconds", "run 50.0 seconds", "task 5.0 seconds",
                    "attempts 3", "memo kept", "cron none", "continues nothing",
                ]
            )
            // An id that is made for the child is a UUID, and of this run.
            #expect(found.grandchild == ["root \(parent.id)", "parent \(id)"])
            #expect(UUID(uuidString: found.grandchildID) != nil)
            let description = try await scene.client.workflowHandle(id: id).describe()
            #expect(try description.staticSummary() == "a summary")
        }
    }

    @Test(arguments: Backend.available)
    func `a child known by name only`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Naming.self, Inspected.self, Child.self]) { scene in
            let parent = try await scene.start(Naming.self)
            #expect(
                try await parent.result()
                    == "Inspected, then ChildWorkflowError(Child, retryPolicyNotSet) "
                    + "< ApplicationError(Broken, nonRetryable)"
            )
        }
    }
}

/// Signals its child so that it continues as new, signals it again, and asks for the result more than once.
@Workflow private actor Following {
    func run(_ id: String) async throws -> String {
        let child = try await context.startChildWorkflow(
            Child.self,
            "child",
            options: ChildWorkflowOptions(id: id)
        )
        try await child.signal(Child.end, "continue")
        // The next run of a chain begins a second after the one before.
        try await context.sleep(.seconds(2))
        async let early = child.result()
        try await child.untyped.signal("end", "last")
        let first = try await early
        let second = try await child.result()
        let third = try await child.untyped.result(as: String.self)
        return first + (first == second && second == third ? ", twice the same" : ", then something else")
    }
}

private struct Findings: Codable, Sendable {
    var child: [String] = []
    var grandchild: [String] = []
    var grandchildID = ""
}

/// Gives its child all there is to give.
@Workflow private actor Generous {
    func run(_ id: String) async throws -> Findings {
        try await context.executeChildWorkflow(
            Inspected.self,
            true,
            options: ChildWorkflowOptions(
                id: id,
                taskQueue: context.info.taskQueue,
                executionTimeout: .seconds(60),
                runTimeout: .seconds(50),
                taskTimeout: .seconds(5),
                idReusePolicy: .rejectDuplicate,
                retryPolicy: RetryPolicy(maximumAttempts: 3),
                memo: ["note": "kept"],
                staticSummary: "a summary",
                staticDetails: "details"
            )
        )
    }
}

/// Says what it knows of itself, and of a child of its own.
@Workflow private actor Inspected {
    func run(_ isFirst: Bool) async throws -> Findings {
        let info = context.info
        guard isFirst else {
            return Findings(
                grandchild: ["root \(info.root.workflowID)", "parent \(info.parent?.workflowID ?? "none")"],
                grandchildID: info.workflowID
            )
        }
        var findings = try await context.executeChildWorkflow(Inspected.self, false)
        findings.child = [
            "id \(info.workflowID)", "type \(info.workflowType)",
            "parent \(info.parent?.workflowID ?? "none") \(info.parent?.runID ?? "none")",
            "root \(info.root.workflowID)", "execution \(info.executionTimeout ?? .zero)",
            "run \(info.runTimeout ?? .zero)", "task \(info.taskTimeout)",
            "attempts \(info.retryPolicy?.maximumAttempts ?? 0)",
            "memo \(try context.memo("note", as: String.self) ?? "none")", "cron \(info.cronSchedule ?? "none")",
            "continues \(info.continuedRunID ?? "nothing")",
        ]
        return findings
    }
}

/// Runs children by the names of their types.
@Workflow private actor Naming {
    func run() async throws -> String {
        let findings = try await context.executeChildWorkflow(named: "Inspected", false, returning: Findings.self)
        let name = findings.grandchild.isEmpty ? "nothing" : "Inspected"
        do {
            let child = try await context.startChildWorkflow(named: "Child", "unruly")
            try await child.signal("end", "fail")
            return "\(name), then \(try await child.result(as: String.self))"
        } catch let error as ChildWorkflowError {
            return "\(name), then \(describe(error))"
        }
    }
}
