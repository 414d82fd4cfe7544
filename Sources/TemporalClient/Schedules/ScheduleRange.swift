import SwiftProtobuf
import TemporalAPI

/// Values of one field of a ``ScheduleCalendar``: a single one, or every so-manieth of a range.
///
/// ```swift
/// ScheduleCalendar(minute: [0, 30], hour: [.range(9...17)], dayOfWeek: [.range(1...5)])
/// ```
public struct ScheduleRange: Sendable, Hashable, ExpressibleByIntegerLiteral {
    /// The first value.
    public var start: Int

    /// The last value, itself included.
    public var end: Int

    /// The distance from one value to the next; at least 1.
    public var step: Int

    /// Describes a range of values.
    ///
    /// - Parameters:
    ///   - start: The first value.
    ///   - end: The last value, itself included; `nil` for the first value alone.
    ///   - step: The distance from one value to the next; at least 1.
    public init(start: Int, end: Int? = nil, step: Int = 1) {
        self.start = start
        self.end = end ?? start
        self.step = step
    }

    /// A single value.
    public init(integerLiteral value: Int) {
        self.init(start: value)
    }

    /// Every so-manieth value of a range.
    ///
    /// - Parameters:
    ///   - values: The values; the last is included where the steps come to it.
    ///   - step: The distance from one value to the next; at least 1.
    public static func range(_ values: ClosedRange<Int>, step: Int = 1) -> ScheduleRange {
        ScheduleRange(start: values.lowerBound, end: values.upperBound, step: step)
    }

    init(_ proto: APIRange) {
        self.init(
            start: Int(proto.start),
            end: Int(max(proto.start, proto.end)),
            step: max(1, Int(proto.step))
        )
    }

    var proto: APIRange {
        .with {
            $0.start = Int32(clamping: start)
            $0.end = Int32(clamping: end)
            $0.step = Int32(clamping: step)
        }
    }
}
