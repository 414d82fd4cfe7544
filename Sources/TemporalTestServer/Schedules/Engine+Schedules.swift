import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Engine {
    /// How many times a list of times has at most.
    private static let mostTimes = 1000

    // MARK: Create, update, delete

    /// Creates a schedule.
    func create(_ request: APICreateScheduleRequest) throws -> APICreateScheduleResponse {
        let namespace = try namespace(request.namespace)
        try ScheduleRules.check(request)
        let key = ScheduleKey(namespace: request.namespace, id: request.scheduleID)
        if let there = schedules[key] {
            guard there.requestID == request.requestID else {
                throw RPCError(
                    code: .alreadyExists,
                    message: "Workflow execution is already running. "
                        + "WorkflowId: \(key.workflowID), RunId: \(there.requestID).",
                    detail: APIWorkflowExecutionAlreadyStartedFailure.with { $0.startRequestID = there.requestID }
                )
            }
            return .with { $0.conflictToken = there.conflictToken }
        }
        readClock()
        let attributes = try checked(request.searchAttributes, in: namespace)
        let schedule = try accepting {
            try Schedule(request, memo: request.memo, searchAttributes: attributes, now: now)
        }
        try checkAction(of: request.schedule, in: namespace)
        schedules[key] = schedule
        deletedSchedules[key] = nil
        apply(request.initialPatch, to: key)
        return .with { $0.conflictToken = schedule.conflictToken }
    }

    /// Replaces what a schedule says. An update that has not seen the latest version changes nothing, as on the server.
    func update(_ request: APIUpdateScheduleRequest) throws -> APIUpdateScheduleResponse {
        let namespace = try namespace(request.namespace)
        try ScheduleRules.check(request)
        let attributes =
            request.hasSearchAttributes ? try checked(request.searchAttributes, in: namespace) : nil
        let definition = try accepting { try Schedule.canonical(request.schedule) }
        try checkAction(of: request.schedule, in: namespace)
        let key = try schedule(request.scheduleID, namespace: request.namespace)
        readClock()
        schedules[key]?.catchUp(to: now)
        guard var schedule = schedules[key],
            request.conflictToken.isEmpty || request.conflictToken == schedule.conflictToken
        else { return APIUpdateScheduleResponse() }
        schedule.define(definition, now: now)
        if let attributes { schedule.searchAttributes = attributes }
        if request.hasMemo { schedule.memo = request.memo }
        schedules[key] = schedule
        proceed(key)
        return APIUpdateScheduleResponse()
    }

    /// Pauses a schedule, lets it go on, or takes actions of it at once.
    func patch(_ request: APIPatchScheduleRequest) throws -> APIPatchScheduleResponse {
        _ = try namespace(request.namespace)
        try ScheduleRules.check(request)
        let key = try schedule(request.scheduleID, namespace: request.namespace)
        readClock()
        schedules[key]?.catchUp(to: now)
        apply(request.patch, to: key)
        return APIPatchScheduleResponse()
    }

    private func apply(_ patch: APISchedulePatch, to key: ScheduleKey) {
        if patch.hasTriggerImmediately {
            let asked = patch.triggerImmediately
            let time = asked.hasScheduledTime ? Moment(asked.scheduledTime) : now
            schedules[key]?.wait(for: Schedule.Start(nominal: time, overlap: asked.overlapPolicy, isManual: true))
        }
        for backfill in patch.backfillRequest { schedules[key]?.add(backfill) }
        if !patch.pause.isEmpty { schedules[key]?.setPaused(true, note: patch.pause) }
        if !patch.unpause.isEmpty { schedules[key]?.setPaused(false, note: patch.unpause) }
        proceed(key)
    }

    /// Deletes a schedule. What it has started goes on.
    func delete(_ request: APIDeleteScheduleRequest) throws -> APIDeleteScheduleResponse {
        let key = try schedule(request.scheduleID, namespace: request.namespace)
        readClock()
        remove(key)
        return APIDeleteScheduleResponse()
    }

    // MARK: Describe, list

    /// Tells all there is to know of a schedule.
    func describe(_ request: APIDescribeScheduleRequest) throws -> APIDescribeScheduleResponse {
        let key = try schedule(request.scheduleID, namespace: request.namespace, deleted: "schedule not found")
        return schedules[key]?.description ?? APIDescribeScheduleResponse()
    }

    /// Lists the times of a schedule within a range: after its beginning, up to its end.
    func matchingTimes(
        _ request: APIListScheduleMatchingTimesRequest
    ) throws -> APIListScheduleMatchingTimesResponse {
        let key = try schedule(request.scheduleID, namespace: request.namespace)
        guard let schedule = schedules[key] else { return APIListScheduleMatchingTimesResponse() }
        var moment = Moment(request.startTime)
        let end = Moment(request.endTime)
        var found: [Google_Protobuf_Timestamp] = []
        while found.count < Self.mostTimes, let time = schedule.times.next(after: moment), time.actual <= end {
            found.append(time.actual.timestamp)
            moment = time.nominal
        }
        return .with { $0.startTime = found }
    }

    /// Lists schedules, the latest first.
    func list(_ request: APIListSchedulesRequest) throws -> APIListSchedulesResponse {
        let found = try schedules(in: request.namespace, matching: request.query)
        let page = try TablePage(
            of: found,
            size: request.maximumPageSize,
            token: request.nextPageToken
        )
        return .with {
            $0.schedules = page.values.map(\.listEntry)
            $0.nextPageToken = page.token
        }
    }

    /// Counts schedules.
    func count(_ request: APICountSchedulesRequest) throws -> APICountSchedulesResponse {
        let found = try schedules(in: request.namespace, matching: request.query)
        return .with { $0.count = Int64(found.count) }
    }

    // MARK: Machinery

    /// The key of a schedule that there is.
    ///
    /// - Throws: `NOT_FOUND`, with other words for one that was deleted: on the server that is a workflow which has ended.
    private func schedule(
        _ id: String,
        namespace name: String,
        deleted message: String = "workflow execution already completed"
    ) throws -> ScheduleKey {
        _ = try namespace(name)
        let key = ScheduleKey(namespace: name, id: id)
        guard schedules[key] != nil else {
            throw ServiceError.notFound(
                deletedSchedules[key] != nil ? message : "workflow not found for ID: \(key.workflowID)"
            )
        }
        return key
    }

    /// The schedules that pass a filter, with their places in the table, the latest first.
    private func schedules(
        in namespace: String,
        matching filter: String
    ) throws -> [(number: UInt64, value: Schedule)] {
        var registry = try self.namespace(namespace).searchAttributes
        registry.custom["ScheduleId"] = .keyword
        let query: VisibilityQuery
        do {
            query = try VisibilityQuery(filter, registry: registry, allowsGroups: false)
        } catch {
            throw ServiceError.invalid(error.message)
        }
        return schedules.numbered.reversed()
            .filter { $0.value.key.namespace == namespace && query.matches($0.value) }
    }

    private func accepting<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let problem as ScheduleProblem {
            throw ServiceError.invalid("Invalid schedule spec: \(problem.message)")
        }
    }

    private func checkAction(of schedule: APISchedule, in namespace: Namespace) throws {
        guard case .startWorkflow(let start) = schedule.action.action else { return }
        try ScheduleRules.check(start)
        _ = try checked(start.searchAttributes, in: namespace)
    }

    private func checked(_ attributes: APISearchAttributes, in namespace: Namespace) throws -> APISearchAttributes {
        do {
            return try namespace.searchAttributes.checked(attributes, namespace: namespace.name)
        } catch {
            throw ServiceError.invalid(error.message)
        }
    }
}
