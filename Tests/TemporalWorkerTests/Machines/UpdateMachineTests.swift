import Testing

@testable import TemporalWorker

/// Every state of an update with everything that can happen in it.
@Suite struct UpdateMachineTests {
    enum State: CaseIterable { case requested, accepting, acceptingCompleted, accepted, completing, closed }
    enum Input: CaseIterable { case accept, reject, complete, acceptedEvent, completedEvent }
    enum Outcome: Equatable { case taken, nondeterminism, history }

    private func machine(_ state: State) throws -> UpdateMachine {
        var update = UpdateMachine(name: "raise")
        switch state {
        case .requested: break
        case .accepting: try update.accept()
        case .acceptingCompleted:
            try update.accept()
            try update.complete()
        case .accepted:
            try update.accept()
            try update.acceptedEvent()
        case .completing:
            try update.accept()
            try update.acceptedEvent()
            try update.complete()
        case .closed: try update.reject()
        }
        return update
    }

    private func outcome(_ state: State, _ input: Input) throws -> Outcome {
        var update = try machine(state)
        do {
            switch input {
            case .accept: try update.accept()
            case .reject: try update.reject()
            case .complete: try update.complete()
            case .acceptedEvent: try update.acceptedEvent()
            case .completedEvent: try update.completedEvent()
            }
            return .taken
        } catch is NondeterminismError {
            return .nondeterminism
        } catch is HistoryError {
            return .history
        }
    }

    static let table: [(State, [Outcome])] = [
        (.requested, [.taken, .taken, .history, .nondeterminism, .nondeterminism]),
        (.accepting, [.history, .history, .taken, .taken, .nondeterminism]),
        (.acceptingCompleted, [.history, .history, .history, .taken, .nondeterminism]),
        (.accepted, [.history, .history, .taken, .nondeterminism, .nondeterminism]),
        (.completing, [.history, .history, .history, .nondeterminism, .taken]),
        (.closed, [.history, .history, .history, .nondeterminism, .nondeterminism]),
    ]

    @Test(arguments: table)
    func `every state decides every input`(_ state: State, _ expected: [Outcome]) throws {
        for (input, expected) in zip(Input.allCases, expected) {
            #expect(try outcome(state, input) == expected, "\(state) × \(input)")
        }
    }

    @Test func `an update that completes in the task that accepts it finds both events in their order`() throws {
        var update = try machine(.acceptingCompleted)
        try update.acceptedEvent()
        try update.completedEvent()
        #expect(throws: NondeterminismError.self) { try update.completedEvent() }
    }
}
