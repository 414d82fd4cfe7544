import Testing

@testable import TemporalWorker

/// Every state of a timer with everything that can happen in it.
@Suite struct TimerMachineTests {
    enum State: CaseIterable { case commanded, running, cancelling, closed }
    enum Input: CaseIterable { case cancel, started, fired, firedWithOtherID, cancelled }
    enum Outcome: Equatable {
        case cancel(TimerMachine.CancelAction), event(TimerMachine.EventAction), nondeterminism, history
    }

    private func machine(_ state: State) throws -> TimerMachine {
        var timer = TimerMachine(id: "1")
        if state == .commanded { return timer }
        _ = try timer.started(eventID: 5)
        switch state {
        case .commanded, .running: break
        case .cancelling: _ = timer.cancel()
        case .closed: _ = try timer.fired(timerID: "1")
        }
        return timer
    }

    private func outcome(_ state: State, _ input: Input) throws -> Outcome {
        var timer = try machine(state)
        do {
            switch input {
            case .cancel: return .cancel(timer.cancel())
            case .started: return .event(try timer.started(eventID: 9))
            case .fired: return .event(try timer.fired(timerID: "1"))
            case .firedWithOtherID: return .event(try timer.fired(timerID: "2"))
            case .cancelled: return .event(try timer.cancelled())
            }
        } catch is NondeterminismError {
            return .nondeterminism
        } catch is HistoryError {
            return .history
        }
    }

    static let table: [(State, [Outcome])] = [
        (.commanded, [.cancel(.dropCommand), .event(.nothing), .history, .history, .nondeterminism]),
        (.running, [.cancel(.issueCancel), .history, .event(.resolve), .nondeterminism, .nondeterminism]),
        (.cancelling, [.cancel(.nothing), .history, .nondeterminism, .nondeterminism, .event(.nothing)]),
        (.closed, [.cancel(.nothing), .history, .history, .history, .nondeterminism]),
    ]

    @Test(arguments: table)
    func `every state decides every input`(_ state: State, _ expected: [Outcome]) throws {
        for (input, expected) in zip(Input.allCases, expected) {
            #expect(try outcome(state, input) == expected, "\(state) × \(input)")
        }
    }
}
