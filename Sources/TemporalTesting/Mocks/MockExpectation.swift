import Synchronization
import Temporal

/// What a mock is told of its calls, whatever it stands in for.
struct MockRules: Sendable {
    /// How much time passes before each answer.
    var delay: Duration = .zero

    /// How many calls there have to be; `nil` to go by the outcome.
    var expected: ClosedRange<Int>?

    /// Whether what is called is not let start.
    var isRefusal = false

    /// Whether there are conditions for inputs.
    var looksAtInput = false

    /// The calls that have to come first.
    var predecessors: [ExpectedCalls] = []

    /// The first of the predecessors that has not been called.
    var missingPredecessor: String? {
        predecessors.first { $0.count() == 0 }?.description
    }
}

/// What one mock does, how often it is expected, and what came.
///
/// `Call` is what is known of a call, and `Body` what answers one.
final class MockExpectation<Call: Sendable, Body: Sendable>: Sendable {
    /// What the mock does.
    enum Outcome: Sendable {
        case always(Body)
        case sequence([Body])
    }

    private struct State: Sendable {
        var outcome: Outcome?
        var rules = MockRules()
        /// What all has to be so of a call.
        var conditions: [@Sendable (Call) throws -> Bool] = []
        var calls: [Call] = []

        /// How many calls there have to be.
        var range: ClosedRange<Int> {
            if let expected = rules.expected { return expected }
            if case .sequence(let outcomes) = outcome { return outcomes.count...outcomes.count }
            return 1...Int.max
        }
    }

    /// What to do in a call that the mock takes.
    struct Answer: Sendable {
        var delay: Duration
        var body: Body
    }

    /// The name of what it stands in for.
    let name: String

    /// What it stands in for, in words: `activity 'pay'`.
    let subject: String

    /// Where the test made the mock.
    let location: String

    private let state = Mutex(State())

    /// Expects calls.
    ///
    /// - Parameters:
    ///   - name: The name on the wire.
    ///   - kind: What has that name: `activity`.
    ///   - location: Where the test made the mock.
    init(name: String, kind: String, location: String) {
        self.name = name
        self.subject = "\(kind) '\(name)'"
        self.location = location
    }

    /// The calls so far.
    var calls: [Call] { state.withLock(\.calls) }

    func setOutcome(_ outcome: Outcome) {
        state.withLock { state in
            state.outcome = outcome
            state.rules.isRefusal = false
        }
    }

    /// Takes only calls of which something is so, besides all that was asked before.
    ///
    /// - Parameter condition: Throws if the input of a call cannot be read as the types of the mock, which is then not its.
    func addCondition(_ condition: @escaping @Sendable (Call) throws -> Bool) {
        state.withLock { $0.conditions.append(condition) }
    }

    func change(_ change: (inout MockRules) -> Void) {
        state.withLock { change(&$0.rules) }
    }

    /// Takes a call, if it is one of this mock and one more is expected.
    func take(_ call: Call) -> Answer? {
        let (conditions, rules) = state.withLock { ($0.conditions, $0.rules) }
        guard (try? conditions.allSatisfy { try $0(call) }) == true, rules.missingPredecessor == nil else { return nil }
        return state.withLock { state in
            guard let outcome = state.outcome, state.calls.count < state.range.upperBound else { return nil }
            let body: Body
            switch outcome {
            case .always(let always):
                body = always
            case .sequence(let outcomes):
                guard outcomes.indices.contains(state.calls.count) else { return nil }
                body = outcomes[state.calls.count]
            }
            state.calls.append(call)
            return Answer(delay: state.rules.delay, body: body)
        }
    }

    /// Whether what is called is not let start.
    var isRefusal: Bool { state.withLock(\.rules.isRefusal) }

    /// Whether there are conditions for inputs.
    var looksAtInput: Bool { state.withLock(\.rules.looksAtInput) }

    /// Whether the mock would take a call.
    func wouldTake(_ call: Call) -> Bool {
        let state = state.withLock { $0 }
        return state.outcome != nil && state.calls.count < state.range.upperBound
            && (try? state.conditions.allSatisfy { try $0(call) }) == true && state.rules.missingPredecessor == nil
    }

    /// What was expected and did not come; `nil` if all did.
    var missing: String? {
        state.withLock { state in
            guard state.range.upperBound > 0 else { return nil }
            guard state.outcome != nil else {
                return "The mock of \(subject) made at \(location) does not say what to do: "
                    + "add returns, fails, runs or never."
            }
            guard state.calls.count < state.range.lowerBound else { return nil }
            let expected = state.range.lowerBound
            return "The mock of \(subject) made at \(location) expected "
                + (state.range.upperBound == expected ? "" : "at least ")
                + "\(expected) \(expected == 1 ? "call" : "calls"), but \(state.calls.count) came."
        }
    }

    /// Why the mock takes no call like this, in words: which input it can read, and how many calls it expects.
    func limit(for call: Call) -> String {
        let (count, range, rules, conditions) = state.withLock { ($0.calls.count, $0.range, $0.rules, $0.conditions) }
        do {
            _ = try conditions.allSatisfy { try $0(call) }
        } catch {
            return "mock at \(location): the input is not of the types of the mock (\(error))"
        }
        if let predecessor = rules.missingPredecessor { return "mock at \(location): not before the \(predecessor)" }
        let most = range.upperBound == .max ? "" : " of at most \(range.upperBound)"
        return "mock at \(location): \(count)\(most) calls"
    }
}
