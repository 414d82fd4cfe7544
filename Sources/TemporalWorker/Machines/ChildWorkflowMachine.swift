import Temporal

/// One child workflow, from the command that starts it to its end.
struct ChildWorkflowMachine: Sendable, Equatable {
    private enum State: Sendable, Equatable {
        /// The command is not in the history yet.
        case commanded
        /// The server is about to start the child.
        case initiated
        /// The child is to be asked to stop as soon as it has started: before, the server would not find it.
        case cancelsAtStart
        /// The child runs.
        case started
        /// The child runs, and is being asked to stop.
        case cancelRequested
        /// It has ended, was not started, or never left the worker.
        case closed
    }

    /// What is to be done after a cancellation was asked for.
    enum CancelAction: Sendable, Equatable {
        /// Take the command that starts the child back, and let the workflow go on.
        case dropCommand
        /// Ask the child to stop, and let the workflow go on or not.
        case issueCancel(resolves: Bool)
        /// Let the workflow go on.
        case resolve
        /// Nothing: it waits for an event, has ended, or was asked before.
        case nothing
    }

    /// What is to be done after the child has started.
    enum StartAction: Sendable, Equatable {
        /// Hand the child to the workflow.
        case resolve
        /// Ask the child to stop, and hand it to the workflow or, if the workflow has gone on before, not.
        case issueCancel(resolves: Bool)
        /// The workflow has gone on before: the start is of no use.
        case ignore
    }

    /// What is to be done after any other event.
    enum EventAction: Sendable, Equatable {
        /// Let the workflow go on.
        case resolve
        /// The workflow waits for something else, or has gone on before.
        case ignore
    }

    /// The id of the child.
    let workflowID: String

    /// The name of its type.
    let workflowType: String

    /// What a cancellation means for it.
    let cancellation: ChildWorkflowCancellationType

    /// The first run of the child; empty before it has started.
    private(set) var runID = ""

    /// The event that initiated the child; 0 before.
    private(set) var initiatedEventID: Int64 = 0

    /// The event that says that the child has started; 0 before.
    private(set) var startedEventID: Int64 = 0

    private var state = State.commanded

    /// Whether the workflow has gone on without waiting for the end.
    private var isAbandoned = false

    init(workflowID: String, workflowType: String, cancellation: ChildWorkflowCancellationType) {
        self.workflowID = workflowID
        self.workflowType = workflowType
        self.cancellation = cancellation
    }

    mutating func cancel() -> CancelAction {
        guard !isAbandoned else { return .nothing }
        switch state {
        case .commanded:
            state = .closed
            return .dropCommand
        case .initiated:
            switch cancellation.kind {
            case .abandon:
                isAbandoned = true
                return .resolve
            case .tryCancel:
                isAbandoned = true
                state = .cancelsAtStart
                return .resolve
            case .waitCancellationCompleted, .waitCancellationRequested:
                state = .cancelsAtStart
                return .nothing
            }
        case .started:
            switch cancellation.kind {
            case .abandon:
                isAbandoned = true
                return .resolve
            case .tryCancel:
                isAbandoned = true
                state = .cancelRequested
                return .issueCancel(resolves: true)
            case .waitCancellationCompleted, .waitCancellationRequested:
                state = .cancelRequested
                return .issueCancel(resolves: false)
            }
        case .cancelsAtStart, .cancelRequested, .closed:
            return .nothing
        }
    }

    mutating func initiated(eventID: Int64) throws {
        switch state {
        case .commanded:
            state = .initiated
            initiatedEventID = eventID
        case .initiated, .cancelsAtStart, .started, .cancelRequested, .closed:
            throw HistoryError(
                "Child workflow '\(workflowID)' was initiated twice, the second time at event \(eventID)."
            )
        }
    }

    mutating func started(eventID: Int64, runID: String) throws -> StartAction {
        switch state {
        case .initiated, .cancelsAtStart:
            let cancels = state == .cancelsAtStart
            state = cancels ? .cancelRequested : .started
            startedEventID = eventID
            self.runID = runID
            if cancels { return .issueCancel(resolves: !isAbandoned) }
            return isAbandoned ? .ignore : .resolve
        case .commanded, .started, .cancelRequested, .closed:
            throw HistoryError("Child workflow '\(workflowID)' started at event \(eventID), where it could not.")
        }
    }

    mutating func startFailed() throws -> EventAction {
        switch state {
        case .initiated, .cancelsAtStart:
            state = .closed
            return isAbandoned ? .ignore : .resolve
        case .commanded, .started, .cancelRequested, .closed:
            throw HistoryError("The start of child workflow '\(workflowID)' failed, but it was not about to start.")
        }
    }

    /// The request to stop has reached the child.
    mutating func cancelDelivered() throws -> EventAction {
        switch state {
        case .cancelRequested:
            guard cancellation.kind == .waitCancellationRequested, !isAbandoned else { return .ignore }
            isAbandoned = true
            return .resolve
        case .closed:
            return .ignore  // It ended in the same batch of events.
        case .commanded, .initiated, .cancelsAtStart, .started:
            throw HistoryError("Child workflow '\(workflowID)' was asked to stop, but not by this run.")
        }
    }

    /// The child has ended, in whatever way.
    mutating func ended() throws -> EventAction {
        switch state {
        case .started, .cancelRequested:
            state = .closed
            return isAbandoned ? .ignore : .resolve
        case .commanded, .initiated, .cancelsAtStart, .closed:
            throw HistoryError("Child workflow '\(workflowID)' ended, but it does not run.")
        }
    }
}
