import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// What schedules do with their actions: backfills, those that wait, those that may overlap, and what the runs leave.
@Suite(.timeLimit(.minutes(1))) struct ScheduleActionTests {
    /// 2023-11-14T22:00:00Z, the hour before the clock began.
    private static let hour: Int64 = 1_699_999_200
    private static let first = "job-2023-11-14T23:00:00Z"
    private static let second = "job-2023-11-15T00:00:00Z"

    private func backfill(_ script: Script, hours: Int64, _ overlap: APIScheduleOverlapPolicy) async throws {
        try await script.patchSchedule {
            $0.backfillRequest = [
                .with {
                    $0.startTime.seconds = Self.hour - hours * 3600
                    $0.endTime.seconds = Self.hour
                    $0.overlapPolicy = overlap
                }
            ]
        }
    }

    private func started(_ script: Script, _ id: String) throws -> APIWorkflowExecutionStartedEventAttributes {
        try #require(script.history(id).first).workflowExecutionStartedEventAttributes
    }

    // MARK: Backfills

    @Test func `a long backfill takes all its actions, ten a second`() async throws {
        let script = Script()
        try await script.createSchedule()
        try await backfill(script, hours: 1200, .allowAll)
        #expect(try await script.describeSchedule().info.actionCount == 10)
        script.server.advance(by: .seconds(1))
        #expect(try await script.describeSchedule().info.actionCount == 20)
        script.server.advance(by: .seconds(120))
        let info = try await script.describeSchedule().info
        #expect(info.actionCount == 1201)
        #expect(info.bufferDropped == 0 && info.bufferSize == 0)
        #expect(info.recentActions.last?.startWorkflowResult.workflowID == "job-2023-11-14T22:00:00Z")
        #expect(try await script.runs("WorkflowId = 'job-2023-09-25T22:00:00Z'").count == 1)
    }

    @Test func `a time that a backfill has taken already is not taken again`() async throws {
        let script = Script()
        try await script.createSchedule()
        try await script.patchSchedule {
            $0.backfillRequest = [
                .with {
                    $0.startTime.seconds = Self.hour + 3600
                    $0.endTime.seconds = Self.hour + 3600
                    $0.overlapPolicy = .allowAll
                }
            ]
        }
        try await script.step(.complete("done"))
        #expect(try await script.describeSchedule().info.actionCount == 1)
        script.server.advance(by: .seconds(3600))
        #expect(try await script.runs("WorkflowId = '\(Self.first)'").count == 1)
        #expect(try await script.describeSchedule().info.actionCount == 1)
        // The schedule goes on.
        script.server.advance(by: .seconds(3600))
        #expect(try await script.runs("WorkflowId = '\(Self.second)'").count == 1)
    }

    @Test func `a backfill whose actions wait for each other goes on as they end`() async throws {
        let script = Script()
        try await script.createSchedule()
        try await backfill(script, hours: 24, .bufferAll)
        #expect(try await script.describeSchedule().info.bufferSize == 9)
        var ids: [String] = []
        while let id = try await script.runs("ExecutionStatus = 'Running'").first {
            ids.append(id)
            try await script.terminate(id)
        }
        #expect(ids.count == 25)
        #expect(ids == ids.sorted())
        #expect(try await script.describeSchedule().info.actionCount == 25)
    }

    @Test func `a backfill goes on after a restart`() async throws {
        let store = MemoryStateStore()
        let first = try Script(store: store)
        try await first.createSchedule()
        try await backfill(first, hours: 30, .allowAll)
        let second = try Script(store: store.copy())
        #expect(try await second.describeSchedule().info.actionCount == 10)
        second.server.advance(by: .seconds(3))
        #expect(try await second.describeSchedule().info.actionCount == 31)
    }

    // MARK: Overlap

    @Test func `what may overlap neither pauses the schedule nor leaves anything to the next`() async throws {
        let script = Script()
        try await script.createSchedule(overlap: .allowAll) { $0.policies.pauseOnFailure = true }
        script.server.advance(by: .seconds(3600))
        #expect(try await script.describeSchedule().info.runningWorkflows.isEmpty)
        try await script.step(.complete("first"))
        script.server.advance(by: .seconds(3600))
        try await script.step(.fail("broken"))
        script.server.advance(by: .seconds(3600))
        for id in [Self.second, "job-2023-11-15T01:00:00Z"] {
            let start = try started(script, id)
            #expect(!start.hasLastCompletionResult && !start.hasContinuedFailure)
        }
        let description = try await script.describeSchedule()
        #expect(!description.schedule.state.paused)
        #expect(description.info.recentActions.map(\.startWorkflowStatus) == [.running, .running, .running])
    }

    @Test func `what waits goes by the policy of the schedule as it is when its turn comes`() async throws {
        let script = Script()
        try await script.createSchedule(overlap: .bufferAll)
        script.server.advance(by: .seconds(3 * 3600))
        #expect(try await script.runs() == [Self.first])
        try await script.updateSchedule { $0.policies.overlapPolicy = .allowAll }
        #expect(try await script.runs().count == 3)
        #expect(try await script.describeSchedule().info.bufferSize == 0)
    }

    @Test func `a schedule that is made again does not take over the runs of the one before`() async throws {
        let script = Script()
        try await script.createSchedule()
        script.server.advance(by: .seconds(3600))
        try await script.deleteSchedule()
        try await script.createSchedule { $0.policies.pauseOnFailure = true }
        try await script.step(.fail())
        #expect(try await script.describeSchedule().schedule.state.paused == false)
        script.server.advance(by: .seconds(3600))
        #expect(try !started(script, Self.second).hasContinuedFailure)
    }

    // MARK: Times

    @Test func `a change between the time of an action and its jitter leaves the action`() async throws {
        let script = Script()
        try await script.createSchedule { $0.spec.jitter.seconds = 3600 }
        let due = try #require(try await script.describeSchedule().info.futureActionTimes.first)
        let nominal = Self.hour + 3600
        try #require(due.seconds > nominal + 1, "Take another id: its jitter is too short.")
        script.server.advance(by: .seconds(nominal + 1 - 1_700_000_000))
        try await script.updateSchedule { $0.state.notes = "changed" }
        #expect(try await script.describeSchedule().info.futureActionTimes.first == due)
        script.server.advance(by: .seconds(due.seconds + 1 - nominal - 1))
        let action = try #require(try await script.describeSchedule().info.recentActions.first)
        #expect(action.startWorkflowResult.workflowID == Self.first)
        #expect(action.scheduleTime == due)
        // What was due before a change is not made up for.
        try await script.updateSchedule { $0.spec.interval = [.with { $0.interval.seconds = 60 }] }
        let next = try #require(try await script.describeSchedule().info.futureActionTimes.first)
        #expect(next.seconds >= due.seconds && next.seconds < due.seconds + 120)
    }

    @Test func `the time of an action that somebody asks for is told in whole seconds`() async throws {
        let script = Script()
        try await script.createSchedule()
        try await script.patchSchedule {
            $0.triggerImmediately.scheduledTime = .init(seconds: 1_700_000_000, nanos: 500_000_000)
        }
        let start = try started(script, "job-2023-11-14T22:13:20Z")
        let time = start.searchAttributes.indexedFields["TemporalScheduledStartTime"]?.data
        #expect(time == Data("\"2023-11-14T22:13:20Z\"".utf8))
    }

    // MARK: Ends

    @Test func `a run that completes without a result leaves what there was`() async throws {
        let script = Script()
        try await script.createSchedule()
        script.server.advance(by: .seconds(3600))
        try await script.step(.complete("first"))
        script.server.advance(by: .seconds(3600))
        try await script.step(.fail("broken"))
        script.server.advance(by: .seconds(3600))
        try await script.step(
            .with {
                $0.commandType = .completeWorkflowExecution
                $0.completeWorkflowExecutionCommandAttributes = .init()
            }
        )
        script.server.advance(by: .seconds(3600))
        let start = try started(script, "job-2023-11-15T02:00:00Z")
        #expect(start.lastCompletionResult.text == "first")
        #expect(start.continuedFailure.message == "broken")
    }

    @Test func `a run whose time is up pauses the schedule with a note of its own`() async throws {
        let script = Script()
        try await script.createSchedule {
            $0.policies.pauseOnFailure = true
            $0.action.startWorkflow.workflowRunTimeout.seconds = 10
        }
        script.server.advance(by: .seconds(3600))
        let state = try await script.describeSchedule().schedule.state
        #expect(state.paused && state.notes == "paused due to workflow timeout: \(Self.first)")
    }

    @Test func `each action of a limited number makes another version`() async throws {
        let script = Script()
        try await script.createSchedule(overlap: .allowAll) {
            $0.state.limitedActions = true
            $0.state.remainingActions = 5
        }
        script.server.advance(by: .seconds(2 * 3600))
        #expect(try await script.describeSchedule().conflictToken == Data([0, 0, 0, 0, 0, 0, 0, 3]))
    }

    @Test func `an action that cannot be taken is told of`() async throws {
        let script = Script()
        try await script.createSchedule { $0.action.startWorkflow.retryPolicy.maximumAttempts = -1 }
        script.server.advance(by: .seconds(3600))
        let info = try await script.describeSchedule().info
        #expect(info.actionCount == 0)
        #expect(info.invalidScheduleError.hasPrefix("Failed to start workflow: "))
        #expect(info.invalidScheduleError.contains("MaximumAttempts"))
        try await script.updateSchedule { $0.action.startWorkflow.clearRetryPolicy() }
        script.server.advance(by: .seconds(3600))
        #expect(try await script.describeSchedule().info.invalidScheduleError.isEmpty)
        #expect(try await script.runs() == [Self.second])
    }

    @Test func `a schedule that has nothing more to do is forgotten after seven days`() async throws {
        let script = try Script(store: MemoryStateStore(), expiresClosedRuns: true)
        try await script.createSchedule {
            $0.state.limitedActions = true
            $0.state.remainingActions = 1
        }
        script.server.advance(by: .seconds(3600 + 6 * 86400))
        #expect(try await script.describeSchedule().info.actionCount == 1)
        script.server.advance(by: .seconds(2 * 86400))
        func message() async -> String? {
            await #expect(throws: RPCError.self) { _ = try await script.describeSchedule() }?.message
        }
        #expect(await message() == "schedule not found")
        script.server.advance(by: .seconds(3 * 86400))
        #expect(await message() == "workflow not found for ID: temporal-sys-scheduler:s")
    }
}
