import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import Testing

/// Deleting runs, changing options, and operations on many runs at once.
@Suite(.timeLimit(.minutes(3)), .serialized) struct OperatorScenarios {
    @Test(arguments: Backend.available)
    func `a deleted run is nowhere to be found`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "delete-\(UUID())"
        func delete(_ id: String) async throws {
            try await worker.call(.deleteWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = id
            }
        }
        _ = try await worker.start(id)
        try await delete(id)
        try await scene.eventually {
            do {
                _ = try await worker.describe(id)
                return false
            } catch let error as RPCError where error.code == .notFound {
                return error.message == "workflow not found for ID: \(id)"
            }
        }
        try await scene.eventually { try await worker.list("WorkflowId = '\(id)'").isEmpty }
        let again = await #expect(throws: RPCError.self) { try await delete(id) }
        #expect(again?.code == .notFound)
        let unnamed = await #expect(throws: RPCError.self) { try await delete("") }
        #expect(unnamed?.message == "WorkflowId is not set on request.")
        // The id is free.
        _ = try await worker.start(id)
        try await delete(id)
    }

    @Test(arguments: Backend.available)
    func `options of a run are changed once`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "options-\(UUID())"
        let run = try await worker.start(id)
        func update(
            _ paths: [String]?,
            _ fill: (inout APIWorkflowWorkflowExecutionOptions) -> Void = { _ in }
        ) async throws -> APIWorkflowWorkflowExecutionOptions {
            try await worker.call(.updateWorkflowExecutionOptions) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = id
                fill(&$0.workflowExecutionOptions)
                if let paths { $0.updateMask.paths = paths }
            }
            .workflowExecutionOptions
        }
        let noMask = await #expect(throws: RPCError.self) { _ = try await update(nil) }
        #expect(noMask?.message == "UpdateMask is required")
        let badMask = await #expect(throws: RPCError.self) { _ = try await update(["foo"]) }
        #expect(badMask?.message.hasPrefix("error parsing UpdateMask: proto: invalid path \"foo\"") == true)
        for _ in 1...2 {
            let options = try await update(["versioning_override"]) { $0.versioningOverride.behavior = .autoUpgrade }
            #expect(options.versioningOverride.behavior == .autoUpgrade)
        }
        _ = try await update(["versioning_override"])
        #expect(
            try await worker.history(id, run) == ["started", "taskScheduled", "optionsUpdated", "optionsUpdated"]
        )
        let last = try #require(try await worker.events(id, run).last)
        #expect(last.workflowExecutionOptionsUpdatedEventAttributes.unsetVersioningOverride)
        try await scene.client.workflowHandle(id: id).terminate(reason: "end of the scenario")
    }

    @Test(arguments: Backend.available)
    func `a batch signals and terminates what a filter finds`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let ids = (0..<3).map { "batch-\($0)-\(UUID())" }
        for id in ids { _ = try await worker.start(id) }
        let ours = "TaskQueue = '\(scene.taskQueue)'"
        try await scene.eventually { try await worker.list(ours).count == 3 }
        let signalled = try await worker.batch(scene) {
            $0.visibilityQuery = ours
            $0.signalOperation = .with {
                $0.signal = "all"
                $0.identity = "me"
            }
        }
        #expect(signalled.operationType == .signal)
        #expect(signalled.totalOperationCount == 3)
        #expect(signalled.completeOperationCount == 3)
        #expect(signalled.failureOperationCount == 0)
        #expect(signalled.reason == "why")
        #expect(signalled.identity == "me")
        #expect(signalled.hasStartTime && signalled.hasCloseTime)
        for id in ids {
            #expect(try await worker.history(id) == ["started", "taskScheduled", "signaled all"])
        }
        // A run that is not there needs no change.
        let listed = try await worker.batch(scene) {
            $0.executions = [.with { $0.workflowID = ids[0] }, .with { $0.workflowID = "absent-\(UUID())" }]
            $0.cancellationOperation.identity = "me"
        }
        #expect(listed.completeOperationCount == 2)
        #expect(try await worker.history(ids[0]).last == "cancelRequested")
        let terminated = try await worker.batch(scene) {
            $0.visibilityQuery = ours
            $0.terminationOperation.identity = "me"
        }
        #expect(terminated.completeOperationCount == 3)
        for id in ids { #expect(try await worker.describe(id).workflowExecutionInfo.status == .terminated) }
        try await scene.eventually { try await worker.list(ours + " AND ExecutionStatus = 'Running'").isEmpty }
        // Nobody is left to be signalled, but all can be deleted. A server lists them for a while all the same.
        let late = try await worker.batch(scene) {
            $0.visibilityQuery = ours
            $0.signalOperation.signal = "late"
        }
        #expect(late.totalOperationCount == 0)
        let deleted = try await worker.batch(scene) {
            $0.visibilityQuery = ours
            $0.deletionOperation.identity = "me"
        }
        #expect(deleted.completeOperationCount == 3)
    }

    @Test(arguments: Backend.available)
    func `a batch that lacks something is refused`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let query = "WorkflowId = 'x'"
        func error(_ fill: @escaping (inout APIStartBatchOperationRequest) -> Void) async -> String? {
            await #expect(throws: RPCError.self) {
                try await worker.call(.startBatchOperation) {
                    $0.namespace = "default"
                    $0.jobID = "job"
                    $0.reason = "why"
                    $0.visibilityQuery = query
                    $0.terminationOperation = .init()
                    fill(&$0)
                }
            }?
            .message
        }
        #expect(await error { $0.jobID = "" } == "JobId is not set on request.")
        #expect(await error { $0.reason = "" } == "Reason is not set on request.")
        #expect(
            await error { $0.visibilityQuery = "" }
                == "Workflow executions and visibility filter are not set on request."
        )
        #expect(
            await error { $0.executions = [.init()] }
                == "Workflow executions and visibility filter are both set on request. Only one of them is allowed."
        )
        #expect(await error { $0.operation = nil } == "Batch operation is not set on request.")
        #expect(await error { $0.unpauseActivitiesOperation = .init() } == "activity filter must be set")
        let noActivities = "Either activity type must be set, or match all should be set to true"
        #expect(await error { $0.unpauseActivitiesOperation.type = "" } == noActivities)
        #expect(await error { $0.unpauseActivitiesOperation.matchAll = false } == noActivities)
        #expect(await error { $0.resetOperation = .init() } == "unknown batch reset type Unspecified")
        #expect(await error { $0.resetOperation.options = .init() } == "batch reset missing target")
        for (job, message) in [("", "JobId is not set on request."), ("absent", "workflow not found for ID: absent")] {
            let described = await #expect(throws: RPCError.self) {
                try await worker.call(.describeBatchOperation) {
                    $0.namespace = "default"
                    $0.jobID = job
                }
            }
            #expect(described?.message == message)
        }
    }

    /// Points of a customer: what the resets of a known accident leave of them.
    private static let resets: [(String, points: Int)] = [
        ("the last workflow task", 0), ("the first workflow task", 0), ("the first workflow task without signals", 0),
        ("the task before the accident", 0), ("the task before the accident without signals", 500),
    ]

    @Test(arguments: Backend.available, resets)
    func `only a reset before the accident, without its signal, gives the points back`(
        _ backend: Backend,
        _ row: (String, points: Int)
    ) async throws {
        try await withScene(backend, workflows: [Points.self]) { scene in
            let worker = RawWorker(scene)
            let handle = try await scene.start(Points.self)
            func points() async throws -> Int { try await handle.query(Points.sum) }
            // The first task is done before the first signal comes.
            #expect(try await points() == 0)
            for _ in 1...5 {
                try await handle.signal(Points.add, 100)
                _ = try await points()
            }
            #expect(try await points() == 500)
            let before = try #require(
                try await worker.events(handle.id).last { $0.eventType == .workflowTaskCompleted }
            )
            try await handle.signal(Points.add, -500)
            #expect(try await points() == 0)
            // The activity of the round sum makes a task after the one with the accident.
            try await scene.eventually {
                try await worker.events(handle.id).filter { $0.eventType == .activityTaskCompleted }.count == 1
            }
            _ = try await points()
            switch row.0 {
            case "the last workflow task":
                try await scene.reset(handle.id) { $0.options.lastWorkflowTask = .init() }
            case "the first workflow task":
                try await scene.reset(handle.id) { $0.options.firstWorkflowTask = .init() }
            case "the first workflow task without signals":
                try await scene.reset(handle.id) {
                    $0.options.firstWorkflowTask = .init()
                    $0.options.resetReapplyExcludeTypes = [.signal]
                }
            case "the task before the accident":
                _ = try await worker.reset(handle.id, "", to: before.eventID)
            default:
                _ = try await worker.reset(handle.id, "", to: before.eventID) {
                    $0.resetReapplyExcludeTypes = [.signal]
                }
            }
            #expect(try await points() == row.points)
            // It takes signals as before.
            try await handle.signal(Points.add, 250)
            // The signal may wait for the activity of a round sum.
            try await scene.eventually { try await points() == row.points + 250 }
            try await handle.terminate(reason: "end of the scenario")
        }
    }
}

