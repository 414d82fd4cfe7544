public import Foundation
public import Temporal

/// The creation of a schedule by a client.
public struct CreateScheduleInput: Sendable {
    /// The id of the schedule.
    public let id: String

    /// What is done, when, and how. The headers of its action go with each start.
    public var schedule: Schedule

    /// Values that go with the schedule itself.
    public var memo: [String: any Encodable & Sendable]

    /// Values that the schedule itself is found by.
    public var searchAttributes: SearchAttributes
}

/// A call of a client about a schedule.
public struct ScheduleCallInput: Sendable {
    /// The id of the schedule.
    public let scheduleID: String

    /// The note of a pause or of its end. Empty for calls that leave none.
    public var note: String
}

/// A change of a schedule by a client.
public struct UpdateScheduleInput: Sendable {
    /// The id of the schedule.
    public let scheduleID: String

    /// The change: the schedule as it was found and as it is to be.
    public var update: ScheduleUpdate
}

/// An action of a schedule that a client asks for.
public struct TriggerScheduleInput: Sendable {
    /// The id of the schedule.
    public let scheduleID: String

    /// What happens if a workflow of the schedule runs; `nil` for the policy of the schedule.
    public var overlap: ScheduleOverlapPolicy?

    /// The moment that the id and the search attributes of the workflow are to tell; `nil` for now.
    public var scheduledTime: Date?
}

/// Times of a schedule that a client makes up for.
public struct BackfillScheduleInput: Sendable {
    /// The id of the schedule.
    public let scheduleID: String

    /// Which times.
    public var times: [ScheduleBackfill]
}

/// The moments of a schedule that a client asks for.
public struct ScheduleMatchingTimesInput: Sendable {
    /// The id of the schedule.
    public let scheduleID: String

    /// The beginning, itself not included.
    public var start: Date

    /// The end, itself included.
    public var end: Date
}
