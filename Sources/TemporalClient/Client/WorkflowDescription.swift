public import Foundation
import SwiftProtobuf
public import Temporal
package import TemporalAPI

/// What the service knows of a workflow run.
public struct WorkflowDescription: Sendable {
    /// What the service answered.
    package let proto: APIDescribeWorkflowExecutionResponse

    private let converter: PayloadConverter

    /// Wraps an answer.
    package init(_ proto: APIDescribeWorkflowExecutionResponse, converter: PayloadConverter) {
        self.proto = proto
        self.converter = converter
    }

    private var info: APIWorkflowWorkflowExecutionInfo { proto.workflowExecutionInfo }

    /// The id of the workflow.
    public var id: String { info.execution.workflowID }

    /// The run.
    public var runID: String { info.execution.runID }

    /// The first run of the chain that this run belongs to by retries, schedule or continuing as new.
    public var firstRunID: String { info.firstRunID }

    /// The name of the workflow type.
    public var workflowType: String { info.type.name }

    /// The task queue whose workers run the workflow.
    public var taskQueue: String { info.taskQueue }

    /// The state of the run.
    public var status: WorkflowStatus { WorkflowStatus(info.status) }

    /// When the run was started.
    public var startTime: Date { Date(info.startTime) }

    /// When the first workflow task was due: later than ``startTime`` after a start delay or by schedule.
    public var executionTime: Date? { info.hasExecutionTime ? Date(info.executionTime) : nil }

    /// When the run ended; `nil` while it goes on.
    public var closeTime: Date? { info.hasCloseTime ? Date(info.closeTime) : nil }

    /// The number of events.
    public var historyLength: Int { Int(info.historyLength) }

    /// The size of the history in bytes.
    public var historySize: Int { Int(info.historySizeBytes) }

    /// The workflow id and the run id of the parent; `nil` for a workflow that is no child.
    public var parent: (id: String, runID: String)? {
        info.hasParentExecution ? (info.parentExecution.workflowID, info.parentExecution.runID) : nil
    }

    /// Whether somebody asked the workflow to stop.
    public var isCancelRequested: Bool { proto.workflowExtendedInfo.cancelRequested }

    /// The values that go with the workflow, encoded.
    public var memo: [String: Payload] { info.memo.fields.mapValues(Payload.init) }

    /// The values that the workflow can be searched by, encoded.
    public var searchAttributes: [String: Payload] { info.searchAttributes.indexedFields.mapValues(Payload.init) }

    /// A value that goes with the workflow.
    ///
    /// - Parameters:
    ///   - key: The name of the value.
    ///   - type: Its type.
    /// - Returns: The value, or `nil` if there is none of that name.
    /// - Throws: `PayloadConversionError` if the value is of another type.
    public func memo<Value: Decodable>(_ key: String, as type: Value.Type = Value.self) throws -> Value? {
        try info.memo.fields[key].map { try converter.decode(Payload($0), as: type) }
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
    public var pendingActivities: [PendingActivity] { proto.pendingActivities.map(PendingActivity.init) }
}

/// An activity that has not ended.
public struct PendingActivity: Sendable {
    private let proto: APIWorkflowPendingActivityInfo

    init(_ proto: APIWorkflowPendingActivityInfo) {
        self.proto = proto
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
        proto.hasLastFailure ? FailureConverter().error(proto.lastFailure) : nil
    }

    /// The worker that had it last. Empty if none had it yet.
    public var lastWorkerIdentity: String { proto.lastWorkerIdentity }
}
