import Temporal

/// One request to another workflow, a signal or a cancellation, from its command to the answer of the server.
struct ExternalRequestMachine: Sendable, Equatable {
    /// What is asked.
    enum Request: Sendable, Equatable {
        case signal(name: String)
        case cancel
        /// The cancellation of a child, which the machine of the child waits for.
        case cancelChild(operation: Int)
    }

    /// What is to be done after a cancellation was asked for.
    enum CancelAction: Sendable, Equatable {
        /// Take the command back, and let the workflow go on.
        case dropCommand
        /// Nothing: the request is on its way, and the answer is near.
        case nothing
    }

    private enum State: Sendable, Equatable {
        /// The command is not in the history yet.
        case commanded
        /// The server is about to do it.
        case initiated
        /// The server has answered, or the request never left the worker.
        case closed
    }

    /// What is asked.
    let request: Request

    /// Whom it is asked of.
    let target: ExternalTarget

    private var state = State.commanded

    init(_ request: Request, target: ExternalTarget) {
        self.request = request
        self.target = target
    }

    mutating func cancel() -> CancelAction {
        switch state {
        case .commanded:
            state = .closed
            return .dropCommand
        case .initiated, .closed:
            return .nothing
        }
    }

    mutating func initiated(eventID: Int64) throws {
        switch state {
        case .commanded: state = .initiated
        case .initiated, .closed:
            throw HistoryError(
                "The \(label) of workflow '\(target.workflowID)' was initiated twice, the second time at event \(eventID)."
            )
        }
    }

    /// The server has answered, in whatever way.
    mutating func answered() throws {
        switch state {
        case .initiated: state = .closed
        case .commanded, .closed:
            throw HistoryError("The \(label) of workflow '\(target.workflowID)' was answered, but not asked for.")
        }
    }

    /// The request in words: "signal 'go'" or "cancellation".
    var label: String {
        switch request {
        case .signal(let name): "signal '\(name)'"
        case .cancel, .cancelChild: "cancellation"
        }
    }
}
