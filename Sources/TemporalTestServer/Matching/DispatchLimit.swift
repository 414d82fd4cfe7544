/// How many tasks are handed out in a time: those of a second at once, and then one after another.
struct DispatchLimit {
    /// From when on the next task may be handed out.
    private(set) var ready = Moment(nanoseconds: 0)

    /// Stands for a time that does not come.
    static let never = Moment(nanoseconds: .max)

    private static let burst = Span.seconds(1)

    /// Notes that a task was handed out.
    ///
    /// - Parameters:
    ///   - now: When.
    ///   - rate: How many tasks a second may be handed out.
    mutating func consume(at now: Moment, rate: Double) {
        guard let interval = Self.interval(rate) else {
            ready = Self.never
            return
        }
        let start = max(now.nanoseconds - Self.burst.nanoseconds, ready.nanoseconds)
        ready = Moment(nanoseconds: start) + interval
    }

    /// Takes over a new rate: what was held back by the old one is not held back longer than the new one would.
    mutating func clip(at now: Moment, rate: Double) {
        guard let interval = Self.interval(rate) else {
            ready = Self.never
            return
        }
        ready = min(ready, now + interval + Self.burst)
    }

    private static func interval(_ rate: Double) -> Span? {
        guard rate > 1e-9 else { return nil }
        return Span(nanoseconds: Int64(1e9 / rate))
    }
}
