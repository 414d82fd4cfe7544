import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// A schedule in its namespace.
struct ScheduleKey: Hashable, Codable, Sendable {
    let namespace: String
    let id: String

    /// The id of the workflow that a schedule is on the server, which messages name.
    var workflowID: String { "temporal-sys-scheduler:\(id)" }
}

/// One schedule: what it says, and what it has done.
struct Schedule: Codable, Sendable {
    /// An action that is to be taken, or waits for another to end.
    struct Start: Codable, Sendable {
        let nominal: Moment

        /// The moment with jitter; `nil` if there is none.
        var jittered: Moment?

        /// What was asked for. Unspecified is what the schedule says when the turn of the action comes, so that a change
        /// of the schedule counts for those that wait.
        let overlap: APIScheduleOverlapPolicy

        /// Whether somebody asked for it, so that it does not count against the limit of actions.
        let isManual: Bool

        /// When the action is due.
        var actual: Moment { jittered ?? nominal }
    }

    /// What is left of a backfill: the times after a moment, through another.
    struct Backfill: Codable, Sendable {
        var after: Moment
        let through: Moment
        let overlap: APIScheduleOverlapPolicy
    }

    private static let recentLimit = 10
    private static let futureLimit = 10

    /// How many intervals, calendars and exclusions of a specification lists show.
    private static let listedSpecLimit = 10

    /// How long a schedule is kept that has nothing more to do.
    private static let retention = Span.seconds(7 * 86400)

    let key: ScheduleKey

    /// The id of the request that created the schedule.
    let requestID: String

    let createTime: Moment
    var updateTime: Moment?

    /// The canonical form of what the schedule says.
    private(set) var definition: APISchedule
    private(set) var times: ScheduleTimes

    var memo: APIMemo
    var searchAttributes: APISearchAttributes

    /// Counts changes. Its bytes are the conflict token.
    var version: Int64 = 1

    /// Distinguishes the planned time from those that were planned before a change.
    var plan: UInt64 = 0

    /// Up to when times have been looked at.
    var processed: Moment

    /// What is planned next.
    var next: ScheduleTimes.Time?

    var buffer: [Start] = []

    /// `nil` for none, as in what was stored before there were any.
    private var ongoingBackfills: [Backfill]?

    /// Workflows that were started and have not ended, by the first run of their chain; those that may overlap are not
    /// among them.
    var running: OrderedDictionary<String, APIWorkflowExecution> = [:]

    var recent: [APIScheduleActionResult] = []
    var actionCount: Int64 = 0
    var missedCatchupWindow: Int64 = 0
    var overlapSkipped: Int64 = 0
    var bufferDropped: Int64 = 0

    /// What the last workflow that ended leaves to the next.
    var lastResult: APIPayloads?
    var lastFailure: APIFailure?

    /// Why the latest action could not be taken; `nil` if it could.
    var startProblem: String?

    /// Makes a schedule.
    ///
    /// - Throws: ``ScheduleProblem`` if it makes no sense.
    init(_ request: APICreateScheduleRequest, memo: APIMemo, searchAttributes: APISearchAttributes, now: Moment) throws
    {
        key = ScheduleKey(namespace: request.namespace, id: request.scheduleID)
        requestID = request.requestID
        createTime = now
        processed = now
        self.memo = memo
        self.searchAttributes = searchAttributes
        definition = try Self.canonical(request.schedule)
        times = ScheduleTimes(definition.spec, seed: Self.seed(key))
    }

    /// Takes over what the schedule is to say from now on.
    ///
    /// What is due from now on counts, also if its time without jitter is over.
    ///
    /// - Parameters:
    ///   - canonical: What it is to say, in its canonical form.
    ///   - now: The moment of the change.
    mutating func define(_ canonical: APISchedule, now: Moment) {
        definition = canonical
        times = ScheduleTimes(definition.spec, seed: Self.seed(key))
        updateTime = now
        version += 1
    }

    /// The form in which the service keeps what a schedule says.
    ///
    /// - Throws: ``ScheduleProblem`` if it makes no sense.
    static func canonical(_ schedule: APISchedule) throws -> APISchedule {
        var schedule = schedule
        schedule.spec = try schedule.spec.canonical()
        if schedule.policies.overlapPolicy == .unspecified { schedule.policies.overlapPolicy = .skip }
        // A window of zero is the shortest one, not the default.
        schedule.policies.catchupWindow =
            schedule.policies.hasCatchupWindow
            ? max(Span(schedule.policies.catchupWindow), .seconds(10)).proto : Span.seconds(365 * 86400).proto
        if !schedule.hasState { schedule.state = .init() }
        if case .startWorkflow(var start) = schedule.action.action {
            start.taskQueue.kind = .normal
            schedule.action.startWorkflow = start
        }
        return schedule
    }

