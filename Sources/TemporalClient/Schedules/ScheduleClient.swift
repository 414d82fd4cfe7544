import SwiftProtobuf
public import Temporal
import TemporalAPI

extension TemporalClient {
    /// Workflows that are started again and again, by the calendar or at intervals.
    public var schedules: ScheduleClient { ScheduleClient(client: self) }
}

/// Creates schedules and finds them.
public struct ScheduleClient: Sendable {
    let client: TemporalClient

    /// Creates a schedule.
    ///
    /// - Parameters:
    ///   - id: The id of the schedule, which no other schedule of the namespace has.
    ///   - schedule: What is done, when, and how.
    ///   - memo: Values that go with the schedule itself, for humans and tools.
    ///   - searchAttributes: Values that the schedule itself is found by.
    ///   - triggersImmediately: Whether the action is also taken at once.
    ///   - backfills: Times that have passed, and are made up for at once.
    /// - Returns: A handle to the schedule.
    /// - Throws: ``ScheduleAlreadyExistsError`` if the id is in use, ``ScheduleOptionError`` for an option that a schedule
    ///   does not take, `PayloadConversionError` if a value cannot be encoded, `RPCError` for anything else, with the code
    ///   `invalidArgument` for a schedule that makes no sense.
    @discardableResult
    public func create(
        id: String,
        _ schedule: Schedule,
        memo: [String: any Encodable & Sendable] = [:],
        searchAttributes: SearchAttributes = [],
        triggersImmediately: Bool = false,
        backfills: [ScheduleBackfill] = []
    ) async throws -> ScheduleHandle {
        let input = CreateScheduleInput(
            id: id,
            schedule: schedule,
            memo: memo,
            searchAttributes: searchAttributes
        )
        return try await throughInterceptors(
            client.interceptors[...],
            input,
            { try await $0.createSchedule($1, next: $2) },
            { try await create($0, triggersImmediately, backfills) }
        )
    }

    private func create(
        _ input: CreateScheduleInput,
        _ triggersImmediately: Bool,
        _ backfills: [ScheduleBackfill]
    ) async throws -> ScheduleHandle {
        var request = APICreateScheduleRequest()
        request.namespace = client.namespace
        request.scheduleID = input.id
        request.schedule = try input.schedule.proto(client)
        request.identity = client.identity
        // The id makes the call repeatable: one schedule is created, however often the request arrives.
        request.requestID = RandomID.make()
        if !input.memo.isEmpty {
            request.memo.fields = try input.memo.mapValues { try client.converter.encode($0).proto }
        }
        if !input.searchAttributes.isEmpty { request.searchAttributes = input.searchAttributes.proto }
        if triggersImmediately {
            request.initialPatch.triggerImmediately.overlapPolicy = input.schedule.policies.overlap.proto
        }
        if !backfills.isEmpty { request.initialPatch.backfillRequest = backfills.map(\.proto) }
        do {
            _ = try await client.call(.createSchedule, request)
        } catch let error as RPCError where error.code == .alreadyExists {
            throw ScheduleAlreadyExistsError(
                scheduleID: input.id,
                namespace: client.namespace,
                message: error.message
            )
        }
        return handle(id: input.id)
    }

    /// A handle to a schedule that is there already. Nothing is asked of the service.
    ///
    /// - Parameter id: The id of the schedule.
    public func handle(id: String) -> ScheduleHandle {
        ScheduleHandle(client: client, id: id)
    }

    /// The schedules of the namespace, the latest created first.
    ///
    /// What is listed may lag a little behind what has happened.
    ///
    /// - Parameters:
    ///   - query: Which ones, as a [list filter](https://docs.temporal.io/list-filter) on the search attributes of
    ///     schedules, such as `TemporalSchedulePaused = true`; empty for all.
    ///   - pageSize: The number of schedules that one call to the service asks for. Default: 100.
    /// - Returns: The schedules. The loop over them throws `RPCError` with the code `invalidArgument` for a query that the
    ///   service cannot read, and `RPCError` for anything else.
    public func list(_ query: String = "", pageSize: Int = 100) -> PagedResults<ScheduleSummary> {
        PagedResults(client, query, pageSize, { try await $0.listSchedules($1, next: $2) }) { [client] input in
            var request = APIListSchedulesRequest()
            request.namespace = client.namespace
            request.query = input.query
            request.maximumPageSize = Int32(clamping: input.pageSize)
            request.nextPageToken = input.pageToken
            let page = try await client.call(.listSchedules, request)
            let summaries = page.schedules.map { ScheduleSummary($0, converter: client.converter) }
            return (summaries, page.nextPageToken)
        }
    }

    /// Counts schedules. Servers before 1.31 do not know the call.
    ///
    /// - Parameter query: Which ones, as a [list filter](https://docs.temporal.io/list-filter), empty for all.
    /// - Returns: The number, and that of each group if the query groups.
    /// - Throws: `RPCError` with the code `invalidArgument` for a query that the service cannot read, and with the code
    ///   `unimplemented` from servers that do not know the call.
    public func count(_ query: String = "") async throws -> ExecutionCount {
        try await throughInterceptors(
            client.interceptors[...],
            CountInput(query: query),
            { try await $0.countSchedules($1, next: $2) },
            { try await count(of: $0.query) }
        )
    }

    private func count(of query: String) async throws -> ExecutionCount {
        var request = APICountSchedulesRequest()
        request.namespace = client.namespace
        request.query = query
        let response = try await client.call(.countSchedules, request)
        return try ExecutionCount(
            Int(response.count),
            response.groups.map { ($0.groupValues, $0.count) },
            client.converter
        )
    }
}