/// The points of a customer; a sum of whole thousands, nothing among them, calls an activity.
@Workflow actor Points {
    private var points = 0
    private var pending: [Int] = []

    func run() async throws {
        while true {
            try await context.waitCondition { !self.pending.isEmpty }
            points += pending.removeFirst()
            if points % 1000 == 0 {
                _ = try await context.executeActivity(
                    ActivityReference<String, String>(name: "echo"),
                    "mail",
                    startToCloseTimeout: .seconds(10)
                )
            }
        }
    }

    @Signal func add(_ count: Int) { pending.append(count) }

    @Query func sum() -> Int { points }
}

extension RawWorker {
    fileprivate func list(_ filter: String) async throws -> [APIWorkflowWorkflowExecutionInfo] {
        try await call(.listWorkflowExecutions) {
            $0.namespace = "default"
            $0.query = filter
        }
        .executions
    }

    /// Starts a batch operation and waits for its end.
    fileprivate func batch(
        _ scene: Scene,
        _ fill: (inout APIStartBatchOperationRequest) -> Void
    ) async throws -> APIDescribeBatchOperationResponse {
        let job = "job-\(UUID())"
        func describe() async throws -> APIDescribeBatchOperationResponse {
            try await call(.describeBatchOperation) {
                $0.namespace = "default"
                $0.jobID = job
            }
        }
        // A server does one batch operation of a namespace at a time.
        try await scene.eventually {
            do {
                try await call(.startBatchOperation) {
                    $0.namespace = "default"
                    $0.jobID = job
                    $0.reason = "why"
                    fill(&$0)
                }
                return true
            } catch let error as RPCError where error.code == .resourceExhausted {
                return false
            }
        }
        try await scene.eventually { try await describe().state != .running }
        let description = try await describe()
        #expect(description.state == .completed)
        return description
    }
}

extension Scene {
    /// Resets a workflow by a batch operation.
    fileprivate func reset(_ id: String, _ fill: (inout APIBatchOperationReset) -> Void) async throws {
        let worker = RawWorker(self)
        let result = try await worker.batch(self) {
            $0.executions = [.with { $0.workflowID = id }]
            fill(&$0.resetOperation)
        }
        #expect(result.completeOperationCount == 1)
        #expect(result.failureOperationCount == 0)
    }
}
