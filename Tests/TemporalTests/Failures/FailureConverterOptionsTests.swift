import Foundation
import Temporal
import TemporalAPI
import Testing

/// What an author can change of how errors become failures.
@Suite struct FailureConverterOptionsTests {
    @Test func `texts of a whole chain are stored encoded, and come back`() throws {
        let converter = FailureConverter(encodesCommonAttributes: true)
        let error = ActivityError(
            "outer secret",
            activityType: "pay",
            activityID: "1",
            cause: ApplicationError("inner secret", type: "Broke", fileID: "Shop/Secret.swift", line: 3)
        )
        let failure = converter.failure(error)
        for link in [failure, failure.cause] {
            #expect(link.message == "Encoded failure")
            #expect(link.stackTrace == "")
            #expect(Payload(link.encodedAttributes).encoding == "json/plain")
        }
        #expect(failure.cause.applicationFailureInfo.type == "Broke")
        let texts = String(decoding: failure.cause.encodedAttributes.data, as: UTF8.self)
        #expect(texts == #"{"message":"inner secret","stack_trace":"Shop/Secret.swift:3"}"#)
        // Any converter reads them, whether it writes them this way or not.
        let back = try #require(FailureConverter().error(failure) as? ActivityError)
        let cause = try #require(back.cause as? ApplicationError)
        #expect(back.message == "outer secret")
        #expect(cause.message == "inner secret")
        #expect(cause.stackTrace == "Shop/Secret.swift:3")
        #expect(converter.failure(back) == failure)
    }

    @Test func `one's own errors become what one says, and come back as themselves`() throws {
        let converter = FailureConverter(
            encoding: { error in
                guard let error = error as? OutOfStock else { return nil }
                return ApplicationError("Out of \(error.item)", type: "OutOfStock", nonRetryable: true)
            },
            decoding: { error in
                guard let error = error as? ApplicationError, error.type == "OutOfStock" else { return error }
                return StockError(message: error.message)
            }
        )
        let failure = converter.failure(ApplicationError("order", cause: OutOfStock(item: "tea")))
        #expect(failure.cause.message == "Out of tea")
        #expect(failure.cause.applicationFailureInfo.nonRetryable)
        let back = converter.error(failure)
        #expect((back as? ApplicationError)?.cause is StockError)
        // What the closures leave alone follows the standard rules.
        #expect(converter.failure(TerminatedError()).failureInfo == .terminatedFailureInfo(.init()))
    }

    @Test func `errors of Nexus keep what they know`() throws {
        let converter = FailureConverter()
        let failure = converter.failure(
            NexusOperationError(
                endpoint: "shop",
                service: "Stock",
                operation: "take",
                operationToken: "t",
                scheduledEventID: 5,
                cause: NexusHandlerError(type: "BAD_REQUEST", retryBehavior: .nonRetryable)
            )
        )
        #expect(failure.message == "Nexus operation error")
        #expect(failure.nexusOperationExecutionFailureInfo.service == "Stock")
        #expect(failure.cause.message == "Nexus handler error")
        let back = try #require(converter.error(failure) as? NexusOperationError)
        let cause = try #require(back.cause as? NexusHandlerError)
        #expect(back.endpoint == "shop" && back.operation == "take" && back.operationToken == "t")
        #expect(back.scheduledEventID == 5)
        #expect(cause.type == "BAD_REQUEST" && cause.retryBehavior == .nonRetryable)
        let cancelled = NexusOperationError(endpoint: "", service: "", operation: "", cause: CancelledError())
        #expect(isCancellation(cancelled))
    }

    @Test func `an error says where it was made and what it was made with`() throws {
        let error = ApplicationError("here")
        #expect(error.stackTrace == "TemporalTests/FailureConverterOptionsTests.swift:\(#line - 1)")
        let failure = FailureConverter().failure(error)
        #expect(failure.stackTrace == error.stackTrace)
        #expect(failure.source == "SwiftSDK")
        var foreign = failure
        foreign.source = "GoSDK"
        #expect(FailureConverter().error(foreign).source == "GoSDK")
        #expect(FailureConverter().failure(FailureConverter().error(foreign)).source == "GoSDK")
    }

    @Test func `details are read by position and type`() throws {
        let details = [try PayloadConverter().encode("tea"), try PayloadConverter().encode(3)]
        let error = ApplicationError("no", details: details)
        #expect(try error.detail(as: String.self) == "tea")
        #expect(try error.detail(1, as: Int.self) == 3)
        #expect(try error.detail(2, as: Int.self) == nil)
        #expect(throws: PayloadConversionError.self) { try error.detail(0, as: Int.self) }
    }

    @Test func `rules say which errors fail a workflow`() {
        let rules: [WorkflowFailureRule] = [.type(OutOfStock.self), .matching { ($0 as? Code)?.number == 4 }]
        func applies(_ error: any Error) -> Bool { rules.contains { $0.applies(to: error) } }
        #expect(applies(OutOfStock(item: "tea")))
        #expect(applies(Code(number: 4)))
        #expect(!applies(Code(number: 5)))
        #expect(rules.map(\.includesNondeterminism) == [false, false])
        #expect(WorkflowFailureRule.nondeterminism.includesNondeterminism)
        #expect(!WorkflowFailureRule.nondeterminism.applies(to: Code(number: 4)))
        #expect(WorkflowFailureRule.allErrors.applies(to: Code(number: 5)))
    }
}

private struct OutOfStock: Error { var item: String }
private struct Code: Error { var number: Int }

private struct StockError: TemporalError {
    var message: String
    var cause: (any Error)? { nil }
    var stackTrace: String { "" }
}
