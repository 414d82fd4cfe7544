public import Foundation
import SwiftProtobuf
public import Temporal
package import TemporalAPI

/// What the service knows of an activity that a client started.
public struct ActivityDescription: Sendable {
    /// What the service answered.
    package let proto: APIDescribeActivityExecutionResponse

    private let dataConverter: DataConverter

    /// Wraps an answer.
    package init(_ proto: APIDescribeActivityExecutionResponse, dataConverter: DataConverter) {
        self.proto = proto
        self.dataConverter = dataConverter
    }

    private var info: APIActivityActivityExecutionInfo { proto.info }

    private func date(_ has: Bool, _ time: Google_Protobuf_Timestamp) -> Date? {
        has ? Date(time) : nil
    }

    // MARK: What it is

    /// The id of the activity.
    public var id: String { info.activityID }

    /// The run.
    public var runID: String { info.runID }

    /// The name of the activity.
    public var activityType: String { info.activityType.name }

    /// The options that the activity has now.
    public var options: CurrentActivityOptions {
        var options = APIActivityActivityOptions()
        options.taskQueue.name = info.taskQueue
        options.scheduleToCloseTimeout = info.scheduleToCloseTimeout
        options.scheduleToStartTimeout = info.scheduleToStartTimeout
        options.startToCloseTimeout = info.startToCloseTimeout
        options.heartbeatTimeout = info.heartbeatTimeout
        options.retryPolicy = info.retryPolicy
        if info.hasPriority { options.priority = info.priority }
        options.startDelay = info.startDelay
        return CurrentActivityOptions(options)
    }

    /// The arguments, encoded.
    public var input: [Payload] { proto.input.values }

    /// The headers that came with the start.
    public var headers: [String: Payload] { info.header.fields.mapValues(Payload.init) }

    /// The values that the activity is found by.
    public var searchAttributes: SearchAttributes { SearchAttributes(info.searchAttributes) }

    /// The line on this activity for humans that it was started with.
    ///
    /// - Throws: `PayloadConversionError` if it is no text.
    public func staticSummary() throws -> String? {
        guard info.userMetadata.hasSummary else { return nil }
        return try dataConverter.payloadConverter.decode(Payload(info.userMetadata.summary), as: String.self)
    }

    /// The lines on this activity for humans that it was started with.
    ///
    /// - Throws: `PayloadConversionError` if they are no text.
    public func staticDetails() throws -> String? {
        guard info.userMetadata.hasDetails else { return nil }
        return try dataConverter.payloadConverter.decode(Payload(info.userMetadata.details), as: String.self)
    }

    // MARK: How it stands

    /// The state of the activity.
    public var status: ActivityStatus { ActivityStatus(info.status) }

    /// Whether a worker has it now.
    public var isStarted: Bool { [.started, .cancelRequested, .pauseRequested].contains(info.runState) }

    /// Whether somebody asked it to stop, and it has not ended yet.
    public var isCancelRequested: Bool { info.runState == .cancelRequested }

    /// Whether it is held by an operator, now or as soon as its worker gives up.
    public var isPaused: Bool { [.paused, .pauseRequested].contains(info.runState) }

    /// Why somebody asked it to stop. Empty if nobody did, or gave no reason.
    public var cancellationReason: String { info.canceledReason }

    /// When the activity was started by a client.
    public var scheduledTime: Date { Date(info.scheduleTime) }

    /// When the first attempt was due: later than ``scheduledTime`` after a start delay.
    public var executionTime: Date? { date(info.hasExecutionTime, info.executionTime) }

    /// When the activity must have ended; `nil` for never.
    public var expirationTime: Date? { date(info.hasExpirationTime, info.expirationTime) }

    /// When the activity ended; `nil` while it goes on.
    public var closeTime: Date? { date(info.hasCloseTime, info.closeTime) }

    // MARK: Its attempts

    /// The number of the current attempt, from 1.
    public var attempt: Int { Int(info.attempt) }

    /// When the last attempt was given to a worker; `nil` if none was.
    public var lastStartedTime: Date? { date(info.hasLastStartedTime, info.lastStartedTime) }

    /// When the last attempt ended; `nil` if none did.
    public var lastAttemptCompleteTime: Date? { date(info.hasLastAttemptCompleteTime, info.lastAttemptCompleteTime) }

    /// When the next attempt is due; `nil` if the activity does not wait for one.
    public var nextAttemptTime: Date? { date(info.hasNextAttemptScheduleTime, info.nextAttemptScheduleTime) }

    /// How long the wait for the next attempt is; `nil` if the activity does not wait for one.
    public var currentRetryInterval: Duration? { info.currentRetryInterval.limit }

    /// Why the last attempt failed; `nil` if none did.
    public var lastFailure: (any TemporalError)? {
        info.hasLastFailure ? dataConverter.failureConverter.error(info.lastFailure) : nil
    }

    /// The worker that had it last. Empty if none had it yet.
    public var lastWorkerIdentity: String { info.lastWorkerIdentity }

    /// What it last reported, encoded.
    public var heartbeatDetails: [Payload] { info.heartbeatDetails.values }

    /// When it last reported; `nil` if it did not.
    public var lastHeartbeatTime: Date? { date(info.hasLastHeartbeatTime, info.lastHeartbeatTime) }

    /// How often it reported, in all attempts.
    public var heartbeatCount: Int { Int(info.totalHeartbeatCount) }

    /// How often the state of the activity has changed.
    public var stateTransitionCount: Int { Int(info.stateTransitionCount) }
}
