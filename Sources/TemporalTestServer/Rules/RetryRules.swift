import Foundation
import TemporalAPI

/// The server's rules of whether and when something is tried again.
enum RetryRules {
    /// What happens after a failure.
    enum Decision: Equatable {
        case retry(after: Span)
        case stop(APIRetryState)
    }

    /// Fills in what a retry policy leaves open: first interval 1 s, coefficient 2, longest interval 100 times the
    /// first, no limit on attempts.
    static func withDefaults(_ policy: APIRetryPolicy) -> APIRetryPolicy {
        var policy = policy
        if Span(policy.initialInterval) == .zero { policy.initialInterval = Span.seconds(1).proto }
        if Span(policy.maximumInterval) == .zero {
            let first = Span(policy.initialInterval).nanoseconds
            let (longest, overflow) = first.multipliedReportingOverflow(by: 100)
            policy.maximumInterval = Span(nanoseconds: overflow ? .max : longest).proto
        }
        if policy.backoffCoefficient == 0 { policy.backoffCoefficient = 2 }
        return policy
    }

    /// What is wrong with a retry policy, in the server's words; `nil` if nothing is.
    static func problem(with policy: APIRetryPolicy) -> String? {
        if policy.maximumAttempts == 1 { return nil }
        if let problem = policy.initialInterval.problem {
            return "invalid InitialInterval set on retry policy: \(problem)"
        }
        if policy.backoffCoefficient < 1 { return "BackoffCoefficient cannot be less than 1 on retry policy." }
        if let problem = policy.maximumInterval.problem {
            return "invalid MaximumInterval set on retry policy: \(problem)"
        }
        if Span(policy.maximumInterval) > .zero, Span(policy.maximumInterval) < Span(policy.initialInterval) {
            return "MaximumInterval cannot be less than InitialInterval on retry policy."
        }
        if policy.maximumAttempts < 0 { return "MaximumAttempts cannot be negative on retry policy." }
        for type in policy.nonRetryableErrorTypes where type.hasPrefix(timeoutPrefix) {
            let name = String(type.dropFirst(timeoutPrefix.count))
            guard timeoutTypes.contains(name) else { return "Invalid timeout type value: \(name)." }
        }
        return nil
    }

    /// What a time-out is called among the types that are not retried, before its kind.
    private static let timeoutPrefix = "TemporalTimeout:"

    /// The kinds of time-outs, in both spellings that the server knows.
    private static let timeoutTypes: Set<String> = [
        "Unspecified", "StartToClose", "ScheduleToStart", "ScheduleToClose", "Heartbeat", "TIMEOUT_TYPE_UNSPECIFIED",
        "TIMEOUT_TYPE_START_TO_CLOSE", "TIMEOUT_TYPE_SCHEDULE_TO_START", "TIMEOUT_TYPE_SCHEDULE_TO_CLOSE",
        "TIMEOUT_TYPE_HEARTBEAT",
    ]

    /// Decides what follows on a failed attempt.
    ///
    /// - Parameters:
    ///   - policy: The retry policy, with nothing left open.
    ///   - attempt: The number of the attempt that failed; the first is 1.
    ///   - failure: Why it failed.
    ///   - now: The moment of the failure.
    ///   - expiration: When all attempts must be over; `nil` for never.
    ///   - takesAnyDelay: Whether the delay that a failure asks for may be longer than the policy lets attempts wait: so it
    ///     is for activities, not for workflows.
    static func decide(
        policy: APIRetryPolicy,
        attempt: Int32,
        failure: APIFailure,
        now: Moment,
        expiration: Moment?,
        takesAnyDelay: Bool
    ) -> Decision {
        guard isRetryable(failure, except: policy.nonRetryableErrorTypes) else { return .stop(.nonRetryableFailure) }
        if policy.maximumAttempts > 0, attempt >= policy.maximumAttempts { return .stop(.maximumAttemptsReached) }
        let next: Span?
        if case .applicationFailureInfo(let info) = failure.failureInfo, info.hasNextRetryDelay {
            let delay = Span(info.nextRetryDelay)
            next = bounded(delay, by: takesAnyDelay ? delay : Span(policy.maximumInterval))
        } else {
            next = Self.interval(after: attempt, policy)
        }
        guard let interval = next else { return .stop(.timeout) }
        if let expiration, now + interval > expiration { return .stop(.timeout) }
        return .retry(after: interval)
    }

    /// How long a policy waits after an attempt; `nil` if it has no time at all.
    ///
    /// - Parameters:
    ///   - attempt: The number of the attempt that failed; the first is 1.
    ///   - policy: The retry policy.
    static func interval(after attempt: Int32, _ policy: APIRetryPolicy) -> Span? {
        let computed =
            Double(Span(policy.initialInterval).nanoseconds) * pow(policy.backoffCoefficient, Double(attempt - 1))
        // What is no number counts as too long, and less than nothing as nothing.
        let capped = computed < 9e18 ? Span(nanoseconds: Int64(max(computed, 0))) : Span(nanoseconds: .max)
        return bounded(capped, by: Span(policy.maximumInterval))
    }

    /// A wait that is no longer than the longest, which also stands for no wait at all; `nil` if there is neither.
    private static func bounded(_ interval: Span, by longest: Span) -> Span? {
        if longest == .zero, interval <= .zero { return nil }
        return longest > .zero && (interval <= .zero || interval > longest) ? longest : interval
    }

    /// Whether a failure is of a kind that is tried again.
    static func isRetryable(_ failure: APIFailure, except types: [String]) -> Bool {
        switch failure.failureInfo {
        case .terminatedFailureInfo, .canceledFailureInfo:
            return false
        case .timeoutFailureInfo(let info):
            switch info.timeoutType {
            case .startToClose: return !types.contains("TemporalTimeout:StartToClose")
            case .heartbeat: return !types.contains("TemporalTimeout:Heartbeat")
            default: return false
            }
        case .serverFailureInfo(let info):
            return !info.nonRetryable
        case .applicationFailureInfo(let info):
            return !info.nonRetryable && !types.contains(info.type)
        default:
            return true
        }
    }
}
