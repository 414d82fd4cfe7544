package import TemporalAPI

/// Checks that a history could have come from a Temporal server.
package enum HistoryValidator {
    /// What is wrong with a history.
    package struct Problem: Error, CustomStringConvertible {
        package let description: String
    }

    /// Checks a history: ids without gaps, no time before the start of the run or before what an event refers to, references
    /// to earlier events of the right type, each thing ended once, and nothing after the end of the run.
    ///
    /// - Parameter events: The whole history of a run.
    /// - Throws: ``Problem`` for the first thing that is wrong.
    package static func validate(_ events: [APIHistoryEvent]) throws {
        guard let first = events.first, first.eventType == .workflowExecutionStarted else {
            throw Problem(description: "A history begins with WorkflowExecutionStarted.")
        }
        var ended: Set<Int64> = []
        for (index, event) in events.enumerated() {
            func fail(_ text: String) -> Problem {
                Problem(description: "Event \(event.eventID) (\(event.eventType)): \(text)")
            }
            guard event.eventID == Int64(index) + 1 else { throw fail("its place is \(index + 1)") }
            guard Moment(event.eventTime) >= Moment(first.eventTime) else {
                throw fail("comes before the start of the run")
            }
            for (id, types) in event.references where id != 0 {
                guard id > 0, id < event.eventID else { throw fail("refers to event \(id)") }
                let type = events[Int(id) - 1].eventType
                guard types.contains(type) else { throw fail("refers to event \(id), which is \(type)") }
                guard Moment(event.eventTime) >= Moment(events[Int(id) - 1].eventTime) else {
                    throw fail("comes before event \(id), which it refers to")
                }
            }
            if let id = event.endOf, !ended.insert(id).inserted { throw fail("ends event \(id) a second time") }
            if event.eventType.isClose, index + 1 != events.count { throw fail("events follow the end of the run") }
            if event.eventType == .workflowExecutionStarted, index > 0 { throw fail("the run starts twice") }
        }
    }
}

extension APIEventType {
    /// Whether an event of this type is the end of a run.
    package var isClose: Bool {
        switch self {
        case .workflowExecutionCompleted, .workflowExecutionFailed, .workflowExecutionTimedOut,
            .workflowExecutionCanceled, .workflowExecutionTerminated, .workflowExecutionContinuedAsNew:
            true
        default:
            false
        }
    }
}

