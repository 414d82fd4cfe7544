import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker
import Testing

/// What a start takes, and what becomes of ids that are in use or were.
@Suite(.timeLimit(.minutes(2))) struct StartScenarios {
    @Test(arguments: Backend.available)
    func `parameters, absent ones too, arrive in their order`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Several.self]) { scene in
            let handle = try await scene.start(Several.self, "a", 2, nil, ["x": 1.5])
            #expect(try await handle.result() == "a 2 nil [\"x\": 1.5]")
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Several",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
            let nothing = try await scene.start(Several.self, "", 0, true, [:])
            #expect(try await nothing.result() == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `an id in use is refused, shared or taken over`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        var options = scene.options()
        let first = try await scene.client.startWorkflow(Several.self, "", 0, nil, [:], options: options)
        func startAgain() async throws -> WorkflowHandle<Several> {
            try await scene.client.startWorkflow(Several.self, "", 0, nil, [:], options: options)
        }

        let error = await #expect(throws: WorkflowAlreadyStartedError.self) { _ = try await startAgain() }
        #expect(error?.runID == first.resultRunID)
        #expect(error?.workflowID == options.id)

        options.idConflictPolicy = .useExisting
        #expect(try await startAgain().resultRunID == first.resultRunID)

        options.idConflictPolicy = .terminateExisting
        let second = try await startAgain()
        #expect(second.resultRunID != first.resultRunID)
        #expect(try await scene.run(first).describe().status == .terminated)
        #expect(try await scene.run(second).describe().status == .running)
        try await expectHistory(
            scene.run(first),
            [
                "WorkflowExecutionStarted Several",
                "WorkflowTaskScheduled",
                "WorkflowExecutionTerminated TerminateIfRunning WorkflowIdReusePolicy by history-service",
            ]
        )
        try await expectHistory(
            scene.run(second),
            [
                "WorkflowExecutionStarted Several",
                "WorkflowTaskScheduled",
            ]
        )
        try await second.terminate(reason: "end of the scenario")
    }

    @Test(arguments: Backend.available)
    func `an id of a completed workflow`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Several.self]) { scene in
            var options = scene.options()
            func start() async throws -> WorkflowHandle<Several> {
                try await scene.client.startWorkflow(Several.self, "", 0, nil, [:], options: options)
            }
            let first = try await start()
            _ = try await first.result()
            for policy in [WorkflowIDReusePolicy.rejectDuplicate, .allowDuplicateFailedOnly] {
                options.idReusePolicy = policy
                let error = await #expect(throws: WorkflowAlreadyStartedError.self) { _ = try await start() }
                #expect(error?.runID == first.resultRunID)
            }
            options.idReusePolicy = .allowDuplicate
            let second = try await start()
            #expect(second.resultRunID != first.resultRunID)
            _ = try await second.result()
        }
    }

    @Test(arguments: Backend.available)
    func `an id of a workflow that did not complete`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        var options = scene.options()
        func start() async throws -> WorkflowHandle<Several> {
            try await scene.client.startWorkflow(Several.self, "", 0, nil, [:], options: options)
        }
        let first = try await start()
        try await first.terminate(reason: "to be followed")
        options.idReusePolicy = .rejectDuplicate
        let error = await #expect(throws: WorkflowAlreadyStartedError.self) { _ = try await start() }
        #expect(error?.runID == first.resultRunID)
        for policy in [WorkflowIDReusePolicy.allowDuplicateFailedOnly, .allowDuplicate] {
            options.idReusePolicy = policy
            let next = try await start()
            #expect(next.resultRunID != first.resultRunID)
            try await next.terminate(reason: "to be followed")
        }
        try await expectHistory(
            scene.run(first),
            [
                "WorkflowExecutionStarted Several",
                "WorkflowTaskScheduled",
                "WorkflowExecutionTerminated to be followed by conformance",
            ]
        )
    }

    @Test(arguments: Backend.available)
    func `what a start says is described`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Call.self]) { scene in
            let began = Date()
            let handle = try await scene.start(Call.self, Plan(activity: "beat", input: "stop", activityID: "b")) {
                $0.memo = ["order": 7, "name": "Ada"]
                $0.staticSummary = "one line"
                $0.staticDetails = "more lines"
            }
            try await scene.eventually {
                try await handle.describe().pendingActivities.contains { $0.isStarted && $0.lastHeartbeatTime != nil }
            }
            let open = try await handle.describe()
            #expect(open.id == handle.id)
            #expect(open.runID == handle.resultRunID)
            #expect(open.firstRunID == handle.resultRunID)
            #expect(open.workflowType == "Call")
            #expect(open.taskQueue == scene.taskQueue)
            #expect(open.status == .running)
            #expect(open.closeTime == nil)
            #expect(open.parent == nil)
            #expect(!open.isCancelRequested)
            #expect(try open.memo("order", as: Int.self) == 7)
            #expect(try open.memo("name", as: String.self) == "Ada")
            #expect(try open.staticSummary() == "one line")
            #expect(try open.staticDetails() == "more lines")
            #expect(abs(open.startTime.timeIntervalSince(began)) < 30)
            #expect(open.historyLength == 5)
            let activity = try #require(open.pendingActivities.first)
            #expect(activity.activityID == "b")
            #expect(activity.activityType == "beat")
            #expect(activity.attempt == 1)
            #expect(!activity.isCancelRequested)

            try await handle.cancel(reason: "enough")
            #expect(try await outcome(of: handle).hasPrefix("CancelledError"))
            let closed = try await handle.describe()
            #expect(closed.status == .cancelled)
            #expect(try #require(closed.closeTime) >= closed.startTime)
            #expect(try await handle.history().count == closed.historyLength)
            #expect(closed.historySize > 0)
        }
    }

    @Test(arguments: Backend.available)
    func `a start can be delayed`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Several.self]) { scene in
            let handle = try await scene.start(Several.self, "late", 0, nil, [:]) { $0.startDelay = .seconds(1) }
            #expect(try await handle.result() == "late 0 nil [:]")
            let description = try await handle.describe()
            let delay = try #require(description.executionTime).timeIntervalSince(description.startTime)
            #expect(abs(delay - 1) < 0.01)
            let events = try await handle.history()
            #expect(events[1].time.timeIntervalSince(events[0].time) >= 1)
            try await expectHistory(
                handle,
                [
                    "WorkflowExecutionStarted Several delayed",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted",
                ]
            )
        }
    }

    @Test(arguments: Backend.available)
    func `a workflow runs by schedule`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Counting.self]) { scene in
            let handle = try await scene.start(Counting.self) { $0.cronSchedule = "@every 1s" }
            var runs = [try #require(handle.resultRunID)]
            for expected in 1...2 {
                let run = scene.run(handle, runs.last)
                #expect(try await run.result(followRuns: false) == expected)
                let end = try #require((try await run.history()).last)
                runs.append(end.proto.workflowExecutionCompletedEventAttributes.newExecutionRunID)
            }
            try await expectHistory(
                scene.run(handle, runs[0]),
                [
                    "WorkflowExecutionStarted Counting by cronSchedule delayed",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted continued",
                ]
            )
            try await expectHistory(
                scene.run(handle, runs[1]),
                [
                    "WorkflowExecutionStarted Counting by cronSchedule with last result delayed",
                    "WorkflowTask",
                    "WorkflowExecutionCompleted continued",
                ]
            )
            try await scene.client.workflowHandle(id: handle.id).terminate(reason: "end of the scenario")
            #expect(try await handle.describe().firstRunID == runs[0])
        }
    }
}

@Workflow private actor Several {
    func run(
        _ text: String,
        _ number: Int,
        _ flag: Bool?,
        _ table: [String: Double]
    ) async throws -> String? {
        flag == true ? nil : "\(text) \(number) \(flag.map { "\($0)" } ?? "nil") \(table)"
    }
}

/// Counts the runs of a schedule by the result of the last one.
@Workflow private actor Counting {
    func run() async throws -> Int {
        try context.info.lastCompletionResult.first.map { try PayloadConverter().decode($0, as: Int.self) + 1 } ?? 1
    }
}
