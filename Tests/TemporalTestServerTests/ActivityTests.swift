import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

@Suite struct ActivityTests {
    /// A started workflow whose first task has scheduled one activity.
    private func scheduled(
        _ startToClose: Duration? = .seconds(10),
        _ fill: @escaping (inout APIScheduleActivityTaskCommandAttributes) -> Void = { _ in }
    ) async throws -> Script {
        let script = Script()
        try await script.start()
        try await script.step(.activity("a", startToClose: startToClose, fill))
        return script
    }

    private func timedOut(_ script: Script) -> APIActivityTaskTimedOutEventAttributes? {
        script.history().last { $0.eventType == .activityTaskTimedOut }?.activityTaskTimedOutEventAttributes
    }

    @Test(.timeLimit(.minutes(1)))
    func `an attempt that takes too long times out at the exact moment`() async throws {
        let script = try await scheduled(.milliseconds(10_500)) { $0.retryPolicy.maximumAttempts = 1 }
        _ = try await script.pollActivity()
        script.server.advance(by: .milliseconds(10_499))
        #expect(timedOut(script) == nil)
        script.server.advance(by: .milliseconds(1))
        let event = try #require(timedOut(script))
        #expect(event.failure.message == "activity StartToClose timeout")
        #expect(event.failure.timeoutFailureInfo.timeoutType == .startToClose)
        #expect(event.retryState == .maximumAttemptsReached)
        #expect(script.types().suffix(3) == [.activityTaskStarted, .activityTaskTimedOut, .workflowTaskScheduled])
        try HistoryValidator.validate(script.history())
    }

    @Test(.timeLimit(.minutes(1)))
    func `a task that no worker takes times out by schedule-to-start, without a started event`() async throws {
        let script = try await scheduled { $0.scheduleToStartTimeout = .init(.seconds(3)) }
        script.server.advance(by: .seconds(3))
        let event = try #require(timedOut(script))
        #expect(event.failure.message == "activity ScheduleToStart timeout")
        #expect(event.failure.timeoutFailureInfo.timeoutType == .scheduleToStart)
        #expect(event.retryState == .timeout)
        #expect(event.startedEventID == 0)
    }

    @Test(.timeLimit(.minutes(1)))
    func `schedule-to-close ends all attempts, and keeps the failure of the last`() async throws {
        let script = try await scheduled(nil) { $0.scheduleToCloseTimeout = .init(.seconds(5)) }
        let first = try await script.pollActivity()
        #expect(Duration(first.startToCloseTimeout) == .seconds(5))
        try await script.failActivity(first.taskToken)
        script.server.advance(by: .seconds(1))
        _ = try await script.pollActivity()
        script.server.advance(by: .seconds(4))
        let event = try #require(timedOut(script))
        #expect(script.elapsed == .seconds(5))
        #expect(event.failure.timeoutFailureInfo.timeoutType == .scheduleToClose)
        #expect(event.failure.cause.message == "failed")
        #expect(event.retryState == .timeout)
    }

