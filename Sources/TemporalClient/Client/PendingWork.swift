public import Foundation
import SwiftProtobuf
public import Temporal
import TemporalAPI

/// A child of a workflow that has not ended.
public struct PendingChild: Sendable {
    /// The id of the child.
    public let workflowID: String

    /// The run of the child. Empty until it has started.
    public let runID: String

    /// The name of its workflow type.
    public let workflowType: String

    /// The event of the parent with which it was to start the child.
    public let initiatedEventID: Int64

    /// What becomes of the child when the parent ends.
    public let parentClosePolicy: ParentClosePolicy

    init(_ proto: APIWorkflowPendingChildExecutionInfo) {
        workflowID = proto.workflowID
        runID = proto.runID
        workflowType = proto.workflowTypeName
        initiatedEventID = proto.initiatedID
        parentClosePolicy =
            switch proto.parentClosePolicy {
            case .abandon: .abandon
            case .requestCancel: .requestCancel
            case .terminate, .unspecified, .UNRECOGNIZED: .terminate
            }
    }
}

/// A workflow task that waits for a worker or is being worked on.
public struct PendingWorkflowTask: Sendable {
    /// Whether a worker has it.
    public let isStarted: Bool

    /// When this attempt was offered to workers.
    public let scheduledTime: Date

    /// When the first of its attempts was offered to workers.
    public let originalScheduledTime: Date

    /// When a worker took it; `nil` if none has.
    public let startedTime: Date?

    /// The number of the attempt, from 1. A high one means that workers fail or time out with it.
    public let attempt: Int

    init(_ proto: APIWorkflowPendingWorkflowTaskInfo) {
        isStarted = proto.state == .started
        scheduledTime = Date(proto.scheduledTime)
        originalScheduledTime = Date(proto.originalScheduledTime)
        startedTime = proto.hasStartedTime ? Date(proto.startedTime) : nil
        attempt = Int(proto.attempt)
    }
}

/// A Nexus operation of a workflow that has not ended.
public struct PendingNexusOperation: Sendable {
    private let proto: APIWorkflowPendingNexusOperationInfo
    private let failureConverter: FailureConverter

    init(_ proto: APIWorkflowPendingNexusOperationInfo, _ failureConverter: FailureConverter) {
        self.proto = proto
        self.failureConverter = failureConverter
    }

    /// The name of the endpoint.
    public var endpoint: String { proto.endpoint }

    /// The name of the service.
    public var service: String { proto.service }

    /// The name of the operation.
    public var operation: String { proto.operation }

    /// The token that the handler gave the operation. Empty until it has started.
    public var operationToken: String { proto.operationToken.isEmpty ? proto.operationID : proto.operationToken }

    /// The state, in Temporal's words, such as `backingOff`.
    public var state: String { "\(proto.state)" }

    /// When it was scheduled.
    public var scheduledTime: Date { Date(proto.scheduledTime) }

    /// The event of the workflow with which it was scheduled.
    public var scheduledEventID: Int64 { proto.scheduledEventID }

    /// How long it may take; `nil` for no limit.
    public var scheduleToCloseTimeout: Duration? { proto.scheduleToCloseTimeout.limit }

    /// How long it may take until it has started; `nil` for no limit.
    public var scheduleToStartTimeout: Duration? { proto.scheduleToStartTimeout.limit }

    /// How long it may take from its start on; `nil` for no limit.
    public var startToCloseTimeout: Duration? { proto.startToCloseTimeout.limit }

    /// When the last attempt to start it ended; `nil` if none has.
    public var lastAttemptCompleteTime: Date? {
        proto.hasLastAttemptCompleteTime ? Date(proto.lastAttemptCompleteTime) : nil
    }

    /// The number of the attempt to start it, from 1.
    public var attempt: Int { Int(proto.attempt) }

    /// Why the last attempt to start it failed.
    public var lastFailure: (any TemporalError)? {
        proto.hasLastAttemptFailure ? failureConverter.error(proto.lastAttemptFailure) : nil
    }

    /// When the next attempt to start it is made; `nil` if none is planned.
    public var nextAttemptTime: Date? {
        proto.hasNextAttemptScheduleTime ? Date(proto.nextAttemptScheduleTime) : nil
    }

    /// What keeps it from being tried. Empty if nothing does.
    public var blockedReason: String { proto.blockedReason }

    /// When it was asked to stop; `nil` if it was not.
    public var cancelRequestTime: Date? {
        proto.hasCancellationInfo ? Date(proto.cancellationInfo.requestedTime) : nil
    }

    /// The state of the request to stop, in Temporal's words, such as `backingOff`; `nil` if there is none.
    public var cancelState: String? { proto.hasCancellationInfo ? "\(proto.cancellationInfo.state)" : nil }

    /// The number of the attempt to pass on the request to stop; 0 if there is none.
    public var cancelAttempt: Int { Int(proto.cancellationInfo.attempt) }

    /// Why the last attempt to pass on the request to stop failed.
    public var lastCancelFailure: (any TemporalError)? {
        proto.cancellationInfo.hasLastAttemptFailure
            ? failureConverter.error(proto.cancellationInfo.lastAttemptFailure) : nil
    }
}

/// Somebody outside who is told of the end of a workflow, or of one of its updates.
public struct WorkflowCallback: Sendable {
    private let proto: APIWorkflowCallbackInfo
    private let failureConverter: FailureConverter

    init(_ proto: APIWorkflowCallbackInfo, _ failureConverter: FailureConverter) {
        self.proto = proto
        self.failureConverter = failureConverter
    }

    /// Where the message goes; `nil` for a callback within the service.
    public var url: String? {
        if case .nexus(let nexus) = proto.callback.variant { nexus.url } else { nil }
    }

    /// The update whose end the message is about; `nil` for the end of the workflow.
    public var updateID: String? {
        if case .updateWorkflowExecutionCompleted(let update) = proto.trigger.variant { update.updateID } else { nil }
    }

    /// The state, in Temporal's words: `standby` until there is something to tell, then such as `succeeded`.
    public var state: String { "\(proto.state)" }

    /// When the callback was registered.
    public var registrationTime: Date { Date(proto.registrationTime) }

    /// The number of attempts to tell.
    public var attempt: Int { Int(proto.attempt) }

    /// Why the last attempt failed.
    public var lastFailure: (any TemporalError)? {
        proto.hasLastAttemptFailure ? failureConverter.error(proto.lastAttemptFailure) : nil
    }

    /// When the last attempt ended; `nil` if there was none.
    public var lastAttemptCompleteTime: Date? {
        proto.hasLastAttemptCompleteTime ? Date(proto.lastAttemptCompleteTime) : nil
    }

    /// The id of the request that registered the callback. Empty from older servers, which do not tell.
    public var requestID: String { proto.requestID }

    /// When the next attempt is made; `nil` if none is planned.
    public var nextAttemptTime: Date? {
        proto.hasNextAttemptScheduleTime ? Date(proto.nextAttemptScheduleTime) : nil
    }

    /// What keeps it from being tried. Empty if nothing does.
    public var blockedReason: String { proto.blockedReason }
}
