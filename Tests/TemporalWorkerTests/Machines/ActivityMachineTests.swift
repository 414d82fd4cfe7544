import Temporal
import Testing

@testable import TemporalWorker

/// Every state of an activity with everything that can happen in it.
@Suite struct ActivityMachineTests {
    enum State: CaseIterable { case commanded, scheduled, cancelling, cancelRequested, closed }
    enum Input: CaseIterable { case cancel, scheduled, cancelRequested, ended }
    enum Outcome: Equatable {
        case cancel(ActivityMachine.CancelAction)
        case end(ActivityMachine.EndAction)
        case done, nondeterminism, history
    }

    private func machine(_ state: State, _ type: ActivityCancellationType) throws -> ActivityMachine {
        var activity = ActivityMachine(id: "1", type: "charge", cancellation: type)
        if state == .commanded { return activity }
        try activity.scheduled(eventID: 5)
        switch state {
        case .commanded, .scheduled: break
        case .cancelling: _ = activity.cancel()
        case .cancelRequested:
            _ = activity.cancel()
            try activity.cancelRequested()
        case .closed: _ = try activity.ended()
        }
        return activity
    }

    private func outcome(_ state: State, _ input: Input, _ type: ActivityCancellationType) throws -> Outcome {
        var activity = try machine(state, type)
        do {
            switch input {
            case .cancel: return .cancel(activity.cancel())
            case .scheduled:
                try activity.scheduled(eventID: 9)
                return .done
            case .cancelRequested:
                try activity.cancelRequested()
                return .done
            case .ended: return .end(try activity.ended())
            }
        } catch is NondeterminismError {
            return .nondeterminism
        } catch is HistoryError {
            return .history
        }
    }

    static let waiting: [(State, [Outcome])] = [
        (.commanded, [.cancel(.dropCommand), .done, .nondeterminism, .history]),
        (
            .scheduled,
            [.cancel(.issueCancel(scheduledEventID: 5, resolves: false)), .history, .nondeterminism, .end(.resolve)]
        ),
        (.cancelling, [.cancel(.nothing), .history, .done, .end(.resolve)]),
        (.cancelRequested, [.cancel(.nothing), .history, .nondeterminism, .end(.resolve)]),
        (.closed, [.cancel(.nothing), .history, .done, .history]),
    ]

    @Test(arguments: waiting)
    func `an activity whose cancellation is waited for`(_ state: State, _ expected: [Outcome]) throws {
        for (input, expected) in zip(Input.allCases, expected) {
            #expect(try outcome(state, input, .waitCancellationCompleted) == expected, "\(state) × \(input)")
        }
    }

    @Test func `trying to cancel goes on at once and ignores the end`() throws {
        var activity = try machine(.scheduled, .tryCancel)
        #expect(activity.cancel() == .issueCancel(scheduledEventID: 5, resolves: true))
        #expect(activity.cancel() == .nothing)
        try activity.cancelRequested()
        #expect(try activity.ended() == .ignore)
    }

    @Test func `an abandoned activity may start, fail, time out or end later`() throws {
        var activity = try machine(.scheduled, .abandon)
        #expect(activity.cancel() == .resolve(scheduledEventID: 5))
        #expect(activity.cancel() == .nothing)
        #expect(try activity.ended() == .ignore)
    }
}
