import DequeModule
import Temporal
import TemporalAPI

extension WorkflowMachine {
    /// Gives an event to the operation whose command made it: the first one that has no event yet.
    ///
    /// - Throws: ``NondeterminismError`` that names both sides if they do not belong together.
    mutating func matchCommand(_ event: APIHistoryEvent) throws {
        if try matchPatch(event) { return }
        guard let issued = awaiting.popFirst() else {
            throw NondeterminismError("History \(event.label) has no command of the code to match.")
        }
        func mismatch() -> NondeterminismError {
            NondeterminismError(
                "The code issued \(describe(issued)), but in the history stands \(event.label).",
                command: describe(issued)
            )
        }
        switch (issued.subject, event.attributes) {
        case (.startTimer(let operation), .timerStartedEventAttributes(let attributes)):
            guard timers[operation]?.id == attributes.timerID else { throw mismatch() }
            _ = try timers[operation]?.started(eventID: event.eventID)
            operations[event.eventID] = operation
        case (.cancelTimer(let operation), .timerCanceledEventAttributes(let attributes)):
            guard timers[operation]?.id == attributes.timerID else { throw mismatch() }
            _ = try timers[operation]?.cancelled()
            timers[operation] = nil
            operations[attributes.startedEventID] = nil
        case (.scheduleActivity(let operation), .activityTaskScheduledEventAttributes(let attributes)):
            guard let activity = activities[operation], activity.id == attributes.activityID,
                activity.type == attributes.activityType.name
            else { throw mismatch() }
            try activities[operation]?.scheduled(eventID: event.eventID)
            operations[event.eventID] = operation
        case (.cancelActivity(let operation), .activityTaskCancelRequestedEventAttributes(let attributes)):
            let scheduled = issued.command.requestCancelActivityTaskCommandAttributes.scheduledEventID
            guard scheduled == attributes.scheduledEventID else { throw mismatch() }
            try activities[operation]?.cancelRequested()
        case (.startChild(let operation), .startChildWorkflowExecutionInitiatedEventAttributes(let attributes)):
            guard let child = children[operation], child.workflowID == attributes.workflowID,
                child.workflowType == attributes.workflowType.name
            else { throw mismatch() }
            try children[operation]?.initiated(eventID: event.eventID)
            operations[event.eventID] = operation
        case (.startNexus(let operation), .nexusOperationScheduledEventAttributes(let attributes)):
            guard let nexus = nexusOperations[operation], nexus.endpoint == attributes.endpoint,
                nexus.service == attributes.service, nexus.operation == attributes.operation
            else { throw mismatch() }
            try nexusOperations[operation]?.scheduled(eventID: event.eventID)
            operations[event.eventID] = operation
        case (.cancelNexus(let operation), .nexusOperationCancelRequestedEventAttributes(let attributes)):
            let scheduled = issued.command.requestCancelNexusOperationCommandAttributes.scheduledEventID
            guard scheduled == attributes.scheduledEventID else { throw mismatch() }
            try nexusOperations[operation]?.cancelRequested()
        case (
            .signalExternal(let operation), .signalExternalWorkflowExecutionInitiatedEventAttributes(let attributes)
        ):
            guard let request = externalRequests[operation], request.request == .signal(name: attributes.signalName),
                request.target.workflowID == attributes.workflowExecution.workflowID
            else { throw mismatch() }
            try externalRequests[operation]?.initiated(eventID: event.eventID)
            operations[event.eventID] = operation
        case (
            .cancelExternal(let operation),
            .requestCancelExternalWorkflowExecutionInitiatedEventAttributes(let attributes)
        ):
            guard externalRequests[operation]?.target.workflowID == attributes.workflowExecution.workflowID else {
                throw mismatch()
            }
            try externalRequests[operation]?.initiated(eventID: event.eventID)
            operations[event.eventID] = operation
        case (.patch(let id), .markerRecordedEventAttributes):
            guard try PatchMarker(event)?.id == id else { throw mismatch() }
        case (.changeVersion, .upsertWorkflowSearchAttributesEventAttributes):
            guard event.isChangeVersion else { throw mismatch() }
        case (.localActivity(let sequence), .markerRecordedEventAttributes):
            guard try localActivityRecorded(sequence: sequence, event) else { throw mismatch() }
        case (.upsertSearchAttributes, .upsertWorkflowSearchAttributesEventAttributes) where !event.isChangeVersion,
            (.upsertMemo, .workflowPropertiesModifiedEventAttributes):
            // Values are free to change: only the order of the commands counts.
            break
        case (.acceptUpdate(let id), .workflowExecutionUpdateAcceptedEventAttributes(let attributes)):
            guard id == attributes.protocolInstanceID else { throw mismatch() }
            try updates[id]?.acceptedEvent()
        case (.completeUpdate(let id), .workflowExecutionUpdateCompletedEventAttributes(let attributes)):
            guard id == attributes.meta.updateID else { throw mismatch() }
            try updates[id]?.completedEvent()
            updates[id] = nil
        case (.close, .workflowExecutionCompletedEventAttributes)
        where issued.command.commandType == .completeWorkflowExecution: break
        case (.close, .workflowExecutionFailedEventAttributes)
        where issued.command.commandType == .failWorkflowExecution: break
        case (.close, .workflowExecutionCanceledEventAttributes)
        where issued.command.commandType == .cancelWorkflowExecution: break
        case (.close, .workflowExecutionContinuedAsNewEventAttributes)
        where issued.command.commandType == .continueAsNewWorkflowExecution: break
        default:
            throw mismatch()
        }
    }

