import Foundation
import SwiftProtobuf
import TemporalAPI
import Testing

@testable import TemporalTestServer

/// The size of a message is that of its binary form.
@Suite struct MessageSizeTests {
    private func check(_ message: some Message) throws {
        let bytes: [UInt8] = try message.serializedBytes()
        #expect(MessageSize.of(message) == bytes.count, "\(message)")
    }

    @Test func `fields of every kind are measured`() throws {
        try check(APIHistoryEvent())
        for number in [0, 1, 127, 128, 16383, 16384, Int64.max, -1, .min] {
            try check(APIHistoryEvent.with { $0.eventID = number })
        }
        try check(
            APIHistoryEvent.with {
                $0.eventID = 300
                $0.eventTime = .init(seconds: 1_700_000_000, nanos: 5)
                $0.eventType = .workflowTaskCompleted
                $0.workflowTaskCompletedEventAttributes.identity = String(repeating: "ü", count: 200)
                $0.workflowTaskCompletedEventAttributes.sdkMetadata.langUsedFlags = [1, 300, .max]
                $0.workflowTaskCompletedEventAttributes.sdkMetadata.coreUsedFlags = []
            }
        )
        try check(
            APIHistoryEvent.with {
                $0.eventType = .workflowExecutionStarted
                $0.workflowExecutionStartedEventAttributes.input.payloads = [
                    .with {
                        $0.metadata = ["encoding": Data("json/plain".utf8), "": Data()]
                        $0.data = Data(repeating: 7, count: 70_000)
                    }, APIPayload(),
                ]
                $0.workflowExecutionStartedEventAttributes.header.fields = [
                    "a": APIPayload(), "b": .with { $0.data = Data([1]) },
                ]
                $0.workflowExecutionStartedEventAttributes.retryPolicy.backoffCoefficient = 2
                $0.workflowExecutionStartedEventAttributes.retryPolicy.nonRetryableErrorTypes = ["x", ""]
                $0.workflowExecutionStartedEventAttributes.priority.fairnessWeight = 0.5
            }
        )
        try check(APIFailure.with { failure in failure.cause = .with { $0.cause = .with { $0.message = "deep" } } })
    }
}
