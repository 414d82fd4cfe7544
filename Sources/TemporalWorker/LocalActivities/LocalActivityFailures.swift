import Temporal
import TemporalAPI

/// The failures of local activities as workflows see them: what went wrong, inside the activity that it went wrong in.
extension APIFailure {
    private static func localActivity(
        _ message: String,
        type: String,
        id: String,
        retryState: APIRetryState,
        cause: APIFailure
    ) -> APIFailure {
        var failure = APIFailure()
        failure.message = message
        failure.activityFailureInfo.activityType.name = type
        failure.activityFailureInfo.activityID = id
        failure.activityFailureInfo.retryState = retryState
        failure.cause = cause
        return failure
    }

    /// The code failed, and is not tried again.
    static func localActivityFailed(
        type: String,
        id: String,
        retryState: APIRetryState,
        cause: APIFailure
    ) -> APIFailure {
        localActivity("Local Activity failed", type: type, id: id, retryState: retryState, cause: cause)
    }

    /// The workflow asked for its cancellation.
    static func localActivityCancelled(type: String, id: String, details: APIPayloads? = nil) -> APIFailure {
        var cause = APIFailure()
        cause.message = "Cancelled"
        cause.canceledFailureInfo = .init()
        if let details { cause.canceledFailureInfo.details = details }
        return localActivity(
            "Local Activity cancelled",
            type: type,
            id: id,
            retryState: .cancelRequested,
            cause: cause
        )
    }

    /// One of its timeouts ran out.
    static func localActivityTimedOut(
        type: String,
        id: String,
        retryState: APIRetryState,
        cause: APIFailure
    ) -> APIFailure {
        localActivity("Local Activity timed out", type: type, id: id, retryState: retryState, cause: cause)
    }

    /// A timeout of an attempt.
    static func localActivityTimeout(_ kind: APITimeoutType) -> APIFailure {
        var failure = APIFailure()
        failure.message = "Activity timed out"
        failure.timeoutFailureInfo.timeoutType = kind
        return failure
    }
}
