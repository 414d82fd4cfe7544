import Temporal

/// One activity, from the command that schedules it to its end.
struct ActivityMachine: Sendable, Equatable {
    private enum State: Sendable, Equatable {
        /// The command is not in the history yet.
        case commanded
        /// The server has the activity.
        case scheduled(eventID: Int64)
        /// The command that asks for its cancellation is not in the history yet.
        case cancelling(eventID: Int64)
        /// The server was asked to cancel it, and it has not ended.
        case cancelRequested(eventID: Int64)
        /// It has ended, or never left the worker.
        case closed
    }

    /// What is to be done after a cancellation was asked for.
    enum CancelAction: Sendable, Equatable {
        /// Take the command that schedules the activity back, and let the workflow go on.
        case dropCommand
        /// Ask the server to cancel the activity it scheduled with an event, and let the workflow go on or not.
        case issueCancel(scheduledEventID: Int64, resolves: Bool)
        /// Let the workflow go on, without a word to the server that scheduled the activity with an event.
        case resolve(scheduledEventID: Int64)
        /// Nothing: it has ended, or was asked before.
        case nothing
    }

    /// What is to be done after an event that ends the activity.
    enum EndAction: Sendable, Equatable {
        /// Let the workflow go on with the outcome.
        case resolve
        /// The workflow has gone on before: the outcome is of no use.
        case ignore
    }

    /// The id of the activity in its run.
    let id: String

    /// The name of the activity.
    let type: String

    /// What a cancellation means for it.
    let cancellation: ActivityCancellationType

    private var state = State.commanded

    /// Whether the workflow has gone on without waiting for the end.
    private var isAbandoned = false

    init(id: String, type: String, cancellation: ActivityCancellationType) {
        self.id = id
        self.type = type
        self.cancellation = cancellation
    }

    mutating func cancel() -> CancelAction {
        guard !isAbandoned else { return .nothing }
        switch state {
        case .commanded:
            state = .closed
            return .dropCommand
        case .scheduled(let event):
            switch cancellation.kind {
            case .abandon:
                isAbandoned = true
                return .resolve(scheduledEventID: event)
            case .tryCancel:
                isAbandoned = true
                state = .cancelling(eventID: event)
                return .issueCancel(scheduledEventID: event, resolves: true)
            case .waitCancellationCompleted:
                state = .cancelling(eventID: event)
                return .issueCancel(scheduledEventID: event, resolves: false)
            }
        case .cancelling, .cancelRequested, .closed:
            return .nothing
        }
    }

    mutating func scheduled(eventID: Int64) throws {
        switch state {
        case .commanded: state = .scheduled(eventID: eventID)
        case .scheduled, .cancelling, .cancelRequested, .closed:
            throw HistoryError("Activity '\(id)' was scheduled twice, the second time at event \(eventID).")
        }
    }

    mutating func cancelRequested() throws {
        switch state {
        case .cancelling(let event): state = .cancelRequested(eventID: event)
        case .closed: break  // It ended in the same batch of events.
        case .commanded, .scheduled, .cancelRequested:
            throw NondeterminismError(
                "The history says that activity '\(id)' was asked to cancel, but the code did not ask for it."
            )
        }
    }

    mutating func ended() throws -> EndAction {
        switch state {
        case .scheduled, .cancelling, .cancelRequested:
            state = .closed
            return isAbandoned ? .ignore : .resolve
        case .commanded, .closed:
            throw HistoryError("Activity '\(id)' ended, but it is not open.")
        }
    }
}
