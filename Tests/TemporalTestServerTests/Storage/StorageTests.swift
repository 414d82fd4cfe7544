import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// Services that are ended and started again from what they stored.
@Suite(.timeLimit(.minutes(2))) struct StorageTests {
    private let store = MemoryStateStore()

    /// What a service has that was killed now and started again.
    private func restarted() throws -> Script { try Script(store: store.copy()) }

    @Test func `a started workflow is there after a restart, and its task goes to a worker`() async throws {
        let run = try await Script(store: store).start("w") { $0.memo.fields = ["k": .with { $0.data = Data([1]) }] }
            .runID
        let script = try restarted()
        let description = try await script.describe("w")
        #expect(description.workflowExecutionInfo.execution.runID == run)
        #expect(description.workflowExecutionInfo.memo.fields.count == 1)
        try await script.step(.complete())
        #expect(try await script.closeEvent("w").eventType == .workflowExecutionCompleted)
    }

    @Test func `a worker that had a task before the restart can answer after it`() async throws {
        let before = try Script(store: store)
        try await before.start("w")
        let task = try await before.pollWorkflow()
        let between = try restarted()
        try await between.complete(task, [.activity("a"), .timer("t", .seconds(60))])
        let activity = try await between.pollActivity()
        try await between.completeActivity(activity.taskToken)
        #expect(between.types("w").contains(.activityTaskCompleted))
    }

    @Test func `activities, timers, children and signals go on where they were`() async throws {
        let first = try Script(store: store)
        try await first.start("w")
        try await first.step(.activity("a"), .activity("b"), .timer("t", .seconds(3600)))
        let activity = try await first.pollActivity()
        #expect(try await !first.heartbeat(activity.taskToken, "half"))
        try await first.signal("poke", requestID: "same")
        try await first.server.flush()

        let second = try restarted()
        try await second.signal("poke", requestID: "same")
        #expect(second.types("w").filter { $0 == .workflowExecutionSignaled }.count == 1)
        let pending = try await second.describe("w").pendingActivities
        #expect(pending.map(\.activityID) == ["a", "b"])
        #expect(pending.first?.heartbeatDetails.text == "half")
        try await second.completeActivity(activity.taskToken)
        try await second.completeActivity(try await second.pollActivity().taskToken)
        try await second.step()
        try await second.server.sleep(for: .seconds(3600))
        #expect(second.types("w").contains(.timerFired))
        try await second.step(.complete())
        #expect(try await second.closeEvent("w").eventType == .workflowExecutionCompleted)
    }

    @Test func `what was due while the service was down happens at its start`() async throws {
        var options = TestServer.Options()
        options.seed = 3
        let first = Script(server: try TestServer(options: options, store: store) { Issue.record($0) })
        try await first.start("w")
        try await first.step(.timer("t", .milliseconds(50)))
        try await first.server.flush()
        let copy = store.copy()
        let fired = first.server.now.addingTimeInterval(0.05)
        first.server.shutdown()
        while Date() < fired { try await Task.sleep(for: .milliseconds(1)) }
        let second = Script(server: try TestServer(options: options, store: copy) { Issue.record($0) })
        #expect(second.types("w").contains(.timerFired))
    }

    @Test func `retries wait as long as they would have without the restart`() async throws {
        let first = try Script(store: store)
        try await first.start("w")
        try await first.step(
            .activity("a") { $0.retryPolicy.initialInterval = Google_Protobuf_Duration(seconds: 100) }
        )
        try await first.failActivity(try await first.pollActivity().taskToken)
        try await first.server.flush()
        let second = try restarted()
        #expect(try await second.describe("w").pendingActivities.first?.attempt == 2)
        let began = second.elapsed
        let poll = Task { try await second.pollActivity() }
        try await second.server.sleep(for: .seconds(100) - began)
        #expect(try await poll.value.attempt == 2)
    }

    @Test func `namespaces, search attributes, schedules and batches are there after a restart`() async throws {
        let first = try Script(store: store)
        _ = try await first.call(.registerNamespace) {
            $0.namespace = "other"
            $0.workflowExecutionRetentionPeriod = Google_Protobuf_Duration(seconds: 7200)
        }
        _ = try await first.call(.addSearchAttributes) {
            $0.namespace = "default"
            $0.searchAttributes = ["points": .int]
        }
        _ = try await first.call(.createSchedule) {
            $0.namespace = "default"
            $0.scheduleID = "s"
            $0.requestID = "r"
            $0.schedule.spec.interval = [.with { $0.interval = Google_Protobuf_Duration(seconds: 600) }]
            $0.schedule.action.startWorkflow = .with {
                $0.workflowID = "scheduled"
                $0.workflowType.name = "Flow"
                $0.taskQueue.name = "q"
            }
        }
        try await first.start("w")
        _ = try await first.call(.startBatchOperation) {
            $0.namespace = "default"
            $0.jobID = "job"
            $0.reason = "test"
            $0.visibilityQuery = "WorkflowId = 'w'"
            $0.terminationOperation = .init()
        }
        let second = try restarted()
        let namespace = try await second.call(.describeNamespace) { $0.namespace = "other" }
        #expect(namespace.config.workflowExecutionRetentionTtl.seconds == 7200)
        let attributes = try await second.call(.listSearchAttributes) { $0.namespace = "default" }
        #expect(attributes.customAttributes["points"] == .int)
        let batch = try await second.call(.describeBatchOperation) {
            $0.namespace = "default"
            $0.jobID = "job"
        }
        #expect(batch.completeOperationCount == 1)
        try await second.server.sleep(for: .seconds(1300))
        let schedule = try await second.call(.describeSchedule) {
            $0.namespace = "default"
            $0.scheduleID = "s"
        }
        #expect(schedule.info.actionCount >= 1)
        #expect(second.server.runs().count >= 2)
    }

    @Test func `deleted runs leave nothing behind, and numbers are not used again`() async throws {
        let first = try Script(store: store)
        for id in ["a", "b"] { try await first.start(id) }
        for id in ["a", "b"] {
            _ = try await first.call(.deleteWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = id
            }
        }
        try await first.server.flush()
        var keys: [Data] = []
        try store.read { key, _ in keys.append(key) }
        #expect(!keys.contains { $0.first == StoredKey.Kind.run.rawValue })
        let second = try restarted()
        try await second.start("a")
        let token = try await second.pollWorkflow().taskToken
        #expect(try TaskToken(token) != .workflow(run: 0, scheduledEventID: 2, stamp: 0))
        guard case .workflow(let run, _, _) = try TaskToken(token) else { return #expect(Bool(false)) }
        #expect(run == 2)
    }

    @Test func `nothing is acknowledged once the store has failed`() async throws {
        struct Full: Error {}
        let (failures, failed) = AsyncStream.makeStream(of: Bool.self)
        let server = try TestServer(store: store) { failed.yield($0 is Full) }
        let script = Script(server: server)
        try await script.start("w")
        let poll = Task { try await script.pollActivity() }
        while server.waitingCalls == 0 { await Task.yield() }
        store.fail(Full())
        let error = await #expect(throws: RPCError.self) { try await script.start("x") }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("could not be written") == true)
        for await isFull in failures {
            #expect(isFull)
            break
        }
        server.shutdown()
        await #expect(throws: RPCError.self) { _ = try await poll.value }
        let again = Script(server: try TestServer(store: store.copy()) { Issue.record($0) })
        #expect(again.server.runs().map(\.workflowID) == ["w"])
    }

    @Test func `a store of another version is refused with a message that says what to do`() async throws {
        try await Script(store: store).start("w")
        try store.write([.put(key: StoredKey.service, value: Data(#"{"format":99}"#.utf8))])
        let error = #expect(throws: StoredStateError.self) { _ = try Script(store: store) }
        #expect(error?.description.contains("another version") == true)
    }

    /// A new property of a run or of the service has to be stored, or to be named here as one that need not.
    @Test func `everything that a service has is stored, or known to pass`() throws {
        let passing: Set = [
            // Of a run: what it is found by, what is derived, and what lives no longer than a call or a transaction.
            "engine", "number", "stored", "isDeleted", "hadBufferedEvents", "isProcessingCommands",
            "activityEventIDs", "timerIDs",
            "readSearchValues", "announcedEvents", "isHeldBack", "bufferedQueries", "attachedQueries", "historyWaiters",
            "idleStamp", "externalActions",
            "needsWorkflowTask", "activitiesToDispatch", "eagerActivities", "events", "transactionEnds", "activities",
            "timers",
            "children",
            "updates", "signalRequestIDs", "sizedEvents", "sizeOfSizedEvents", "nexusOperations",
            "attachedRequestIDs",
        ]
        let engine = Engine(options: TestServer.Options())
        let run = Run(deletedFrom: engine)
        let storedOfRun =
            Set(Mirror(reflecting: RunState(run)).children.compactMap(\.label))
            .union(Mirror(reflecting: run.origin.new).children.compactMap(\.label))
            .union(Mirror(reflecting: run.origin).children.compactMap(\.label))
            .union(["memo", "searchAttributes", "bufferedEvents", "executionTime", "workflowID"])
        for name in Mirror(reflecting: run).children.compactMap(\.label) {
            #expect(
                storedOfRun.contains(name) || passing.contains(name),
                "Run.\(name) is not stored: add it to RunState, or give it a Table and a StoredKey.RunPart."
            )
        }
        let storedOfEngine: Set = [
            "ids", "now", "namespaces", "runs", "currentRuns", "deadlines", "counter", "lastTaskID", "batches",
            "schedules", "scheduledRuns", "taskQueueConfigs", "nexusEndpoints", "deployments", "standaloneActivities",
            "nexusExecutions", "batchTargets",
        ]
        let passingOfEngine: Set = [
            "options", "isSkipping", "host", "runNumbers", "queues", "queries", "actions", "runningActions", "pauses",
            "advancing", "isShutDown", "sleepers", "timeLocks", "pace", "lockingSleepers", "expiring", "watched",
            "shutDownWorkers",
            "listeners", "effects", "afterActions", "executor", "closedRuns", "idleScheduleTimes", "openRuns",
            "endedRuns",
            "$__lazy_storage_$_deletedRun", "unstoredRuns", "hasUnstoredDeployments", "knownRoutings", "unrouted",
            "nexusTasks", "unattendedNexusQueues", "deletedSchedules", "$__lazy_storage_$_deletedStandaloneActivity",
            "workerRegistries", "mostQueues",
            "$__lazy_storage_$_deletedNexusExecution", "unstoredNexusExecutions",
            // Of tests that drive the service.
            "scheduling", "withheldTasks", "restingSleepers", "callers", "isTurnGiven", "isExplaining",
            "isHostQuiet", "explainStall", "refusesChild", "continuedRunIDs", "jumps", "touched", "busy", "generation",
            "alarm",
            "isWatchedForStalls",
        ]
        for name in Mirror(reflecting: engine).children.compactMap(\.label) {
            #expect(
                storedOfEngine.contains(name) || passingOfEngine.contains(name),
                "Engine.\(name) is not stored: make it a Table with a StoredKey.ServiceTable, or name it here."
            )
        }
    }

    @Test func `everything that an activity without a workflow has is stored, or known to pass`() {
        let engine = Engine(options: TestServer.Options())
        let activity = StandaloneActivity(deletedFrom: engine)
        let stored = Set(Mirror(reflecting: StandaloneActivityState(activity)).children.compactMap(\.label))
            .union(Mirror(reflecting: activity.origin).children.compactMap(\.label))
        let passing: Set = [
            "engine", "number", "isDeleted", "isOriginStored", "waiters", "readSearchValues",
        ]
        for name in Mirror(reflecting: activity).children.compactMap(\.label) {
            #expect(
                stored.contains(name) || passing.contains(name),
                "StandaloneActivity.\(name) is not stored: add it to StandaloneActivityState."
            )
        }
        let execution = NexusExecution(deletedFrom: engine)
        let storedOfExecution = Set(Mirror(reflecting: execution.storedState).children.compactMap(\.label))
            .union(["origin", "operation"])
        let passingOfExecution: Set = ["engine", "number", "isDeleted", "isOriginStored", "waiters"]
        for name in Mirror(reflecting: execution).children.compactMap(\.label) {
            #expect(
                storedOfExecution.contains(name) || passingOfExecution.contains(name),
                "NexusExecution.\(name) is not stored: add it to NexusExecutionState."
            )
        }
        let changing: Set = ["state", "start", "token", "startedTime", "cancellation"]
        let fixed: Set = [
            "endpoint", "endpointID", "service", "operation", "input", "headers", "requestID", "scheduledTime",
            "scheduleToCloseTimeout", "scheduleToStartTimeout", "startToCloseTimeout",
        ]
        for name in Mirror(reflecting: execution.operation).children.compactMap(\.label) {
            #expect(changing.contains(name) || fixed.contains(name), "NexusOperation.\(name): see NexusExecutionState.")
        }
    }
}
