public import Temporal
import TemporalAPI

/// One run of a mocked workflow.
struct MockedRun: Sendable {
    /// What is known of it; a child that is not let start has no run id.
    let info: WorkflowInfo
    let input: [Payload]
    let converter: PayloadConverter
}

/// How a mocked workflow ends.
enum MockedEnd: Sendable {
    case result(Payload)
    /// It waits until something ends it.
    case never
    /// It is not let start.
    case refused
}

/// What is expected of a mocked workflow.
typealias WorkflowExpectation = MockExpectation<MockedRun, @Sendable (MockedRun) throws -> MockedEnd>

/// A signal that came to a mocked workflow.
public struct MockedSignal: Sendable {
    /// The id of the workflow that it was sent to.
    public let workflowID: String

    /// The name of the signal.
    public let name: String

    /// What came with it.
    public let arguments: DynamicArguments
}

/// Stands in for a workflow in a test, a child as a rule.
///
/// A run of it is a run like others: it has a history, its parent sees it start and end, it can be signalled, cancelled
/// and terminated, and its retry policy starts it again. Only its code is the mock's. Every run is a call.
public final class WorkflowMock<each Input: Codable & Sendable, Output: Sendable>: Mock {
    private let expectation: WorkflowExpectation
    private let output: OutputCoding<Output>
    private let registry: MockRegistry

    init(_ output: OutputCoding<Output>, _ expectation: WorkflowExpectation, _ registry: MockRegistry) {
        self.output = output
        self.expectation = expectation
        self.registry = registry
    }

    // MARK: What it does

    /// Returns a value, in every run.
    @discardableResult
    public func returns(_ value: Output) -> Self {
        expectation.setOutcome(.always(end { value }))
        return self
    }

    /// Returns one value in each run, in order. Exactly as many runs are expected.
    @discardableResult
    public func returns(inOrder values: [Output]) -> Self {
        expectation.setOutcome(.sequence(values.map { value in end { value } }))
        return self
    }

    /// Fails in every run.
    ///
    /// - Parameter error: What the workflow fails with. One that is no `TemporalError` becomes an `ApplicationError` of
    ///   its type's name.
    @discardableResult
    public func fails(_ error: any Error) -> Self {
        expectation.setOutcome(.always(end { throw error }))
        return self
    }

    /// Returns or fails in each run, in order. Exactly as many runs are expected.
    @discardableResult
    public func results(_ results: [Result<Output, any Error>]) -> Self {
        expectation.setOutcome(.sequence(results.map { result in end { try result.get() } }))
        return self
    }

    /// Computes the result of every run from its input.
    ///
    /// - Parameter body: What to compute. It is called once for each run, as soon as the run starts, and what it throws
    ///   fails the workflow.
    @discardableResult
    public func runs(_ body: @escaping @Sendable (repeat each Input) throws -> Output) -> Self {
        expectation.setOutcome(.always(eraseBody(output, body)))
        return self
    }

    /// Never ends by itself: its timeouts decide, or who cancels or terminates it.
    @discardableResult
    public func hangs() -> Self {
        expectation.setOutcome(.always { _ in .never })
        return self
    }

    /// Cannot be started as a child: its parent gets `ChildWorkflowAlreadyStartedError`, as if the id were in use. Only in
    /// the service in memory, and only where a parent starts it: a run that starts all the same fails the test. With codecs,
    /// conditions can ask for all but inputs, which only the worker of the child could decode.
    @discardableResult
    public func failsToStart() -> Self {
        expectation.setOutcome(.always { _ in .refused })
        expectation.change { $0.isRefusal = true }
        registry.refusesChildren()
        return self
    }

    // MARK: When

    /// Takes only runs with certain inputs; others go to the next mock of the workflow. All that a mock is told of its
    /// runs has to be so.
    @discardableResult
    public func when(_ matches: @escaping @Sendable (repeat each Input) -> Bool) -> Self {
        expectation.addCondition(erasePredicate(matches))
        expectation.change { $0.looksAtInput = true }
        return self
    }

