import Foundation
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import Testing

/// Interceptors see and may change what a client asks for: histories and results, lists and counts, outcomes of updates,
/// activities that are completed from outside, schedules.
@Suite(.timeLimit(.minutes(2))) struct ClientInterceptorScenarios {
    static let backends = Backend.available

    private func client(_ scene: Scene, _ ledger: Ledger) -> TemporalClient {
        TemporalClient(
            service: scene.plainClient.service,
            identity: "conformance",
            interceptors: [Ledger.Outer(ledger: ledger), Ledger.Inner(ledger: ledger)],
            logger: scene.client.logger
        )
    }

    @Test(arguments: backends)
    func `histories and the wait for a result pass page by page`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Desk.self]) { scene in
            let ledger = Ledger()
            let desk = try await scene.start(Desk.self, 1)
            try await desk.signal(Desk.close)
            let handle = client(scene, ledger).workflowHandle(id: desk.id, runID: desk.resultRunID)
            #expect(try await handle.result(as: String.self) == "0")
            // A wait may take several polls.
            #expect(Set(ledger.take()) == ["outer history close, waits", "inner history close, waits"])
            let length = try await handle.history().count
            #expect(ledger.take() == ["outer history all", "inner history all"])
            #expect(try await handle.eventsReversed(pageSize: 3).all().count == length)
            let pages = ledger.take()
            #expect(Set(pages) == ["outer history reversed 3", "inner history reversed 3"])
            #expect(pages.count > 2)
            let absent = client(scene, ledger).workflowHandle(id: "absent-\(UUID())", runID: UUID().uuidString)
            // What interceptors see is what the caller gets.
            await #expect(throws: WorkflowNotFoundError.self) { try await absent.history() }
            #expect(ledger.take().last == "outer history all failed: WorkflowNotFoundError")
        }
    }

    @Test(arguments: backends)
    func `the wait for the outcome of an update passes`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Desk.self]) { scene in
            let ledger = Ledger()
            let desk = try await scene.start(Desk.self, 1)
            let handle = client(scene, ledger).workflowHandle(id: desk.id)
            let update = try await handle.startUpdate("waitForClose", as: String.self, id: "u")
            #expect(ledger.take() == [])
            try await desk.signal(Desk.close)
            #expect(try await update.result() == "u closed")
            #expect(ledger.take() == ["outer poll u", "inner poll u"])
            _ = try await desk.result()
        }
    }

    @Test(arguments: backends)
    func `lists and counts pass, and can be narrowed`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Desk.self]) { scene in
            let ledger = Ledger()
            let handles = [
                try await scene.start(Desk.self, 1), try await scene.start(Desk.self, 2),
                try await scene.start(Desk.self, 3),
            ]
            let query = "TaskQueue = '\(scene.taskQueue)'"
            try await scene.eventually { try await scene.client.countWorkflows(query).total == 3 }
            ledger.narrow = "WorkflowId != '\(handles[0].id)'"
            let client = client(scene, ledger)
            let listed = try await client.listWorkflows(query, pageSize: 1).all().map(\.id)
            #expect(Set(listed) == Set(handles.dropFirst().map(\.id)))
            let pages = ledger.take()
            #expect(pages.prefix(2) == ["outer list workflows 1", "inner list workflows 1, narrowed"])
            #expect(pages.count >= 4)
            #expect(try await client.countWorkflows(query).total == 2)
            #expect(ledger.take() == ["outer count workflows", "inner count workflows, narrowed"])
            // The histories of a list are lists and histories.
            var lengths: [String: Int] = [:]
            for try await history in client.workflowHistories(query) { lengths[history.workflowID] = history.count }
            #expect(lengths.keys.sorted() == listed.sorted())
            #expect(lengths.values.allSatisfy { $0 >= 2 })
            #expect(ledger.take().filter { $0 == "inner history all" }.count == 2)
            for handle in handles { try await handle.terminate() }
        }
    }

    @Test(arguments: backends)
    func `what has no method of its own passes as a call, and can be refused`(_ backend: Backend) async throws {
        try await withScene(backend, workflows: [Desk.self]) { scene in
            let calls = CallBook(refuses: "DeleteWorkflowExecution")
            let metadata = MetadataBook(base: scene.plainClient.service)
            let client = TemporalClient(
                service: metadata,
                identity: "conformance",
                interceptors: [calls],
                logger: scene.client.logger
            )
            let desk = try await scene.start(Desk.self, 1)
            #expect(try await desk.query(Desk.log) == ["run"])
            let handle = client.workflowHandle(id: desk.id)
            let renewed = try await handle.reset(to: .firstWorkflowTask, reason: "anew")
            let reset = try #require(calls.take().last)
            #expect(reset.name == "ResetWorkflowExecution")
            #expect(reset.json.contains(#""workflowId":"\#(desk.id)""#) && reset.json.contains(#""reason":"anew""#))
            let refused = await #expect(throws: ApplicationError.self) { try await handle.delete() }
            #expect(refused?.message == "refused")
            #expect(calls.take().map(\.name) == ["DeleteWorkflowExecution"])
            #expect(try await handle.describe().runID == renewed.runID)
            #expect(calls.take().map(\.name) == ["DescribeWorkflowExecution"])
            let batch = try await client.batch.terminate(
                .executions([(id: desk.id, runID: renewed.runID ?? "")]),
                reason: "closed"
            )
            #expect(calls.take().map(\.name) == ["StartBatchOperation"])
            #expect(try await batch.describe().id == batch.id)
            _ = try await client.namespaces.describe()
            #expect(calls.take().map(\.name) == ["DescribeBatchOperation", "DescribeNamespace"])
            // What an interceptor adds to a call goes along.
            #expect(metadata.all.count >= 6)
            #expect(metadata.all.allSatisfy { $0 == "audited" })
            await #expect(throws: WorkflowFailedError.self) { try await handle.result(as: String.self) }
        }
    }

    @Test func `lists and counts of activities pass`() async throws {
        // Older servers have no activities without a workflow.
        let scene = try await Scene(.inMemory)
        let ledger = Ledger()
        let client = client(scene, ledger)
        #expect(try await client.listActivities().all().isEmpty)
        #expect(try await client.countActivities().total == 0)
        #expect(
            ledger.take() == [
                "outer list activities 1000", "inner list activities 1000", "outer count activities",
                "inner count activities",
            ]
        )
    }

    @Test(arguments: backends)
    func `reports on activities that are completed from outside pass, and can be changed`(_ backend: Backend)
        async throws
    {
        try await withScene(backend, workflows: [Call.self]) { scene in
            let ledger = Ledger()
            let client = client(scene, ledger)
            let completed = try await scene.start(Call.self, Plan(activity: "later", input: "x"))
            try await scene.eventually { scene.notes.count == 1 }
            let token = try #require(Data(base64Encoded: scene.notes[0]))
            let activity = client.asyncActivity(taskToken: token)
            try await activity.heartbeat(1)
            try await activity.complete("done")
            #expect(try await completed.result() == "done, seen")
            #expect(
                ledger.take() == [
                    "outer heartbeat token", "inner heartbeat token", "outer complete token", "inner complete token",
                ]
            )
            let failed = try await scene.start(Call.self, Plan(activity: "later", input: "x", maximumAttempts: 1))
            try await scene.eventually { scene.notes.count == 2 }
            try await client.asyncActivity(workflowID: failed.id, activityID: "1").fail(ApplicationError("late"))
            let error = await #expect(throws: WorkflowFailedError.self) { try await failed.result() }
            let cause = try #require((error?.cause as? ActivityError)?.cause as? ApplicationError)
            #expect(cause.message == "late, seen")
            #expect(ledger.take() == ["outer fail \(failed.id) 1", "inner fail \(failed.id) 1"])
            await #expect(throws: AsyncActivityNotFoundError.self) { try await activity.reportCancellation() }
            #expect(ledger.take() == ["outer cancellation token", "inner cancellation token"])
        }
    }

    @Test(arguments: backends)
    func `all that is asked of schedules passes, and can be changed`(_ backend: Backend) async throws {
        let scene = try await Scene(backend)
        let ledger = Ledger()
        let client = client(scene, ledger)
        let id = "schedule-\(UUID())"
        let schedule = try await client.schedules.create(
            id: id,
            Schedule(
                action: .startWorkflow(named: "Flow", options: scene.options { $0.runTimeout = .seconds(5) }),
                spec: ScheduleSpec(intervals: [ScheduleInterval(every: .seconds(86_400))]),
                state: ScheduleState(isPaused: true)
            )
        )
        func expect(_ calls: String..., sourceLocation: SourceLocation = #_sourceLocation) {
            let expected = calls.flatMap { ["outer \($0)", "inner \($0)"] }
            #expect(ledger.take() == expected, sourceLocation: sourceLocation)
        }
        expect("create")
        try await schedule.update { $0.state.note = "changed" }
        let calls = ledger.take()
        #expect(
            calls.prefix(4) == ["outer describe", "inner describe", "outer update changed", "inner update changed"]
        )
        #expect(try await schedule.describe().schedule.state.note == "changed, seen")
        expect("describe")
        try await schedule.pause(note: "closed")
        expect("pause closed")
        try await scene.eventually {
            try await scene.client.schedules.handle(id: id).describe().schedule.state.note == "closed, seen"
        }
        try await schedule.unpause(note: "open")
        expect("unpause open")
        try await schedule.trigger(overlap: .allowAll)
        expect("trigger")
        let day = Date(timeIntervalSince1970: 1_700_000_000)
        try await schedule.backfill(ScheduleBackfill(from: day, through: day.addingTimeInterval(10)))
        expect("backfill 1")
        let times = try await schedule.matchingTimes(from: day, through: day.addingTimeInterval(86_400 * 3))
        #expect(times.count == 3)
        expect("times")
        // On an old server the list lags behind, and says so only where it is asked again.
        _ = try await client.schedules.list(pageSize: 1000).all()
        #expect(ledger.take().prefix(2) == ["outer list schedules 1000", "inner list schedules 1000"])
        do {
            _ = try await client.schedules.count()
        } catch let error as RPCError {
            #expect(error.code == .unimplemented)
        }
        expect("count schedules")
        try await schedule.delete()
        expect("delete")
    }
}

