import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@Suite struct OptionsTests {
    @Test(
        arguments: [
            (.zero, 0, 0),
            (.seconds(1), 1, 0),
            (.milliseconds(1500), 1, 500_000_000),
            (.nanoseconds(1), 0, 1),
            (.nanoseconds(-1), 0, -1),
            (.milliseconds(-1500), -1, -500_000_000),
            (.seconds(86_400 * 3650), 315_360_000, 0),
            (Duration(secondsComponent: 0, attosecondsComponent: 999_999_999), 0, 0),
        ] as [(Duration, Int64, Int32)]
    )
    func `A length of time is seconds and nanoseconds of one sign`(_ length: Duration, _ seconds: Int64, _ nanos: Int32)
    {
        let proto = Google_Protobuf_Duration(length)
        #expect(proto.seconds == seconds)
        #expect(proto.nanos == nanos)
        let back = Duration(proto)
        #expect(back == .seconds(seconds) + .nanoseconds(Int64(nanos)))
    }

    @Test(arguments: [Duration.seconds(Int64.max), .seconds(Int64.min), .seconds(1e20), .seconds(-1e20)])
    func `A length of time beyond the wire's range is the longest of the range`(_ length: Duration) {
        let proto = Google_Protobuf_Duration(length)
        #expect(abs(proto.seconds) == 315_576_000_000)
        #expect(proto.nanos == 0)
        #expect((proto.seconds > 0) == (length > .zero))
    }

    @Test func `Whatever the wire says, a length of time comes out`() {
        for seconds in [Int64.min, -1, 0, 1, .max] {
            for nanos in [Int32.min, -1, 0, 1, .max] {
                let duration = Duration(Google_Protobuf_Duration(seconds: seconds, nanos: nanos))
                #expect(duration == .seconds(seconds) + .nanoseconds(Int64(nanos)))
            }
        }
    }

    @Test(
        arguments: [
            (0, 0, 0), (1, 500_000_000, 1.5), (-1, 750_000_000, -0.25),
            (1_709_210_096, 123_456_000, 1_709_210_096.123456),
            (253_402_300_799, 999_999_999, 253_402_300_800), (-62_135_596_800, 0, -62_135_596_800),
        ] as [(Int64, Int32, TimeInterval)]
    )
    func `A moment is read to the microsecond`(_ seconds: Int64, _ nanos: Int32, _ expected: TimeInterval) {
        let date = Date(Google_Protobuf_Timestamp(seconds: seconds, nanos: nanos))
        #expect(abs(date.timeIntervalSince1970 - expected) < 1e-6)
    }

    @Test func `A retry policy comes back as it went`() {
        let policy = RetryPolicy(
            initialInterval: .milliseconds(1),
            backoffCoefficient: 1.5,
            maximumInterval: .seconds(60),
            maximumAttempts: 3,
            nonRetryableErrorTypes: ["A", "B"]
        )
        #expect(RetryPolicy(policy.proto) == policy)
        #expect(RetryPolicy(RetryPolicy().proto) == RetryPolicy())
        #expect(!RetryPolicy().proto.hasMaximumInterval)
    }

    @Test func `More attempts than the wire can count are the most that it can`() {
        #expect(RetryPolicy(maximumAttempts: .max).proto.maximumAttempts == .max)
    }

    @Test func `A priority sets what is given`() {
        #expect(Priority().proto == APIPriority())
        let proto = Priority(key: 1, fairnessKey: "tenant", fairnessWeight: 0.5).proto
        #expect(proto.priorityKey == 1)
        #expect(proto.fairnessKey == "tenant")
        #expect(proto.fairnessWeight == 0.5)
        #expect(Priority(key: .max).proto.priorityKey == .max)
    }
}
