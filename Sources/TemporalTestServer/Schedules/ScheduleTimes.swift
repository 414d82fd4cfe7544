import Foundation
import SwiftProtobuf
import TemporalAPI

/// The times of a schedule.
struct ScheduleTimes: Sendable {
    /// One time of a schedule.
    struct Time: Equatable, Codable, Sendable {
        /// The time as the specification gives it.
        let nominal: Moment
        /// The time with the jitter added, which is when the action is taken.
        let actual: Moment
    }

    private let intervals: [(length: Int64, phase: Int64)]
    private let calendars: [ScheduleCalendar]
    private let excluded: [ScheduleCalendar]
    private let start: Moment
    private let end: Moment
    private let jitter: Int64
    private let seed: UInt64
    private let spec: APIScheduleSpec

    /// How many excluded times in a row are looked at before a schedule counts as one without times.
    private static let mostExcluded = 100_000

    /// Prepares a canonical specification.
    ///
    /// - Parameters:
    ///   - spec: The specification.
    ///   - seed: What the jitter depends on besides the time.
    init(_ spec: APIScheduleSpec, seed: UInt64) {
        let zone = (spec.timezoneName.isEmpty ? nil : TimeZone(identifier: spec.timezoneName)) ?? .gmt
        intervals = spec.interval.map {
            (max(1, Span($0.interval).nanoseconds / 1_000_000_000), Span($0.phase).nanoseconds / 1_000_000_000)
        }
        calendars = spec.structuredCalendar.map { ScheduleCalendar($0, zone: zone) }
        excluded = spec.excludeStructuredCalendar.map { ScheduleCalendar($0, zone: zone) }
        start = spec.hasStartTime ? Moment(spec.startTime) : Moment(nanoseconds: .min)
        end = spec.hasEndTime ? Moment(spec.endTime) : Moment(nanoseconds: .max)
        jitter = max(0, Span(spec.jitter).nanoseconds / 1_000_000)
        self.seed = seed
        self.spec = spec
    }

    /// The first time after a moment; `nil` if there is none.
    func next(after moment: Moment) -> Time? {
        let from = start.nanoseconds == .min ? moment : max(moment, Moment(nanoseconds: start.nanoseconds - 1))
        guard let nominal = nominal(after: from) else { return nil }
        guard jitter > 0 else { return Time(nominal: nominal, actual: nominal) }
        // A time never moves past the one that follows it, be that excluded or after the end.
        var most = jitter
        if let following = time(after: nominal) {
            most = min(most, (following - nominal).nanoseconds / 1_000_000)
        }
        var source = IdentifierSource(seed: seed ^ UInt64(bitPattern: nominal.nanoseconds))
        let delay = most > 0 ? Int64(source.next() % UInt64(most)) : 0
        return Time(nominal: nominal, actual: nominal + Span(nanoseconds: delay * 1_000_000))
    }

    /// The first time after a moment that is due at a later one or after that, with its jitter.
    ///
    /// - Parameters:
    ///   - moment: Where the times begin.
    ///   - limit: What is due before is passed over.
    func next(after moment: Moment, dueFrom limit: Moment) -> Time? {
        var start = moment
        // Jitter never reaches the time that follows, so that only the last time before the limit can be due after it.
        var (low, high) = (moment.timestamp.seconds, limit.timestamp.seconds)
        while low < high {
            let middle = low + (high - low + 1) / 2
            let candidate = Moment(nanoseconds: middle * 1_000_000_000)
            if let time = time(after: candidate), time < limit { low = middle } else { high = middle - 1 }
        }
        if low > moment.timestamp.seconds { start = Moment(nanoseconds: low * 1_000_000_000) }
        while let time = next(after: start) {
            guard time.actual < limit else { return time }
            start = time.nominal
        }
        return nil
    }

    /// The first time after a moment that counts.
    private func nominal(after moment: Moment) -> Moment? {
        var moment = moment
        for _ in 0..<Self.mostExcluded {
            guard let found = time(after: moment), found <= end else { return nil }
            if !excluded.contains(where: { $0.matches(found.timestamp.seconds) }) { return found }
            moment = found
        }
        return nil
    }

    /// The first time after a moment that the intervals and calendars give, whether or not it counts.
    private func time(after moment: Moment) -> Moment? {
        let second = moment.timestamp.seconds
        var times: [Int64] = intervals.map { length, phase in
            let passed = second - phase
            let count = passed >= 0 ? passed / length : -((-passed + length - 1) / length)
            return (count + 1) * length + phase
        }
        times += calendars.compactMap { $0.next(after: second) }
        guard let first = times.min() else { return nil }
        let (nanoseconds, isTooLate) = first.multipliedReportingOverflow(by: 1_000_000_000)
        return isTooLate ? nil : Moment(nanoseconds: nanoseconds)
    }
}

extension ScheduleTimes: Codable {
    private enum CodingKeys: CodingKey { case spec, seed }

    init(from decoder: any Swift.Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try container.decode(APIScheduleSpec.self, forKey: .spec),
            seed: try container.decode(UInt64.self, forKey: .seed)
        )
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(spec, forKey: .spec)
        try container.encode(seed, forKey: .seed)
    }
}
