import Foundation
import Temporal
import TemporalClient
import TemporalWorker
import Testing

/// How children are cancelled, and what becomes of them when their parent ends.
@Suite(.timeLimit(.minutes(2))) struct ChildCancellationScenarios {
    private func beginning(_ policy: String = "terminate") -> [String] {
        [
            "WorkflowExecutionStarted Parent",
            "WorkflowTask",
            "StartChildWorkflowExecutionInitiated Child \(policy)",
            "ChildWorkflowExecutionStarted Child",
            "WorkflowTask",
        ]
    }

    private let cancelled = "ChildWorkflowError(Child, cancelRequested) < CancelledError"

    @Test(arguments: Backend.available)
    func `a child is asked to stop and waited for`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Parent.self, Child.self]) { scene in
            let (parent, child) = try await scene.startFamily(Upbringing())
            try await parent.signal(Parent.stop)
            #expect(try await parent.result() == "ChildWorkflowError(Child, unspecified) < CancelledError")
            #expect(try await child.describe().status == .cancelled)
            try await expectHistory(
                parent,
                beginning() + [
                    "WorkflowExecutionSignaled stop",
                    "WorkflowTask",
                    "RequestCancelExternalWorkflowExecutionInitiated of a child",
                    "ExternalWorkflowExecutionCancelRequested",
                    "ChildWorkflowExecutionCanceled",
                    "WorkflowExecutionCompleted",
                ],
                // The parent hears of the request and of its effect in one task or in two.
                of: withoutLaterTasks
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a child that does not stop gives its result`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Parent.self, Child.self]) { scene in
            let (parent, child) = try await scene.startFamily(Upbringing(name: "stubborn"))
            try await parent.signal(Parent.stop)
            try await scene.eventually { try await child.describe().isCancelRequested }
            try await scene.eventually { try await parent.describe().historyLength == 18 }
            try await child.signal(Child.end, "anyway")
            #expect(try await parent.result() == "stubborn: anyway")
            try await expectHistory(
                parent,
                beginning() + [
                    "WorkflowExecutionSignaled stop",
                    "WorkflowTask",
                    "RequestCancelExternalWorkflowExecutionInitiated of a child",
                    "ExternalWorkflowExecutionCancelRequested",
                    "WorkflowTask",
                    "ChildWorkflowExecutionCompleted",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a child is asked to stop, and the request waited for`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Parent.self, Child.self]) { scene in
            let plan = Upbringing(name: "stubborn", cancellation: "requested", policy: "abandon")
            let (parent, child) = try await scene.startFamily(plan)
            try await parent.signal(Parent.stop)
            #expect(try await parent.result() == cancelled)
            #expect(try await child.describe().isCancelRequested)
            try await expectHistory(
                parent,
                beginning("abandon") + [
                    "WorkflowExecutionSignaled stop",
                    "WorkflowTask",
                    "RequestCancelExternalWorkflowExecutionInitiated of a child",
                    "ExternalWorkflowExecutionCancelRequested",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
            try await child.signal(Child.end, "later")
            #expect(try await child.result() == "stubborn: later")
        }
    }

    @Test(arguments: Backend.available)
    func `a child is asked to stop and not waited for`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Parent.self, Child.self]) { scene in
            let plan = Upbringing(cancellation: "try", policy: "abandon", lingers: true)
            let (parent, child) = try await scene.startFamily(plan)
            try await parent.signal(Parent.stop)
            #expect(try await outcome(of: child) == "CancelledError")
            try await scene.eventually {
                try await parent.history().contains { $0.type == "ChildWorkflowExecutionCanceled" }
            }
            try await parent.signal(Parent.leave)
            #expect(try await parent.result() == cancelled)
            try await expectHistory(
                parent,
                beginning("abandon") + [
                    "WorkflowExecutionSignaled stop",
                    "WorkflowTask",
                    "RequestCancelExternalWorkflowExecutionInitiated of a child",
                    "ExternalWorkflowExecutionCancelRequested",
                    "ChildWorkflowExecutionCanceled",
                    "WorkflowExecutionSignaled leave",
                    "WorkflowExecutionCompleted",
                ],
                of: withoutLaterTasks
            )
        }
    }

    @Test(arguments: Backend.available)
    func `an abandoned child goes on`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Parent.self, Child.self]) { scene in
            let (parent, child) = try await scene.startFamily(Upbringing(cancellation: "abandon", policy: "abandon"))
            try await parent.signal(Parent.stop)
            #expect(try await parent.result() == cancelled)
            try await child.signal(Child.end, "alone")
            #expect(try await child.result() == "child: alone")
            #expect(try await !child.describe().isCancelRequested)
            try await expectHistory(
                parent,
                beginning("abandon") + [
                    "WorkflowExecutionSignaled stop", "WorkflowTask", "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a cancelled run cancels its child, and is cancelled by the error of the child`(_ backend: Backend)
        async throws
    {
        try await withScene(backend, workflows: [Parent.self, Child.self]) { scene in
            let (parent, child) = try await scene.startFamily(Upbringing(), passesOn: true)
            try await parent.cancel(reason: "enough")
            #expect(try await outcome(of: parent) == "CancelledError")
            #expect(try await parent.describe().status == .cancelled)
            #expect(try await child.describe().status == .cancelled)
            try await expectHistory(
                parent,
                beginning() + [
                    "WorkflowExecutionCancelRequested enough",
                    "WorkflowTask",
                    "RequestCancelExternalWorkflowExecutionInitiated of a child",
                    "ExternalWorkflowExecutionCancelRequested",
                    "ChildWorkflowExecutionCanceled",
                    "WorkflowExecutionCanceled",
                ],
                of: withoutLaterTasks
            )
        }
    }

    @Test(arguments: Backend.available)
    func `children in a group are cancelled together, by handles and before they are sent`(_ backend: Backend)
        async throws
    {
        try await withScene(backend, workflows: [Crowd.self, Child.self]) { scene in
            let parent = try await scene.start(Crowd.self)
            #expect(
                try await parent.result() == [
                    "ChildWorkflowError(Child, cancelRequested) < CancelledError", "group CancelledError",
                    "handle ChildWorkflowError(Child, unspecified) < CancelledError",
                ]
            )
            let types = try await parent.history().map(\.type)
            #expect(types.count { $0 == "StartChildWorkflowExecutionInitiated" } == 4)
            #expect(types.count { $0 == "RequestCancelExternalWorkflowExecutionInitiated" } == 4)
            #expect(types.count { $0 == "ChildWorkflowExecutionCanceled" } == 4)
        }
    }

    @Test(arguments: Backend.available)
    func `a child ends with its parent as the close policy says`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Leaving.self, Child.self]) { scene in
            for (policy, ending) in [("terminate", "TerminatedError"), ("requestCancel", "CancelledError")] {
                for isContinued in [false, true] {
                    let plan = Upbringing(policy: policy)
                    let parent = try await scene.start(Leaving.self, plan, isContinued)
                    #expect(try await parent.result() == "left")
                    let child: WorkflowHandle<Child> = scene.client.workflowHandle(id: plan.id)
                    #expect(try await outcome(of: child) == ending)
                    let first = scene.run(parent)
                    try await expectHistory(
                        first,
                        [
                            "WorkflowExecutionStarted Leaving",
                            "WorkflowTask",
                            "StartChildWorkflowExecutionInitiated Child \(policy)",
                            "ChildWorkflowExecutionStarted Child",
                            "WorkflowTask",
                            isContinued
                                ? "WorkflowExecutionContinuedAsNew Leaving by unspecified"
                                : "WorkflowExecutionCompleted",
                        ]
                    )
                }
            }
            let plan = Upbringing(policy: "abandon")
            let parent = try await scene.start(Leaving.self, plan, false)
            #expect(try await parent.result() == "left")
            let child: WorkflowHandle<Child> = scene.client.workflowHandle(id: plan.id)
            try await child.signal(Child.end, "alone")
            #expect(try await child.result() == "child: alone")
        }
    }

    /// The lines of a history without the tasks after the second.
    private func withoutLaterTasks(_ lines: [String]) -> [String] {
        guard let stop = lines.firstIndex(where: { $0.hasPrefix("RequestCancel") }) else { return lines }
        return lines[...stop] + lines[stop...].dropFirst().filter { !$0.hasPrefix("WorkflowTask") }
    }
}

