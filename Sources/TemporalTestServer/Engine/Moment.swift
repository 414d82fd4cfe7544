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

    /// A moment by its date, to the microsecond, which is what a date of today can carry.
    package init(_ date: Date) {
        nanoseconds = Int64((date.timeIntervalSince1970 * 1e6).rounded()) * 1000
    }

    /// The moment of a wire timestamp.
    package init(_ timestamp: Google_Protobuf_Timestamp) {
        nanoseconds = timestamp.seconds &* 1_000_000_000 &+ Int64(timestamp.nanos)
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
        let (sum, overflow) = moment.nanoseconds.addingReportingOverflow(span.nanoseconds)
        return Moment(nanoseconds: overflow ? .max : sum)
    }

    static func - (moment: Moment, span: Span) -> Moment {
        moment + Span(nanoseconds: 0 - span.nanoseconds)
    }

    static func - (left: Moment, right: Moment) -> Span {
        Span(nanoseconds: left.nanoseconds &- right.nanoseconds)
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
        Span(nanoseconds: count * 1_000_000_000)
    }

    /// The length of a wire duration, cut off at what 64 bits can hold.
    init(_ duration: Google_Protobuf_Duration) {
        let (product, overflow) = duration.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflowed) = product.addingReportingOverflow(Int64(duration.nanos))
        nanoseconds = overflow || overflowed ? .max : sum
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
        let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.nanoseconds)
        return Span(nanoseconds: overflow ? .max : sum)
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
    /// Divides with a remainder that is never negative.
    fileprivate func floorDivided(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
