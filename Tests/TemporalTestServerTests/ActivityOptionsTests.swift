import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// Changes of the options of a workflow's activity.
@Suite(.timeLimit(.minutes(1))) struct ActivityOptionsTests {
    private let script = Script()

    private func update(
        _ paths: [String],
        _ fill: (inout APIActivityActivityOptions) -> Void = { _ in }
    ) async throws {
        _ = try await script.call(.updateActivityOptions) {
            $0.namespace = "default"
            $0.execution.workflowID = "w"
            $0.type = "Act"
            $0.activityOptions = .init()
            fill(&$0.activityOptions)
            $0.updateMask.paths = paths
        }
    }

    private func options(_ id: String) async throws -> APIActivityActivityOptions {
        try #require(try await script.describe().pendingActivities.first { $0.activityID == id }).activityOptions
    }

    /// Lets a worker have the only attempt of an activity.
    private func begin(_ fill: (inout APIScheduleActivityTaskCommandAttributes) -> Void = { _ in }) async throws {
        try await script.start()
        try await script.step(
            .activity {
                $0.retryPolicy.maximumAttempts = 1
                fill(&$0)
            }
        )
        _ = try await script.pollActivity()
    }

    private var hasTimedOut: Bool { script.types().contains(.activityTaskTimedOut) }

    private static let wrong: [([String], @Sendable (inout APIActivityActivityOptions) -> Void, String)] = [
        (
            ["start_to_close_timeout"], { $0.startToCloseTimeout.seconds = -1 },
            "invalid StartToCloseTimeout: negative duration"
        ),
        (["heartbeat_timeout"], { $0.heartbeatTimeout.seconds = -1 }, "invalid HeartbeatTimeout: negative duration"),
        (
            ["start_to_close_timeout"], { $0.clearStartToCloseTimeout() },
            "a valid StartToCloseTimeout or ScheduleToCloseTimeout must be set on the activity. ActivityId=b "
                + "ActivityType=Act"
        ),
        (
            ["retry_policy.backoff_coefficient"], { $0.retryPolicy.backoffCoefficient = -1e20 },
            "BackoffCoefficient cannot be less than 1 on retry policy."
        ),
        (
            ["retry_policy.maximum_attempts"], { $0.retryPolicy.maximumAttempts = -1 },
            "MaximumAttempts cannot be negative on retry policy."
        ),
        (
            ["task_queue.name"], { $0.taskQueue.name = "/_sys/x" },
            "task queue name cannot start with reserved prefix /_sys/"
        ),
    ]

    @Test(arguments: wrong)
    func `what makes no sense is refused, and nothing changes`(
        _ paths: [String],
        _ fill: @Sendable (inout APIActivityActivityOptions) -> Void,
        _ message: String
    ) async throws {
        try await script.start()
        // The first has a limit of the whole, so that what is asked can make sense for it, but not for the second.
        try await script.step(.activity("a") { $0.scheduleToCloseTimeout.seconds = 100 }, .activity("b"))
        let before = [try await options("a"), try await options("b")]
        let error = await refusal { try await update(paths, fill) }
        #expect(error?.code == .invalidArgument && error?.message == message)
        #expect([try await options("a"), try await options("b")] == before)
    }

    @Test func `a request needs options, and does not change and restore at once`() async throws {
        try await script.start()
        try await script.step(.activity())
        for (restores, message) in [
            (false, "ActivityOptions are not provided"), (true, "Both UpdateMask and RestoreOriginal are provided"),
        ] {
            let error = await refusal {
                _ = try await script.call(.updateActivityOptions) {
                    $0.namespace = "default"
                    $0.execution.workflowID = "w"
                    $0.id = "a"
                    $0.updateMask.paths = ["heartbeat_timeout"]
                    $0.restoreOriginal = restores
                }
            }
            #expect(error?.message == message)
        }
    }

    @Test func `a longer limit counts for the attempt that a worker has`() async throws {
        try await begin()
        script.server.advance(by: .seconds(5))
        try await update(["start_to_close_timeout"]) { $0.startToCloseTimeout.seconds = 100 }
        script.server.advance(by: .seconds(94))
        #expect(!hasTimedOut)
        script.server.advance(by: .seconds(1))
        #expect(hasTimedOut)
    }

    @Test func `a shorter limit counts from the start of the attempt too`() async throws {
        try await begin { $0.startToCloseTimeout.seconds = 100 }
        script.server.advance(by: .seconds(5))
        try await update(["start_to_close_timeout"]) { $0.startToCloseTimeout.seconds = 7 }
        script.server.advance(by: .seconds(1))
        #expect(!hasTimedOut)
        script.server.advance(by: .seconds(1))
        #expect(hasTimedOut)
    }

    @Test func `the limit of the whole activity and the one of its heartbeats are planned anew`() async throws {
        try await begin {
            $0.startToCloseTimeout.seconds = 1000
            $0.scheduleToCloseTimeout.seconds = 10
        }
        try await update(["schedule_to_close_timeout", "start_to_close_timeout"]) {
            $0.scheduleToCloseTimeout.seconds = 50
            $0.startToCloseTimeout.seconds = 1000
        }
        script.server.advance(by: .seconds(49))
        #expect(!hasTimedOut)
        try await update(["schedule_to_close_timeout", "start_to_close_timeout", "heartbeat_timeout"]) {
            $0.scheduleToCloseTimeout.seconds = 100
            $0.startToCloseTimeout.seconds = 100
            $0.heartbeatTimeout.seconds = 60
        }
        script.server.advance(by: .seconds(10))
        #expect(!hasTimedOut)
        script.server.advance(by: .seconds(1))
        #expect(hasTimedOut)
        let end = try #require(script.history().last { $0.eventType == .activityTaskTimedOut })
        #expect(end.activityTaskTimedOutEventAttributes.failure.timeoutFailureInfo.timeoutType == .heartbeat)
    }

    @Test func `what is restored counts for the attempt that a worker has`() async throws {
        try await begin()
        try await update(["start_to_close_timeout"]) { $0.startToCloseTimeout.seconds = 100 }
        _ = try await script.call(.updateActivityOptions) {
            $0.namespace = "default"
            $0.execution.workflowID = "w"
            $0.id = "a"
            $0.restoreOriginal = true
        }
        script.server.advance(by: .seconds(9))
        #expect(!hasTimedOut)
        script.server.advance(by: .seconds(1))
        #expect(hasTimedOut)
    }

    @Test func `the wait for the next attempt is the one of the new policy`() async throws {
        try await script.start()
        try await script.step(.activity { $0.retryPolicy.initialInterval.seconds = 600 })
        try await script.failActivity(try await script.pollActivity().taskToken)
        script.server.advance(by: .seconds(10))
        try await update(["retry_policy.initial_interval"]) { $0.retryPolicy.initialInterval.seconds = 30 }
        let next = Task { try await script.pollActivity() }
        await script.waits(1)
        script.server.advance(by: .seconds(19))
        #expect(script.server.waitingCalls == 1)
        script.server.advance(by: .seconds(1))
        #expect(try await next.value.attempt == 2)
    }

    @Test(arguments: [-1e20, -.infinity, .infinity, .nan])
    func `a back-off that is no length of time has none that is wrong`(_ coefficient: Double) {
        let policy = APIRetryPolicy.with {
            $0.initialInterval.seconds = 1
            $0.backoffCoefficient = coefficient
            $0.maximumInterval.seconds = 100
        }
        for attempt in 2...3 as ClosedRange<Int32> {
            #expect(RetryRules.interval(after: attempt, policy) == .seconds(100))
        }
    }
}
