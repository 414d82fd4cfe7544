import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// What schedules do when their time comes, and when what they have started ends.
extension Engine {
    // MARK: Time

    /// Does what a schedule has to do by now, and plans what it does next.
    func proceed(_ key: ScheduleKey) {
        schedules[key]?.catchUp(to: now)
        schedules[key]?.continueBackfills()
        while takeTurn(of: key) {}
        plan(key)
    }

    private func plan(_ key: ScheduleKey) {
        guard var schedule = schedules[key] else { return }
        schedule.plan = nextNumber()
        schedule.next = schedule.isActive ? schedule.nextTime(after: schedule.processed) : nil
        schedules[key] = schedule
        if schedule.hasOverlappingBackfill {
            deadlines.insert(.schedule(key, plan: schedule.plan), at: now + .seconds(1))
        } else if let next = schedule.next {
            deadlines.insert(.schedule(key, plan: schedule.plan), at: next.actual)
        } else if options.expiresClosedRuns, let expiration = schedule.expiration {
            deadlines.insert(.scheduleRetention(key, plan: schedule.plan), at: expiration)
        }
    }

    /// Forgets a schedule that has nothing more to do, or that it was deleted.
    func expire(_ key: ScheduleKey) {
        if schedules.contains(key: key) { remove(key) } else { deletedSchedules[key] = nil }
    }

    /// Removes a schedule. For as long as the namespace keeps runs that have ended, it is known that there was one.
    func remove(_ key: ScheduleKey) {
        guard schedules.removeValue(forKey: key) != nil else { return }
        let number = nextNumber()
        deletedSchedules[key] = number
        guard options.expiresClosedRuns, let retention = namespaces[key.namespace]?.retention else { return }
        deadlines.insert(.scheduleRetention(key, plan: number), at: now + retention)
    }

    /// Starts what may start now.
    ///
    /// - Returns: Whether something did not start, so that others may.
    private func takeTurn(of key: ScheduleKey) -> Bool {
        guard var schedule = schedules[key], !schedule.buffer.isEmpty else { return false }
        guard case .startWorkflow(let action) = schedule.definition.action.action else {
            schedules[key]?.buffer = []
            return false
        }
        let turn = schedule.takeTurn()
        schedules[key] = schedule
        var isIncomplete = false
        let starts = turn.overlapping.map { ($0, false) } + (turn.alone.map { [($0, true)] } ?? [])
        for (start, isAlone) in starts {
            guard start.isManual || schedules[key]?.useAction() == true else {
                isIncomplete = true
                continue
            }
            do {
                try perform(start, action, isAlone: isAlone, of: key)
            } catch let error as RPCError where error.code == .alreadyExists && !start.repeatsID(of: schedule) {
                // Taken already, as by a backfill before its time.
                isIncomplete = true
            } catch {
                // Nobody is there to be told: whoever asks what the schedule has done sees it.
                schedules[key]?.startProblem = "Failed to start workflow: \(error)"
                isIncomplete = true
            }
        }
        if turn.cancels || turn.terminates { end(schedule.running.values, byForce: turn.terminates, of: key) }
        return isIncomplete
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

    private func perform(
        _ start: Schedule.Start,
        _ action: APIWorkflowNewWorkflowExecutionInfo,
        isAlone: Bool,
        of key: ScheduleKey
    ) throws {
        guard let schedule = schedules[key] else { return }
        let request = request(for: action, start, isAlone: isAlone, of: schedule)
        let outcome: StartOutcome = try self.start(request)
        let execution = APIWorkflowExecution.with {
            $0.workflowID = request.workflowID
            $0.runID = outcome.runID
        }
        if isAlone {
            scheduledRuns[outcome.firstRunID] = key
            schedules[key]?.running[outcome.firstRunID] = execution
        }
        schedules[key]?.note(
            .with {
                $0.scheduleTime = start.actual.timestamp
                $0.actualTime = now.timestamp
                $0.startWorkflowResult = execution
                $0.startWorkflowStatus = .running
            }
        )
    }

    private func request(
        for action: APIWorkflowNewWorkflowExecutionInfo,
        _ start: Schedule.Start,
        isAlone: Bool,
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
            // A time whose action a backfill has taken before is not taken again. Where all actions have one id, that cannot be told.
            $0.workflowIDReusePolicy = start.repeatsID(of: schedule) ? .allowDuplicate : .rejectDuplicate
            if action.hasRetryPolicy { $0.retryPolicy = action.retryPolicy }
            $0.cronSchedule = action.cronSchedule
            if action.hasMemo { $0.memo = action.memo }
            if action.hasHeader { $0.header = action.header }
            if action.hasUserMetadata { $0.userMetadata = action.userMetadata }
            if action.hasPriority { $0.priority = action.priority }
            if action.hasVersioningOverride { $0.versioningOverride = action.versioningOverride }
            $0.searchAttributes = action.searchAttributes
            $0.searchAttributes.indexedFields["TemporalScheduledStartTime"] = .searchValue(
                start.nominal.secondText,
                type: "Datetime"
            )
            $0.searchAttributes.indexedFields["TemporalScheduledById"] = .searchValue(
                schedule.key.id,
                type: "Keyword"
            )
            $0.identity = Self.identity(of: schedule.key)
            $0.requestID = ids.uuid()
            guard isAlone else { return }
            if let result = schedule.lastResult { $0.lastCompletionResult = result }
            if let failure = schedule.lastFailure { $0.continuedFailure = failure }
        }
    }