extension APIHistoryEvent {
    /// The events that this event refers to, with the types that they may have.
    fileprivate var references: [(Int64, [APIEventType])] {
        switch attributes {
        case .workflowTaskStartedEventAttributes(let event):
            [(event.scheduledEventID, [.workflowTaskScheduled])]
        case .workflowTaskCompletedEventAttributes(let event):
            [(event.scheduledEventID, [.workflowTaskScheduled]), (event.startedEventID, [.workflowTaskStarted])]
        case .workflowTaskFailedEventAttributes(let event):
            [(event.scheduledEventID, [.workflowTaskScheduled]), (event.startedEventID, [.workflowTaskStarted])]
        case .workflowTaskTimedOutEventAttributes(let event):
            [(event.scheduledEventID, [.workflowTaskScheduled]), (event.startedEventID, [.workflowTaskStarted])]
        case .activityTaskScheduledEventAttributes(let event):
            [(event.workflowTaskCompletedEventID, [.workflowTaskCompleted])]
        case .activityTaskStartedEventAttributes(let event):
            [(event.scheduledEventID, [.activityTaskScheduled])]
        case .activityTaskCompletedEventAttributes(let event):
            [(event.scheduledEventID, [.activityTaskScheduled]), (event.startedEventID, [.activityTaskStarted])]
        case .activityTaskFailedEventAttributes(let event):
            [(event.scheduledEventID, [.activityTaskScheduled]), (event.startedEventID, [.activityTaskStarted])]
        case .activityTaskTimedOutEventAttributes(let event):
            [(event.scheduledEventID, [.activityTaskScheduled]), (event.startedEventID, [.activityTaskStarted])]
        case .activityTaskCanceledEventAttributes(let event):
            [
                (event.scheduledEventID, [.activityTaskScheduled]), (event.startedEventID, [.activityTaskStarted]),
                (event.latestCancelRequestedEventID, [.activityTaskCancelRequested]),
            ]
        case .activityTaskCancelRequestedEventAttributes(let event):
            [(event.scheduledEventID, [.activityTaskScheduled])]
        case .timerStartedEventAttributes(let event):
            [(event.workflowTaskCompletedEventID, [.workflowTaskCompleted])]
        case .timerFiredEventAttributes(let event):
            [(event.startedEventID, [.timerStarted])]
        case .timerCanceledEventAttributes(let event):
            [(event.startedEventID, [.timerStarted])]
        case .workflowExecutionCompletedEventAttributes(let event):
            [(event.workflowTaskCompletedEventID, [.workflowTaskCompleted])]
        case .workflowExecutionFailedEventAttributes(let event):
            [(event.workflowTaskCompletedEventID, [.workflowTaskCompleted])]
        case .workflowExecutionCanceledEventAttributes(let event):
            [(event.workflowTaskCompletedEventID, [.workflowTaskCompleted])]
        case .workflowExecutionContinuedAsNewEventAttributes(let event):
            [(event.workflowTaskCompletedEventID, [.workflowTaskCompleted])]
        case .childWorkflowExecutionStartedEventAttributes(let event):
            [(event.initiatedEventID, [.startChildWorkflowExecutionInitiated])]
        case .childWorkflowExecutionCompletedEventAttributes(let event):
            childReferences(event.initiatedEventID, event.startedEventID)
        case .childWorkflowExecutionFailedEventAttributes(let event):
            childReferences(event.initiatedEventID, event.startedEventID)
        case .childWorkflowExecutionCanceledEventAttributes(let event):
            childReferences(event.initiatedEventID, event.startedEventID)
        case .childWorkflowExecutionTimedOutEventAttributes(let event):
            childReferences(event.initiatedEventID, event.startedEventID)
        case .childWorkflowExecutionTerminatedEventAttributes(let event):
            childReferences(event.initiatedEventID, event.startedEventID)
        case .workflowExecutionUpdateCompletedEventAttributes(let event):
            [(event.acceptedEventID, [.workflowExecutionUpdateAccepted])]
        default:
            referencesOfRequests
        }
    }

    /// The events that events of commands and of requests to other workflows refer to.
    private var referencesOfRequests: [(Int64, [APIEventType])] {
        switch attributes {
        case .markerRecordedEventAttributes(let event):
            [(event.workflowTaskCompletedEventID, [.workflowTaskCompleted])]
        case .upsertWorkflowSearchAttributesEventAttributes(let event):
            [(event.workflowTaskCompletedEventID, [.workflowTaskCompleted])]
        case .workflowPropertiesModifiedEventAttributes(let event):
            [(event.workflowTaskCompletedEventID, [.workflowTaskCompleted])]
        case .startChildWorkflowExecutionInitiatedEventAttributes(let event):
            [(event.workflowTaskCompletedEventID, [.workflowTaskCompleted])]
        case .startChildWorkflowExecutionFailedEventAttributes(let event):
            [(event.initiatedEventID, [.startChildWorkflowExecutionInitiated])]
        case .signalExternalWorkflowExecutionInitiatedEventAttributes(let event):
            [(event.workflowTaskCompletedEventID, [.workflowTaskCompleted])]
        case .signalExternalWorkflowExecutionFailedEventAttributes(let event):
            [(event.initiatedEventID, [.signalExternalWorkflowExecutionInitiated])]
        case .externalWorkflowExecutionSignaledEventAttributes(let event):
            [(event.initiatedEventID, [.signalExternalWorkflowExecutionInitiated])]
        case .requestCancelExternalWorkflowExecutionInitiatedEventAttributes(let event):
            [(event.workflowTaskCompletedEventID, [.workflowTaskCompleted])]
        case .requestCancelExternalWorkflowExecutionFailedEventAttributes(let event):
            [(event.initiatedEventID, [.requestCancelExternalWorkflowExecutionInitiated])]
        case .externalWorkflowExecutionCancelRequestedEventAttributes(let event):
            [(event.initiatedEventID, [.requestCancelExternalWorkflowExecutionInitiated])]
        default:
            nexusReferences
        }
    }

