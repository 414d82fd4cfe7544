import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// The state of a run that a reset begins with: what follows from the events that it takes over.
extension Run {
    /// Takes over the beginning of another run's history.
    ///
    /// Activities begin again with their first attempt; timers keep the moment at which they fire.
    ///
    /// - Parameters:
    ///   - base: The other run; `nil` for one of another service.
    ///   - prefix: The events.
    func takeOver(_ prefix: [APIHistoryEvent], of base: Run?) {
        events = prefix
        announcedEvents = prefix.count
        transactionEnds = Array((base?.transactionEnds ?? []).prefix { $0 <= prefix.count })
        for event in prefix { apply(event) }
        activitiesToDispatch = Array(activities.keys)
        for id in activitiesToDispatch {
            guard let activity = activities[id] else { continue }
            setDeadline(.scheduleToClose, of: id, after: Span(activity.attributes.scheduleToCloseTimeout))
        }
        for timer in timers.values {
            engine.deadlines.insert(
                .userTimer(run: number, startedEventID: timer.startedEventID),
                at: max(timer.firesAt, engine.now)
            )
        }
    }

    private func apply(_ event: APIHistoryEvent) {
        switch event.attributes {
        case .workflowTaskCompletedEventAttributes(let completed):
            previousStartedEventID = completed.startedEventID
            applyCompletion(completed)
        case .workflowExecutionOptionsUpdatedEventAttributes(let updated):
            apply(updated, at: Moment(event.eventTime))
        case .activityTaskScheduledEventAttributes(let attributes):
            activities[event.eventID] = Activity(
                scheduledEventID: event.eventID,
                attributes: attributes,
                scheduledTime: engine.now,
                attemptScheduledTime: engine.now,
                stamp: engine.nextNumber()
            )
            activityEventIDs[attributes.activityID] = event.eventID
        case .activityTaskCancelRequestedEventAttributes(let request):
            activities[request.scheduledEventID]?.cancelRequestedEventID = event.eventID
        case .activityTaskCompletedEventAttributes(let end): removeActivity(end.scheduledEventID)
        case .activityTaskFailedEventAttributes(let end): removeActivity(end.scheduledEventID)
        case .activityTaskTimedOutEventAttributes(let end): removeActivity(end.scheduledEventID)
        case .activityTaskCanceledEventAttributes(let end): removeActivity(end.scheduledEventID)
        case .timerStartedEventAttributes(let attributes):
            timers[attributes.timerID] = UserTimer(
                startedEventID: event.eventID,
                firesAt: Moment(event.eventTime) + Span(attributes.startToFireTimeout)
            )
            timerIDs[event.eventID] = attributes.timerID
        case .timerFiredEventAttributes(let end): removeTimer(end.timerID)
        case .timerCanceledEventAttributes(let end): removeTimer(end.timerID)
        case .workflowExecutionSignaledEventAttributes(let signal):
            signalCount += 1
            if !signal.requestID.isEmpty { signalRequestIDs.insert(signal.requestID) }
        case .workflowExecutionCancelRequestedEventAttributes:
            isCancelRequested = true
        case .upsertWorkflowSearchAttributesEventAttributes(let upsert):
            searchAttributes.indexedFields.merge(upsert.searchAttributes.indexedFields)
        case .workflowPropertiesModifiedEventAttributes(let change):
            memo.fields.merge(change.upsertedMemo.fields)
        case .workflowExecutionPausedEventAttributes(let paused):
            status = .paused
            pause = WorkflowPause(
                time: Moment(event.eventTime),
                identity: paused.identity,
                reason: paused.reason,
                requestID: paused.requestID
            )
            updatePauseInfo()
        case .workflowExecutionUnpausedEventAttributes:
            status = .running
            pause = nil
            updatePauseInfo()
        default:
            applyToChildrenAndUpdates(event)
        }
    }

    /// Takes over options that were changed, and callers who were added.
    func apply(_ updated: APIWorkflowExecutionOptionsUpdatedEventAttributes, at time: Moment) {
        if updated.unsetVersioningOverride {
            setOverride(nil)
        } else if updated.hasVersioningOverride {
            setOverride(VersioningOverride(updated.versioningOverride))
        }
        if updated.hasPriority { priority = updated.priority }
        if !updated.attachedRequestID.isEmpty { attachedRequestIDs.insert(updated.attachedRequestID) }
        callbacks += updated.attachedCompletionCallbacks.map {
            CompletionCallback(callback: $0, requestID: updated.attachedRequestID, registrationTime: time)
        }
    }

    private func applyToChildrenAndUpdates(_ event: APIHistoryEvent) {
        switch event.attributes {
        case .startChildWorkflowExecutionInitiatedEventAttributes(let attributes):
            children[event.eventID] = Child(
                initiatedEventID: event.eventID,
                attributes: attributes,
                userMetadata: event.hasUserMetadata ? event.userMetadata : nil
            )
        case .childWorkflowExecutionStartedEventAttributes(let started):
            children[started.initiatedEventID]?.startedEventID = event.eventID
            children[started.initiatedEventID]?.runID = started.workflowExecution.runID
        case .startChildWorkflowExecutionFailedEventAttributes(let end):
            children.removeValue(forKey: end.initiatedEventID)
        case .childWorkflowExecutionCompletedEventAttributes(let end):
            children.removeValue(forKey: end.initiatedEventID)
        case .childWorkflowExecutionFailedEventAttributes(let end):
            children.removeValue(forKey: end.initiatedEventID)
        case .childWorkflowExecutionTimedOutEventAttributes(let end):
            children.removeValue(forKey: end.initiatedEventID)
        case .childWorkflowExecutionCanceledEventAttributes(let end):
            children.removeValue(forKey: end.initiatedEventID)
        case .childWorkflowExecutionTerminatedEventAttributes(let end):
            children.removeValue(forKey: end.initiatedEventID)
        case .workflowExecutionUpdateAdmittedEventAttributes(let admitted):
            updates[admitted.request.meta.updateID] = Update(request: admitted.request, isToldByEvent: true)
        case .workflowExecutionUpdateAcceptedEventAttributes(let accepted):
            var update = updates[accepted.protocolInstanceID] ?? Update(request: accepted.acceptedRequest)
            update.stage = .accepted(eventID: event.eventID)
            update.isAccepted = true
            updates[accepted.protocolInstanceID] = update
        case .workflowExecutionUpdateCompletedEventAttributes(let completed):
            updates[completed.meta.updateID]?.stage = .completed(completed.outcome)
        default:
            applyToNexus(event)
        }
    }

    private func removeActivity(_ id: Int64) {
        guard let activity = activities.removeValue(forKey: id) else { return }
        activityEventIDs[activity.activityID] = nil
    }

    private func removeTimer(_ id: String) {
        guard let timer = timers.removeValue(forKey: id) else { return }
        timerIDs[timer.startedEventID] = nil
    }
}
