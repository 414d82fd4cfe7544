import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct WorkflowHandleTests {
    private let script = ScriptedService()

    private var client: TemporalClient {
        TemporalClient(service: script, namespace: "space", identity: "me")
    }

    private var handle: WorkflowHandle<Greeter> {
        client.workflowHandle(id: "w", runID: "r1", firstExecutionRunID: "r0")
    }

    @Test func `a signal carries its arguments and an id`() async throws {
        script.answer(.signalWorkflowExecution) { _ in .init() }
        try await handle.signal(Greeter.greet, "Bob")
        try await handle.untyped.signal("none")
        let requests = script.requests(.signalWorkflowExecution)
        #expect(requests[0].signalName == "greet")
        #expect(requests[0].input == APIPayloads([try PayloadConverter().encode("Bob")]))
        #expect(requests[0].workflowExecution.workflowID == "w")
        #expect(requests[0].workflowExecution.runID == "r1")
        #expect(requests[0].identity == "me")
        #expect(requests[0].requestID != requests[1].requestID)
        #expect(!requests[1].hasInput)
    }

    @Test func `cancel and terminate stay in the chain of the handle`() async throws {
        script.answer(.requestCancelWorkflowExecution) { _ in .init() }
        script.answer(.terminateWorkflowExecution) { _ in .init() }
        try await handle.cancel(reason: "late")
        try await handle.terminate(reason: "enough", details: "x", 2)
        let cancel = try #require(script.requests(.requestCancelWorkflowExecution).first)
        #expect(cancel.firstExecutionRunID == "r0")
        #expect(cancel.reason == "late")
        #expect(!cancel.requestID.isEmpty)
        let terminate = try #require(script.requests(.terminateWorkflowExecution).first)
        #expect(terminate.firstExecutionRunID == "r0")
        #expect(terminate.reason == "enough")
        let converter = PayloadConverter()
        #expect(terminate.details == APIPayloads([try converter.encode("x"), try converter.encode(2)]))
    }

    @Test func `a query returns what its reference says`() async throws {
        let answer = APIPayloads([try PayloadConverter().encode(42)])
        script.answer(.queryWorkflow) { _ in
            var response = APIQueryWorkflowResponse()
            response.queryResult = answer
            return response
        }
        #expect(try await handle.query(Greeter.count, "Bob", rejectCondition: .notOpen) == 42)
        #expect(try await handle.untyped.query("count", "Bob", as: Int.self) == 42)
        let requests = script.requests(.queryWorkflow)
        #expect(requests[0].query.queryType == "count")
        #expect(requests[0].query.queryArgs == APIPayloads([try PayloadConverter().encode("Bob")]))
        #expect(requests.map(\.queryRejectCondition) == [.notOpen, .none])
    }

    @Test func `a rejected query says in which state the workflow is`() async throws {
        script.answer(.queryWorkflow) { _ in
            var response = APIQueryWorkflowResponse()
            response.queryRejected.status = .completed
            return response
        }
        let error = await #expect(throws: QueryRejectedError.self) { try await handle.query(Greeter.count, "x") }
        #expect(error?.status == .completed)
    }

    @Test func `a failed query says what the worker said`() async throws {
        script.answer(.queryWorkflow) { _ in
            var detail = APIQueryFailedFailure()
            detail.failure = FailureConverter().failure(ApplicationError("inside"))
            throw RPCError(code: .invalidArgument, message: "unknown query", detail: detail)
        }
        let error = await #expect(throws: QueryFailedError.self) { try await handle.query(Greeter.count, "x") }
        #expect(error?.message == "unknown query")
        #expect((error?.cause as? ApplicationError)?.message == "inside")
    }

    @Test func `an invalid query request is no failed query`() async throws {
        script.answer(.queryWorkflow) { _ in throw RPCError(code: .invalidArgument, message: "no id") }
        await #expect(throws: RPCError.self) { try await handle.query(Greeter.count, "x") }
    }

    @Test func `a missing workflow and a missing namespace are told apart`() async throws {
        script.answer(.signalWorkflowExecution) { _ in throw RPCError(code: .notFound, message: "gone") }
        script.answer(.signalWorkflowExecution) { _ in
            throw RPCError(code: .notFound, message: "which?", detail: APINamespaceNotFoundFailure())
        }
        let handle = handle
        let missing = await #expect(throws: WorkflowNotFoundError.self) { try await handle.signal(Greeter.greet, "x") }
        #expect(missing?.namespace == "space")
        #expect(missing?.runID == "r1")
        #expect(missing?.message == "gone")
        let wrong = await #expect(throws: NamespaceNotFoundError.self) { try await handle.signal(Greeter.greet, "x") }
        #expect(wrong?.namespace == "space")
        #expect(wrong?.message == "which?")
    }

    @Test func `a history is read page by page from one run`() async throws {
        script.answer(.describeWorkflowExecution) { _ in
            var response = APIDescribeWorkflowExecutionResponse()
            response.workflowExecutionInfo.execution.runID = "latest"
            return response
        }
        script.answer(.getWorkflowExecutionHistory) { request in
            let page = request.nextPageToken.first ?? 0
            var response = APIGetWorkflowExecutionHistoryResponse()
            var event = APIHistoryEvent()
            event.eventID = Int64(page) + 1
            event.eventType = .timerStarted
            response.history.events = [event]
            if page < 2 { response.nextPageToken = Data([page + 1]) }
            return response
        }
        let history = try await client.workflowHandle(id: "w").history()
        #expect(history.map(\.id) == [1, 2, 3])
        #expect(history.first?.type == "TimerStarted")
        #expect(history.runID == "latest")
        #expect(Set(script.requests(.getWorkflowExecutionHistory).map(\.execution.runID)) == ["latest"])
    }

    @Test func `a description speaks Swift`() async throws {
        let memo = try PayloadConverter().encode("n").proto
        script.answer(.describeWorkflowExecution) { _ in
            var response = APIDescribeWorkflowExecutionResponse()
            response.workflowExecutionInfo.status = .timedOut
            response.workflowExecutionInfo.memo.fields = ["note": memo]
            response.workflowExecutionInfo.startTime.seconds = 10
            response.workflowExecutionInfo.parentExecution.workflowID = "p"
            response.executionConfig.userMetadata.summary = memo
            response.workflowExtendedInfo.cancelRequested = true
            var activity = APIWorkflowPendingActivityInfo()
            activity.activityID = "5"
            activity.attempt = 3
            activity.state = .started
            activity.lastFailure.message = "broke"
            var stopping = activity
            stopping.state = .cancelRequested
            var waiting = activity
            waiting.state = .scheduled
            response.pendingActivities = [activity, stopping, waiting]
            return response
        }
        let description = try await handle.describe()
        #expect(description.status == .timedOut)
        #expect(!description.status.isOpen)
        #expect(try description.memo("note", as: String.self) == "n")
        #expect(try description.memo("other", as: String.self) == nil)
        #expect(description.startTime == Date(timeIntervalSince1970: 10))
        #expect(description.closeTime == nil)
        #expect(description.parent?.id == "p")
        #expect(try description.staticSummary() == "n")
        #expect(try description.staticDetails() == nil)
        #expect(description.isCancelRequested)
        let activity = try #require(description.pendingActivities.first)
        #expect(activity.activityID == "5")
        #expect(activity.attempt == 3)
        #expect(description.pendingActivities.map(\.isStarted) == [true, true, false])
        #expect(description.pendingActivities.map(\.isCancelRequested) == [false, true, false])
        #expect(activity.lastFailure?.message == "broke")
    }
}
