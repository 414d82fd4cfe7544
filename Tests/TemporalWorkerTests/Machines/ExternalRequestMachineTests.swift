import Temporal
import Testing

@testable import TemporalWorker

/// Every state of a request to another workflow with everything that can happen in it.
@Suite struct ExternalRequestMachineTests {
    enum State: CaseIterable { case commanded, initiated, closed }
    enum Outcome: Equatable {
        case cancel(ExternalRequestMachine.CancelAction)
        case done, history
    }

    private func machine(_ state: State, _ request: ExternalRequestMachine.Request) throws -> ExternalRequestMachine {
        let target = ExternalTarget(workflowID: "other", runID: nil, isChild: false)
        var machine = ExternalRequestMachine(request, target: target)
        if state == .commanded { return machine }
        try machine.initiated(eventID: 5)
        if state == .closed { try machine.answered() }
        return machine
    }

    private func outcome(_ body: () throws -> Void) throws -> Outcome {
        do {
            try body()
            return .done
        } catch is HistoryError {
            return .history
        }
    }

    static let table: [(State, [Outcome])] = [
        (.commanded, [.cancel(.dropCommand), .done, .history]),
        (.initiated, [.cancel(.nothing), .history, .done]),
        (.closed, [.cancel(.nothing), .history, .history]),
    ]

    @Test(arguments: table)
    func `every state decides every input`(_ state: State, _ expected: [Outcome]) throws {
        for request in [ExternalRequestMachine.Request.signal(name: "go"), .cancel, .cancelChild(operation: 1)] {
            var cancelled = try machine(state, request)
            var initiated = try machine(state, request)
            var answered = try machine(state, request)
            #expect(
                [
                    .cancel(cancelled.cancel()), try outcome { try initiated.initiated(eventID: 9) },
                    try outcome { try answered.answered() },
                ] == expected,
                "\(state), \(request)"
            )
        }
    }

    @Test func `a request says what it is`() throws {
        #expect(try machine(.commanded, .signal(name: "go")).label == "signal 'go'")
        #expect(try machine(.commanded, .cancel).label == "cancellation")
    }
}
