import Foundation
import Temporal
import TemporalClient
import Testing

/// Waits to be told how to end.
@Workflow actor Child {
    private var ending: String?

    func run(_ name: String) async throws -> String {
        do {
            try await context.waitCondition { self.ending != nil }
        } catch is CancellationError where name == "stubborn" {
            _ = try await context.withoutCancellation { try await self.context.waitCondition { self.ending != nil } }
        }
        guard let ending else { return "" }
        switch ending {
        case "fail": throw ApplicationError("the child broke", type: "Broken", nonRetryable: true)
        case "again" where context.info.attempt == 1: throw ApplicationError("try again", type: "Flaky")
        case "continue": try context.continueAsNew(Child.self, "next \(name)")
        default: return "\(name): \(ending)"
        }
    }

    @Signal func end(_ how: String) { ending = how }
}

/// How a parent is to treat its child.
struct Upbringing: Codable, Sendable {
    /// The id of the child.
    var id = "child-\(UUID().uuidString.lowercased())"
    /// What the child is given.
    var name = "child"
    var cancellation = ""
    var policy = ""
    /// In milliseconds.
    var runTimeout: Int?
    var attempts: Int?
    var cronSchedule: String?
    /// Whether the parent stays until it is told to leave after it has given up waiting.
    var lingers = false

    var options: ChildWorkflowOptions {
        let cancellations: [String: ChildWorkflowCancellationType] = [
            "abandon": .abandon, "try": .tryCancel, "requested": .waitCancellationRequested,
        ]
        let policies: [String: ParentClosePolicy] = ["abandon": .abandon, "requestCancel": .requestCancel]
        return ChildWorkflowOptions(
            id: id,
            runTimeout: runTimeout.map { .milliseconds($0) },
            retryPolicy: attempts.map { RetryPolicy(initialInterval: .milliseconds(10), maximumAttempts: $0) },
            cronSchedule: cronSchedule,
            parentClosePolicy: policies[policy] ?? .terminate,
            cancellation: cancellations[cancellation] ?? .waitCancellationCompleted
        )
    }
}

/// Runs a child. It stops waiting for it when told to, and says how that ended.
@Workflow actor Parent {
    private var isStopped = false
    private var isDone = false
    private var mayLeave = false

    func run(_ plan: Upbringing, _ passesOn: Bool) async throws -> String {
        let child = Task {
            try await context.executeChildWorkflow(Child.self, plan.name, options: plan.options)
        }
        let stopper = Task {
            try await context.waitCondition { self.isStopped || self.isDone }
            if isStopped { child.cancel() }
        }
        defer { isDone = true }
        do {
            let result = try await withTaskCancellationHandler {
                try await child.value
            } onCancel: {
                child.cancel()
            }
            isDone = true
            try await stopper.value
            return result
        } catch let error as any TemporalError where !passesOn {
            isDone = true
            try await stopper.value
            if plan.lingers { try await context.waitCondition { self.mayLeave } }
            return describe(error)
        }
    }

    @Signal func stop() { isStopped = true }

    @Signal func leave() { mayLeave = true }
}

extension Scene {
    /// Starts a parent, and waits until its child has started and the parent waits for it.
    func startFamily(
        _ plan: Upbringing,
        passesOn: Bool = false
    ) async throws -> (parent: WorkflowHandle<Parent>, child: WorkflowHandle<Child>) {
        let parent = try await start(Parent.self, plan, passesOn)
        try await eventually { try await parent.describe().historyLength == 9 }
        return (parent, client.workflowHandle(id: plan.id))
    }
}
