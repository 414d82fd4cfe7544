import Temporal

/// One Nexus operation, from the command that calls it to its end.
struct NexusOperationMachine: Sendable, Equatable {
    private enum State: Sendable, Equatable {
        /// The command is not in the history yet.
        case commanded
        /// The server has the operation, and its handler has not answered.
        case scheduled(Request)
        /// The handler has said that the operation goes on.
        case started(Request)
        /// It has ended, or never left the worker.
        case closed
    }

    /// How far the request to end the operation is.
    private enum Request: Sendable, Equatable {
        case none
        /// The command is not in the history yet.
        case commanded
        /// The server passes it on.
        case recorded
        /// The handler has taken note, or has refused.
        case answered
    }

    /// What is to be done after a cancellation was asked for.
    enum CancelAction: Sendable, Equatable {
        /// Take the command that calls the operation back, and let the workflow go on.
        case dropCommand
        /// Ask for the end of the operation, and let the workflow go on or not.
        case issueCancel(resolves: Bool)
        /// Let the workflow go on.
        case resolve
        /// Nothing: it has ended, or was asked before.
        case nothing
    }

    /// What is to be done after an event.
    enum EventAction: Sendable, Equatable {
        /// Let the workflow go on.
        case resolve
        /// The workflow waits for something else, or has gone on before.
        case ignore
    }

    /// Where it is called.
    let endpoint: String

    /// The name of the service.
    let service: String

    /// The name of the operation.
    let operation: String

    /// What a cancellation means for it.
    let cancellation: NexusOperationCancellationType

    /// The event that scheduled it; 0 before.
    private(set) var scheduledEventID: Int64 = 0

    /// The token by which it is known; empty before it has started.
    private(set) var token = ""

    private var state = State.commanded

    /// Whether the workflow has gone on without waiting for the end.
    private var isAbandoned = false

    init(endpoint: String, service: String, operation: String, cancellation: NexusOperationCancellationType) {
        self.endpoint = endpoint
        self.service = service
        self.operation = operation
        self.cancellation = cancellation
    }

    mutating func cancel() -> CancelAction {
        guard !isAbandoned else { return .nothing }
        switch state {
        case .commanded:
            state = .closed
            return .dropCommand
        case .scheduled(.none):
            let action = cancelOpen()
            if case .issueCancel = action { state = .scheduled(.commanded) }
            return action
        case .started(.none):
            let action = cancelOpen()
            if case .issueCancel = action { state = .started(.commanded) }
            return action
        case .scheduled, .started, .closed:
            return .nothing
        }
    }

    private mutating func cancelOpen() -> CancelAction {
        switch cancellation.kind {
        case .abandon:
            isAbandoned = true
            return .resolve
        case .tryCancel:
            isAbandoned = true
            return .issueCancel(resolves: true)
        case .waitCancellationRequested, .waitCancellationCompleted:
            return .issueCancel(resolves: false)
        }
    }

    mutating func scheduled(eventID: Int64) throws {
        switch state {
        case .commanded:
            state = .scheduled(.none)
            scheduledEventID = eventID
        case .scheduled, .started, .closed:
            throw HistoryError("\(label) was scheduled twice, the second time at event \(eventID).")
        }
    }

    mutating func started(token: String) throws -> EventAction {
        switch state {
        case .scheduled(let request):
            state = .started(request)
            self.token = token
            return isAbandoned ? .ignore : .resolve
        case .commanded, .started, .closed:
            throw HistoryError("\(label) started where it could not.")
        }
    }

    /// The command that asks for the end of the operation is in the history.
    mutating func cancelRequested() throws {
        switch state {
        case .scheduled(.commanded): state = .scheduled(.recorded)
        case .started(.commanded): state = .started(.recorded)
        case .closed: break  // It ended in the same batch of events.
        case .commanded, .scheduled, .started:
            throw HistoryError(
                "The history says that the end of \(label) was asked for, but the code did not ask for it."
            )
        }
    }

    /// The handler has taken note of the request to end the operation, or has refused it for good.
    mutating func cancelAnswered() throws -> EventAction {
        switch state {
        case .scheduled(.recorded): state = .scheduled(.answered)
        case .started(.recorded): state = .started(.answered)
        case .closed: return .ignore  // It ended in the same batch of events.
        case .commanded, .scheduled, .started:
            throw HistoryError("The request to end \(label) was answered, but it was not made.")
        }
        guard cancellation.kind == .waitCancellationRequested, !isAbandoned else { return .ignore }
        isAbandoned = true
        return .resolve
    }

    /// The operation has ended, in whatever way.
    mutating func ended() throws -> EventAction {
        switch state {
        case .scheduled, .started:
            state = .closed
            return isAbandoned ? .ignore : .resolve
        case .commanded, .closed:
            throw HistoryError("\(label) ended, but it is not open.")
        }
    }

    /// The operation in words.
    var label: String { "Nexus operation '\(service)/\(operation)'" }
}
