import Temporal
import Testing

@testable import TemporalWorker

/// Every state of a child workflow with everything that can happen in it.
@Suite struct ChildWorkflowMachineTests {
    enum State: CaseIterable { case commanded, initiated, cancelsAtStart, started, cancelRequested, closed }
    enum Input: CaseIterable { case cancel, initiated, started, startFailed, cancelDelivered, ended }
    enum Outcome: Equatable {
        case cancel(ChildWorkflowMachine.CancelAction)
        case start(ChildWorkflowMachine.StartAction)
        case event(ChildWorkflowMachine.EventAction)
        case done, history
    }

    private func machine(_ state: State, _ type: ChildWorkflowCancellationType) throws -> ChildWorkflowMachine {
        var child = ChildWorkflowMachine(workflowID: "child", workflowType: "Child", cancellation: type)
        if state == .commanded { return child }
        try child.initiated(eventID: 5)
        if state == .initiated { return child }
        if state == .cancelsAtStart {
            _ = child.cancel()
            return child
        }
        _ = try child.started(eventID: 6, runID: "run")
        switch state {
        case .commanded, .initiated, .cancelsAtStart, .started: break
        case .cancelRequested: _ = child.cancel()
        case .closed: _ = try child.ended()
        }
        return child
    }

    private func outcome(
        _ state: State,
        _ input: Input,
        _ type: ChildWorkflowCancellationType
    ) throws -> Outcome {
        var child = try machine(state, type)
        do {
            switch input {
            case .cancel: return .cancel(child.cancel())
            case .initiated:
                try child.initiated(eventID: 9)
                return .done
            case .started: return .start(try child.started(eventID: 9, runID: "run"))
            case .startFailed: return .event(try child.startFailed())
            case .cancelDelivered: return .event(try child.cancelDelivered())
            case .ended: return .event(try child.ended())
            }
        } catch is HistoryError {
            return .history
        }
    }

    private func check(
        _ state: State,
        _ expected: [Outcome],
        _ type: ChildWorkflowCancellationType
    ) throws {
        try #require(expected.count == Input.allCases.count)
        for (input, expected) in zip(Input.allCases, expected) {
            #expect(try outcome(state, input, type) == expected, "\(state) × \(input)")
        }
    }

    static let waiting: [(State, [Outcome])] = [
        (.commanded, [.cancel(.dropCommand), .done, .history, .history, .history, .history]),
        (.initiated, [.cancel(.nothing), .history, .start(.resolve), .event(.resolve), .history, .history]),
        (
            .cancelsAtStart,
            [
                .cancel(.nothing), .history, .start(.issueCancel(resolves: true)), .event(.resolve), .history, .history,
            ]
        ),
        (
            .started,
            [.cancel(.issueCancel(resolves: false)), .history, .history, .history, .history, .event(.resolve)]
        ),
        (.cancelRequested, [.cancel(.nothing), .history, .history, .history, .event(.ignore), .event(.resolve)]),
        (.closed, [.cancel(.nothing), .history, .history, .history, .event(.ignore), .history]),
    ]

    @Test(arguments: waiting)
    func `a child whose end is waited for`(_ state: State, _ expected: [Outcome]) throws {
        try check(state, expected, .waitCancellationCompleted)
    }

    @Test(arguments: waiting)
    func `a child whose cancellation request is waited for`(_ state: State, _ expected: [Outcome]) throws {
        var expected = expected
        if state == .cancelRequested { expected[4] = .event(.resolve) }
        try check(state, expected, .waitCancellationRequested)
    }

    static let tried: [(State, [Outcome])] = [
        (.commanded, [.cancel(.dropCommand), .done, .history, .history, .history, .history]),
        (.initiated, [.cancel(.resolve), .history, .start(.resolve), .event(.resolve), .history, .history]),
        (
            .cancelsAtStart,
            [.cancel(.nothing), .history, .start(.issueCancel(resolves: false)), .event(.ignore), .history, .history]
        ),
        (
            .started,
            [.cancel(.issueCancel(resolves: true)), .history, .history, .history, .history, .event(.resolve)]
        ),
        (.cancelRequested, [.cancel(.nothing), .history, .history, .history, .event(.ignore), .event(.ignore)]),
        (.closed, [.cancel(.nothing), .history, .history, .history, .event(.ignore), .history]),
    ]

    @Test(arguments: tried)
    func `a child that is asked to stop and not waited for`(_ state: State, _ expected: [Outcome]) throws {
        try check(state, expected, .tryCancel)
    }

    @Test func `an abandoned child may start, fail to start or end later`() throws {
        var child = try machine(.initiated, .abandon)
        #expect(child.cancel() == .resolve)
        #expect(child.cancel() == .nothing)
        var failing = child
        #expect(try failing.startFailed() == .ignore)
        #expect(try child.started(eventID: 6, runID: "run") == .ignore)
        #expect(try child.ended() == .ignore)

        var running = try machine(.started, .abandon)
        #expect(running.cancel() == .resolve)
        #expect(try running.ended() == .ignore)
    }

    @Test func `after a request that was waited for the end is ignored`() throws {
        var child = try machine(.cancelRequested, .waitCancellationRequested)
        #expect(try child.cancelDelivered() == .resolve)
        #expect(child.cancel() == .nothing)
        #expect(try child.ended() == .ignore)
    }

    @Test func `the machine keeps what its failures name`() throws {
        let child = try machine(.started, .abandon)
        #expect(child.initiatedEventID == 5)
        #expect(child.startedEventID == 6)
        #expect(child.runID == "run")
    }
}
