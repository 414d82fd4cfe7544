public import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

extension UntypedWorkflowHandle {
    /// Holds the workflow: its code does not run, and its activities get no further attempt, until ``unpause(reason:)``.
    ///
    /// Timers go on, and signals are kept. Queries are rejected and updates refused. A worker that has a task of the
    /// workflow may still answer it.
    ///
    /// - Parameter reason: Why, for the history.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there or closed; `RPCError`, with the code
    ///   `failedPrecondition` if it is paused already, and `unimplemented` from servers that cannot do it.
    public func pause(reason: String = "") async throws {
        var request = APIPauseWorkflowExecutionRequest()
        request.namespace = client.namespace
        request.workflowID = id
        request.runID = runID ?? ""
        request.identity = client.identity
        request.reason = reason
        // The id makes the call repeatable.
        request.requestID = RandomID.make()
        try await mapErrors {
            _ = try await client.call(.pauseWorkflowExecution, request)
        }
    }

    /// Lets a paused workflow go on.
    ///
    /// - Parameter reason: Why, for the history.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there or closed; `RPCError`, with the code
    ///   `failedPrecondition` if it is not paused.
    public func unpause(reason: String = "") async throws {
        var request = APIUnpauseWorkflowExecutionRequest()
        request.namespace = client.namespace
        request.workflowID = id
        request.runID = runID ?? ""
        request.identity = client.identity
        request.reason = reason
        request.requestID = RandomID.make()
        try await mapErrors {
            _ = try await client.call(.unpauseWorkflowExecution, request)
        }
    }
}

extension WorkflowHandle {
    /// Holds the workflow. See ``UntypedWorkflowHandle/pause(reason:)``.
    public func pause(reason: String = "") async throws {
        try await untyped.pause(reason: reason)
    }

    /// Lets a paused workflow go on. See ``UntypedWorkflowHandle/unpause(reason:)``.
    public func unpause(reason: String = "") async throws {
        try await untyped.unpause(reason: reason)
    }
}

extension WorkflowDescription {
    /// Who holds the workflow, and why; `nil` if nobody does.
    public var pause: WorkflowPause? {
        let info = proto.workflowExtendedInfo
        return info.hasPauseInfo ? WorkflowPause(info.pauseInfo) : nil
    }
}

/// The pause of a workflow.
public struct WorkflowPause: Sendable, Hashable {
    /// When the workflow was paused.
    public let time: Date

    /// Who paused it.
    public let identity: String

    /// Why.
    public let reason: String

    init(_ proto: APIWorkflowWorkflowExecutionPauseInfo) {
        time = Date(proto.pausedTime)
        identity = proto.identity
        reason = proto.reason
    }
}
