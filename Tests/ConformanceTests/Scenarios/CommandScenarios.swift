import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import Testing

/// Commands that start other runs, and that come too late or cannot be carried out.
@Suite(.timeLimit(.minutes(2))) struct CommandScenarios {
    @Test(arguments: Backend.available, [APIParentClosePolicy.abandon, .terminate, .requestCancel])
    func `a run that ends with the task that asks for a child starts none`(
        _ backend: Backend,
        _ policy: APIParentClosePolicy
    ) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let (id, child) = ("parent-\(UUID())", "child-\(UUID())")
        let run = try await worker.start(id)
        var command = APICommand.child(child, queue: scene.taskQueue)
        command.startChildWorkflowExecutionCommandAttributes.parentClosePolicy = policy
        try await worker.step(command, .completion)
        // A server starts children after the task.
        try await scene.sleep(.seconds(1))
        #expect(
            try await worker.history(id, run) == [
                "started", "taskScheduled", "taskStarted", "taskCompleted", "startChildWorkflowExecutionInitiated",
                "completed",
            ]
        )
        let error = await #expect(throws: RPCError.self) { _ = try await worker.describe(child) }
        #expect(error?.code == .notFound)
    }

    /// What a command can have wrong in it. `isBare`: a server of version 1.27 answers with the error only, and fails no task.
    private static let children:
        [(
            message: String, isBare: Bool,
            change: @Sendable (inout APIStartChildWorkflowExecutionCommandAttributes) -> Void
        )] = [
            ("invalid CronSchedule", true, { $0.cronSchedule = "nonsense" }),
            ("no time can be found to satisfy the schedule", true, { $0.cronSchedule = "0 0 31 2 *" }),
            ("reserved prefix /_sys/", true, { $0.taskQueue.name = "/_sys/q" }),
            ("Invalid WorkflowRunTimeout", false, { $0.workflowRunTimeout.seconds = -1 }),
            ("Invalid WorkflowExecutionTimeout", false, { $0.workflowExecutionTimeout.seconds = -1 }),
            ("Invalid WorkflowTaskTimeout", false, { $0.workflowTaskTimeout.seconds = -1 }),
            ("WorkflowId on StartChild", false, { $0.workflowID = String(repeating: "i", count: 1001) }),
            ("WorkflowType on StartChild", false, { $0.workflowType.name = String(repeating: "t", count: 1001) }),
            ("invalid TaskQueue", true, { $0.taskQueue.name = String(repeating: "q", count: 1001) }),
            ("invalid WorkflowRetryPolicy", true, { $0.retryPolicy.maximumAttempts = -1 }),
        ]

    @Test(arguments: Backend.available, children.indices)
    func `a child that cannot be fails the task`(_ backend: Backend, _ index: Int) async throws {
        let (message, isBare, change) = Self.children[index]
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "parent-\(UUID())"
        _ = try await worker.start(id)
        var command = APICommand.child("child-\(UUID())", queue: scene.taskQueue)
        change(&command.startChildWorkflowExecutionCommandAttributes)
        let cause = APIWorkflowTaskFailedCause.badStartChildExecutionAttributes
        try await expectFailure(of: command, cause, message, worker, id, isBare: isBare && backend == .realServer)
        try await scene.client.workflowHandle(id: id).terminate(reason: "end of the scenario")
    }

    private static let continuations:
        [(
            message: String, isBare: Bool,
            change: @Sendable (inout APIContinueAsNewWorkflowExecutionCommandAttributes) -> Void
        )] = [
            ("Invalid WorkflowRunTimeout", false, { $0.workflowRunTimeout.seconds = -1 }),
            ("Invalid WorkflowTaskTimeout", false, { $0.workflowTaskTimeout.seconds = -1 }),
            ("Invalid BackoffStartInterval", false, { $0.backoffStartInterval.seconds = -1 }),
            ("WorkflowType on ContinueAsNew", false, { $0.workflowType.name = String(repeating: "t", count: 1001) }),
            ("error validating Continue", true, { $0.taskQueue.name = String(repeating: "q", count: 1001) }),
            ("invalid WorkflowRetryPolicy", true, { $0.retryPolicy.maximumAttempts = -1 }),
        ]

    private static func continueAsNew(
        _ scene: Scene,
        _ change: (inout APIContinueAsNewWorkflowExecutionCommandAttributes) -> Void
    ) -> APICommand {
        .with {
            $0.commandType = .continueAsNewWorkflowExecution
            $0.continueAsNewWorkflowExecutionCommandAttributes.workflowType.name = "Flow"
            $0.continueAsNewWorkflowExecutionCommandAttributes.taskQueue.name = scene.taskQueue
            change(&$0.continueAsNewWorkflowExecutionCommandAttributes)
        }
    }

    @Test(arguments: Backend.available, continuations.indices)
    func `a continuation that cannot be fails the task`(_ backend: Backend, _ index: Int) async throws {
        let (message, isBare, change) = Self.continuations[index]
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "continued-\(UUID())"
        _ = try await worker.start(id)
        let command = Self.continueAsNew(scene, change)
        let cause = APIWorkflowTaskFailedCause.badContinueAsNewAttributes
        try await expectFailure(of: command, cause, message, worker, id, isBare: isBare && backend == .realServer)
        try await scene.client.workflowHandle(id: id).terminate(reason: "end of the scenario")
    }

    @Test(arguments: Backend.available)
    func `a run goes on under a cron schedule that is none, and ends by itself`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "continued-\(UUID())"
        let first = try await worker.start(id)
        try await worker.step(Self.continueAsNew(scene) { $0.cronSchedule = "nonsense" })
        #expect(try await worker.history(id, first).last == "continuedAsNew")
        // The runs of a chain begin a second apart.
        try await scene.sleep(.seconds(1))
        try await worker.step(.completion)
        #expect(try await worker.history(id).last == "completed")
    }

    private static let activities:
        [(message: String, change: @Sendable (inout APIScheduleActivityTaskCommandAttributes) -> Void)] = [
            ("taskQueue is not set", { $0.clearTaskQueue() }),
            ("missing task queue name", { $0.taskQueue.name = "" }),
            ("taskQueue length exceeds limit", { $0.taskQueue.name = String(repeating: "q", count: 1001) }),
            ("task queue name cannot start with reserved prefix /_sys/", { $0.taskQueue.name = "/_sys/q" }),
        ]

    @Test(arguments: Backend.available, activities.indices)
    func `an activity without a task queue fails the task`(_ backend: Backend, _ index: Int) async throws {
        let (message, change) = Self.activities[index]
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "activity-\(UUID())"
        _ = try await worker.start(id)
        var command = APICommand.activity("a", queue: scene.taskQueue)
        change(&command.scheduleActivityTaskCommandAttributes)
        let expected = "invalid TaskQueue on ScheduleActivityTaskCommand: \(message). ActivityId=a ActivityType=Act"
        let cause = APIWorkflowTaskFailedCause.badScheduleActivityAttributes
        try await expectFailure(of: command, cause, expected, worker, id, isBare: backend == .realServer)
        try await scene.client.workflowHandle(id: id).terminate(reason: "end of the scenario")
    }

    /// Completes the next workflow task with a command that the service refuses. With `isBare`, the task need not fail.
    private func expectFailure(
        of command: APICommand,
        _ cause: APIWorkflowTaskFailedCause,
        _ message: String,
        _ worker: RawWorker,
        _ id: String,
        isBare: Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let error = await #expect(throws: RPCError.self, sourceLocation: sourceLocation) {
            try await worker.step(command)
        }
        #expect(error?.code == .invalidArgument, sourceLocation: sourceLocation)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")", sourceLocation: sourceLocation)
        let failed = try await worker.events(id).last { $0.eventType == .workflowTaskFailed }
        if isBare, failed == nil { return }
        #expect(failed?.workflowTaskFailedEventAttributes.cause == cause, sourceLocation: sourceLocation)
    }
}
