import Temporal
import TemporalAPI
import TemporalClient

/// Whether an answer could not be sent for what is in it: the codecs fail, or it is larger than may be. Without its payloads
/// it can be sent.
func isUntellable(_ error: any Error) -> Bool {
    switch error {
    case is PayloadCodecError, is PayloadsTooLargeError: true
    case let error as RPCError: isMessageTooLarge(error)
    default: false
    }
}

extension APIFailure {
    /// The failure without anything that a codec works on or that may be large, and with a note of that, for where it cannot
    /// be sent as it is.
    var bare: APIFailure {
        var failure = stripped
        failure.message += " (Without details, which could not be sent.)"
        return failure
    }

    private var stripped: APIFailure {
        var failure = self
        failure.clearEncodedAttributes()
        failure.message = String(message.prefix(4096))
        failure.stackTrace = String(stackTrace.prefix(4096))
        switch failureInfo {
        case .applicationFailureInfo: failure.applicationFailureInfo.clearDetails()
        case .canceledFailureInfo: failure.canceledFailureInfo.clearDetails()
        case .timeoutFailureInfo: failure.timeoutFailureInfo.clearLastHeartbeatDetails()
        case .resetWorkflowFailureInfo: failure.resetWorkflowFailureInfo.clearLastHeartbeatDetails()
        default: break
        }
        if hasCause { failure.cause = cause.stripped }
        return failure
    }
}
