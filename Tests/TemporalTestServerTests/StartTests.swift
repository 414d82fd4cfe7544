import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

@Suite struct StartTests {
    enum Outcome { case new, existing, refused, terminated }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            (.unspecified, .unspecified, .refused), (.allowDuplicate, .fail, .refused),
            (.allowDuplicate, .useExisting, .existing), (.allowDuplicate, .terminateExisting, .terminated),
            (.allowDuplicateFailedOnly, .useExisting, .existing), (.rejectDuplicate, .useExisting, .existing),
            (.rejectDuplicate, .fail, .refused), (.terminateIfRunning, .unspecified, .terminated),
        ] as [(APIWorkflowIdReusePolicy, APIWorkflowIdConflictPolicy, Outcome)]
    )
    func `a workflow id that runs`(
        reuse: APIWorkflowIdReusePolicy,
        conflict: APIWorkflowIdConflictPolicy,
        outcome: Outcome
    ) async throws {
        let script = Script()
        let first = try await script.start { $0.requestID = "first" }
        func again() async throws -> APIStartWorkflowExecutionResponse {
            try await script.start {
                $0.workflowIDReusePolicy = reuse
                $0.workflowIDConflictPolicy = conflict
            }
        }
        switch outcome {
        case .refused:
            let error = try await #require(throws: RPCError.self) { try await again() }
            #expect(error.code == .alreadyExists)
            #expect(error.message == "Workflow execution is already running. WorkflowId: w, RunId: \(first.runID).")
            let detail = try #require(error.detail(APIWorkflowExecutionAlreadyStartedFailure.self))
            #expect(detail.runID == first.runID)
            #expect(detail.startRequestID == "first")
        case .existing:
            let second = try await again()
            #expect(second.runID == first.runID)
            #expect(!second.started)
        case .terminated:
            let second = try await again()
            #expect(second.runID != first.runID)
            #expect(second.started)
            let last = try #require(script.history(run: first.runID).last)
            #expect(
                last.workflowExecutionTerminatedEventAttributes.reason
                    == "TerminateIfRunning WorkflowIdReusePolicy"
            )
        case .new:
            Issue.record("not an outcome of a running workflow")
        }
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            (.unspecified, true, .new), (.allowDuplicate, false, .new), (.allowDuplicateFailedOnly, false, .refused),
            (.allowDuplicateFailedOnly, true, .new), (.rejectDuplicate, true, .refused),
            (.rejectDuplicate, false, .refused), (.terminateIfRunning, false, .new),
        ] as [(APIWorkflowIdReusePolicy, Bool, Outcome)]
    )
    func `a workflow id that has ended`(reuse: APIWorkflowIdReusePolicy, failed: Bool, outcome: Outcome) async throws {
        let script = Script()
        let first = try await script.start()
        try await script.step(failed ? .fail() : .complete())
        func again() async throws -> APIStartWorkflowExecutionResponse {
            try await script.start { $0.workflowIDReusePolicy = reuse }
        }
        if outcome == .new {
            #expect(try await again().runID != first.runID)
        } else {
            let error = try await #require(throws: RPCError.self) { try await again() }
            #expect(error.code == .alreadyExists)
            #expect(error.message.hasPrefix("Workflow execution already finished"))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a repeated request starts nothing`() async throws {
        let script = Script()
        let first = try await script.start { $0.requestID = "same" }
        let second = try await script.start { $0.requestID = "same" }
        #expect(first.runID == second.runID)
        #expect(second.started)
        try await script.step(.complete())
        #expect(try await script.start { $0.requestID = "same" }.runID == first.runID)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("workflowID", "WorkflowId is not set on request."), ("type", "WorkflowType is not set on request."),
            ("queue", "missing task queue name"), ("no queue", "taskQueue is not set"),
            ("system queue", "task queue name cannot start with reserved prefix /_sys/"),
            ("namespace", "Namespace elsewhere is not found."),
            ("retry", "BackoffCoefficient cannot be less than 1 on retry policy."), ("cron", "invalid CronSchedule."),
            ("both", "CronSchedule and WorkflowStartDelay may not be used together."),
        ]
    )
    func `requests that make no sense are refused`(what: String, message: String) async throws {
        let error = try await #require(throws: RPCError.self) {
            try await Script().start {
                switch what {
                case "workflowID": $0.workflowID = ""
                case "type": $0.workflowType.name = ""
                case "queue": $0.taskQueue.name = ""
                case "no queue": $0.clearTaskQueue()
                case "system queue": $0.taskQueue.name = "/_sys/q"
                case "namespace": $0.namespace = "elsewhere"
                case "retry": $0.retryPolicy.backoffCoefficient = 0.5
                case "cron": $0.cronSchedule = "* * *"
                default:
                    $0.cronSchedule = "* * * * *"
                    $0.workflowStartDelay = .init(.seconds(1))
                }
            }
        }
        #expect(error.message == message)
        #expect(error.code == (what == "namespace" ? .notFound : .invalidArgument))
    }

    @Test(.timeLimit(.minutes(1)))
    func `a start delay holds back the first task, whatever comes meanwhile`() async throws {
        let script = Script()
        try await script.start { $0.workflowStartDelay = .init(.seconds(30)) }
        try await script.signal()
        #expect(script.types() == [.workflowExecutionStarted, .workflowExecutionSignaled])
        script.server.advance(by: .seconds(30))
        #expect(script.types().last == .workflowTaskScheduled)
        #expect(
            Duration(script.history()[0].workflowExecutionStartedEventAttributes.firstWorkflowTaskBackoff)
                == .seconds(30)
        )
    }

    @Test(.timeLimit(.minutes(1)))
    func `signal-with-start puts the signal before the first task, and signals what runs`() async throws {
        let script = Script()
        func call(_ request: String) async throws -> APISignalWithStartWorkflowExecutionResponse {
            try await script.call(.signalWithStartWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowID = "w"
                $0.workflowType.name = "Flow"
                $0.taskQueue.name = "q"
                $0.signalName = "go"
                $0.requestID = request
            }
        }
        let first = try await call("one")
        #expect(first.started)
        #expect(script.types() == [.workflowExecutionStarted, .workflowExecutionSignaled, .workflowTaskScheduled])
        let second = try await call("two")
        #expect(!second.started)
        #expect(second.runID == first.runID)
        #expect(script.types().count == 4)
        _ = try await call("two")
        #expect(script.types().count == 4, "a repeated request signals only once")
    }

    @Test(.timeLimit(.minutes(1)))
    func `a description tells of everything that is pending`() async throws {
        let script = Script()
        try await script.start {
            $0.memo.fields["note"] = payloads("hello").payloads[0]
            $0.workflowRunTimeout = .init(.seconds(100))
        }
        try await script.step(.activity(), .timer("t", .seconds(1)))
        _ = try await script.pollActivity()
        script.server.advance(by: .seconds(1))
        let description = try await script.describe()
        #expect(description.workflowExecutionInfo.status == .running)
        #expect(description.workflowExecutionInfo.historyLength == 8)
        #expect(description.workflowExecutionInfo.memo.fields.keys.sorted() == ["note"])
        #expect(description.workflowExecutionInfo.type.name == "Flow")
        #expect(description.pendingActivities.first?.state == .started)
        #expect(description.pendingActivities.first?.lastWorkerIdentity == "worker")
        #expect(description.pendingWorkflowTask.state == .scheduled)
        #expect(Duration(description.executionConfig.workflowRunTimeout) == .seconds(100))
        // What is not limited or not set is told, too.
        #expect(description.executionConfig.hasWorkflowExecutionTimeout)
        #expect(Duration(description.executionConfig.workflowExecutionTimeout) == .zero)
        #expect(description.workflowExecutionInfo.hasSearchAttributes)
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["missing", "w"])
    func `unknown runs are not found`(id: String) async throws {
        let script = Script()
        try await script.start()
        let error = try await #require(throws: RPCError.self) {
            try await script.describe(id, run: "00000000-0000-4000-8000-000000000000")
        }
        #expect(error.code == .notFound)
        #expect(error.message == "workflow not found for ID: \(id)")
    }
}
