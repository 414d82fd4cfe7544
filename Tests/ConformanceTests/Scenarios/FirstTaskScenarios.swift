import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

/// Runs whose first workflow task waits: for a start delay or a cron schedule.
@Suite(.timeLimit(.minutes(1))) struct FirstTaskScenarios {
    private static let waits: [@Sendable (inout APIStartWorkflowExecutionRequest) -> Void] = [
        { $0.workflowStartDelay.seconds = 3600 }, { $0.cronSchedule = "0 0 1 1 *" },
    ]

    private func start(
        _ backend: Backend,
        _ wait: (inout APIStartWorkflowExecutionRequest) -> Void
    ) async throws -> (Scene, RawWorker, String) {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "wait-\(UUID())"
        _ = try await worker.start(id, wait)
        return (scene, worker, id)
    }

    private static func message(_ body: some Message) throws -> APIProtocolMessage {
        try .with {
            $0.id = "u/\(type(of: body).protoMessageName)"
            $0.protocolInstanceID = "u"
            $0.body = try Google_Protobuf_Any(message: body)
        }
    }

    private func update(_ worker: RawWorker, _ id: String) -> Task<APIUpdateWorkflowExecutionResponse, any Error> {
        Task {
            try await worker.call(.updateWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = id
                $0.waitPolicy.lifecycleStage = .completed
                $0.request.meta.updateID = "u"
                $0.request.input.name = "raise"
            }
        }
    }

    private static let cancelled = APICommand.with {
        $0.commandType = .cancelWorkflowExecution
        $0.cancelWorkflowExecutionCommandAttributes = .init()
    }

    @Test(arguments: Backend.available, waits.indices)
    func `a cancellation does not wait with it, a signal does`(_ backend: Backend, _ index: Int) async throws {
        let (_, worker, id) = try await start(backend, Self.waits[index])
        try await worker.signal(id, "a")
        #expect(try await worker.history(id) == ["started", "signaled a"])
        try await worker.call(.requestCancelWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = id
        }
        #expect(try await worker.history(id) == ["started", "signaled a", "cancelRequested", "taskScheduled"])
        try await worker.step(Self.cancelled)
        #expect(try await worker.history(id).last == "canceled")
    }

    @Test(arguments: Backend.available)
    func `an update does not wait with it`(_ backend: Backend) async throws {
        let (_, worker, id) = try await start(backend, Self.waits[0])
        let response = update(worker, id)
        let task = try await worker.poll()
        #expect(task.history.events.map(\.eventID) == [1, 2, 3])
        let request = try #require(task.messages.first)
        let accepted = try APIUpdateAcceptance.with {
            $0.acceptedRequestMessageID = request.id
            $0.acceptedRequestSequencingEventID = request.eventID
            $0.acceptedRequest = try APIUpdateRequest(unpackingAny: request.body)
        }
        let completed = APIUpdateResponse.with {
            $0.meta.updateID = "u"
            $0.outcome.success = .init()
        }
        try await worker.complete(task, messages: [Self.message(accepted), Self.message(completed)])
        _ = try await response.value
        #expect(
            try await worker.history(id) == [
                "started", "taskScheduled", "taskStarted", "taskCompleted", "updateAccepted", "updateCompleted",
            ]
        )
        try await terminate(worker, id)
    }

    @Test(arguments: Backend.available)
    func `after an update that was rejected the first task waits as before`(_ backend: Backend) async throws {
        let (scene, worker, id) = try await start(backend) { $0.workflowStartDelay.seconds = 3 }
        let response = update(worker, id)
        let task = try await worker.poll()
        let rejection = APIUpdateRejection.with {
            $0.rejectedRequestMessageID = "u/request"
            $0.failure.message = "no"
        }
        try await worker.complete(task, messages: [Self.message(rejection)])
        #expect(try await response.value.outcome.failure.message == "no")
        #expect(try await worker.history(id) == ["started"])
        try await scene.sleep(.seconds(3))
        let first = try await worker.poll()
        #expect(first.history.events.map(\.eventID) == [1, 2, 3])
        try await worker.complete(first, [.completion])
    }

    private func terminate(_ worker: RawWorker, _ id: String) async throws {
        try await worker.call(.terminateWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = id
        }
    }
}
