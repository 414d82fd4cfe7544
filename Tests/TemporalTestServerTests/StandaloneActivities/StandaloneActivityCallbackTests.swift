import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// Activities without a workflow whose end somebody is told: the callers of Nexus operations that go on as the activity.
@Suite(.timeLimit(.minutes(1)), .storesEverything) struct StandaloneActivityCallbackTests {
    private let script = Script()

    /// Starts a workflow that calls a Nexus operation, and returns the request that its handler gets.
    private func callOperation(_ id: String = "caller") async throws -> APINexusStartOperationRequest {
        if try await script.call(.listNexusEndpoints, { _ in }).endpoints.isEmpty {
            _ = try await script.call(.createNexusEndpoint) {
                $0.spec.name = "desk"
                $0.spec.target.worker.namespace = "default"
                $0.spec.target.worker.taskQueue = "q"
            }
        }
        try await schedule(id)
        let task = try await script.call(.pollNexusTaskQueue) {
            $0.namespace = "default"
            $0.taskQueue.name = "q"
        }
        _ = try await script.call(.respondNexusTaskCompleted) {
            $0.namespace = "default"
            $0.taskToken = task.taskToken
            $0.response.startOperation.asyncSuccess.operationToken = "token"
        }
        return task.request.startOperation
    }

    /// Starts a workflow that calls a Nexus operation.
    private func schedule(_ id: String) async throws {
        try await script.start(id)
        var task = try await script.pollWorkflow()
        // Others have learned of the ends of their operations meanwhile.
        while task.workflowExecution.workflowID != id {
            try await script.complete(task)
            task = try await script.pollWorkflow()
        }
        let command = APICommand.with {
            $0.commandType = .scheduleNexusOperation
            $0.scheduleNexusOperationCommandAttributes.endpoint = "desk"
            $0.scheduleNexusOperationCommandAttributes.service = "Service"
            $0.scheduleNexusOperationCommandAttributes.operation = "operation"
        }
        try await script.complete(task, [command])
    }

    private func callback(for request: APINexusStartOperationRequest) -> APICallback {
        .with {
            $0.nexus.url = request.callback
            $0.nexus.header = request.callbackHeader
        }
    }

    @Test func `the end of the activity is the end of the operation, with a link to the activity`() async throws {
        let request = try await callOperation()
        let run = try await script.startActivity { $0.completionCallbacks = [self.callback(for: request)] }.runID
        #expect(try await describe().map(\.info.state) == [.standby])
        try await script.completeActivity(try await script.pollActivity().taskToken)
        let last = try #require(script.history("caller").first { $0.eventType == .nexusOperationCompleted })
        #expect(String(decoding: last.nexusOperationCompletedEventAttributes.result.data, as: UTF8.self) == "done")
        let infos = try await describe()
        #expect(infos.map(\.info.state) == [.succeeded] && infos.map(\.info.attempt) == [1])
        #expect(infos.first?.info.hasLastAttemptCompleteTime == true)
        #expect(!run.isEmpty)
    }

    @Test func `what the caller hears of first is the link, if the activity ends before the handler answers`()
        async throws
    {
        _ = try await callOperation("before")
        try await schedule("caller")
        let request = try await script.call(.pollNexusTaskQueue) {
            $0.namespace = "default"
            $0.taskQueue.name = "q"
        }
        .request.startOperation
        let run = try await script.startActivity { $0.completionCallbacks = [self.callback(for: request)] }.runID
        try await script.completeActivity(try await script.pollActivity().taskToken)
        let started = try #require(script.history("caller").first { $0.eventType == .nexusOperationStarted })
        #expect(
            started.links == [
                .with {
                    $0.activity.namespace = "default"
                    $0.activity.activityID = "a"
                    $0.activity.runID = run
                }
            ]
        )
        #expect(script.types("caller").contains(.nexusOperationCompleted))
    }

    @Test func `an activity that fails or is cancelled ends the operation so`() async throws {
        let failing = callback(for: try await callOperation("one"))
        try await script.startActivity("one") { $0.completionCallbacks = [failing] }
        try await script.failActivity(try await script.pollActivity().taskToken, nonRetryable: true)
        let failed = try #require(script.history("one").first { $0.eventType == .nexusOperationFailed })
        let cause = failed.nexusOperationFailedEventAttributes.failure.cause
        #expect(cause.message == "failed" || cause.cause.message == "failed")

        let stopping = callback(for: try await callOperation("two"))
        try await script.startActivity("two") { $0.completionCallbacks = [stopping] }
        let token = try await script.pollActivity().taskToken
        try await script.cancelActivity("two")
        try await script.respondCanceled(token)
        #expect(script.types("two").contains(.nexusOperationCanceled))
    }

    @Test func `a start that finds the activity adds its callback and its links, once`() async throws {
        let first = callback(for: try await callOperation("one"))
        let second = callback(for: try await callOperation("two"))
        let link = APILink.with { $0.batchJob.jobID = "job" }
        let run = try await script.startActivity { $0.completionCallbacks = [first] }.runID
        for _ in 0..<2 {
            let again = try await script.startActivity {
                $0.requestID = "again"
                $0.idConflictPolicy = .useExisting
                $0.onConflictOptions.attachRequestID = true
                $0.onConflictOptions.attachCompletionCallbacks = true
                $0.onConflictOptions.attachLinks = true
                $0.completionCallbacks = [second]
                $0.links = [link]
            }
            #expect(again.runID == run && !again.started)
        }
        #expect(try await describe().count == 2)
        #expect(try await script.describeActivity().links == [link])
        try await script.completeActivity(try await script.pollActivity().taskToken)
        for id in ["one", "two"] { #expect(script.types(id).contains(.nexusOperationCompleted)) }
    }

    @Test func `a callback that nobody waits for any more fails`() async throws {
        let request = try await callOperation()
        _ = try await script.call(.terminateWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = "caller"
        }
        try await script.startActivity { $0.completionCallbacks = [self.callback(for: request)] }
        try await script.completeActivity(try await script.pollActivity().taskToken)
        let info = try #require(try await describe().first?.info)
        #expect(info.state == .failed && info.lastAttemptFailure.message.contains("operation not found"))
        #expect(try await script.describeActivity().status == .completed)
    }

    private func describe() async throws -> [APIActivityCallbackInfo] {
        try await script.call(.describeActivityExecution) {
            $0.namespace = "default"
            $0.activityID = "a"
        }
        .callbacks
    }
}
