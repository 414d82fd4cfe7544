import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// Batch operations: what is refused, how fast they go, and how long they are known.
@Suite(.timeLimit(.minutes(1))) struct BatchTests {
    private func batch(
        _ script: Script,
        _ id: String = "job",
        _ fill: (inout APIStartBatchOperationRequest) -> Void = { _ in }
    ) async throws {
        _ =
            try await script.call(.startBatchOperation) {
                $0.namespace = "default"
                $0.jobID = id
                $0.reason = "why"
                $0.visibilityQuery = "WorkflowType = 'Flow'"
                $0.signalOperation.signal = "poke"
                fill(&$0)
            } as APIStartBatchOperationResponse
    }

    private func describe(_ script: Script, _ id: String = "job") async throws -> APIDescribeBatchOperationResponse {
        try await script.call(.describeBatchOperation) {
            $0.namespace = "default"
            $0.jobID = id
        }
    }

    private func startFive(_ script: Script) async throws {
        for number in 1...5 { try await script.start("w\(number)") }
    }

    private static let noActivities = "Either activity type must be set, or match all should be set to true"

    private static let wrong: [(@Sendable (inout APIStartBatchOperationRequest) -> Void, String)] = [
        ({ $0.signalOperation.signal = "" }, "must provide signal name"),
        ({ $0.unpauseActivitiesOperation = .init() }, "activity filter must be set"),
        ({ $0.unpauseActivitiesOperation.type = "" }, noActivities),
        ({ $0.unpauseActivitiesOperation.matchAll = false }, noActivities),
        ({ $0.resetActivitiesOperation = .init() }, "must provide ActivityType or MatchAll"),
        ({ $0.resetActivitiesOperation.matchAll = false }, noActivities),
        ({ $0.updateActivityOptionsOperation.restoreOriginal = true }, noActivities),
        (
            { $0.updateActivityOptionsOperation.matchAll = true },
            "Either activity type must be set, or restore original should be set to true"
        ),
        (
            {
                $0.updateActivityOptionsOperation.activityOptions = .init()
                $0.updateActivityOptionsOperation.restoreOriginal = true
            }, "cannot set both activity options and restore original"
        ),
        ({ $0.updateWorkflowOptionsOperation = .init() }, "must provide UpdateOptions"),
        ({ $0.updateWorkflowOptionsOperation.workflowExecutionOptions = .init() }, "must provide UpdateMask"),
        ({ $0.resetOperation = .init() }, "unknown batch reset type Unspecified"),
        ({ $0.resetOperation.options = .init() }, "batch reset missing target"),
        (
            {
                $0.visibilityQuery = ""
                $0.executions = [.with { $0.workflowID = "w" }]
                $0.targetExecutions = [.with { $0.type = .workflow }]
            }, "visibility query, executions, and target executions are mutually exclusive"
        ),
    ]

    @Test func `a request that lacks something, or says two things, is refused`() async throws {
        let script = Script()
        for (change, message) in Self.wrong {
            let error = await #expect(throws: RPCError.self) { try await batch(script, "job", change) }
            #expect(error?.code == .invalidArgument && error?.message == message)
        }
        try await batch(script)
    }

    @Test func `a namespace has one batch operation at a time`() async throws {
        let script = Script()
        try await startFive(script)
        try await batch(script) { $0.maxOperationsPerSecond = 1 }
        let error = await #expect(throws: RPCError.self) { try await batch(script, "other") }
        #expect(error?.code == .resourceExhausted)
        #expect(error?.message == "Max concurrent batch operations is reached")
        script.server.advance(by: .seconds(5))
        #expect(try await describe(script).state == .completed)
        try await batch(script, "other")
        let list: APIListBatchOperationsResponse = try await script.call(.listBatchOperations) {
            $0.namespace = "default"
        }
        #expect(list.operationInfo.map(\.jobID) == ["other", "job"])
        #expect(list.operationInfo.map(\.operationType) == [.signal, .signal])
    }

    private static let rates: [(Float, [Int64])] = [
        (0.5, [1, 1, 2, 2]), (1, [1, 2, 3, 4]), (1.6, [1, 2, 4, 5]), (2, [2, 4, 5, 5]),
    ]

    @Test(arguments: rates)
    func `a rate is kept, also one below one a second`(_ rate: Float, _ expected: [Int64]) async throws {
        let script = Script()
        try await startFive(script)
        try await batch(script) { $0.maxOperationsPerSecond = rate }
        var completed: [Int64] = []
        for _ in expected {
            completed.append(try await describe(script).completeOperationCount)
            script.server.advance(by: .seconds(1))
        }
        #expect(completed == expected)
    }

    @Test func `a batch operation goes on after a restart, and is then forgotten with its namespace's runs`()
        async throws
    {
        let store = MemoryStateStore()
        let first = try Script(store: store, expiresClosedRuns: true)
        try await startFive(first)
        try await batch(first) { $0.maxOperationsPerSecond = 1 }
        let second = try Script(store: store.copy(), expiresClosedRuns: true)
        #expect(try await describe(second).completeOperationCount == 1)
        second.server.advance(by: .seconds(4))
        let done = try await describe(second)
        #expect(done.state == .completed && done.completeOperationCount == 5)
        for number in 1...5 {
            #expect(second.types("w\(number)").filter { $0 == .workflowExecutionSignaled }.count == 1)
        }
        second.server.advance(by: .seconds(71 * 3600))
        let again = await #expect(throws: RPCError.self) { try await batch(second) }
        #expect(again?.code == .alreadyExists)
        second.server.advance(by: .seconds(3600))
        let gone = await #expect(throws: RPCError.self) { _ = try await describe(second) }
        #expect(gone?.code == .notFound)
        try await batch(second)
    }

    @Test func `a job that an earlier version stored goes on with what it had left`() throws {
        let request = APIStartBatchOperationRequest.with {
            $0.namespace = "n"
            $0.jobID = "j"
            $0.signalOperation.signal = "poke"
        }
        let job = BatchJob(request, total: 3, now: Moment(nanoseconds: 7))
        var object = try #require(
            try JSONSerialization.jsonObject(with: JSONEncoder().encode(job)) as? [String: Any]
        )
        let left = try ["c", "b"].map { id in
            try JSONSerialization.jsonObject(
                with: JSONEncoder().encode(APIWorkflowExecution.with { $0.workflowID = id }),
                options: .fragmentsAllowed
            )
        }
        object["position"] = nil
        object["pending"] = left
        var old = try JSONDecoder().decode(BatchJob.self, from: JSONSerialization.data(withJSONObject: object))
        #expect(old.position == 0 && old.total == 3 && old.request == request)
        #expect(old.takePending()?.map(\.workflowID) == ["c", "b"])
        #expect(old.takePending() == nil)
    }
}
