import Synchronization
import Temporal

/// One call of a mocked activity.
struct MockCall: Sendable {
    let info: ActivityInfo
    let input: [Payload]
    let converter: PayloadConverter
    let definition: ActivityDefinition?
}

/// What one mock does, how often it is expected, and what came.
final class MockExpectation: Sendable {
    /// What the mock does.
    enum Outcome: Sendable {
        case always(@Sendable (MockCall) async throws -> Payload)
        case sequence([@Sendable (MockCall) async throws -> Payload])
    }

    /// What can be set.
    struct State: Sendable {
        var outcome: Outcome?
        var delay: Duration = .zero
        var matches: @Sendable (MockCall) -> Bool = { _ in true }
        var expected: ClosedRange<Int>?
        var calls: [MockCall] = []

        /// How many calls there have to be.
        var range: ClosedRange<Int> {
            if let expected { return expected }
            if case .sequence(let outcomes) = outcome { return outcomes.count...outcomes.count }
            return 1...Int.max
        }
    }

    /// What to do in a call that the mock takes.
    struct Answer: Sendable {
        var delay: Duration
        var body: @Sendable (MockCall) async throws -> Payload
    }

    /// The name of the activity.
    let name: String

    /// Where the test made the mock.
    let location: String

    private let state = Mutex(State())

    init(name: String, location: String) {
        self.name = name
        self.location = location
    }

    /// The calls so far.
    var calls: [MockCall] { state.withLock(\.calls) }

    func update(_ change: (inout State) -> Void) {
        state.withLock { change(&$0) }
    }

    func setOutcome(_ outcome: Outcome) {
        update { $0.outcome = outcome }
    }

    /// Takes a call, if it is one of this mock and one more is expected.
    func take(_ call: MockCall) -> Answer? {
        let matches = state.withLock(\.matches)
        guard matches(call) else { return nil }
        return state.withLock { state in
            guard let outcome = state.outcome, state.calls.count < state.range.upperBound else { return nil }
            let body: @Sendable (MockCall) async throws -> Payload
            switch outcome {
            case .always(let always):
                body = always
            case .sequence(let outcomes):
                guard outcomes.indices.contains(state.calls.count) else { return nil }
                body = outcomes[state.calls.count]
            }
            state.calls.append(call)
            return Answer(delay: state.delay, body: body)
        }
    }

    /// What was expected and did not come; `nil` if all did.
    var missing: String? {
        state.withLock { state in
            guard state.outcome != nil else {
                return "The mock of activity '\(name)' made at \(location) does not say what to do: "
                    + "add returns, fails, runs or never."
            }
            guard state.calls.count < state.range.lowerBound else { return nil }
            let expected = state.range.lowerBound
            return "The mock of activity '\(name)' made at \(location) expected "
                + (state.range.upperBound == expected ? "" : "at least ")
                + "\(expected) \(expected == 1 ? "call" : "calls"), but \(state.calls.count) came."
        }
    }

    /// How many calls are expected, in words.
    var limit: String {
        state.withLock { state in
            "mock at \(location): \(state.calls.count) of at most \(state.range.upperBound) calls"
        }
    }
}
