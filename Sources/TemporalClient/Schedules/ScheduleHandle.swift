public import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Times of a schedule that are made up for, as if they came now.
public struct ScheduleBackfill: Sendable, Hashable {
    /// The first moment, itself included.
    public var start: Date

    /// The last moment, itself included.
    public var end: Date

    /// What happens when one time comes while the workflow of another still runs: all times come at once. `nil` for the
    /// policy of the schedule.
    public var overlap: ScheduleOverlapPolicy?

    /// Describes times.
    ///
    /// - Parameters:
    ///   - start: The first moment, itself included.
    ///   - end: The last moment, itself included.
    ///   - overlap: What happens when one time comes while the workflow of another still runs; `nil` for the policy of
    ///     the schedule.
    public init(from start: Date, through end: Date, overlap: ScheduleOverlapPolicy? = nil) {
        self.start = start
        self.end = end
        self.overlap = overlap
    }

    var proto: APIBackfillRequest {
        .with {
            $0.startTime = .init(start)
            $0.endTime = .init(end)
            $0.overlapPolicy = overlap?.proto ?? .unspecified
        }
    }
}

/// A schedule to look at, to change and to delete.
///
/// A handle is an id and nothing more: making one asks nothing of the service.
public struct ScheduleHandle: Sendable {
    /// The client that calls are made with.
    let client: TemporalClient

    /// The id of the schedule.
    public let id: String

    /// What the service knows of the schedule now.
    ///
    /// - Throws: ``ScheduleNotFoundError`` if the schedule is not there, `PayloadConversionError` if the summary of its
    ///   action is no text, `RPCError` for anything else.
    public func describe() async throws -> ScheduleDescription {
        try await throughInterceptors(
            client.interceptors[...],
            ScheduleCallInput(scheduleID: id, note: ""),
            { try await $0.describeSchedule($1, next: $2) },
            { _ in
                var request = APIDescribeScheduleRequest()
                request.namespace = client.namespace
                request.scheduleID = id
                let response = try await mapErrors { try await client.call(.describeSchedule, request) }
                return try ScheduleDescription(response, id: id, client: client)
            }
        )
    }

    /// Lets the schedule take none of its own actions. Workflows that run go on.
    ///
    /// - Parameter note: Why, in place of the schedule's note.
    /// - Throws: ``ScheduleNotFoundError`` if the schedule is not there, `RPCError` for anything else.
    public func pause(note: String = "Paused via temporal-swift") async throws {
        try await throughInterceptors(
            client.interceptors[...],
            ScheduleCallInput(scheduleID: id, note: note),
            { try await $0.pauseSchedule($1, next: $2) },
            { input in try await patch { $0.pause = input.note.isEmpty ? "paused" : input.note } }
        )
    }

    /// Lets the schedule take its actions again. What would have been done meanwhile is not made up for: see
    /// ``backfill(_:)``.
    ///
    /// - Parameter note: Why, in place of the schedule's note.
    /// - Throws: ``ScheduleNotFoundError`` if the schedule is not there, `RPCError` for anything else.
    public func unpause(note: String = "Unpaused via temporal-swift") async throws {
        try await throughInterceptors(
            client.interceptors[...],
            ScheduleCallInput(scheduleID: id, note: note),
            { try await $0.unpauseSchedule($1, next: $2) },
            { input in try await patch { $0.unpause = input.note.isEmpty ? "unpaused" : input.note } }
        )
    }

    /// Takes the action now, whether the schedule is paused or not. It does not count against the limit of actions.
    ///
    /// Servers with the older scheduler take only the last of several calls of this and ``backfill(_:)`` that come within
    /// a moment: look at ``ScheduleDescription/actionCount`` in between.
    ///
    /// - Parameters:
    ///   - overlap: What happens if a workflow of the schedule runs; `nil` for the policy of the schedule.
    ///   - scheduledTime: The moment that the id and the search attributes of the workflow are to tell; `nil` for now. Older
    ///     servers always tell now.
    /// - Throws: ``ScheduleNotFoundError`` if the schedule is not there, `RPCError` for anything else.
    public func trigger(overlap: ScheduleOverlapPolicy? = nil, scheduledTime: Date? = nil) async throws {
        try await throughInterceptors(
            client.interceptors[...],
            TriggerScheduleInput(scheduleID: id, overlap: overlap, scheduledTime: scheduledTime),
            { try await $0.triggerSchedule($1, next: $2) },
            { input in
                try await patch {
                    $0.triggerImmediately.overlapPolicy = input.overlap?.proto ?? .unspecified
                    if let time = input.scheduledTime { $0.triggerImmediately.scheduledTime = .init(time) }
                }
            }
        )
    }

    /// Takes the actions of times that have passed, now. They do not count against the limit of actions.
    ///
    /// - Parameter times: Which ones.
    /// - Throws: ``ScheduleNotFoundError`` if the schedule is not there, `RPCError` for anything else.
    public func backfill(_ times: ScheduleBackfill...) async throws {
        try await throughInterceptors(
            client.interceptors[...],
            BackfillScheduleInput(scheduleID: id, times: times),
            { try await $0.backfillSchedule($1, next: $2) },
            { input in try await patch { $0.backfillRequest = input.times.map(\.proto) } }
        )
    }

    /// The moments of the schedule within a span of time, whether it is paused or not.
    ///
    /// - Parameters:
    ///   - start: The beginning, itself not included.
    ///   - end: The end, itself included.
    /// - Returns: The moments, with their jitter; at most 1,000.
    /// - Throws: ``ScheduleNotFoundError`` if the schedule is not there, `RPCError` for anything else.
    public func matchingTimes(from start: Date, through end: Date) async throws -> [Date] {
        try await throughInterceptors(
            client.interceptors[...],
            ScheduleMatchingTimesInput(scheduleID: id, start: start, end: end),
            { try await $0.scheduleMatchingTimes($1, next: $2) },
            { input in
                var request = APIListScheduleMatchingTimesRequest()
                request.namespace = client.namespace
                request.scheduleID = id
                request.startTime = .init(input.start)
                request.endTime = .init(input.end)
                let response = try await mapErrors { try await client.call(.listScheduleMatchingTimes, request) }
                return response.startTime.map { Date($0) }
            }
        )
    }

    /// Deletes the schedule. Workflows that it has started go on.
    ///
    /// - Throws: ``ScheduleNotFoundError`` if the schedule is not there, `RPCError` for anything else.
    public func delete() async throws {
        try await throughInterceptors(
            client.interceptors[...],
            ScheduleCallInput(scheduleID: id, note: ""),
            { try await $0.deleteSchedule($1, next: $2) },
            { _ in
                var request = APIDeleteScheduleRequest()
                request.namespace = client.namespace
                request.scheduleID = id
                request.identity = client.identity
                _ = try await mapErrors { try await client.call(.deleteSchedule, request) }
            }
        )
    }

    private func patch(_ fill: (inout APISchedulePatch) -> Void) async throws {
        var request = APIPatchScheduleRequest()
        request.namespace = client.namespace
        request.scheduleID = id
        request.identity = client.identity
        request.requestID = RandomID.make()
        fill(&request.patch)
        _ = try await mapErrors { try await client.call(.patchSchedule, request) }
    }

    /// Runs a call and gives the error of a missing schedule its type.
    func mapErrors<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as RPCError where error.code == .notFound {
            throw ScheduleNotFoundError(scheduleID: id, namespace: client.namespace, message: error.message)
        }
    }
}