/// Cancels children in several ways.
@Workflow private actor Crowd {
    func run() async throws -> [String] {
        var results: [String] = []
        // In the same task, before the server knows of it.
        let early = Task { try await context.executeChildWorkflow(Child.self, "early") }
        // A task of its own, so that the child has been asked for.
        await Task { stop(early) }.value
        do {
            results.append(try await early.value)
        } catch {
            results.append(describe(error))
        }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...3 {
                    group.addTask {
                        _ = try await self.context.executeChildWorkflow(Child.self, "number \(number)")
                    }
                }
                try await context.sleep(.seconds(1))
                group.cancelAll()
                do {
                    try await group.waitForAll()
                } catch let error as ChildWorkflowError where isCancellation(error) {
                    throw CancelledError()
                }
            }
        } catch {
            results.append("group \(describe(error))")
        }
        let child = try await context.startChildWorkflow(Child.self, "handle")
        try child.cancel(reason: "by hand")
        try child.cancel(reason: "a second time")
        do {
            results.append(try await child.result())
        } catch {
            results.append("handle \(describe(error))")
        }
        return results
    }

    private func stop(_ task: Task<String, any Error>) { task.cancel() }
}

/// Leaves its child alone when that has started.
@Workflow private actor Leaving {
    func run(_ plan: Upbringing, _ isContinued: Bool) async throws -> String {
        if context.info.continuedRunID == nil {
            _ = try await context.startChildWorkflow(Child.self, plan.name, options: plan.options)
            if isContinued { try context.continueAsNew(Leaving.self, plan, isContinued) }
        }
        return "left"
    }
}
