import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// Activities and Nexus operations without a workflow, in services that are ended and started again.
@Suite(.timeLimit(.minutes(1))) struct ExecutionStorageTests {
    private let store = MemoryStateStore()

    /// What a service has that was killed now and started again.
    private func restarted() throws -> Script { try Script(store: store.copy()) }

    private func storedKeys(_ kind: StoredKey.Kind) throws -> Int {
        var count = 0
        try store.read { key, _ in if key.first == kind.rawValue { count += 1 } }
        return count
    }

    // MARK: Activities

    @Test func `an acknowledged start is there after a restart, with all that it brought, and goes to a worker`()
        async throws
    {
        let link = APILink.with {
            $0.workflowEvent.namespace = "default"
            $0.workflowEvent.workflowID = "w"
            $0.workflowEvent.runID = "r"
        }
        let first = try Script(store: store)
        let run = try await first.startActivity { request in
            request.header.fields = ["trace": .with { $0.data = Data("t".utf8) }]
            request.userMetadata.summary.data = Data("summary".utf8)
            request.links = [link]
            request.retryPolicy.maximumAttempts = 7
            request.priority.priorityKey = 2
        }
        .runID
        let second = try restarted()
        let info = try await second.describeActivity()
        #expect(info.runID == run && info.runState == .scheduled && info.attempt == 1)
        #expect(info.links == [link] && info.retryPolicy.maximumAttempts == 7 && info.priority.priorityKey == 2)
        #expect(info.userMetadata.summary.data == Data("summary".utf8))
        #expect(try await second.listActivities() == ["a"])
        let task = try await second.pollActivity()
        #expect(task.activityRunID == run && task.input.text == "input" && task.header.fields["trace"] != nil)
        try await second.completeActivity(task.taskToken)
        #expect(try await second.outcome().result.text == "done")
    }

    @Test func `a worker that had an attempt before the restart reports and completes it after`() async throws {
        let first = try Script(store: store)
        try await first.startActivity { $0.heartbeatTimeout = .init(Duration.seconds(5)) }
        let task = try await first.pollActivity()
        _ = try await first.beat(task.taskToken, "half")
        let second = try restarted()
        #expect(try await second.describeActivity().heartbeatDetails.text == "half")
        #expect(try await second.describeActivity().totalHeartbeatCount == 1)
        _ = try await second.beat(task.taskToken, "nearly")
        try await second.server.flush()
        try await second.completeActivity(task.taskToken)
        #expect(try await second.outcome().result.text == "done")
    }

    @Test func `a result is there after a restart, until its namespace keeps it no longer`() async throws {
        let first = try Script(store: store, expiresClosedRuns: true)
        try await first.startActivity()
        try await first.completeActivity(try await first.pollActivity().taskToken)
        try await first.server.flush()
        let copy = store.copy()
        let second = try Script(store: copy, expiresClosedRuns: true)
        #expect(try await second.outcome().result.text == "done")
        #expect(try await second.describeActivity().stateTransitionCount == 3)
        try await second.sleep(.seconds(72 * 3600 - 1))
        #expect(try await second.describeActivity().status == .completed)
        try await second.sleep(.seconds(2))
        #expect(await refusal { _ = try await second.describeActivity() }?.code == .notFound)
        try await second.server.flush()
        var keys: [Data] = []
        try copy.read { key, _ in keys.append(key) }
        #expect(!keys.contains { $0.first == StoredKey.Kind.activity.rawValue })
    }

    @Test func `retries and time-outs come when they would have come without the restart`() async throws {
        let first = try Script(store: store)
        try await first.startActivity { $0.retryPolicy.initialInterval = .init(Duration.seconds(100)) }
        try await first.failActivity(try await first.pollActivity().taskToken)
        let second = try restarted()
        let info = try await second.describeActivity()
        #expect(info.attempt == 2 && info.lastFailure.message == "failed")
        let poll = Task { try await second.pollActivity() }
        try await second.sleep(.seconds(100) - second.elapsed)
        #expect(try await poll.value.attempt == 2)
        // The worker is lost, and the start-to-close time-out comes at its time.
        second.server.workerWasLost(identity: "worker")
        try await second.server.flush()
        let third = try restartedFrom(second)
        try await third.sleep(.seconds(10))
        #expect(try await third.describeActivity().attempt == 3)
        #expect(try await third.describeActivity().lastFailure.timeoutFailureInfo.timeoutType == .startToClose)
    }

    /// What the copied store of a later service would give: a service with the state of another one now.
    private func restartedFrom(_ script: Script) throws -> Script {
        let later = MemoryStateStore()
        let engine = script.server.transact { $0.allChanges() }
        try later.write(engine.map { try $0.encoded(with: .forStore) })
        return try Script(store: later)
    }

    @Test func `start delays, and time limits of activities that nobody took, go on over a restart`() async throws {
        let first = try Script(store: store)
        try await first.startActivity("delayed") { $0.startDelay = .init(Duration.seconds(50)) }
        try await first.startActivity("limited", startToClose: nil) {
            $0.taskQueue.name = "nobody"
            $0.scheduleToCloseTimeout = .init(Duration.seconds(80))
        }
        let second = try restarted()
        let poll = Task { try await second.pollActivity() }
        try await second.sleep(.seconds(49))
        #expect(try await second.describeActivity("delayed").runState == .scheduled)
        try await second.sleep(.seconds(1))
        #expect(try await poll.value.activityID == "delayed")
        let limited = try await second.describeActivity("limited")
        #expect(limited.status == .running)
        second.server.workerWasLost(identity: "worker")
        try await second.sleep(.seconds(29))
        #expect(try await second.describeActivity("limited").status == .running)
        try await second.sleep(.seconds(1))
        #expect(try await second.describeActivity("limited").status == .timedOut)
    }

    @Test func `one request starts one activity, over restarts too`() async throws {
        func start(_ script: Script, _ requestID: String) async throws -> APIStartActivityExecutionResponse {
            try await script.startActivity { $0.requestID = requestID }
        }
        let first = try await start(try Script(store: store), "same")
        let script = try restarted()
        let again = try await start(script, "same")
        #expect(again.runID == first.runID && !again.started)
        #expect(await refusal { _ = try await start(script, "other") }?.code == .alreadyExists)
        try await script.terminateActivity(requestID: "end")
        let later = try restartedFrom(script)
        // The same request that ended it is answered again; another one is refused.
        try await later.terminateActivity(requestID: "end")
        #expect(await refusal { try await later.terminateActivity(requestID: "other") }?.code == .failedPrecondition)
    }

    @Test func `pauses, cancellations and resets go on where they were`() async throws {
        let first = try Script(store: store)
        for id in ["paused", "asked", "reset"] { try await first.startActivity(id) }
        let tasks = [try await first.pollActivity(), try await first.pollActivity(), try await first.pollActivity()]
        #expect(tasks.map(\.activityID) == ["paused", "asked", "reset"])
        try await first.pauseActivity("paused")
        try await first.cancelActivity("asked")
        try await first.resetActivity("reset")
        let second = try restarted()
        #expect(try await second.beat(tasks[0].taskToken, "x").activityPaused)
        #expect(try await second.beat(tasks[1].taskToken, "x").cancelRequested)
        #expect(try await second.beat(tasks[2].taskToken, "x").activityReset)
        try await second.respondCanceled(tasks[1].taskToken)
        try await second.failActivity(tasks[0].taskToken)
        try await second.failActivity(tasks[2].taskToken)
        #expect(try await second.describeActivity("asked").status == .canceled)
        #expect(try await second.describeActivity("paused").status == .paused)
        #expect(try await second.describeActivity("reset").attempt == 1)
        #expect(try await second.describeActivity("reset").runState == .scheduled)
    }

    @Test func `tasks wait in the order in which they came, and lists are as they were`() async throws {
        let first = try Script(store: store)
        for id in ["a", "b", "c", "d"] { try await first.startActivity(id) }
        try await first.completeActivity(try await first.pollActivity().taskToken)
        try await first.start("w")
        try await first.step(.activity("e"))
        let lists = try await first.listActivities()
        let second = try restarted()
        #expect(try await second.listActivities() == lists)
        #expect(lists == ["d", "c", "b", "a"])
        var order: [String] = []
        for _ in 0..<4 { order.append(try await second.pollActivity().activityID) }
        #expect(order == ["b", "c", "d", "e"])
        let page = try await second.call(.listActivityExecutions) {
            $0.namespace = "default"
            $0.pageSize = 2
        }
        // A page that was begun before a restart goes on after it.
        let third = try restartedFrom(second)
        let next = try await third.call(.listActivityExecutions) {
            $0.namespace = "default"
            $0.nextPageToken = page.nextPageToken
        }
        #expect((page.executions + next.executions).map(\.activityID) == lists)
    }

    @Test func `deleted activities leave nothing behind, and their numbers are not used again`() async throws {
        let first = try Script(store: store)
        try await first.startActivity("a")
        let old = try await first.pollActivity().taskToken
        try await first.startActivity("b")
        for id in ["a", "b"] {
            _ = try await first.call(.deleteActivityExecution) {
                $0.namespace = "default"
                $0.activityID = id
            }
        }
        try await first.server.flush()
        #expect(try storedKeys(.activity) == 0)
        let second = try restarted()
        #expect(await refusal { try await second.completeActivity(old) }?.code == .notFound)
        try await second.startActivity("a")
        guard case .standaloneActivity(2, _, _) = try TaskToken(try await second.pollActivity().taskToken) else {
            Issue.record("The number of a deleted activity was used again.")
            return
        }
    }

    @Test func `a store of the first format is taken over`() async throws {
        try await Script(store: store).start("w")
        var service: [String: Any] = [:]
        try store.read { key, value in
            guard key == StoredKey.service else { return }
            service = try JSONSerialization.jsonObject(with: value) as? [String: Any] ?? [:]
        }
        service["format"] = 1
        service["activityCount"] = nil
        service["nexusExecutionCount"] = nil
        try store.write([.put(key: StoredKey.service, value: try JSONSerialization.data(withJSONObject: service))])
        let second = try restarted()
        try await second.startActivity()
        try await second.step(.complete())
        #expect(try await second.describe("w").workflowExecutionInfo.status == .completed)
    }

    // MARK: Nexus operations

    @discardableResult
    private func startOperation(
        _ script: Script,
        _ id: String = "o",
        requestID: String = "request",
        _ fill: (inout APIStartNexusOperationExecutionRequest) -> Void = { _ in }
    ) async throws -> APIStartNexusOperationExecutionResponse {
        try await script.call(.startNexusOperationExecution) {
            $0.namespace = "default"
            $0.operationID = id
            $0.requestID = requestID
            $0.endpoint = "desk"
            $0.service = "Service"
            $0.operation = "operation"
            $0.input = payloads("input").payloads[0]
            $0.nexusHeader = ["key": "value"]
            fill(&$0)
        }
    }

    private func operation(
        _ script: Script,
        _ id: String = "o"
    ) async throws -> APIDescribeNexusOperationExecutionResponse {
        try await script.call(.describeNexusOperationExecution) {
            $0.namespace = "default"
            $0.operationID = id
            $0.includeInput = true
            $0.includeOutcome = true
        }
    }

    @Test func `a Nexus operation is there after a restart, and its request goes to a handler again`() async throws {
        let first = try Script(store: store)
        try await first.makeEndpoint()
        let run = try await startOperation(first).runID
        // A handler has taken the request, and is lost with its answer.
        let lost = try await first.pollNexus()
        let second = try restarted()
        let info = try await operation(second)
        #expect(info.runID == run && info.info.status == .running && info.info.nexusHeader == ["key": "value"])
        #expect(String(decoding: info.input.data, as: UTF8.self) == "input")
        #expect(try await startOperation(second).runID == run)
        #expect(await refusal { _ = try await startOperation(second, requestID: "other") }?.code == .alreadyExists)
        let task = try await second.pollNexus()
        // By this, a handler recognizes what it has seen.
        #expect(task.request.startOperation.requestID == lost.request.startOperation.requestID)
        try await second.answer(task) { $0.startOperation.syncSuccess.payload = payloads("result").payloads[0] }
        try await second.server.flush()
        let third = try restartedFrom(second)
        let end = try await operation(third)
        #expect(end.info.status == .completed)
        #expect(String(decoding: end.result.data, as: UTF8.self) == "result")
    }

    @Test func `an operation that goes on elsewhere hears of its end after a restart`() async throws {
        let first = try Script(store: store)
        try await first.makeEndpoint()
        try await startOperation(first) { $0.startToCloseTimeout = .init(Duration.seconds(500)) }
        let task = try await first.pollNexus()
        let request = task.request.startOperation
        try await first.answer(task) { $0.startOperation.asyncSuccess.operationToken = "token" }
        let second = try restarted()
        #expect(try await operation(second).info.operationToken == "token")
        // The end of a workflow that has the callback of the operation ends it.
        try await second.start("handler") {
            $0.completionCallbacks = [
                .with {
                    $0.nexus.url = request.callback
                    $0.nexus.header = request.callbackHeader
                }
            ]
        }
        try await second.step(.complete("elsewhere"))
        let end = try await operation(second)
        #expect(end.info.status == .completed)
        #expect(String(decoding: end.result.data, as: UTF8.self) == "elsewhere")
    }

    @Test func `time-outs, cancellations and deletions of Nexus operations last`() async throws {
        let first = try Script(store: store, expiresClosedRuns: true)
        try await first.makeEndpoint()
        try await startOperation(first, "limited") { $0.scheduleToCloseTimeout = .init(Duration.seconds(60)) }
        try await startOperation(first, "asked")
        try await startOperation(first, "deleted")
        _ = try await first.call(.requestCancelNexusOperationExecution) {
            $0.namespace = "default"
            $0.operationID = "asked"
            $0.requestID = "cancel"
            $0.reason = "why"
        }
        _ = try await first.call(.deleteNexusOperationExecution) {
            $0.namespace = "default"
            $0.operationID = "deleted"
        }
        try await first.server.flush()
        #expect(try storedKeys(.nexusExecution) == 4)
        let copy = store.copy()
        let second = try Script(store: copy, expiresClosedRuns: true)
        #expect(await refusal { _ = try await operation(second, "deleted") }?.code == .notFound)
        #expect(try await operation(second, "asked").info.cancellationInfo.reason == "why")
        try await second.sleep(.seconds(60))
        #expect(try await operation(second, "limited").info.status == .timedOut)
        // After that, its namespace keeps it for three days.
        try await second.sleep(.seconds(72 * 3600 + 1))
        #expect(await refusal { _ = try await operation(second, "limited") }?.code == .notFound)
        #expect(try await operation(second, "asked").info.status == .running)
    }

    private func listOperations(_ script: Script, token: Data = Data()) async throws -> (ids: [String], token: Data) {
        let page = try await script.call(.listNexusOperationExecutions) {
            $0.namespace = "default"
            $0.pageSize = 2
            $0.nextPageToken = token
        }
        return (page.operations.map(\.operationID), page.nextPageToken)
    }

    @Test func `Nexus operations are listed page by page, what goes on first, also after a restart`() async throws {
        let first = try Script(store: store)
        try await first.makeEndpoint()
        for id in ["a", "b", "c", "d"] { try await startOperation(first, id) }
        for id in ["c", "a"] {
            _ = try await first.call(.terminateNexusOperationExecution) {
                $0.namespace = "default"
                $0.operationID = id
            }
        }
        for script in [first, try restarted()] {
            let page = try await listOperations(script)
            #expect(page.ids == ["d", "b"])
            #expect(try await listOperations(script, token: page.token).ids == ["a", "c"])
            let error = await refusal { _ = try await listOperations(script, token: Data("-1".utf8)) }
            #expect(error?.code == .invalidArgument && error?.message == "Invalid NextPageToken.")
            let holders = script.server.clockHolders
            #expect(holders.counted == holders.recomputed && holders.counted.count == 2)
        }
    }

    @Test func `an id whose latest Nexus operation was deleted has none, also after a restart`() async throws {
        let first = try Script(store: store)
        try await first.makeEndpoint()
        let old = try await startOperation(first).runID
        _ = try await first.call(.terminateNexusOperationExecution) {
            $0.namespace = "default"
            $0.operationID = "o"
        }
        let new = try await startOperation(first, requestID: "another").runID
        #expect(try await operation(first).runID == new)
        _ = try await first.call(.deleteNexusOperationExecution) {
            $0.namespace = "default"
            $0.operationID = "o"
        }
        for script in [first, try restarted()] {
            #expect(await refusal { _ = try await operation(script) }?.code == .notFound)
            let found = try await script.call(.describeNexusOperationExecution) {
                $0.namespace = "default"
                $0.operationID = "o"
                $0.runID = old
            }
            #expect(found.info.status == .terminated)
        }
    }
}
