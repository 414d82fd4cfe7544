import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// Commands that the service does not take, with the server's words.
@Suite(.timeLimit(.minutes(1)), .storesEverything) struct CommandRefusalTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let message: String
        let cause: APIWorkflowTaskFailedCause
        let commands: [APICommand]

        var testDescription: String { String(message.prefix(100)) }
    }

    private static let long = String(repeating: "x", count: 1001)

    private static func signal(_ fill: (inout APISignalExternalWorkflowExecutionCommandAttributes) -> Void)
        -> APICommand
    {
        .with {
            $0.commandType = .signalExternalWorkflowExecution
            $0.signalExternalWorkflowExecutionCommandAttributes.execution.workflowID = "other"
            $0.signalExternalWorkflowExecutionCommandAttributes.signalName = "poke"
            fill(&$0.signalExternalWorkflowExecutionCommandAttributes)
        }
    }

    private static func cancel(
        _ fill: (inout APIRequestCancelExternalWorkflowExecutionCommandAttributes) -> Void
    ) -> APICommand {
        .with {
            $0.commandType = .requestCancelExternalWorkflowExecution
            $0.requestCancelExternalWorkflowExecutionCommandAttributes.workflowID = "other"
            fill(&$0.requestCancelExternalWorkflowExecutionCommandAttributes)
        }
    }

    private static func child(_ fill: (inout APIStartChildWorkflowExecutionCommandAttributes) -> Void) -> APICommand {
        .with {
            $0.commandType = .startChildWorkflowExecution
            $0.startChildWorkflowExecutionCommandAttributes.workflowID = "child"
            $0.startChildWorkflowExecutionCommandAttributes.workflowType.name = "Flow"
            fill(&$0.startChildWorkflowExecutionCommandAttributes)
        }
    }

    private static func marker(_ name: String) -> APICommand {
        .with {
            $0.commandType = .recordMarker
            $0.recordMarkerCommandAttributes.markerName = name
        }
    }

    static let rows = [
        Row(
            message:
                "BadRequestCancelExternalWorkflowExecutionAttributes: Start and RequestCancel for child workflow is "
                + "not allowed in same workflow task. WorkflowId=child RunId= Namespace=",
            cause: .badRequestCancelExternalWorkflowExecutionAttributes,
            commands: [child { _ in }, cancel { $0.workflowID = "child" }]
        ),
        Row(
            message: "BadRequestCancelExternalWorkflowExecutionAttributes: Invalid RunId set on "
                + "RequestCancelExternalWorkflowExecutionCommand. WorkflowId=other RunId=no Namespace=",
            cause: .badRequestCancelExternalWorkflowExecutionAttributes,
            commands: [cancel { $0.runID = "no" }]
        ),
        Row(
            message:
                "BadSignalWorkflowExecutionAttributes: Invalid RunId set on SignalExternalWorkflowExecutionCommand. "
                + "WorkflowId=other Namespace= RunId=no SignalName=poke",
            cause: .badSignalWorkflowExecutionAttributes,
            commands: [signal { $0.execution.runID = "no" }]
        ),
        Row(
            message: "BadSignalWorkflowExecutionAttributes: Execution is not set on "
                + "SignalExternalWorkflowExecutionCommand.",
            cause: .badSignalWorkflowExecutionAttributes,
            commands: [signal { $0.clearExecution() }]
        ),
        Row(
            message: "BadSignalWorkflowExecutionAttributes: SignalName is not set on "
                + "SignalExternalWorkflowExecutionCommand. WorkflowId=other Namespace=default RunId=",
            cause: .badSignalWorkflowExecutionAttributes,
            commands: [
                signal {
                    $0.namespace = "default"
                    $0.signalName = ""
                }
            ]
        ),
        Row(
            message:
                "BadSignalWorkflowExecutionAttributes: WorkflowId on SignalExternalWorkflowExecutionCommand exceeds "
                + "length limit. WorkflowId=\(long) Length=1001 Limit=1000 Namespace= RunId= SignalName=poke",
            cause: .badSignalWorkflowExecutionAttributes,
            commands: [signal { $0.execution.workflowID = long }]
        ),
        Row(
            message: "BadRequestCancelExternalWorkflowExecutionAttributes: WorkflowId on "
                + "RequestCancelExternalWorkflowExecutionCommand exceeds length limit. WorkflowId=\(long) Length=1001 "
                + "Limit=1000 RunId= Namespace=",
            cause: .badRequestCancelExternalWorkflowExecutionAttributes,
            commands: [cancel { $0.workflowID = long }]
        ),
        Row(
            message: "BadStartTimerAttributes: TimerId on StartTimerCommand exceeds length limit. TimerId=\(long) "
                + "Length=1001 Limit=1000",
            cause: .badStartTimerAttributes,
            commands: [.timer(long, .seconds(1))]
        ),
        Row(
            message: "BadCancelTimerAttributes: TimerId on CancelTimerCommand exceeds length limit. TimerId=\(long) "
                + "Length=1001 Limit=1000",
            cause: .badCancelTimerAttributes,
            commands: [.cancelTimer(long)]
        ),
        Row(
            message: "BadRecordMarkerAttributes: MarkerName on RecordMarkerCommand exceeds length limit. "
                + "MarkerName=\(long) Length=1001 Limit=1000",
            cause: .badRecordMarkerAttributes,
            commands: [marker(long)]
        ),
    ]

    private let script = Script()

    @Test(arguments: rows)
    func `the workflow task fails with what is wrong`(_ row: Row) async throws {
        try await script.start()
        let task = try await script.pollWorkflow()
        let error = await refusal { try await script.complete(task, row.commands) }
        #expect(error?.code == .invalidArgument && error?.message == row.message)
        let failed = try #require(script.history().last { $0.eventType == .workflowTaskFailed })
        #expect(failed.workflowTaskFailedEventAttributes.cause == row.cause)
        #expect(try await script.pollWorkflow().attempt == 2)
    }

    @Test func `a child that was started by an earlier task can be cancelled`() async throws {
        try await script.start()
        try await script.step(Self.child { $0.taskQueue.name = "other" })
        try await script.step(Self.cancel { $0.workflowID = "child" })
        #expect(script.types().contains(.externalWorkflowExecutionCancelRequested))
    }

    // MARK: Activities

    private static let refused =
        "BadRequestCancelActivityAttributes: invalid history builder state for action: "
        + "add-activitytask-cancel-requested-event, ScheduledEventID: 5"

    private func cancelActivity() async -> RPCError? {
        await refusal { try await script.step(.cancelActivity(5)) }
    }

    @Test func `an activity whose end the workflow knows is not cancelled`() async throws {
        try await script.start()
        try await script.step(.activity())
        try await script.completeActivity(try await script.pollActivity().taskToken)
        #expect(await cancelActivity()?.message == Self.refused)
    }

    @Test func `nor is one that was cancelled before, nor what is no activity`() async throws {
        try await script.start()
        try await script.step(.activity())
        _ = try await script.pollActivity()
        try await script.signal()
        try await script.step(.cancelActivity(5))
        try await script.signal()
        #expect(await cancelActivity()?.message == Self.refused)
        let other = await refusal { try await script.step(.cancelActivity(1)) }
        #expect(other?.message.hasSuffix("ScheduledEventID: 1") == true)
    }

    @Test func `an activity that ended while the workflow was at work can be cancelled, to no effect`() async throws {
        try await script.start()
        try await script.step(.activity())
        let activity = try await script.pollActivity()
        try await script.signal()
        let task = try await script.pollWorkflow()
        try await script.completeActivity(activity.taskToken)
        try await script.complete(task, [.cancelActivity(5)])
        let types = script.types()
        #expect(types.contains(.activityTaskCancelRequested) && types.contains(.activityTaskCompleted))
        #expect(!types.contains(.activityTaskCanceled))
    }

    @Test func `so can one that the same task has cancelled`() async throws {
        try await script.start()
        try await script.step(.activity(), .cancelActivity(5), .cancelActivity(5))
        #expect(
            script.types().suffix(5) == [
                .activityTaskScheduled, .activityTaskCancelRequested, .activityTaskCancelRequested,
                .activityTaskCanceled, .workflowTaskScheduled,
            ]
        )
    }

    @Test func `an activity that no worker has is completed by its id, and neither failed nor cancelled`() async throws
    {
        try await script.start()
        try await script.step(.activity())
        let failed = await refusal {
            _ = try await script.call(.respondActivityTaskFailedById) {
                $0.namespace = "default"
                $0.workflowID = "w"
                $0.activityID = "a"
                $0.failure.applicationFailureInfo = .init()
            }
        }
        let cancelled = await refusal {
            _ = try await script.call(.respondActivityTaskCanceledById) {
                $0.namespace = "default"
                $0.workflowID = "w"
                $0.activityID = "a"
            }
        }
        for error in [failed, cancelled] {
            #expect(error?.code == .notFound)
            #expect(
                error?.message
                    == "invalid activityID or activity already timed out or invoking workflow is completed"
            )
        }
        _ = try await script.call(.respondActivityTaskCompletedById) {
            $0.namespace = "default"
            $0.workflowID = "w"
            $0.activityID = "a"
        }
        #expect(script.types().contains(.activityTaskCompleted))
    }
}
