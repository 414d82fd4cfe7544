import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@Suite struct FailureConverterTests {
    private let converter = FailureConverter()

    private static let details = [
        Payload(encoding: "json/plain", data: Data("1".utf8)),
        Payload(encoding: "binary/null", data: Data()),
    ]

    // MARK: Round trips

    /// Errors with every field set.
    static let errors: [any TemporalError] = [
        ApplicationError(
            "broken",
            type: "Broken",
            nonRetryable: true,
            details: details,
            nextRetryDelay: .milliseconds(1500),
            category: .benign
        ),
        ApplicationError("plain"),
        CancelledError("stop", details: details),
        TimeoutError("late", kind: .heartbeat, lastHeartbeatDetails: details),
        TimeoutError(kind: .unspecified),
        TimeoutError(kind: .startToClose),
        TimeoutError(kind: .scheduleToStart),
        TimeoutError(kind: .scheduleToClose),
        TerminatedError("killed"),
        ServerError("down", nonRetryable: true),
        ActivityError(
            "activity broke",
            activityType: "getRoute",
            activityID: "5",
            retryState: .maximumAttemptsReached,
            identity: "worker@host",
            scheduledEventID: 5,
            startedEventID: 6,
            cause: nil
        ),
        ChildWorkflowError(
            "child broke",
            namespace: "default",
            workflowID: "w",
            runID: "r",
            workflowType: "Child",
            retryState: .retryPolicyNotSet,
            cause: nil
        ),
    ]

    @Test(arguments: errors.indices)
    func `Every error comes back as it went`(_ index: Int) throws {
        let error = Self.errors[index]
        let failure = converter.failure(error)
        let back = converter.error(try APIFailure(serializedBytes: failure.serializedBytes() as Data))
        #expect(type(of: back) == type(of: error))
        #expect(properties(back) == properties(error))
        #expect(failure.source == "SwiftSDK")
    }

    @Test(
        arguments: [
            .unspecified, .inProgress, .nonRetryableFailure, .timeout, .maximumAttemptsReached, .retryPolicyNotSet,
            .internalServerError, .cancelRequested,
        ] as [RetryState]
    )
    func `Every retry state comes back`(_ state: RetryState) throws {
        let error = ActivityError(activityType: "a", activityID: "1", retryState: state, cause: nil)
        let back = try #require(converter.error(converter.failure(error)) as? ActivityError)
        #expect(back.retryState == state)
    }

    @Test func `The chain of causes comes back, whatever it consists of`() throws {
        var error: (any Error)?
        for next in Self.errors { error = with(next, cause: error) }
        let failure = converter.failure(try #require(error))
        let back = converter.error(try APIFailure(serializedBytes: failure.serializedBytes() as Data))
        var level: (any Error)? = back
        for expected in Self.errors.reversed() {
            let current = try #require(level as? any TemporalError)
            #expect(type(of: current) == type(of: expected))
            #expect(current.message == expected.message)
            level = current.cause
        }
        #expect(level == nil)
    }

    @Test func `The stack trace comes back`() throws {
        var error = ApplicationError("broken")
        error.stackTrace = "at Broken.swift:1"
        let back = try #require(converter.error(converter.failure(error)) as? ApplicationError)
        #expect(back.stackTrace == "at Broken.swift:1")
    }

    @Test func `A category of a later version is kept`() throws {
        var failure = APIFailure()
        failure.applicationFailureInfo.category = .UNRECOGNIZED(7)
        let error = converter.error(failure)
        #expect(converter.failure(error).applicationFailureInfo.category == .UNRECOGNIZED(7))
    }

    // MARK: Errors of Swift

    struct Plain: Error {
        var code = 7
    }

    struct Described: Error, CustomStringConvertible {
        let description = "It is described."
    }

    struct Localized: LocalizedError {
        var errorDescription: String?
    }

    enum Nested {
        enum Failed: Error { case badly(at: Int) }
    }

    @Test func `Another error is an application failure with its type and its description`() throws {
        func info(_ error: any Error) -> [String] {
            let failure = converter.failure(error)
            #expect(!failure.applicationFailureInfo.nonRetryable)
            #expect(!failure.hasCause)
            return [failure.applicationFailureInfo.type, failure.message]
        }
        #expect(info(Plain()) == ["Plain", "Plain(code: 7)"])
        #expect(info(Described()) == ["Described", "It is described."])
        #expect(info(Localized(errorDescription: "It is localized.")) == ["Localized", "It is localized."])
        #expect(info(Localized()) == ["Localized", "Localized(errorDescription: nil)"])
        #expect(info(Nested.Failed.badly(at: 1)) == ["Failed", "badly(at: 1)"])
        #expect(info(PayloadConversionError("No value.", cause: Plain())) == ["PayloadConversionError", "No value."])
        let decoding = DecodingError.valueNotFound(Int.self, .init(codingPath: [], debugDescription: "Nothing there."))
        #expect(info(decoding)[0] == "DecodingError")
    }

    @Test func `Another error comes back as an application error`() throws {
        let back = try #require(converter.error(converter.failure(Plain())) as? ApplicationError)
        #expect(back.type == "Plain")
        #expect(back.message == "Plain(code: 7)")
    }

    @Test func `Another error may be a cause`() throws {
        let error = ApplicationError("outer", cause: Plain())
        let back = try #require(converter.error(converter.failure(error)) as? ApplicationError)
        #expect((back.cause as? ApplicationError)?.type == "Plain")
    }

    @Test func `A cancellation of Swift is one of Temporal`() throws {
        let failure = converter.failure(CancellationError())
        guard case .canceledFailureInfo? = failure.failureInfo else {
            Issue.record("The failure is \(failure).")
            return
        }
        #expect(failure.message == "Cancelled")
        #expect(isCancellation(converter.error(failure)))
    }

    private struct Own: TemporalError {
        let message = "own"
        let cause: (any Error)?
        let stackTrace = "somewhere"
    }

    @Test func `An error that conforms to TemporalError keeps its texts and its cause`() {
        let failure = converter.failure(Own(cause: TimeoutError(kind: .heartbeat)))
        #expect(failure.message == "own")
        #expect(failure.stackTrace == "somewhere")
        #expect(failure.applicationFailureInfo.type == "Own")
        #expect(failure.cause.timeoutFailureInfo.timeoutType == .heartbeat)
    }

    // MARK: Failures of others

    @Test(
        arguments: [
            (.applicationFailureInfo(.init()), "Application error"),
            (.timeoutFailureInfo(.init()), "Timeout"),
            (.canceledFailureInfo(.init()), "Cancelled"),
            (.terminatedFailureInfo(.init()), "Terminated"),
            (.serverFailureInfo(.init()), "Server error"),
            (.activityFailureInfo(.init()), "Activity error"),
            (.childWorkflowExecutionFailureInfo(.init()), "Child workflow error"),
        ] as [(APIFailure.OneOf_FailureInfo, String)]
    )
    func `A failure without a message has the message of its kind`(_ info: APIFailure.OneOf_FailureInfo, _ text: String)
    {
        #expect(converter.error(.with { $0.failureInfo = info }).message == text)
        #expect(
            converter.error(
                .with {
                    $0.failureInfo = info
                    $0.message = "of its own"
                }
            ).message == "of its own"
        )
    }

    @Test func `A failure of a kind that is not modelled is kept as it is`() throws {
        let kinds: [APIFailure.OneOf_FailureInfo?] = [
            .resetWorkflowFailureInfo(.with { $0.lastHeartbeatDetails = APIPayloads(Self.details) }),
            nil,
        ]
        for kind in kinds {
            let failure = APIFailure.with {
                $0.message = "new"
                $0.source = "GoSDK"
                $0.stackTrace = "trace"
                $0.failureInfo = kind
                $0.cause = .with { $0.timeoutFailureInfo.timeoutType = .heartbeat }
            }
            let error = converter.error(failure)
            #expect(error.message == "new")
            #expect(error.stackTrace == "trace")
            #expect((error.cause as? TimeoutError)?.kind == .heartbeat)
            #expect(converter.failure(error) == failure)
            let wrapped = converter.failure(ApplicationError("outer", cause: error))
            #expect(wrapped.cause == failure)
        }
    }

    @Test func `A failure of a later version is kept with its unknown fields`() throws {
        // Field 99, a text: nothing in this version.
        let known: Data = try APIFailure.with { $0.message = "later" }.serializedBytes()
        let bytes = known + Data([0x9a, 0x06, 0x01, 0x78])
        let failure = try APIFailure(serializedBytes: bytes)
        let back = converter.failure(converter.error(failure))
        #expect(try back.serializedBytes() as Data == bytes)
    }

    @Test func `Texts in plain encoded attributes are read`() throws {
        func failure(_ encoding: String, _ json: String) -> APIFailure {
            .with {
                $0.message = "Encoded failure"
                $0.stackTrace = "outer"
                $0.applicationFailureInfo.type = "Broken"
                $0.encodedAttributes = Payload(encoding: encoding, data: Data(json.utf8)).proto
            }
        }
        let plain = converter.error(failure("json/plain", #"{"message":"secret","stack_trace":"trace"}"#))
        #expect(plain.message == "secret")
        #expect(plain.stackTrace == "trace")
        let partial = converter.error(failure("json/plain", #"{"message":"secret"}"#))
        #expect(partial.message == "secret")
        #expect(partial.stackTrace == "outer")
        for unreadable in [failure("binary/encrypted", "{}"), failure("json/plain", "[]"), failure("json/plain", "")] {
            #expect(converter.error(unreadable).message == "Encoded failure")
        }
    }

    @Test func `Texts in encoded attributes are read in the whole chain`() throws {
        let failure = APIFailure.with {
            $0.message = "outer"
            $0.activityFailureInfo.activityID = "1"
            $0.cause.message = "Encoded failure"
            $0.cause.applicationFailureInfo.type = "Broken"
            $0.cause.encodedAttributes =
                Payload(encoding: "json/plain", data: Data(#"{"message":"secret","stack_trace":""}"#.utf8)).proto
        }
        let error = try #require(converter.error(failure) as? ActivityError)
        #expect((error.cause as? ApplicationError)?.message == "secret")
    }

    // MARK: Garbage

    @Test func `Whatever the bytes, a failure is an error and an error is a failure`() throws {
        var generator = Mutations(seed: 42)
        var chain: (any Error)?
        for next in Self.errors { chain = with(next, cause: chain) }
        let seeds = try (Self.errors + [try #require(chain)]).map {
            [UInt8](try converter.failure($0).serializedBytes() as Data)
        }
        var parsed = 0
        for round in 0..<10_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0...Int.random(in: 0..<3, using: &generator) { mutate(&bytes, &generator) }
            guard let failure = try? APIFailure(serializedBytes: bytes) else { continue }
            parsed += 1
            let error = converter.error(failure)
            _ = error.description
            _ = isCancellation(error)
            let again = converter.error(converter.failure(error))
            #expect(again.message == error.message)
            #expect(type(of: again) == type(of: error))
        }
        // The mutations must leave enough that can be read, or nothing was tested.
        #expect(parsed > 1_000)
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout Mutations) {
        guard !bytes.isEmpty else { return bytes.append(.random(in: 0...255, using: &generator)) }
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes[index] = .random(in: 0...255, using: &generator)
        case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: bytes.insert(.random(in: 0...255, using: &generator), at: index)
        case 3: bytes.remove(at: index)
        default: bytes += bytes[index...]
        }
    }

    /// A generator that repeats itself, so that a crash can be repeated.
    private struct Mutations: RandomNumberGenerator {
        var seed: UInt64

        mutating func next() -> UInt64 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (seed ^ seed >> 33) &* 0xff51_afd7_ed55_8ccd
        }
    }

    // MARK: Helpers

    /// All properties of an error, payloads by their content.
    private func properties(_ error: any TemporalError) -> [String] {
        Mirror(reflecting: error).children.map { child in
            let payloads = (child.value as? [Payload])?.map { "\($0.encoding) \($0.data.base64EncodedString())" }
            return "\(child.label ?? "") = \(payloads ?? ["\(child.value)"])"
        }
    }

    private func with(_ error: any TemporalError, cause: (any Error)?) -> any TemporalError {
        func set<Value: TemporalError>(_ value: Value, _ path: WritableKeyPath<Value, (any Error)?>)
            -> any TemporalError
        {
            var value = value
            value[keyPath: path] = cause
            return value
        }
        switch error {
        case let error as ApplicationError: return set(error, \.cause)
        case let error as CancelledError: return set(error, \.cause)
        case let error as TimeoutError: return set(error, \.cause)
        case let error as TerminatedError: return set(error, \.cause)
        case let error as ServerError: return set(error, \.cause)
        case let error as ActivityError: return set(error, \.cause)
        case let error as ChildWorkflowError: return set(error, \.cause)
        default: return error
        }
    }
}