    /// Notes that a workflow that a schedule has started is at its end.
    func scheduledRunDidClose(_ run: Run) {
        let firstRunID = run.start.firstExecutionRunID
        guard let key = scheduledRuns.removeValue(forKey: firstRunID), var schedule = schedules[key],
            // Another schedule can have got the id since.
            schedule.running.removeValue(forKey: firstRunID) != nil
        else { return }
        for index in schedule.recent.indices where schedule.recent[index].startWorkflowResult.runID == firstRunID {
            schedule.recent[index].startWorkflowStatus = run.status
        }
        let wasActive = schedule.isActive
        schedule.takeOver(from: run)
        schedules[key] = schedule
        if !schedule.buffer.isEmpty || schedule.isActive != wasActive { proceed(key) }
    }
}

extension Schedule {
    /// Takes over what a run that has ended leaves to the next, and whether it pauses the schedule.
    fileprivate mutating func takeOver(from run: Run) {
        switch run.events.last?.attributes {
        case .workflowExecutionCompletedEventAttributes(let end):
            // One without a result leaves what there is.
            guard end.hasResult, !Self.isLarge(end.result) else { return }
            lastResult = end.result
            lastFailure = nil
        case .workflowExecutionFailedEventAttributes(let end):
            if !Self.isLarge(end.failure) { lastFailure = end.failure }
            pause(because: "failure: \(run.workflowID): \(end.failure.message)")
        case .workflowExecutionTimedOutEventAttributes:
            pause(because: "timeout: \(run.workflowID)")
        default:
            break
        }
    }

    /// Whether something is too large to be handed on, with what else the server writes beside it.
    private static func isLarge(_ message: some Message) -> Bool {
        Limits.size(of: message) > Limits.blobSize - 1024
    }

    /// Pauses the schedule because of how a run has ended, if its policy says so.
    private mutating func pause(because reason: String) {
        guard definition.policies.pauseOnFailure, !definition.state.paused else { return }
        setPaused(true, note: "paused due to workflow \(reason)")
    }
}

extension Moment {
    /// The moment as RFC 3339 in UTC, to the second.
    var secondText: String {
        TemporalDate.text(Date(timeIntervalSince1970: Double(timestamp.seconds))) ?? "\(timestamp.seconds)"
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

extension Schedule.Start {
    /// Whether the workflow may have the id of one that has ended.
    fileprivate func repeatsID(of schedule: Schedule) -> Bool {
        isManual || schedule.definition.policies.keepOriginalWorkflowID
    }
}
