import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Whether, and after how long, a local activity is tried again.
enum LocalActivityRetry: Sendable, Equatable {
    /// Try again after a wait.
    case after(Duration)
    /// Do not try again, for this reason.
    case never(APIRetryState)

    /// Decides on an attempt that failed or took too long.
    ///
    /// - Parameters:
    ///   - failure: How the attempt failed.
    ///   - attempt: Its number, from 1.
    ///   - policy: The policy of the call.
    ///   - remaining: How long is left for all attempts; `nil` for no limit.
    static func decide(
        _ failure: APIFailure,
        attempt: Int,
        policy: RetryPolicy,
        remaining: Duration?
    ) -> LocalActivityRetry {
        let application = failure.applicationFailureInfo
        if case .applicationFailureInfo = failure.failureInfo {
            if application.nonRetryable { return .never(.nonRetryableFailure) }
            if policy.nonRetryableErrorTypes.contains(where: { $0.lowercased() == application.type.lowercased() }) {
                return .never(.nonRetryableFailure)
            }
        }
        if policy.maximumAttempts > 0, attempt >= policy.maximumAttempts { return .never(.maximumAttemptsReached) }
        let delay = application.hasNextRetryDelay ? Duration(application.nextRetryDelay) : interval(attempt, policy)
        if let remaining, delay >= remaining { return .never(.timeout) }
        return .after(delay)
    }

    private static func interval(_ attempt: Int, _ policy: RetryPolicy) -> Duration {
        let longest = policy.maximumInterval ?? policy.initialInterval * 100
        let factor = pow(max(policy.backoffCoefficient, 1), Double(attempt - 1))
        let seconds = policy.initialInterval.timeInterval * factor
        // Compared as numbers first: far attempts are beyond what a duration can hold.
        return seconds < longest.timeInterval ? .seconds(seconds) : longest
    }
}