/// Notes each call, and refuses those of one name.
private final class CallBook: ClientInterceptor {
    private let refused: String
    private let lines = Mutex<[(name: String, json: String)]>([])

    init(refuses refused: String) {
        self.refused = refused
    }

    func take() -> [(name: String, json: String)] {
        lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }

    func callService<Response: Sendable>(
        _ input: ServiceCallInput,
        next: (ServiceCallInput) async throws -> Response
    ) async throws -> Response {
        let json = String(decoding: try input.json(), as: UTF8.self)
        lines.withLock { $0.append((input.name, json)) }
        guard input.name != refused else { throw ApplicationError("refused") }
        var input = input
        input.options.metadata["x-audit"] = "audited"
        return try await next(input)
    }
}

/// A service that notes one entry of the metadata of each call.
private final class MetadataBook: TemporalService {
    private let base: any TemporalService
    private let values = Mutex<[String?]>([])

    init(base: any TemporalService) {
        self.base = base
    }

    /// What was there in each call so far.
    var all: [String?] { values.withLock { $0 } }

    func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        values.withLock { $0.append(options.metadata["x-audit"]) }
        return try await base.call(method, request, options: options)
    }
}

/// Notes what passes two interceptors.
private final class Ledger: Sendable {
    private let state = Mutex<(lines: [String], narrow: String?)>(([], nil))

