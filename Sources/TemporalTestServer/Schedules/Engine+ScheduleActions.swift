import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// What schedules do when their time comes, and when what they have started ends.
extension Engine {
    // MARK: Time

    /// Plans the next time of a schedule, unless it takes no actions now.
    func plan(_ key: ScheduleKey) {
        guard var schedule = schedules[key] else { return }
        schedule.plan = nextNumber()
        schedule.next = schedule.isActive ? schedule.times.next(after: schedule.processed) : nil
        if let next = schedule.next { deadlines.insert(.schedule(key, plan: schedule.plan), at: next.actual) }
        schedules[key] = schedule
    }

    /// Takes the action that was planned, and those that have come due with it.
    func fireSchedule(_ key: ScheduleKey) {
        guard var schedule = schedules[key] else { return }
        let window = Span(schedule.definition.policies.catchupWindow)
        while let time = schedule.next, time.actual <= now {
            schedule.processed = time.nominal
            if time.actual + window < now {
                schedule.missedCatchupWindow += 1
            } else if schedule.isActive {
                buffer(
                    Schedule.Start(
                        nominal: time.nominal,
                        overlap: schedule.definition.policies.overlapPolicy,
                        isManual: false
                    ),
                    in: &schedule
                )
            }
            schedule.next = schedule.times.next(after: time.nominal)
        }
        schedules[key] = schedule
        startBuffered(key)
        plan(key)
    }

    /// Lets actions wait for their turn.
    private func buffer(_ start: Schedule.Start, in schedule: inout Schedule) {
        guard schedule.buffer.count < Schedule.bufferLimit else {
            schedule.bufferDropped += 1
            return
        }
        schedule.buffer.append(start)
    }

    /// Takes actions that somebody asked for.
    func startManually(_ times: [Moment], overlap: APIScheduleOverlapPolicy, of key: ScheduleKey) {
        guard var schedule = schedules[key] else { return }
        let policy = overlap == .unspecified ? schedule.definition.policies.overlapPolicy : overlap
        for time in times {
            buffer(Schedule.Start(nominal: time, overlap: policy, isManual: true), in: &schedule)
        }
        schedules[key] = schedule
        startBuffered(key)
    }

    // MARK: Buffer

    /// Starts what may start, and drops what may not wait, by the overlap policy of each.
    func startBuffered(_ key: ScheduleKey) {
        while let (start, isAlone) = takeStart(key) {
            guard start.isManual || schedules[key]?.isActive == true else { continue }
            if !start.isManual { schedules[key]?.useAction() }
            perform(start, isAlone: isAlone, of: key)
        }
    }

    /// Takes the next action that can be taken now out of the buffer.
    ///
    /// - Returns: The action, and whether those after it wait for its end.
    private func takeStart(_ key: ScheduleKey) -> (Schedule.Start, isAlone: Bool)? {
        guard var schedule = schedules[key] else { return nil }
        defer { schedules[key] = schedule }
        if let index = schedule.buffer.firstIndex(where: { $0.overlap == .allowAll }) {
            return (schedule.buffer.remove(at: index), false)
        }
        guard schedule.running.isEmpty else {
            dropOverlapping(&schedule)
            return nil
        }
        guard !schedule.buffer.isEmpty else { return nil }
        // Whoever wants the others to end is the one that counts; those before it have lost.
        let last = schedule.buffer.lastIndex { $0.overlap == .cancelOther || $0.overlap == .terminateOther }
        if let last, last > 0 {
            schedule.overlapSkipped += Int64(last)
            schedule.buffer.removeFirst(last)
        }
        return (schedule.buffer.removeFirst(), true)
    }

    /// While a workflow runs: drops what may not wait for it, and ends it for those that do not wait.
    private func dropOverlapping(_ schedule: inout Schedule) {
        var kept: [Schedule.Start] = []
        for start in schedule.buffer {
            switch start.overlap {
            case .skip, .unspecified, .UNRECOGNIZED:
                schedule.overlapSkipped += 1
            case .bufferOne:
                if kept.contains(where: { $0.overlap == .bufferOne }) {
                    schedule.overlapSkipped += 1
                } else {
                    kept.append(start)
                }
            case .bufferAll, .allowAll:
                kept.append(start)
            case .cancelOther:
                end(schedule.running.values, byForce: false, of: schedule.key)
                kept.append(start)
            case .terminateOther:
                end(schedule.running.values, byForce: true, of: schedule.key)
                kept.append(start)
            }
        }
        schedule.buffer = kept
    }

    private func end(
        _ executions: some Sequence<APIWorkflowExecution>,
        byForce: Bool,
        of key: ScheduleKey
    ) {
        for execution in executions {
            let current = APIWorkflowExecution.with { $0.workflowID = execution.workflowID }
            guard let run = try? run(of: current, namespace: key.namespace), run.isOpen else { continue }
            if byForce {
                run.terminate(reason: "terminated by schedule overlap policy", identity: Self.identity(of: key))
            } else {
                run.requestCancel(
                    .with {
                        $0.cause = "cancelled by schedule overlap policy"
                        $0.identity = Self.identity(of: key)
                    }
                )
            }
        }
    }

    // MARK: Actions

    private static func identity(of key: ScheduleKey) -> String {
        "temporal-scheduler-\(key.namespace)-\(key.id)"
    }

