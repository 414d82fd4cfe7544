/// One update, from its request to its outcome.
struct UpdateMachine: Sendable, Equatable {
    private enum State: Sendable, Equatable {
        /// The code has not decided on it yet.
        case requested
        /// The code took it on, which is not in the history yet.
        case accepting
        /// The code took it on and is done with it, and neither is in the history yet.
        case acceptingCompleted
        /// The code has taken it on.
        case accepted
        /// The code is done with it, which is not in the history yet.
        case completing
        /// It was rejected, or its outcome is in the history.
        case closed
    }

    /// The name of the update on the wire.
    let name: String

    private var state = State.requested

    init(name: String) {
        self.name = name
    }

    /// The code takes the update on.
    mutating func accept() throws {
        switch state {
        case .requested: state = .accepting
        case .accepting, .acceptingCompleted, .accepted, .completing, .closed: throw misuse("accepted")
        }
    }

    /// The code does not take the update on.
    mutating func reject() throws {
        switch state {
        case .requested: state = .closed
        case .accepting, .acceptingCompleted, .accepted, .completing, .closed: throw misuse("rejected")
        }
    }

    /// The code is done with the update.
    mutating func complete() throws {
        switch state {
        case .accepting: state = .acceptingCompleted
        case .accepted: state = .completing
        case .requested, .acceptingCompleted, .completing, .closed: throw misuse("completed")
        }
    }

    /// The history says that the update was accepted.
    mutating func acceptedEvent() throws {
        switch state {
        case .accepting: state = .accepted
        case .acceptingCompleted: state = .completing
        case .requested, .accepted, .completing, .closed:
            throw NondeterminismError(
                "The history says that update '\(name)' was accepted, but the code did not do so."
            )
        }
    }

    /// The history says that the update was completed.
    mutating func completedEvent() throws {
        switch state {
        case .completing: state = .closed
        case .requested, .accepting, .acceptingCompleted, .accepted, .closed:
            throw NondeterminismError(
                "The history says that update '\(name)' was completed, but the code did not do so."
            )
        }
    }

    private func misuse(_ what: String) -> HistoryError {
        HistoryError("Update '\(name)' was \(what), which it cannot be any more.")
    }
}
