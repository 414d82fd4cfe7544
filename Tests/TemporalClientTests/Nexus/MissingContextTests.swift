import Foundation
import Logging
import Temporal
import TemporalClient
import Testing

/// Contexts are read where there are none.
@Suite(.timeLimit(.minutes(1))) struct MissingContextTests {
    private struct ElsewhereRuntime: NexusOperationRuntime {
        func cancelWorkflow(token: String) async throws {}
    }

    private struct ElsewhereActivity: ActivityRuntime {
        var cancellationReason: ActivityCancellationReason? { nil }

        func heartbeat(_ details: [Payload]) {}
    }

    private let operation = NexusOperationContext(
        info: NexusOperationInfo(namespace: "default", taskQueue: "q", service: "s", operation: "o"),
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        runtime: ElsewhereRuntime()
    )

    @Test func `an activity's context that is not there is an error that says where it is`() {
        let error = #expect(throws: MissingContextError.self) { try ActivityContext.current }
        #expect(error?.context == "ActivityContext.current" && error?.place == "an activity")
        #expect(error?.description.hasPrefix("ActivityContext.current was read outside of an activity:") == true)
    }

    @Test func `an operation's context is there in its task and its child tasks, and nowhere else`() async throws {
        let outside = #expect(throws: MissingContextError.self) { try NexusOperationContext.current }
        #expect(outside?.place == "a Nexus operation")
        try await NexusOperationContext.$running.withValue(operation) {
            async let inside = try NexusOperationContext.current
            let found = try await inside
            #expect(found === operation)
            await #expect(throws: MissingContextError.self) {
                try await Task.detached { _ = try NexusOperationContext.current }.value
            }
        }
    }

    @Test func `an activity that runs in no worker has no client`() throws {
        let activity = ActivityContext(
            info: ActivityInfo(
                taskToken: Data(),
                namespace: "default",
                taskQueue: "q",
                activityID: "1",
                activityType: "a",
                workflowID: "w",
                runID: "r",
                workflowType: "W",
                attempt: 1,
                scheduledTime: Date(),
                currentAttemptScheduledTime: Date(),
                startedTime: Date(),
                scheduleToCloseTimeout: nil,
                startToCloseTimeout: nil,
                heartbeatTimeout: nil,
                retryPolicy: nil,
                heartbeatDetails: [],
                headers: [:]
            ),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            converter: PayloadConverter(),
            runtime: ElsewhereActivity()
        )
        let error = #expect(throws: MissingContextError.self) { try activity.client }
        #expect(error?.context == "ActivityContext.client" && error?.place == "a worker")
    }

    @Test func `an operation that runs in no worker has no client`() async throws {
        let error = #expect(throws: MissingContextError.self) { try operation.client }
        #expect(error?.place == "a worker")
        await #expect(throws: MissingContextError.self) {
            let run: NexusWorkflowRun<String> = try await operation.startWorkflow(
                named: "Flow",
                options: WorkflowOptions(id: "w", taskQueue: "q")
            )
            _ = run
        }
    }
}
