import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

extension WorkflowMachine {
    /// Passes over the start of a task that failed or timed out: the code did not run in it.
    mutating func skipTask(_ event: APIHistoryEvent) throws {
        try advance(to: event)
    }

    /// Notes what the commands of a task have recorded, before the code runs in that task again.
    ///
    /// - Throws: ``HistoryError`` for a marker that cannot be read.
    mutating func expect(_ events: [APIHistoryEvent]) throws {
        for event in events {
            if let patch = try PatchMarker(event) {
                patches.note(patch.id)
            } else if let marker = try LocalActivityMarker(event) {
                locals.markers.append(marker)
            }
        }
    }

    /// Applies one event.
    ///
    /// - Returns: What the event asks of the code, if anything.
    /// - Throws: ``NondeterminismError`` if it does not match the code, ``HistoryError`` if it makes no sense.
    mutating func apply(_ event: APIHistoryEvent) throws -> Job? {
        do {
            return try take(event)
        } catch let error as NondeterminismError {
            throw error.at(event)
        }
    }

    private mutating func take(_ event: APIHistoryEvent) throws -> Job? {
        try advance(to: event)
        switch event.attributes {
        case .workflowExecutionStartedEventAttributes(let attributes):
            progress.now = Date(event.eventTime)
            return .start(attributes)
        case .workflowTaskStartedEventAttributes(let attributes):
            try startTask(event, attributes)
            return nil
        case .workflowTaskFailedEventAttributes(let attributes):
            return attributes.cause == .resetWorkflow ? .reseed(runID: attributes.newRunID) : nil
        case .workflowTaskCompletedEventAttributes(let attributes):
            try sdk.note(attributes.sdkMetadata, event)
            return nil
        case .workflowTaskScheduledEventAttributes, .workflowTaskTimedOutEventAttributes,
            .activityTaskStartedEventAttributes, .workflowExecutionPausedEventAttributes,
            .workflowExecutionUnpausedEventAttributes:
            return nil
        case .workflowExecutionSignaledEventAttributes(let attributes):
            return .signal(attributes)
        case .workflowExecutionCancelRequestedEventAttributes(let attributes):
            return .cancelWorkflow(reason: attributes.cause)
        case .workflowExecutionUpdateAdmittedEventAttributes(let attributes):
            updateAdmitted(event, attributes)
            return nil
        case .timerStartedEventAttributes, .timerCanceledEventAttributes, .activityTaskScheduledEventAttributes,
            .activityTaskCancelRequestedEventAttributes, .upsertWorkflowSearchAttributesEventAttributes,
            .workflowPropertiesModifiedEventAttributes, .markerRecordedEventAttributes,
            .workflowExecutionUpdateAcceptedEventAttributes, .workflowExecutionUpdateCompletedEventAttributes:
            try matchCommand(event)
            return nil
        case .workflowExecutionCompletedEventAttributes, .workflowExecutionFailedEventAttributes,
            .workflowExecutionCanceledEventAttributes, .workflowExecutionContinuedAsNewEventAttributes:
            try matchCommand(event)
            isClosed = true
            return nil
        case .workflowExecutionTerminatedEventAttributes, .workflowExecutionTimedOutEventAttributes:
            isClosed = true
            return nil
        case .timerFiredEventAttributes(let attributes):
            return try timerFired(event, attributes)
        case .activityTaskCompletedEventAttributes(let attributes):
            let result = attributes.hasResult ? attributes.result.values : []
            return try activityEnded(event, attributes.scheduledEventID) { _ in .success(result) }
        case .activityTaskFailedEventAttributes(let attributes):
            return try activityEnded(event, attributes.scheduledEventID) { activity in
                .failure(
                    activity.failure("Activity task failed", attributes.scheduledEventID, attributes.startedEventID) {
                        $0.cause = attributes.failure
                        $0.activityFailureInfo.identity = attributes.identity
                        $0.activityFailureInfo.retryState = attributes.retryState
                    }
                )
            }
        case .activityTaskTimedOutEventAttributes(let attributes):
            return try activityEnded(event, attributes.scheduledEventID) { activity in
                .failure(
                    activity.failure("Activity task timed out", attributes.scheduledEventID, attributes.startedEventID)
                    {
                        $0.cause = attributes.failure
                        $0.activityFailureInfo.retryState = attributes.retryState
                    }
                )
            }
        case .activityTaskCanceledEventAttributes(let attributes):
            return try activityEnded(event, attributes.scheduledEventID) { activity in
                .failure(
                    activity.failure("Activity task cancelled", attributes.scheduledEventID, attributes.startedEventID)
                    {
                        $0.cause.message = "Cancelled"
                        $0.cause.canceledFailureInfo = .init()
                        if attributes.hasDetails { $0.cause.canceledFailureInfo.details = attributes.details }
                        $0.activityFailureInfo.identity = attributes.identity
                    }
                )
            }
        default:
            let other = try applyEventOfOther(event)
            if other.isKnown { return other.job }
            let nexus = try applyEventOfNexus(event)
            if nexus.isKnown { return nexus.job }
            if event.workerMayIgnore { return nil }
            throw HistoryError("History \(event.label) is of a kind that this version of the SDK cannot process.")
        }
    }

    private mutating func advance(to event: APIHistoryEvent) throws {
        guard event.eventID == lastEventID + 1 else {
            throw HistoryError(
                "The history is out of order: event \(event.eventID) came where event \(lastEventID + 1) was expected."
            )
        }
        lastEventID = event.eventID
        progress.historyLength = Int(event.eventID)
    }

    private mutating func startTask(
        _ event: APIHistoryEvent,
        _ attributes: APIWorkflowTaskStartedEventAttributes
    ) throws {
        dropPatchesWithoutEvents()
        skipsChangeVersion = false
        if let extra = awaiting.first {
            throw NondeterminismError(
                "The code issued \(describe(extra)), but the history has no event for it before \(event.label).",
                command: describe(extra)
            )
        }
        lastStartedEventID = event.eventID
        progress.now = max(progress.now, Date(event.eventTime))
        progress.historySize = Int(attributes.historySizeBytes)
        progress.isContinueAsNewSuggested = attributes.suggestContinueAsNew
        progress.continueAsNewReasons = attributes.suggestContinueAsNewReasons.compactMap { ContinueAsNewReason($0) }
        progress.isTargetDeploymentVersionChanged = attributes.targetWorkerDeploymentVersionChanged
    }

    /// Checks that all commands have found their events, at the end of a whole history.
    func checkAllMatched() throws {
        var machine = self
        machine.dropPatchesWithoutEvents()
        guard let extra = machine.awaiting.first else { return }
        throw NondeterminismError(
            "The code issued \(describe(extra)), but the history ends after event \(lastEventID) without an event for it.",
            command: describe(extra)
        )
    }
}
