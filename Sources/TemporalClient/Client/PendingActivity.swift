public import Foundation
import SwiftProtobuf
public import Temporal
import TemporalAPI

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

    /// Whether a worker has it now, be it asked to stop or not.
    public var isStarted: Bool { [.started, .cancelRequested, .pauseRequested].contains(proto.state) }

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

    /// How often it is tried at most, the first attempt included; 0 for no limit.
    public var maximumAttempts: Int { Int(proto.maximumAttempts) }

    /// When the current attempt was, or is to be, offered to workers.
    public var scheduledTime: Date? { proto.hasScheduledTime ? Date(proto.scheduledTime) : nil }

    /// When a worker began the last attempt; `nil` if none has.
    public var lastStartedTime: Date? { proto.hasLastStartedTime ? Date(proto.lastStartedTime) : nil }

    /// When the last attempt ended; `nil` if none has.
    public var lastAttemptCompleteTime: Date? {
        proto.hasLastAttemptCompleteTime ? Date(proto.lastAttemptCompleteTime) : nil
    }

    /// When the next attempt is offered to workers; `nil` if it was already.
    public var nextAttemptTime: Date? {
        proto.hasNextAttemptScheduleTime ? Date(proto.nextAttemptScheduleTime) : nil
    }

    /// How long the wait before the next attempt is; `nil` if there is none.
    public var currentRetryInterval: Duration? { proto.currentRetryInterval.limit }

    /// When the activity times out, with all its attempts; `nil` if it does not.
    public var expirationTime: Date? { proto.hasExpirationTime ? Date(proto.expirationTime) : nil }

    /// In which order its tasks are handed out; `nil` for the server's default.
    public var priority: Priority? { proto.hasPriority ? Priority(proto.priority) : nil }

    /// Who holds it, why, and since when; `nil` if it is not held, or the service does not say.
    public var pause: (identity: String, reason: String, time: Date)? {
        guard proto.hasPauseInfo else { return nil }
        let time = Date(proto.pauseInfo.pauseTime)
        return switch proto.pauseInfo.pausedBy {
        case .manual(let manual): (manual.identity, manual.reason, time)
        case .rule(let rule): (rule.identity, rule.reason, time)
        case nil: ("", "", time)
        }
    }

    /// The version of the worker that had it last; `nil` if that had none, or none had it yet.
    public var lastWorkerVersion: WorkerDeploymentVersion? {
        WorkerDeploymentVersion(
            proto.hasLastDeploymentVersion ? proto.lastDeploymentVersion : nil,
            text: proto.lastWorkerDeploymentVersion
        )
    }

    /// The options that it has now, after what operators have changed; `nil` from servers that do not tell.
    public var options: CurrentActivityOptions? {
        proto.hasActivityOptions ? CurrentActivityOptions(proto.activityOptions) : nil
    }

    /// The id of the workflow rule that holds it; `nil` if none does. See ``WorkflowRuleClient``.
    public var pausingRuleID: String? {
        guard case .rule(let rule) = proto.pauseInfo.pausedBy else { return nil }
        return rule.ruleID
    }
}