    @Test(.timeLimit(.minutes(1)))
    func `an attempt that no longer fits into schedule-to-close is not made`() async throws {
        let script = try await scheduled {
            $0.scheduleToCloseTimeout = .init(.seconds(5))
            $0.retryPolicy.initialInterval = .init(.seconds(6))
        }
        try await script.failActivity(try await script.pollActivity().taskToken)
        let event = try #require(script.history().last { $0.eventType == .activityTaskFailed })
        #expect(event.activityTaskFailedEventAttributes.retryState == .timeout)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a worker that stops to heartbeat times out, and its details reach the next attempt`() async throws {
        let script = try await scheduled(.seconds(100)) { $0.heartbeatTimeout = .init(.seconds(2)) }
        let first = try await script.pollActivity()
        script.server.advance(by: .milliseconds(1_500))
        #expect(try await script.heartbeat(first.taskToken, "half") == false)
        script.server.advance(by: .milliseconds(1_999))
        #expect(try await script.describe().pendingActivities.first?.attempt == 1)
        script.server.advance(by: .milliseconds(1))
        let pending = try #require(try await script.describe().pendingActivities.first)
        #expect(pending.attempt == 2)
        #expect(pending.lastFailure.timeoutFailureInfo.timeoutType == .heartbeat)
        script.server.advance(by: .seconds(1))
        let second = try await script.pollActivity()
        #expect(second.attempt == 2)
        #expect(second.heartbeatDetails.text == "half")
        let error = try await #require(throws: RPCError.self) {
            try await script.completeActivity(first.taskToken)
        }
        #expect(error.code == .notFound)
        #expect(error.message.contains("activity already timed out"))
    }

    @Test(.timeLimit(.minutes(1)))
    func `attempts follow at the intervals of the retry policy`() async throws {
        let script = try await scheduled {
            $0.retryPolicy = .with {
                $0.initialInterval = .init(.milliseconds(100))
                $0.backoffCoefficient = 3
                $0.maximumInterval = .init(.seconds(1))
                $0.maximumAttempts = 5
            }
        }
        // Somebody waits for the end, so the clock skips from attempt to attempt.
        async let end = script.closeEvent()
        var times: [Duration] = []
        for attempt in 1...5 {
            let task = try await script.pollActivity()
            #expect(task.attempt == Int32(attempt))
            times.append(script.elapsed)
            try await script.failActivity(task.taskToken)
        }
        #expect(times == [.zero, .milliseconds(100), .milliseconds(400), .milliseconds(1300), .milliseconds(2300)])
        try await script.step(.complete())
        _ = try await end
        let failed = try #require(script.history().first { $0.eventType == .activityTaskFailed })
        #expect(failed.activityTaskFailedEventAttributes.retryState == .maximumAttemptsReached)
        let started = script.history().filter { $0.eventType == .activityTaskStarted }
        #expect(started.count == 1)
        #expect(started.first?.activityTaskStartedEventAttributes.attempt == 5)
        #expect(started.first?.activityTaskStartedEventAttributes.lastFailure.message == "failed")
        try HistoryValidator.validate(script.history())
    }

    @Test(.timeLimit(.minutes(1)))
    func `a failure can set the delay of the next attempt, beyond the longest interval`() async throws {
        let script = try await scheduled { $0.retryPolicy.maximumInterval = .init(.seconds(1)) }
        try await script.failActivity(try await script.pollActivity().taskToken, nextDelay: .seconds(30))
        script.server.advance(by: .milliseconds(29_999))
        #expect(script.server.moment < Moment(try await script.describe().pendingActivities[0].nextAttemptScheduleTime))
        async let next = script.pollActivity()
        script.server.advance(by: .milliseconds(1))
        #expect(try await next.attempt == 2)
    }

    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
    func `failures that are marked or listed as such are not tried again`(marked: Bool) async throws {
        let script = try await scheduled { if !marked { $0.retryPolicy.nonRetryableErrorTypes = ["Fatal"] } }
        try await script.failActivity(
            try await script.pollActivity().taskToken,
            type: marked ? "Trouble" : "Fatal",
            nonRetryable: marked
        )
        let failed = try #require(script.history().first { $0.eventType == .activityTaskFailed })
        #expect(failed.activityTaskFailedEventAttributes.retryState == .nonRetryableFailure)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a cancelled activity learns of it by its heartbeat`() async throws {
        let script = try await scheduled()
        let task = try await script.pollActivity()
        try await script.signal()
        try await script.step(.cancelActivity(5))
        #expect(try await script.heartbeat(task.taskToken, "x"))
        _ = try await script.call(.respondActivityTaskCanceled) {
            $0.taskToken = task.taskToken
            $0.details = payloads("stopped")
            $0.identity = "worker"
        }
        let event = try #require(script.history().last { $0.eventType == .activityTaskCanceled })
        #expect(event.activityTaskCanceledEventAttributes.details.text == "stopped")
        #expect(event.activityTaskCanceledEventAttributes.latestCancelRequestedEventID == 10)
        try HistoryValidator.validate(script.history())
    }

    @Test(.timeLimit(.minutes(1)))
    func `an activity that no worker has taken is cancelled at once`() async throws {
        let script = try await scheduled()
        try await script.signal()
        try await script.step(.cancelActivity(5))
        #expect(
            script.types().suffix(3) == [.activityTaskCancelRequested, .activityTaskCanceled, .workflowTaskScheduled]
        )
        try HistoryValidator.validate(script.history())
    }

    @Test(.timeLimit(.minutes(1)))
    func `nobody may report a cancellation that was not asked for`() async throws {
        let script = try await scheduled()
        let task = try await script.pollActivity()
        let error = try await #require(throws: RPCError.self) {
            try await script.call(.respondActivityTaskCanceled) { $0.taskToken = task.taskToken }
        }
        #expect(error.code == .invalidArgument)
    }

    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
    func `an activity can be completed by its token or its id, once`(byID: Bool) async throws {
        let script = try await scheduled()
        let task = try await script.pollActivity()
        script.server.activityWillCompleteAsynchronously(taskToken: task.taskToken)
        func complete() async throws {
            if byID {
                _ = try await script.call(.respondActivityTaskCompletedById) {
                    $0.namespace = "default"
                    $0.workflowID = "w"
                    $0.activityID = "a"
                    $0.result = payloads("late")
                }
            } else {
                try await script.completeActivity(task.taskToken, "late")
            }
        }
        try await complete()
        let event = try #require(script.history().last { $0.eventType == .activityTaskCompleted })
        #expect(event.activityTaskCompletedEventAttributes.result.text == "late")
        let error = try await #require(throws: RPCError.self) { try await complete() }
        #expect(error.code == .notFound)
    }

    @Test(.timeLimit(.minutes(1)))
    func `an activity that somebody else completes does not hold the clock`() async throws {
        let script = try await scheduled { $0.retryPolicy.maximumAttempts = 1 }
        let task = try await script.pollActivity()
        async let end = script.closeEvent()
        script.server.activityWillCompleteAsynchronously(taskToken: task.taskToken)
        let next = try await script.pollWorkflow()
        #expect(script.elapsed == .seconds(10))
        try await script.complete(next, [.complete()])
        _ = try await end
    }

    @Test(.timeLimit(.minutes(1)))
    func `an activity with a worker holds the clock`() async throws {
        let script = try await scheduled()
        let task = try await script.pollActivity()
        async let end = script.closeEvent()
        // The waiting caller has parked by now or parks later; neither lets time pass.
        #expect(script.elapsed == .zero)
        try await script.completeActivity(task.taskToken)
        try await script.step(.complete())
        _ = try await end
        #expect(script.elapsed == .zero)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("", "Act", Duration.seconds(1), "ActivityId is not set on ScheduleActivityTaskCommand. ActivityType=Act"),
            ("a", "", .seconds(1), "ActivityType is not set on ScheduleActivityTaskCommand. ActivityID=a"),
            (
                "a", "Act", .zero,
                "A valid StartToClose or ScheduleToCloseTimeout is not set on ScheduleActivityTaskCommand. "
                    + "ActivityId=a ActivityType=Act"
            ),
        ]
    )
    func `commands that make no sense fail the workflow task`(
        id: String,
        type: String,
        limit: Duration,
        message: String
    ) async throws {
        let script = Script()
        try await script.start()
        let task = try await script.pollWorkflow()
        let error = try await #require(throws: RPCError.self) {
            try await script.complete(
                task,
                [.timer("t", .seconds(1)), .activity(id, startToClose: limit) { $0.activityType.name = type }]
            )
        }
        #expect(error.code == .invalidArgument)
        #expect(error.message == "BadScheduleActivityAttributes: \(message)")
        let event = try #require(script.history().last { $0.eventType == .workflowTaskFailed })
        #expect(event.workflowTaskFailedEventAttributes.cause == .badScheduleActivityAttributes)
        #expect(event.workflowTaskFailedEventAttributes.failure.message == error.message)
        #expect(!script.types().contains(.timerStarted), "the commands before the bad one do not count either")
    }
}
