/// Stands in for something in a test, and counts its calls: an ``ActivityMock`` or a ``WorkflowMock``.
///
/// Without a count, at least one call is expected. Calls that do not come, or that come too often, fail the test.
public protocol Mock: Sendable {
    /// The calls that are expected, and those that came.
    var expectedCalls: ExpectedCalls { get }
}

/// The calls that a mock expects.
public struct ExpectedCalls: Sendable {
    let change: @Sendable ((inout MockRules) -> Void) -> Void
    let count: @Sendable () -> Int

    /// Which mock it is, in words.
    let description: String

    init<Call, Body>(_ expectation: MockExpectation<Call, Body>) {
        change = { expectation.change($0) }
        count = { expectation.calls.count }
        description = "mock of \(expectation.subject) made at \(expectation.location)"
    }
}

extension Mock {
    /// Lets time pass before each answer, on the environment's clock.
    @discardableResult
    public func after(_ delay: Duration) -> Self {
        expectedCalls.change { $0.delay = delay }
        return self
    }

    /// Expects a number of calls, no more and no less.
    @discardableResult
    public func times(_ count: Int) -> Self {
        expectedCalls.change { $0.expected = count...count }
        return self
    }

    /// Expects at least a number of calls. Without a count, at least one is expected.
    @discardableResult
    public func atLeast(_ count: Int) -> Self {
        expectedCalls.change { $0.expected = count...Int.max }
        return self
    }

    /// Expects at most a number of calls, and is content with none.
    @discardableResult
    public func atMost(_ count: Int) -> Self {
        expectedCalls.change { $0.expected = 0...count }
        return self
    }

    /// Expects no call: one fails the test.
    @discardableResult
    public func never() -> Self { times(0) }

    /// Expects that others are called first: a call that comes before each of them had one fails the test.
    @discardableResult
    public func notBefore(_ others: any Mock...) -> Self {
        expectedCalls.change { $0.predecessors += others.map(\.expectedCalls) }
        return self
    }

    /// The number of calls so far.
    public var callCount: Int { expectedCalls.count() }
}
