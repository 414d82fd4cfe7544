import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

/// Requests that lack something, or name what is not there.
@Suite(.timeLimit(.minutes(1))) struct RequestScenarios {
    /// The error of a call, in one line.
    private func refusal<Request, Response>(
        _ scene: Scene,
        _ method: ServiceMethod<Request, Response>,
        _ fill: (inout Request) -> Void
    ) async -> String {
        do {
            try await RawWorker(scene).call(method, fill)
            return "none"
        } catch let error as RPCError {
            return "\(error.code): \(error.message)"
        } catch {
            return "\(error)"
        }
    }

    private static let absent = "notFound: Namespace absent is not found."
    private static let empty = "invalidArgument: Namespace is empty."
    private static let noExecution = "invalidArgument: Execution is not set on request."
    private static let noWorkflow = "invalidArgument: WorkflowId is not set on request."
    private static let noToken = "invalidArgument: Task token not set on request."

    @Test(arguments: Backend.available)
    func `the namespace is looked at first`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        for (namespace, expected) in [("", Self.empty), ("absent", Self.absent)] {
            let refusals = await [
                refusal(scene, .startWorkflowExecution) { $0.namespace = namespace },
                refusal(scene, .signalWorkflowExecution) { $0.namespace = namespace },
                refusal(scene, .signalWithStartWorkflowExecution) { $0.namespace = namespace },
                refusal(scene, .updateWorkflowExecution) { $0.namespace = namespace },
                refusal(scene, .executeMultiOperation) { $0.namespace = namespace },
                refusal(scene, .queryWorkflow) { $0.namespace = namespace },
                refusal(scene, .describeWorkflowExecution) { $0.namespace = namespace },
                refusal(scene, .getWorkflowExecutionHistory) { $0.namespace = namespace },
                refusal(scene, .resetWorkflowExecution) { $0.namespace = namespace },
                refusal(scene, .listWorkflowExecutions) { $0.namespace = namespace },
                refusal(scene, .createSchedule) { $0.namespace = namespace },
                refusal(scene, .startBatchOperation) { $0.namespace = namespace },
                refusal(scene, .pollActivityTaskQueue) { $0.namespace = namespace },
                refusal(scene, .describeTaskQueue) { $0.namespace = namespace },
                refusal(scene, .recordActivityTaskHeartbeatById) { $0.namespace = namespace },
            ]
            #expect(Set(refusals) == [expected])
        }
        #expect(await refusal(scene, .addSearchAttributes) { $0.namespace = "absent" } == Self.absent)
        #expect(
            await refusal(scene, .addSearchAttributes) { _ in }
                == "invalidArgument: SearchAttributes are not set on request."
        )
        #expect(
            await refusal(scene, .listSearchAttributes) { _ in } == "invalidArgument: Namespace is not set on request."
        )
    }

    @Test(arguments: Backend.available)
    func `then the workflow, then the rest`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let refusals = await [
            refusal(scene, .signalWorkflowExecution) { $0.namespace = "default" },
            refusal(scene, .updateWorkflowExecution) { $0.namespace = "default" },
            refusal(scene, .queryWorkflow) { $0.namespace = "default" },
            refusal(scene, .terminateWorkflowExecution) { $0.namespace = "default" },
            refusal(scene, .requestCancelWorkflowExecution) { $0.namespace = "default" },
            refusal(scene, .deleteWorkflowExecution) { $0.namespace = "default" },
            refusal(scene, .resetStickyTaskQueue) { $0.namespace = "default" },
        ]
        #expect(Set(refusals) == [Self.noExecution])
        let unnamed = await [
            refusal(scene, .signalWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution = .init()
            },
            refusal(scene, .updateWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution = .init()
            },
            refusal(scene, .signalWithStartWorkflowExecution) { $0.namespace = "default" },
        ]
        #expect(Set(unnamed) == [Self.noWorkflow])
        let wrongRun = await [
            refusal(scene, .signalWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = "w"
                $0.workflowExecution.runID = "x"
            },
            refusal(scene, .terminateWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = "w"
                $0.workflowExecution.runID = "x"
            },
        ]
        #expect(Set(wrongRun) == ["invalidArgument: Invalid RunId."])
        #expect(
            await refusal(scene, .resetWorkflowExecution) { $0.namespace = "default" }
                == "invalidArgument: RequestId is not set on request."
        )
    }

    @Test(arguments: Backend.available)
    func `an answer needs the token of its task`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let refusals = await [
            refusal(scene, .respondWorkflowTaskCompleted) { $0.namespace = "default" },
            refusal(scene, .respondWorkflowTaskFailed) { $0.namespace = "default" },
            refusal(scene, .respondQueryTaskCompleted) { $0.namespace = "default" },
            refusal(scene, .respondActivityTaskCompleted) { $0.namespace = "default" },
            refusal(scene, .respondActivityTaskFailed) { _ in },
            refusal(scene, .respondActivityTaskCanceled) { _ in },
            refusal(scene, .recordActivityTaskHeartbeat) { _ in },
            refusal(scene, .respondNexusTaskCompleted) { $0.namespace = "default" },
            refusal(scene, .respondNexusTaskFailed) { $0.namespace = "default" },
        ]
        #expect(Set(refusals) == [Self.noToken])
        #expect(await refusal(scene, .respondActivityTaskCompleted) { $0.namespace = "absent" } == Self.absent)
    }

    @Test(arguments: Backend.available)
    func `a service says what it can`(_ backend: Backend) async throws {
        let info = try await RawWorker(Scene(backend)).call(.getSystemInfo) { _ in }.capabilities
        #expect(info.eagerWorkflowStart && info.nexus && info.supportsSchedules && info.upsertMemo && info.sdkMetadata)
        #expect(info.countGroupByExecutionStatus && info.encodedFailureAttributes && info.signalAndQueryHeader)
        #expect(info.internalErrorDifferentiation && info.activityFailureIncludeHeartbeat)
        let promotion = await refusal(try Scene(backend), .updateNamespace) {
            $0.namespace = "default"
            $0.promoteNamespace = true
        }
        #expect(promotion.hasPrefix("invalidArgument: global namespace is not enabled on this cluster"))
    }
}
