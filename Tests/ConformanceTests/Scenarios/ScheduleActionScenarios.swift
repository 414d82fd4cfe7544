import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

/// What schedules do with their actions over time.
@Suite(.timeLimit(.minutes(3))) struct ScheduleActionScenarios {
    /// 2024-01-01T00:00:00Z.
    private static let newYear: Int64 = 1_704_067_200

    @Test(arguments: Backend.available)
    func `a long backfill takes all its actions, ten a second`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let schedule = RawSchedule(scene)
        try await schedule.create {
            $0.spec.interval = [.with { $0.interval.seconds = 3600 }]
            $0.action.startWorkflow.workflowRunTimeout.seconds = 60
        }
        try await schedule.patch {
            $0.backfillRequest = [
                .with {
                    $0.startTime.seconds = Self.newYear
                    $0.endTime.seconds = Self.newYear + 24 * 3600
                    $0.overlapPolicy = .allowAll
                }
            ]
        }
        try await scene.eventually { try await schedule.describe().info.actionCount >= 10 }
        #expect(try await schedule.describe().info.actionCount < 25)
        try await scene.sleep(.seconds(3))
        try await scene.eventually { try await schedule.describe().info.actionCount == 25 }
        let info = try await schedule.describe().info
        #expect(info.bufferDropped == 0 && info.overlapSkipped == 0)
        #expect(info.recentActions.last?.startWorkflowResult.workflowID.hasSuffix("-2024-01-02T00:00:00Z") == true)
        try await schedule.delete()
    }

    @Test(arguments: Backend.available)
    func `what may overlap does not pause the schedule, and what may not does`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let schedule = RawSchedule(scene)
        try await schedule.create {
            $0.policies.pauseOnFailure = true
            $0.action.startWorkflow.workflowRunTimeout.seconds = 1
        }
        try await schedule.patch { $0.triggerImmediately.overlapPolicy = .allowAll }
        try await scene.eventually { try await schedule.describe().info.actionCount == 1 }
        #expect(try await schedule.describe().info.runningWorkflows.isEmpty)
        try await scene.sleep(.seconds(3))
        let first = try await schedule.describe()
        #expect(!first.schedule.state.paused)
        #expect(first.info.recentActions.map(\.startWorkflowStatus) == [.running])

        try await schedule.patch { $0.triggerImmediately.overlapPolicy = .skip }
        try await scene.eventually { try await schedule.describe().info.actionCount == 2 }
        try await scene.sleep(.seconds(3))
        try await scene.eventually { try await schedule.describe().schedule.state.paused }
        let second = try await schedule.describe()
        let id = try #require(second.info.recentActions.last).startWorkflowResult.workflowID
        #expect(second.schedule.state.notes == "paused due to workflow timeout: \(id)")
        #expect(second.info.recentActions.map(\.startWorkflowStatus) == [.running, .timedOut])
        // The time is told in whole seconds.
        let started = try #require(try await RawWorker(scene).events(id).first).workflowExecutionStartedEventAttributes
        let time = started.searchAttributes.indexedFields["TemporalScheduledStartTime"]?.data
        #expect(time == Data("\"\(id.suffix(20))\"".utf8))
        try await schedule.delete()
    }

    @Test(arguments: Backend.available)
    func `a change between the time of an action and its jitter leaves the action`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        // What the jitter is depends on the id: one is looked for that leaves time for a change.
        for _ in 0..<100 {
            let schedule = RawSchedule(scene)
            try await schedule.create {
                $0.spec.interval = [.with { $0.interval.seconds = 10 }]
                $0.spec.jitter.seconds = 10
                $0.action.startWorkflow.workflowRunTimeout.seconds = 60
            }
            let info = try await schedule.describe().info
            let (now, due) = (info.createTime.seconds, try #require(info.futureActionTimes.first))
            let nominal = due.seconds / 10 * 10
            guard due.seconds - nominal >= 4, nominal > now + 1 else {
                try await schedule.delete()
                try await scene.sleep(.seconds(1))
                continue
            }
            try await scene.sleep(.seconds(nominal + 1 - now))
            let described = try await schedule.describe().schedule
            try await schedule.update(.with { $0 = described }, token: Data(), seconds: 10)
            try await scene.eventually { try await schedule.describe().info.hasUpdateTime }
            #expect(try await schedule.describe().info.futureActionTimes.first?.seconds == due.seconds)
            try await scene.sleep(.seconds(due.seconds - nominal))
            try await scene.eventually { try await schedule.describe().info.actionCount > 0 }
            let action = try #require(try await schedule.describe().info.recentActions.first)
            #expect(action.scheduleTime.seconds == due.seconds)
            let text = Date(timeIntervalSince1970: Double(nominal)).formatted(.iso8601)
            #expect(action.startWorkflowResult.workflowID == "\(schedule.workflowID)-\(text)")
            return try await schedule.delete()
        }
        Issue.record("No id has a jitter that leaves time for a change.")
    }

    @Test(arguments: Backend.available)
    func `a run without a result leaves what there was, and each limited action makes a version`(
        _ backend: Backend
    ) async throws {
        let scene = try await Scene(backend)
        let schedule = RawSchedule(scene)
        let worker = RawWorker(scene)
        try await schedule.create {
            $0.spec.interval = [.with { $0.interval.seconds = 2 }]
            $0.state.limitedActions = true
            $0.state.remainingActions = 3
        }
        var last: APIWorkflowExecutionStartedEventAttributes?
        for command in [APICommand.result("first"), .result(nil), .result(nil)] {
            try await scene.sleep(.seconds(2))
            let task = try await worker.poll()
            last = task.history.events.first?.workflowExecutionStartedEventAttributes
            try await worker.complete(task, [command])
        }
        #expect(last?.lastCompletionResult.payloads.first?.data == Data("first".utf8))
        try await scene.eventually { try await schedule.describe().info.actionCount == 3 }
        #expect(try await schedule.describe().conflictToken == Data([0, 0, 0, 0, 0, 0, 0, 4]))
        try await schedule.delete()
    }
}

extension APICommand {
    /// Completes a workflow with a text, or without a result.
    fileprivate static func result(_ text: String?) -> APICommand {
        .with {
            $0.commandType = .completeWorkflowExecution
            $0.completeWorkflowExecutionCommandAttributes = .with {
                if let text { $0.result.payloads = [.with { $0.data = Data(text.utf8) }] }
            }
        }
    }
}
