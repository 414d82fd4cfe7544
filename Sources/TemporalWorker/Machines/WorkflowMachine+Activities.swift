import Temporal
import TemporalAPI

extension WorkflowMachine {
    /// Schedules an activity.
    ///
    /// - Returns: The number of the operation.
    /// - Throws: ``WorkflowMisuse`` if the id is that of an open activity.
    mutating func scheduleActivity(_ call: ActivityCall, summary: Payload?) throws -> Int {
        activityCount += 1
        let id = call.activityID ?? String(activityCount)
        guard openActivityIDs.insert(id).inserted else {
            throw WorkflowMisuse(
                "Activity '\(call.name)' was given the id '\(id)', which an open activity of the run has."
            )
        }
        let operation = makeOperation()
        activities[operation] = ActivityMachine(id: id, type: call.name, cancellation: call.cancellation)
        pending.append(
            IssuedCommand(operation: operation, call, id: id, taskQueue: taskQueue, summary: summary)
        )
        return operation
    }

    /// Cancels an activity in the way that its call asked for.
    mutating func cancelActivity(_ operation: Int) -> CancelAction {
        guard var activity = activities[operation] else { return .nothing }
        let action = activity.cancel()
        activities[operation] = activity
        func cancelled(_ scheduledEventID: Int64) -> CancelAction {
            .fail(
                activity.failure("Activity cancelled", scheduledEventID, 0) {
                    $0.cause.message = "Cancelled"
                    $0.cause.canceledFailureInfo = .init()
                    $0.activityFailureInfo.retryState = .cancelRequested
                }
            )
        }
        switch action {
        case .dropCommand:
            pending.removeAll { $0.subject == .scheduleActivity(operation: operation) }
            activities[operation] = nil
            openActivityIDs.remove(activity.id)
            return cancelled(0)
        case .issueCancel(let eventID, let resolves):
            var command = APICommand()
            command.commandType = .requestCancelActivityTask
            command.requestCancelActivityTaskCommandAttributes.scheduledEventID = eventID
            pending.append(IssuedCommand(subject: .cancelActivity(operation: operation), command: command))
            return resolves ? cancelled(eventID) : .nothing
        case .resolve(let eventID):
            return cancelled(eventID)
        case .nothing:
            return .nothing
        }
    }

    /// Ends an activity.
    mutating func activityEnded(
        _ event: APIHistoryEvent,
        _ scheduledEventID: Int64,
        _ resolution: (ActivityMachine) -> Resolution
    ) throws -> Job? {
        guard let operation = operations[scheduledEventID], var activity = activities[operation] else {
            throw NondeterminismError("History \(event.label) belongs to no activity of the code.")
        }
        let action = try activity.ended()
        openActivityIDs.remove(activity.id)
        operations[scheduledEventID] = nil
        activities[operation] = nil
        switch action {
        case .resolve: return .resolve(operation: operation, resolution(activity))
        case .ignore: return nil
        }
    }
}

extension ActivityMachine {
    /// The failure of the activity as the workflow sees it.
    func failure(
        _ message: String,
        _ scheduledEventID: Int64,
        _ startedEventID: Int64,
        _ fill: (inout APIFailure) -> Void
    ) -> APIFailure {
        var failure = APIFailure()
        failure.message = message
        failure.activityFailureInfo.scheduledEventID = scheduledEventID
        failure.activityFailureInfo.startedEventID = startedEventID
        failure.activityFailureInfo.activityType.name = type
        failure.activityFailureInfo.activityID = id
        fill(&failure)
        return failure
    }
}