    private func perform(_ start: Schedule.Start, isAlone: Bool, of key: ScheduleKey) {
        guard let schedule = schedules[key], case .startWorkflow(let action) = schedule.definition.action.action,
            let outcome = try? self.start(request(for: action, start, of: schedule)) as StartOutcome, outcome.isStarted
        else { return }
        let keepsID = schedule.definition.policies.keepOriginalWorkflowID
        let execution = APIWorkflowExecution.with {
            $0.workflowID = keepsID ? action.workflowID : "\(action.workflowID)-\(start.nominal.secondText)"
            $0.runID = outcome.runID
        }
        scheduledRuns[outcome.firstRunID] = key
        if isAlone { schedules[key]?.running[outcome.firstRunID] = execution }
        schedules[key]?.note(
            .with {
                $0.scheduleTime = start.nominal.timestamp
                $0.actualTime = now.timestamp
                $0.startWorkflowResult = execution
                $0.startWorkflowStatus = .running
            }
        )
    }

    private func request(
        for action: APIWorkflowNewWorkflowExecutionInfo,
        _ start: Schedule.Start,
        of schedule: Schedule
    ) -> APIStartWorkflowExecutionRequest {
        .with {
            $0.namespace = schedule.key.namespace
            $0.workflowID =
                schedule.definition.policies.keepOriginalWorkflowID
                ? action.workflowID : "\(action.workflowID)-\(start.nominal.secondText)"
            $0.workflowType = action.workflowType
            $0.taskQueue = action.taskQueue
            if action.hasInput { $0.input = action.input }
            $0.workflowExecutionTimeout = action.workflowExecutionTimeout
            $0.workflowRunTimeout = action.workflowRunTimeout
            $0.workflowTaskTimeout = action.workflowTaskTimeout
            $0.workflowIDReusePolicy = action.workflowIDReusePolicy
            if action.hasRetryPolicy { $0.retryPolicy = action.retryPolicy }
            $0.cronSchedule = action.cronSchedule
            if action.hasMemo { $0.memo = action.memo }
            if action.hasHeader { $0.header = action.header }
            if action.hasUserMetadata { $0.userMetadata = action.userMetadata }
            if action.hasPriority { $0.priority = action.priority }
            if action.hasVersioningOverride { $0.versioningOverride = action.versioningOverride }
            $0.searchAttributes = action.searchAttributes
            $0.searchAttributes.indexedFields["TemporalScheduledStartTime"] = .searchValue(
                start.nominal.fullText,
                type: "Datetime"
            )
            $0.searchAttributes.indexedFields["TemporalScheduledById"] = .searchValue(
                schedule.key.id,
                type: "Keyword"
            )
            $0.identity = Self.identity(of: schedule.key)
            $0.requestID = ids.uuid()
            if let result = schedule.lastResult { $0.lastCompletionResult = result }
            if let failure = schedule.lastFailure { $0.continuedFailure = failure }
        }
    }

    /// Notes that a workflow that a schedule has started is at its end.
    func scheduledRunDidClose(_ run: Run) {
        guard let key = scheduledRuns.removeValue(forKey: run.start.firstExecutionRunID), var schedule = schedules[key]
        else { return }
        schedule.running.removeValue(forKey: run.start.firstExecutionRunID)
        for index in schedule.recent.indices
        where schedule.recent[index].startWorkflowResult.workflowID == run.workflowID {
            schedule.recent[index].startWorkflowStatus = run.status
        }
        switch run.events.last?.attributes {
        case .workflowExecutionCompletedEventAttributes(let end):
            schedule.lastResult = end.hasResult ? end.result : nil
            schedule.lastFailure = nil
        case .workflowExecutionFailedEventAttributes(let end):
            schedule.lastFailure = end.failure
            schedule.pause(afterFailureOf: run, message: end.failure.message)
        case .workflowExecutionTimedOutEventAttributes:
            schedule.pause(afterFailureOf: run, message: "workflow timed out")
        default:
            break
        }
        schedules[key] = schedule
        startBuffered(key)
        if schedules[key]?.isActive == false { plan(key) }
    }
}

extension Schedule {
    /// Pauses the schedule because of a failure, if its policy says so.
    fileprivate mutating func pause(afterFailureOf run: Run, message: String) {
        guard definition.policies.pauseOnFailure, !definition.state.paused else { return }
        setPaused(true, note: "paused due to workflow failure: \(run.workflowID): \(message)")
    }
}

extension Moment {
    /// The moment as RFC 3339 in UTC, to the second.
    var secondText: String {
        TemporalDate.text(Date(timeIntervalSince1970: Double(timestamp.seconds))) ?? "\(timestamp.seconds)"
    }

    /// The moment as RFC 3339 in UTC, as exactly as it is.
    var fullText: String {
        let nanos = timestamp.nanos
        guard nanos != 0 else { return secondText }
        var digits = String(nanos)
        digits = String(repeating: "0", count: 9 - digits.count) + digits
        while digits.last == "0" { digits.removeLast() }
        return secondText.dropLast() + ".\(digits)Z"
    }
}

extension APIPayload {
    /// A text as the value of a search attribute.
    fileprivate static func searchValue(_ text: String, type: String) -> APIPayload {
        .with {
            $0.metadata = ["encoding": Data("json/plain".utf8), "type": Data(type.utf8)]
            $0.data = Data(JSONValue.quoted(text).utf8)
        }
    }
}
