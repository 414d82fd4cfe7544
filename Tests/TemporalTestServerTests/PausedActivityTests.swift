import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// Activities of workflows that somebody holds: they do not end meanwhile.
@Suite(.timeLimit(.minutes(1)), .storesEverything) struct PausedActivityTests {
    private let script = Script()

    private func pause() async throws {
        _ = try await script.call(.pauseActivity) {
            $0.namespace = "default"
            $0.execution.workflowID = "w"
            $0.id = "a"
        }
    }

    private func unpause() async throws {
        _ = try await script.call(.unpauseActivity) {
            $0.namespace = "default"
            $0.execution.workflowID = "w"
            $0.id = "a"
        }
    }

    private func begin(_ fill: (inout APIScheduleActivityTaskCommandAttributes) -> Void) async throws {
        try await script.start()
        try await script.step(.activity("a", startToClose: .seconds(1000), fill))
    }

    private var pending: APIWorkflowPendingActivityInfo? {
        get async throws { try await script.describe().pendingActivities.first }
    }

    private static let limits: [@Sendable (inout APIScheduleActivityTaskCommandAttributes) -> Void] = [
        { $0.startToCloseTimeout.seconds = 10 }, { $0.heartbeatTimeout.seconds = 10 },
        { $0.scheduleToCloseTimeout.seconds = 10 },
    ]

    @Test(arguments: limits.indices)
    func `an attempt does not time out before it is let go`(_ index: Int) async throws {
        try await begin {
            $0.retryPolicy.maximumAttempts = 1
            Self.limits[index](&$0)
        }
        _ = try await script.pollActivity()
        try await pause()
        script.server.advance(by: .seconds(100))
        #expect(!script.types().contains(.activityTaskTimedOut))
        try await unpause()
        #expect(script.types().suffix(3) == [.activityTaskStarted, .activityTaskTimedOut, .workflowTaskScheduled])
        #expect(script.elapsed == .seconds(100))
    }

    @Test func `nor does one that no worker has taken`() async throws {
        try await begin {
            $0.scheduleToStartTimeout.seconds = 10
            $0.scheduleToCloseTimeout.seconds = 50
        }
        try await pause()
        script.server.advance(by: .seconds(40))
        #expect(try await pending?.paused == true)
        try await unpause()
        // It waits anew for a worker, but not for longer than all attempts may take.
        script.server.advance(by: .seconds(9))
        #expect(try await pending != nil)
        script.server.advance(by: .seconds(1))
        #expect(script.types().contains(.activityTaskTimedOut))
    }

    @Test func `a last attempt that fails is not the end, and the next is one more`() async throws {
        try await begin { $0.retryPolicy.maximumAttempts = 1 }
        let task = try await script.pollActivity()
        try await pause()
        #expect(try await pending?.state == .pauseRequested)
        try await script.failActivity(task.taskToken)
        let held = try #require(try await pending)
        #expect(held.paused && held.state == .paused && held.attempt == 2)
        #expect(held.lastFailure.message == "failed")
        try await unpause()
        let again = try await script.pollActivity()
        #expect(again.attempt == 2)
        try await script.failActivity(again.taskToken)
        let failed = try #require(script.history().last { $0.eventType == .activityTaskFailed })
        #expect(failed.activityTaskFailedEventAttributes.retryState == .maximumAttemptsReached)
    }

    @Test func `a failure that is not tried again ends it`() async throws {
        try await begin { _ in }
        let task = try await script.pollActivity()
        try await pause()
        try await script.failActivity(task.taskToken, nonRetryable: true)
        #expect(script.types().contains(.activityTaskFailed))
    }

    @Test func `a cancellation ends it at its next failure`() async throws {
        try await begin { _ in }
        let task = try await script.pollActivity()
        try await pause()
        try await script.signal()
        try await script.step(.cancelActivity(5))
        try await script.failActivity(task.taskToken)
        let failed = try #require(script.history().last { $0.eventType == .activityTaskFailed })
        #expect(failed.activityTaskFailedEventAttributes.retryState == .cancelRequested)
    }
}
