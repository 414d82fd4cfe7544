package import Foundation
package import SwiftProtobuf

extension Google_Protobuf_Duration {
    /// A length of time on the wire, in nanoseconds. What is beyond the wire's 10,000 years is cut to them.
    package init(_ duration: Duration) {
        let longest = Duration.seconds(315_576_000_000)
        let (seconds, attoseconds) = min(max(duration, .zero - longest), longest).components
        self.init(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000))
    }

    /// The length as a limit, for which zero means that there is none.
    package var limit: Duration? {
        let duration = Duration(self)
        return duration > .zero ? duration : nil
    }
}

extension Duration {
    /// The length in seconds, for arithmetic with dates.
    package var timeInterval: TimeInterval {
        let (seconds, attoseconds) = components
        return TimeInterval(seconds) + TimeInterval(attoseconds) / 1e18
    }
}

extension Date {
    /// A moment from the wire.
    package init(_ proto: Google_Protobuf_Timestamp) {
        self.init(timeIntervalSince1970: TimeInterval(proto.seconds) + TimeInterval(proto.nanos) / 1e9)
    }
}

extension Google_Protobuf_Timestamp {
    /// A moment on the wire, to the microsecond: a `Date` of today is not more exact.
    package init(_ date: Date) {
        let microseconds = (date.timeIntervalSince1970 * 1e6).rounded()
        // The wire knows the years 1 to 9999.
        let limited = microseconds.isNaN ? 0 : min(max(microseconds, -62_135_596_800e6), 253_402_300_799e6)
        let (seconds, rest) = Int64(limited).quotientAndRemainder(dividingBy: 1_000_000)
        self.init(seconds: rest < 0 ? seconds - 1 : seconds, nanos: Int32(rest < 0 ? rest + 1_000_000 : rest) * 1000)
    }
}