    /// What the inner one adds to queries.
    var narrow: String? {
        get { state.withLock(\.narrow) }
        set { state.withLock { $0.narrow = newValue } }
    }

    func add(_ line: String) { state.withLock { $0.lines.append(line) } }

    /// What has passed since the last look.
    func take() -> [String] {
        state.withLock { state in
            defer { state.lines = [] }
            return state.lines
        }
    }

    /// Only looks.
    struct Outer: Watching {
        let ledger: Ledger
        let name = "outer"
    }

    /// Changes what can be changed.
    struct Inner: Watching {
        let ledger: Ledger
        let name = "inner"
    }
}

private protocol Watching: ClientInterceptor {
    var ledger: Ledger { get }
    var name: String { get }
}

extension Watching {
    private var changes: Bool { name == "inner" }

    private func note(_ what: String) { ledger.add("\(name) \(what)") }

    private func seen(_ text: String) -> String { changes ? text + ", seen" : text }

    private func label(_ id: AsyncActivityID) -> String {
        id.taskToken == nil ? "\(id.workflowID ?? "-") \(id.activityID ?? "-")" : "token"
    }

    private func narrow(_ query: inout String) -> String {
        guard changes, let narrow = ledger.narrow else { return "" }
        query += " AND \(narrow)"
        return ", narrowed"
    }

    func fetchHistory(
        _ input: FetchHistoryInput,
        next: (FetchHistoryInput) async throws -> ResultPage<HistoryEvent>
    ) async throws -> ResultPage<HistoryEvent> {
        let scope = input.scope == .close ? "close" : input.scope == .reversed ? "reversed" : "all"
        let what = "history \(scope)\(input.pageSize.map { " \($0)" } ?? "")\(input.waitsForNew ? ", waits" : "")"
        note(what)
        do {
            return try await next(input)
        } catch {
            note("\(what) failed: \(type(of: error))")
            throw error
        }
    }

    func pollUpdate(
        _ input: PollUpdateInput,
        next: (PollUpdateInput) async throws -> StartedUpdate
    ) async throws -> StartedUpdate {
        note("poll \(input.updateID)")
        let update = try await next(input)
        guard update.hasEnded else { throw ApplicationError("The update has not ended.") }
        return update
    }

