/// Lets as many calls pass as a rate allows, and some at once after a pause.
struct TokenBucket {
    private var tokens: Double
    private var time: ContinuousClock.Instant

    /// How many tokens come in a second.
    private let rate: Double

    /// How many tokens there are at most.
    private let size: Double

    /// Makes a full bucket.
    ///
    /// - Parameters:
    ///   - rate: How many tokens come in a second.
    ///   - ratio: How many seconds' worth of tokens it holds.
    ///   - now: The time.
    init(rate: Double, ratio: Double, at now: ContinuousClock.Instant) {
        self.rate = rate
        // As on the server, a rate that is not zero lets at least one call pass.
        size = rate > 0 ? max(1, (rate * ratio).rounded(.down)) : 0
        tokens = size
        time = now
    }

    /// Takes a token if there is one.
    mutating func take(at now: ContinuousClock.Instant) -> Bool {
        fill(at: now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// Takes a token, from those to come if there is none.
    mutating func owe(at now: ContinuousClock.Instant) {
        fill(at: now)
        tokens -= 1
    }

    private mutating func fill(at now: ContinuousClock.Instant) {
        let seconds = time.duration(to: now) / .seconds(1)
        guard seconds > 0 else { return }
        tokens = min(size, tokens + rate * seconds)
        time = now
    }
}

/// Buckets for calls of different importance: a call takes tokens from those of all that are less important too, so that
/// these come to wait first.
struct PriorityBuckets {
    private var buckets: [TokenBucket]

    /// How much of the rate is left to what comes first: calls about the service itself.
    private static let shareOfFirst = 0.2

    /// Makes full buckets.
    init(count: Int, rate: Double, ratio: Double, at now: ContinuousClock.Instant) {
        buckets = (0..<count).map {
            TokenBucket(rate: $0 == 0 ? rate * Self.shareOfFirst : rate, ratio: ratio, at: now)
        }
    }

    /// Takes what a call of a priority takes.
    ///
    /// - Returns: Whether the call may pass.
    mutating func take(priority: Int, at now: ContinuousClock.Instant) -> Bool {
        guard buckets[priority].take(at: now) else { return false }
        for index in (priority + 1)..<max(priority + 1, buckets.count) { buckets[index].owe(at: now) }
        return true
    }
}
