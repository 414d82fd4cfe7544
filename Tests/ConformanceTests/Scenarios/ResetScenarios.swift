import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import TemporalWorker
import Testing

/// What a reset makes of a history.
@Suite(.timeLimit(.minutes(3))) struct ResetScenarios {
    private static let failed = "taskFailed resetWorkflow why by history-service"

    @Test(arguments: Backend.available)
    func `a reset fails the task and keeps later signals`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "reset-\(UUID())"
        let old = try await worker.start(id)
        let aside = scene.taskQueue + "-a"
        try await worker.step(.timer("t1", 1000), .activity("a1", queue: aside))
        try await worker.signal(id, "s1")
        try await worker.step(.activity("a2", queue: aside))
        try await worker.signal(id, "s2")

        let new = try await worker.reset(id, old, to: 4) { $0.requestID = "one request" }
        // The same request again finds the same run.
        #expect(try await worker.reset(id, old, to: 4) { $0.requestID = "one request" } == new)

        let oldHistory = try await worker.history(id, old)
        #expect(oldHistory.last == "terminated why by history-resetter")
        #expect(oldHistory.count == 14)
        #expect(
            try await worker.history(id, new) == [
                "started", "taskScheduled", "taskStarted", Self.failed, "signaled s1", "signaled s2", "taskScheduled",
            ]
        )
        let events = try await worker.events(id, new)
        let oldEvents = try await worker.events(id, old)
        #expect(events[0].workflowExecutionStartedEventAttributes.firstExecutionRunID == old)
        #expect(events[0].workflowExecutionStartedEventAttributes.originalExecutionRunID == old)
        #expect(events.prefix(3).map(\.eventTime) == oldEvents.prefix(3).map(\.eventTime))
        let failure = events[3].workflowTaskFailedEventAttributes
        #expect(failure.scheduledEventID == 2 && failure.startedEventID == 3)
        #expect(failure.baseRunID == old && failure.newRunID == new)
        #expect(failure.failure.resetWorkflowFailureInfo == APIResetWorkflowFailureInfo())
        let description = try await worker.describe(id)
        #expect(description.workflowExecutionInfo.execution.runID == new)
        #expect(description.pendingActivities.isEmpty)
        #expect(description.workflowExtendedInfo.hasLastResetTime)
        #expect(description.workflowExtendedInfo.originalStartTime == oldEvents[0].eventTime)
        #expect(description.workflowExecutionInfo.startTime == description.workflowExtendedInfo.lastResetTime)
    }

    @Test(arguments: Backend.available)
    func `a history is cut between transactions, where a task is open`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "reset-\(UUID())"
        let run = try await worker.start(id)
        let aside = scene.taskQueue + "-a"
        try await worker.step(.timer("t1", 1000), .activity("a1", queue: aside))
        try await worker.signal(id, "s1")
        try await worker.step(.activity("a2", queue: aside))
        try await worker.signal(id, "s2")
        let outside = "Workflow task finish ID must be > 1 && <= workflow last event ID."
        func boundary(_ id: Int) -> String {
            "StateRebuilder unable to Rebuild mutable state to event ID: \(id), version: 0, "
                + "this event must be at the boundary"
        }
        func noTask(_ id: Int) -> String {
            "Can only reset workflow to event ID in range [WorkflowTaskScheduled +1, WorkflowTaskStarted + 1]: \(id)"
        }
        let refused: [(Int64, String)] = [
            (-1, outside), (0, outside), (1, outside), (999, outside), (2, boundary(1)), (5, boundary(4)),
            (6, boundary(5)), (7, noTask(7)), (8, boundary(7)), (11, boundary(10)), (12, noTask(12)),
        ]
        for (eventID, message) in refused {
            let error = await #expect(throws: RPCError.self) {
                _ = try await worker.reset(id, run, to: eventID)
            }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message == message)
        }
        for eventID: Int64 in [3, 4, 9, 10] {
            #expect(try await worker.reset(id, run, to: eventID) != run)
        }
        let others: [(String, String, RPCError.Code, String)] = [
            ("absent", "", .notFound, "workflow not found for ID: absent"),
            ("", "", .invalidArgument, "WorkflowId is not set on request."),
            (id, "xyz", .invalidArgument, "Invalid RunId."),
            (
                id, "80b0d3ad-8b32-4dfb-98ca-09ca29c64039", .notFound,
                "workflow execution not found for workflow ID \"\(id)\" and run ID "
                    + "\"80b0d3ad-8b32-4dfb-98ca-09ca29c64039\""
            ),
        ]
        for (workflowID, runID, code, message) in others {
            let error = await #expect(throws: RPCError.self) {
                _ = try await worker.reset(workflowID, runID, to: 4)
            }
            #expect(error?.code == code)
            #expect(error?.message == message)
        }
        let unnamed = await #expect(throws: RPCError.self) {
            _ = try await worker.reset(id, run, to: 4) { $0.requestID = "" }
        }
        #expect(unnamed?.message == "RequestId is not set on request.")
    }

    /// Which types keep signals and updates.
    private static let types: [(APIResetReapplyType, [APIResetReapplyExcludeType], signals: Bool)] = [
        (.unspecified, [], true), (.signal, [], true), (.none, [], false), (.allEligible, [], true),
        (.allEligible, [.signal], false), (.allEligible, [.signal, .update], false), (.allEligible, [.update], true),
        (.unspecified, [.signal], false), (.none, [.signal], false), (.signal, [.signal], false),
    ]

    @Test(arguments: Backend.available)
    func `the request says what of the later history is kept`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "reset-\(UUID())"
        let run = try await worker.start(id)
        try await worker.signal(id, "s0")
        try await worker.step()
        try await worker.signal(id, "s1")
        try await worker.step()
        try await worker.signal(id, "s2")
        try await worker.step(.completion)
        let prefix = ["started", "taskScheduled", "signaled s0", "taskStarted", Self.failed]
        for (type, excluded, signals) in Self.types {
            let new = try await worker.reset(id, run, to: 5) {
                $0.resetReapplyType = type
                $0.resetReapplyExcludeTypes = excluded
            }
            let kept = signals ? ["signaled s1", "signaled s2"] : []
            #expect(try await worker.history(id, new) == prefix + kept + ["taskScheduled"], "\(type) \(excluded)")
        }
        // What had ended is not terminated.
        #expect(try await worker.history(id, run).last == "completed")
    }

    @Test(arguments: Backend.available)
    func `a task that no worker had is started and failed`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "reset-\(UUID())"
        let run = try await worker.start(id)
        let task = try await worker.poll()
        #expect(task.startedEventID == 3)
        // This signal waits in the buffer until the task ends.
        try await worker.signal(id, "buffered")
        let new = try await worker.reset(id, run, to: 3)
        #expect(
            try await worker.history(id, run) == [
                "started", "taskScheduled", "taskStarted", "taskFailed forceCloseCommand  by history-service",
                "signaled buffered", "terminated why by history-resetter",
            ]
        )
        #expect(
            try await worker.history(id, new) == [
                "started", "taskScheduled", "taskStarted", Self.failed, "signaled buffered", "taskScheduled",
            ]
        )
        let started = try await worker.events(id, new)[2].workflowTaskStartedEventAttributes
        #expect(started.identity == "history-service")
        #expect(started.requestID == "emptyUuid")
    }

    @Test(arguments: Backend.available)
    func `a child goes on, and the new run hears of its end`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "reset-\(UUID())"
        let childID = id + "-child"
        let aside = scene.taskQueue + "-c"
        let run = try await worker.start(id)
        try await worker.step(.child(childID, queue: aside))
        // Started, so that there is a task that tells the parent of it.
        try await worker.step()
        let new = try await worker.reset(id, run, to: 9)
        let pending = try await worker.describe(id, new).pendingChildren
        #expect(pending.map(\.workflowID) == [childID])
        #expect(pending.map(\.initiatedID) == [5])
        #expect(try await worker.describe(childID).workflowExecutionInfo.status == .running)
        try await worker.step(.completion, queue: aside)
        try await scene.eventually {
            try await worker.events(id, new).last?.eventType == .childWorkflowExecutionCompleted
        }
        let last = try #require(try await worker.events(id, new).last)
        #expect(last.childWorkflowExecutionCompletedEventAttributes.initiatedEventID == 5)
        #expect(last.childWorkflowExecutionCompletedEventAttributes.startedEventID == 6)
        #expect(try await worker.describe(id, new).pendingChildren.isEmpty)
    }

    @Test(arguments: Backend.available)
    func `a child that the new run does not know keeps its id`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "reset-\(UUID())"
        let childID = id + "-child"
        let aside = scene.taskQueue + "-c"
        let run = try await worker.start(id)
        try await worker.step(.child(childID, queue: aside))
        try await scene.eventually { try await worker.events(id, run).count >= 6 }
        let new = try await worker.reset(id, run, to: 4)
        try await worker.step(.child(childID, queue: aside))
        try await scene.eventually { try await worker.events(id, new).count == 10 }
        let failed = try await worker.events(id, new)[8]
        #expect(failed.startChildWorkflowExecutionFailedEventAttributes.cause == .workflowAlreadyExists)
        #expect(try await worker.describe(childID).workflowExecutionInfo.status == .running)
    }

    @Test(arguments: Backend.available)
    func `limits count from the reset, timers from their start`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "reset-\(UUID())"
        let run = try await worker.start(id) {
            $0.workflowRunTimeout.seconds = 500
            $0.workflowExecutionTimeout.seconds = 900
        }
        try await worker.step(.timer("t", 3), .activity("a", queue: scene.taskQueue + "-a"))
        try await worker.signal(id, "s")
        try await worker.step()
        try await scene.sleep(.seconds(1))
        let new = try await worker.reset(id, run, to: 9)
        let description = try await worker.describe(id, new)
        let began = description.workflowExtendedInfo.lastResetTime.timeInterval
        #expect(abs(description.workflowExtendedInfo.runExpirationTime.timeInterval - began - 500) < 0.01)
        #expect(abs(description.workflowExtendedInfo.executionExpirationTime.timeInterval - began - 900) < 0.01)
        #expect(description.pendingActivities.map(\.activityID) == ["a"])
        #expect(description.pendingActivities.map(\.attempt) == [1])
        try await worker.step()
        try await scene.sleep(.seconds(4))
        try await scene.eventually { try await worker.events(id, new).contains { $0.eventType == .timerFired } }
        let events = try await worker.events(id, new)
        let started = try #require(events.first { $0.eventType == .timerStarted })
        let fired = try #require(events.first { $0.eventType == .timerFired })
        let length = fired.eventTime.timeInterval - started.eventTime.timeInterval
        // A real server fires a timer when it comes to it; in memory it is exact.
        #expect(length >= 3 && length < (backend == .inMemory ? 3.9 : 30))
    }

    @Test(arguments: Backend.available)
    func `updates are admitted again, a cancellation is not`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "reset-\(UUID())"
        let run = try await worker.start(id)
        try await worker.step()
        let update = Task { try await worker.update(id, "U1") }
        let task = try await worker.poll()
        let (messages, commands) = try worker.accepting(task)
        try await worker.complete(task, commands, messages: messages)
        #expect(try await update.value == .completed)
        try await worker.call(.requestCancelWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = id
            $0.requestID = UUID().uuidString
        }
        try await worker.step()
        let prefix = ["started", "taskScheduled", "taskStarted", Self.failed]
        let kept: [(APIResetReapplyType, [APIResetReapplyExcludeType], [String])] = [
            (.allEligible, [], ["updateAdmitted U1 reapply"]), (.unspecified, [], ["updateAdmitted U1 reapply"]),
            (.signal, [], []), (.allEligible, [.update], []), (.none, [], []),
        ]
        for (type, excluded, again) in kept {
            let new = try await worker.reset(id, run, to: 4) {
                $0.resetReapplyType = type
                $0.resetReapplyExcludeTypes = excluded
            }
            #expect(try await worker.history(id, new) == prefix + again + ["taskScheduled"])
        }
        // The event tells the worker of the update, and no message does.
        let last = try await worker.reset(id, run, to: 4)
        let next = try await worker.poll()
        #expect(next.workflowExecution.runID == last)
        #expect(next.messages.isEmpty)
    }

    @Test(arguments: Backend.available)
    func `signals of the runs that followed are kept too`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "reset-\(UUID())"
        let run = try await worker.start(id)
        try await worker.signal(id, "before")
        try await worker.step(
            .with {
                $0.commandType = .continueAsNewWorkflowExecution
                $0.continueAsNewWorkflowExecutionCommandAttributes.workflowType.name = "Flow"
                $0.continueAsNewWorkflowExecutionCommandAttributes.taskQueue.name = scene.taskQueue
            }
        )
        // The second run begins a second after the first.
        try await scene.sleep(.seconds(2))
        try await worker.step()
        try await worker.signal(id, "in the second run")
        let new = try await worker.reset(id, run, to: 5)
        #expect(
            try await worker.history(id, new) == [
                "started", "taskScheduled", "signaled before", "taskStarted", Self.failed,
                "signaled in the second run", "taskScheduled",
            ]
        )
    }
    /// What a pinned run needs is there only where worker versioning is switched on, which older servers do not have.
    private static let versioned: [Backend] =
        ProcessInfo.processInfo.environment["TEMPORAL_VERSIONING"] == nil ? [.inMemory] : Backend.available

    @Test(arguments: versioned)
    func `options that were changed are changed in the new run too`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "reset-\(UUID())"
        let run = try await worker.start(id)
        try await worker.step()
        func change(_ fill: (inout APIUpdateWorkflowExecutionOptionsRequest) -> Void) async throws {
            try await worker.call(.updateWorkflowExecutionOptions) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = id
                $0.updateMask.paths = ["versioning_override"]
                fill(&$0)
            }
        }
        try await change { $0.workflowExecutionOptions.versioningOverride = .automatic }
        let prefix = ["started", "taskScheduled", "taskStarted", Self.failed]
        // What has no type is kept whatever is excluded, unless everything is.
        let kept: [(APIResetReapplyType, [APIResetReapplyExcludeType], Bool)] = [
            (.allEligible, [], true), (.signal, [], true), (.none, [], true),
            (.unspecified, [.signal, .update, .nexus], true),
            (.unspecified, [.signal, .update, .nexus, .cancelRequest], false),
        ]
        for (type, excluded, isKept) in kept {
            let new = try await worker.reset(id, run, to: 4) {
                $0.resetReapplyType = type
                $0.resetReapplyExcludeTypes = excluded
            }
            let again = isKept ? ["optionsUpdated"] : []
            #expect(try await worker.history(id, new) == prefix + again + ["taskScheduled"], "\(type) \(excluded)")
            let override = try await worker.describe(id, new).workflowExecutionInfo.versioningInfo.versioningOverride
            #expect((override.autoUpgrade || override.behavior == .autoUpgrade) == isKept)
        }
        // Options that were taken back are taken back again.
        let last = try await worker.reset(id, run, to: 4)
        try await worker.step()
        try await change { $0.workflowExecutionOptions = .init() }
        let new = try await worker.reset(id, last, to: 4)
        #expect(
            try await worker.history(id, new) == prefix + ["optionsUpdated", "optionsUpdated", "taskScheduled"]
        )
        let info = try await worker.describe(id, new).workflowExecutionInfo
        #expect(info.versioningInfo.versioningOverride.behavior == .unspecified)
        #expect(!info.versioningInfo.versioningOverride.autoUpgrade)
    }

    @Test(arguments: Backend.available, [APIResetReapplyType.allEligible, .none])
    func `a child that ended after the point of the reset has ended for the new run`(
        _ backend: Backend,
        _ type: APIResetReapplyType
    ) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "reset-\(UUID())"
        let childID = id + "-child"
        let aside = scene.taskQueue + "-c"
        let run = try await worker.start(id)
        try await worker.signal(id, "s")
        // While its task is worked on, another comes: the next task is scheduled with the child's start.
        let task = try await worker.poll()
        try await worker.signal(id, "during")
        try await worker.complete(task, [.child(childID, queue: aside)])
        try await scene.eventually {
            try await worker.events(id, run).contains { $0.eventType == .childWorkflowExecutionStarted }
        }
        try await worker.step(.completion, queue: aside)
        try await scene.eventually {
            try await worker.events(id, run).contains { $0.eventType == .childWorkflowExecutionCompleted }
        }
        let events = try await worker.events(id, run)
        let initiated = try #require(events.first { $0.eventType == .startChildWorkflowExecutionInitiated })
        let scheduled = try #require(
            events.last { $0.eventType == .workflowTaskScheduled && $0.eventID > initiated.eventID }
        )
        let new = try await worker.reset(id, run, to: scheduled.eventID + 1) { $0.resetReapplyType = type }
        let after = try await worker.events(id, new)
        let end = try #require(after.first { $0.eventType == .childWorkflowExecutionCompleted })
        #expect(end.childWorkflowExecutionCompletedEventAttributes.initiatedEventID == initiated.eventID)
        let started = try #require(after.first { $0.eventType == .childWorkflowExecutionStarted })
        #expect(end.childWorkflowExecutionCompletedEventAttributes.startedEventID == started.eventID)
        #expect(try await worker.describe(id, new).pendingChildren.isEmpty)
    }

    @Test(arguments: Backend.available)
    func `signals of a run that followed by cron or retry are not those of the run`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let worker = RawWorker(scene)
        let id = "reset-\(UUID())"
        let run = try await worker.start(id) { $0.cronSchedule = "@every 1s" }
        try await scene.sleep(.seconds(2))
        try await worker.step(.completion)
        try await scene.sleep(.seconds(2))
        try await worker.signal(id, "in the next run")
        let events = try await worker.events(id, run)
        let started = try #require(events.first { $0.eventType == .workflowTaskStarted })
        let new = try await worker.reset(id, run, to: started.eventID + 1)
        #expect(try await !worker.history(id, new).contains("signaled in the next run"))
    }
}

