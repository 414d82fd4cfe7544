import Foundation
import Temporal
import TemporalClient
import TemporalWorker
import Testing

/// How workflow code signals and cancels other workflows.
@Suite(.timeLimit(.minutes(2))) struct ExternalScenarios {
    @Test(arguments: Backend.available)
    func `a workflow signals another`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Caller.self, Child.self]) { scene in
            let target = try await scene.start(Child.self, "target")
            let caller = try await scene.start(Caller.self, "signal", target.id, nil)
            #expect(try await caller.result() == "done")
            #expect(try await target.result() == "target: from outside")
            try await expectHistory(
                caller,
                [
                    "WorkflowExecutionStarted Caller",
                    "WorkflowTask",
                    "SignalExternalWorkflowExecutionInitiated end",
                    "ExternalWorkflowExecutionSignaled",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a workflow cancels a run of another`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Caller.self, Child.self]) { scene in
            let target = try await scene.start(Child.self, "target")
            let caller = try await scene.start(Caller.self, "cancel", target.id, target.resultRunID)
            #expect(try await caller.result() == "done")
            #expect(try await outcome(of: target) == "CancelledError")
            try await expectHistory(
                caller,
                [
                    "WorkflowExecutionStarted Caller",
                    "WorkflowTask",
                    "RequestCancelExternalWorkflowExecutionInitiated enough",
                    "ExternalWorkflowExecutionCancelRequested",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
            let requested = try await target.history().first { $0.type == "WorkflowExecutionCancelRequested" }
            #expect(requested != nil)
        }
    }

    @Test(arguments: Backend.available)
    func `a workflow that is not there is named by the error`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Caller.self, Child.self]) { scene in
            let id = "absent-\(scene.taskQueue)"
            for (request, label) in [("signal", "signal 'end'"), ("cancel", "cancellation")] {
                let caller = try await scene.start(Caller.self, request, id, nil)
                #expect(
                    try await caller.result() == "The \(label) did not reach workflow '\(id)': no such workflow runs."
                )
                let event = request == "signal" ? "SignalExternal" : "RequestCancelExternal"
                let reason = request == "signal" ? "end" : "enough"
                try await expectHistory(
                    caller,
                    [
                        "WorkflowExecutionStarted Caller",
                        "WorkflowTask",
                        "\(event)WorkflowExecutionInitiated \(reason)",
                        "\(event)WorkflowExecutionFailed externalWorkflowExecutionNotFound",
                        "WorkflowTask",
                        "WorkflowExecutionCompleted",
                    ]
                )
            }
            // The error is one that fails a workflow, not its task.
            let caller = try await scene.start(Caller.self, "rethrow", id, nil)
            #expect(try await outcome(of: caller) == "ApplicationError(ExternalWorkflowError)")
        }
    }

    @Test(arguments: Backend.available)
    func `a closed workflow is not signalled, and one that has ended need not be cancelled`(
        _ backend: Backend
    ) async throws {
        try await withScene(backend, workflows: [Caller.self, Child.self]) { scene in
            let target = try await scene.start(Child.self, "target")
            try await target.terminate()
            let signal = try await scene.start(Caller.self, "signal", target.id, nil)
            #expect(try await signal.result().hasSuffix("no such workflow runs."))
            let cancel = try await scene.start(Caller.self, "cancel", target.id, nil)
            #expect(try await cancel.result() == "done")
        }
    }

    @Test(arguments: Backend.available)
    func `a signal to a child that has ended fails`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Late.self, Quick.self]) { scene in
            let parent = try await scene.start(Late.self)
            #expect(
                try await parent.result() == "ExternalWorkflowError(signal 'end', no such workflow runs)"
            )
        }
    }

    @Test(arguments: Backend.available)
    func `requests of a run that ends with them are lost`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Hasty.self, Child.self]) { scene in
            let target = try await scene.start(Child.self, "target")
            let caller = try await scene.start(Hasty.self, target.id)
            try await caller.result()
            try await expectHistory(
                caller,
                [
                    "WorkflowExecutionStarted Hasty",
                    "WorkflowTask",
                    "SignalExternalWorkflowExecutionInitiated end",
                    "RequestCancelExternalWorkflowExecutionInitiated",
                    "WorkflowExecutionCompleted",
                ]
            )
            try await scene.sleep(.seconds(1))
            try await target.signal(Child.end, "found")
            #expect(try await target.result() == "target: found")
        }
    }

    @Test(arguments: Backend.available)
    func `requests that are cancelled in their task are never sent`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Hesitant.self]) { scene in
            let handle = try await scene.start(Hesitant.self)
            #expect(try await handle.result() == ["CancellationError", "CancellationError"])
            try await expectHistory(
                handle,
                ["WorkflowExecutionStarted Hesitant", "WorkflowTask", "WorkflowExecutionCompleted"]
            )
        }
    }
}

/// Does one thing to another workflow.
@Workflow private actor Caller {
    func run(_ request: String, _ id: String, _ runID: String?) async throws -> String {
        let other = context.externalWorkflow(id: id, runID: runID)
        do {
            switch request {
            case "cancel": try await other.cancel(reason: "enough")
            case "rethrow": try await other.signal("end", "nobody")
            default: try await other.signal(Child.end, "from outside")
            }
            return "done"
        } catch let error as ExternalWorkflowError where request != "rethrow" {
            return error.message
        }
    }
}

@Workflow private actor Quick {
    func run() {}
}

/// Signals a child that has ended.
@Workflow private actor Late {
    func run() async throws -> String {
        let child = try await context.startChildWorkflow(Quick.self)
        try await child.result()
        do {
            try await child.untyped.signal("end", "late")
            return "signalled"
        } catch let error as ExternalWorkflowError {
            return describe(error)
        }
    }
}

/// Changes its mind at once.
@Workflow private actor Hesitant {
    func run() async throws -> [String] {
        let requests = [Task { try await signal() }, Task { try await cancel() }]
        // A task of its own, so that the requests have begun.
        await Task { stop(requests) }.value
        var results: [String] = []
        for request in requests {
            do {
                try await request.value
                results.append("sent")
            } catch {
                results.append(describe(error))
            }
        }
        return results
    }

    private func signal() async throws { try await context.externalWorkflow(id: "other").signal("go") }

    private func cancel() async throws { try await context.externalWorkflow(id: "other").cancel() }

    private func stop(_ requests: [Task<Void, any Error>]) {
        for request in requests { request.cancel() }
    }
}

/// Ends with the task in which it asks.
@Workflow private actor Hasty {
    func run(_ id: String) async throws {
        _ = Task { try await signal(id) }
        _ = Task { try await cancel(id) }
        try await context.waitCondition { self.hasAsked == 2 }
    }

    private var hasAsked = 0

    private func signal(_ id: String) async throws {
        hasAsked += 1
        try await context.externalWorkflow(id: id).signal(Child.end, "lost")
    }

    private func cancel(_ id: String) async throws {
        hasAsked += 1
        try await context.externalWorkflow(id: id).cancel()
    }
}
