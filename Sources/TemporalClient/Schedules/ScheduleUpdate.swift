import Foundation
import SwiftProtobuf
public import Temporal
import TemporalAPI

/// A change of a schedule under way: what the schedule says, to be changed in place.
///
/// The parts of the schedule are reached directly: `update.spec.intervals = […]`.
@dynamicMemberLookup
public struct ScheduleUpdate: Sendable {
    /// The schedule as it was found.
    public let description: ScheduleDescription

    /// What the schedule is to say. It begins with what it says now.
    public var schedule: Schedule

    /// The values that the schedule itself is to be found by, in place of all it has. Default: `nil`, no change.
    public var searchAttributes: SearchAttributes?

    /// The values that are to go with the schedule itself, in place of all it has. Default: `nil`, no change. Older servers
    /// cannot change them, and leave them as they are.
    public var memo: [String: any Encodable & Sendable]?

    init(_ description: ScheduleDescription) {
        self.description = description
        self.schedule = description.schedule
    }

    /// A part of what the schedule is to say.
    public subscript<Value>(dynamicMember member: WritableKeyPath<Schedule, Value>) -> Value {
        get { schedule[keyPath: member] }
        set { schedule[keyPath: member] = newValue }
    }
}

extension ScheduleHandle {
    /// How often a change is made anew because somebody else's came first.
    private static let updateAttempts = 5

    /// How often an update that was sent is looked for.
    private static let looks = 100

    /// Changes the schedule.
    ///
    /// The change is made to what the schedule says at that moment. If somebody else changes the schedule in between, it
    /// is made anew to what that left, so that no change of anybody is lost: the closure may be called more than once.
    ///
    /// ```swift
    /// try await handle.update { $0.spec.intervals = [ScheduleInterval(every: .seconds(3600))] }
    /// ```
    ///
    /// - Parameter change: Makes the change. What it throws, `update` throws, and nothing is changed.
    /// - Throws: ``ScheduleNotFoundError`` if the schedule is not there, ``ScheduleConflictError`` if others change it all
    ///   the time, ``ScheduleOptionError`` for an option that a schedule does not take, `PayloadConversionError` if a
    ///   value cannot be encoded, `RPCError` for anything else, with the code `invalidArgument` for a schedule that makes
    ///   no sense.
    public func update(_ change: (inout ScheduleUpdate) async throws -> Void) async throws {
        for attempt in 1...Self.updateAttempts {
            let before = try await describe()
            var update = ScheduleUpdate(before)
            try await change(&update)
            let (sent, isConflict) = try await send(update)
            if isConflict {
                // Newer servers say at once that another change came first. It may be this very one, if the answer to the
                // first attempt of the call was lost.
                if try await describe().proto.takes(sent) { return }
                continue
            }
            let after = try await changed(since: before.proto.conflictToken)
            // Older ones say nothing and drop the update. Whether it was taken shows in what the schedule says now. The
            // service writes some things in another way, so that no difference at all, twice in a row, means success, too.
            if after.takes(sent.schedule) || (attempt > 1 && after == before.proto.schedule) { return }
        }
        throw ScheduleConflictError(scheduleID: id, attempts: Self.updateAttempts)
    }

    /// Sends a change through the interceptors.
    ///
    /// - Returns: What was sent, and whether the service says that another change came first.
    private func send(_ update: ScheduleUpdate) async throws -> (APIUpdateScheduleRequest, isConflict: Bool) {
        var sent = APIUpdateScheduleRequest()
        do {
            try await throughInterceptors(
                client.interceptors[...],
                UpdateScheduleInput(scheduleID: id, update: update),
                { try await $0.updateSchedule($1, next: $2) },
                { input in
                    let schedule = try input.update.schedule.proto(client, keeping: update.description.proto.schedule)
                    let request = try request(schedule, input.update)
                    sent = request
                    _ = try await mapErrors { try await client.call(.updateSchedule, request) }
                }
            )
        } catch let error as RPCError where error.isConflictOfTokens {
            return (sent, true)
        }
        return (sent, false)
    }

    private func request(_ schedule: APISchedule, _ update: ScheduleUpdate) throws -> APIUpdateScheduleRequest {
        var request = APIUpdateScheduleRequest()
        request.namespace = client.namespace
        request.scheduleID = id
        request.schedule = schedule
        request.conflictToken = update.description.proto.conflictToken
        request.identity = client.identity
        request.requestID = RandomID.make()
        if let attributes = update.searchAttributes { request.searchAttributes = attributes.proto }
        if let memo = update.memo {
            request.memo.fields = try memo.mapValues { try client.converter.encode($0).proto }
        }
        return request
    }

