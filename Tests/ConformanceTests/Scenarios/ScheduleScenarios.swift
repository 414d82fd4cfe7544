import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import Testing

/// Schedules: their times, their life, and what they start.
@Suite(.timeLimit(.minutes(3))) struct ScheduleScenarios {
    private static func cron(_ text: String, zone: String = "") -> APIScheduleSpec {
        .with {
            $0.cronString = [text]
            $0.timezoneName = zone
        }
    }

    /// The times from 2024-03-08 to 2024-03-12, and what the specification is turned into.
    private static let specs: [(String, APIScheduleSpec, [String])] = [
        ("daily", cron("0 12 * * *"), ["08T12:00:00", "09T12:00:00", "10T12:00:00", "11T12:00:00"]),
        ("with year", cron("0 12 * * * 2025"), []),
        ("with seconds", cron("30 0 12 9 * * 2024"), ["09T12:00:30"]),
        ("named days", cron("0 12 * * MON-FRI # hi"), ["08T12:00:00", "11T12:00:00"]),
        ("both days", cron("0 0 13 * FRI"), []),
        ("Sunday is 7", cron("0 0 * * 7"), ["10T00:00:00"]),
        ("Sunday is 7 of 7", cron("0 0 * * 1-7"), ["09T00:00:00", "11T00:00:00", "12T00:00:00"]),
        ("zone", cron("CRON_TZ=America/New_York 30 2 * * *"), ["08T07:30:00", "09T07:30:00", "11T06:30:00"]),
        ("word", cron("@daily"), ["09T00:00:00", "10T00:00:00", "11T00:00:00", "12T00:00:00"]),
        ("every", cron("@every 36h"), ["09T00:00:00", "10T12:00:00", "12T00:00:00"]),
        ("steps", cron("0 1-10/3 8 3 *"), ["08T01:00:00", "08T04:00:00", "08T07:00:00", "08T10:00:00"]),
        (
            "calendar",
            .with {
                $0.calendar = [
                    .with {
                        $0.hour = "3"
                        $0.minute = "15"
                        $0.dayOfWeek = "5-6"
                    }
                ]
            },
            ["08T03:15:00", "09T03:15:00"]
        ),
        (
            "interval and excluded days",
            .with {
                $0.interval = [.with { $0.interval.seconds = 43200 }]
                $0.excludeCalendar = [
                    .with {
                        $0.dayOfWeek = "sat,sun"
                        $0.hour = "*"
                        $0.minute = "*"
                        $0.second = "*"
                    }
                ]
            },
            ["08T12:00:00", "11T00:00:00", "11T12:00:00", "12T00:00:00"]
        ),
        (
            "exclusions that exclude nothing",
            .with {
                $0.interval = [.with { $0.interval.seconds = 86400 }]
                $0.excludeStructuredCalendar = [
                    .with {
                        $0.minute = [.with { $0.start = 99 }]
                        $0.hour = [
                            .with {
                                $0.start = 5
                                $0.end = 2
                            }
                        ]
                    }
                ]
            },
            ["09T00:00:00", "10T00:00:00", "11T00:00:00", "12T00:00:00"]
        ),
        (
            "structured without days", .with { $0.structuredCalendar = [.with { $0.hour = [.with { $0.start = 1 }] }] },
            []
        ),
    ]

    @Test(arguments: Backend.available)
    func `the times of specifications`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        for (name, spec, expected) in Self.specs {
            let schedule = RawSchedule(scene)
            try await schedule.create {
                $0.spec = spec
                $0.state.paused = true
            }
            let times = try await schedule.matchingTimes(from: 1_709_856_000, to: 1_710_201_600)
            #expect(times == expected.map { "2024-03-\($0)" }, "\(name)")
            let canonical = try await schedule.describe().schedule.spec
            #expect(canonical.cronString.isEmpty && canonical.calendar.isEmpty, "\(name)")
            try await schedule.delete()
        }
    }

    private static let wrong: [(APIScheduleSpec, String)] = [
        (cron("zz"), "CronString does not have 5-7 fields"),
        (.with { $0.interval = [.init()] }, "interval is too small"),
        (.with { $0.calendar = [.with { $0.hour = "25" }] }, "Hour is not in range [0-23]"),
        (.with { $0.timezoneName = "Nowhere/X" }, "unknown time zone Nowhere/X"),
        (cron("? 0 * * *"), "Minute is not in range [0-59]"),
        (cron("5-1 0 * * *"), "Minute End is before Start or not in range [0-59]"),
        (cron("5/x 0 * * *"), "strconv.Atoi: parsing \"x\": invalid syntax"),
        (cron("TZ=Asia/Tokyo"), "CronString has time zone but missing fields"),
        (cron("@every"), "CronString does not have interval after @every"),
        (cron("@every x"), "time: invalid duration \"x\""),
        (cron("TZ=Asia/Tokyo 0 0 * * *", zone: "Europe/Berlin"), "conflicting timezone names"),
        (.with { $0.cronString = ["TZ=Asia/Tokyo 0 0 * * *", "0 0 * * *"] }, "conflicting timezone names"),
        (.with { $0.cronString = ["0 0 * * *", "TZ=Asia/Tokyo 0 0 * * *"] }, "conflicting timezone names"),
        (
            .with {
                $0.calendar = [
                    .with {
                        $0.hour = "25"
                        $0.minute = "99"
                    }
                ]
            }, "Minute is not in range [0-59], Hour is not in range [0-23]"
        ),
        (
            .with { $0.structuredCalendar = [.with { $0.comment = String(repeating: "x", count: 201) }] },
            "invalid calendar spec: comment is too long"
        ),
        (.with { $0.timezoneData = Data("zone".utf8) }, "malformed time zone information"),
    ]

    @Test(arguments: Backend.available)
    func `what makes no sense is refused`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        for (spec, message) in Self.wrong {
            let error = await #expect(throws: RPCError.self) {
                try await RawSchedule(scene).create { $0.spec = spec }
            }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message == "Invalid schedule spec: \(message)")
        }
        let absent = await #expect(throws: RPCError.self) { _ = try await RawSchedule(scene).describe() }
        #expect(absent?.code == .notFound)
    }

    private static let wrongActions: [(@Sendable (inout APIWorkflowNewWorkflowExecutionInfo) -> Void, String)] = [
        ({ $0.clearWorkflowType() }, "WorkflowType is not set on request."),
        ({ $0.clearTaskQueue() }, "taskQueue is not set"),
        ({ $0.cronSchedule = "@daily" }, "Scheduled workflow must not contain CronSchedule"),
        (
            { $0.workflowIDReusePolicy = .rejectDuplicate },
            "Scheduled workflow must not contain WorkflowIDReusePolicy"
        ),
        ({ $0.workflowID = String(repeating: "x", count: 980) }, "WorkflowId length exceeds limit."),
        ({ $0.workflowType.name = String(repeating: "x", count: 1001) }, "WorkflowType length exceeds limit."),
        ({ $0.taskQueue.name = String(repeating: "x", count: 1001) }, "taskQueue length exceeds limit"),
        ({ $0.taskQueue.name = "/_sys/q" }, "task queue name cannot start with reserved prefix /_sys/"),
        (
            { $0.workflowRunTimeout.seconds = -1 },
            "An invalid WorkflowRunTimeoutSeconds is set on request. cause: negative duration"
        ),
    ]

    @Test(arguments: Backend.available)
    func `a workflow that a schedule cannot start is refused`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let there = RawSchedule(scene)
        try await there.create { $0.state.paused = true }
        for (change, message) in Self.wrongActions {
            let error = await #expect(throws: RPCError.self) {
                try await RawSchedule(scene).create { change(&$0.action.startWorkflow) }
            }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message == message)
            let described = try await there.describe()
            let update = await #expect(throws: RPCError.self) {
                try await there.update(
                    .with {
                        $0 = described.schedule
                        change(&$0.action.startWorkflow)
                    },
                    token: described.conflictToken,
                    seconds: 60
                )
            }
            #expect(update?.message == message)
        }
        try await there.delete()
    }

    @Test(arguments: Backend.available)
    func `a schedule is created, described, paused, changed and deleted`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let schedule = RawSchedule(scene)
        let first = try await schedule.create(requestID: "q") {
            $0.spec.interval = [.with { $0.interval.seconds = 86400 }]
        }
        // The same request again finds it; another is refused.
        #expect(
            try await schedule.create(requestID: "q") { $0.spec.interval = [.with { $0.interval.seconds = 86400 }] }
                == first
        )
        let again = await #expect(throws: RPCError.self) { try await schedule.create { _ in } }
        #expect(again?.code == .alreadyExists)

        let described = try await schedule.describe()
        #expect(described.schedule.policies.overlapPolicy == .skip)
        #expect(described.schedule.policies.catchupWindow.seconds == 31_536_000)
        #expect(described.info.futureActionTimes.count == 10)
        #expect(described.conflictToken == Data([0, 0, 0, 0, 0, 0, 0, 1]))

        try await schedule.patch { $0.pause = "why" }
        try await scene.eventually { try await schedule.describe().schedule.state.paused }
        #expect(try await schedule.describe().schedule.state.notes == "why")
        try await schedule.patch { $0.unpause = "go" }
        try await scene.eventually { try await !schedule.describe().schedule.state.paused }
        let latest = try await schedule.describe()
        #expect(latest.conflictToken == Data([0, 0, 0, 0, 0, 0, 0, 3]))

        try await schedule.update(latest.schedule, token: latest.conflictToken, seconds: 3600)
        try await scene.eventually {
            try await schedule.describe().schedule.spec.interval.first?.interval.seconds == 3600
        }
        // Who has not seen the latest version changes nothing.
        try await schedule.update(latest.schedule, token: latest.conflictToken, seconds: 60)
        try await scene.sleep(.milliseconds(300))
        let final = try await schedule.describe()
        #expect(final.schedule.spec.interval.first?.interval.seconds == 3600)
        #expect(final.conflictToken == Data([0, 0, 0, 0, 0, 0, 0, 4]))
        // A window of zero is the shortest there is.
        var hasty = final.schedule
        hasty.policies.catchupWindow = .init()
        try await schedule.update(hasty, token: Data(), seconds: 3600)
        try await scene.eventually { try await schedule.describe().schedule.policies.catchupWindow.seconds == 10 }

        try await schedule.delete()
        try await scene.eventually {
            do {
                _ = try await schedule.describe()
                return false
            } catch let error as RPCError where error.code == .notFound {
                return error.message == "schedule not found"
            }
        }
        let gone = await #expect(throws: RPCError.self) { try await schedule.patch { $0.pause = "why" } }
        #expect(gone?.code == .notFound)
        #expect(gone?.message == "workflow execution already completed")
    }

    @Test(arguments: Backend.available)
    func `what is triggered and filled in is started at once`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let schedule = RawSchedule(scene)
        try await schedule.create { $0.spec.interval = [.with { $0.interval.seconds = 3600 }] }
        try await schedule.patch { $0.triggerImmediately.overlapPolicy = .allowAll }
        // A server takes only the last of several patches that come at once.
        try await scene.eventually { try await schedule.describe().info.actionCount == 1 }
        try await schedule.patch {
            $0.backfillRequest = [
                .with {
                    $0.startTime.seconds = 1_704_067_200
                    $0.endTime.seconds = 1_704_067_200 + 2 * 3600
                    $0.overlapPolicy = .allowAll
                }
            ]
        }
        try await scene.eventually { try await schedule.describe().info.actionCount == 4 }
        let recent = try await schedule.describe().info.recentActions
        let ids = recent.map(\.startWorkflowResult.workflowID)
        #expect(
            ids.dropFirst() == [
                "\(schedule.workflowID)-2024-01-01T00:00:00Z", "\(schedule.workflowID)-2024-01-01T01:00:00Z",
                "\(schedule.workflowID)-2024-01-01T02:00:00Z",
            ]
        )
        let worker = RawWorker(scene)
        let started = try #require(try await worker.events(ids[1]).first).workflowExecutionStartedEventAttributes
        #expect(started.identity == "temporal-scheduler-default-\(schedule.id)")
        let attributes = started.searchAttributes.indexedFields
        #expect(attributes["TemporalScheduledById"]?.data == Data("\"\(schedule.id)\"".utf8))
        #expect(attributes["TemporalScheduledStartTime"]?.data == Data("\"2024-01-01T00:00:00Z\"".utf8))
        try await schedule.delete()
        for id in ids { try await scene.client.workflowHandle(id: id).terminate(reason: "end of the scenario") }
    }

    @Test(arguments: Backend.available)
    func `a schedule takes its limited actions and no more`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let schedule = RawSchedule(scene)
        try await schedule.create {
            $0.spec.interval = [.with { $0.interval.seconds = 1 }]
            $0.policies.overlapPolicy = .allowAll
            $0.state.limitedActions = true
            $0.state.remainingActions = 2
        }
        try await scene.sleep(.seconds(4))
        try await scene.eventually { try await schedule.describe().info.actionCount == 2 }
        let description = try await schedule.describe()
        #expect(description.schedule.state.remainingActions == 0)
        #expect(description.info.recentActions.map(\.startWorkflowStatus) == [.running, .running])
        try await schedule.delete()
        for action in description.info.recentActions {
            try await scene.client.workflowHandle(id: action.startWorkflowResult.workflowID).terminate(reason: "end")
        }
    }
}

