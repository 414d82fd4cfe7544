import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct WorkflowUpdateTests {
    private let script = ScriptedService()
    private let raise = UpdateReference<Greeter, Int, Int>(name: "raise")

    private var client: TemporalClient {
        TemporalClient(service: script, namespace: "space", identity: "me")
    }

    private var handle: WorkflowHandle<Greeter> {
        client.workflowHandle(id: "w", firstExecutionRunID: "r0")
    }

    private func outcome(_ value: Int) throws -> APIUpdateOutcome {
        let payload = try PayloadConverter().encode(value)
        return .with { $0.success = APIPayloads([payload]) }
    }

    private func accept(_ request: APIUpdateWorkflowExecutionRequest) -> APIUpdateWorkflowExecutionResponse {
        .with {
            $0.stage = .accepted
            $0.updateRef.updateID = request.request.meta.updateID
            $0.updateRef.workflowExecution.runID = "r1"
        }
    }

    @Test func `the same request is made until the update is accepted, and the outcome is polled for`() async throws {
        let outcome = try outcome(12)
        script.answer(.updateWorkflowExecution) { _ in .with { $0.stage = .admitted } }
        script.answer(.updateWorkflowExecution) { accept($0) }
        script.answer(.pollWorkflowExecutionUpdate) { _ in .init() }
        script.answer(.pollWorkflowExecutionUpdate) { _ in .with { $0.outcome = outcome } }
        #expect(try await handle.executeUpdate(raise, 5) == 12)
        let sent = script.requests(.updateWorkflowExecution)
        #expect(sent.count == 2)
        #expect(sent[0] == sent[1])
        #expect(sent[0].namespace == "space")
        #expect(sent[0].workflowExecution.workflowID == "w")
        #expect(sent[0].firstExecutionRunID == "r0")
        #expect(sent[0].waitPolicy.lifecycleStage == .accepted)
        #expect(sent[0].request.meta.identity == "me")
        #expect(!sent[0].request.meta.updateID.isEmpty)
        #expect(sent[0].request.input.name == "raise")
        #expect(sent[0].request.input.args == APIPayloads([try PayloadConverter().encode(5)]))
        let polls = script.requests(.pollWorkflowExecutionUpdate)
        #expect(polls.count == 2)
        #expect(polls[0].updateRef.workflowExecution.runID == "r1")
        #expect(polls[0].updateRef.updateID == sent[0].request.meta.updateID)
        #expect(polls[0].waitPolicy.lifecycleStage == .completed)
    }

    @Test func `an outcome that comes with the start is not polled for`() async throws {
        let outcome = try outcome(3)
        script.answer(.updateWorkflowExecution) { _ in
            .with {
                $0.stage = .completed
                $0.outcome = outcome
            }
        }
        let update = try await handle.startUpdate(raise, 1, id: "mine")
        #expect(update.id == "mine")
        #expect(try await update.result() == 3)
        #expect(script.requests(.pollWorkflowExecutionUpdate).isEmpty)
    }

    @Test func `each way to have no result is an error of its own`() async throws {
        script.answer(.updateWorkflowExecution) { _ in
            .with {
                $0.stage = .completed
                $0.outcome.failure = FailureConverter().failure(ApplicationError("no", type: "Refused"))
            }
        }
        let failed = await #expect(throws: WorkflowUpdateFailedError.self) { try await handle.executeUpdate(raise, 1) }
        #expect((failed?.cause as? ApplicationError)?.type == "Refused")
        script.answer(.pollWorkflowExecutionUpdate) { _ in throw RPCError(code: .notFound, message: "no such update") }
        let absent = await #expect(throws: WorkflowUpdateNotFoundError.self) {
            try await handle.updateHandle(raise, id: "u").result()
        }
        #expect(absent?.updateID == "u")
        script.answer(.pollWorkflowExecutionUpdate) { _ in throw RPCError(code: .permissionDenied, message: "not you") }
        await #expect(throws: WorkflowUpdateNotFoundError.self) {
            try await handle.updateHandle(raise, id: "u").result()
        }
        await #expect(throws: PermissionDeniedError.self) { try await handle.updateHandle(raise, id: "u").result() }
    }

    @Test func `a closed workflow is not found`() async throws {
        script.answer(.updateWorkflowExecution) { _ in
            throw RPCError(code: .notFound, message: "workflow execution already completed")
        }
        let error = await #expect(throws: WorkflowNotFoundError.self) { try await handle.executeUpdate(raise, 1) }
        #expect(error?.message == "workflow execution already completed")
    }

    @Test func `update-with-start reports the operation that failed`() async throws {
        var started = Google_Protobuf_Any()
        started = try Google_Protobuf_Any(message: APIWorkflowExecutionAlreadyStartedFailure.with { $0.runID = "r7" })
        let aborted = Google_Protobuf_Any.with {
            $0.typeURL = "type.googleapis.com/temporal.api.failure.v1.MultiOperationExecutionAborted"
        }
        let detail = APIMultiOperationExecutionFailure.with {
            $0.statuses = [
                .with {
                    $0.code = 6
                    $0.message = "there already"
                    $0.details = [started]
                },
                .with {
                    $0.code = 10
                    $0.details = [aborted]
                },
            ]
        }
        script.answer(.executeMultiOperation) { _ in
            throw RPCError(code: .alreadyExists, message: "both failed", detail: detail)
        }
        let error = await #expect(throws: WorkflowAlreadyStartedError.self) {
            try await client.executeUpdateWithStart(
                Greeter.self,
                "Bob",
                2,
                update: raise,
                updateInput: 1,
                options: WorkflowOptions(id: "w", taskQueue: "q")
            )
        }
        #expect(error?.runID == "r7")
        let request = try #require(script.requests(.executeMultiOperation).first)
        #expect(request.operations.count == 2)
        #expect(request.operations[0].startWorkflow.workflowID == "w")
        #expect(request.operations[1].updateWorkflow.workflowExecution.workflowID == "w")
    }
}
