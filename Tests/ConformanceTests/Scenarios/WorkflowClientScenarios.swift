import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import Testing

/// What a client says of workflows, and does to them, beyond starting and messaging.
@Suite(.timeLimit(.minutes(3))) struct WorkflowClientScenarios {
    @Test(arguments: Backend.available)
    func `a description tells all that was set, and what is pending`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let handle = try await scene.client.startWorkflow(
            named: "Flow",
            options: scene.options {
                $0.executionTimeout = .seconds(7200)
                $0.runTimeout = .seconds(3600)
                $0.taskTimeout = .seconds(30)
                $0.staticSummary = "a flow"
                $0.memo = ["customer": "Ada"]
            }
        )
        let waiting = try await handle.describe()
        let task = try #require(waiting.pendingWorkflowTask)
        #expect(!task.isStarted && task.attempt == 1 && task.startedTime == nil)
        #expect(waiting.executionTimeout == .seconds(7200))
        #expect(waiting.runTimeout == .seconds(3600))
        #expect(waiting.taskTimeout == .seconds(30))
        #expect(try waiting.staticSummary() == "a flow")
        #expect(try waiting.memo("customer") == "Ada")
        #expect(waiting.status == .running && waiting.closeTime == nil && waiting.executionDuration == nil)
        #expect(waiting.firstRunID == waiting.runID)
        #expect(waiting.root?.id == handle.id)
        #expect(waiting.parent == nil)
        #expect(waiting.lastResetTime == nil && waiting.resetRunID == nil)
        let expiration = try #require(waiting.executionExpirationTime)
        #expect(abs(expiration.timeIntervalSince(waiting.startTime) - 7200) < 1)

        let child = "\(handle.id)-child"
        try await worker.step(.activity("act", queue: "nobody's"), .child(child, queue: "nobody's"))
        try await scene.eventually { try await handle.describe().pendingChildren.first?.runID.isEmpty == false }
        let busy = try await handle.describe()
        let activity = try #require(busy.pendingActivities.first)
        #expect(activity.activityID == "act" && activity.activityType == "Act")
        #expect(activity.attempt == 1 && !activity.isStarted && !activity.isPaused)
        #expect(activity.scheduledTime != nil && activity.lastStartedTime == nil && activity.nextAttemptTime == nil)
        #expect(activity.pause == nil)
        let pending = try #require(busy.pendingChildren.first)
        #expect(pending.workflowID == child && pending.workflowType == "Child")
        #expect(pending.parentClosePolicy == .terminate)
        #expect(busy.pendingNexusOperations.isEmpty && busy.callbacks.isEmpty)
        let described = try await scene.client.workflowHandle(id: child).describe()
        #expect(described.parent?.id == handle.id)
        #expect(described.root?.id == handle.id)
        let json = try String(decoding: busy.json(), as: UTF8.self)
        #expect(json.contains("\"pendingActivities\""))

        try await handle.terminate(reason: "end of the scenario")
        let closed = try await handle.describe()
        #expect(closed.status == .terminated)
        #expect(closed.closeTime != nil)
        #expect(closed.historyLength == Int(try await handle.history().count))
    }

    @Test(arguments: Backend.available)
    func `events come in order, from the end, and page by page`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let handle = try await scene.client.startWorkflow(named: "Flow", options: scene.options())
        for number in 1...5 { try await handle.signal("s\(number)") }
        let events = try await handle.history().map(\.description)
        #expect(events.count == 7)
        let reversed = try await handle.eventsReversed(pageSize: 2).all().map(\.description)
        #expect(reversed == events.reversed())
        let collected = try await handle.events().all().map(\.description)
        #expect(collected == events)
        var seen: [String] = []
        for try await event in try await handle.events(followsRun: true) {
            seen.append(event.type)
            if event.name == "s5" { try await handle.terminate(reason: "end of the scenario") }
        }
        #expect(seen.count == 8 && seen.last == "WorkflowExecutionTerminated")
        let absent = scene.client.workflowHandle(id: "absent-\(UUID())", runID: UUID().uuidString.lowercased())
        await #expect(throws: WorkflowNotFoundError.self) { try await absent.eventsReversed().all() }
        await #expect(throws: WorkflowNotFoundError.self) { try await absent.history() }
    }

    @Test(arguments: Backend.available)
    func `a request id makes a start repeatable`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let options = scene.options { $0.requestID = "request-\(UUID())" }
        let first = try await scene.client.startWorkflow(named: "Flow", options: options)
        let second = try await scene.client.startWorkflow(named: "Flow", options: options)
        #expect(first.resultRunID == second.resultRunID)
        let other = await #expect(throws: WorkflowAlreadyStartedError.self) {
            var other = options
            other.requestID = nil
            _ = try await scene.client.startWorkflow(named: "Flow", options: other)
        }
        #expect(other?.workflowID == first.id)
        #expect(other?.runID == first.resultRunID)
        try await first.terminate(reason: "end of the scenario")
    }

    @Test(arguments: Backend.available)
    func `a start hands its links to the workflow that it finds running`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let first = try await scene.client.startWorkflow(named: "Flow", options: scene.options())
        var options = WorkflowOptions(id: first.id, taskQueue: scene.taskQueue)
        options.idConflictPolicy = .useExisting
        let plain = try await scene.client.startWorkflow(named: "Flow", options: options)
        #expect(plain.resultRunID == first.resultRunID)
        #expect(try await first.history().count == 2)
        options.conflictOptions = WorkflowConflictOptions()
        options.requestID = "request-\(UUID())"
        options.links = [.batchOperation(id: "job")]
        let attached = try await scene.client.startWorkflow(named: "Flow", options: options)
        #expect(attached.resultRunID == first.resultRunID)
        let event = try #require(try await first.history().last)
        #expect(event.type == "WorkflowExecutionOptionsUpdated")
        #expect(event.links.map(\.batchOperationID) == ["job"])
        #expect(try String(decoding: event.json(), as: UTF8.self).contains(options.requestID ?? "-"))
        try await first.terminate(reason: "end of the scenario")
    }

    @Test(arguments: Backend.available)
    func `a start leads back to where it came from`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let cause = try await scene.client.startWorkflow(named: "Flow", options: scene.options())
        let run = try #require(cause.resultRunID)
        let event = try #require(try await cause.history().last)
        let handle = try await scene.client.startWorkflow(
            named: "Flow",
            options: scene.options {
                $0.links = [
                    .event(event, workflowID: cause.id, runID: run, namespace: "default"),
                    .workflow(id: cause.id, runID: run, namespace: "default"), .batchOperation(id: "job"),
                ]
            }
        )
        let links = try #require(try await handle.history().first).links
        #expect(links.map(\.workflow?.id) == [cause.id, cause.id, nil])
        #expect(links.map(\.workflow?.runID) == [run, run, nil])
        #expect(links.map(\.eventID) == [2, 1, nil])
        #expect(links.map(\.batchOperationID) == [nil, nil, "job"])
        let refusal = await #expect(throws: RPCError.self) {
            _ = try await scene.client.startWorkflow(
                named: "Flow",
                options: scene.options { $0.links = [.workflow(id: "", runID: run, namespace: "default")] }
            )
        }
        #expect(refusal?.message == "workflow event link must not have an empty workflow ID field")
        let many = await #expect(throws: RPCError.self) {
            _ = try await scene.client.startWorkflow(
                named: "Flow",
                options: scene.options { $0.links = Array(repeating: .batchOperation(id: "job"), count: 11) }
            )
        }
        #expect(many?.message == "cannot attach more than 10 links per request, got 11")
        try await handle.terminate(reason: "end of the scenario")
        try await cause.terminate(reason: "end of the scenario")
    }

    @Test(arguments: Backend.available)
    func `cancel and terminate leave a later workflow of the same id alone`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let options = scene.options()
        let first = try await scene.client.startWorkflow(named: "Flow", options: options)
        try await first.terminate(reason: "over")
        let second = try await scene.client.startWorkflow(named: "Flow", options: options)
        await #expect(throws: WorkflowNotFoundError.self) { try await first.terminate(reason: "again") }
        await #expect(throws: WorkflowNotFoundError.self) { try await first.cancel() }
        #expect(try await second.describe().status == .running)
        #expect(try await second.describe().isCancelRequested == false)
        let guarded = scene.client.workflowHandle(id: options.id, firstExecutionRunID: second.resultRunID)
        try await guarded.cancel()
        #expect(try await second.describe().isCancelRequested)
        try await guarded.terminate(reason: "end of the scenario")
    }

    @Test(arguments: Backend.available)
    func `a deleted workflow is gone`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let handle = try await scene.client.startWorkflow(named: "Flow", options: scene.options())
        try await handle.delete()
        await #expect(throws: WorkflowNotFoundError.self) {
            try await scene.eventually {
                _ = try await handle.describe()
                return false
            }
        }
        await #expect(throws: WorkflowNotFoundError.self) { try await handle.delete() }
    }

    @Test(arguments: Backend.available)
    func `options of a workflow are changed where the service can`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let handle = try await scene.client.startWorkflow(named: "Flow", options: scene.options())
        if backend == .inMemory {
            try await handle.updateOptions(.priority(Priority(key: 1, fairnessKey: "gold")))
            let event = try #require(try await handle.history().last)
            #expect(event.type == "WorkflowExecutionOptionsUpdated")
            #expect(try String(decoding: event.json(), as: UTF8.self).contains("gold"))
        } else {
            // A server of version 1.27 has priorities for starts only.
            let error = await #expect(throws: RPCError.self) { try await handle.updateOptions(.priority(nil)) }
            #expect(error?.code == .invalidArgument)
        }
        try await handle.terminate(reason: "end of the scenario")
        let closed = await #expect(throws: (any Error).self) { try await handle.updateOptions(.priority(nil)) }
        #expect(closed is WorkflowNotFoundError || backend == .realServer)
    }

    @Test func `a reset does to the new run what it is told, before a worker sees it`() async throws {
        // A server of version 1.27 does not know it.
        let scene = try await Scene(.inMemory)
        let worker = RawWorker(scene)
        let handle = try await scene.client.startWorkflow(named: "Flow", options: scene.options())
        try await worker.step()
        let new = try await handle.reset(
            to: .lastWorkflowTask,
            reason: "why",
            followedBy: [.signal(named: "hint", "slowly"), .updateOptions(.priority(Priority(key: 1)))]
        )
        let history = try await new.history()
        #expect(
            history.suffix(3).map(\.type).sorted() == [
                "WorkflowExecutionOptionsUpdated", "WorkflowExecutionSignaled", "WorkflowTaskScheduled",
            ]
        )
        let signal = try #require(history.first { $0.isSignal })
        #expect(signal.name == "hint")
        let description = try await new.describe()
        #expect(description.lastResetTime != nil)
        #expect(description.originalStartTime == (try await handle.describe().originalStartTime))
        try await new.terminate()
    }

    @Test(arguments: Backend.available)
    func `a namespace that is not there is named`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let client = TemporalClient(service: scene.plainClient.service, namespace: "absent-namespace")
        func expect(_ body: () async throws -> Void) async {
            let error = await #expect(throws: NamespaceNotFoundError.self) { try await body() }
            #expect(error?.namespace == "absent-namespace")
        }
        await expect { _ = try await client.startWorkflow(named: "Flow", options: scene.options()) }
        await expect { _ = try await client.workflowHandle(id: "w").describe() }
        await expect { _ = try await client.listWorkflows().all() }
        await expect { _ = try await client.schedules.handle(id: "s").describe() }
        await expect { _ = try await client.batch.handle(id: "b").describe() }
        await expect { _ = try await client.taskQueues.describe("q") }
        await expect { _ = try await client.namespaces.describe() }
    }

    @Test(arguments: Backend.available)
    func `interceptors see updates and schedules`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Desk.self]) { scene in
            let watcher = Watcher(scene: scene)
            let client = TemporalClient(service: scene.plainClient.service, interceptors: [watcher])
            let started = try await client.startUpdateWithStart(
                Desk.self,
                1,
                update: Desk.raise,
                updateInput: 5,
                updateID: "first",
                waitFor: .completed,
                options: scene.options()
            )
            #expect(try await started.update.result() == 5)
            let handle = started.workflow
            // The interceptor gives ten more.
            #expect(try await handle.executeUpdate(Desk.raise, 1, id: "second") == 16)
            let schedule = try await client.schedules.create(
                id: "schedule-\(UUID())",
                Schedule(
                    action: .startWorkflow(named: "Flow", options: scene.options()),
                    spec: ScheduleSpec(),
                    state: ScheduleState(isPaused: true)
                )
            )
            #expect(try await schedule.describe().schedule.state.note == "watched")
            #expect(
                scene.notes == [
                    "update raise first with Desk", "sent first", "update raise second with -", "sent second",
                    "schedule",
                ]
            )
            try await schedule.delete()
            try await handle.terminate(reason: "end of the scenario")
        }
    }
}

/// Notes what passes, and changes some of it.
private struct Watcher: ClientInterceptor {
    let scene: Scene

    func startUpdate(
        _ input: StartUpdateInput,
        next: (StartUpdateInput) async throws -> StartedUpdate
    ) async throws -> StartedUpdate {
        scene.note("update \(input.name) \(input.updateID) with \(input.start?.workflowType ?? "-")")
        var input = input
        if input.start == nil { input.arguments = [try PayloadConverter().encode(11)] }
        let started = try await next(input)
        scene.note("sent \(started.updateID)")
        return started
    }

    func createSchedule(
        _ input: CreateScheduleInput,
        next: (CreateScheduleInput) async throws -> ScheduleHandle
    ) async throws -> ScheduleHandle {
        scene.note("schedule")
        var input = input
        input.schedule.state.note = "watched"
        return try await next(input)
    }
}
