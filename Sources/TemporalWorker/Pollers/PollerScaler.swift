import Temporal

/// How many polls of one queue are aimed at: a value that follows the advice of the service.
///
/// The rules are those of the other SDKs: the service's suggestions count, but more polls are made only while tasks come
/// at least as fast as a moment ago.
struct PollerScaler: Sendable, Equatable {
    /// How long tasks are counted before the counts are compared.
    static let period: Duration = .milliseconds(100)

    /// How much more must come in a period than in the last one for the number to rise.
    static let growth = 1.1

    /// The number of polls that is aimed at.
    private(set) var target: Int

    /// Whether the number changes at all.
    let isAutoscaling: Bool

    private let range: ClosedRange<Int>
    private var periodStart = Duration.zero
    private var taken = 0
    private var takenBefore = 0
    private var mayGrow = true
    private var hasSeenAdvice: Bool

    /// Starts with the number that the behaviour says.
    ///
    /// - Parameters:
    ///   - behavior: The limits.
    ///   - isAdvised: Whether the service is known to give advice.
    init(_ behavior: PollerBehavior, isAdvised: Bool = false) {
        self.isAutoscaling = behavior.isAutoscaling
        self.range = behavior.minimum...max(behavior.minimum, behavior.maximum)
        self.target = behavior.initial
        self.hasSeenAdvice = isAdvised
    }

    /// Whether tasks have come in quick succession, so that a poll should not linger long.
    func isBusy(at now: Duration) -> Bool {
        isAutoscaling && now - periodStart < Self.period && taken > 1
    }

    /// Takes note of an answer.
    ///
    /// - Parameters:
    ///   - isEmpty: Whether it held no task.
    ///   - advice: By how much the service would change the number of polls, if it says.
    ///   - now: The time since some moment.
    mutating func answered(isEmpty: Bool, advice: Int?, at now: Duration) {
        roll(to: now)
        if !isEmpty { taken += 1 }
        if let advice {
            hasSeenAdvice = true
            if advice < 0 || mayGrow { move(by: advice) }
        } else if isEmpty, hasSeenAdvice {
            move(by: -1)
        }
    }

    /// Takes note of a poll that failed.
    mutating func failed(_ code: RPCError.Code) {
        guard hasSeenAdvice else { return }
        switch code {
        case .resourceExhausted: move(by: target / 2 - target)
        case .cancelled, .deadlineExceeded: break
        default: move(by: -1)
        }
    }

    private mutating func move(by change: Int) {
        guard isAutoscaling else { return }
        target = min(range.upperBound, max(range.lowerBound, target + change))
    }

    private mutating func roll(to now: Duration) {
        // After two periods without a task nothing is left to compare with.
        var rounds = 0
        while now - periodStart >= Self.period {
            mayGrow = taken >= Int(Double(takenBefore) * Self.growth)
            takenBefore = taken
            taken = 0
            periodStart += Self.period
            rounds += 1
            if rounds == 3 { periodStart = now }
        }
    }
}
