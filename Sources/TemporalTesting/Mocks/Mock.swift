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

    /// Expects a number of calls, no more and no less: further ones go to the next mock. With 0, as ``never()``. Of several
    /// counts the last one holds, and one below 0 fails the test.
    @discardableResult
    public func times(_ count: Int) -> Self {
        expects("times", count) { $0...$0 }
    }

    /// Expects at least a number of calls. Without a count, at least one is expected.
    @discardableResult
    public func atLeast(_ count: Int) -> Self {
        expects("atLeast", count) { $0...Int.max }
    }

    /// Expects at most a number of calls, and is content with none. With 0, as ``never()``.
    @discardableResult
    public func atMost(_ count: Int) -> Self {
        expects("atMost", count) { 0...$0 }
    }

    /// Expects no call: one that this mock would take fails the test, whatever the mocks after it take, and those before it
    /// that take any number. Those before it that take a certain number of calls take them.
    @discardableResult
    public func never() -> Self { times(0) }

    private func expects(_ word: String, _ count: Int, _ range: (Int) -> ClosedRange<Int>) -> Self {
        guard count >= 0 else {
            expectedCalls.change {
                $0.mistakes.append("says \(word)(\(count)): no number of calls is below 0. Say never() for none")
            }
            return self
        }
        let range = range(count)
        expectedCalls.change { $0.expected = range }
        return self
    }

    /// Expects that others are called first: a call that comes before each of them had one fails the test, whatever other
    /// mocks take, as with ``never()``.
    @discardableResult
    public func notBefore(_ others: any Mock...) -> Self {
        expectedCalls.change { $0.predecessors += others.map(\.expectedCalls) }
        return self
    }

    /// The number of calls so far.
    public var callCount: Int { expectedCalls.count() }
}
