import Foundation
import SwiftProtobuf
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// What is kept of the failure of an attempt while another one follows.
@Suite struct RetriedFailureTests {
    private func failure(_ message: String, stackTrace: String = "") -> APIFailure {
        .with {
            $0.message = message
            $0.source = "worker"
            $0.stackTrace = stackTrace
            $0.applicationFailureInfo.type = "Broken"
            $0.applicationFailureInfo.nonRetryable = true
            $0.applicationFailureInfo.details.payloads = [.with { $0.data = Data(count: 10) }]
        }
    }

    @Test func `a short one is kept whole`() {
        let short = failure("no", stackTrace: "here")
        #expect(short.keptForRetry == short)
    }

    @Test func `of a long one the words are kept, as far as they fit`() {
        var long = failure("no", stackTrace: String(repeating: "x", count: 3000))
        long.cause = failure(String(repeating: "ä", count: 1000))
        let kept = long.keptForRetry
        #expect(kept.message == "Failure exceeds size limit.")
        #expect(kept.failureInfo == .serverFailureInfo(.init()))
        #expect(kept.cause.message == "no" && kept.cause.source == "worker")
        #expect(kept.cause.stackTrace == long.stackTrace)
        #expect(kept.cause.applicationFailureInfo.type == "Broken" && kept.cause.applicationFailureInfo.nonRetryable)
        #expect(!kept.cause.applicationFailureInfo.hasDetails)
        // 1,094 bytes were left, and a letter of two bytes is not cut.
        #expect(kept.cause.cause.message == String(repeating: "ä", count: 547))
        #expect(Limits.size(of: kept) < Limits.retriedFailure + 200)
    }

    @Test func `a message that is too long leaves no place for more`() {
        var long = failure("a" + String(repeating: "ä", count: 5000), stackTrace: "here")
        long.cause = failure("why")
        let kept = long.keptForRetry.cause
        #expect(kept.message.utf8.count == 4095)
        #expect(kept.stackTrace.isEmpty && !kept.hasCause)
    }
}
