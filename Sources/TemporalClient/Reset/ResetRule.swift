public import Foundation
import Temporal
import TemporalAPI

/// Where in its own history a run is taken up again, and which of its signals it is sent once more.
public struct ResetTarget: Sendable {
    /// The id of the event that completed the workflow task to return to.
    public var eventID: Int64

    /// Signals after that event that the new run is sent again, in their order.
    public var resentSignals: [HistoryEvent]

    /// The run that is taken up; `nil` for the run that the rule was asked about.
    public internal(set) var runID: String?

    /// Describes a target.
    ///
    /// - Parameters:
    ///   - eventID: The id of the event that completed the workflow task to return to.
    ///   - resentSignals: Signals that the new run is sent again.
    public init(eventID: Int64, resentSignals: [HistoryEvent] = []) {
        self.eventID = eventID
        self.resentSignals = resentSignals
    }
}

/// Finds the point to return to in the history of each run.
public struct ResetRule: Sendable {
    let find: @Sendable (WorkflowHistory, UntypedWorkflowHandle) async throws -> ResetTarget

    /// The same point for every run.
    public static func point(_ point: ResetPoint) -> ResetRule {
        ResetRule { _, handle in
            let (run, event) = try await handle.resolve(point)
            var target = ResetTarget(eventID: event)
            target.runID = run
            return target
        }
    }

    /// The state of each run just before a time.
    ///
    /// Signals that had arrived by then, but had not been worked on, are sent again. To return to that state, signals must
    /// be left out of what is reapplied.
    public static func before(_ time: Date) -> ResetRule {
        custom("nothing was done before \(time.formatted(.iso8601))") { history in
            let earlier = history.prefix { $0.time < time }
            guard let task = earlier.last(where: \.completesWorkflowTask) else { return nil }
            return ResetTarget(eventID: task.id, resentSignals: earlier.filter { $0.isSignal && $0.id > task.id })
        }
    }

    /// The state of each run just before the last signal of a name, without that signal.
    ///
    /// All other signals that the point leaves out are sent again. Signals must be left out of what is reapplied.
    public static func before(signal name: String) -> ResetRule {
        custom("it has received no signal '\(name)'") { history in
            guard let signal = history.last(where: { $0.isSignal && $0.name == name }) else { return nil }
            guard let task = history.last(where: { $0.completesWorkflowTask && $0.id < signal.id }) else { return nil }
            let later = history.filter { $0.isSignal && $0.id > task.id && $0.id != signal.id }
            return ResetTarget(eventID: task.id, resentSignals: later)
        }
    }

    /// A point that a function finds.
    ///
    /// - Parameters:
    ///   - otherwise: What is said of runs that have no such point.
    ///   - find: Finds the point in a history; `nil` leaves the run as it is.
    public static func custom(
        _ otherwise: String = "its history has no such point",
        _ find: @escaping @Sendable (WorkflowHistory) async throws -> ResetTarget?
    ) -> ResetRule {
        ResetRule { history, handle in
            guard let target = try await find(history) else {
                throw NoResetPointError(workflowID: handle.id, runID: history.runID, message: "\(otherwise).")
            }
            return target
        }
    }
}

extension HistoryEvent {
    /// Whether the workflow was sent a signal.
    public var isSignal: Bool { proto.eventType == .workflowExecutionSignaled }

    /// The name that the event carries: that of a signal, an update, an activity type, a child's type or a marker, or the
    /// id of a timer. `nil` for an event without one.
    public var name: String? {
        switch proto.attributes {
        case .workflowExecutionStartedEventAttributes(let event): event.workflowType.name
        case .workflowExecutionSignaledEventAttributes(let event): event.signalName
        case .workflowExecutionUpdateAcceptedEventAttributes(let event): event.acceptedRequest.input.name
        case .activityTaskScheduledEventAttributes(let event): event.activityType.name
        case .timerStartedEventAttributes(let event): event.timerID
        case .timerFiredEventAttributes(let event): event.timerID
        case .timerCanceledEventAttributes(let event): event.timerID
        case .markerRecordedEventAttributes(let event): event.markerName
        case .startChildWorkflowExecutionInitiatedEventAttributes(let event): event.workflowType.name
        case .signalExternalWorkflowExecutionInitiatedEventAttributes(let event): event.signalName
        default: nil
        }
    }
}
