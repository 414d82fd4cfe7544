import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

@Suite(.timeLimit(.minutes(2))) struct ScheduleTests {
    @Test func `an hourly schedule starts 8,760 workflows in a year`() async throws {
        let script = Script()
        let worker = Task {
            while true {
                let task = try await script.pollWorkflow()
                if task.taskToken.isEmpty { return }
                try await script.complete(task, [.complete()])
            }
        }
        try await script.createSchedule()
        try await script.server.sleep(for: .seconds(365 * 86400))
        let info = try await script.describeSchedule().info
        #expect(info.actionCount == 8760)
        #expect(info.overlapSkipped == 0)
        let times = script.server.runs().compactMap {
            $0.workflowID.split(separator: "-", maxSplits: 1).last.map(String.init)
        }
        #expect(times.count == 8760)
        // The clock began at 2023-11-14T22:13:20Z.
        #expect(times.first == "2023-11-14T23:00:00Z")
        #expect(times.last == "2024-11-13T22:00:00Z")
        #expect(Set(times).count == 8760)
        script.server.shutdown()
        worker.cancel()
        _ = try? await worker.value
    }

    @Test func `what is started knows its schedule`() async throws {
        let script = Script()
        try await script.createSchedule()
        script.server.advance(by: .seconds(3600))
        let id = "job-2023-11-14T23:00:00Z"
        #expect(try await script.runs("TemporalScheduledById = 's'") == [id])
        #expect(try await script.runs("TemporalScheduledStartTime = '2023-11-14T23:00:00Z'") == [id])
        let started = try #require(script.history(id).first).workflowExecutionStartedEventAttributes
        #expect(started.identity == "temporal-scheduler-default-s")
        let recent = try #require(try await script.describeSchedule().info.recentActions.first)
        #expect(recent.startWorkflowResult.workflowID == id)
        #expect(recent.startWorkflowStatus == .running)
        try await script.terminate(id)
        #expect(try await script.describeSchedule().info.recentActions.first?.startWorkflowStatus == .terminated)
    }

    @Test func `skip starts nothing while the last one runs`() async throws {
        let script = Script()
        try await script.createSchedule(overlap: .skip)
        script.server.advance(by: .seconds(3 * 3600))
        #expect(try await script.runs() == ["job-2023-11-14T23:00:00Z"])
        #expect(try await script.describeSchedule().info.overlapSkipped == 2)
        try await script.terminate("job-2023-11-14T23:00:00Z")
        script.server.advance(by: .seconds(3600))
        #expect(try await script.runs().count == 2)
    }

    @Test func `buffer one lets one wait`() async throws {
        let script = Script()
        try await script.createSchedule(overlap: .bufferOne)
        script.server.advance(by: .seconds(4 * 3600))
        let info = try await script.describeSchedule().info
        #expect(info.bufferSize == 1)
        #expect(info.overlapSkipped == 2)
        try await script.terminate("job-2023-11-14T23:00:00Z")
        #expect(try await script.runs() == ["job-2023-11-14T23:00:00Z", "job-2023-11-15T00:00:00Z"])
        #expect(try await script.describeSchedule().info.bufferSize == 0)
    }

    @Test func `buffer all lets all wait in their order`() async throws {
        let script = Script()
        try await script.createSchedule(overlap: .bufferAll)
        script.server.advance(by: .seconds(4 * 3600))
        #expect(try await script.describeSchedule().info.bufferSize == 3)
        for hour in ["14T23", "15T00", "15T01"] { try await script.terminate("job-2023-11-\(hour):00:00Z") }
        #expect(try await script.runs().last == "job-2023-11-15T02:00:00Z")
        #expect(try await script.describeSchedule().info.bufferSize == 0)
    }

    @Test func `cancel other asks the running one to end, and then starts the latest`() async throws {
        let script = Script()
        try await script.createSchedule(overlap: .cancelOther)
        script.server.advance(by: .seconds(3 * 3600))
        let first = "job-2023-11-14T23:00:00Z"
        #expect(script.types(first).contains(.workflowExecutionCancelRequested))
        #expect(try await script.runs() == [first])
        try await script.terminate(first)
        #expect(try await script.runs() == [first, "job-2023-11-15T01:00:00Z"])
    }

    @Test func `terminate other ends the running one`() async throws {
        let script = Script()
        try await script.createSchedule(overlap: .terminateOther)
        script.server.advance(by: .seconds(2 * 3600))
        #expect(
            try await script.runs("ExecutionStatus = 'Running'") == ["job-2023-11-15T00:00:00Z"]
        )
        #expect(script.types("job-2023-11-14T23:00:00Z").last == .workflowExecutionTerminated)
    }

    @Test func `allow all starts all`() async throws {
        let script = Script()
        try await script.createSchedule(overlap: .allowAll)
        script.server.advance(by: .seconds(3 * 3600))
        #expect(try await script.runs("ExecutionStatus = 'Running'").count == 3)
    }

    @Test func `a paused schedule starts nothing, and does not make up for it`() async throws {
        let script = Script()
        try await script.createSchedule(overlap: .allowAll)
        try await script.patchSchedule { $0.pause = "later" }
        script.server.advance(by: .seconds(3 * 3600))
        #expect(try await script.runs().isEmpty)
        let paused = try await script.describeSchedule().schedule.state
        #expect(paused.paused && paused.notes == "later")
        try await script.patchSchedule { $0.unpause = "now" }
        #expect(try await script.runs().isEmpty)
        script.server.advance(by: .seconds(3600))
        #expect(try await script.runs() == ["job-2023-11-15T02:00:00Z"])
    }

    @Test func `a failure pauses the schedule if it is to`() async throws {
        let script = Script()
        try await script.createSchedule { $0.policies.pauseOnFailure = true }
        script.server.advance(by: .seconds(3600))
        try await script.step(.fail())
        let state = try await script.describeSchedule().schedule.state
        #expect(state.paused)
        #expect(state.notes.contains("job-2023-11-14T23:00:00Z"))
        script.server.advance(by: .seconds(3600))
        #expect(try await script.runs().count == 1)
    }

    @Test func `a limited schedule ends with its last action`() async throws {
        let script = Script()
        try await script.createSchedule(overlap: .allowAll) {
            $0.state.limitedActions = true
            $0.state.remainingActions = 2
        }
        #expect(try await script.describeSchedule().info.futureActionTimes.count == 2)
        script.server.advance(by: .seconds(10 * 3600))
        #expect(try await script.runs().count == 2)
        let description = try await script.describeSchedule()
        #expect(description.schedule.state.remainingActions == 0)
        #expect(description.info.futureActionTimes.isEmpty)
        // What somebody asks for does not count.
        try await script.patchSchedule { $0.triggerImmediately = .init() }
        #expect(try await script.runs().count == 3)
    }

    @Test func `a backfill takes the actions of the past`() async throws {
        let script = Script()
        try await script.createSchedule()
        try await script.patchSchedule {
            $0.backfillRequest = [
                .with {
                    $0.startTime.seconds = 1_699_999_200 - 2 * 3600
                    $0.endTime.seconds = 1_699_999_200
                    $0.overlapPolicy = .allowAll
                }
            ]
        }
        #expect(
            try await script.runs() == [
                "job-2023-11-14T20:00:00Z", "job-2023-11-14T21:00:00Z", "job-2023-11-14T22:00:00Z",
            ]
        )
    }

    @Test func `the last result is handed on`() async throws {
        let script = Script()
        try await script.createSchedule()
        script.server.advance(by: .seconds(3600))
        try await script.step(.complete("first"))
        script.server.advance(by: .seconds(3600))
        try await script.step(.fail("broken"))
        let second = try #require(script.history("job-2023-11-15T00:00:00Z").first)
        #expect(second.workflowExecutionStartedEventAttributes.lastCompletionResult.text == "first")
        script.server.advance(by: .seconds(3600))
        let third = try #require(script.history("job-2023-11-15T01:00:00Z").first)
        #expect(third.workflowExecutionStartedEventAttributes.lastCompletionResult.text == "first")
        #expect(third.workflowExecutionStartedEventAttributes.continuedFailure.message == "broken")
    }

    @Test func `an update that has not seen the latest version changes nothing`() async throws {
        let script = Script()
        try await script.createSchedule()
        let first = try await script.describeSchedule()
        func update(_ seconds: Int64, _ token: Data) async throws {
            _ =
                try await script.call(.updateSchedule) {
                    $0.namespace = "default"
                    $0.scheduleID = "s"
                    $0.schedule = first.schedule
                    $0.schedule.spec.interval = [.with { $0.interval.seconds = seconds }]
                    $0.conflictToken = token
                } as APIUpdateScheduleResponse
        }
        try await update(60, first.conflictToken)
        let second = try await script.describeSchedule()
        #expect(second.conflictToken != first.conflictToken)
        #expect(second.schedule.spec.interval.first?.interval.seconds == 60)
        #expect(second.info.hasUpdateTime)
        try await update(30, first.conflictToken)
        #expect(try await script.describeSchedule() == second)
        try await update(30, Data())
        #expect(try await script.describeSchedule().schedule.spec.interval.first?.interval.seconds == 30)
    }

    @Test func `schedules are listed, counted and deleted`() async throws {
        let script = Script()
        for id in ["a", "b", "c"] {
            try await script.createSchedule(id) { $0.state.paused = id == "b" }
        }
        func list(_ filter: String) async throws -> [String] {
            let response: APIListSchedulesResponse = try await script.call(.listSchedules) {
                $0.namespace = "default"
                $0.query = filter
            }
            return response.schedules.map(\.scheduleID)
        }
        #expect(try await list("") == ["c", "b", "a"])
        #expect(try await list("TemporalSchedulePaused = true") == ["b"])
        #expect(try await list("ScheduleId = 'a'") == ["a"])
        _ =
            try await script.call(.deleteSchedule) {
                $0.namespace = "default"
                $0.scheduleID = "b"
            } as APIDeleteScheduleResponse
        #expect(try await list("") == ["c", "a"])
        let error = await #expect(throws: RPCError.self) { _ = try await script.describeSchedule("b") }
        #expect(error?.code == .notFound)
        script.server.advance(by: .seconds(3600))
        // Both have the same workflow id, so that the second start finds the first.
        #expect(try await script.runs().count == 1)
    }

    @Test func `a schedule that can start nothing does not keep a stall from being reported`() async throws {
        let script = Script()
        try await script.createSchedule(every: 1)
        try await script.start("waits")
        try await script.step()
        // The first scheduled workflow runs for ever, so that all later ones are skipped.
        script.server.advance(by: .seconds(1))
        try await script.step()
        let error = await #expect(throws: RPCError.self) { _ = try await script.closeEvent("waits") }
        #expect(error?.code == .failedPrecondition)
    }
}
