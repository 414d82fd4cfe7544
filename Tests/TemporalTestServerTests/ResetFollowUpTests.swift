import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// What is done to the new run of a reset before a worker sees it.
@Suite(.timeLimit(.minutes(1)), .storesEverything) struct ResetFollowUpTests {
    private let script = Script()

    @discardableResult
    private func reset(_ operations: [APIWorkflowPostResetOperation]) async throws -> String {
        try await script.call(.resetWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = "w"
            $0.workflowTaskFinishEventID = 4
            $0.requestID = "request"
            $0.postResetOperations = operations
        }
        .runID
    }

    private func change(
        _ paths: [String],
        _ fill: (inout APIWorkflowWorkflowExecutionOptions) -> Void
    ) -> APIWorkflowPostResetOperation {
        .with {
            fill(&$0.updateWorkflowOptions.workflowExecutionOptions)
            $0.updateWorkflowOptions.updateMask.paths = paths
        }
    }

    private static let signal = APIWorkflowPostResetOperation.with { $0.signalWorkflow.signalName = "go" }

    @Test func `it comes before the workflow task`() async throws {
        try await script.start()
        try await script.step()
        let automatic = change(["versioning_override"]) { $0.versioningOverride.autoUpgrade = true }
        let waiting = Task { try await script.pollWorkflow() }
        await script.waits(1)
        let run = try await reset([Self.signal, automatic])
        let task = try await waiting.value
        #expect(task.workflowExecution.runID == run)
        #expect(
            task.history.events.map(\.eventType).suffix(4) == [
                .workflowExecutionSignaled, .workflowExecutionOptionsUpdated, .workflowTaskScheduled,
                .workflowTaskStarted,
            ]
        )
        let versioning = try await script.describe().workflowExecutionInfo.versioningInfo
        #expect(versioning.versioningOverride.autoUpgrade)
        try HistoryValidator.validate(script.history())
    }

    @Test func `a reset with one that cannot be done does nothing`() async throws {
        let run = try await script.start().runID
        try await script.step()
        let count = script.history().count
        let wrong: [(APIWorkflowPostResetOperation, String)] = [
            (.init(), "post reset operation has no variant set"),
            (.with { $0.signalWorkflow = .init() }, "SignalName is not set on request."),
            (
                change(["bogus"]) { $0.priority.priorityKey = 1 },
                "error parsing UpdateMask: proto: invalid path \"bogus\" for message "
                    + "\"temporal.api.workflow.v1.WorkflowExecutionOptions\""
            ),
            (change(["priority"]) { $0.priority.priorityKey = -1 }, "priority key can't be negative"),
            (
                change(["versioning_override"]) { $0.versioningOverride.pinned.behavior = .pinned },
                "must provide version if override is pinned."
            ),
        ]
        for (operation, message) in wrong {
            let error = await refusal { try await reset([Self.signal, operation]) }
            #expect(error?.code == .invalidArgument && error?.message == message)
        }
        let now = try await script.describe().workflowExecutionInfo
        #expect(now.execution.runID == run && now.status == .running)
        #expect(script.history().count == count)
    }
}