extension APIWorkflowVersioningOverride {
    /// Goes on with the current version, in the words of newer servers and of older ones.
    fileprivate static var automatic: APIWorkflowVersioningOverride {
        .with {
            $0.autoUpgrade = true
            $0.behavior = .autoUpgrade
        }
    }
}

extension RawWorker {
    /// Updates a workflow, and waits until the update is accepted.
    fileprivate func update(_ id: String, _ updateID: String) async throws -> APIUpdateWorkflowExecutionLifecycleStage {
        try await call(.updateWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = id
            $0.request.meta.updateID = updateID
            $0.request.input.name = "up"
            $0.waitPolicy.lifecycleStage = .completed
        }
        .stage
    }

    /// What accepts and completes all updates of a task.
    fileprivate func accepting(
        _ task: APIPollWorkflowTaskQueueResponse
    ) throws -> (messages: [APIProtocolMessage], commands: [APICommand]) {
        var messages: [APIProtocolMessage] = []
        for request in task.messages {
            let id = request.protocolInstanceID
            messages.append(
                try .with {
                    $0.id = id + "/accept"
                    $0.protocolInstanceID = id
                    $0.body = try Google_Protobuf_Any(
                        message: APIUpdateAcceptance.with {
                            $0.acceptedRequestMessageID = request.id
                            $0.acceptedRequestSequencingEventID = request.eventID
                        }
                    )
                }
            )
            messages.append(
                try .with {
                    $0.id = id + "/complete"
                    $0.protocolInstanceID = id
                    $0.body = try Google_Protobuf_Any(
                        message: APIUpdateResponse.with {
                            $0.meta.updateID = id
                            $0.outcome.success = APIPayloads()
                        }
                    )
                }
            )
        }
        return (messages, messages.map { .message($0.id) })
    }
}

extension Google_Protobuf_Timestamp {
    /// Seconds since 1970.
    fileprivate var timeInterval: Double { Double(seconds) + Double(nanos) / 1e9 }
}