    /// What the schedule says once its version is another.
    private func changed(since token: Data) async throws -> APISchedule {
        for look in 1...Self.looks {
            let found = try await describe().proto
            if found.conflictToken != token { return found.schedule }
            // The scheduler is a workflow of the service: it takes an update on when it has done what it does now.
            if look < Self.looks { try await Task.sleep(for: .milliseconds(100)) }
        }
        throw ScheduleConflictError(scheduleID: id, attempts: 0)
    }
}

extension RPCError {
    /// Whether a change was made to something else than the latest version. Other things, such as a schedule that is
    /// closed, have the same code and no detail that tells them apart.
    fileprivate var isConflictOfTokens: Bool { code == .failedPrecondition && message.contains("conflict token") }
}

extension APIDescribeScheduleResponse {
    /// Whether what the service has is what a request says, and not what was there before it.
    fileprivate func takes(_ request: APIUpdateScheduleRequest) -> Bool {
        conflictToken != request.conflictToken && schedule.takes(request.schedule)
            && request.searchAttributes.indexedFields.allSatisfy {
                searchAttributes.indexedFields[$0.key]?.data == $0.value.data
            }
            && request.memo.fields.allSatisfy { memo.fields[$0.key]?.data == $0.value.data }
    }
}

extension APISchedule {
    /// Whether what the service has is what was sent, as far as the service leaves things as they are.
    fileprivate func takes(_ sent: APISchedule) -> Bool {
        var (mine, theirs) = (sent, self)
        if !sent.spec.cronString.isEmpty {
            // They have become calendars, intervals and a time zone.
            for path in [\APIScheduleSpec.structuredCalendar, \.excludeStructuredCalendar] {
                mine.spec[keyPath: path] = []
                theirs.spec[keyPath: path] = []
            }
            mine.spec.cronString = []
            mine.spec.interval = []
            theirs.spec.interval = []
            mine.spec.timezoneName = ""
            theirs.spec.timezoneName = ""
        }
        if mine.policies.catchupWindow.seconds < 10 { theirs.policies.catchupWindow = mine.policies.catchupWindow }
        if !mine.policies.hasCatchupWindow { theirs.policies.clearCatchupWindow() }
        // An action may have been taken since.
        theirs.state.remainingActions = mine.state.remainingActions
        // A field that is not set and one that is set to nothing are the same to the service.
        return mine.spec.normalised == theirs.spec.normalised && mine.policies == theirs.policies
            && mine.state == theirs.state
            && mine.action.startWorkflow.normalised == theirs.action.startWorkflow.normalised
    }
}

extension APIScheduleSpec {
    fileprivate var normalised: APIScheduleSpec {
        var spec = self
        if Duration(spec.jitter) == .zero { spec.clearJitter() }
        spec.structuredCalendar = spec.structuredCalendar.map(\.normalised)
        spec.excludeStructuredCalendar = spec.excludeStructuredCalendar.map(\.normalised)
        return spec
    }
}

extension APIStructuredCalendarSpec {
    /// The calendar with its ranges as the service keeps them: one without an end has its start alone, and no step is one of 1.
    fileprivate var normalised: APIStructuredCalendarSpec {
        var calendar = self
        let fields = [\APIStructuredCalendarSpec.second, \.minute, \.hour, \.dayOfMonth, \.month, \.year, \.dayOfWeek]
        for field in fields {
            calendar[keyPath: field] = calendar[keyPath: field].map { range in
                var range = range
                range.end = max(range.start, range.end)
                if range.step == 0 { range.step = 1 }
                return range
            }
        }
        return calendar
    }
}

extension APIWorkflowNewWorkflowExecutionInfo {
    fileprivate var normalised: APIWorkflowNewWorkflowExecutionInfo {
        var info = self
        info.taskQueue.kind = .normal
        info.taskQueue.normalName = ""
        if info.workflowExecutionTimeout.seconds == 0, info.workflowExecutionTimeout.nanos == 0 {
            info.clearWorkflowExecutionTimeout()
        }
        if info.workflowRunTimeout.seconds == 0, info.workflowRunTimeout.nanos == 0 { info.clearWorkflowRunTimeout() }
        if info.workflowTaskTimeout.seconds == 0, info.workflowTaskTimeout.nanos == 0 {
            info.clearWorkflowTaskTimeout()
        }
        info.workflowIDReusePolicy = .unspecified
        if info.searchAttributes.indexedFields.isEmpty { info.clearSearchAttributes() }
        if info.memo.fields.isEmpty { info.clearMemo() }
        if info.header.fields.isEmpty { info.clearHeader() }
        return info
    }
}
