import Foundation
import Temporal
import TemporalClient
import TemporalWorker
import Testing

/// Histories from files are replayed without a server, and what does not fit is named on both sides.
@Suite(.timeLimit(.minutes(1))) struct ReplayerTests {
    private let replayer = WorkflowReplayer(workflows: [Delivery.self])

    /// A history in the JSON of old tools, of one activity, with fields that nobody knows.
    private func legacy(activityType: String = "deliver") -> Data {
        Data(
            """
            {"events":[
            {"eventId":"1","eventTime":"2021-07-30T13:30:22.010Z","eventType":"WorkflowExecutionStarted","version":"-24",
             "unknownField":{"a":[1]},
             "workflowExecutionStartedEventAttributes":{"workflowType":{"name":"Delivery"},
             "taskQueue":{"name":"q","kind":"Normal"},"input":{"payloads":[{"metadata":{"encoding":"anNvbi9wbGFpbg=="},
             "data":"ImJvb2si"}]},"workflowTaskTimeout":"10s","originalExecutionRunId":"r","initiator":"Workflow"}},
            {"eventId":"2","eventType":"WorkflowTaskScheduled","workflowTaskScheduledEventAttributes":
             {"taskQueue":{"name":"q","kind":"Sticky"},"attempt":1}},
            {"eventId":"3","eventType":"WorkflowTaskStarted","workflowTaskStartedEventAttributes":{}},
            {"eventId":"4","eventType":"WorkflowTaskFailed","workflowTaskFailedEventAttributes":
             {"cause":"WorkflowWorkerUnhandledFailure"}},
            {"eventId":"5","eventType":"WorkflowTaskScheduled","workflowTaskScheduledEventAttributes":{}},
            {"eventId":"6","eventType":"WorkflowTaskStarted","workflowTaskStartedEventAttributes":{}},
            {"eventId":"7","eventType":"WorkflowTaskCompleted","workflowTaskCompletedEventAttributes":{}},
            {"eventId":"8","eventType":"ActivityTaskScheduled","activityTaskScheduledEventAttributes":{"activityId":"1",
             "activityType":{"name":"\(activityType)"}}},
            {"eventId":"9","eventType":"ActivityTaskStarted","activityTaskStartedEventAttributes":{"scheduledEventId":"8"}},
            {"eventId":"10","eventType":"ActivityTaskTimedOut","activityTaskTimedOutEventAttributes":
             {"scheduledEventId":"8","startedEventId":"9","retryState":"MaximumAttemptsReached",
              "failure":{"message":"late","timeoutFailureInfo":{"timeoutType":"StartToClose"}}}},
            {"eventId":"11","eventType":"WorkflowTaskScheduled","workflowTaskScheduledEventAttributes":{}},
            {"eventId":"12","eventType":"WorkflowTaskStarted","workflowTaskStartedEventAttributes":{}},
            {"eventId":"13","eventType":"WorkflowTaskCompleted","workflowTaskCompletedEventAttributes":{}},
            {"eventId":"14","eventType":"WorkflowExecutionCompleted","workflowExecutionCompletedEventAttributes":{}}
            ]}
            """.utf8
        )
    }

    @Test func `the JSON of old tools is read`() async throws {
        let history = try WorkflowHistory(json: legacy(), workflowID: "w")
        #expect(
            history.map(\.type).prefix(4) == [
                "WorkflowExecutionStarted", "WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskFailed",
            ]
        )
        #expect(history.runID == "r")
        // Today's JSON of the same history reads the same, so each name was understood.
        let today = try WorkflowHistory(json: try history.json(), workflowID: "w")
        #expect(try today.json() == (try history.json()))
        let text = String(decoding: try history.json(), as: UTF8.self)
        for name in [
            "TASK_QUEUE_KIND_NORMAL", "TASK_QUEUE_KIND_STICKY", "CONTINUE_AS_NEW_INITIATOR_WORKFLOW",
            "WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE", "RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED",
            "TIMEOUT_TYPE_START_TO_CLOSE",
        ] {
            #expect(text.contains(name), "\(name)")
        }
        try await replayer.replay(history)
    }

    @Test func `an array of events alone is read`() async throws {
        let text = String(decoding: legacy(), as: UTF8.self)
        let array = text.dropFirst("{\"events\":".count).dropLast()
        try await replayer.replay(try WorkflowHistory(json: Data(array.utf8), workflowID: "w"))
    }

    @Test func `an error names the event and the command`() async throws {
        let history = try WorkflowHistory(json: legacy(activityType: "collect"), workflowID: "w")
        let error = await #expect(throws: ReplayError.self) { try await replayer.replay(history) }
        let message = try #require(error).description
        for part in ["'w'", "event 8", "ActivityTaskScheduled", "'collect'", "activity 'deliver'", "[TMPRL1100]"] {
            #expect(message.contains(part), "\(part) in \(message)")
        }
    }

    @Test func `an error says for programs what it says for people`() async throws {
        let other = try WorkflowHistory(json: legacy(activityType: "collect"), workflowID: "w")
        let mismatch = try #require(await #expect(throws: ReplayError.self) { try await replayer.replay(other) })
        #expect(mismatch.isNondeterminism)
        #expect(mismatch.eventID == 8)
        #expect(mismatch.eventType == "ActivityTaskScheduled")
        #expect(mismatch.command == "activity 'deliver' with id '1'")

        // The code does more than the history has.
        let short = WorkflowHistory(workflowID: "w", runID: "r", events: other.prefix(7).map(\.proto))
        let extra = try #require(await #expect(throws: ReplayError.self) { try await replayer.replay(short) })
        #expect(extra.isNondeterminism)
        #expect(extra.eventID == nil)
        #expect(extra.command == "activity 'deliver' with id '1'")

        // The code has no command for what the history has.
        let idle = WorkflowReplayer(workflows: [Idle.self])
        let history = try WorkflowHistory(json: legacy(), workflowID: "w")
        let missing = try #require(await #expect(throws: ReplayError.self) { try await idle.replay(history) })
        #expect(missing.isNondeterminism)
        #expect(missing.eventID == 8)
        #expect(missing.command == "the completion of the workflow")

        // Anything else is no nondeterminism.
        let unknown = WorkflowReplayer(workflows: [Careful.self])
        let stranger = try #require(await #expect(throws: ReplayError.self) { try await unknown.replay(history) })
        #expect(!stranger.isNondeterminism)
        #expect(stranger.eventID == nil)
        #expect(stranger.eventType == nil)
        #expect(stranger.command == nil)
        #expect(stranger.message.contains("'Delivery' is not registered"))
    }

    @Test(arguments: ["ActivityTaskCompleted", "ActivityTaskCanceled"])
    func `an activity that ends in the task that brings a cancellation keeps its outcome`(end: String) async throws {
        let isDone = end == "ActivityTaskCompleted"
        let payload = #"{"metadata":{"encoding":"anNvbi9wbGFpbg=="},"data":"dHJ1ZQ=="}"#
        let history = try WorkflowHistory(
            json: Data(
                """
                {"events":[
                {"eventId":"1","eventType":"WorkflowExecutionStarted","workflowExecutionStartedEventAttributes":
                 {"workflowType":{"name":"Careful"},"taskQueue":{"name":"q"},"originalExecutionRunId":"r"}},
                {"eventId":"2","eventType":"WorkflowTaskScheduled","workflowTaskScheduledEventAttributes":{}},
                {"eventId":"3","eventType":"WorkflowTaskStarted","workflowTaskStartedEventAttributes":{}},
                {"eventId":"4","eventType":"WorkflowTaskCompleted","workflowTaskCompletedEventAttributes":{}},
                {"eventId":"5","eventType":"ActivityTaskScheduled","activityTaskScheduledEventAttributes":{"activityId":"1",
                 "activityType":{"name":"deliver"}}},
                {"eventId":"6","eventType":"WorkflowExecutionCancelRequested",
                 "workflowExecutionCancelRequestedEventAttributes":{}},
                {"eventId":"7","eventType":"WorkflowTaskScheduled","workflowTaskScheduledEventAttributes":{}},
                {"eventId":"8","eventType":"ActivityTaskStarted","activityTaskStartedEventAttributes":
                 {"scheduledEventId":"5"}},
                {"eventId":"9","eventType":"\(end)","activityTask\(isDone ? "Completed" : "Canceled")EventAttributes":
                 {"scheduledEventId":"5","startedEventId":"8"\(isDone ? ",\"result\":{\"payloads\":[\(payload)]}" : "")}},
                {"eventId":"10","eventType":"WorkflowTaskStarted","workflowTaskStartedEventAttributes":{}},
                {"eventId":"11","eventType":"WorkflowTaskCompleted","workflowTaskCompletedEventAttributes":{}},
                {"eventId":"12","eventType":"ActivityTaskScheduled","activityTaskScheduledEventAttributes":{"activityId":"2",
                 "activityType":{"name":"\(isDone ? "note" : "regret")"}}}
                ]}
                """.utf8
            ),
            workflowID: "w"
        )
        try await WorkflowReplayer(workflows: [Careful.self]).replay(history)
    }

    @Test func `many histories are replayed as they come, each with its own result`() async throws {
        let good = try WorkflowHistory(json: legacy(), workflowID: "good")
        let bad = try WorkflowHistory(json: legacy(activityType: "collect"), workflowID: "bad")
        let histories = AsyncStream<WorkflowHistory> { continuation in
            for history in [good, bad, good] { continuation.yield(history) }
            continuation.finish()
        }
        var results: [String] = []
        for await result in replayer.results(of: histories) {
            results.append("\(result.workflowID) \(result.error == nil)")
        }
        #expect(results == ["good true", "bad false", "good true"])
    }
}

@Activities private struct Van {
    @Activity func deliver(_ what: String) async throws -> Bool { true }
    @Activity func note(_ what: Bool) async throws {}
    @Activity func regret() async throws {}
}

@Workflow private actor Delivery {
    func run(_ what: String) async throws {
        do {
            _ = try await context.executeActivity(Van.deliver, what, startToCloseTimeout: .seconds(10))
        } catch let error as ActivityError {
            guard let timeout = error.cause as? TimeoutError, timeout.kind == .startToClose else { throw error }
        }
    }
}

@Workflow(name: "Delivery") private actor Idle {
    func run(_ what: String) async throws {}
}

@Workflow private actor Careful {
    func run() async throws {
        let result: Bool
        do {
            result = try await context.executeActivity(
                Van.deliver,
                "book",
                startToCloseTimeout: .seconds(5),
                cancellation: .waitCancellationCompleted
            )
        } catch {
            return try await context.withoutCancellation { [context] in
                try await context.executeActivity(Van.regret, startToCloseTimeout: .seconds(5))
            }
        }
        try await context.withoutCancellation { [context] in
            try await context.executeActivity(Van.note, result, startToCloseTimeout: .seconds(5))
        }
    }
}
