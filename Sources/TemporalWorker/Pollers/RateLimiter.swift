import Synchronization
import TemporalClient

/// Spaces things out in time.
final class RateLimiter: Sendable {
    private let interval: Duration
    private let timing: CallTiming
    private let next = Mutex<Duration?>(nil)

    /// Makes a limiter.
    ///
    /// - Parameters:
    ///   - perSecond: How many may happen in a second.
    ///   - timing: The clock.
    init(perSecond: Double, timing: CallTiming) {
        self.interval = .seconds(1) / perSecond
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
