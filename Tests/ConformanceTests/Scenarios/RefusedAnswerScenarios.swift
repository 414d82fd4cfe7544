import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

/// What becomes of updates, activities and queries when an answer to a workflow task is refused or ends the run.
@Suite(.timeLimit(.minutes(1))) struct RefusedAnswerScenarios {
    private static let cancelActivity = APICommand.with {
        $0.commandType = .requestCancelActivityTask
        $0.requestCancelActivityTaskCommandAttributes.scheduledEventID = 5
    }

    private static func rejection(_ updateID: String) throws -> APIProtocolMessage {
        try .with {
            $0.id = "\(updateID)/reject"
            $0.protocolInstanceID = updateID
            $0.body = try Google_Protobuf_Any(
                message: APIUpdateRejection.with {
                    $0.rejectedRequestMessageID = "\(updateID)/request"
                    $0.failure.message = "no"
                }
            )
        }
    }

    private func update(
        _ worker: RawWorker,
        _ id: String,
        _ updateID: String
    ) -> Task<APIUpdateWorkflowExecutionResponse, any Error> {
        Task {
            try await worker.call(.updateWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = id
                $0.waitPolicy.lifecycleStage = .completed
                $0.request.meta.updateID = updateID
                $0.request.input.name = "raise"
            }
        }
    }

    /// A run that waits for an activity that no worker takes.
    private func waiting(_ worker: RawWorker) async throws -> String {
        let id = "refused-\(UUID())"
        _ = try await worker.start(id)
        try await worker.step(.activity("a", queue: "nobody-\(UUID())"))
        try await worker.signal(id, "go")
        return id
    }

    @Test(arguments: Backend.available)
    func `an activity that ends by its cancellation ends after all commands of the task`(
        _ backend: Backend
    ) async throws {
        let worker = RawWorker(try await Scene(backend))
        let id = try await waiting(worker)
        try await worker.step(Self.cancelActivity, .timer("t", 100))
        #expect(
            try await worker.history(id).suffix(5) == [
                "taskCompleted", "activityTaskCancelRequested", "timerStarted", "activityTaskCanceled",
                "taskScheduled",
            ]
        )
        try await worker.step(.completion)
    }

    @Test(arguments: Backend.available)
    func `one that ends with its run has no end of its own`(_ backend: Backend) async throws {
        let worker = RawWorker(try await Scene(backend))
        let id = try await waiting(worker)
        try await worker.step(Self.cancelActivity, .completion)
        #expect(
            try await worker.history(id).suffix(3) == ["taskCompleted", "activityTaskCancelRequested", "completed"]
        )
    }

    @Test(arguments: Backend.available)
    func `an update that the worker has seen fails with the task`(_ backend: Backend) async throws {
        let worker = RawWorker(try await Scene(backend))
        let id = try await waiting(worker)
        try await worker.step()
        let response = update(worker, id, "u")
        let task = try await worker.poll()
        #expect(task.messages.map(\.protocolInstanceID) == ["u"])
        try await worker.signal(id, "again")
        // The workflow has to see the signal first.
        let refusal = await #expect(throws: RPCError.self) { try await worker.complete(task, [.completion]) }
        #expect(refusal?.message == "UnhandledCommand")
        let error = await #expect(throws: RPCError.self) { _ = try await response.value }
        #expect(error?.code == .failedPrecondition)
        // Servers up to 1.27 leave a word out.
        #expect(error?.message.hasPrefix("Unable to perform workflow execution update due ") == true)
        #expect(error?.message.hasSuffix("unexpected workflow task failure.") == true)
        let next = try await worker.poll()
        #expect(next.messages.isEmpty)
        try await worker.complete(next, [.completion])
    }

    @Test(arguments: Backend.available)
    func `an update that is rejected twice in one answer fails the task`(_ backend: Backend) async throws {
        let worker = RawWorker(try await Scene(backend))
        let id = try await waiting(worker)
        try await worker.step()
        let response = update(worker, id, "u")
        let task = try await worker.poll()
        let refusal = await #expect(throws: RPCError.self) {
            try await worker.complete(task, messages: [Self.rejection("u"), Self.rejection("u")])
        }
        #expect(refusal?.code == .invalidArgument)
        await #expect(throws: RPCError.self) { _ = try await response.value }
        // The run goes on, as its task is tried again.
        let next = try await worker.poll()
        #expect(next.attempt == 2)
        try await worker.complete(next, [.completion])
        #expect(try await worker.history(id).contains { $0.hasPrefix("taskFailed badUpdateWorkflowExecutionMessage") })
    }

    @Test(arguments: Backend.available)
    func `timers last a hundred years at most, and durations have one sign`(_ backend: Backend) async throws {
        let worker = RawWorker(try await Scene(backend))
        let id = "refused-\(UUID())"
        _ = try await worker.start(id)
        try await worker.step(.timer("long", 7_000_000_000))
        let started = try #require(try await worker.events(id).last { $0.eventType == .timerStarted })
        // Servers up to 1.27 take any length.
        let lengths: [Int64] = [3_153_600_000] + (backend == .realServer ? [7_000_000_000] : [])
        #expect(lengths.contains(started.timerStartedEventAttributes.startToFireTimeout.seconds))
        try await worker.signal(id, "go")
        let mixed = APICommand.with {
            $0 = .timer("mixed", 1)
            $0.startTimerCommandAttributes.startToFireTimeout.nanos = -1
        }
        let task = try await worker.poll()
        let refusal = await #expect(throws: RPCError.self) { try await worker.complete(task, [mixed]) }
        let message =
            "BadStartTimerAttributes: An invalid StartToFireTimeout is set on StartTimerCommand: "
            + "duration has seconds and nanos with different signs. TimerId=mixed"
        #expect(refusal?.message == message)
        try await worker.step(.completion)
    }

    @Test(arguments: Backend.available)
    func `a retry policy names kinds of time-outs that there are`(_ backend: Backend) async throws {
        let worker = RawWorker(try await Scene(backend))
        for name in ["StartToClose", "TIMEOUT_TYPE_HEARTBEAT"] {
            let id = "refused-\(UUID())"
            _ = try await worker.start(id) {
                $0.retryPolicy.maximumAttempts = 2
                $0.retryPolicy.nonRetryableErrorTypes = ["TemporalTimeout:\(name)"]
            }
            try await worker.step(.completion)
        }
        let error = await #expect(throws: RPCError.self) {
            _ = try await worker.start("refused-\(UUID())") {
                $0.retryPolicy.maximumAttempts = 2
                $0.retryPolicy.nonRetryableErrorTypes = ["TemporalTimeout:Soon"]
            }
        }
        #expect(error?.message == "Invalid timeout type value: Soon.")
    }

    @Test(arguments: Backend.available)
    func `moments in list filters may be finer than nanoseconds`(_ backend: Backend) async throws {
        let worker = RawWorker(try await Scene(backend))
        for fraction in ["1", "123456789", "1234567890123"] {
            let answer = try await worker.call(.countWorkflowExecutions) {
                $0.namespace = "default"
                $0.query = "StartTime > '2100-01-01T00:00:00.\(fraction)Z'"
            }
            #expect(answer.count == 0)
        }
    }

    @Test(arguments: Backend.available)
    func `signal-with-start notes links and the request of the signal`(_ backend: Backend) async throws {
        let worker = RawWorker(try await Scene(backend))
        let id = "refused-\(UUID())"
        let requestID = UUID().uuidString
        let link = APILink.with {
            $0.workflowEvent = .with {
                $0.namespace = "default"
                $0.workflowID = "other"
                $0.runID = UUID().uuidString
                $0.eventRef.eventID = 1
                $0.eventRef.eventType = .workflowExecutionStarted
            }
        }
        try await worker.call(.signalWithStartWorkflowExecution) {
            $0.namespace = "default"
            $0.workflowID = id
            $0.workflowType.name = "Flow"
            $0.taskQueue.name = worker.taskQueue
            $0.requestID = requestID
            $0.signalName = "go"
            $0.links = [link]
        }
        let events = try await worker.events(id)
        let (started, signaled) = (try #require(events.first), try #require(events.dropFirst().first))
        #expect(started.links.map(\.workflowEvent.workflowID) == ["other"])
        #expect(signaled.links.map(\.workflowEvent.workflowID) == ["other"])
        // Servers up to 1.27 do not note it here.
        let known = [requestID] + (backend == .realServer ? [""] : [])
        #expect(known.contains(signaled.workflowExecutionSignaledEventAttributes.requestID))
        try await worker.step(.completion)
    }
}