/// One schedule of a scenario, by bare RPCs.
struct RawSchedule: Sendable {
    let worker: RawWorker
    let id = "schedule-\(UUID())"

    init(_ scene: Scene) { worker = RawWorker(scene) }

    /// What the ids of its workflows begin with.
    var workflowID: String { id + "-job" }

    @discardableResult
    func create(requestID: String = UUID().uuidString, _ fill: (inout APISchedule) -> Void) async throws -> Data {
        try await worker.call(.createSchedule) {
            $0.namespace = "default"
            $0.scheduleID = id
            $0.requestID = requestID
            $0.schedule.action.startWorkflow = .with {
                $0.workflowID = workflowID
                $0.workflowType.name = "Scheduled"
                $0.taskQueue.name = worker.taskQueue
            }
            fill(&$0.schedule)
        }
        .conflictToken
    }

    func describe() async throws -> APIDescribeScheduleResponse {
        try await worker.call(.describeSchedule) {
            $0.namespace = "default"
            $0.scheduleID = id
        }
    }

    func matchingTimes(from start: Int64, to end: Int64) async throws -> [String] {
        let times = try await worker.call(.listScheduleMatchingTimes) {
            $0.namespace = "default"
            $0.scheduleID = id
            $0.startTime.seconds = start
            $0.endTime.seconds = end
        }
        .startTime
        return times.map {
            Date(timeIntervalSince1970: Double($0.seconds)).formatted(.iso8601).replacing("Z", with: "")
        }
    }

    func patch(_ fill: (inout APISchedulePatch) -> Void) async throws {
        try await worker.call(.patchSchedule) {
            $0.namespace = "default"
            $0.scheduleID = id
            $0.requestID = UUID().uuidString
            fill(&$0.patch)
        }
    }

    func update(_ schedule: APISchedule, token: Data, seconds: Int64) async throws {
        try await worker.call(.updateSchedule) {
            $0.namespace = "default"
            $0.scheduleID = id
            $0.requestID = UUID().uuidString
            $0.conflictToken = token
            $0.schedule = schedule
            $0.schedule.spec.interval = [.with { $0.interval.seconds = seconds }]
        }
    }

    func delete() async throws {
        try await worker.call(.deleteSchedule) {
            $0.namespace = "default"
            $0.scheduleID = id
        }
    }
}
