package import Temporal

/// How failed attempts of a call are made again.
package struct CallRetry: Sendable {
    /// How long to wait before the second attempt.
    var initial: Duration

    /// What the wait is multiplied with after each attempt.
    var multiplier: Double

    /// The longest wait.
    package var maximum: Duration

    /// How much of the wait is left to chance, up or down.
    var jitter = 0.2

    /// How many attempts are made, the first included.
    var attempts = Int.max

    /// How long attempts are made, counted from the first; where calls wait for something, from the first that failed.
    var elapsed: Duration?

    /// Whether an attempt that took too long is made again.
    var retriesDeadline = false

    /// Whether a cancellation that came from elsewhere, such as a server that shuts down, is made good.
    var retriesCancelled = false

    /// Polls of a worker: it has nothing else to do than to try again.
    package static let taskPoll = CallRetry(
        initial: .milliseconds(200),
        multiplier: 2,
        maximum: .seconds(10),
        retriesDeadline: true,
        retriesCancelled: true
    )

    /// Polls of a user: they outlast a restart of the server, but not a server that is gone.
    static let userPoll = CallRetry(
        initial: .milliseconds(200),
        multiplier: 2,
        maximum: .seconds(10),
        elapsed: .seconds(60),
        retriesDeadline: true,
        retriesCancelled: true
    )

    /// Calls that a server refuses because it has too much to do.
    static let throttled = CallRetry(initial: .seconds(1), multiplier: 2, maximum: .seconds(10))

    /// How long to wait before the next attempt.
    ///
    /// - Parameters:
    ///   - error: Why the last attempt failed.
    ///   - attempt: The number of the last attempt, from 1.
    ///   - elapsed: How long attempts have been made or, where calls wait for something, have failed.
    ///   - random: A number from 0 up to, but not including, 1.
    /// - Returns: The wait, or `nil` if the error is final.
    package func wait(after error: RPCError, attempt: Int, elapsed: Duration, random: Double) -> Duration? {
        guard attempt < attempts, isRetryable(error) else { return nil }
        var wait = interval(attempt: attempt, random: random)
        if error.code == .resourceExhausted {
            wait = max(wait, Self.throttled.interval(attempt: attempt, random: random))
        }
        // A wait that ends after the limit could not be followed by an attempt.
        if let limit = self.elapsed, elapsed + wait > limit { return nil }
        return wait
    }

    private func interval(attempt: Int, random: Double) -> Duration {
        var wait = initial
        for _ in 1..<max(attempt, 1) where wait < maximum {
            wait = wait * multiplier
        }
        return min(wait, maximum) * (1 + jitter * (2 * random - 1))
    }

    private func isRetryable(_ error: RPCError) -> Bool {
        switch error.code {
        case .dataLoss, .internalError, .unknown, .aborted, .outOfRange, .unavailable:
            true
        case .resourceExhausted:
            !isMessageTooLarge(error)
        case .deadlineExceeded:
            retriesDeadline
        case .cancelled:
            retriesCancelled
        case .invalidArgument, .notFound, .alreadyExists, .permissionDenied, .failedPrecondition, .unimplemented,
            .unauthenticated:
            false
        }
    }
}

/// Whether a call failed because its request or response is larger than one side takes, which no retry mends.
///
/// gRPC has no code of its own for it, only these texts.
package func isMessageTooLarge(_ error: RPCError) -> Bool {
    guard error.code == .resourceExhausted else { return false }
    // Go's server and client, Java's, and grpc-swift's.
    return ["larger than max", "exceeds maximum size", "maximum payload size"].contains { error.message.contains($0) }
}