    /// The same for the same schedule in every run of a program.
    private static func seed(_ key: ScheduleKey) -> UInt64 {
        // FNV-1a: `Hasher` differs from process to process.
        (key.namespace + "/" + key.id).utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    // MARK: State

    /// Whether the schedule takes its own actions.
    var isActive: Bool {
        !definition.state.paused && (!definition.state.limitedActions || definition.state.remainingActions > 0)
    }

    /// Pauses the schedule or lets it go on.
    mutating func setPaused(_ paused: Bool, note: String) {
        definition.state.paused = paused
        definition.state.notes = note
        version += 1
    }

    /// Counts an action that the schedule itself wants to take.
    ///
    /// - Returns: Whether it may be taken.
    mutating func useAction() -> Bool {
        guard isActive else { return false }
        if definition.state.limitedActions {
            definition.state.remainingActions -= 1
            version += 1
        }
        return true
    }

    /// What is left of the backfills that somebody asked for, in the order in which they are done.
    var backfills: [Backfill] {
        get { ongoingBackfills ?? [] }
        set { ongoingBackfills = newValue.isEmpty ? nil : newValue }
    }

    /// The overlap policy that counts for an action.
    func resolved(_ policy: APIScheduleOverlapPolicy) -> APIScheduleOverlapPolicy {
        policy == .unspecified ? definition.policies.overlapPolicy : policy
    }

    /// Notes an action.
    mutating func note(_ result: APIScheduleActionResult) {
        startProblem = nil
        actionCount += 1
        recent.append(result)
        if recent.count > Self.recentLimit { recent.removeFirst() }
    }

    /// The first time that has not been looked at. What was due before the schedule was changed is none.
    func nextTime(after moment: Moment) -> ScheduleTimes.Time? {
        guard let updateTime else { return times.next(after: moment) }
        return times.next(after: moment, dueFrom: updateTime)
    }

    /// When the schedule is forgotten, unless it is changed or takes an action until then; `nil` if it has something to do.
    var expiration: Moment? {
        guard !definition.state.paused, next == nil || !isActive, !hasOverlappingBackfill else { return nil }
        let events = [createTime, updateTime, recent.last.map { Moment($0.actualTime) }]
        return (events.compactMap(\.self).max() ?? createTime) + Self.retention
    }

    /// The next times, at most ten, and no more than the schedule has actions left.
    private func futureTimes() -> [Google_Protobuf_Timestamp] {
        var count = Self.futureLimit
        if definition.state.limitedActions { count = min(count, Int(clamping: definition.state.remainingActions)) }
        var found: [Google_Protobuf_Timestamp] = []
        var moment = processed
        while found.count < count, let time = nextTime(after: moment) {
            found.append(time.actual.timestamp)
            moment = time.nominal
        }
        return found
    }

    // MARK: Descriptions

    /// The token that an update repeats to say which version it has seen.
    var conflictToken: Data { withUnsafeBytes(of: version.bigEndian) { Data($0) } }

    /// The schedule as descriptions show it.
    var description: APIDescribeScheduleResponse {
        .with { response in
            response.schedule = definition
            response.info = .with {
                $0.actionCount = actionCount
                $0.missedCatchupWindow = missedCatchupWindow
                $0.overlapSkipped = overlapSkipped
                $0.bufferDropped = bufferDropped
                $0.bufferSize = Int64(buffer.count)
                $0.runningWorkflows = Array(running.values)
                $0.recentActions = recent
                $0.futureActionTimes = futureTimes()
                $0.createTime = createTime.timestamp
                if let updateTime { $0.updateTime = updateTime.timestamp }
                if let startProblem { $0.invalidScheduleError = startProblem }
            }
            if !memo.fields.isEmpty { response.memo = memo }
            if !searchAttributes.indexedFields.isEmpty { response.searchAttributes = searchAttributes }
            response.conflictToken = conflictToken
        }
    }

    /// The schedule as lists show it.
    var listEntry: APIScheduleListEntry {
        .with { entry in
            entry.scheduleID = key.id
            entry.memo = memo
            entry.searchAttributes = searchAttributes
            entry.info = .with {
                $0.spec = definition.spec
                $0.spec.timezoneData = Data()
                $0.spec.interval = Array(definition.spec.interval.prefix(Self.listedSpecLimit))
                $0.spec.structuredCalendar = Array(definition.spec.structuredCalendar.prefix(Self.listedSpecLimit))
                $0.spec.excludeStructuredCalendar = Array(
                    definition.spec.excludeStructuredCalendar.prefix(Self.listedSpecLimit)
                )
                $0.workflowType = definition.action.startWorkflow.workflowType
                $0.notes = definition.state.notes
                $0.paused = definition.state.paused
                $0.recentActions = Array(recent.suffix(5))
                $0.futureActionTimes = Array(futureTimes().prefix(5))
            }
        }
    }
}

extension Schedule: SearchSubject {
    func searchValue(_ column: VisibilityQuery.Column) -> SearchValue? {
        switch column.name {
        case "ScheduleId", "WorkflowId": .text(key.id)
        case "TemporalSchedulePaused": .integer(definition.state.paused ? 1 : 0)
        case "StartTime": .integer(createTime.nanoseconds)
        case "ExecutionStatus": .integer(Int64(APIWorkflowExecutionStatus.running.rawValue))
        default: searchAttributes.indexedFields[column.name].flatMap { SearchValue($0, type: column.type) }
        }
    }
}