    private var nexusReferences: [(Int64, [APIEventType])] {
        switch attributes {
        case .nexusOperationScheduledEventAttributes(let event):
            [(event.workflowTaskCompletedEventID, [.workflowTaskCompleted])]
        case .nexusOperationStartedEventAttributes(let event):
            [(event.scheduledEventID, [.nexusOperationScheduled])]
        case .nexusOperationCancelRequestedEventAttributes(let event):
            [(event.scheduledEventID, [.nexusOperationScheduled])]
        case .nexusOperationCancelRequestCompletedEventAttributes(let event):
            [
                (event.scheduledEventID, [.nexusOperationScheduled]),
                (event.requestedEventID, [.nexusOperationCancelRequested]),
            ]
        case .nexusOperationCancelRequestFailedEventAttributes(let event):
            [
                (event.scheduledEventID, [.nexusOperationScheduled]),
                (event.requestedEventID, [.nexusOperationCancelRequested]),
            ]
        default:
            endedNexusOperation.map { [($0, [.nexusOperationScheduled])] } ?? []
        }
    }

    private func childReferences(_ initiated: Int64, _ started: Int64) -> [(Int64, [APIEventType])] {
        [(initiated, [.startChildWorkflowExecutionInitiated]), (started, [.childWorkflowExecutionStarted])]
    }

    /// The event whose thing this event ends: an activity, a timer, a child, a Nexus operation, a workflow task, an update.
    fileprivate var endOf: Int64? {
        switch attributes {
        case .workflowTaskCompletedEventAttributes(let event): event.scheduledEventID
        case .workflowTaskFailedEventAttributes(let event): event.scheduledEventID
        case .workflowTaskTimedOutEventAttributes(let event): event.scheduledEventID
        case .activityTaskCompletedEventAttributes(let event): event.scheduledEventID
        case .activityTaskFailedEventAttributes(let event): event.scheduledEventID
        case .activityTaskTimedOutEventAttributes(let event): event.scheduledEventID
        case .activityTaskCanceledEventAttributes(let event): event.scheduledEventID
        case .timerFiredEventAttributes(let event): event.startedEventID
        case .timerCanceledEventAttributes(let event): event.startedEventID
        case .childWorkflowExecutionCompletedEventAttributes(let event): event.initiatedEventID
        case .childWorkflowExecutionFailedEventAttributes(let event): event.initiatedEventID
        case .childWorkflowExecutionCanceledEventAttributes(let event): event.initiatedEventID
        case .childWorkflowExecutionTimedOutEventAttributes(let event): event.initiatedEventID
        case .childWorkflowExecutionTerminatedEventAttributes(let event): event.initiatedEventID
        case .workflowExecutionUpdateCompletedEventAttributes(let event): event.acceptedEventID
        case .startChildWorkflowExecutionFailedEventAttributes(let event): event.initiatedEventID
        case .signalExternalWorkflowExecutionFailedEventAttributes(let event): event.initiatedEventID
        case .externalWorkflowExecutionSignaledEventAttributes(let event): event.initiatedEventID
        case .requestCancelExternalWorkflowExecutionFailedEventAttributes(let event): event.initiatedEventID
        case .externalWorkflowExecutionCancelRequestedEventAttributes(let event): event.initiatedEventID
        default: endedNexusOperation
        }
    }
}
