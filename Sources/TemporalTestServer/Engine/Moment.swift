package import Foundation
package import SwiftProtobuf

/// A moment on the service's clock, in whole nanoseconds since 1970.
///
/// Integers keep deadlines exact: a retry back-off of 100 ms after 1 s is due at 1.1 s, never a rounding error later.
package struct Moment: Comparable, Hashable, Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    package var nanoseconds: Int64

    /// A moment by its distance from 1970.
    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// A moment by its date, to the microsecond, which is what a date of today can carry; the first or last moment there is
    /// for a date beyond.
    package init(_ date: Date) {
        let microseconds = (date.timeIntervalSince1970 * 1e6).rounded()
        nanoseconds = Int64(exactly: microseconds)?.saturatingTimes(1000) ?? (microseconds < 0 ? .min : .max)
    }

    /// The moment of a wire timestamp; the first or last moment there is for one beyond.
    package init(_ timestamp: Google_Protobuf_Timestamp) {
        nanoseconds = timestamp.seconds.saturatingTimes(1_000_000_000).saturatingPlus(Int64(timestamp.nanos))
    }

    /// The moment as a date.
    package var date: Date {
        Date(timeIntervalSince1970: Double(nanoseconds) / 1e9)
    }

    /// The moment as it goes over the wire.
    package var timestamp: Google_Protobuf_Timestamp {
        let (seconds, nanos) = nanoseconds.floorDivided(by: 1_000_000_000)
        return Google_Protobuf_Timestamp(seconds: seconds, nanos: Int32(nanos))
    }

    package static func < (left: Moment, right: Moment) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    static func + (moment: Moment, span: Span) -> Moment {
        Moment(nanoseconds: moment.nanoseconds.saturatingPlus(span.nanoseconds))
    }

    static func - (moment: Moment, span: Span) -> Moment {
        Moment(nanoseconds: moment.nanoseconds.saturatingMinus(span.nanoseconds))
    }

    static func - (left: Moment, right: Moment) -> Span {
        Span(nanoseconds: left.nanoseconds.saturatingMinus(right.nanoseconds))
    }
}

/// A length of time in whole nanoseconds.
struct Span: Comparable, Hashable, Sendable {
    var nanoseconds: Int64

    static let zero = Span(nanoseconds: 0)

    init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// A length in whole seconds.
    static func seconds(_ count: Int64) -> Span {
        Span(nanoseconds: count.saturatingTimes(1_000_000_000))
    }

    /// The length of a wire duration, cut off at what 64 bits can hold.
    init(_ duration: Google_Protobuf_Duration) {
        nanoseconds = duration.seconds.saturatingTimes(1_000_000_000).saturatingPlus(Int64(duration.nanos))
    }

    /// The length of a Swift duration, cut off at what 64 bits can hold.
    init(_ duration: Duration) {
        self.init(
            .with {
                $0.seconds = duration.components.seconds
                $0.nanos = Int32(duration.components.attoseconds / 1_000_000_000)
            }
        )
    }

    /// The length as it goes over the wire.
    var proto: Google_Protobuf_Duration {
        Google_Protobuf_Duration(
            seconds: nanoseconds / 1_000_000_000,
            nanos: Int32(nanoseconds % 1_000_000_000)
        )
    }

    static func < (left: Span, right: Span) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    static func + (left: Span, right: Span) -> Span {
        Span(nanoseconds: left.nanoseconds.saturatingPlus(right.nanoseconds))
    }
}

extension Google_Protobuf_Duration {
    /// What is wrong with the duration, in the server's words; `nil` if nothing is.
    var problem: String? {
        if seconds > 0 && nanos < 0 || seconds < 0 && nanos > 0 {
            return "duration has seconds and nanos with different signs"
        }
        return Span(self) < .zero ? "negative duration" : nil
    }

    /// The duration, or the hundred years that the server takes for anything longer.
    var capped: Google_Protobuf_Duration {
        let longest = Span.seconds(100 * 365 * 86400)
        return Span(self) > longest ? longest.proto : self
    }
}

extension Moment: Codable {
    package init(from decoder: any Swift.Decoder) throws {
        nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }
}

extension Span: Codable {
    init(from decoder: any Swift.Decoder) throws {
        nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }
}

extension Int64 {
    /// The sum, or what comes closest to it.
    fileprivate func saturatingPlus(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    /// The difference, or what comes closest to it.
    fileprivate func saturatingMinus(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }

    /// The product with a factor above zero, or what comes closest to it.
    fileprivate func saturatingTimes(_ factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? (self < 0 ? .min : .max) : product
    }

    /// Divides with a remainder that is never negative.
    fileprivate func floorDivided(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
