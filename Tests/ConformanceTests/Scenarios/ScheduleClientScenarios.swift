import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import Testing

/// Schedules as a program sees them: with the client's own types.
@Suite(.timeLimit(.minutes(3))) struct ScheduleClientScenarios {
    private static let noon = Date(timeIntervalSince1970: 1_709_899_200)  // 2024-03-08T12:00:00Z, a Friday
    private static func day(_ number: Double) -> Date { noon.addingTimeInterval(number * 86_400) }

    @Test(arguments: Backend.available)
    func `a schedule is described as it was created`(_ backend: Backend) async throws {
        try await withSchedules(backend) { scene, schedules in
            let id = "schedule-\(UUID())"
            var options = WorkflowOptions(id: "\(id)-job", taskQueue: scene.taskQueue)
            options.executionTimeout = .seconds(3600)
            options.runTimeout = .seconds(600)
            options.taskTimeout = .seconds(20)
            options.retryPolicy = RetryPolicy(initialInterval: .seconds(2), maximumAttempts: 3)
            options.memo = ["customer": "Ada"]
            options.searchAttributes = [SearchAttributeKey.keyword("ConformanceKeyword").set("red")]
            options.staticSummary = "a report"
            options.staticDetails = "line 1\nline 2"
            options.priority = Priority(key: 2)
            var action = ScheduleAction.startWorkflow(named: "Report", "sales", 7, options: options)
            action.headers = ["trace": try PayloadConverter().encode("t-1")]
            let schedule = Schedule(
                action: action,
                spec: ScheduleSpec(
                    calendars: [
                        ScheduleCalendar(
                            second: [30],
                            minute: [0, .range(10...50, step: 20)],
                            hour: [.range(9...17)],
                            dayOfMonth: [1, 15],
                            month: [.range(1...6)],
                            year: [2030],
                            comment: "often"
                        )
                    ],
                    intervals: [ScheduleInterval(every: .seconds(7200), offset: .seconds(60))],
                    exclusions: [ScheduleCalendar(hour: [12], dayOfWeek: [0, 6])],
                    startTime: Self.day(1),
                    endTime: Self.day(20_000),
                    jitter: .seconds(5),
                    timeZone: "Europe/Berlin"
                ),
                policies: SchedulePolicies(overlap: .bufferOne, catchupWindow: .seconds(3600), pausesOnFailure: true),
                state: ScheduleState(note: "new", isPaused: true, remainingActions: 9)
            )
            let handle = try await schedules.create(
                id: id,
                schedule,
                memo: ["owner": "Grace"],
                searchAttributes: [SearchAttributeKey.int("ConformanceInt").set(5)]
            )
            let description = try await handle.describe()
            #expect(description.id == id)
            #expect(description.schedule.spec == schedule.spec)
            #expect(description.schedule.policies == schedule.policies)
            #expect(description.schedule.state == schedule.state)
            let described = description.schedule.action
            #expect(described.workflowType == "Report")
            #expect(try description.argument(0) == "sales")
            #expect(try description.argument(1, as: Int.self) == 7)
            #expect(try described.headers["trace"].map { try PayloadConverter().decode($0, as: String.self) } == "t-1")
            #expect(described.options.id == "\(id)-job")
            #expect(described.options.taskQueue == scene.taskQueue)
            #expect(described.options.executionTimeout == .seconds(3600))
            #expect(described.options.runTimeout == .seconds(600))
            #expect(described.options.taskTimeout == .seconds(20))
            #expect(described.options.retryPolicy == options.retryPolicy)
            #expect(described.options.searchAttributes == options.searchAttributes)
            #expect(described.options.staticSummary == "a report")
            #expect(described.options.staticDetails == "line 1\nline 2")
            #expect(described.options.priority == options.priority)
            let memo = try #require(described.options.memo["customer"] as? Payload)
            #expect(try PayloadConverter().decode(memo, as: String.self) == "Ada")
            #expect(try description.memo("owner") == "Grace")
            #expect(description.searchAttributes[SearchAttributeKey.int("ConformanceInt")] == 5)
            #expect(description.actionCount == 0 && description.bufferSize == 0)
            #expect(description.recentActions.isEmpty && description.runningWorkflows.isEmpty)
            #expect(description.updateTime == nil)
            #expect(description.createTime > Date(timeIntervalSince1970: 0))
            try await handle.delete()
        }
    }

    /// The moments from Friday, 2024-03-08, noon, to the Tuesday after.
    private static let times: [(String, ScheduleSpec, [Double])] = [
        ("a calendar", ScheduleSpec(calendars: [ScheduleCalendar(hour: [6])]), [0.75, 1.75, 2.75, 3.75]),
        (
            "weekdays", ScheduleSpec(calendars: [ScheduleCalendar(hour: [18], dayOfWeek: [.range(1...5)])]),
            [0.25, 3.25]
        ),
        ("Sundays", ScheduleSpec(calendars: [ScheduleCalendar(dayOfWeek: [0])]), [1.5]),
        ("an interval", ScheduleSpec(intervals: [ScheduleInterval(every: .seconds(129_600))]), [0.5, 2, 3.5]),
        (
            "an interval with an offset",
            ScheduleSpec(intervals: [ScheduleInterval(every: .seconds(86_400), offset: .seconds(21_600))]),
            [0.75, 1.75, 2.75, 3.75]
        ),
        ("cron", ScheduleSpec(cronExpressions: ["0 0 * * MON # weekly"]), [2.5]),
        ("cron by a word", ScheduleSpec(cronExpressions: ["@daily"]), [0.5, 1.5, 2.5, 3.5]),
        (
            "two at a time",
            ScheduleSpec(
                calendars: [ScheduleCalendar(dayOfWeek: [6])],
                intervals: [ScheduleInterval(every: .seconds(2 * 86_400))]
            ),
            [0.5, 1.5, 3.5]
        ),
        (
            "what is not excluded",
            ScheduleSpec(
                intervals: [ScheduleInterval(every: .seconds(86_400))],
                exclusions: [ScheduleCalendar(dayOfWeek: [0, 6])]
            ),
            [2.5, 3.5]
        ),
        (
            "between start and end",
            ScheduleSpec(
                intervals: [ScheduleInterval(every: .seconds(86_400))],
                startTime: day(1),
                endTime: day(3)
            ),
            [1.5, 2.5]
        ),
        (
            "a time zone",
            ScheduleSpec(calendars: [ScheduleCalendar(hour: [12])], timeZone: "America/New_York"),
            // Clocks go forward on the Sunday.
            [5.0 / 24, 1 + 5.0 / 24, 2 + 4.0 / 24, 3 + 4.0 / 24]
        ),
    ]

    @Test(arguments: Backend.available)
    func `the moments of a schedule can be asked for`(_ backend: Backend) async throws {
        try await withSchedules(backend) { scene, schedules in
            for (name, spec, expected) in Self.times {
                let handle = try await schedules.create(
                    id: "schedule-\(UUID())",
                    Schedule(action: scene.report, spec: spec, state: ScheduleState(isPaused: true))
                )
                let found = try await handle.matchingTimes(from: Self.noon, through: Self.day(4))
                #expect(found == expected.map(Self.day), "\(name)")
                try await handle.delete()
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a schedule is updated by a closure`(_ backend: Backend) async throws {
        try await withSchedules(backend) { scene, schedules in
            let handle = try await schedules.create(
                id: "schedule-\(UUID())",
                Schedule(
                    action: scene.report,
                    spec: ScheduleSpec(cronExpressions: ["0 12 * * *"], timeZone: "Europe/Berlin"),
                    state: ScheduleState(isPaused: true)
                ),
                searchAttributes: [SearchAttributeKey.int("ConformanceInt").set(5)]
            )
            try await handle.update {
                #expect($0.description.schedule.spec.calendars.count == 1)
                $0.spec.calendars[0].hour = [13]
                $0.spec.intervals = [ScheduleInterval(every: .seconds(60))]
                $0.policies.overlap = .allowAll
                $0.state.note = "changed"
                $0.action.options.taskQueue = "elsewhere"
                $0.searchAttributes = [SearchAttributeKey.int("ConformanceInt").set(6)]
            }
            let description = try await handle.describe()
            #expect(description.schedule.spec.calendars.map(\.hour) == [[13]])
            #expect(description.schedule.spec.intervals == [ScheduleInterval(every: .seconds(60))])
            #expect(description.schedule.spec.timeZone == "Europe/Berlin")
            #expect(description.schedule.policies.overlap == .allowAll)
            #expect(description.schedule.policies.catchupWindow == .seconds(365 * 86_400))
            #expect(description.schedule.state == ScheduleState(note: "changed", isPaused: true))
            #expect(description.schedule.action.options.taskQueue == "elsewhere")
            #expect(try description.argument(0) == "sales")
            #expect(description.searchAttributes[SearchAttributeKey.int("ConformanceInt")] == 6)
            #expect(description.updateTime != nil)

            // An update that changes nothing is made all the same, and so is one that the service writes in another way.
            try await handle.update { _ in }
            try await handle.update { $0.spec = ScheduleSpec(cronExpressions: ["@every 1h/5m", "0 3 * * 7"]) }
            let rewritten = try await handle.describe().schedule.spec
            #expect(rewritten.intervals == [ScheduleInterval(every: .seconds(3600), offset: .seconds(300))])
            #expect(rewritten.calendars.map(\.dayOfWeek) == [[0]])
            #expect(rewritten.calendars.map(\.hour) == [[3]])

            // What the closure throws ends the update.
            struct Stop: Error {}
            await #expect(throws: Stop.self) {
                try await handle.update {
                    $0.spec.intervals = []
                    throw Stop()
                }
            }
            #expect(try await handle.describe().schedule.spec == rewritten)
            try await handle.delete()
        }
    }

    @Test(arguments: Backend.available)
    func `updates at the same time lose nothing`(_ backend: Backend) async throws {
        try await withSchedules(backend) { scene, schedules in
            let handle = try await schedules.create(
                id: "schedule-\(UUID())",
                Schedule(
                    action: scene.report,
                    spec: ScheduleSpec(intervals: [ScheduleInterval(every: .seconds(3600))]),
                    state: ScheduleState(isPaused: true)
                )
            )
            let other = schedules.handle(id: handle.id)
            var calls = 0
            try await handle.update { update in
                calls += 1
                if calls == 1 {
                    // Somebody else is faster.
                    try await other.update { $0.state.note = "theirs" }
                }
                update.spec.jitter = .seconds(calls)
            }
            #expect(calls == 2)
            let schedule = try await handle.describe().schedule
            #expect(schedule.state.note == "theirs")
            #expect(schedule.spec.jitter == .seconds(2))

            // Somebody else who is always faster.
            var turn = 0
            let conflict = await #expect(throws: ScheduleConflictError.self) {
                try await handle.update { update in
                    turn += 1
                    let note = "turn \(turn)"
                    try await other.update { $0.state.note = note }
                    update.spec.jitter = .seconds(60)
                }
            }
            #expect(conflict?.attempts == 5)
            #expect(try await handle.describe().schedule.spec.jitter == .seconds(2))
            try await handle.delete()
        }
    }

    @Test(arguments: Backend.available)
    func `an update is made once, though the service keeps its ranges in another form`(_ backend: Backend) async throws
    {
        try await withSchedules(backend) { scene, schedules in
            let handle = try await schedules.create(
                id: "schedule-\(UUID())",
                Schedule(action: scene.report, spec: ScheduleSpec(), state: ScheduleState(isPaused: true))
            )
            var calls = 0
            try await handle.update { update in
                calls += 1
                update.spec.calendars = [ScheduleCalendar(minute: [ScheduleRange(start: 5, end: 0, step: 0)])]
                update.spec.exclusions = [ScheduleCalendar(hour: [ScheduleRange(start: 9, end: 0, step: 0)])]
            }
            #expect(calls == 1)
            let spec = try await handle.describe().schedule.spec
            #expect(spec.calendars.first?.minute == [5] && spec.exclusions.first?.hour == [9])
            try await handle.delete()
        }
    }

    @Test(arguments: Backend.available)
    func `a schedule is paused and goes on`(_ backend: Backend) async throws {
        try await withSchedules(backend) { scene, schedules in
            let handle = try await schedules.create(
                id: "schedule-\(UUID())",
                Schedule(
                    action: scene.report,
                    spec: ScheduleSpec(intervals: [ScheduleInterval(every: .seconds(86_400 * 365))])
                )
            )
            try await handle.pause(note: "holiday")
            try await scene.eventually { try await handle.describe().schedule.state.isPaused }
            #expect(try await handle.describe().schedule.state.note == "holiday")
            try await handle.unpause()
            try await scene.eventually { try await !handle.describe().schedule.state.isPaused }
            #expect(try await handle.describe().schedule.state.note == "Unpaused via temporal-swift")
            try await handle.delete()
        }
    }

    @Test(arguments: Backend.available)
    func `actions are triggered and backfilled`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let schedules = scene.client.schedules
        let handle = try await schedules.create(
            id: "schedule-\(UUID())",
            Schedule(
                action: scene.report,
                spec: ScheduleSpec(calendars: [ScheduleCalendar()]),
                policies: SchedulePolicies(overlap: .allowAll),
                state: ScheduleState(isPaused: true)
            ),
            triggersImmediately: true
        )
        try await scene.eventually { try await handle.describe().actionCount == 1 }
        try await handle.backfill(ScheduleBackfill(from: Self.noon, through: Self.day(2.5), overlap: .allowAll))
        try await scene.eventually { try await handle.describe().actionCount == 4 }
        let description = try await handle.describe()
        let results = description.recentActions
        #expect(results.count == 4)
        #expect(results.dropFirst().map(\.scheduledTime) == [0.5, 1.5, 2.5].map(Self.day))
        #expect(results[1].workflowID == "\(description.schedule.action.options.id)-2024-03-09T00:00:00Z")
        #expect(results.allSatisfy { $0.status == .running && !$0.runID.isEmpty })
        let run = scene.client.workflowHandle(id: results[1].workflowID)
        let keyword = SearchAttributeKey.keyword("TemporalScheduledById")
        #expect(try await run.describe().searchAttributes[keyword] == handle.id)

        // One that waits for another is counted, and listed as running.
        try await handle.update { $0.policies.overlap = .bufferOne }
        // The ids of workflows differ by the second.
        try await scene.sleep(.seconds(1))
        try await handle.trigger()
        try await scene.eventually { try await handle.describe().actionCount == 5 }
        #expect(try await handle.describe().runningWorkflows.count == 1)
        try await handle.trigger(overlap: .skip)
        try await scene.eventually { try await handle.describe().skippedOverlaps == 1 }
        try await handle.trigger(overlap: .bufferAll)
        try await scene.eventually { try await handle.describe().bufferSize == 1 }
        try await handle.delete()
        for result in try await scene.client.listWorkflows("TaskQueue = '\(scene.taskQueue)'").all() {
            try? await result.handle(scene.client).terminate(reason: "end of the scenario")
        }
    }

    @Test(arguments: Backend.available)
    func `an action that is triggered tells the moment that it is given`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let options = scene.options()
        let handle = try await scene.client.schedules.create(
            id: "schedule-\(UUID())",
            Schedule(
                action: .startWorkflow(named: "Flow", options: options),
                spec: ScheduleSpec(),
                state: ScheduleState(isPaused: true)
            )
        )
        try await handle.trigger(scheduledTime: Self.day(0.5))
        try await scene.eventually { try await handle.describe().actionCount == 1 }
        let action = try #require(try await handle.describe().recentActions.first)
        // A server of version 1.27 tells the moment of the call.
        if backend == .inMemory { #expect(action.workflowID == "\(options.id)-2024-03-09T00:00:00Z") }
        try await scene.client.workflowHandle(id: action.workflowID).terminate(reason: "end of the scenario")
        try await handle.delete()
    }

    @Test(arguments: Backend.available)
    func `the workflows of a schedule run, and their results are handed on`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Tally.self]) { scene in
            let handle = try await scene.client.schedules.create(
                id: "schedule-\(UUID())",
                Schedule(
                    action: .startWorkflow(
                        Tally.self,
                        10,
                        options: WorkflowOptions(id: "tally-\(UUID())", taskQueue: scene.taskQueue)
                    ),
                    spec: ScheduleSpec(intervals: [ScheduleInterval(every: .seconds(1))]),
                    policies: SchedulePolicies(overlap: .bufferAll),
                    state: ScheduleState(remainingActions: 3)
                )
            )
            try await scene.sleep(.seconds(5))
            try await scene.eventually {
                let actions = try await handle.describe().recentActions
                return actions.count == 3 && actions.allSatisfy { $0.status == .completed }
            }
            let description = try await handle.describe()
            #expect(description.schedule.state.remainingActions == 0)
            #expect(description.nextActionTimes.isEmpty)
            var sums: [Int] = []
            for action in description.recentActions {
                let run: WorkflowHandle<Tally> = scene.client.workflowHandle(id: action.workflowID)
                sums.append(try await run.result())
            }
            #expect(sums == [10, 20, 30])
            try await handle.delete()
        }
    }

    @Test(arguments: Backend.available)
    func `schedules are listed`(_ backend: Backend) async throws {
        try await withSchedules(backend) { scene, schedules in
            let mark = "mark-\(UUID())"
            let keyword = SearchAttributeKey.keyword("ConformanceKeyword")
            var handles: [ScheduleHandle] = []
            for number in 0..<3 {
                handles.append(
                    try await schedules.create(
                        id: "\(mark)-\(number)",
                        Schedule(
                            action: scene.report,
                            spec: ScheduleSpec(calendars: [ScheduleCalendar(hour: [4])]),
                            state: ScheduleState(note: "number \(number)", isPaused: number == 0)
                        ),
                        memo: ["number": number],
                        searchAttributes: [keyword.set(mark)]
                    )
                )
            }
            let filter = "ConformanceKeyword = '\(mark)'"
            try await scene.eventually { try await schedules.list(filter).all().count == 3 }
            let listed = try await schedules.list(filter, pageSize: 2).all().sorted { $0.id < $1.id }
            #expect(listed.map(\.id) == handles.map(\.id))
            #expect(listed.map(\.note) == ["number 0", "number 1", "number 2"])
            #expect(listed.map(\.isPaused) == [true, false, false])
            #expect(listed.map(\.workflowType) == ["Report", "Report", "Report"])
            #expect(try listed.map { try $0.memo("number", as: Int.self) } == [0, 1, 2])
            #expect(listed[1].searchAttributes[keyword] == mark)
            #expect(listed[1].spec.calendars.map(\.hour) == [[4]])
            #expect(listed[1].nextActionTimes.count == 5)
            if backend == .inMemory {
                #expect(try await schedules.count(filter).total == 3)
            } else {
                // A server of version 1.27 does not count schedules.
                let error = await #expect(throws: RPCError.self) { try await schedules.count(filter) }
                #expect(error?.code == .unimplemented)
            }
            let refusal = await #expect(throws: RPCError.self) { try await schedules.list("Bogus ~ 3").all() }
            #expect(refusal?.code == .invalidArgument)
            for handle in handles { try await handle.delete() }
        }
    }

    @Test(arguments: Backend.available)
    func `what is wrong with a schedule is said`(_ backend: Backend) async throws {
        try await withSchedules(backend) { scene, schedules in
            let id = "schedule-\(UUID())"
            let schedule = Schedule(
                action: scene.report,
                spec: ScheduleSpec(intervals: [ScheduleInterval(every: .seconds(3600))]),
                state: ScheduleState(isPaused: true)
            )
            let absent = schedules.handle(id: id)
            let missing = await #expect(throws: ScheduleNotFoundError.self) { try await absent.describe() }
            #expect(missing?.scheduleID == id)
            #expect(missing?.namespace == "default")
            await #expect(throws: ScheduleNotFoundError.self) { try await absent.update { $0.state.note = "x" } }
            await #expect(throws: ScheduleNotFoundError.self) { try await absent.pause() }
            await #expect(throws: ScheduleNotFoundError.self) { try await absent.trigger() }
            await #expect(throws: ScheduleNotFoundError.self) { try await absent.delete() }

            let handle = try await schedules.create(id: id, schedule)
            let again = await #expect(throws: ScheduleAlreadyExistsError.self) {
                try await schedules.create(id: id, schedule)
            }
            #expect(again?.scheduleID == id)

            var days = schedule
            days.spec.calendars = [ScheduleCalendar(hour: [24, .range(5...3 + 25)], dayOfWeek: [7])]
            let calendar = await #expect(throws: RPCError.self) { try await schedules.create(id: id + "-4", days) }
            #expect(
                calendar?.message == "Invalid schedule spec: invalid calendar spec: Hour Start is not in range [0-23], "
                    + "Hour End is before Start or not in range [0-23], Hour End is before Start or not in range [0-23], "
                    + "DayOfWeek Start is not in range [0-6], DayOfWeek End is before Start or not in range [0-6]"
            )
            var wrong = schedule
            wrong.spec.intervals = [ScheduleInterval(every: .seconds(60), offset: .seconds(60))]
            wrong.spec.timeZone = "Nowhere/X"
            let refused = await #expect(throws: RPCError.self) {
                try await schedules.create(id: id + "-2", wrong)
            }
            #expect(refused?.code == .invalidArgument)
            let spec = wrong.spec
            let update = await #expect(throws: RPCError.self) { try await handle.update { $0.spec = spec } }
            #expect(update?.code == .invalidArgument)

            for change: @Sendable (inout WorkflowOptions) -> Void in [
                { $0.cronSchedule = "@daily" }, { $0.startDelay = .seconds(1) }, { $0.requestsEagerStart = true },
                { $0.idConflictPolicy = .useExisting }, { $0.idReusePolicy = .rejectDuplicate },
                { $0.conflictOptions = WorkflowConflictOptions() }, { $0.requestID = "once" },
                { $0.links = [.workflow(id: "w", runID: "r", namespace: "default")] },
            ] {
                var wrong = schedule
                change(&wrong.action.options)
                await #expect(throws: ScheduleOptionError.self) { try await schedules.create(id: id + "-3", wrong) }
            }
            try await handle.delete()
            await #expect(throws: ScheduleNotFoundError.self) {
                // A server needs a moment.
                try await scene.eventually {
                    _ = try await handle.describe()
                    return false
                }
            }
        }
    }
}

/// Runs a scenario about schedules.
private func withSchedules(_ backend: Backend, _ body: (Scene, ScheduleClient) async throws -> Void) async throws {
    let scene = try await Scene(backend)
    if backend == .realServer { try await Backend.registration.value }
    try await body(scene, scene.client.schedules)
}

extension Scene {
    /// Starts a workflow that nobody runs.
    fileprivate var report: ScheduleAction {
        .startWorkflow(
            named: "Report",
            "sales",
            options: WorkflowOptions(id: "report-\(taskQueue)", taskQueue: taskQueue)
        )
    }
}

/// Adds to what the run before it came to.
@Workflow actor Tally {
    func run(_ count: Int) async throws -> Int {
        (try context.lastCompletionResult(as: Int.self) ?? 0) + count
    }
}
