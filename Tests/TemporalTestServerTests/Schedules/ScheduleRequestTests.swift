import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// What requests about schedules may say, and what lists give.
@Suite(.timeLimit(.minutes(1))) struct ScheduleRequestTests {
    private static let long = String(repeating: "x", count: 1001)
    private static let large = Data(count: 2 * 1024 * 1024 + 1)

    private static let wrongCreations: [(@Sendable (inout APICreateScheduleRequest) -> Void, String)] = [
        ({ $0.scheduleID = String(repeating: "x", count: 978) }, "WorkflowId length exceeds limit."),
        ({ $0.requestID = long }, "RequestId length exceeds limit."),
        ({ $0.memo.fields["m"] = .with { $0.data = large } }, "Memo size exceeds limit."),
        (
            { $0.schedule.action.startWorkflow.input.payloads = [.with { $0.data = large }] },
            "Blob data size exceeds limit."
        ),
        (
            { $0.schedule.action.startWorkflow.memo.fields["m"] = .with { $0.data = large } },
            "Blob data size exceeds limit."
        ),
    ]

    @Test func `a schedule that is too much is refused`() async throws {
        let script = Script()
        for (change, message) in Self.wrongCreations {
            let error = await #expect(throws: RPCError.self) { try await script.createSchedule("s", request: change) }
            #expect(error?.code == .invalidArgument && error?.message == message)
        }
        try await script.createSchedule()
    }

    private static let wrongActions: [(@Sendable (inout APIWorkflowNewWorkflowExecutionInfo) -> Void, String)] = [
        // The time that is appended counts.
        ({ $0.workflowID = String(repeating: "x", count: 980) }, "WorkflowId length exceeds limit."),
        ({ $0.workflowType.name = long }, "WorkflowType length exceeds limit."),
        ({ $0.taskQueue.name = long }, "taskQueue length exceeds limit"),
        ({ $0.taskQueue.name = "/_sys/q" }, "task queue name cannot start with reserved prefix /_sys/"),
        ({ $0.versioningOverride = .init() }, "override behavior is required"),
    ]

    @Test func `a schedule that could never start anything is refused, and so is a change to one`() async throws {
        let script = Script()
        try await script.createSchedule()
        for (change, message) in Self.wrongActions {
            let created = await #expect(throws: RPCError.self) {
                try await script.createSchedule("t") { change(&$0.action.startWorkflow) }
            }
            #expect(created?.code == .invalidArgument)
            #expect(created?.message.contains(message) == true, "\(created?.message ?? "")")
            let updated = await #expect(throws: RPCError.self) {
                try await script.updateSchedule { change(&$0.action.startWorkflow) }
            }
            #expect(updated?.message == created?.message)
        }
    }

    @Test func `a patch that is none, or whose notes are too long, is refused`() async throws {
        let script = Script()
        try await script.createSchedule()
        let none = await #expect(throws: RPCError.self) {
            _ =
                try await script.call(.patchSchedule) {
                    $0.namespace = "default"
                    $0.scheduleID = "s"
                } as APIPatchScheduleResponse
        }
        #expect(none?.message == "Patch is not set on request.")
        for fill: (inout APISchedulePatch) -> Void in [{ $0.pause = Self.long }, { $0.unpause = Self.long }] {
            let error = await #expect(throws: RPCError.self) { try await script.patchSchedule(fill) }
            #expect(error?.code == .invalidArgument && error?.message == "Schedule notes exceeds limit.")
        }
    }

    @Test func `a list shows ten parts of a specification`() async throws {
        let script = Script()
        try await script.createSchedule {
            $0.spec.interval = (1...12).map { seconds in .with { $0.interval.seconds = seconds * 60 } }
            $0.spec.structuredCalendar = (1...11).map { day in .with { $0.dayOfMonth = [.with { $0.start = day }] } }
            $0.spec.excludeStructuredCalendar = $0.spec.structuredCalendar
        }
        let list: APIListSchedulesResponse = try await script.call(.listSchedules) { $0.namespace = "default" }
        let listed = try #require(list.schedules.first).info.spec
        #expect(listed.interval.count == 10)
        #expect(listed.structuredCalendar.count == 10 && listed.excludeStructuredCalendar.count == 10)
        #expect(try await script.describeSchedule().schedule.spec.interval.count == 12)
    }

    @Test func `a page begins where the one before ended, whatever was deleted meanwhile`() async throws {
        let script = Script()
        for id in ["a", "b", "c", "d"] { try await script.createSchedule(id) }
        func page(_ token: Data) async throws -> (ids: [String], token: Data) {
            let response: APIListSchedulesResponse = try await script.call(.listSchedules) {
                $0.namespace = "default"
                $0.maximumPageSize = 2
                $0.nextPageToken = token
            }
            return (response.schedules.map(\.scheduleID), response.nextPageToken)
        }
        let first = try await page(Data())
        #expect(first.ids == ["d", "c"])
        for id in ["b", "c", "d"] { try await script.deleteSchedule(id) }
        let second = try await page(first.token)
        #expect(second.ids == ["a"] && second.token.isEmpty)
        let error = await #expect(throws: RPCError.self) { _ = try await page(Data("-1".utf8)) }
        #expect(error?.message == "Invalid NextPageToken.")
    }
}
