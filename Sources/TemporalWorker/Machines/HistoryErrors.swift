package import TemporalAPI

/// The history and the workflow code disagree: the code of an open run was changed, or it is not deterministic.
package struct NondeterminismError: Error, Sendable, CustomStringConvertible, Equatable {
    package let description: String

    /// The event that does not fit; `nil` if the history has none where the code has a command.
    private(set) package var eventID: Int64?

    /// The type of the event.
    private(set) package var eventType: String?

    /// The command of the code that stands against it, in words; `nil` if there is none.
    package let command: String?

    /// Describes a disagreement.
    ///
    /// - Parameters:
    ///   - what: Both sides, with the event.
    ///   - command: The command of the code, in words; `nil` if it has none.
    init(_ what: String, command: String? = nil) {
        self.command = command
        description =
            "[TMPRL1100] Nondeterminism error: \(what) The code of an open run must issue the same commands in the "
            + "same order as when the history was written."
    }

    /// The error with the event at which it came up.
    func at(_ event: APIHistoryEvent) -> NondeterminismError {
        var error = self
        error.eventID = event.eventID
        error.eventType = event.eventType.typeName
        return error
    }
}

/// A history that no correct server sends, or that this version of the SDK cannot read.
package struct HistoryError: Error, Sendable, CustomStringConvertible, Equatable {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension APIHistoryEvent {
    /// The event in words: "event 5 (TimerStarted '1')".
    var label: String {
        let detail: String
        switch attributes {
        case .activityTaskScheduledEventAttributes(let attributes):
            detail = " '\(attributes.activityType.name)' with id '\(attributes.activityID)'"
        case .timerStartedEventAttributes(let attributes): detail = " '\(attributes.timerID)'"
        case .timerCanceledEventAttributes(let attributes): detail = " '\(attributes.timerID)'"
        case .timerFiredEventAttributes(let attributes): detail = " '\(attributes.timerID)'"
        case .markerRecordedEventAttributes(let attributes): detail = " '\(attributes.markerName)'"
        case .startChildWorkflowExecutionInitiatedEventAttributes(let attributes):
            detail = " '\(attributes.workflowType.name)' with id '\(attributes.workflowID)'"
        case .nexusOperationScheduledEventAttributes(let attributes):
            detail = " '\(attributes.service)/\(attributes.operation)' at endpoint '\(attributes.endpoint)'"
        case .nexusOperationCancelRequestedEventAttributes(let attributes):
            detail = " of event \(attributes.scheduledEventID)"
        case .signalExternalWorkflowExecutionInitiatedEventAttributes(let attributes):
            detail = " '\(attributes.signalName)' to '\(attributes.workflowExecution.workflowID)'"
        case .requestCancelExternalWorkflowExecutionInitiatedEventAttributes(let attributes):
            detail = " '\(attributes.workflowExecution.workflowID)'"
        case .workflowExecutionUpdateAcceptedEventAttributes(let attributes):
            detail = " '\(attributes.acceptedRequest.input.name)' with id '\(attributes.protocolInstanceID)'"
        case .workflowExecutionUpdateCompletedEventAttributes(let attributes):
            detail = " with id '\(attributes.meta.updateID)'"
        default: detail = ""
        }
        return "event \(eventID) (\(eventType.typeName)\(detail))"
    }
}

extension APIEventType {
    /// The name of the type as the other tools write it: `ActivityTaskScheduled`.
    package var typeName: String {
        let name = String(describing: self)
        return name.prefix(1).uppercased() + name.dropFirst()
    }
}
