/// One timer, from the command that starts it to its end.
struct TimerMachine: Sendable, Equatable {
    private enum State: Sendable, Equatable {
        /// The command is not in the history yet.
        case commanded
        /// The timer runs.
        case running(startedEventID: Int64)
        /// The command that cancels it is not in the history yet.
        case cancelling(startedEventID: Int64)
        /// It fired, was cancelled, or never left the worker.
        case closed
    }

    /// What is to be done after a cancellation was asked for.
    enum CancelAction: Sendable, Equatable {
        /// Take the command that starts the timer back.
        case dropCommand
        /// Issue a command that cancels it.
        case issueCancel
        /// Nothing: it has ended.
        case nothing
    }

    /// What is to be done after an event.
    enum EventAction: Sendable, Equatable {
        case nothing
        /// Let the workflow go on.
        case resolve
    }

    /// The id of the timer in its run.
    let id: String

    private var state = State.commanded

    init(id: String) {
        self.id = id
    }

    mutating func cancel() -> CancelAction {
        switch state {
        case .commanded:
            state = .closed
            return .dropCommand
        case .running(let event):
            state = .cancelling(startedEventID: event)
            return .issueCancel
        case .cancelling, .closed:
            return .nothing
        }
    }

    mutating func started(eventID: Int64) throws -> EventAction {
        switch state {
        case .commanded:
            state = .running(startedEventID: eventID)
            return .nothing
        case .running, .cancelling, .closed:
            throw HistoryError("Timer '\(id)' started twice, the second time at event \(eventID).")
        }
    }

    mutating func fired(timerID: String) throws -> EventAction {
        switch state {
        case .running:
            guard timerID == id else {
                throw NondeterminismError("Timer '\(id)' runs, but the history says that timer '\(timerID)' fired.")
            }
            state = .closed
            return .resolve
        case .cancelling:
            throw NondeterminismError("The code cancelled timer '\(id)', but in the history it fired.")
        case .commanded, .closed:
            throw HistoryError("Timer '\(id)' fired, but it does not run.")
        }
    }

    mutating func cancelled() throws -> EventAction {
        switch state {
        case .cancelling:
            state = .closed
            return .nothing
        case .commanded, .running, .closed:
            throw NondeterminismError(
                "The history says that timer '\(id)' was cancelled, but the code did not ask for it."
            )
        }
    }
}
