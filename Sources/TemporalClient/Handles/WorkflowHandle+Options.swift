import SwiftProtobuf
public import Temporal
import TemporalAPI

/// Which options of a workflow that runs are to be changed. What is not said stays as it is.
public struct WorkflowOptionsUpdate: Sendable {
    /// A new value, which may be none.
    private enum Change<Value: Sendable>: Sendable {
        case keep
        case set(Value?)
    }

    private var newOverride = Change<VersioningOverride>.keep
    private var newPriority = Change<Priority>.keep

    /// Changes nothing.
    public init() {}

    /// Sets which version of its workers the workflow is to be on.
    ///
    /// - Parameter override: The version; `nil` to go by the behaviour of the workflow again.
    public func versioningOverride(_ override: VersioningOverride?) -> WorkflowOptionsUpdate {
        var copy = self
        copy.newOverride = .set(override)
        return copy
    }

    /// Sets in which order tasks of the workflow are handed out. Servers before 1.30 refuse it.
    ///
    /// - Parameter priority: The priority; `nil` for the server's default.
    public func priority(_ priority: Priority?) -> WorkflowOptionsUpdate {
        var copy = self
        copy.newPriority = .set(priority)
        return copy
    }

    /// Sets which version of its workers the workflow is to be on.
    public static func versioningOverride(_ override: VersioningOverride?) -> WorkflowOptionsUpdate {
        WorkflowOptionsUpdate().versioningOverride(override)
    }

    /// Sets in which order tasks of the workflow are handed out. Servers before 1.30 refuse it.
    public static func priority(_ priority: Priority?) -> WorkflowOptionsUpdate {
        WorkflowOptionsUpdate().priority(priority)
    }

    /// Writes the changes into a request.
    func write(to request: inout APIUpdateWorkflowExecutionOptionsRequest) {
        if case .set(let override) = newOverride {
            request.updateMask.paths.append("versioning_override")
            if let override { request.workflowExecutionOptions.versioningOverride = override.proto }
        }
        if case .set(let priority) = newPriority {
            request.updateMask.paths.append("priority")
            if let priority { request.workflowExecutionOptions.priority = priority.proto }
        }
    }
}

/// The options of a workflow that can be changed while it runs.
public struct WorkflowCurrentOptions: Sendable {
    private let proto: APIWorkflowWorkflowExecutionOptions

    init(_ proto: APIWorkflowWorkflowExecutionOptions) {
        self.proto = proto
    }

    /// Which version of its workers the workflow is to be on; `nil` to go by its behaviour.
    public var versioningOverride: VersioningOverride? {
        proto.hasVersioningOverride ? VersioningOverride(proto.versioningOverride) : nil
    }

    /// In which order tasks of the workflow are handed out; `nil` for the server's default.
    public var priority: Priority? { proto.hasPriority ? Priority(proto.priority) : nil }
}

extension UntypedWorkflowHandle {
    /// Changes options of the workflow while it runs.
    ///
    /// ```swift
    /// try await handle.updateOptions(.versioningOverride(.pinned(to: version)))
    /// ```
    ///
    /// - Parameter update: What is to be changed.
    /// - Returns: The options after the change.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there or closed, `RPCError` for anything else, with the
    ///   code `failedPrecondition` for a version without workers on the task queue.
    @discardableResult
    public func updateOptions(_ update: WorkflowOptionsUpdate) async throws -> WorkflowCurrentOptions {
        var request = APIUpdateWorkflowExecutionOptionsRequest()
        request.namespace = client.namespace
        request.workflowExecution = execution(runID)
        request.identity = client.identity
        update.write(to: &request)
        return try await mapErrors {
            let response = try await client.call(.updateWorkflowExecutionOptions, request)
            return WorkflowCurrentOptions(response.workflowExecutionOptions)
        }
    }
}

extension WorkflowHandle {
    /// Changes options of the workflow while it runs.
    ///
    /// - Parameter update: What is to be changed.
    /// - Returns: The options after the change.
    /// - Throws: As ``UntypedWorkflowHandle/updateOptions(_:)``.
    @discardableResult
    public func updateOptions(_ update: WorkflowOptionsUpdate) async throws -> WorkflowCurrentOptions {
        try await untyped.updateOptions(update)
    }
}
