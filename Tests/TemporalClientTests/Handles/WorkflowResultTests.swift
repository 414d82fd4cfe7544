import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct WorkflowResultTests {
    private let script = ScriptedService()

    private var handle: WorkflowHandle<Greeter> {
        TemporalClient(service: script, namespace: "space").workflowHandle(id: "w", runID: "r1")
    }

    private func close(_ fill: @escaping @Sendable (inout APIHistoryEvent) -> Void) {
        script.answer(.getWorkflowExecutionHistory) { _ in
            var event = APIHistoryEvent()
            fill(&event)
            var response = APIGetWorkflowExecutionHistoryResponse()
            response.history.events = [event]
            return response
        }
    }

    private func complete(_ text: String, next: String = "") throws {
        let payload = try PayloadConverter().encode(text)
        close {
            $0.workflowExecutionCompletedEventAttributes.result = APIPayloads([payload])
            $0.workflowExecutionCompletedEventAttributes.newExecutionRunID = next
        }
    }

    private var askedRuns: [String] {
        script.requests(.getWorkflowExecutionHistory).map(\.execution.runID)
    }

    @Test func `the result is polled for until the run ends`() async throws {
        script.answer(.getWorkflowExecutionHistory) { _ in
            var response = APIGetWorkflowExecutionHistoryResponse()
            response.nextPageToken = Data([1])
            return response
        }
        script.answer(.getWorkflowExecutionHistory) { _ in APIGetWorkflowExecutionHistoryResponse() }
        try complete("hello")
        #expect(try await handle.result() == "hello")
        let requests = script.requests(.getWorkflowExecutionHistory)
        #expect(requests.map(\.nextPageToken) == [Data(), Data([1]), Data()])
        #expect(requests.allSatisfy { $0.waitNewEvent && $0.skipArchival && $0.historyEventFilterType == .closeEvent })
        #expect(requests.allSatisfy { $0.namespace == "space" && $0.execution.workflowID == "w" })
    }

    @Test func `the result is that of the last run of the chain`() async throws {
        close { $0.workflowExecutionContinuedAsNewEventAttributes.newExecutionRunID = "r2" }
        close {
            $0.workflowExecutionFailedEventAttributes.failure.message = "first try"
            $0.workflowExecutionFailedEventAttributes.newExecutionRunID = "r3"
        }
        close { $0.workflowExecutionTimedOutEventAttributes.newExecutionRunID = "r4" }
        try complete("by schedule", next: "r5")
        try complete("end")
        #expect(try await handle.result() == "end")
        #expect(askedRuns == ["r1", "r2", "r3", "r4", "r5"])
    }

    @Test func `one run can be asked for alone`() async throws {
        close { $0.workflowExecutionContinuedAsNewEventAttributes.newExecutionRunID = "r2" }
        let error = await #expect(throws: WorkflowContinuedAsNewError.self) {
            try await handle.result(followRuns: false)
        }
        #expect(error?.newRunID == "r2")
        #expect(error?.runID == "r1")
    }

    @Test func `a result by schedule is taken where one run is asked for alone`() async throws {
        try complete("one", next: "r2")
        #expect(try await handle.result(followRuns: false) == "one")
    }

    @Test func `a failed workflow throws what it failed with`() async throws {
        close {
            $0.workflowExecutionFailedEventAttributes.failure = FailureConverter().failure(
                ApplicationError("bad luck", type: "Luck", cause: ApplicationError("weather"))
            )
            $0.workflowExecutionFailedEventAttributes.retryState = .maximumAttemptsReached
        }
        let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
        let cause = try #require(error?.cause as? ApplicationError)
        #expect(cause.message == "bad luck")
        #expect(cause.type == "Luck")
        #expect((cause.cause as? ApplicationError)?.message == "weather")
        #expect(error?.retryState == .maximumAttemptsReached)
        #expect(error?.workflowID == "w")
        #expect(error?.runID == "r1")
    }

    @Test func `a cancelled, terminated or timed out workflow says so`() async throws {
        let details = APIPayloads([try PayloadConverter().encode(7)])
        close { $0.workflowExecutionCanceledEventAttributes.details = details }
        close {
            $0.workflowExecutionTerminatedEventAttributes.reason = "enough"
            $0.workflowExecutionTerminatedEventAttributes.details = details
        }
        close { $0.workflowExecutionTimedOutEventAttributes.retryState = .timeout }
        let handle = handle
        let cancelled = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
        #expect((cancelled?.cause as? CancelledError)?.details == details.values)
        let terminated = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
        #expect((terminated?.cause as? TerminatedError)?.message == "enough")
        #expect((terminated?.cause as? TerminatedError)?.details == details.values)
        let timedOut = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
        #expect((timedOut?.cause as? TimeoutError)?.kind == .startToClose)
        #expect(timedOut?.retryState == .timeout)
    }

    @Test func `a failure of the latest run names no run, which the service does not tell`() async throws {
        close { $0.workflowExecutionTerminatedEventAttributes.reason = "enough" }
        let handle = TemporalClient(service: script, namespace: "space").workflowHandle(id: "w")
        let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result(as: String.self) }
        #expect(error?.runID == "")
        #expect(error?.description.hasPrefix("Workflow 'w' did not complete: ") == true)
    }

    @Test func `a result of another type says what came`() async throws {
        let payload = try PayloadConverter().encode(12)
        close { $0.workflowExecutionCompletedEventAttributes.result = APIPayloads([payload]) }
        await #expect(throws: PayloadConversionError.self) { try await handle.result() }
    }

    @Test func `waiting ends with the task that waits`() async throws {
        script.answer(.getWorkflowExecutionHistory) { _ in
            withUnsafeCurrentTask { $0?.cancel() }
            return APIGetWorkflowExecutionHistoryResponse()
        }
        let handle = handle
        let task = Task { try await handle.result() }
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
