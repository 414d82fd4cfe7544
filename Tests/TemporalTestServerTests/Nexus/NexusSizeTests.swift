import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// How much an operation may be given, and may answer.
@Suite(.timeLimit(.minutes(1))) struct NexusSizeTests {
    private let script = Script()

    /// A payload whose binary form is one byte too large.
    private static let large = APIPayload.with { $0.data = Data(count: 2 * 1024 * 1024 - 3) }

    /// Calls an operation.
    private func callOperation(_ input: APIPayload) async throws {
        _ = try await script.call(.createNexusEndpoint) {
            $0.spec.name = "desk"
            $0.spec.target.worker.namespace = "default"
            $0.spec.target.worker.taskQueue = "q"
        }
        try await script.start()
        let command = APICommand.with {
            $0.commandType = .scheduleNexusOperation
            $0.scheduleNexusOperationCommandAttributes.endpoint = "desk"
            $0.scheduleNexusOperationCommandAttributes.service = "Service"
            $0.scheduleNexusOperationCommandAttributes.operation = "operation"
            $0.scheduleNexusOperationCommandAttributes.input = input
        }
        try await script.step(command)
    }

    @Test func `an input that is too large ends the run`() async throws {
        let error = await refusal { try await callOperation(Self.large) }
        #expect(
            error?.message
                == "BadScheduleNexusOperationAttributes: ScheduleNexusOperationCommandAttributes.Input exceeds size limit"
        )
        #expect(script.types().last == .workflowExecutionTerminated)
    }

    @Test func `a result that is too large fails the operation`() async throws {
        try await callOperation(.init())
        let task = try await script.call(.pollNexusTaskQueue) {
            $0.namespace = "default"
            $0.taskQueue.name = "q"
        }
        _ = try await script.call(.respondNexusTaskCompleted) {
            $0.namespace = "default"
            $0.taskToken = task.taskToken
            $0.response.startOperation.syncSuccess.payload = Self.large
        }
        let failed = try #require(script.history().last { $0.eventType == .nexusOperationFailed })
        let cause = failed.nexusOperationFailedEventAttributes.failure.cause
        #expect(cause.message == "http: response body too large")
        #expect(cause.applicationFailureInfo.type == "CallError" && cause.applicationFailureInfo.nonRetryable)
    }
}