    func listWorkflows(
        _ input: ListInput,
        next: (ListInput) async throws -> ResultPage<WorkflowExecution>
    ) async throws -> ResultPage<WorkflowExecution> {
        var input = input
        note("list workflows \(input.pageSize)\(narrow(&input.query))")
        return try await next(input)
    }

    func countWorkflows(
        _ input: CountInput,
        next: (CountInput) async throws -> ExecutionCount
    ) async throws -> ExecutionCount {
        var input = input
        note("count workflows\(narrow(&input.query))")
        return try await next(input)
    }

    func listActivities(
        _ input: ListInput,
        next: (ListInput) async throws -> ResultPage<ActivityExecution>
    ) async throws -> ResultPage<ActivityExecution> {
        note("list activities \(input.pageSize)")
        return try await next(input)
    }

    func countActivities(
        _ input: CountInput,
        next: (CountInput) async throws -> ExecutionCount
    ) async throws -> ExecutionCount {
        note("count activities")
        return try await next(input)
    }

    func completeAsyncActivity(
        _ input: AsyncActivityInput,
        next: (AsyncActivityInput) async throws -> Void
    ) async throws {
        var input = input
        note("complete \(label(input.activity))")
        let result = try PayloadConverter().decode(input.payloads[0], as: String.self)
        input.payloads = [try PayloadConverter().encode(seen(result))]
        try await next(input)
    }

    func failAsyncActivity(
        _ input: FailAsyncActivityInput,
        next: (FailAsyncActivityInput) async throws -> Void
    ) async throws {
        var input = input
        note("fail \(label(input.activity))")
        let message = (input.error as? ApplicationError)?.message ?? "none"
        input.error = ApplicationError(seen(message))
        try await next(input)
    }

    func reportAsyncActivityCancellation(
        _ input: AsyncActivityInput,
        next: (AsyncActivityInput) async throws -> Void
    ) async throws {
        note("cancellation \(label(input.activity))")
        try await next(input)
    }

    func heartbeatAsyncActivity(
        _ input: AsyncActivityInput,
        next: (AsyncActivityInput) async throws -> Void
    ) async throws {
        note("heartbeat \(label(input.activity))")
        try await next(input)
    }

    func createSchedule(
        _ input: CreateScheduleInput,
        next: (CreateScheduleInput) async throws -> ScheduleHandle
    ) async throws -> ScheduleHandle {
        note("create")
        return try await next(input)
    }

    func describeSchedule(
        _ input: ScheduleCallInput,
        next: (ScheduleCallInput) async throws -> ScheduleDescription
    ) async throws -> ScheduleDescription {
        note("describe")
        return try await next(input)
    }

    func updateSchedule(
        _ input: UpdateScheduleInput,
        next: (UpdateScheduleInput) async throws -> Void
    ) async throws {
        var input = input
        note("update \(input.update.schedule.state.note)")
        input.update.schedule.state.note = seen(input.update.schedule.state.note)
        try await next(input)
    }

    func pauseSchedule(_ input: ScheduleCallInput, next: (ScheduleCallInput) async throws -> Void) async throws {
        var input = input
        note("pause \(input.note)")
        input.note = seen(input.note)
        try await next(input)
    }

    func unpauseSchedule(_ input: ScheduleCallInput, next: (ScheduleCallInput) async throws -> Void) async throws {
        note("unpause \(input.note)")
        try await next(input)
    }

    func triggerSchedule(
        _ input: TriggerScheduleInput,
        next: (TriggerScheduleInput) async throws -> Void
    ) async throws {
        note("trigger")
        try await next(input)
    }

    func backfillSchedule(
        _ input: BackfillScheduleInput,
        next: (BackfillScheduleInput) async throws -> Void
    ) async throws {
        note("backfill \(input.times.count)")
        try await next(input)
    }

    func scheduleMatchingTimes(
        _ input: ScheduleMatchingTimesInput,
        next: (ScheduleMatchingTimesInput) async throws -> [Date]
    ) async throws -> [Date] {
        note("times")
        return try await next(input)
    }

    func deleteSchedule(_ input: ScheduleCallInput, next: (ScheduleCallInput) async throws -> Void) async throws {
        note("delete")
        try await next(input)
    }

    func listSchedules(
        _ input: ListInput,
        next: (ListInput) async throws -> ResultPage<ScheduleSummary>
    ) async throws -> ResultPage<ScheduleSummary> {
        note("list schedules \(input.pageSize)")
        return try await next(input)
    }

    func countSchedules(
        _ input: CountInput,
        next: (CountInput) async throws -> ExecutionCount
    ) async throws -> ExecutionCount {
        note("count schedules")
        return try await next(input)
    }
}
