import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// Activities that clients start without a workflow: from the start to the end.
@Suite(.timeLimit(.minutes(1)), .storesEverything) struct StandaloneActivityTests {
    // MARK: The ordinary course

    @Test func `a worker gets the activity, and whoever waits gets its result`() async throws {
        let script = Script()
        #expect(await refusal { _ = try await script.outcome() }?.code == .notFound)
        let started = try await script.startActivity {
            $0.header.fields = ["trace": .with { $0.data = Data("t".utf8) }]
            $0.priority.priorityKey = 2
            $0.heartbeatTimeout = .init(Duration.seconds(5))
        }
        #expect(started.started)
        #expect(started.link.activity.activityID == "a" && started.link.activity.runID == started.runID)
        let task = try await script.pollActivity()
        #expect(task.activityID == "a" && task.activityRunID == started.runID)
        #expect(task.activityType.name == "Act" && task.input.text == "input")
        #expect(task.workflowExecution.workflowID.isEmpty && task.workflowType.name.isEmpty)
        #expect(task.workflowNamespace == "default" && task.attempt == 1)
        #expect(task.header.fields["trace"] != nil && task.priority.priorityKey == 2)
        #expect(Duration(task.heartbeatTimeout) == .seconds(5))
        #expect(task.retryPolicy.backoffCoefficient == 2)
        try await script.completeActivity(task.taskToken)
        let result = try await script.outcome()
        #expect(result.result.text == "done")
        let info = try await script.describeActivity()
        #expect(info.status == .completed && info.runState == .unspecified)
        #expect(info.lastWorkerIdentity == "worker" && info.hasCloseTime)
        // Start, attempt, end.
        #expect(info.stateTransitionCount == 3)
    }

    @Test func `an attempt that fails is tried again by the policy, and the last failure is the outcome`() async throws
    {
        let script = Script()
        try await script.startActivity {
            $0.retryPolicy.initialInterval = .init(Duration.seconds(1))
            $0.retryPolicy.maximumAttempts = 3
        }
        var times: [Duration] = []
        for attempt in 1...3 {
            let task = try await script.pollActivity()
            #expect(task.attempt == Int32(attempt))
            times.append(script.elapsed)
            try await script.failActivity(task.taskToken)
            guard attempt < 3 else { continue }
            let info = try await script.describeActivity()
            #expect(info.runState == .scheduled && info.attempt == Int32(attempt + 1))
            #expect(Duration(info.currentRetryInterval) == .seconds(attempt))
            #expect(info.lastFailure.message == "failed" && info.hasNextAttemptScheduleTime)
            try await script.sleep(.seconds(attempt))
        }
        #expect(times == [.zero, .seconds(1), .seconds(3)])
        let outcome = try await script.outcome()
        #expect(outcome.failure.applicationFailureInfo.type == "Trouble")
        #expect(outcome.retryState == .maximumAttemptsReached)
        #expect(try await script.describeActivity().status == .failed)
    }

    @Test func `time jumps over waits while somebody waits for the outcome`() async throws {
        let script = Script()
        try await script.startActivity {
            $0.retryPolicy.initialInterval = .init(Duration.seconds(3600))
        }
        async let outcome = script.outcome()
        try await script.failActivity(try await script.pollActivity().taskToken)
        let second = try await script.pollActivity()
        #expect(second.attempt == 2 && script.elapsed == .seconds(3600))
        try await script.completeActivity(second.taskToken, "late")
        #expect(try await outcome.result.text == "late")
    }

    @Test func `a failure says when to try again, or that it is for good`() async throws {
        let script = Script()
        try await script.startActivity()
        async let outcome = script.outcome()
        let first = try await script.pollActivity()
        try await script.failActivity(first.taskToken, nextDelay: .seconds(42))
        let second = try await script.pollActivity()
        #expect(script.elapsed == .seconds(42))
        try await script.failActivity(second.taskToken, nonRetryable: true)
        #expect(try await outcome.retryState == .nonRetryableFailure)
        // The token of an attempt is good for that attempt.
        let late = await refusal { try await script.completeActivity(first.taskToken) }
        #expect(late?.code == .notFound && late?.message == "activity not found for ID: a")
    }

    @Test func `a failure without any detail still is an outcome`() async throws {
        let script = Script()
        try await script.startActivity { $0.retryPolicy.maximumAttempts = 1 }
        let task = try await script.pollActivity()
        _ = try await script.call(.respondActivityTaskFailed) {
            $0.namespace = "default"
            $0.taskToken = task.taskToken
        }
        #expect(try await script.outcome().failure.message == "activity task failed without failure details")
    }

    // MARK: Timeouts

    /// Each timeout of an activity: what is set, what the worker does, and what comes of it when.
    @Test(arguments: [
        ("ScheduleToStart", Duration.seconds(3)), ("ScheduleToClose", .seconds(20)), ("StartToClose", .seconds(10)),
        ("Heartbeat", .seconds(2)),
    ])
    func `a timeout ends the activity in time`(_ kind: String, _ time: Duration) async throws {
        let script = Script(policy: .skip)
        try await script.startActivity {
            $0.retryPolicy.maximumAttempts = kind == "ScheduleToClose" ? 0 : 1
            if kind == "ScheduleToStart" { $0.scheduleToStartTimeout = .init(Duration.seconds(3)) }
            if kind == "ScheduleToClose" { $0.scheduleToCloseTimeout = .init(Duration.seconds(20)) }
            if kind == "Heartbeat" { $0.heartbeatTimeout = .init(Duration.seconds(2)) }
        }
        if kind != "ScheduleToStart" {
            let task = try await script.pollActivity()
            if kind == "ScheduleToClose" {
                // The wait for the second attempt is over before the end, which comes in that attempt.
                try await script.failActivity(task.taskToken, nextDelay: .seconds(15))
                async let second = script.pollActivity()
                try await script.sleep(.seconds(15))
                script.server.activityWillCompleteAsynchronously(taskToken: try await second.taskToken)
            } else {
                script.server.activityWillCompleteAsynchronously(taskToken: task.taskToken)
            }
        }
        let outcome = try await script.outcome()
        #expect(script.elapsed == time)
        #expect(outcome.failure.message == "activity \(kind) timeout")
        #expect("\(outcome.failure.timeoutFailureInfo.timeoutType)".lowercased() == kind.lowercased())
        let info = try await script.describeActivity()
        #expect(info.status == .timedOut)
        switch kind {
        case "ScheduleToStart": #expect(outcome.retryState == .timeout)
        case "ScheduleToClose":
            #expect(outcome.retryState == .timeout)
            #expect(outcome.failure.cause.message == "failed")
        default: #expect(outcome.retryState == .maximumAttemptsReached)
        }
    }

    @Test func `an attempt that times out is tried again, and finds what was reported`() async throws {
        let script = Script()
        try await script.startActivity { $0.heartbeatTimeout = .init(Duration.seconds(4)) }
        let first = try await script.pollActivity()
        async let outcome = script.outcome()
        try await script.sleep(.zero)
        _ = try await script.beat(first.taskToken, "half")
        script.server.activityWillCompleteAsynchronously(taskToken: first.taskToken)
        let second = try await script.pollActivity()
        #expect(script.elapsed == .seconds(5) && second.attempt == 2)
        #expect(second.heartbeatDetails.text == "half")
        let info = try await script.describeActivity()
        #expect(info.totalHeartbeatCount == 1 && info.heartbeatDetails.text == "half")
        #expect(info.lastFailure.timeoutFailureInfo.timeoutType == .heartbeat)
        try await script.completeActivity(second.taskToken)
        #expect(try await outcome.result.text == "done")
    }

    @Test func `without time for another attempt the activity ends, and says so`() async throws {
        let script = Script()
        try await script.startActivity {
            $0.scheduleToCloseTimeout = .init(Duration.seconds(12))
            $0.retryPolicy.initialInterval = .init(Duration.seconds(5))
        }
        let task = try await script.pollActivity()
        script.server.activityWillCompleteAsynchronously(taskToken: task.taskToken)
        let outcome = try await script.outcome()
        #expect(script.elapsed == .seconds(10))
        #expect(outcome.retryState == .timeout)
        #expect(outcome.failure.timeoutFailureInfo.timeoutType == .scheduleToClose)
        #expect(outcome.failure.message.hasPrefix("Not enough time to schedule next retry"))
    }

    @Test func `a start delay holds the first attempt back, and moves the limits with it`() async throws {
        let script = Script()
        try await script.startActivity {
            $0.startDelay = .init(Duration.seconds(60))
            $0.scheduleToCloseTimeout = .init(Duration.seconds(30))
        }
        let info = try await script.describeActivity()
        #expect(Duration(info.startDelay) == .seconds(60))
        #expect(info.expirationTime.seconds - info.scheduleTime.seconds == 90)
        #expect(info.nextAttemptScheduleTime == info.executionTime)
        async let outcome = script.outcome()
        let task = try await script.pollActivity()
        #expect(script.elapsed == .seconds(60))
        #expect(task.currentAttemptScheduledTime.seconds - task.scheduledTime.seconds == 60)
        try await script.completeActivity(task.taskToken)
        #expect(try await outcome.result.text == "done")
    }

    @Test func `whoever waits in vain is told why`() async throws {
        let script = Script()
        try await script.startActivity { $0.startToCloseTimeout = .init(Duration.seconds(10)) }
        let error = try #require(await refusal { _ = try await script.outcome() })
        #expect(error.code == .failedPrecondition)
        #expect(error.message.contains("no worker polls task queue 'q'"))
    }

    // MARK: Cancellation and termination

    @Test func `a cancellation ends an activity that no worker has`() async throws {
        let script = Script()
        try await script.startActivity()
        try await script.cancelActivity(requestID: "1", reason: "no \"longer\" needed")
        // The same request again, and another.
        try await script.cancelActivity(requestID: "1")
        let second = await refusal { try await script.cancelActivity(requestID: "2") }
        #expect(second?.code == .failedPrecondition)
        #expect(second?.message == "activity is in terminal state Canceled")
        let failure = try await script.outcome().failure
        #expect(failure.message == "Activity canceled")
        #expect(failure.canceledFailureInfo.identity == "canceller")
        #expect(failure.canceledFailureInfo.details.text == "\"no \\\"longer\\\" needed\"")
        #expect(try await script.describeActivity().canceledReason == "no \"longer\" needed")
    }

    @Test func `a worker learns of a cancellation with its heartbeat, and may answer as it likes`() async throws {
        let script = Script()
        for id in ["stops", "completes", "fails"] {
            try await script.startActivity(id) { $0.retryPolicy.maximumAttempts = 0 }
            let task = try await script.pollActivity()
            let early = await refusal { try await script.respondCanceled(task.taskToken) }
            #expect(early?.code == .invalidArgument)
            #expect(try await script.beat(task.taskToken, "1").cancelRequested == false)
            try await script.cancelActivity(id, requestID: "1")
            #expect(try await script.describeActivity(id).runState == .cancelRequested)
            let again = await refusal { try await script.cancelActivity(id, requestID: "2") }
            #expect(again?.message == "cancellation already requested with request ID 1")
            #expect(try await script.beat(task.taskToken, "2").cancelRequested)
            switch id {
            case "stops":
                try await script.respondCanceled(task.taskToken)
                let failure = try await script.outcome(id).failure
                #expect(failure.canceledFailureInfo.details.text == "stopped")
                #expect(try await script.describeActivity(id).status == .canceled)
            case "completes":
                try await script.completeActivity(task.taskToken)
                #expect(try await script.describeActivity(id).status == .completed)
            default:
                try await script.failActivity(task.taskToken)
                #expect(try await script.outcome(id).retryState == .cancelRequested)
            }
        }
    }

    @Test func `a termination ends the activity, whatever its worker does`() async throws {
        let script = Script()
        try await script.startActivity()
        let task = try await script.pollActivity()
        try await script.terminateActivity(requestID: "1")
        try await script.terminateActivity(requestID: "1")
        let other = await refusal { try await script.terminateActivity(requestID: "2") }
        #expect(other?.message == "already terminated with request ID 1")
        #expect(await refusal { _ = try await script.beat(task.taskToken, "late") }?.code == .notFound)
        let failure = try await script.outcome().failure
        #expect(failure.message == "why" && failure.terminatedFailureInfo.identity == "terminator")
        #expect(try await script.describeActivity().status == .terminated)
    }

    @Test func `a deleted activity is nowhere to be found, and its id is free`() async throws {
        let script = Script()
        let run = try await script.startActivity().runID
        async let outcome = script.outcome()
        await script.waits(1)
        _ = try await script.call(.deleteActivityExecution) {
            $0.namespace = "default"
            $0.activityID = "a"
        }
        #expect(try await outcome.failure.message == "Delete activity execution")
        for runID in ["", run] {
            let error = await refusal { _ = try await script.describeActivity(run: runID) }
            #expect(error?.code == .notFound && error?.message == "activity not found for ID: a")
        }
        #expect(try await script.listActivities() == [])
        let another = try await script.startActivity { $0.idReusePolicy = .rejectDuplicate }
        #expect(another.started && another.runID != run)
    }

    // MARK: By id

    @Test func `an activity is completed by its id, also before a worker has it`() async throws {
        let script = Script()
        let run = try await script.startActivity("waits").runID
        _ = try await script.call(.respondActivityTaskCompletedById) {
            $0.namespace = "default"
            $0.activityID = "waits"
            $0.result = payloads("by hand")
            $0.identity = "somebody"
        }
        #expect(try await script.outcome("waits", run: run).result.text == "by hand")
        #expect(try await script.describeActivity("waits").lastWorkerIdentity == "somebody")

        try await script.startActivity("runs") { $0.retryPolicy.maximumAttempts = 1 }
        func failByID() async throws {
            _ = try await script.call(.respondActivityTaskFailedById) {
                $0.namespace = "default"
                $0.activityID = "runs"
                $0.failure.message = "by hand"
                $0.failure.applicationFailureInfo.type = "Hand"
            }
        }
        // Only a completion needs no worker.
        #expect(await refusal { try await failByID() }?.code == .notFound)
        var task = try await script.pollActivity()
        // The completed activity had left its task behind.
        if task.activityID == "waits" { task = try await script.pollActivity() }
        let beat = try await script.call(.recordActivityTaskHeartbeatById) {
            $0.namespace = "default"
            $0.activityID = "runs"
            $0.details = payloads("beat")
        }
        #expect(!beat.cancelRequested)
        try await failByID()
        #expect(try await script.outcome("runs").failure.message == "by hand")
        #expect(await refusal { try await script.completeActivity(task.taskToken) }?.code == .notFound)
    }

    // MARK: Ids

    /// What a start does when an activity of its id runs or has ended.
    @Test(arguments: [
        (APIActivityIdReusePolicy.unspecified, APIActivityIdConflictPolicy.unspecified, "running", "refused"),
        (.allowDuplicate, .fail, "running", "refused"), (.allowDuplicate, .useExisting, "running", "existing"),
        (.rejectDuplicate, .useExisting, "running", "existing"), (.unspecified, .unspecified, "completed", "started"),
        (.allowDuplicateFailedOnly, .fail, "completed", "refused"),
        (.allowDuplicateFailedOnly, .fail, "failed", "started"),
        (.allowDuplicateFailedOnly, .useExisting, "terminated", "started"),
        (.rejectDuplicate, .fail, "failed", "refused"),
    ])
    func `the policies say what becomes of an id that is in use`(
        _ reuse: APIActivityIdReusePolicy,
        _ conflict: APIActivityIdConflictPolicy,
        _ state: String,
        _ expected: String
    ) async throws {
        let script = Script()
        let first = try await script.startActivity { $0.retryPolicy.maximumAttempts = 1 }
        switch state {
        case "completed": try await script.completeActivity(try await script.pollActivity().taskToken)
        case "failed": try await script.failActivity(try await script.pollActivity().taskToken)
        case "terminated": try await script.terminateActivity()
        default: break
        }
        var second: APIStartActivityExecutionResponse?
        let error = await refusal {
            second = try await script.startActivity {
                $0.idReusePolicy = reuse
                $0.idConflictPolicy = conflict
            }
        }
        switch expected {
        case "refused":
            #expect(error?.code == .alreadyExists && error?.message == "activity execution already started")
            let detail = error?.detail(APIActivityExecutionAlreadyStartedFailure.self)
            #expect(detail?.runID == first.runID)
        case "existing": #expect(second?.started == false && second?.runID == first.runID)
        default: #expect(second?.started == true && second?.runID != first.runID)
        }
    }

    @Test func `a repeated request finds what it started, also after the end`() async throws {
        let script = Script()
        let first = try await script.startActivity { $0.requestID = "once" }
        let running = try await script.startActivity { $0.requestID = "once" }
        #expect(running.runID == first.runID)
        try await script.completeActivity(try await script.pollActivity().taskToken)
        let closed = try await script.startActivity { $0.requestID = "once" }
        #expect(closed.runID == first.runID && !closed.started)
    }

    @Test func `a start adds its links to the activity that it finds`() async throws {
        let script = Script()
        func link(_ id: String) -> APILink {
            .with {
                $0.activity.namespace = "default"
                $0.activity.activityID = id
                $0.activity.runID = "run"
            }
        }
        try await script.startActivity { $0.links = [link("1")] }
        for attaches in [false, true] {
            try await script.startActivity {
                $0.links = [link("2")]
                $0.idConflictPolicy = .useExisting
                $0.onConflictOptions.attachLinks = attaches
            }
        }
        #expect(try await script.describeActivity().links.map(\.activity.activityID) == ["1", "2"])
    }

    // MARK: What is refused

    @Test(arguments: [
        ("no id", "activityId is not set"), ("no type", "activityType is not set"),
        ("no queue", "taskQueue is not set"),
        ("system queue", "task queue name cannot start with reserved prefix /_sys/"),
        (
            "no timeout",
            "a valid StartToCloseTimeout or ScheduleToCloseTimeout must be set on the activity. "
                + "ActivityId=a ActivityType=Act"
        ),
        ("negative timeout", "invalid HeartbeatTimeout: negative duration"),
        ("negative delay", "invalid StartDelay: negative duration"),
        ("long id", "activityId exceeds length limit. Length=1001 Limit=1000"),
        ("bad policy", "BackoffCoefficient cannot be less than 1 on retry policy."),
        ("unknown attribute", "Namespace default has no mapping defined for search attribute Unknown"),
        (
            "callback elsewhere",
            "invalid callback url: url does not match any configured callback address: http://elsewhere"
        ),
        ("too many callbacks", "cannot attach more than 2000 callbacks to an execution"),
        ("too many links", "cannot attach more than 10 links per request, got 11"),
        ("link to nowhere", "activity link must not have an empty run ID field"),
        (
            "callback for no request",
            "on_conflict_options: attach_completion_callbacks requires attach_request_id to be set"
        ),
        (
            "request without anything",
            "on_conflict_options: attach_request_id requires at least one completion callback or link"
        ),
        ("large input", "input exceeds length limit"),
    ])
    func `a start that makes no sense is refused`(_ what: String, _ message: String) async throws {
        let script = Script()
        let error = await refusal {
            try await script.startActivity(startToClose: what == "no timeout" ? nil : .seconds(10)) {
                switch what {
                case "no id": $0.activityID = ""
                case "no type": $0.clearActivityType()
                case "no queue": $0.clearTaskQueue()
                case "system queue": $0.taskQueue.name = "/_sys/x"
                case "negative timeout": $0.heartbeatTimeout = .init(Duration.seconds(-1))
                case "negative delay": $0.startDelay = .init(Duration.seconds(-1))
                case "long id": $0.activityID = String(repeating: "x", count: 1001)
                case "bad policy": $0.retryPolicy.backoffCoefficient = 0.5
                case "unknown attribute": $0.searchAttributes.indexedFields["Unknown"] = .init()
                case "callback elsewhere": $0.completionCallbacks = [.with { $0.nexus.url = "http://elsewhere" }]
                case "too many callbacks": $0.completionCallbacks = Array(repeating: .init(), count: 2001)
                case "too many links":
                    $0.completionCallbacks = [
                        .with { callback in
                            callback.nexus.url = Engine.callbackURL
                            callback.links = Array(repeating: .with { $0.batchJob.jobID = "j" }, count: 11)
                        }
                    ]
                case "link to nowhere":
                    $0.links = [
                        .with {
                            $0.activity.namespace = "default"
                            $0.activity.activityID = "a"
                        }
                    ]
                case "callback for no request": $0.onConflictOptions.attachCompletionCallbacks = true
                case "request without anything": $0.onConflictOptions.attachRequestID = true
                case "large input": $0.input.payloads = [.with { $0.data = Data(count: 3 << 20) }]
                default: break
                }
            }
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == message)
        #expect(try await script.listActivities() == [])
    }

    @Test func `what is not there is not found, and what is no id is refused`() async throws {
        let script = Script()
        let absent = await refusal { _ = try await script.outcome("absent") }
        #expect(absent?.code == .notFound && absent?.message == "activity not found for ID: absent")
        #expect(await refusal { _ = try await script.outcome("") }?.message == "activity ID is required")
        let run = await refusal { _ = try await script.outcome("a", run: "x") }
        #expect(run?.message == "invalid run id: must be a valid UUID")
        let elsewhere = await refusal {
            _ = try await script.call(.pollActivityExecution) {
                $0.namespace = "elsewhere"
                $0.activityID = "a"
            }
        }
        #expect(elsewhere?.detail(APINamespaceNotFoundFailure.self) != nil)
    }
}
