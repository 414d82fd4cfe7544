import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// What is told of a standalone activity.
extension StandaloneActivity {
    /// The state as the API knows it.
    var apiStatus: APIActivityExecutionStatus {
        switch status {
        case .scheduled, .started, .cancelRequested, .pauseRequested, .resetRequested: .running
        case .paused: .paused
        case .completed: .completed
        case .failed: .failed
        case .canceled: .canceled
        case .terminated: .terminated
        case .timedOut: .timedOut
        }
    }

    /// The state of an activity that goes on, as the API knows it.
    private var runState: APIPendingActivityState {
        switch status {
        case .scheduled: .scheduled
        case .started: .started
        case .cancelRequested: .cancelRequested
        case .pauseRequested: .pauseRequested
        case .resetRequested: isPaused ? .pauseRequested : .started
        case .paused: .paused
        case .completed, .failed, .canceled, .terminated, .timedOut: .unspecified
        }
    }

    /// When the attempt that is waited for is due; `nil` if none is, or it is due by now.
    private var nextAttemptTime: Moment? {
        guard status == .scheduled, let time = attempt.dispatchTime, time > engine.now else { return nil }
        return time
    }

    /// Roughly what the activity takes, in bytes.
    private var size: Int64 {
        func size(of payloads: APIPayloads?) -> Int {
            payloads?.payloads.reduce(0) { $0 + $1.data.count } ?? 0
        }
        let attributes = request.searchAttributes.indexedFields.values.reduce(0) { $0 + $1.data.count }
        return Int64(300 + activityID.utf8.count + size(of: request.input) + size(of: heartbeat.details) + attributes)
    }

    /// The answer to a request for a description.
    func description(_ query: APIDescribeActivityExecutionRequest) -> APIDescribeActivityExecutionResponse {
        .with {
            $0.runID = runID
            $0.info = info(query)
            if query.includeInput, request.hasInput { $0.input = request.input }
            if query.includeOutcome, let outcome { $0.outcome = outcome }
            $0.callbacks = callbacks.map(\.infoOfActivity)
            $0.longPollToken = Data("\(runID) \(transitionCount)".utf8)
        }
    }

    private func info(_ query: APIDescribeActivityExecutionRequest) -> APIActivityActivityExecutionInfo {
        .with {
            $0.activityID = activityID
            $0.runID = runID
            $0.activityType = type
            $0.status = apiStatus
            $0.runState = runState
            $0.taskQueue = options.taskQueue.name
            $0.scheduleToCloseTimeout = options.scheduleToCloseTimeout
            $0.scheduleToStartTimeout = options.scheduleToStartTimeout
            $0.startToCloseTimeout = options.startToCloseTimeout
            $0.heartbeatTimeout = options.heartbeatTimeout
            $0.retryPolicy = options.retryPolicy
            if options.hasPriority { $0.priority = options.priority }
            if options.hasStartDelay { $0.startDelay = options.startDelay }
            $0.attempt = attempt.count
            $0.scheduleTime = scheduleTime.timestamp
            $0.executionTime = firstDispatchTime.timestamp
            if let expiration { $0.expirationTime = expiration.timestamp }
            if let closeTime {
                $0.closeTime = closeTime.timestamp
                $0.executionDuration = (closeTime - scheduleTime).proto
            }
            if let time = attempt.startedTime { $0.lastStartedTime = time.timestamp }
            if let time = attempt.completeTime { $0.lastAttemptCompleteTime = time.timestamp }
            if let time = nextAttemptTime {
                $0.nextAttemptScheduleTime = time.timestamp
                if let interval = attempt.retryInterval { $0.currentRetryInterval = interval.proto }
            }
            $0.lastWorkerIdentity = attempt.workerIdentity
            if let version = attempt.deploymentVersion { $0.lastDeploymentVersion = version }
            if let time = heartbeat.time { $0.lastHeartbeatTime = time.timestamp }
            $0.totalHeartbeatCount = heartbeat.count
            if query.includeHeartbeatDetails, let details = heartbeat.details { $0.heartbeatDetails = details }
            if query.includeLastFailure, let failure = attempt.lastFailure { $0.lastFailure = failure }
            $0.canceledReason = cancellation?.reason ?? ""
            $0.stateTransitionCount = transitionCount
            $0.stateSizeBytes = size
            $0.searchAttributes = request.searchAttributes
            if request.hasHeader { $0.header = request.header }
            if request.hasUserMetadata { $0.userMetadata = request.userMetadata }
            $0.links = links
        }
    }

    /// The activity as lists show it.
    var listInfo: APIActivityActivityExecutionListInfo {
        .with {
            $0.activityID = activityID
            $0.runID = runID
            $0.activityType = type
            $0.taskQueue = options.taskQueue.name
            $0.status = apiStatus
            $0.scheduleTime = scheduleTime.timestamp
            $0.executionTime = firstDispatchTime.timestamp
            if let closeTime {
                $0.closeTime = closeTime.timestamp
                $0.executionDuration = (closeTime - scheduleTime).proto
            }
            $0.searchAttributes = request.searchAttributes
            $0.stateTransitionCount = transitionCount
            $0.stateSizeBytes = size
        }
    }

    /// The state that a token of a description stands for.
    ///
    /// - Throws: `INVALID_ARGUMENT` if it is none, or one of another activity.
    func transitionCount(inToken token: Data) throws -> Int64 {
        let words = String(decoding: token, as: UTF8.self).split(separator: " ")
        guard words.count == 2, let count = Int64(words[1]) else {
            throw ServiceError.invalid("invalid long poll token")
        }
        guard words[0] == runID else { throw ServiceError.invalid("long poll token does not match execution") }
        return count
    }
}

extension StandaloneActivity: SearchSubject {
    // An activity that goes on ends after every other.
    func comparedSearchValue(_ column: VisibilityQuery.Column) -> SearchValue? {
        if column.name == "CloseTime", closeTime == nil { return .integer(.max) }
        return searchValue(column)
    }

    func searchValue(_ column: VisibilityQuery.Column) -> SearchValue? {
        switch column.name {
        case "ActivityId", "WorkflowId": .text(activityID)
        case "RunId": .text(runID)
        case "ActivityType": .text(type.name)
        case "TaskQueue": .text(options.taskQueue.name)
        case "ExecutionStatus": .text(apiStatus.words)
        case "StartTime": .integer(scheduleTime.nanoseconds)
        case "ExecutionTime": .integer(firstDispatchTime.nanoseconds)
        case "CloseTime": closeTime.map { .integer($0.nanoseconds) }
        case "ExecutionDuration": closeTime.map { .integer(($0 - scheduleTime).nanoseconds) }
        case "StateTransitionCount": closeTime.map { _ in .integer(transitionCount) }
        default: customSearchValue(column)
        }
    }

    /// Reads a value once, since filters ask for the same attributes again and again.
    private func customSearchValue(_ column: VisibilityQuery.Column) -> SearchValue? {
        if let known = readSearchValues[column.name] { return known }
        let value = request.searchAttributes.indexedFields[column.name].flatMap { SearchValue($0, type: column.type) }
        readSearchValues[column.name] = .some(value)
        return value
    }
}

extension APIActivityExecutionStatus {
    /// The name of the status in filters and counts, such as `TimedOut`.
    var words: String {
        switch self {
        case .running: "Running"
        case .completed: "Completed"
        case .failed: "Failed"
        case .canceled: "Canceled"
        case .terminated: "Terminated"
        case .timedOut: "TimedOut"
        case .paused: "Paused"
        case .unspecified, .UNRECOGNIZED: "Unspecified"
        }
    }
}
