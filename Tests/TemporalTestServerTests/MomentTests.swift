import Foundation
import SwiftProtobuf
import Testing

@testable import TemporalTestServer

/// Moments and lengths of time at the edges of what 64 bits of nanoseconds hold.
@Suite struct MomentTests {
    private let first = Moment(nanoseconds: .min)
    private let last = Moment(nanoseconds: .max)

    @Test func `a timestamp beyond is the first or the last moment`() {
        #expect(Moment(Google_Protobuf_Timestamp(seconds: 253_402_300_799, nanos: 999_999_999)) == last)
        #expect(Moment(Google_Protobuf_Timestamp(seconds: -62_135_596_800)) == first)
        #expect(Moment(Google_Protobuf_Timestamp(seconds: 1, nanos: 5)).nanoseconds == 1_000_000_005)
    }

    @Test func `a date beyond is the first or the last moment`() {
        #expect(Moment(Date.distantFuture) == last)
        #expect(Moment(Date.distantPast) == first)
        #expect(Moment(Date(timeIntervalSince1970: .infinity)) == last)
        #expect(Moment(Date(timeIntervalSince1970: -1.5)).nanoseconds == -1_500_000_000)
    }

    @Test func `a duration beyond keeps its sign`() {
        #expect(Span(Google_Protobuf_Duration(seconds: -315_576_000_000)).nanoseconds == .min)
        #expect(Span(Google_Protobuf_Duration(seconds: 315_576_000_000)).nanoseconds == .max)
        #expect(Span(Google_Protobuf_Duration(seconds: -1, nanos: -5)).nanoseconds == -1_000_000_005)
        #expect(Span.seconds(.max).nanoseconds == .max)
    }

    @Test func `sums and differences stop at the edges`() {
        let (least, most) = (Span(nanoseconds: .min), Span(nanoseconds: .max))
        #expect(last + most == last)
        #expect(first + least == first)
        #expect(first - most == first)
        #expect(last - least == last)
        #expect(Moment(nanoseconds: 0) - least == last)
        #expect(last - first == most)
        #expect(first - last == least)
        #expect(least + least == least)
        #expect(most + most == most)
    }
}
