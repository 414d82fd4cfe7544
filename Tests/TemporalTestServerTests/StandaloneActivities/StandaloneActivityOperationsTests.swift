import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// What operators do to activities that clients start.
@Suite(.timeLimit(.minutes(1)), .storesEverything) struct StandaloneActivityOperationsTests {
    // MARK: Pause

    @Test func `a paused activity waits until it is let go`() async throws {
        let script = Script()
        try await script.startActivity()
        try await script.pauseActivity(requestID: "1")
        let info = try await script.describeActivity()
        #expect(info.status == .paused && info.runState == .paused)
        // The same request again, and another.
        try await script.pauseActivity(requestID: "1")
        let error = await refusal { try await script.pauseActivity(requestID: "2") }
        #expect(error?.code == .failedPrecondition && error?.message == "activity is in non-pausable state Paused")
        async let task = script.pollActivity()
        await script.waits(1)
        try await script.unpauseActivity()
        #expect(try await task.attempt == 1)
        let again = await refusal { try await script.unpauseActivity() }
        #expect(again?.message == "activity is in non-unpausable state Started")
        // A late repetition of the first pause holds nothing.
        try await script.pauseActivity(requestID: "1")
        #expect(try await script.describeActivity().runState == .started)
    }

    @Test func `a worker learns of a pause, and what it makes of it counts`() async throws {
        let script = Script()
        for id in ["completes", "fails"] {
            try await script.startActivity(id)
            let task = try await script.pollActivity()
            try await script.pauseActivity(id)
            let info = try await script.describeActivity(id)
            #expect(info.status == .running && info.runState == .pauseRequested)
            #expect(try await script.beat(task.taskToken, "1").activityPaused)
            if id == "completes" {
                try await script.completeActivity(task.taskToken)
                #expect(try await script.outcome(id).result.text == "done")
            } else {
                try await script.failActivity(task.taskToken)
                let info = try await script.describeActivity(id)
                #expect(info.status == .paused && info.attempt == 2 && !info.hasNextAttemptScheduleTime)
                try await script.unpauseActivity(id)
                // The wait between the attempts is not over yet.
                #expect(try await script.describeActivity(id).hasNextAttemptScheduleTime)
                async let next = script.pollActivity()
                try await script.sleep(.seconds(1))
                #expect(try await next.attempt == 2)
            }
        }
    }

    @Test func `a pause that is taken back in time leaves the worker alone`() async throws {
        let script = Script()
        try await script.startActivity()
        let task = try await script.pollActivity()
        try await script.pauseActivity()
        try await script.unpauseActivity()
        #expect(try await script.beat(task.taskToken, "1").activityPaused == false)
        try await script.completeActivity(task.taskToken)
    }

    @Test func `the limit of the whole activity goes on in a pause`() async throws {
        let script = Script()
        try await script.startActivity { $0.scheduleToCloseTimeout = .init(Duration.seconds(7)) }
        try await script.pauseActivity()
        #expect(try await script.outcome().failure.timeoutFailureInfo.timeoutType == .scheduleToClose)
        #expect(script.elapsed == .seconds(7))
    }

    // MARK: Reset

    @Test func `a reset begins with the first attempt again, at once`() async throws {
        let script = Script()
        try await script.startActivity { $0.retryPolicy.initialInterval = .init(Duration.seconds(100)) }
        let first = try await script.pollActivity()
        _ = try await script.beat(first.taskToken, "report")
        try await script.failActivity(first.taskToken)
        try await script.resetActivity { $0.resetHeartbeat = true }
        let second = try await script.pollActivity()
        #expect(second.attempt == 1 && script.elapsed == .zero && !second.hasHeartbeatDetails)
    }

    @Test func `a worker learns of a reset, and the first attempt follows on its failure`() async throws {
        let script = Script()
        try await script.startActivity { $0.retryPolicy.maximumAttempts = 1 }
        let first = try await script.pollActivity()
        try await script.resetActivity { $0.resetHeartbeat = true }
        #expect(try await script.describeActivity().runState == .started)
        let second = await refusal { try await script.resetActivity() }
        #expect(second?.message == "cannot reset an activity with a pending reset")
        let answer = try await script.beat(first.taskToken, "report")
        #expect(answer.activityReset && !answer.cancelRequested && !answer.activityPaused)
        // The attempt would have been the last one.
        try await script.failActivity(first.taskToken)
        let next = try await script.pollActivity()
        #expect(next.attempt == 1 && !next.hasHeartbeatDetails)
        try await script.cancelActivity()
        let error = await refusal { try await script.resetActivity() }
        #expect(error?.message == "cannot reset an activity with a pending cancellation")
    }

    @Test func `a reset lets a paused activity go on, or keeps it paused`() async throws {
        let script = Script()
        for keeps in [true, false] {
            let id = "\(keeps)"
            try await script.startActivity(id)
            try await script.pauseActivity(id)
            try await script.resetActivity(id) { $0.keepPaused = keeps }
            #expect(try await script.describeActivity(id).status == (keeps ? .paused : .running))
        }
        try await script.startActivity("started")
        // The one that is not paused is first in the queue.
        _ = try await script.pollActivity()
        let task = try await script.pollActivity()
        #expect(task.activityID == "started")
        try await script.pauseActivity("started")
        try await script.resetActivity("started") { $0.keepPaused = true }
        #expect(try await script.describeActivity("started").runState == .pauseRequested)
        try await script.failActivity(task.taskToken)
        let info = try await script.describeActivity("started")
        #expect(info.status == .paused && info.attempt == 1)
    }

    // MARK: Options

    @Test func `changed limits count from where the old ones did`() async throws {
        let script = Script()
        try await script.startActivity()
        let task = try await script.pollActivity()
        let options = try await script.updateActivity(paths: ["start_to_close_timeout", "retryPolicy.maximumAttempts"])
        {
            $0.startToCloseTimeout = .init(Duration.seconds(4))
            $0.retryPolicy.maximumAttempts = 1
        }
        #expect(Duration(options.startToCloseTimeout) == .seconds(4))
        #expect(options.retryPolicy.maximumAttempts == 1 && options.retryPolicy.backoffCoefficient == 2)
        script.server.activityWillCompleteAsynchronously(taskToken: task.taskToken)
        let outcome = try await script.outcome()
        #expect(outcome.failure.timeoutFailureInfo.timeoutType == .startToClose)
        #expect(script.elapsed == .seconds(4))
    }

    @Test func `a wait by the policy follows the policy, and one that the worker chose does not`() async throws {
        let script = Script()
        for (id, delay) in [("policy", nil), ("worker", Duration.seconds(9))] {
            try await script.startActivity(id) { $0.retryPolicy.initialInterval = .init(Duration.seconds(50)) }
            try await script.failActivity(try await script.pollActivity().taskToken, nextDelay: delay)
            _ = try await script.updateActivity(id, paths: ["retry_policy.initial_interval"]) {
                $0.retryPolicy.initialInterval = .init(Duration.seconds(3))
            }
            let info = try await script.describeActivity(id)
            #expect(Duration(info.currentRetryInterval) == (delay ?? .seconds(3)))
        }
    }

    @Test func `another task queue takes the activity over, and the old options come back`() async throws {
        let script = Script()
        var other = script
        other.queue = "other"
        try await script.startActivity()
        _ = try await script.updateActivity(paths: ["task_queue.name"]) { $0.taskQueue.name = "other" }
        let task = try await other.pollActivity()
        #expect(task.activityID == "a")
        let restored = try await script.call(.updateActivityExecutionOptions) {
            $0.namespace = "default"
            $0.activityID = "a"
            $0.restoreOriginal = true
        }
        #expect(restored.activityOptions.taskQueue.name == script.queue)
        try await script.failActivity(task.taskToken)
        async let next = script.pollActivity()
        try await script.sleep(.seconds(1))
        #expect(try await next.attempt == 2)
    }

    @Test(arguments: [
        (["bogus"], "unsupported update_mask path: \"bogus\""), ([], "UpdateMask must specify at least one path"),
        (["heartbeat_timeout"], "invalid HeartbeatTimeout: negative duration"),
        (["task_queue.name"], "taskQueue is not set"),
        (
            ["start_to_close_timeout"],
            "a valid StartToCloseTimeout or ScheduleToCloseTimeout must be set on the activity. ActivityId=a ActivityType=Act"
        ),
    ])
    func `a change that makes no sense is refused`(_ paths: [String], _ message: String) async throws {
        let script = Script()
        try await script.startActivity()
        let error = await refusal {
            _ = try await script.updateActivity(paths: paths) { $0.heartbeatTimeout = .init(Duration.seconds(-1)) }
        }
        #expect(error?.code == .invalidArgument && error?.message == message)
    }

    @Test func `what has ended is beyond all operations`() async throws {
        let script = Script()
        try await script.startActivity()
        try await script.completeActivity(try await script.pollActivity().taskToken)
        let errors = [
            await refusal { try await script.pauseActivity() }, await refusal { try await script.unpauseActivity() },
            await refusal { try await script.resetActivity() }, await refusal { try await script.cancelActivity() },
            await refusal { try await script.terminateActivity() },
            await refusal { _ = try await script.updateActivity(paths: ["priority"]) { $0.priority.priorityKey = 1 } },
        ]
        #expect(errors.allSatisfy { $0?.code == .failedPrecondition })
        #expect(
            errors.map { $0?.message } == [
                "activity is in non-pausable state Completed", "activity is in terminal state Completed",
                "activity execution is not running", "activity is in terminal state Completed",
                "invalid transition from Completed", "Cannot update options for activity in state Completed",
            ]
        )
    }

    // MARK: Activities of workflows

    @Test func `the same calls reach an activity of a workflow`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(.activity())
        _ = try await script.call(.pauseActivityExecution) {
            $0.namespace = "default"
            $0.workflowID = "w"
            $0.activityID = "a"
            $0.reason = "hold on"
        }
        let pending = try #require(try await script.describe().pendingActivities.first)
        #expect(pending.paused && pending.pauseInfo.manual.reason == "hold on")
        let attributes = try await script.describe().workflowExecutionInfo.searchAttributes.indexedFields
        #expect(
            attributes["TemporalPauseInfo"].map { String(decoding: $0.data, as: UTF8.self) }
                == "[\"property:activityType=Act\"]"
        )
        let options = try await script.call(.updateActivityExecutionOptions) {
            $0.namespace = "default"
            $0.workflowID = "w"
            $0.activityID = "a"
            $0.updateMask.paths = ["heartbeat_timeout"]
            $0.activityOptions.heartbeatTimeout = .init(Duration.seconds(3))
        }
        #expect(Duration(options.activityOptions.heartbeatTimeout) == .seconds(3))
        _ = try await script.call(.unpauseActivityExecution) {
            $0.namespace = "default"
            $0.workflowID = "w"
            $0.activityID = "a"
        }
        let task = try await script.pollActivity()
        _ = try await script.call(.resetActivityExecution) {
            $0.namespace = "default"
            $0.workflowID = "w"
            $0.activityID = "a"
            $0.resetHeartbeat = true
        }
        #expect(try await script.beat(task.taskToken, "report").activityReset)
        try await script.failActivity(task.taskToken)
        async let next = script.pollActivity()
        try await script.sleep(.seconds(1))
        let second = try await next
        #expect(!second.hasHeartbeatDetails)
        #expect(try await script.beat(second.taskToken, "report").activityReset == false)
        let after = try await script.describe().workflowExecutionInfo.searchAttributes.indexedFields
        #expect(after["TemporalPauseInfo"] == nil)
    }
}
