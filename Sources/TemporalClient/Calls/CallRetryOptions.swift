/// How the client makes failed calls again that are answered at once. Calls that wait, such as for a result, go on for as
/// long as they are waited for, and have their own rules.
public struct CallRetryOptions: Sendable, Hashable {
    /// How long to wait before the second attempt. Default: 100 ms.
    public var initialInterval: Duration

    /// What the wait is multiplied with after each attempt. Default: 1.7.
    public var multiplier: Double

    /// The longest wait. Default: 5 s.
    public var maximumInterval: Duration

    /// How many attempts are made, the first included. Default: 10.
    public var maximumAttempts: Int

    /// How long attempts are made, counted from the first; `nil` for no limit. Default: 10 s.
    public var maximumElapsed: Duration?

    /// Describes retries.
    ///
    /// - Parameters:
    ///   - initialInterval: How long to wait before the second attempt.
    ///   - multiplier: What the wait is multiplied with after each attempt.
    ///   - maximumInterval: The longest wait.
    ///   - maximumAttempts: How many attempts are made, the first included.
    ///   - maximumElapsed: How long attempts are made; `nil` for no limit.
    public init(
        initialInterval: Duration = .milliseconds(100),
        multiplier: Double = 1.7,
        maximumInterval: Duration = .seconds(5),
        maximumAttempts: Int = 10,
        maximumElapsed: Duration? = .seconds(10)
    ) {
        self.initialInterval = initialInterval
        self.multiplier = multiplier
        self.maximumInterval = maximumInterval
        self.maximumAttempts = maximumAttempts
        self.maximumElapsed = maximumElapsed
    }

    /// The rules in the form that calls follow.
    var retry: CallRetry {
        CallRetry(
            initial: initialInterval,
            multiplier: multiplier,
            maximum: maximumInterval,
            attempts: maximumAttempts,
            elapsed: maximumElapsed
        )
    }
}
