import TemporalAPI
import TemporalTestServer

/// The beginning of a history that a run can go on from.
enum HistoryCut {
    /// Cuts a history.
    ///
    /// A service writes what one workflow task brought about at once, so that it stays together.
    ///
    /// - Parameters:
    ///   - events: The whole history.
    ///   - last: The last event to be kept; `nil` for all but the end of the run.
    static func events(of events: [APIHistoryEvent], through last: Int64?) -> [APIHistoryEvent] {
        let end =
            events.firstIndex { event in last.map { event.eventID > $0 } ?? event.eventType.isClose } ?? events.count
        guard let completed = events[..<end].lastIndex(where: { $0.eventType == .workflowTaskCompleted }) else {
            return Array(events[..<end])
        }
        var next = end
        while next < events.count, events[next].comesFromTask(completed: events[completed].eventID) { next += 1 }
        if next > end, events[next - 1].eventType.isClose { return Array(events[..<completed]) }
        return Array(events[..<next])
    }
}

extension APIHistoryEvent {
    /// Whether the event is what a workflow task brought about.
    fileprivate func comesFromTask(completed id: Int64) -> Bool {
        switch attributes {
        case .activityTaskScheduledEventAttributes(let event): event.workflowTaskCompletedEventID == id
        case .activityTaskCancelRequestedEventAttributes(let event): event.workflowTaskCompletedEventID == id
        case .timerStartedEventAttributes(let event): event.workflowTaskCompletedEventID == id
        case .timerCanceledEventAttributes(let event): event.workflowTaskCompletedEventID == id
        case .markerRecordedEventAttributes(let event): event.workflowTaskCompletedEventID == id
        case .upsertWorkflowSearchAttributesEventAttributes(let event): event.workflowTaskCompletedEventID == id
        case .workflowPropertiesModifiedEventAttributes(let event): event.workflowTaskCompletedEventID == id
        case .startChildWorkflowExecutionInitiatedEventAttributes(let event): event.workflowTaskCompletedEventID == id
        case .signalExternalWorkflowExecutionInitiatedEventAttributes(let event):
            event.workflowTaskCompletedEventID == id
        case .requestCancelExternalWorkflowExecutionInitiatedEventAttributes(let event):
            event.workflowTaskCompletedEventID == id
        case .nexusOperationScheduledEventAttributes(let event): event.workflowTaskCompletedEventID == id
        case .nexusOperationCancelRequestedEventAttributes(let event): event.workflowTaskCompletedEventID == id
        case .workflowExecutionCompletedEventAttributes(let event): event.workflowTaskCompletedEventID == id
        case .workflowExecutionFailedEventAttributes(let event): event.workflowTaskCompletedEventID == id
        case .workflowExecutionCanceledEventAttributes(let event): event.workflowTaskCompletedEventID == id
        case .workflowExecutionContinuedAsNewEventAttributes(let event): event.workflowTaskCompletedEventID == id
        case .workflowExecutionUpdateAcceptedEventAttributes, .workflowExecutionUpdateCompletedEventAttributes: true
        default: false
        }
    }
}
