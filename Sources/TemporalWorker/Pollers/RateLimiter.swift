import Synchronization
import TemporalClient

/// Spaces things out in time.
final class RateLimiter: Sendable {
    /// Once in thirty years.
    private static let minimum = 1e-9

    private let interval: Duration
    private let timing: CallTiming
    private let next = Mutex<Duration?>(nil)

    /// Makes a limiter.
    ///
    /// - Parameters:
    ///   - perSecond: How many may happen in a second.
    ///   - timing: The clock.
    init(perSecond: Double, timing: CallTiming) {
        // Of a smaller rate, no duration could tell the interval; nobody will see the second one.
        self.interval = .seconds(1) / max(perSecond, Self.minimum)
        self.timing = timing
    }

    /// Waits until the next may happen.
    ///
    /// - Throws: `CancellationError` if the task is cancelled meanwhile.
    func wait() async throws {
        let now = timing.now()
        let wait = next.withLock { next in
            let turn = max(next ?? now, now)
            next = turn + interval
            return turn - now
        }
        if wait > .zero { try await timing.sleep(wait) }
    }
}
