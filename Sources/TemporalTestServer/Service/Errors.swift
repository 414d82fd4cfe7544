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

    /// The namespace is in a state in which it does not take the request.
    ///
    /// - Parameters:
    ///   - name: The namespace.
    ///   - state: Its state.
    ///   - allowed: The states that it would have to be in.
    static func namespace(
        _ name: String,
        hasState state: APINamespaceState,
        insteadOf allowed: [APINamespaceState]
    ) -> RPCError {
        RPCError(
            code: .failedPrecondition,
            message: "Namespace has invalid state: \(state.words). "
                + "Must be \(allowed.map(\.words).joined(separator: " or ")).",
            detail: APINamespaceInvalidStateFailure.with {
                $0.namespace = name
                $0.state = state
                $0.allowedStates = allowed
            }
        )
    }

    /// `PERMISSION_DENIED` with its detail.
    static func denied(_ message: String) -> RPCError {
        RPCError(code: .permissionDenied, message: message, detail: APIPermissionDeniedFailure())
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

extension APINamespaceState {
    /// The name of the state as the server writes it into messages.
    fileprivate var words: String {
        switch self {
        case .registered: "Registered"
        case .deprecated: "Deprecated"
        case .deleted: "Deleted"
        case .unspecified, .UNRECOGNIZED: "Unspecified"
        }
    }
}
