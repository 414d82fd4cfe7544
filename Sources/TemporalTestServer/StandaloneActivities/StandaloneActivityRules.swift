import SwiftProtobuf
import Temporal
import TemporalAPI

/// The server's rules of what may be started as a standalone activity, and what an id that is in use means for a start.
enum StandaloneActivityRules {
    /// What a start does when there is a run with its activity id.
    enum Decision: Equatable {
        case start
        case useExisting
        case refuse
    }

    private static let idLimit = 1000
    private static let summaryLimit = 400
    private static let detailsLimit = 20_000
    static let callbacksLimit = 2000
    static let linksLimit = 2000

    // MARK: Start

    /// Checks a request to start an activity, and fills in what it leaves open.
    ///
    /// - Throws: `INVALID_ARGUMENT` with the server's words.
    static func complete(_ request: inout APIStartActivityExecutionRequest, in namespace: Namespace) throws {
        if let problem = request.startDelay.problem { throw ServiceError.invalid("invalid StartDelay: \(problem)") }
        try TaskQueueRules.check(request.hasTaskQueue ? request.taskQueue : nil)
        if request.activityID.isEmpty { throw ServiceError.invalid("activityId is not set") }
        if request.activityType.name.isEmpty { throw ServiceError.invalid("activityType is not set") }
        request.retryPolicy = RetryRules.withDefaults(request.retryPolicy)
        if let problem = RetryRules.problem(with: request.retryPolicy) { throw ServiceError.invalid(problem) }
        try checkLength(request.activityID, "activityId")
        try checkLength(request.activityType.name, "activityType")
        if let problem = Limits.problem(with: request.priority) {
            throw ServiceError.invalid("invalid priorities: \(problem)")
        }
        var options = request.activityOptions
        try fillTimeouts(of: &options, activityID: request.activityID, type: request.activityType.name)
        request.taskQueue.kind = .normal
        request.scheduleToCloseTimeout = options.scheduleToCloseTimeout
        request.scheduleToStartTimeout = options.scheduleToStartTimeout
        request.startToCloseTimeout = options.startToCloseTimeout
        request.heartbeatTimeout = options.heartbeatTimeout
        try checkLength(request.requestID, "request ID")
        try checkLength(request.identity, "identity")
        guard !Limits.isLarge(request.input) else { throw ServiceError.invalid("input exceeds length limit") }
        try checkMetadata(request.userMetadata)
        do {
            request.searchAttributes = try namespace.searchAttributes.checked(
                request.searchAttributes,
                namespace: namespace.name
            )
        } catch {
            throw ServiceError.invalid(error.message)
        }
        guard request.completionCallbacks.count <= callbacksLimit else {
            throw ServiceError.invalid("cannot attach more than \(callbacksLimit) callbacks to an execution")
        }
        for callback in request.completionCallbacks { try Engine.check(callback) }
        try Limits.check(request.links + request.completionCallbacks.flatMap(\.links))
        try checkConflictOptions(of: request)
    }

    private static func checkMetadata(_ metadata: APIUserMetadata) throws {
        for (name, payload, limit) in [
            ("summary", metadata.summary, summaryLimit), ("details", metadata.details, detailsLimit),
        ] where payload.data.count > limit {
            throw ServiceError.invalid(
                "user_metadata.\(name) exceeds size limit. Length=\(payload.data.count) Limit=\(limit)"
            )
        }
    }

    private static func checkConflictOptions(of request: APIStartActivityExecutionRequest) throws {
        let options = request.onConflictOptions
        if options.attachCompletionCallbacks, !options.attachRequestID {
            throw ServiceError.invalid(
                "on_conflict_options: attach_completion_callbacks requires attach_request_id to be set"
            )
        }
        if options.attachRequestID, request.links.isEmpty, request.completionCallbacks.isEmpty {
            throw ServiceError.invalid(
                "on_conflict_options: attach_request_id requires at least one completion callback or link"
            )
        }
    }

    /// Fills in the timeouts that are left open, and cuts off those that are longer than they can be.
    ///
    /// - Throws: `INVALID_ARGUMENT` if none limits the activity.
    static func fillTimeouts(
        of options: inout APIActivityActivityOptions,
        activityID: String,
        type: String
    ) throws {
        let durations = [
            ("ScheduleToCloseTimeout", options.scheduleToCloseTimeout),
            ("ScheduleToStartTimeout", options.scheduleToStartTimeout),
            ("StartToCloseTimeout", options.startToCloseTimeout), ("HeartbeatTimeout", options.heartbeatTimeout),
        ]
        for (name, duration) in durations {
            guard let problem = duration.problem else { continue }
            throw ServiceError.invalid("invalid \(name): \(problem)")
        }
        let toClose = Span(options.scheduleToCloseTimeout)
        var toStart = Span(options.scheduleToStartTimeout)
        var attempt = Span(options.startToCloseTimeout)
        if toClose > .zero {
            toStart = toStart > .zero ? min(toStart, toClose) : toClose
            attempt = attempt > .zero ? min(attempt, toClose) : toClose
        } else if attempt == .zero {
            throw ServiceError.invalid(
                "a valid StartToCloseTimeout or ScheduleToCloseTimeout must be set on the activity. "
                    + "ActivityId=\(activityID) ActivityType=\(type)"
            )
        }
        options.scheduleToCloseTimeout = toClose.proto
        options.scheduleToStartTimeout = toStart.proto
        options.startToCloseTimeout = attempt.proto
        options.heartbeatTimeout = min(Span(options.heartbeatTimeout), attempt).proto
    }

    /// Decides by the policies of a request and the state of the current run.
    static func decide(_ request: APIStartActivityExecutionRequest, current: StandaloneActivity) -> Decision {
        guard current.isClosed else { return request.idConflictPolicy == .useExisting ? .useExisting : .refuse }
        return switch request.idReusePolicy {
        case .unspecified, .allowDuplicate, .UNRECOGNIZED: .start
        case .allowDuplicateFailedOnly: current.status == .completed ? .refuse : .start
        case .rejectDuplicate: .refuse
        }
    }

    // MARK: Other requests

    /// Checks what all requests about an activity have.
    ///
    /// - Throws: `INVALID_ARGUMENT` with the server's words.
    static func check(
        activityID: String,
        runID: String,
        requestID: String = "",
        identity: String = "",
        reason: String = ""
    ) throws {
        try checkLength(requestID, "request ID")
        guard !activityID.isEmpty else { throw ServiceError.invalid("activity ID is required") }
        try checkLength(activityID, "activity ID")
        try checkLength(identity, "identity")
        guard runID.isEmpty || runID.isUUID else {
            throw ServiceError.invalid("invalid run id: must be a valid UUID")
        }
        guard reason.utf8.count <= Limits.blobSize else { throw ServiceError.invalid("reason exceeds length limit") }
    }

    private static func checkLength(_ text: String, _ name: String) throws {
        let length = text.utf8.count
        guard length > idLimit else { return }
        throw ServiceError.invalid("\(name) exceeds length limit. Length=\(length) Limit=\(idLimit)")
    }
}
