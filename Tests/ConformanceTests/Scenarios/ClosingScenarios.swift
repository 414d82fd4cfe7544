import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker
import Testing

/// What becomes of messages that come while a run ends.
@Suite(.timeLimit(.minutes(2))) struct ClosingScenarios {
    @Test(arguments: Backend.available)
    func `a signal that comes as a run completes is handled first`(_ backend: Backend) async throws {
        try await withGate(backend) { scene, gate in
            let handle = try await scene.start(Hasty.self, gate.id, false, [])
            try await scene.eventually { gate.isReached }
            try await handle.signal(Hasty.add, "late")
            gate.open()
            #expect(try await handle.result() == ["late"])
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Hasty",
                    "WorkflowTaskScheduled",
                    "WorkflowTaskStarted",
                    "WorkflowTaskFailed unhandledCommand server",
                    "WorkflowExecutionSignaled add",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `an update that comes as a run continues as new waits for the next run`(_ backend: Backend) async throws {
        try await withGate(backend) { scene, gate in
            let (handle, update) = try await orderLate(scene, gate, continues: true)
            #expect(try await update.value == "late in a later run")
            #expect(try await handle.result() == ["late in a later run"])
            try await expectHistory(
                scene.run(handle),
                [
                    "WorkflowExecutionStarted Hasty",
                    "WorkflowTask",
                    "WorkflowExecutionContinuedAsNew Hasty by unspecified",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `an update that comes as a run completes is told that it came too late`(_ backend: Backend) async throws {
        try await withGate(backend) { scene, gate in
            let (handle, update) = try await orderLate(scene, gate, continues: false)
            #expect(try await handle.result() == [])
            await #expect(throws: WorkflowNotFoundError.self) { try await update.value }
            try await expectHistory(
                handle,
                ["WorkflowExecutionStarted Hasty", "WorkflowTask", "WorkflowExecutionCompleted"]
            )
        }
    }

    /// Sends an update to a run that the gate holds, and lets it go on when the service has the update.
    private func orderLate(
        _ scene: Scene,
        _ gate: Gate,
        continues: Bool
    ) async throws -> (workflow: WorkflowHandle<Hasty>, update: Task<String, any Error>) {
        let handle = try await scene.start(Hasty.self, gate.id, continues, [])
        try await scene.eventually { gate.isReached }
        let update = Task { try await handle.executeUpdate(Hasty.order, "late", id: "order") }
        try await scene.eventually { try await scene.hasUpdate("order", handle.id) }
        gate.open()
        return (handle, update)
    }

    private func withGate(_ backend: Backend, _ body: (Scene, Gate) async throws -> Void) async throws {
        let gate = Gate()
        Hasty.gates.add(gate)
        try await withScene(backend, workflows: [Hasty.self], configure: { $0.deadlockTimeout = .seconds(8) }) {
            try await body($0, gate)
        }
    }
}

/// Ends with its first task, which the gate holds: as completed, or to continue as new with what it was sent. A run that
/// continues another waits until something was sent.
@Workflow private actor Hasty {
    static let gates = Gates()
    private var texts: [String] = []

    func run(_ gate: String, _ continues: Bool, _ found: [String]) async throws -> [String] {
        if context.info.continuedRunID != nil {
            try await context.waitCondition { !(found + self.texts).isEmpty }
            return found + texts
        }
        Self.gates.pass(gate)
        if continues { try context.continueAsNew(Hasty.self, gate, continues, texts) }
        return texts
    }

    @Signal func add(_ text: String) { texts.append(text) }

    @Update func order(_ text: String) -> String {
        let text = "\(text) in \(context.info.continuedRunID == nil ? "the first" : "a later") run"
        texts.append(text)
        return text
    }
}

extension Scene {
    /// Whether the service knows of an update of a workflow, accepted or not.
    fileprivate func hasUpdate(_ id: String, _ workflowID: String) async throws -> Bool {
        var request = APIPollWorkflowExecutionUpdateRequest()
        request.namespace = client.namespace
        request.updateRef.workflowExecution.workflowID = workflowID
        request.updateRef.updateID = id
        do {
            _ = try await client.service.call(.pollWorkflowExecutionUpdate, request, options: .default)
            return true
        } catch let error as RPCError where error.code == .notFound {
            return false
        }
    }
}
