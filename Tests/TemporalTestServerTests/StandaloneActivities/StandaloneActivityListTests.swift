import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// Lists, counts, batch operations and long polls of activities that clients start.
@Suite(.timeLimit(.minutes(1)), .storesEverything) struct StandaloneActivityListTests {
    /// A service with activities in several states: `running`, `paused`, `completed`, `failed`, `delayed`.
    private func script() async throws -> Script {
        var options = TestServer.Options(clock: .skipping(start: Date(timeIntervalSince1970: 1_700_000_000)))
        options.searchAttributes = ["Color": .keyword]
        let script = Script(server: TestServer(options: options))
        for id in ["completed", "failed"] {
            try await script.startActivity(id) {
                $0.retryPolicy.maximumAttempts = 1
                $0.searchAttributes.indexedFields["Color"] = .with {
                    $0.metadata = ["encoding": Data("json/plain".utf8)]
                    $0.data = Data("\"red\"".utf8)
                }
            }
            let task = try await script.pollActivity()
            if id == "failed" {
                try await script.failActivity(task.taskToken)
            } else {
                try await script.completeActivity(task.taskToken)
            }
        }
        try await script.startActivity("paused") { $0.activityType.name = "Other" }
        try await script.pauseActivity("paused")
        try await script.startActivity("delayed") { $0.startDelay = .init(Duration.seconds(3600)) }
        try await script.startActivity("running")
        return script
    }

    @Test(arguments: [
        ("", ["running", "delayed", "paused", "failed", "completed"]),
        ("ExecutionStatus = 'Running'", ["running", "delayed"]), ("ExecutionStatus = 'Paused'", ["paused"]),
        ("ExecutionStatus IN ('Failed', 'Completed')", ["failed", "completed"]),
        ("ExecutionStatus = 'Unheard'", []), ("ActivityType = 'Other'", ["paused"]),
        ("ActivityId STARTS_WITH 'r'", ["running"]),
        ("TaskQueue = 'q' AND CloseTime IS NULL", ["running", "delayed", "paused"]),
        ("Color = 'red'", ["failed", "completed"]), ("ExecutionTime > '2023-11-14T22:30:00Z'", ["delayed"]),
        ("NOT (ActivityId = 'running' OR ActivityId = 'paused')", ["delayed", "failed", "completed"]),
    ])
    func `a filter selects activities`(_ filter: String, _ expected: [String]) async throws {
        #expect(try await script().listActivities(filter) == expected)
    }

    @Test(arguments: [
        ("Nonsense = 1", "invalid query: invalid expression: column name 'Nonsense' is not a valid search attribute"),
        ("ActivityId = 'a' ORDER BY ActivityId", "invalid query: operation is not supported: 'order by' clause"),
    ])
    func `a filter that makes no sense is refused`(_ filter: String, _ message: String) async throws {
        let error = await refusal { _ = try await script().listActivities(filter) }
        #expect(error?.code == .invalidArgument && error?.message == message)
    }

    @Test func `workflows are not among activities, nor activities among workflows`() async throws {
        let script = try await script()
        try await script.start("flow")
        #expect(try await script.listActivities().contains("flow") == false)
        let workflows = try await script.call(.listWorkflowExecutions) { $0.namespace = "default" }
        #expect(workflows.executions.map(\.execution.workflowID) == ["flow"])
    }

    @Test func `a list comes page by page`() async throws {
        let script = try await script()
        var (ids, token): ([[String]], Data?) = ([], nil)
        while token?.isEmpty != true {
            let page = try await script.call(.listActivityExecutions) {
                $0.namespace = "default"
                $0.pageSize = 2
                $0.nextPageToken = token ?? Data()
            }
            ids.append(page.executions.map(\.activityID))
            token = page.nextPageToken
        }
        #expect(ids == [["running", "delayed"], ["paused", "failed"], ["completed"]])
    }

    @Test func `a list tells the essentials`() async throws {
        let script = try await script()
        let page = try await script.call(.listActivityExecutions) {
            $0.namespace = "default"
            $0.query = "ActivityId = 'failed'"
        }
        let info = try #require(page.executions.first)
        #expect(info.status == .failed && info.taskQueue == "q" && info.activityType.name == "Act")
        #expect(info.hasScheduleTime && info.hasCloseTime && info.hasExecutionDuration && info.hasExecutionTime)
        #expect(info.searchAttributes.indexedFields["Color"]?.metadata["type"] == Data("Keyword".utf8))
        #expect(info.stateTransitionCount == 3 && info.stateSizeBytes > 0)
    }

    @Test func `activities are counted, together or by status`() async throws {
        let script = try await script()
        func count(_ query: String) async throws -> APICountActivityExecutionsResponse {
            try await script.call(.countActivityExecutions) {
                $0.namespace = "default"
                $0.query = query
            }
        }
        #expect(try await count("").count == 5)
        let grouped = try await count("ActivityType = 'Act' GROUP BY ExecutionStatus")
        #expect(grouped.count == 4)
        #expect(
            grouped.groups.map { String(decoding: $0.groupValues[0].data, as: UTF8.self) } == [
                "\"Running\"", "\"Completed\"", "\"Failed\"",
            ]
        )
        #expect(grouped.groups.map(\.count) == [2, 1, 1])
        let error = await refusal { _ = try await count("GROUP BY ActivityType") }
        #expect(
            error?.message.hasSuffix("'GROUP BY' clause is not supported for search attribute ActivityType") == true
        )
    }

    // MARK: Batch operations

    @Test(arguments: ["cancel", "terminate", "delete"], [true, false])
    func `a batch operation works on activities`(_ operation: String, _ listsThem: Bool) async throws {
        let script = try await script()
        _ = try await script.call(.startBatchOperation) { request in
            request.namespace = "default"
            request.jobID = "job"
            request.reason = "why"
            if listsThem {
                request.targetExecutions = ["running", "absent"].map { id in
                    .with {
                        $0.type = .activity
                        $0.businessID = id
                    }
                }
            } else {
                request.visibilityQuery = "ActivityType = 'Act'"
            }
            switch operation {
            case "cancel":
                request.cancelActivitiesOperation.reason = "enough"
                request.cancelActivitiesOperation.identity = "operator"
            case "terminate": request.terminateActivitiesOperation.reason = "enough"
            default: request.deleteActivitiesOperation = .init()
            }
        }
        let job = try await script.call(.describeBatchOperation) {
            $0.namespace = "default"
            $0.jobID = "job"
        }
        #expect(job.state == .completed && job.failureOperationCount == 0)
        if operation == "delete" {
            #expect(job.operationType == .deleteActivity)
            let rest = listsThem ? ["delayed", "paused", "failed", "completed"] : ["paused"]
            #expect(try await script.listActivities() == rest)
        } else {
            // What has ended is passed over by a filter, and what is not there counts as done.
            #expect(job.completeOperationCount == 2)
            let ended = operation == "cancel" ? "Canceled" : "Terminated"
            let changed = try await script.listActivities("ExecutionStatus = '\(ended)'")
            #expect(Set(changed) == (listsThem ? ["running"] : ["running", "delayed"]))
        }
    }

    @Test func `a batch operation refuses what is of another kind`() async throws {
        let script = Script()
        let error = await refusal {
            _ = try await script.call(.startBatchOperation) {
                $0.namespace = "default"
                $0.jobID = "job"
                $0.reason = "why"
                $0.targetExecutions = [.with { $0.type = .workflow }]
                $0.cancelActivitiesOperation = .init()
            }
        }
        #expect(error?.message.hasPrefix("target_executions[0] has type Workflow") == true)
    }

    // MARK: Long polls

    @Test func `a description can wait for a change`() async throws {
        let script = Script()
        let run = try await script.startActivity().runID
        @Sendable func describe(_ token: Data, _ runID: String) async throws -> APIDescribeActivityExecutionResponse {
            try await script.call(.describeActivityExecution) {
                $0.namespace = "default"
                $0.activityID = "a"
                $0.runID = runID
                $0.longPollToken = token
                $0.includeInput = true
                $0.includeOutcome = true
            }
        }
        let first = try await describe(Data(), "")
        #expect(first.input.text == "input" && !first.hasOutcome)
        async let second = describe(first.longPollToken, run)
        await script.waits(1)
        let task = try await script.pollActivity()
        let known = try await second
        #expect(known.info.runState == .started)
        // What the caller does not know yet is told at once.
        #expect(try await describe(first.longPollToken, run).info.runState == .started)
        async let third = describe(known.longPollToken, run)
        await script.waits(1)
        try await script.completeActivity(task.taskToken)
        let end = try await third
        #expect(end.outcome.result.text == "done")

        for (token, runID, message) in [
            (first.longPollToken, "", "run id is required when long poll token is provided"),
            (Data("x".utf8), run, "invalid long poll token"),
            (Data("other 1".utf8), run, "long poll token does not match execution"),
        ] {
            #expect(await refusal { _ = try await describe(token, runID) }?.message == message)
        }
    }

    @Test func `a wait ends with the service`() async throws {
        let script = Script()
        try await script.startActivity()
        let outcome = Task { try await script.outcome() }
        await script.waits(1)
        script.server.shutdown()
        let error = await #expect(throws: RPCError.self) { _ = try await outcome.value }
        #expect(error?.code == .unavailable)
    }
}
