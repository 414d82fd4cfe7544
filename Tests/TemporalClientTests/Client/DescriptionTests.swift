import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import Testing

/// What descriptions tell of the answer of the service.
@Suite(.timeLimit(.minutes(1))) struct DescriptionTests {
    private let script = ScriptedService()

    private func describe(
        _ fill: @escaping @Sendable (inout APIDescribeWorkflowExecutionResponse) -> Void
    ) async throws -> WorkflowDescription {
        script.answer(.describeWorkflowExecution) { _ in .with(fill) }
        return try await TemporalClient(service: script, identity: "me").workflowHandle(id: "w").describe()
    }

    private func time(_ seconds: Double) -> Date { Date(timeIntervalSince1970: seconds) }

    @Test func `a workflow tells its version, its payloads elsewhere and its requests`() async throws {
        let description = try await describe {
            $0.workflowExecutionInfo.versioningInfo.revisionNumber = 4
            $0.workflowExecutionInfo.workerDeploymentName = "orders"
            $0.workflowExecutionInfo.externalPayloadCount = 2
            $0.workflowExecutionInfo.externalPayloadSizeBytes = 3000
            $0.workflowExtendedInfo.requestIDInfos = [
                "start": .with { $0.eventID = 1 }, "waits": .with { $0.buffered = true },
            ]
        }
        #expect(description.versioning?.revision == 4 && description.execution.versioning?.revision == 4)
        #expect(description.execution.workerDeploymentName == "orders")
        #expect(description.execution.externalPayloads == (2, 3000))
        #expect(description.requestEventIDs == ["start": 1, "waits": nil])
        let bare = try await TemporalClient(service: script).workflowHandle(id: "w").describe()
        #expect(bare.pendingActivities.isEmpty)
    }

    @Test func `a pending activity tells its options, its last version, and the rule that holds it`() async throws {
        let description = try await describe {
            $0.pendingActivities = [
                .with {
                    $0.lastDeploymentVersion.deploymentName = "orders"
                    $0.lastDeploymentVersion.buildID = "2.0"
                    $0.activityOptions.taskQueue.name = "charges"
                    $0.activityOptions.startToCloseTimeout.seconds = 7
                    $0.paused = true
                    $0.pauseInfo.rule.ruleID = "hold"
                    $0.pauseInfo.rule.identity = "operator"
                }, .with { $0.pauseInfo.manual.identity = "you" },
            ]
        }
        let activities = description.pendingActivities
        #expect(
            activities[0].lastWorkerVersion == WorkerDeploymentVersion(deploymentName: "orders", buildID: "2.0")
        )
        #expect(activities[0].options?.taskQueue == "charges")
        #expect(activities[0].options?.startToCloseTimeout == .seconds(7))
        #expect(activities[0].pausingRuleID == "hold" && activities[0].pause?.identity == "operator")
        #expect(activities[1].pausingRuleID == nil && activities[1].pause?.identity == "you")
        #expect(activities[1].options == nil && activities[1].lastWorkerVersion == nil)
    }

    @Test func `a pending Nexus operation tells its time limits and how far its cancellation is`() async throws {
        let description = try await describe {
            $0.pendingNexusOperations = [
                .with {
                    $0.scheduleToStartTimeout.seconds = 3
                    $0.startToCloseTimeout.seconds = 4
                    $0.lastAttemptCompleteTime.seconds = 5
                    $0.cancellationInfo.requestedTime.seconds = 6
                    $0.cancellationInfo.state = .backingOff
                    $0.cancellationInfo.attempt = 2
                    $0.cancellationInfo.lastAttemptFailure.message = "away"
                }, .init(),
            ]
            $0.callbacks = [
                .with {
                    $0.lastAttemptCompleteTime.seconds = 8
                    $0.requestID = "r"
                }
            ]
        }
        let operations = description.pendingNexusOperations
        #expect(operations[0].scheduleToStartTimeout == .seconds(3))
        #expect(operations[0].startToCloseTimeout == .seconds(4))
        #expect(operations[0].lastAttemptCompleteTime == time(5) && operations[0].cancelRequestTime == time(6))
        #expect(operations[0].cancelState == "backingOff" && operations[0].cancelAttempt == 2)
        #expect(operations[0].lastCancelFailure?.message == "away")
        #expect(operations[1].cancelState == nil && operations[1].cancelAttempt == 0)
        #expect(operations[1].lastCancelFailure == nil && operations[1].scheduleToStartTimeout == nil)
        #expect(description.callbacks[0].lastAttemptCompleteTime == time(8))
        #expect(description.callbacks[0].requestID == "r")
    }
}
