public import Foundation
import SwiftProtobuf
public import Temporal
package import TemporalAPI

/// What the service knows of a workflow run: all that ``WorkflowExecution`` holds, and more.
@dynamicMemberLookup
public struct WorkflowDescription: Sendable {
    /// What the service answered.
    package let proto: APIDescribeWorkflowExecutionResponse

    /// The run, as it is listed.
    public let execution: WorkflowExecution

    private let dataConverter: DataConverter

    /// Wraps an answer.
    package init(_ proto: APIDescribeWorkflowExecutionResponse, namespace: String, dataConverter: DataConverter) {
        self.proto = proto
        self.dataConverter = dataConverter
        self.execution = WorkflowExecution(
            proto.workflowExecutionInfo,
            namespace: namespace,
            converter: dataConverter.payloadConverter
        )
    }

    /// A property of the run.
    public subscript<Value>(dynamicMember member: KeyPath<WorkflowExecution, Value>) -> Value {
        execution[keyPath: member]
    }

    private var converter: PayloadConverter { execution.converter }

    /// Whether somebody asked the workflow to stop.
    public var isCancelRequested: Bool { proto.workflowExtendedInfo.cancelRequested }

    /// The values that go with the workflow, encoded.
    public var memo: [String: Payload] { execution.memo }

    /// A value that goes with the workflow.
    ///
    /// - Parameters:
    ///   - key: The name of the value.
    ///   - type: Its type.
    /// - Returns: The value, or `nil` if there is none of that name.
    /// - Throws: `PayloadConversionError` if the value is of another type.
    public func memo<Value: Decodable>(_ key: String, as type: Value.Type = Value.self) throws -> Value? {
        try execution.memo(key, as: type)
    }

    /// The line on this workflow for humans that it was started with.
    ///
    /// - Throws: `PayloadConversionError` if it is no text.
    public func staticSummary() throws -> String? {
        let metadata = proto.executionConfig.userMetadata
        return metadata.hasSummary ? try converter.decode(Payload(metadata.summary), as: String.self) : nil
    }

    /// The lines on this workflow for humans that it was started with.
    ///
    /// - Throws: `PayloadConversionError` if they are no text.
    public func staticDetails() throws -> String? {
        let metadata = proto.executionConfig.userMetadata
        return metadata.hasDetails ? try converter.decode(Payload(metadata.details), as: String.self) : nil
    }

    /// Which version of its workers the workflow is on; `nil` for workers without versions.
    public var versioning: WorkflowVersioning? { execution.versioning }

    /// The events that requests have led to, by the ids of the requests: that of the start, and of those that found the
    /// workflow already there. A request that waits for the end of a workflow task has none yet. Empty from older servers.
    public var requestEventIDs: [String: Int64?] {
        proto.workflowExtendedInfo.requestIDInfos.mapValues { $0.buffered ? nil : $0.eventID }
    }

    /// Everything that the service answered, as JSON with the names of the API.
    ///
    /// - Throws: An error of the JSON writer if the answer cannot be written.
    public func json() throws -> Data {
        try proto.jsonUTF8Data()
    }

    // MARK: What is pending

    /// The activities that are scheduled or run.
    public var pendingActivities: [PendingActivity] {
        proto.pendingActivities.map { PendingActivity($0, dataConverter.failureConverter) }
    }

    /// The children that have not ended.
    public var pendingChildren: [PendingChild] { proto.pendingChildren.map(PendingChild.init) }

    /// The workflow task that waits for a worker or is being worked on; `nil` if there is none.
    public var pendingWorkflowTask: PendingWorkflowTask? {
        proto.hasPendingWorkflowTask ? PendingWorkflowTask(proto.pendingWorkflowTask) : nil
    }

    /// The Nexus operations that have not ended.
    public var pendingNexusOperations: [PendingNexusOperation] {
        proto.pendingNexusOperations.map { PendingNexusOperation($0, dataConverter.failureConverter) }
    }

    /// Who is told of the end of the workflow or of its updates, and whether that was done.
    public var callbacks: [WorkflowCallback] {
        proto.callbacks.map { WorkflowCallback($0, dataConverter.failureConverter) }
    }

    // MARK: Configuration

    /// How long the workflow may take, with all its runs and retries; `nil` for no limit.
    public var executionTimeout: Duration? { proto.executionConfig.workflowExecutionTimeout.limit }

    /// How long the run may take; `nil` for no limit.
    public var runTimeout: Duration? { proto.executionConfig.workflowRunTimeout.limit }

    /// How long one workflow task may take before another worker gets it.
    public var taskTimeout: Duration? { proto.executionConfig.defaultWorkflowTaskTimeout.limit }

    /// When the workflow times out, with all its runs and retries; `nil` if it does not.
    public var executionExpirationTime: Date? {
        let info = proto.workflowExtendedInfo
        return info.hasExecutionExpirationTime ? Date(info.executionExpirationTime) : nil
    }

    /// When the run times out; `nil` if it does not.
    public var runExpirationTime: Date? {
        let info = proto.workflowExtendedInfo
        return info.hasRunExpirationTime ? Date(info.runExpirationTime) : nil
    }

    // MARK: Resets

    /// When the workflow was started first, before all resets. `nil` from servers before 1.26.
    public var originalStartTime: Date? {
        let info = proto.workflowExtendedInfo
        return info.hasOriginalStartTime ? Date(info.originalStartTime) : nil
    }

    /// When the workflow was reset last; `nil` if it never was.
    public var lastResetTime: Date? {
        let info = proto.workflowExtendedInfo
        return info.hasLastResetTime ? Date(info.lastResetTime) : nil
    }

    /// The run that this one was reset to; `nil` if it was not reset.
    public var resetRunID: String? {
        let run = proto.workflowExtendedInfo.resetRunID
        return run.isEmpty ? nil : run
    }
}
