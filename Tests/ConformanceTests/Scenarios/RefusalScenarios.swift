import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

/// Commands that are not taken, and what runs, children and attempts are given where a request leaves it open.
@Suite(.timeLimit(.minutes(1))) struct RefusalScenarios {
    private static let long = String(repeating: "x", count: 1001)

    private static func signal(_ id: String, run: String) -> APICommand {
        .with {
            $0.commandType = .signalExternalWorkflowExecution
            $0.signalExternalWorkflowExecutionCommandAttributes.execution.workflowID = id
            $0.signalExternalWorkflowExecutionCommandAttributes.execution.runID = run
            $0.signalExternalWorkflowExecutionCommandAttributes.signalName = "a"
        }
    }

    private static func cancel(_ id: String, run: String = "") -> APICommand {
        .with {
            $0.commandType = .requestCancelExternalWorkflowExecution
            $0.requestCancelExternalWorkflowExecutionCommandAttributes.workflowID = id
            $0.requestCancelExternalWorkflowExecutionCommandAttributes.runID = run
        }
    }

    private static func marker(_ name: String) -> APICommand {
        .with {
            $0.commandType = .recordMarker
            $0.recordMarkerCommandAttributes.markerName = name
        }
    }

    private static func cancelActivity(_ eventID: Int64) -> APICommand {
        .with {
            $0.commandType = .requestCancelActivityTask
            $0.requestCancelActivityTaskCommandAttributes.scheduledEventID = eventID
        }
    }

    /// What a workflow task fails with that has certain commands.
    private func refusal(_ worker: RawWorker, _ commands: APICommand...) async throws -> String? {
        let task = try await worker.poll()
        return await #expect(throws: RPCError.self) { try await worker.complete(task, commands) }?.message
    }

    @Test(arguments: Backend.available)
    func `ids that are none, or too long, and a child that is cancelled as it is started`(
        _ backend: Backend
    ) async throws {
        let worker = RawWorker(try await Scene(backend))
        let queue = worker.taskQueue
        let cases: [(commands: [APICommand], message: String)] = [
            (
                [Self.signal("other", run: "no")],
                "BadSignalWorkflowExecutionAttributes: Invalid RunId set on SignalExternalWorkflowExecutionCommand. "
                    + "WorkflowId=other Namespace= RunId=no SignalName=a"
            ),
            (
                [Self.cancel("other", run: "no")],
                "BadRequestCancelExternalWorkflowExecutionAttributes: Invalid RunId set on "
                    + "RequestCancelExternalWorkflowExecutionCommand. WorkflowId=other RunId=no Namespace="
            ),
            (
                [.child("child", queue: "nobody"), Self.cancel("child")],
                "BadRequestCancelExternalWorkflowExecutionAttributes: Start and RequestCancel for child workflow is not "
                    + "allowed in same workflow task. WorkflowId=child RunId= Namespace="
            ),
            (
                [.timer(Self.long, 1)],
                "BadStartTimerAttributes: TimerId on StartTimerCommand exceeds length limit. TimerId=\(Self.long) "
                    + "Length=1001 Limit=1000"
            ),
            (
                [Self.marker(Self.long)],
                "BadRecordMarkerAttributes: MarkerName on RecordMarkerCommand exceeds length limit. "
                    + "MarkerName=\(Self.long) Length=1001 Limit=1000"
            ),
            (
                [Self.cancel(Self.long)],
                "BadRequestCancelExternalWorkflowExecutionAttributes: WorkflowId on "
                    + "RequestCancelExternalWorkflowExecutionCommand exceeds length limit. WorkflowId=\(Self.long) "
                    + "Length=1001 Limit=1000 RunId= Namespace="
            ),
        ]
        for (commands, message) in cases {
            let id = "refusal-\(UUID())"
            _ = try await worker.start(id) { $0.taskQueue.name = queue }
            let task = try await worker.poll()
            let error = await #expect(throws: RPCError.self) { try await worker.complete(task, commands) }
            #expect(error?.message == message)
            try await worker.step(.completion)
        }
    }

    @Test(arguments: Backend.available)
    func `an activity is cancelled once, and not after the workflow knows its end`(_ backend: Backend) async throws {
        let worker = RawWorker(try await Scene(backend))
        let id = "refusal-\(UUID())"
        _ = try await worker.start(id)
        try await worker.step(
            .activity("a", queue: worker.taskQueue),
            .activity("b", queue: "nobody-\(UUID())"),
            Self.cancelActivity(6),
            Self.cancelActivity(6)
        )
        let prefix =
            "BadRequestCancelActivityAttributes: invalid history builder state for action: "
            + "add-activitytask-cancel-requested-event, ScheduledEventID: "
        #expect(try await refusal(worker, Self.cancelActivity(6)) == prefix + "6")
        let activity = try await worker.call(.pollActivityTaskQueue) {
            $0.namespace = "default"
            $0.taskQueue.name = worker.taskQueue
        }
        let task = try await worker.poll()
        try await worker.call(.respondActivityTaskCompleted) {
            $0.namespace = "default"
            $0.taskToken = activity.taskToken
        }
        // It has ended, but the workflow has not heard of that.
        try await worker.complete(task, [Self.cancelActivity(5)])
        #expect(try await refusal(worker, Self.cancelActivity(5)) == prefix + "5")
        try await worker.step(.completion)
    }

    @Test(arguments: Backend.available)
    func `an activity that no worker has is completed by its id, and not failed`(_ backend: Backend) async throws {
        let worker = RawWorker(try await Scene(backend))
        let id = "refusal-\(UUID())"
        _ = try await worker.start(id)
        try await worker.step(.activity("a", queue: "nobody-\(UUID())"))
        let error = await #expect(throws: RPCError.self) {
            try await worker.call(.respondActivityTaskFailedById) {
                $0.namespace = "default"
                $0.workflowID = id
                $0.activityID = "a"
                $0.failure.applicationFailureInfo = .init()
            }
        }
        #expect(error?.code == .notFound)
        try await worker.call(.respondActivityTaskCompletedById) {
            $0.namespace = "default"
            $0.workflowID = id
            $0.activityID = "a"
        }
        try await worker.step(.completion)
        #expect(try await worker.history(id).contains("activityTaskCompleted"))
    }

    @Test(arguments: Backend.available)
    func `a child has limits of its own, and a continuation keeps those of its run`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "limits-\(UUID())"
        _ = try await worker.start(id) {
            $0.workflowExecutionTimeout.seconds = 1000
            $0.workflowRunTimeout.seconds = 500
            $0.workflowTaskTimeout.seconds = 30
        }
        var child = APICommand.child("\(id)-child", queue: "nobody-\(UUID())")
        child.startChildWorkflowExecutionCommandAttributes.workflowExecutionTimeout.seconds = 60
        var next = APICommand.with {
            $0.commandType = .continueAsNewWorkflowExecution
            $0.continueAsNewWorkflowExecutionCommandAttributes.workflowRunTimeout.seconds = 5000
        }
        try await worker.step(child)
        let initiated = try #require(
            try await worker.events(id).first { $0.eventType == .startChildWorkflowExecutionInitiated }
        )
        .startChildWorkflowExecutionInitiatedEventAttributes
        #expect(initiated.workflowRunTimeout.seconds == 60 && initiated.workflowTaskTimeout.seconds == 10)
        try await worker.step(next)
        let first = try #require(try await worker.events(id).first).workflowExecutionStartedEventAttributes
        #expect(first.workflowRunTimeout.seconds == 1000 && first.workflowTaskTimeout.seconds == 30)
        next.continueAsNewWorkflowExecutionCommandAttributes.workflowRunTimeout.seconds = 20
        // Two runs begin at least a second apart.
        try await scene.sleep(.seconds(1))
        try await worker.step(next)
        let second = try #require(try await worker.events(id).first).workflowExecutionStartedEventAttributes
        #expect(second.workflowRunTimeout.seconds == 20 && second.workflowTaskTimeout.seconds == 20)
        try await scene.sleep(.seconds(1))
        try await worker.step(.completion)
    }

    @Test(arguments: Backend.available, [(60, 10), (5, 5), (0, 10)])
    func `a workflow waits no longer than its policy says`(_ backend: Backend, _ row: (Int64, Int64)) async throws {
        let worker = RawWorker(try await Scene(backend))
        let id = "delay-\(UUID())"
        _ = try await worker.start(id) {
            $0.retryPolicy.maximumInterval.seconds = 10
            $0.lastCompletionResult.payloads = [.init()]
        }
        try await worker.step(
            .with {
                $0.commandType = .failWorkflowExecution
                $0.failWorkflowExecutionCommandAttributes.failure.applicationFailureInfo.nextRetryDelay.seconds = row.0
            }
        )
        let started = try #require(try await worker.events(id).first).workflowExecutionStartedEventAttributes
        #expect(started.attempt == 2 && started.firstWorkflowTaskBackoff.seconds == row.1)
        #expect(!started.hasLastCompletionResult)
        try await worker.call(.terminateWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = id
        }
    }

    @Test(arguments: Backend.available)
    func `an activity that is to wait for no time ends`(_ backend: Backend) async throws {
        let worker = RawWorker(try await Scene(backend))
        let id = "delay-\(UUID())"
        _ = try await worker.start(id)
        try await worker.step(.activity("a", queue: worker.taskQueue))
        let activity = try await worker.call(.pollActivityTaskQueue) {
            $0.namespace = "default"
            $0.taskQueue.name = worker.taskQueue
        }
        try await worker.call(.respondActivityTaskFailed) {
            $0.namespace = "default"
            $0.taskToken = activity.taskToken
            $0.failure.applicationFailureInfo.nextRetryDelay = .init()
        }
        let failed = try #require(try await worker.events(id).first { $0.eventType == .activityTaskFailed })
        #expect(failed.activityTaskFailedEventAttributes.retryState == .timeout)
        try await worker.step(.completion)
    }
}