    /// A command in words, for errors.
    func describe(_ issued: IssuedCommand) -> String {
        switch issued.subject {
        case .startTimer: "the start of timer '\(issued.command.startTimerCommandAttributes.timerID)'"
        case .cancelTimer: "the cancellation of timer '\(issued.command.cancelTimerCommandAttributes.timerID)'"
        case .scheduleActivity:
            "activity '\(issued.command.scheduleActivityTaskCommandAttributes.activityType.name)' with id "
                + "'\(issued.command.scheduleActivityTaskCommandAttributes.activityID)'"
        case .cancelActivity:
            "the cancellation of the activity of event "
                + "\(issued.command.requestCancelActivityTaskCommandAttributes.scheduledEventID)"
        case .startChild:
            "the start of child workflow "
                + "'\(issued.command.startChildWorkflowExecutionCommandAttributes.workflowType.name)' with id "
                + "'\(issued.command.startChildWorkflowExecutionCommandAttributes.workflowID)'"
        case .startNexus:
            "Nexus operation '\(issued.command.scheduleNexusOperationCommandAttributes.service)/"
                + "\(issued.command.scheduleNexusOperationCommandAttributes.operation)' at endpoint "
                + "'\(issued.command.scheduleNexusOperationCommandAttributes.endpoint)'"
        case .cancelNexus:
            "the cancellation of the Nexus operation of event "
                + "\(issued.command.requestCancelNexusOperationCommandAttributes.scheduledEventID)"
        case .signalExternal:
            "signal '\(issued.command.signalExternalWorkflowExecutionCommandAttributes.signalName)' to workflow "
                + "'\(issued.command.signalExternalWorkflowExecutionCommandAttributes.execution.workflowID)'"
        case .cancelExternal:
            "the cancellation of workflow "
                + "'\(issued.command.requestCancelExternalWorkflowExecutionCommandAttributes.workflowID)'"
        case .upsertSearchAttributes: "an update of search attributes"
        case .upsertMemo: "an update of the memo"
        case .patch(let id): "patch '\(id)'"
        case .changeVersion: "the list of patches"
        case .localActivity(let sequence): "the outcome of local activity number \(sequence)"
        case .acceptUpdate(let id): "the acceptance of update '\(updates[id]?.name ?? "")' with id '\(id)'"
        case .completeUpdate(let id): "the completion of update '\(updates[id]?.name ?? "")' with id '\(id)'"
        case .close:
            switch issued.command.commandType {
            case .completeWorkflowExecution: "the completion of the workflow"
            case .failWorkflowExecution: "the failure of the workflow"
            case .cancelWorkflowExecution: "the cancellation of the workflow"
            default: "the continuation of the workflow as a new run"
            }
        }
    }
}
