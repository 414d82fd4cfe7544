import Foundation
import SwiftProtobuf
import Temporal
package import TemporalAPI
import TemporalClient

/// Histories in words: one line for each event, without ids and times that differ from run to run.
package enum HistoryText {
    /// The lines of a history. A workflow task that was scheduled, started and completed with nothing in between is the one
    /// line `WorkflowTask`.
    package static func lines(of events: [APIHistoryEvent]) -> [String] {
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

    /// The line of one event.
    package static func line(of event: APIHistoryEvent) -> String {
        let parts = [HistoryEvent(event).type] + attributes(of: event).filter { !$0.isEmpty }
        return parts.joined(separator: " ")
    }
}

/// What an event says beyond its type, without ids and times that differ from run to run.
private func attributes(of event: APIHistoryEvent) -> [String] {
    switch event.attributes {
    case .workflowExecutionStartedEventAttributes(let event):
        [
            event.workflowType.name,
            event.attempt > 1 ? "attempt \(event.attempt)" : "",
            event.initiator == .unspecified ? "" : "by \(event.initiator)",
            event.hasContinuedFailure ? "after \(text(event.continuedFailure))" : "",
            event.hasLastCompletionResult ? "with last result" : "",
            isDelayed(event) ? "delayed" : "",
            event.hasParentWorkflowExecution ? "child" : "",
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
    case .workflowExecutionUpdateAcceptedEventAttributes(let event):
        [event.acceptedRequest.input.name]
    case .workflowExecutionUpdateCompletedEventAttributes(let event):
        if case .failure(let failure) = event.outcome.value { [text(failure)] } else { ["success"] }
    case .workflowExecutionCancelRequestedEventAttributes(let event):
        [event.cause]
    case .markerRecordedEventAttributes(let event):
        [event.markerName, marker(event), event.hasFailure ? text(event.failure) : ""]
    case .upsertWorkflowSearchAttributesEventAttributes(let event):
        [values(event.searchAttributes.indexedFields)]
    case .workflowPropertiesModifiedEventAttributes(let event):
        [values(event.upsertedMemo.fields)]
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
        attributesOfOthers(event)
    }
}

/// The same for the events of children and other workflows.
private func attributesOfOthers(_ event: APIHistoryEvent) -> [String] {
    switch event.attributes {
    case .startChildWorkflowExecutionInitiatedEventAttributes(let event):
        [event.workflowType.name, "\(event.parentClosePolicy)"]
    case .startChildWorkflowExecutionFailedEventAttributes(let event):
        [event.workflowType.name, "\(event.cause)"]
    case .childWorkflowExecutionStartedEventAttributes(let event):
        [event.workflowType.name]
    case .childWorkflowExecutionFailedEventAttributes(let event):
        [text(event.failure), "\(event.retryState)"]
    case .childWorkflowExecutionTimedOutEventAttributes(let event):
        ["\(event.retryState)"]
    case .signalExternalWorkflowExecutionInitiatedEventAttributes(let event):
        [event.signalName, event.childWorkflowOnly ? "of a child" : ""]
    case .signalExternalWorkflowExecutionFailedEventAttributes(let event):
        ["\(event.cause)"]
    case .requestCancelExternalWorkflowExecutionInitiatedEventAttributes(let event):
        [event.reason, event.childWorkflowOnly ? "of a child" : ""]
    case .requestCancelExternalWorkflowExecutionFailedEventAttributes(let event):
        ["\(event.cause)"]
    case .nexusOperationScheduledEventAttributes(let event):
        [
            "\(event.service)/\(event.operation)",
            event.hasScheduleToCloseTimeout ? "\(Duration(event.scheduleToCloseTimeout))" : "",
            event.nexusHeader.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "),
        ]
    case .nexusOperationFailedEventAttributes(let event):
        [text(event.failure)]
    case .nexusOperationCanceledEventAttributes(let event):
        [text(event.failure)]
    case .nexusOperationTimedOutEventAttributes(let event):
        [text(event.failure)]
    case .nexusOperationCancelRequestFailedEventAttributes(let event):
        [text(event.failure)]
    default:
        []
    }
}

/// What a marker says, without times.
private func marker(_ event: APIMarkerRecordedEventAttributes) -> String {
    let data = (event.details["data"] ?? event.details["patch-data"])?.values.first
    guard case .object(let fields)? = data.flatMap({ JSONValue($0) }) else { return "" }
    let shown = ["seq", "attempt", "activity_id", "activity_type", "id", "deprecated"]
    let parts = shown.compactMap { key -> String? in
        switch fields[key] {
        case .integer(let number)?: "\(key) \(number)"
        case .string(let text)?: "\(key) \(text)"
        case .bool(let flag)?: "\(key) \(flag)"
        default: nil
        }
    }
    let backoff: [String] =
        if case .object(let time)? = fields["backoff"], case .integer(let seconds)? = time["seconds"] {
            ["backoff \(seconds) s"]
        } else {
            []
        }
    return (parts + backoff).joined(separator: " ")
}

/// Payloads by name, with the type that their metadata names.
private func values(_ fields: [String: APIPayload]) -> String {
    fields.sorted { $0.key < $1.key }.map { name, payload in
        let type = payload.metadata["type"].map { ":" + String(decoding: $0, as: UTF8.self) } ?? ""
        let value = Payload(payload).encoding == "json/plain" ? String(decoding: payload.data, as: UTF8.self) : "null"
        return "\(name)\(type)=\(value)"
    }.joined(separator: " ")
}

/// A failure and its causes in one line.
private func text(_ failure: APIFailure) -> String {
    var text =
        switch failure.failureInfo {
        case .applicationFailureInfo(let info): "application(\(info.type))"
        case .timeoutFailureInfo(let info):
            "timeout(\(info.timeoutType)\(info.hasLastHeartbeatDetails ? ", with details" : ""))"
        case .activityFailureInfo(let info): "activity(\(info.activityID))"
        case .childWorkflowExecutionFailureInfo(let info): "child(\(info.workflowType.name))"
        case .nexusOperationExecutionFailureInfo(let info): "nexus(\(info.service)/\(info.operation))"
        case .nexusHandlerFailureInfo(let info): "handler(\(info.type))"
        case .canceledFailureInfo: "canceled"
        case .terminatedFailureInfo: "terminated"
        case .serverFailureInfo: "server"
        default: "unknown"
        }
    if failure.hasCause { text += " < " + TemporalTesting.text(failure.cause) }
    return text
}

/// Whether a run waits before its first task. The rest of the second that a service leaves between two runs of a chain, which
/// depends on how long the first one took, does not count.
private func isDelayed(_ event: APIWorkflowExecutionStartedEventAttributes) -> Bool {
    Duration(event.firstWorkflowTaskBackoff) > (event.initiator == .workflow ? .seconds(1) : .zero)
}
