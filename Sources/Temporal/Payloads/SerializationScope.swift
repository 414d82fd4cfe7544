import Synchronization
import TemporalAPI

/// Tells what the payloads of the messages about one workflow belong to, for codecs that ask.
///
/// The end of an activity stands in a history without what its start said, so a scope remembers: one that reads a
/// history goes from page to page, and one of a run in memory from task to task.
package final class SerializationScope: Sendable, Hashable {
    private struct State {
        var workflowType = ""
        var activities: [Int64: SerializationContext] = [:]
    }

    /// The context of the workflow, or of the one activity that the messages are about.
    package let context: SerializationContext

    private let state = Mutex(State())

    /// Begins to read.
    ///
    /// - Parameters:
    ///   - context: What all belongs to that belongs to nothing else.
    ///   - workflowType: The type of the workflow, where the messages do not say it.
    package init(_ context: SerializationContext, workflowType: String = "") {
        self.context = context
        state.withLock { $0.workflowType = workflowType }
    }

    package static func == (left: SerializationScope, right: SerializationScope) -> Bool { left === right }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(ObjectIdentifier(self))
    }

    /// What the payloads of an event belong to. Events are asked for in their order.
    ///
    /// `nil` for those of Nexus operations: what handles them does not know the caller, and is none of its workflows.
    func context(of event: APIHistoryEvent) -> SerializationContext? {
        switch event.attributes {
        case .workflowExecutionStartedEventAttributes(let start):
            state.withLock { $0.workflowType = start.workflowType.name }
            return context
        case .activityTaskScheduledEventAttributes(let activity):
            return state.withLock { state in
                let context = self.activity(activity.activityType.name, activity.taskQueue.name, state.workflowType)
                state.activities[event.eventID] = context
                return context
            }
        case .activityTaskStartedEventAttributes(let started): return activity(started.scheduledEventID)
        case .activityTaskCompletedEventAttributes(let end): return activity(end.scheduledEventID)
        case .activityTaskFailedEventAttributes(let end): return activity(end.scheduledEventID)
        case .activityTaskTimedOutEventAttributes(let end): return activity(end.scheduledEventID)
        case .activityTaskCanceledEventAttributes(let end): return activity(end.scheduledEventID)
        case .startChildWorkflowExecutionInitiatedEventAttributes(let child):
            return other(child.namespace, child.workflowID)
        case .startChildWorkflowExecutionFailedEventAttributes(let child):
            return other(child.namespace, child.workflowID)
        case .childWorkflowExecutionCompletedEventAttributes(let child):
            return other(child.namespace, child.workflowExecution.workflowID)
        case .childWorkflowExecutionFailedEventAttributes(let child):
            return other(child.namespace, child.workflowExecution.workflowID)
        case .childWorkflowExecutionCanceledEventAttributes(let child):
            return other(child.namespace, child.workflowExecution.workflowID)
        case .signalExternalWorkflowExecutionInitiatedEventAttributes(let signal):
            return other(signal.namespace, signal.workflowExecution.workflowID)
        case .nexusOperationScheduledEventAttributes, .nexusOperationCompletedEventAttributes,
            .nexusOperationFailedEventAttributes, .nexusOperationCanceledEventAttributes,
            .nexusOperationTimedOutEventAttributes, .nexusOperationCancelRequestFailedEventAttributes:
            return nil
        default:
            return context
        }
    }

    /// What the payloads of a command belong to; `nil` for those of Nexus operations.
    func context(of command: APICommand) -> SerializationContext? {
        switch command.attributes {
        case .scheduleActivityTaskCommandAttributes(let activity):
            return self.activity(
                activity.activityType.name,
                activity.taskQueue.name,
                state.withLock { $0.workflowType }
            )
        case .startChildWorkflowExecutionCommandAttributes(let child):
            return other(child.namespace, child.workflowID)
        case .signalExternalWorkflowExecutionCommandAttributes(let signal):
            return other(signal.namespace, signal.execution.workflowID)
        case .scheduleNexusOperationCommandAttributes:
            return nil
        default:
            return context
        }
    }

    /// What the payloads of a pending activity belong to.
    func context(of activity: APIWorkflowPendingActivityInfo, workflowType: String) -> SerializationContext {
        self.activity(activity.activityType.name, activity.activityOptions.taskQueue.name, workflowType)
    }

    private func activity(_ type: String, _ taskQueue: String, _ workflowType: String) -> SerializationContext {
        var context = context
        context.activity = .init(type: type, taskQueue: taskQueue, workflowType: workflowType)
        return context
    }

    /// Nothing is forgotten here: pages may overlap, and a worker that has lost a run reads it from its start.
    private func activity(_ scheduledEventID: Int64) -> SerializationContext {
        state.withLock { $0.activities[scheduledEventID] ?? context }
    }

    private func other(_ namespace: String, _ workflowID: String) -> SerializationContext {
        SerializationContext(namespace: namespace.isEmpty ? context.namespace : namespace, workflowID: workflowID)
    }
}
