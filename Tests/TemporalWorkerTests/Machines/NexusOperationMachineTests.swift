import Temporal
import Testing

@testable import TemporalWorker

/// Every state of a Nexus operation with everything that can happen in it.
@Suite struct NexusOperationMachineTests {
    enum State: CaseIterable {
        case commanded
        case scheduled, scheduledCancelling, scheduledCancelRecorded, scheduledCancelAnswered
        case started, startedCancelling, startedCancelRecorded, startedCancelAnswered
        case closed
    }
    enum Input: CaseIterable { case cancel, scheduled, started, cancelRequested, cancelAnswered, ended }
    enum Outcome: Equatable {
        case cancel(NexusOperationMachine.CancelAction)
        case event(NexusOperationMachine.EventAction)
        case done, history
    }

    private func machine(_ state: State, _ type: NexusOperationCancellationType) throws -> NexusOperationMachine {
        var nexus = NexusOperationMachine(
            endpoint: "endpoint",
            service: "service",
            operation: "operation",
            cancellation: type
        )
        if state == .commanded { return nexus }
        try nexus.scheduled(eventID: 5)
        switch state {
        case .started, .startedCancelling, .startedCancelRecorded, .startedCancelAnswered:
            _ = try nexus.started(token: "token")
        default: break
        }
        switch state {
        case .commanded, .scheduled, .started: break
        case .scheduledCancelling, .startedCancelling: _ = nexus.cancel()
        case .scheduledCancelRecorded, .startedCancelRecorded:
            _ = nexus.cancel()
            try nexus.cancelRequested()
        case .scheduledCancelAnswered, .startedCancelAnswered:
            _ = nexus.cancel()
            try nexus.cancelRequested()
            _ = try nexus.cancelAnswered()
        case .closed: _ = try nexus.ended()
        }
        return nexus
    }

    private func outcome(
        _ state: State,
        _ input: Input,
        _ type: NexusOperationCancellationType
    ) throws -> Outcome {
        var nexus = try machine(state, type)
        do {
            switch input {
            case .cancel: return .cancel(nexus.cancel())
            case .scheduled:
                try nexus.scheduled(eventID: 9)
                return .done
            case .started: return .event(try nexus.started(token: "other"))
            case .cancelRequested:
                try nexus.cancelRequested()
                return .done
            case .cancelAnswered: return .event(try nexus.cancelAnswered())
            case .ended: return .event(try nexus.ended())
            }
        } catch is HistoryError {
            return .history
        }
    }

    private func check(_ table: [(State, [Outcome])], _ type: NexusOperationCancellationType) throws {
        try #require(table.map(\.0) == State.allCases)
        for (state, expected) in table {
            try #require(expected.count == Input.allCases.count)
            for (input, expected) in zip(Input.allCases, expected) {
                #expect(try outcome(state, input, type) == expected, "\(state) × \(input)")
            }
        }
    }

    /// The table of an operation that is waited for whatever happens.
    private var waiting: [(State, [Outcome])] {
        let asks = Outcome.cancel(.issueCancel(resolves: false))
        let none = Outcome.cancel(.nothing)
        let goes = Outcome.event(.resolve)
        let ignored = Outcome.event(.ignore)
        return [
            (.commanded, [.cancel(.dropCommand), .done, .history, .history, .history, .history]),
            (.scheduled, [asks, .history, goes, .history, .history, goes]),
            (.scheduledCancelling, [none, .history, goes, .done, .history, goes]),
            (.scheduledCancelRecorded, [none, .history, goes, .history, ignored, goes]),
            (.scheduledCancelAnswered, [none, .history, goes, .history, .history, goes]),
            (.started, [asks, .history, .history, .history, .history, goes]),
            (.startedCancelling, [none, .history, .history, .done, .history, goes]),
            (.startedCancelRecorded, [none, .history, .history, .history, ignored, goes]),
            (.startedCancelAnswered, [none, .history, .history, .history, .history, goes]),
            (.closed, [none, .history, .history, .done, ignored, .history]),
        ]
    }

    @Test func `an operation whose end is waited for`() throws {
        try check(waiting, .waitCancellationCompleted)
    }

    @Test func `an operation whose cancellation request is waited for`() throws {
        let goes = Outcome.event(.resolve)
        let ignored = Outcome.event(.ignore)
        let table = waiting.map { state, expected in
            var expected = expected
            switch state {
            case .scheduledCancelRecorded, .startedCancelRecorded: expected[4] = goes
            case .scheduledCancelAnswered: (expected[2], expected[5]) = (ignored, ignored)
            case .startedCancelAnswered: expected[5] = ignored
            default: break
            }
            return (state, expected)
        }
        try check(table, .waitCancellationRequested)
    }

    @Test func `an operation that is asked to end and not waited for`() throws {
        let asks = Outcome.cancel(.issueCancel(resolves: true))
        let ignored = Outcome.event(.ignore)
        let table = waiting.map { state, expected in
            var expected = expected
            switch state {
            case .commanded, .closed: break
            case .scheduled, .started: expected[0] = asks
            default:
                if expected[2] != .history { expected[2] = ignored }
                expected[5] = ignored
            }
            return (state, expected)
        }
        try check(table, .tryCancel)
    }

    @Test func `an abandoned operation may start and end later`() throws {
        var nexus = try machine(.scheduled, .abandon)
        #expect(nexus.cancel() == .resolve)
        #expect(nexus.cancel() == .nothing)
        var failing = nexus
        #expect(try failing.ended() == .ignore)
        #expect(try nexus.started(token: "token") == .ignore)
        #expect(try nexus.ended() == .ignore)

        var running = try machine(.started, .abandon)
        #expect(running.cancel() == .resolve)
        #expect(try running.ended() == .ignore)
        #expect(running.cancel() == .nothing)
    }

    @Test func `the machine keeps what its failures name`() throws {
        let nexus = try machine(.started, .abandon)
        #expect(nexus.scheduledEventID == 5)
        #expect(nexus.token == "token")
        #expect(nexus.label == "Nexus operation 'service/operation'")
    }
}