    /// Takes only certain runs, by what is known of them: their id, attempt, task queue, parent, memo.
    @discardableResult
    public func whenStarted(_ matches: @escaping @Sendable (WorkflowInfo) -> Bool) -> Self {
        expectation.addCondition { run in matches(run.info) }
        return self
    }

    /// Takes only certain attempts, counted from 1: `onAttempts(1...2)`, `onAttempts(3...)`.
    @discardableResult
    public func onAttempts(_ attempts: some RangeExpression<Int> & Sendable) -> Self {
        whenStarted { attempts.contains($0.attempt) }
    }

    /// Takes only runs on a task queue.
    @discardableResult
    public func onTaskQueue(_ name: String) -> Self {
        whenStarted { $0.taskQueue == name }
    }

    /// Takes only children of the workflow of an id.
    @discardableResult
    public func startedBy(workflowID: String) -> Self {
        whenStarted { $0.parent?.workflowID == workflowID }
    }

    // MARK: What came

    public var expectedCalls: ExpectedCalls { ExpectedCalls(expectation) }

    /// What is known of each run so far, in order. A child that was not let start is among them, without a run id.
    public var calls: [WorkflowInfo] { expectation.calls.map(\.info) }

    /// The inputs of each run so far, in order.
    ///
    /// - Throws: `PayloadConversionError` if an input is not of the workflow's types.
    public func inputs() throws -> [(repeat each Input)] {
        try expectation.calls.map { run in
            var arguments = run.arguments
            return (repeat try arguments.next((each Input).self))
        }
    }

    /// The signals that came to the runs so far, in order for each run.
    public var signals: [MockedSignal] {
        expectation.calls.flatMap { run in
            registry.events(of: run).compactMap { event in
                guard case .workflowExecutionSignaledEventAttributes(let signal) = event.attributes else { return nil }
                let reader = ArgumentReader(
                    signal.input.payloads.map(Payload.init),
                    converter: run.converter,
                    of: "Signal '\(signal.signalName)'"
                )
                return MockedSignal(
                    workflowID: run.info.workflowID,
                    name: signal.signalName,
                    arguments: DynamicArguments(reader)
                )
            }
        }
    }

    /// How often the cancellation of a run was requested so far, all runs together.
    public var cancellationRequests: Int {
        expectation.calls.reduce(0) { count, run in
            count + registry.events(of: run).count { $0.eventType == .workflowExecutionCancelRequested }
        }
    }

    private func end(_ body: @escaping @Sendable () throws -> Output) -> @Sendable (MockedRun) throws -> MockedEnd {
        let output = output
        return { run in .result(try output.encode(try body(), run.converter)) }
    }
}

extension WorkflowMock where Output == Void {
    /// Ends at once, in every run.
    @discardableResult
    public func returns() -> Self { returns(()) }
}

extension MockedRun {
    /// The arguments, to be read one after the other.
    var arguments: ArgumentReader {
        ArgumentReader(input, converter: converter, of: "Workflow '\(info.workflowType)'")
    }
}

// Functions of their own, because a parameter pack cannot be expanded from the class's own closures.

private func eraseBody<each Input: Codable & Sendable, Output>(
    _ output: OutputCoding<Output>,
    _ body: @escaping @Sendable (repeat each Input) throws -> Output
) -> @Sendable (MockedRun) throws -> MockedEnd {
    { run in
        var arguments = run.arguments
        return .result(try output.encode(try body(repeat try arguments.next((each Input).self)), run.converter))
    }
}

private func erasePredicate<each Input: Codable & Sendable>(
    _ matches: @escaping @Sendable (repeat each Input) -> Bool
) -> @Sendable (MockedRun) throws -> Bool {
    { run in
        var arguments = run.arguments
        return matches(repeat try arguments.next((each Input).self))
    }
}
