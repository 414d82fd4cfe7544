import Synchronization
public import Temporal

/// One call of a mocked activity.
struct MockCall: Sendable {
    let info: ActivityInfo
    let input: [Payload]
    let converter: PayloadConverter
    let definition: ActivityDefinition?
}

/// What answers a call of a mocked activity.
typealias ActivityAnswer = @Sendable (MockCall, MockHost) async throws -> Payload

/// What is expected of a mocked activity.
typealias ActivityExpectation = MockExpectation<MockCall, ActivityAnswer>

/// Stands in for an activity in a test.
///
/// It is called where the worker would call the activity's code: retries, timeouts, heartbeats and conversion of values
/// are those of the service and the worker, and interceptors stand around it. Every attempt is a call.
public final class ActivityMock<each Input: Codable & Sendable, Output: Sendable>: Mock {
    let expectation: ActivityExpectation
    let reference: ActivityReference<repeat each Input, Output>

    init(_ reference: ActivityReference<repeat each Input, Output>, _ expectation: ActivityExpectation) {
        self.reference = reference
        self.expectation = expectation
    }

    // MARK: What it does

    /// Returns a value, in every call.
    @discardableResult
    public func returns(_ value: Output) -> Self {
        expectation.setOutcome(.always(outcome { _ in value }))
        return self
    }

    /// Returns one value in each call, in order. Exactly as many calls are expected.
    @discardableResult
    public func returns(inOrder values: [Output]) -> Self {
        expectation.setOutcome(.sequence(values.map { value in outcome { _ in value } }))
        return self
    }

    /// Fails in every call.
    @discardableResult
    public func fails(_ error: any Error) -> Self {
        expectation.setOutcome(.always(outcome { _ in throw error }))
        return self
    }

    /// Returns or fails in each call, in order. Exactly as many calls are expected.
    @discardableResult
    public func results(_ results: [Result<Output, any Error>]) -> Self {
        expectation.setOutcome(.sequence(results.map { result in outcome { _ in try result.get() } }))
        return self
    }

    /// Runs a closure in every call.
    ///
    /// - Parameter body: What the activity is to do. `ActivityContext.current` is that of the call.
    @discardableResult
    public func runs(_ body: @escaping @concurrent @Sendable (repeat each Input) async throws -> Output) -> Self {
        let definition = ActivityDefinition(reference, body)
        expectation.setOutcome(.always { call, _ in try await definition.run(call.input, call.converter) })
        return self
    }

    // MARK: When

    /// Takes only calls with certain inputs; others go to the next mock of the activity. All that a mock is told of its
    /// calls has to be so.
    @discardableResult
    public func when(_ matches: @escaping @Sendable (repeat each Input) -> Bool) -> Self {
        expectation.addCondition(erasePredicate(reference, matches))
        return self
    }

    /// Takes only certain calls, by what is known of the attempt: its number, its task queue, its workflow.
    @discardableResult
    public func whenCalled(_ matches: @escaping @Sendable (ActivityInfo) -> Bool) -> Self {
        expectation.addCondition { matches($0.info) }
        return self
    }

    /// Takes only certain attempts, counted from 1: `onAttempts(1...2)`, `onAttempts(3...)`.
    @discardableResult
    public func onAttempts(_ attempts: some RangeExpression<Int> & Sendable) -> Self {
        whenCalled { attempts.contains($0.attempt) }
    }

    /// Takes only calls on a task queue.
    @discardableResult
    public func onTaskQueue(_ name: String) -> Self {
        whenCalled { $0.taskQueue == name }
    }

    /// Takes only calls that workflows of a type make.
    @discardableResult
    public func calledBy<W: Workflow>(_ type: W.Type) -> Self {
        let name = W.definition.name
        return whenCalled { $0.workflowType == name }
    }

    /// Takes only calls that the workflow of an id makes.
    @discardableResult
    public func calledBy(workflowID: String) -> Self {
        whenCalled { $0.workflowID == workflowID }
    }

    // MARK: What came

    public var expectedCalls: ExpectedCalls { ExpectedCalls(expectation) }

    /// What is known of each call so far, in order.
    public var calls: [ActivityInfo] { expectation.calls.map(\.info) }

    /// The inputs of each call so far, in order.
    ///
    /// - Throws: `PayloadConversionError` if an input is not of the activity's types.
    public func inputs() throws -> [(repeat each Input)] {
        try expectation.calls.map { call in
            var arguments = ArgumentReader(call.input, converter: call.converter, of: "Activity '\(reference.name)'")
            return (repeat try arguments.next((each Input).self))
        }
    }

    private func outcome(_ body: @escaping @Sendable (MockCall) throws -> Output) -> ActivityAnswer {
        let reference = reference
        return { call, _ in try reference.payload(try body(call), converter: call.converter) }
    }
}

extension ActivityMock where Output == Void {
    /// Does nothing, in every call.
    @discardableResult
    public func returns() -> Self { returns(()) }
}

// A function of its own, because a parameter pack cannot be expanded from the class's own closures.
private func erasePredicate<each Input, Output>(
    _ reference: ActivityReference<repeat each Input, Output>,
    _ matches: @escaping @Sendable (repeat each Input) -> Bool
) -> @Sendable (MockCall) throws -> Bool {
    { call in
        var arguments = ArgumentReader(call.input, converter: call.converter, of: "Activity '\(reference.name)'")
        return matches(repeat try arguments.next((each Input).self))
    }
}
