import SwiftProtobuf
import TemporalAPI

extension APIFailure {
    /// The failure of an attempt as it is kept while another one follows: whole if it is short, as on the server.
    var keptForRetry: APIFailure {
        guard Limits.size(of: self) > Limits.retriedFailure else { return self }
        return .with {
            $0.message = "Failure exceeds size limit."
            $0.serverFailureInfo = .init()
            $0.cause = truncated(to: Limits.retriedFailure)
        }
    }

    /// The words of the failure and of its causes, as far as a number of bytes reaches, and whether it may be tried again.
    private func truncated(to limit: Int) -> APIFailure {
        var short = APIFailure()
        short.source = source
        switch failureInfo {
        case .applicationFailureInfo(let info):
            short.applicationFailureInfo.type = info.type
            short.applicationFailureInfo.nonRetryable = info.nonRetryable
        case .serverFailureInfo(let info):
            short.serverFailureInfo.nonRetryable = info.nonRetryable
        default:
            break
        }
        short.message = message.prefix(bytes: limit)
        guard short.message == message else { return short }
        var rest = limit - message.utf8.count
        short.stackTrace = stackTrace.prefix(bytes: rest)
        guard short.stackTrace == stackTrace else { return short }
        rest -= stackTrace.utf8.count
        if hasCause { short.cause = cause.truncated(to: rest) }
        return short
    }
}

extension String {
    /// What fits into a number of bytes, without a part of a character.
    fileprivate func prefix(bytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: limit)
        while end > startIndex, Index(end, within: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}
