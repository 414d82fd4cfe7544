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

    /// What the test asked for and cannot have, in words.
    var mistakes: [String] = []

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

        /// What the test asked for and cannot have, in words.
        var mistakes: [String] {
            guard case .sequence(let outcomes) = outcome, let least = rules.expected?.lowerBound,
                least > outcomes.count
            else { return rules.mistakes }
            return rules.mistakes + [
                "has a list for \(inWords(outcomes.count)) and expects at least \(inWords(least)), which it cannot all answer: "
                    + "give the list an outcome for each call, or leave the count out"
            ]
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

    /// Takes a call that the mock has been found to take, if one more is still expected.
    private func take(_ call: Call) -> Answer? {
        state.withLock { state in
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

    /// What the test asked of the mock and cannot have, in words.
    var mistakes: [String] {
        state.withLock(\.mistakes).map { "The mock of \(subject) made at \(location) \($0)." }
    }

    /// What was expected and did not come; `nil` if all did.
    var missing: String? {
        state.withLock { state in
            guard state.range.upperBound > 0, state.mistakes.isEmpty else { return nil }
            guard state.outcome != nil else {
                return "The mock of \(subject) made at \(location) does not say what to do: "
                    + "add returns, fails, runs or never."
            }
            guard state.calls.count < state.range.lowerBound else { return nil }
            let expected = state.range.lowerBound
            return "The mock of \(subject) made at \(location) expected "
                + (state.range.upperBound == expected ? "" : "at least ")
                + "\(inWords(expected)), but \(state.calls.count) came."
        }
    }

    // MARK: Several mocks

    /// What a mock makes of a call.
    private enum Stance {
        /// It takes the call. One that takes any number leaves none to the mocks after it.
        case takes(isUnlimited: Bool)
        /// It is none of its calls, or none any more, so that others are asked. Why, in words.
        case passes(String)
        /// It may not come at all. Why, in words.
        case forbids(String)
    }

    private func stance(on call: Call) -> Stance {
        let state = state.withLock { $0 }
        do {
            guard try state.conditions.allSatisfy({ try $0(call) }) else {
                return .passes("not one of the calls that it is told to take (when, onAttempts, calledBy, …)")
            }
        } catch {
            return .passes("the input is not of the types of the mock (\(error))")
        }
        let (count, most) = (state.calls.count, state.range.upperBound)
        if state.rules.expected?.upperBound == 0 {
            return .forbids("it expects no such call (never, times(0), atMost(0))")
        }
        guard count < most else { return .passes("\(count) of at most \(most) calls") }
        if let predecessor = state.rules.missingPredecessor { return .forbids("not before the \(predecessor)") }
        switch state.outcome {
        case nil: return .passes("it does not say what to do (returns, fails, runs, …)")
        case .always: return .takes(isUnlimited: most == .max)
        case .sequence(let outcomes) where count < outcomes.count: return .takes(isUnlimited: false)
        case .sequence(let outcomes): return .passes("its list has answered all of its \(inWords(outcomes.count))")
        }
    }

    /// The first of some mocks that takes a call.
    ///
    /// - Throws: ``UnexpectedCall`` if none takes it, or if one forbids it that comes before, or after one that would leave it
    ///   none.
    static func taker(of call: Call, among mocks: [MockExpectation]) throws(UnexpectedCall) -> MockExpectation {
        var taker: MockExpectation?
        var reasons: [String] = []
        for mock in mocks {
            switch mock.stance(on: call) {
            case .takes(let isUnlimited):
                guard isUnlimited || taker != nil else { return mock }
                taker = taker ?? mock
            case .passes(let reason): reasons.append("mock at \(mock.location): \(reason)")
            case .forbids(let reason):
                throw UnexpectedCall(reason: "the mock at \(mock.location) forbids it: \(reason)")
            }
        }
        guard let taker else {
            throw UnexpectedCall(reason: "no mock of it expects this call: " + reasons.joined(separator: "; "))
        }
        return taker
    }

    /// Gives a call to the first of some mocks that takes it.
    ///
    /// - Throws: As ``taker(of:among:)``.
    static func give(
        _ call: Call,
        to mocks: [MockExpectation]
    ) throws(UnexpectedCall) -> (mock: MockExpectation, answer: Answer) {
        while true {
            let mock = try taker(of: call, among: mocks)
            if let answer = mock.take(call) { return (mock, answer) }
            // Another call has come in between and was its last: it passes this one on.
        }
    }
}

/// A call that makes the test fail.
struct UnexpectedCall: Error {
    /// Why, in words: the end of a sentence.
    let reason: String
}

/// A number of calls in words.
private func inWords(_ count: Int) -> String { "\(count) \(count == 1 ? "call" : "calls")" }
