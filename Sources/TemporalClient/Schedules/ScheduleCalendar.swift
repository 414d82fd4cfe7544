import SwiftProtobuf
import Temporal
import TemporalAPI

/// Moments by the calendar: those at which each field has one of its values.
///
/// The defaults are those of a clock that strikes once a day, at midnight: second, minute and hour are 0, all else is
/// free. A field that is set to no values at all matches nothing, except ``year``.
///
/// ```swift
/// ScheduleCalendar(hour: [9], dayOfWeek: [.range(1...5)])      // at nine, from Monday to Friday
/// ScheduleCalendar(minute: [.range(0...59, step: 5)], hour: [.range(0...23)])    // every five minutes
/// ScheduleCalendar(hour: [12], dayOfMonth: [1])                // at noon on the first of each month
/// ```
public struct ScheduleCalendar: Sendable, Hashable {
    /// The seconds, 0 to 59. Default: 0.
    public var second: [ScheduleRange]

    /// The minutes, 0 to 59. Default: 0.
    public var minute: [ScheduleRange]

    /// The hours, 0 to 23. Default: 0.
    public var hour: [ScheduleRange]

    /// The days of the month, 1 to 31. Default: all.
    public var dayOfMonth: [ScheduleRange]

    /// The months, 1 to 12. Default: all.
    public var month: [ScheduleRange]

    /// The years, 2000 to 2100; empty for all. Default: all.
    public var year: [ScheduleRange]

    /// The days of the week, 0 for Sunday to 6 for Saturday. Default: all.
    ///
    /// A moment must match both this and ``dayOfMonth``: to match either, use two calendars.
    public var dayOfWeek: [ScheduleRange]

    /// What it is for, as tools show it. Default: empty.
    public var comment: String

    /// Describes moments.
    ///
    /// - Parameters:
    ///   - second: The seconds, 0 to 59.
    ///   - minute: The minutes, 0 to 59.
    ///   - hour: The hours, 0 to 23.
    ///   - dayOfMonth: The days of the month, 1 to 31.
    ///   - month: The months, 1 to 12.
    ///   - year: The years, 2000 to 2100; empty for all.
    ///   - dayOfWeek: The days of the week, 0 for Sunday to 6 for Saturday.
    ///   - comment: What it is for.
    public init(
        second: [ScheduleRange] = [0],
        minute: [ScheduleRange] = [0],
        hour: [ScheduleRange] = [0],
        dayOfMonth: [ScheduleRange] = [.range(1...31)],
        month: [ScheduleRange] = [.range(1...12)],
        year: [ScheduleRange] = [],
        dayOfWeek: [ScheduleRange] = [.range(0...6)],
        comment: String = ""
    ) {
        self.second = second
        self.minute = minute
        self.hour = hour
        self.dayOfMonth = dayOfMonth
        self.month = month
        self.year = year
        self.dayOfWeek = dayOfWeek
        self.comment = comment
    }

    init(_ proto: APIStructuredCalendarSpec) {
        self.init(
            second: proto.second.map(ScheduleRange.init),
            minute: proto.minute.map(ScheduleRange.init),
            hour: proto.hour.map(ScheduleRange.init),
            dayOfMonth: proto.dayOfMonth.map(ScheduleRange.init),
            month: proto.month.map(ScheduleRange.init),
            year: proto.year.map(ScheduleRange.init),
            dayOfWeek: proto.dayOfWeek.map(ScheduleRange.init),
            comment: proto.comment
        )
    }

    var proto: APIStructuredCalendarSpec {
        .with {
            $0.second = second.map(\.proto)
            $0.minute = minute.map(\.proto)
            $0.hour = hour.map(\.proto)
            $0.dayOfMonth = dayOfMonth.map(\.proto)
            $0.month = month.map(\.proto)
            $0.year = year.map(\.proto)
            $0.dayOfWeek = dayOfWeek.map(\.proto)
            $0.comment = comment
        }
    }
}

/// Moments at equal distances, counted from the beginning of 1970 (UTC).
///
/// ```swift
/// ScheduleInterval(every: .seconds(3600), offset: .seconds(300))    // five past each hour
/// ```
public struct ScheduleInterval: Sendable, Hashable {
    /// The distance, at least one second.
    public var every: Duration

    /// How long after each whole distance the moment is; less than ``every``. Default: zero.
    public var offset: Duration

    /// Describes moments.
    ///
    /// - Parameters:
    ///   - every: The distance, at least one second.
    ///   - offset: How long after each whole distance the moment is.
    public init(every: Duration, offset: Duration = .zero) {
        self.every = every
        self.offset = offset
    }

    init(_ proto: APIIntervalSpec) {
        self.init(every: Duration(proto.interval), offset: proto.hasPhase ? Duration(proto.phase) : .zero)
    }

    var proto: APIIntervalSpec {
        .with {
            $0.interval = .init(every)
            if offset != .zero { $0.phase = .init(offset) }
        }
    }
}
