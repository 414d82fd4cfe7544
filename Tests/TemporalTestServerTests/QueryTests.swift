import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

@Suite struct QueryTests {
    private func query(
        _ script: Script,
        reject: APIQueryRejectCondition = .none
    ) async throws -> APIQueryWorkflowResponse {
        try await script.call(.queryWorkflow) {
            $0.namespace = "default"
            $0.execution.workflowID = "w"
            $0.query.queryType = "state"
            $0.queryRejectCondition = reject
        }
    }

    private func answer(
        _ script: Script,
        _ task: APIPollWorkflowTaskQueueResponse,
        _ text: String
    ) async throws {
        _ = try await script.call(.respondQueryTaskCompleted) {
            $0.taskToken = task.taskToken
            $0.completedType = .answered
            $0.queryResult = payloads(text)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
    func `a query of an idle or ended run is a task of its own`(ended: Bool) async throws {
        let script = Script()
        try await script.start()
        try await script.step(ended ? .complete() : .timer("t", .seconds(60)))
        async let response = query(script)
        let task = try await script.pollWorkflow()
        #expect(task.query.queryType == "state")
        #expect(task.startedEventID == 0)
        #expect(task.history.events.count == 5)
        #expect(task.previousStartedEventID == 3)
        try await answer(script, task, "idle")
        #expect(try await response.queryResult.text == "idle")
        #expect(script.history().count == 5)
        #expect(script.elapsed == .zero)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a query ends with the run that is deleted, and reaches no worker`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.complete())
        let response = Task { try await query(script) }
        await script.waits(1)
        _ = try await script.call(.deleteWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowExecution.workflowID = "w"
        }
        let error = await #expect(throws: RPCError.self) { _ = try await response.value }
        #expect(error?.code == .notFound)
        // The next task is that of another run.
        try await script.start("other")
        #expect(try await script.pollWorkflow().workflowExecution.workflowID == "other")
    }

    @Test(.timeLimit(.minutes(1)))
    func `a query waits for the workflow task that is on its way, and goes with it`() async throws {
        let script = Script()
        try await script.start()
        async let response = query(script)
        await script.waits(1)
        let task = try await script.pollWorkflow()
        let (id, carried) = try #require(task.queries.first)
        #expect(carried.queryType == "state")
        try await script.complete(task) {
            $0.queryResults = [
                id: .with {
                    $0.resultType = .answered
                    $0.answer = payloads("fresh")
                }
            ]
        }
        #expect(try await response.queryResult.text == "fresh")
    }

    @Test(.timeLimit(.minutes(1)))
    func `a failed query carries its failure`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.timer("t", .seconds(60)))
        async let response = query(script)
        let task = try await script.pollWorkflow()
        _ = try await script.call(.respondQueryTaskCompleted) {
            $0.taskToken = task.taskToken
            $0.completedType = .failed
            $0.errorMessage = "unknown query"
            $0.failure.message = "unknown query"
        }
        do {
            _ = try await response
            Issue.record("the query succeeded")
        } catch let error as RPCError {
            #expect(error.code == .invalidArgument)
            #expect(error.message == "unknown query")
            #expect(error.detail(APIQueryFailedFailure.self)?.failure.message == "unknown query")
        }
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            (APIQueryRejectCondition.notOpen, false, true), (.notCompletedCleanly, false, false),
            (.notCompletedCleanly, true, true),
        ]
    )
    func `queries of ended runs can be rejected`(
        condition: APIQueryRejectCondition,
        failed: Bool,
        rejected: Bool
    ) async throws {
        let script = Script()
        try await script.start()
        try await script.step(failed ? .fail() : .complete())
        async let response = query(script, reject: condition)
        if !rejected { try await answer(script, try await script.pollWorkflow(), "still") }
        #expect(try await response.hasQueryRejected == rejected)
        if rejected { #expect(try await response.queryRejected.status == (failed ? .failed : .completed)) }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a query that its worker has lost runs out of time`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.complete())
        let response = Task { try await query(script) }
        let task = try await script.pollWorkflow()
        #expect(task.hasQuery)
        script.server.workerWasLost(identity: "worker")
        let error = await #expect(throws: RPCError.self) { try await response.value }
        #expect(error?.code == .deadlineExceeded)
        #expect(script.elapsed == .seconds(10))
    }

    @Test(.timeLimit(.minutes(1)))
    func `a query that no worker takes is reported`() async throws {
        let script = Script()
        try await script.start()
        let error = try await #require(throws: RPCError.self) { try await query(script) }
        #expect(error.code == .failedPrecondition)
        #expect(error.message.contains("no worker polls task queue 'q'"))
    }
}
