import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// A schedule in its namespace.
struct ScheduleKey: Hashable, Codable, Sendable {
    let namespace: String
    let id: String
}

/// One schedule: what it says, and what it has done.
struct Schedule: Codable, Sendable {
    /// An action that is to be taken, or waits for another to end.
    struct Start: Codable, Sendable {
        let nominal: Moment
        let overlap: APIScheduleOverlapPolicy
        /// Whether somebody asked for it, so that it does not count against the limit of actions.
        let isManual: Bool
    }

    /// The longest buffer, after which starts are dropped.
    static let bufferLimit = 1000

    private static let recentLimit = 10
    private static let futureLimit = 10

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
    /// - Throws: ``ScheduleProblem`` if it makes no sense; then nothing changes.
    mutating func define(_ schedule: APISchedule, now: Moment) throws {
        definition = try Self.canonical(schedule)
        times = ScheduleTimes(definition.spec, seed: Self.seed(key))
        updateTime = now
        processed = now
        version += 1
    }

    private static func canonical(_ schedule: APISchedule) throws -> APISchedule {
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

    /// Notes that one of a limited number of actions was taken.
    mutating func useAction() {
        guard definition.state.limitedActions, definition.state.remainingActions > 0 else { return }
        definition.state.remainingActions -= 1
    }

    /// Notes an action.
    mutating func note(_ result: APIScheduleActionResult) {
        actionCount += 1
        recent.append(result)
        if recent.count > Self.recentLimit { recent.removeFirst() }
    }

    /// The next times, at most ten, and no more than the schedule has actions left.
    private func futureTimes() -> [Google_Protobuf_Timestamp] {
        var count = Self.futureLimit
        if definition.state.limitedActions { count = min(count, Int(clamping: definition.state.remainingActions)) }
        var found: [Google_Protobuf_Timestamp] = []
        var moment = processed
        while found.count < count, let time = times.next(after: moment) {
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
