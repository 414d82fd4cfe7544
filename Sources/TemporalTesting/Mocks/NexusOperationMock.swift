import Synchronization
public import Temporal
import TemporalWorker

/// One call of a mocked Nexus operation.
struct MockedOperation: Sendable {
    let info: NexusOperationInfo
    let input: Payload?
    let converter: PayloadConverter
    let definition: NexusOperationDefinition?

    /// The arguments, to be read one after the other.
    var arguments: ArgumentReader {
        ArgumentReader(
            input.map { [$0] } ?? [],
            converter: converter,
            of: "Nexus operation '\(info.service)/\(info.operation)'"
        )
    }
}

/// What a mocked operation does in one call.
enum MockedOperationAnswer: Sendable {
    /// It ends while its caller waits.
    case now(@Sendable () async throws -> NexusOperationResult<Payload>)
    /// It goes on, and ends after a time, or not by itself.
    case later(after: Duration?, @Sendable () throws -> Payload)
}

/// What is expected of a mocked operation.
typealias NexusExpectation = MockExpectation<MockedOperation, @Sendable (MockedOperation) -> MockedOperationAnswer>

/// Stands in for a Nexus operation in a test.
///
/// It is called where a worker would call the operation's code: retries, timeouts, cancellations and conversion of values
/// are those of the service and the worker. Every attempt to start the operation is a call.
public final class NexusOperationMock<each Input: Codable & Sendable, Output: Sendable>: Mock {
    private let reference: NexusOperationReference<repeat each Input, Output>
    private let expectation: NexusExpectation
    private let mocks: MockRegistry
    private let duration = Mutex<Duration?>(nil)

    init(
        _ reference: NexusOperationReference<repeat each Input, Output>,
        _ expectation: NexusExpectation,
        _ mocks: MockRegistry
    ) {
        self.reference = reference
        self.expectation = expectation
        self.mocks = mocks
    }

    // MARK: What it does

    /// Returns a value, in every call.
    @discardableResult
    public func returns(_ value: Output) -> Self {
        expectation.setOutcome(.always(answer { _ in value }))
        return self
    }

    /// Returns one value in each call, in order. Exactly as many calls are expected.
    @discardableResult
    public func returns(inOrder values: [Output]) -> Self {
        expectation.setOutcome(.sequence(values.map { value in answer { _ in value } }))
        return self
    }

    /// Fails in every call.
    ///
    /// - Parameter error: What the code throws: `NexusUnsuccessfulOperation` ends the operation, and anything else is tried
    ///   again or not, as in a worker.
    @discardableResult
    public func fails(_ error: any Error) -> Self {
        expectation.setOutcome(.always(answer { _ in throw error }))
        return self
    }

    /// Returns or fails in each call, in order. Exactly as many calls are expected.
    @discardableResult
    public func results(_ results: [Result<Output, any Error>]) -> Self {
        expectation.setOutcome(.sequence(results.map { result in answer { _ in try result.get() } }))
        return self
    }

    /// Runs a closure in every call.
    ///
    /// - Parameter body: What the operation is to do. `NexusOperationContext.current` is that of the call.
    @discardableResult
    public func runs(_ body: @escaping @concurrent @Sendable (repeat each Input) async throws -> Output) -> Self {
        let definition = NexusOperationDefinition(reference, body)
        expectation.setOutcome(
            .always { call in .now { try await definition.start(call.input, call.converter) } }
        )
        return self
    }

    /// Runs the real operation, which the environment must have been given.
    @discardableResult
    public func callsReal() -> Self {
        expectation.setOutcome(
            .always { [mocks] call in
                .now {
                    guard let definition = call.definition else {
                        throw mocks.unexpectedOperation(
                            "A mock of Nexus operation '\(call.info.service)/\(call.info.operation)' calls its real code, "
                                + "which was not given to the environment: pass it as one of `nexusServices`."
                        )
                    }
                    return try await definition.start(call.input, call.converter)
                }
            }
        )
        return self
    }

    /// Goes on for a time, on the environment's clock, before it ends as the mock says otherwise: `returns`, `fails`. Its
    /// caller sees it start at once. A cancellation ends it as cancelled.
    ///
    /// - Parameter duration: How long it goes on.
    @discardableResult
    public func goesOn(for duration: Duration) -> Self {
        self.duration.withLock { $0 = duration }
        return self
    }

    /// Starts and goes on until the test ends it, with ``complete(_:)`` or ``fail(_:)``, or its caller cancels it.
    @discardableResult
    public func completesAsynchronously() -> Self {
        expectation.setOutcome(
            .always { _ in
                .later(after: nil) { throw NexusUnsuccessfulOperation("The mocked operation was not ended.") }
            }
        )
        return self
    }

    // MARK: When

    /// Takes only calls with certain inputs; others go to the next mock of the operation.
    @discardableResult
    public func when(_ matches: @escaping @Sendable (repeat each Input) -> Bool) -> Self {
        expectation.addCondition(erasePredicate(matches))
        return self
    }

    // MARK: What came

    public var expectedCalls: ExpectedCalls { ExpectedCalls(expectation) }

    /// What is known of each call so far, in order.
    public var calls: [NexusOperationInfo] { expectation.calls.map(\.info) }

    /// The inputs of each call so far, in order.
    ///
    /// - Throws: `PayloadConversionError` if an input is not of the operation's types.
    public func inputs() throws -> [(repeat each Input)] {
        try expectation.calls.map { call in
            var arguments = call.arguments
            return (repeat try arguments.next((each Input).self))
        }
    }

    // MARK: The end of operations that go on

    /// Ends the operations of this mock that go on, with a result.
    ///
    /// - Parameter value: The result.
    /// - Throws: `PayloadConversionError` if the value cannot be encoded.
    public func complete(_ value: Output) throws {
        for call in expectation.calls {
            mocks.endOperation(of: call.info, .success(try reference.output.encode(value, call.converter)))
        }
    }

    /// Ends the operations of this mock that go on, with an error.
    ///
    /// - Parameter error: The error; a `CancelledError` ends them as cancelled.
    public func fail(_ error: any Error) {
        for call in expectation.calls { mocks.endOperation(of: call.info, .failure(error)) }
    }

    private func answer(
        _ body: @escaping @Sendable (MockedOperation) throws -> Output
    ) -> @Sendable (MockedOperation) -> MockedOperationAnswer {
        let output = reference.output
        return { [self] call in
            let end: @Sendable () throws -> Payload = { try output.encode(try body(call), call.converter) }
            if let duration = duration.withLock({ $0 }) { return .later(after: duration, end) }
            return .now { .completed(try end()) }
        }
    }
}

extension NexusOperationMock where Output == Void {
    /// Ends without a result, in every call.
    @discardableResult
    public func returns() -> Self { returns(()) }
}

// A function of its own, because a parameter pack cannot be expanded from the class's own closures.
private func erasePredicate<each Input: Codable & Sendable>(
    _ matches: @escaping @Sendable (repeat each Input) -> Bool
) -> @Sendable (MockedOperation) throws -> Bool {
    { call in
        var arguments = call.arguments
        return matches(repeat try arguments.next((each Input).self))
    }
}
