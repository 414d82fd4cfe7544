import SwiftProtobuf
import Temporal
import TemporalAPI

/// What of the history after the point of a reset is kept.
struct Reapplication {
    private let excluded: Set<APIResetReapplyExcludeType>

    /// Reads the types of a request.
    ///
    /// - Parameters:
    ///   - type: The older field, which says what is kept.
    ///   - excluded: The newer field, which says what is not.
    init(_ type: APIResetReapplyType, excluding excluded: [APIResetReapplyExcludeType]) {
        let implied: [APIResetReapplyExcludeType] =
            switch type {
            case .signal: [.update]
            case .none: [.signal, .update]
            case .unspecified, .allEligible, .UNRECOGNIZED: []
            }
        self.excluded = Set(excluded + implied)
    }

    /// The events that are kept: from the rest of a run, and from the runs that it was continued as.
    func events(after count: Int, of base: Run, in engine: Engine) -> [APIHistoryEvent] {
        // Only if every type is excluded, what has no type is not kept either.
        let all: Set<APIResetReapplyExcludeType> = [.signal, .update, .nexus, .cancelRequest]
        if excluded.isSuperset(of: all) { return [] }
        var found = base.events.dropFirst(count).filter(isKept)
        var run = base
        while case .workflowExecutionContinuedAsNewEventAttributes(let end) = run.events.last?.attributes,
            let next = engine.runNumbers[end.newExecutionRunID].map({ engine.runs[$0] })
        {
            found += next.events.filter(isKept)
            run = next
        }
        return found
    }

    private func isKept(_ event: APIHistoryEvent) -> Bool {
        switch event.eventType {
        case .workflowExecutionSignaled: !excluded.contains(.signal)
        case .workflowExecutionUpdateAccepted, .workflowExecutionUpdateAdmitted: !excluded.contains(.update)
        case .nexusOperationStarted, .nexusOperationCompleted, .nexusOperationFailed, .nexusOperationCanceled,
            .nexusOperationTimedOut:
            !excluded.contains(.nexus)
        case .workflowExecutionOptionsUpdated, .startChildWorkflowExecutionFailed, .childWorkflowExecutionStarted,
            .childWorkflowExecutionCompleted, .childWorkflowExecutionFailed, .childWorkflowExecutionCanceled,
            .childWorkflowExecutionTimedOut, .childWorkflowExecutionTerminated:
            true
        default: false
        }
    }
}

extension Run {
    /// Adds an event of the old run to the new one.
    func reapply(_ event: APIHistoryEvent) {
        switch event.attributes {
        case .workflowExecutionSignaledEventAttributes(let signal):
            signalCount += 1
            record(
                .workflowExecutionSignaled,
                .workflowExecutionSignaledEventAttributes(signal),
                userMetadata: event.hasUserMetadata ? event.userMetadata : nil,
                links: event.links
            )
        case .workflowExecutionUpdateAcceptedEventAttributes(let accepted):
            if accepted.hasAcceptedRequest { readmit(accepted.acceptedRequest) }
        case .workflowExecutionUpdateAdmittedEventAttributes(let admitted):
            readmit(admitted.request)
        case .workflowExecutionOptionsUpdatedEventAttributes(let updated):
            reapply(updated, links: event.links)
        case .startChildWorkflowExecutionFailedEventAttributes(let end):
            guard pendingChild(end.initiatedEventID, id: end.workflowID)?.startedEventID == 0 else { return }
            record(event.eventType, .startChildWorkflowExecutionFailedEventAttributes(end))
            children.removeValue(forKey: end.initiatedEventID)
        case .childWorkflowExecutionStartedEventAttributes(let started):
            let execution = started.workflowExecution
            guard pendingChild(started.initiatedEventID, id: execution.workflowID)?.startedEventID == 0 else { return }
            let id = record(event.eventType, .childWorkflowExecutionStartedEventAttributes(started))
            children[started.initiatedEventID]?.startedEventID = id
            children[started.initiatedEventID]?.runID = execution.runID
        case .childWorkflowExecutionCompletedEventAttributes(let end):
            reapply(end, event.eventType) { .childWorkflowExecutionCompletedEventAttributes($0) }
        case .childWorkflowExecutionFailedEventAttributes(let end):
            reapply(end, event.eventType) { .childWorkflowExecutionFailedEventAttributes($0) }
        case .childWorkflowExecutionCanceledEventAttributes(let end):
            reapply(end, event.eventType) { .childWorkflowExecutionCanceledEventAttributes($0) }
        case .childWorkflowExecutionTimedOutEventAttributes(let end):
            reapply(end, event.eventType) { .childWorkflowExecutionTimedOutEventAttributes($0) }
        case .childWorkflowExecutionTerminatedEventAttributes(let end):
            reapply(end, event.eventType) { .childWorkflowExecutionTerminatedEventAttributes($0) }
        default:
            reapplyNexus(event)
        }
    }

    private func readmit(_ request: APIUpdateRequest) {
        guard updates[request.meta.updateID] == nil else { return }
        record(
            .workflowExecutionUpdateAdmitted,
            .workflowExecutionUpdateAdmittedEventAttributes(
                .with {
                    $0.request = request
                    $0.origin = .reapply
                }
            )
        )
        updates[request.meta.updateID] = Update(request: request, isToldByEvent: true)
    }

    private func reapply(_ updated: APIWorkflowExecutionOptionsUpdatedEventAttributes, links: [APILink]) {
        // Callers who wait for the end of the run are there once.
        if !updated.attachedCompletionCallbacks.isEmpty, attachedRequestIDs.contains(updated.attachedRequestID) {
            return
        }
        record(
            .workflowExecutionOptionsUpdated,
            .workflowExecutionOptionsUpdatedEventAttributes(updated),
            links: links,
            workerMayIgnore: true
        )
        apply(updated, at: engine.now)
    }

    /// A child that the run has pending. Another run of the chain can have initiated another child with the same event.
    private func pendingChild(_ initiatedEventID: Int64, id: String) -> Child? {
        guard let child = children[initiatedEventID], child.attributes.workflowID == id else { return nil }
        return child
    }

    /// Adds the end of a child that the run has pending.
    private func reapply<End: ChildEndEvent>(
        _ end: End,
        _ type: APIEventType,
        _ attributes: (End) -> APIHistoryEvent.OneOf_Attributes
    ) {
        guard let child = pendingChild(end.initiatedEventID, id: end.workflowExecution.workflowID) else { return }
        var end = end
        end.startedEventID = child.startedEventID
        record(type, attributes(end))
        children.removeValue(forKey: end.initiatedEventID)
    }
}
