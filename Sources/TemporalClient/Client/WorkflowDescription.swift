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

    /// The activities that are scheduled or run.
    public var pendingActivities: [PendingActivity] {
        proto.pendingActivities.map { PendingActivity($0, dataConverter.failureConverter) }
    }
}

/// An activity that has not ended.
public struct PendingActivity: Sendable {
    private let proto: APIWorkflowPendingActivityInfo
    private let failureConverter: FailureConverter

    init(_ proto: APIWorkflowPendingActivityInfo, _ failureConverter: FailureConverter) {
        self.proto = proto
        self.failureConverter = failureConverter
    }

    /// The id of the activity in its workflow run.
    public var activityID: String { proto.activityID }

    /// The name of the activity.
    public var activityType: String { proto.activityType.name }

    /// The number of the current attempt, from 1.
    public var attempt: Int { Int(proto.attempt) }

    /// Whether a worker has it now.
    public var isStarted: Bool { proto.state == .started || proto.state == .pauseRequested }

    /// Whether its workflow asked it to stop.
    public var isCancelRequested: Bool { proto.state == .cancelRequested }

    /// Whether it is held by an operator.
    public var isPaused: Bool { proto.paused }

    /// What it last reported, encoded.
    public var heartbeatDetails: [Payload] { proto.heartbeatDetails.values }

    /// When it last reported.
    public var lastHeartbeatTime: Date? { proto.hasLastHeartbeatTime ? Date(proto.lastHeartbeatTime) : nil }

    /// Why the last attempt failed.
    public var lastFailure: (any TemporalError)? {
        proto.hasLastFailure ? failureConverter.error(proto.lastFailure) : nil
    }

    /// The worker that had it last. Empty if none had it yet.
    public var lastWorkerIdentity: String { proto.lastWorkerIdentity }
}
