public import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// When a schedule takes its action: at every moment that one of ``calendars``, ``intervals`` or ``cronExpressions``
/// gives, except those that ``exclusions`` match.
public struct ScheduleSpec: Sendable, Hashable {
    /// Moments by the calendar. Default: none.
    public var calendars: [ScheduleCalendar]

    /// Moments at equal distances. Default: none.
    public var intervals: [ScheduleInterval]

    /// Moments in cron's notation: five fields, `0 12 * * MON-FRI`; six with a year at the end, seven with seconds in
    /// front; `@hourly`, `@daily` and their like; or `@every 90m`. Default: none.
    ///
    /// What follows a `#` is a comment. The service keeps calendars and intervals in their place, so that a description
    /// has them in ``calendars`` and ``intervals``.
    public var cronExpressions: [String]

    /// Moments at which nothing is done, whatever else gives them. Default: none.
    ///
    /// The defaults of ``ScheduleCalendar`` exclude midnight alone: to exclude whole days, set second, minute and hour to
    /// all.
    public var exclusions: [ScheduleCalendar]

    /// The first moment at which something may be done. Default: no limit.
    public var startTime: Date?

    /// The last moment at which something may be done. Default: no limit.
    public var endTime: Date?

    /// How much later than its moment an action may be taken, by chance, so that not all schedules of the world begin at
    /// the same second. It never moves an action beyond the next moment. Default: not at all.
    public var jitter: Duration?

    /// The time zone of calendars and cron expressions, as the IANA names it: `Europe/Berlin`. Default: UTC.
    ///
    /// A time that a change of clocks leaves out is left out, and one that occurs twice occurs twice.
    public var timeZone: String?

    /// Describes when something is done.
    ///
    /// - Parameters:
    ///   - calendars: Moments by the calendar.
    ///   - intervals: Moments at equal distances.
    ///   - cronExpressions: Moments in cron's notation.
    ///   - exclusions: Moments at which nothing is done.
    ///   - startTime: The first moment at which something may be done.
    ///   - endTime: The last moment at which something may be done.
    ///   - jitter: How much later an action may be taken, by chance.
    ///   - timeZone: The time zone of calendars and cron expressions, as the IANA names it.
    public init(
        calendars: [ScheduleCalendar] = [],
        intervals: [ScheduleInterval] = [],
        cronExpressions: [String] = [],
        exclusions: [ScheduleCalendar] = [],
        startTime: Date? = nil,
        endTime: Date? = nil,
        jitter: Duration? = nil,
        timeZone: String? = nil
    ) {
        self.calendars = calendars
        self.intervals = intervals
        self.cronExpressions = cronExpressions
        self.exclusions = exclusions
        self.startTime = startTime
        self.endTime = endTime
        self.jitter = jitter
        self.timeZone = timeZone
    }

    init(_ proto: APIScheduleSpec) {
        self.init(
            calendars: proto.structuredCalendar.map(ScheduleCalendar.init),
            intervals: proto.interval.map(ScheduleInterval.init),
            cronExpressions: proto.cronString,
            exclusions: proto.excludeStructuredCalendar.map(ScheduleCalendar.init),
            startTime: proto.hasStartTime ? Date(proto.startTime) : nil,
            endTime: proto.hasEndTime ? Date(proto.endTime) : nil,
            jitter: proto.hasJitter ? Duration(proto.jitter).positive : nil,
            timeZone: proto.timezoneName.isEmpty ? nil : proto.timezoneName
        )
    }

    var proto: APIScheduleSpec {
        .with {
            $0.structuredCalendar = calendars.map(\.proto)
            $0.interval = intervals.map(\.proto)
            $0.cronString = cronExpressions
            $0.excludeStructuredCalendar = exclusions.map(\.proto)
            if let startTime { $0.startTime = .init(startTime) }
            if let endTime { $0.endTime = .init(endTime) }
            if let jitter { $0.jitter = .init(jitter) }
            $0.timezoneName = timeZone ?? ""
        }
    }
}

extension Duration {
    /// The length, or `nil` if it is none.
    var positive: Duration? { self > .zero ? self : nil }
}
