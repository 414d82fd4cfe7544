import SwiftProtobuf
import Temporal
package import TemporalAPI

/// A reference from the history of a workflow to something else that has to do with it: the Web UI shows the way.
public struct HistoryLink: Sendable, Hashable, CustomStringConvertible {
    /// The link on the wire.
    package let proto: APILink

    /// Wraps a link.
    package init(_ proto: APILink) {
        self.proto = proto
    }

    /// An event of a workflow run.
    ///
    /// - Parameters:
    ///   - event: The event.
    ///   - workflowID: The id of the workflow.
    ///   - runID: The run.
    ///   - namespace: The namespace of the workflow.
    public static func event(
        _ event: HistoryEvent,
        workflowID: String,
        runID: String,
        namespace: String
    ) -> HistoryLink {
        link(workflowID, runID, namespace, event.id, event.proto.eventType)
    }

    /// The start of a workflow run.
    ///
    /// - Parameters:
    ///   - workflowID: The id of the workflow.
    ///   - runID: The run.
    ///   - namespace: The namespace of the workflow.
    public static func workflow(id workflowID: String, runID: String, namespace: String) -> HistoryLink {
        link(workflowID, runID, namespace, 1, .workflowExecutionStarted)
    }

    private static func link(
        _ workflowID: String,
        _ runID: String,
        _ namespace: String,
        _ eventID: Int64,
        _ eventType: APIEventType
    ) -> HistoryLink {
        HistoryLink(
            .with {
                $0.workflowEvent = .with {
                    $0.namespace = namespace
                    $0.workflowID = workflowID
                    $0.runID = runID
                    $0.eventRef.eventID = eventID
                    $0.eventRef.eventType = eventType
                }
            }
        )
    }

    /// An operation on many workflows.
    ///
    /// - Parameter id: The id of the operation.
    public static func batchOperation(id: String) -> HistoryLink {
        HistoryLink(.with { $0.batchJob.jobID = id })
    }

    /// The workflow that the link leads to; `nil` for something else.
    public var workflow: (id: String, runID: String, namespace: String)? {
        switch proto.variant {
        case .workflowEvent(let event): (event.workflowID, event.runID, event.namespace)
        case .workflow(let workflow): (workflow.workflowID, workflow.runID, workflow.namespace)
        case .batchJob, .activity, .nexusOperation, .callback, nil: nil
        }
    }

    /// The event that the link leads to; `nil` for something else, and for an event that is known by its request only.
    public var eventID: Int64? {
        guard case .workflowEvent(let event) = proto.variant, case .eventRef(let reference) = event.reference else {
            return nil
        }
        return reference.eventID
    }

    /// The id of the operation on many workflows that the link leads to; `nil` for something else.
    public var batchOperationID: String? {
        if case .batchJob(let job) = proto.variant { job.jobID } else { nil }
    }

    public var description: String {
        switch proto.variant {
        case .workflowEvent(let event):
            "event \(event.eventRef.eventID) of workflow '\(event.workflowID)' (run \(event.runID))"
        case .workflow(let workflow): "workflow '\(workflow.workflowID)' (run \(workflow.runID))"
        case .batchJob(let job): "batch operation '\(job.jobID)'"
        case .activity(let activity): "activity '\(activity.activityID)'"
        case .nexusOperation(let operation): "Nexus operation '\(operation.operationID)'"
        case .callback(let callback): "callback of request '\(callback.requestID)'"
        case nil: "nothing"
        }
    }
}

/// What a start hands to the workflow that it finds running, where ``WorkflowIDConflictPolicy/useExisting`` is set.
public struct WorkflowConflictOptions: Sendable, Hashable {
    /// Whether the workflow notes the id of the request, so that the same request finds it again even after it has ended.
    /// Default: true.
    public var attachesRequestID: Bool

    /// Whether the workflow takes over the ``WorkflowOptions/links`` of the start. Default: true.
    public var attachesLinks: Bool

    /// Describes what is handed over.
    ///
    /// - Parameters:
    ///   - attachesRequestID: Whether the workflow notes the id of the request. Links need it.
    ///   - attachesLinks: Whether it takes over the links of the start.
    public init(attachesRequestID: Bool = true, attachesLinks: Bool = true) {
        self.attachesRequestID = attachesRequestID
        self.attachesLinks = attachesLinks
    }

    var proto: APIWorkflowOnConflictOptions {
        .with {
            $0.attachRequestID = attachesRequestID
            $0.attachLinks = attachesLinks
        }
    }
}
