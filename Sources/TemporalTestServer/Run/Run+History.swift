import OrderedCollections
import SwiftProtobuf
import TemporalAPI

extension Run {
    /// Stands for the id of an event that has not entered the history yet.
    static let bufferedEventID: Int64 = -123

    /// Adds an event to the history, or to the buffer while a worker holds the workflow task.
    ///
    /// - Parameters:
    ///   - type: The type of the event.
    ///   - attributes: Its attributes.
    ///   - time: When it happened. Default: now.
    ///   - userMetadata: The summary and details that came with the command.
    ///   - links: What the event refers to.
    ///   - workerMayIgnore: Whether a worker that does not know the type may pass over the event.
    /// - Returns: The id of the event, or ``bufferedEventID``.
    @discardableResult
    func record(
        _ type: APIEventType,
        _ attributes: APIHistoryEvent.OneOf_Attributes,
        time: Moment? = nil,
        userMetadata: APIUserMetadata? = nil,
        links: [APILink] = [],
        workerMayIgnore: Bool = false
    ) -> Int64 {
        var event = APIHistoryEvent()
        event.eventType = type
        event.eventTime = (time ?? engine.now).timestamp
        event.attributes = attributes
        if let userMetadata { event.userMetadata = userMetadata }
        if !links.isEmpty { event.links = links }
        event.workerMayIgnore = workerMayIgnore
        engine.touch(self)
        if hasStartedWorkflowTask || isProcessingCommands, type.isBuffered {
            event.eventID = Self.bufferedEventID
            bufferedEvents.append(event)
            return Self.bufferedEventID
        }
        return append(event)
    }

    /// Takes the event over, so that it is numbered in place.
    private func append(_ event: consuming APIHistoryEvent) -> Int64 {
        let id = nextEventID
        event.eventID = id
        event.taskID = engine.nextTaskID()
        events.append(event)
        return id
    }

    /// Lets the buffered events enter the history. Ends of activities and children come last, and refer to the started
    /// events that were buffered with them.
    func flushBufferedEvents() {
        guard !bufferedEvents.isEmpty else { return }
        engine.touch(self)
        let buffered = bufferedEvents
        bufferedEvents = []
        var startedEventIDs: [Int64: Int64] = [:]
        for event in buffered.filter({ !$0.eventType.endsActivityOrChild })
            + buffered.filter({ $0.eventType.endsActivityOrChild })
        {
            var event = event
            event.wireStartedEventID(startedEventIDs)
            let id = append(event)
            switch event.attributes {
            case .activityTaskStartedEventAttributes(let started):
                startedEventIDs[started.scheduledEventID] = id
                activities[started.scheduledEventID]?.startedEventID = id
            case .childWorkflowExecutionStartedEventAttributes(let started):
                startedEventIDs[started.initiatedEventID] = id
                children[started.initiatedEventID]?.startedEventID = id
            default:
                break
            }
        }
    }
}

extension APIEventType {
    /// Whether an event of this type waits in the buffer while a worker holds the workflow task. Events that come from
    /// the workflow task itself, and those that end the run, do not.
    fileprivate var isBuffered: Bool {
        switch self {
        case .workflowExecutionStarted, .workflowExecutionCompleted, .workflowExecutionFailed,
            .workflowExecutionTimedOut, .workflowExecutionTerminated, .workflowExecutionContinuedAsNew,
            .workflowExecutionCanceled, .workflowTaskScheduled, .workflowTaskStarted, .workflowTaskCompleted,
            .workflowTaskFailed, .workflowTaskTimedOut, .activityTaskScheduled, .activityTaskCancelRequested,
            .timerStarted, .timerCanceled, .requestCancelExternalWorkflowExecutionInitiated, .markerRecorded,
            .startChildWorkflowExecutionInitiated, .signalExternalWorkflowExecutionInitiated,
            .upsertWorkflowSearchAttributes, .workflowPropertiesModified, .nexusOperationScheduled,
            .nexusOperationCancelRequested, .workflowExecutionUpdateAccepted, .workflowExecutionUpdateCompleted:
            false
        default:
            true
        }
    }

    /// Whether an event of this type is the end of an activity or of a child.
    fileprivate var endsActivityOrChild: Bool {
        switch self {
        case .activityTaskCompleted, .activityTaskFailed, .activityTaskTimedOut, .activityTaskCanceled,
            .childWorkflowExecutionCompleted, .childWorkflowExecutionFailed, .childWorkflowExecutionTimedOut,
            .childWorkflowExecutionCanceled, .childWorkflowExecutionTerminated:
            true
        default:
            false
        }
    }
}

extension APIHistoryEvent {
    /// Puts the id of the started event into the end of an activity or child, if that event was buffered too.
    fileprivate mutating func wireStartedEventID(_ ids: [Int64: Int64]) {
        switch attributes {
        case .activityTaskCompletedEventAttributes(var end):
            guard let id = ids[end.scheduledEventID] else { return }
            end.startedEventID = id
            attributes = .activityTaskCompletedEventAttributes(end)
        case .activityTaskFailedEventAttributes(var end):
            guard let id = ids[end.scheduledEventID] else { return }
            end.startedEventID = id
            attributes = .activityTaskFailedEventAttributes(end)
        case .activityTaskTimedOutEventAttributes(var end):
            guard let id = ids[end.scheduledEventID] else { return }
            end.startedEventID = id
            attributes = .activityTaskTimedOutEventAttributes(end)
        case .activityTaskCanceledEventAttributes(var end):
            guard let id = ids[end.scheduledEventID] else { return }
            end.startedEventID = id
            attributes = .activityTaskCanceledEventAttributes(end)
        case .childWorkflowExecutionCompletedEventAttributes(var end):
            guard let id = ids[end.initiatedEventID] else { return }
            end.startedEventID = id
            attributes = .childWorkflowExecutionCompletedEventAttributes(end)
        case .childWorkflowExecutionFailedEventAttributes(var end):
            guard let id = ids[end.initiatedEventID] else { return }
            end.startedEventID = id
            attributes = .childWorkflowExecutionFailedEventAttributes(end)
        case .childWorkflowExecutionTimedOutEventAttributes(var end):
            guard let id = ids[end.initiatedEventID] else { return }
            end.startedEventID = id
            attributes = .childWorkflowExecutionTimedOutEventAttributes(end)
        case .childWorkflowExecutionCanceledEventAttributes(var end):
            guard let id = ids[end.initiatedEventID] else { return }
            end.startedEventID = id
            attributes = .childWorkflowExecutionCanceledEventAttributes(end)
        case .childWorkflowExecutionTerminatedEventAttributes(var end):
            guard let id = ids[end.initiatedEventID] else { return }
            end.startedEventID = id
            attributes = .childWorkflowExecutionTerminatedEventAttributes(end)
        default:
            break
        }
    }
}
