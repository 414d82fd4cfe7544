import SwiftProtobuf
import Temporal
import TemporalAPI

/// The errors of the service, with the real server's codes and words.
enum ServiceError {
    /// `INVALID_ARGUMENT`.
    static func invalid(_ message: String) -> RPCError {
        RPCError(code: .invalidArgument, message: message)
    }

    /// `NOT_FOUND` with its detail.
    static func notFound(_ message: String) -> RPCError {
        RPCError(code: .notFound, message: message, detail: APINotFoundFailure())
    }

    /// No run of this workflow id, or not this one.
    static func noSuchWorkflow(_ execution: APIWorkflowExecution) -> RPCError {
        notFound("workflow not found for ID: \(execution.workflowID)")
    }

    /// A request without a namespace.
    static var namespaceNotSet: RPCError { invalid("Namespace is empty.") }

    /// A request that names no workflow.
    static var executionNotSet: RPCError { invalid("Execution is not set on request.") }

    /// The namespace does not exist.
    static func noSuchNamespace(_ name: String) -> RPCError {
        RPCError(
            code: .notFound,
            message: "Namespace \(name) is not found.",
            detail: APINamespaceNotFoundFailure.with { $0.namespace = name }
        )
    }

    /// The run has ended.
    static var workflowCompleted: RPCError { notFound("workflow execution already completed") }

    /// A held run takes no updates.
    static var workflowPaused: RPCError {
        RPCError(code: .failedPrecondition, message: "Workflow is paused. Cannot update the workflow.")
    }

    /// The workflow task is not, or no longer, the worker's.
    static var workflowTaskNotFound: RPCError { notFound("Workflow task not found.") }

    /// The activity task is not, or no longer, the worker's.
    static var activityTaskNotFound: RPCError {
        notFound("invalid activityID or activity already timed out or invoking workflow is completed")
    }

    /// A token that this service did not make.
    static var badToken: RPCError { invalid("Error deserializing task token.") }

    /// A query that cannot be answered yet.
    static func notReady(_ message: String) -> RPCError {
        RPCError(code: .failedPrecondition, message: message, detail: APIWorkflowNotReadyFailure())
    }
}
