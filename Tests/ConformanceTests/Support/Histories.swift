import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import Testing

/// Compares the history of a run with the one that a real server writes.
///
/// - Parameters:
///   - handle: The run.
///   - expected: One line for each event, without ids and times that differ from run to run. A workflow task that was
///     scheduled, started and completed with nothing in between is the one line `WorkflowTask`.
func expectHistory<W: Workflow>(
    _ handle: WorkflowHandle<W>,
    _ expected: [String],
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let events = try await handle.history().proto.events
    #expect(throws: Never.self, sourceLocation: sourceLocation) { try HistoryValidator.validate(events) }
    let lines = AllowedDifferences.normalised(lines(of: events))
    guard lines != expected else { return }
    let found = lines.map { "    \"\($0)\"," }.joined(separator: "\n")
    Issue.record("The history differs. It is:\n\(found)", sourceLocation: sourceLocation)
}

/// The lines of a history.
private func lines(of events: [APIHistoryEvent]) -> [String] {
    var lines: [String] = []
    for event in events {
        lines.append(line(of: event))
        if lines.suffix(3) == ["WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted"] {
            lines.removeLast(3)
            lines.append("WorkflowTask")
        }
    }
    return lines
}

private func line(of event: APIHistoryEvent) -> String {
    let parts = [HistoryEvent(event).type] + attributes(of: event).filter { !$0.isEmpty }
    return parts.joined(separator: " ")
}

/// What the two services must agree on beyond the types of events.
private func attributes(of event: APIHistoryEvent) -> [String] {
    switch event.attributes {
    case .workflowExecutionStartedEventAttributes(let event):
        [
            event.workflowType.name,
            event.attempt > 1 ? "attempt \(event.attempt)" : "",
            event.initiator == .unspecified ? "" : "by \(event.initiator)",
            event.hasContinuedFailure ? "after \(text(event.continuedFailure))" : "",
            event.hasLastCompletionResult ? "with last result" : "",
            event.hasFirstWorkflowTaskBackoff && Duration(event.firstWorkflowTaskBackoff) > .zero ? "delayed" : "",
            event.hasMemo && !event.memo.fields.isEmpty ? "memo \(event.memo.fields.keys.sorted())" : "",
        ]
    case .workflowTaskScheduledEventAttributes(let event):
        [event.attempt > 1 ? "attempt \(event.attempt)" : ""]
    case .workflowTaskFailedEventAttributes(let event):
        ["\(event.cause)", text(event.failure)]
    case .workflowTaskTimedOutEventAttributes(let event):
        ["\(event.timeoutType)"]
    case .activityTaskScheduledEventAttributes(let event):
        [event.activityID, event.activityType.name]
    case .activityTaskStartedEventAttributes(let event):
        [
            event.attempt > 1 ? "attempt \(event.attempt)" : "",
            event.hasLastFailure ? "after \(text(event.lastFailure))" : "",
        ]
    case .activityTaskFailedEventAttributes(let event):
        [text(event.failure), "\(event.retryState)"]
    case .activityTaskTimedOutEventAttributes(let event):
        [text(event.failure), "\(event.retryState)"]
    case .timerStartedEventAttributes(let event):
        [event.timerID, "\(Duration(event.startToFireTimeout))"]
    case .timerFiredEventAttributes(let event):
        [event.timerID]
    case .timerCanceledEventAttributes(let event):
        [event.timerID]
    case .workflowExecutionSignaledEventAttributes(let event):
        [event.signalName]
    case .workflowExecutionCancelRequestedEventAttributes(let event):
        [event.cause]
    case .workflowExecutionCompletedEventAttributes(let event):
        [event.newExecutionRunID.isEmpty ? "" : "continued"]
    case .workflowExecutionFailedEventAttributes(let event):
        [text(event.failure), "\(event.retryState)", event.newExecutionRunID.isEmpty ? "" : "continued"]
    case .workflowExecutionTimedOutEventAttributes(let event):
        ["\(event.retryState)", event.newExecutionRunID.isEmpty ? "" : "continued"]
    case .workflowExecutionTerminatedEventAttributes(let event):
        [event.reason, "by \(event.identity)"]
    case .workflowExecutionContinuedAsNewEventAttributes(let event):
        [event.workflowType.name, "by \(event.initiator)"]
    default:
        []
    }
}

/// A failure and its causes in one line.
private func text(_ failure: APIFailure) -> String {
    var text =
        switch failure.failureInfo {
        case .applicationFailureInfo(let info): "application(\(info.type))"
        case .timeoutFailureInfo(let info):
            "timeout(\(info.timeoutType)\(info.hasLastHeartbeatDetails ? ", with details" : ""))"
        case .activityFailureInfo(let info): "activity(\(info.activityID))"
        case .canceledFailureInfo: "canceled"
        case .terminatedFailureInfo: "terminated"
        case .serverFailureInfo: "server"
        default: "unknown"
        }
    if failure.hasCause { text += " < " + ConformanceTests.text(failure.cause) }
    return text
}
