import Temporal
import TemporalAPI

extension WorkflowMachine {
    /// Starts a timer.
    ///
    /// - Returns: The number of the operation.
    mutating func startTimer(_ duration: Duration, summary: Payload?) -> Int {
        let operation = makeOperation()
        timerCount += 1
        let id = String(timerCount)
        timers[operation] = TimerMachine(id: id)
        var command = APICommand()
        command.commandType = .startTimer
        command.startTimerCommandAttributes.timerID = id
        command.startTimerCommandAttributes.startToFireTimeout = .init(duration)
        if let summary { command.userMetadata.summary = summary.proto }
        pending.append(IssuedCommand(subject: .startTimer(operation: operation), command: command))
        return operation
    }

    /// Cancels a timer.
    mutating func cancelTimer(_ operation: Int) -> CancelAction {
        guard var timer = timers[operation] else { return .nothing }
        let action = timer.cancel()
        timers[operation] = timer
        switch action {
        case .dropCommand:
            pending.removeAll { $0.subject == .startTimer(operation: operation) }
            timers[operation] = nil
            return .resolve
        case .issueCancel:
            var command = APICommand()
            command.commandType = .cancelTimer
            command.cancelTimerCommandAttributes.timerID = timer.id
            pending.append(IssuedCommand(subject: .cancelTimer(operation: operation), command: command))
            return .resolve
        case .nothing:
            return .nothing
        }
    }

    /// Ends a timer whose time is over.
    mutating func timerFired(
        _ event: APIHistoryEvent,
        _ attributes: APITimerFiredEventAttributes
    ) throws -> Job {
        guard let operation = operations[attributes.startedEventID], var timer = timers[operation] else {
            throw NondeterminismError("History \(event.label) belongs to no timer of the code.")
        }
        _ = try timer.fired(timerID: attributes.timerID)
        timers[operation] = nil
        operations[attributes.startedEventID] = nil
        return .resolve(operation: operation, .success([]))
    }
}
