import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// What workers, and those who complete activities in their place, say of activities: a workflow's and those without.
extension Engine {
    /// What an answer is for.
    private enum Target {
        case ofWorkflow(Run, Activity)
        case standalone(StandaloneActivity)
    }

    /// What a worker is told with the answer to a heartbeat.
    private struct HeartbeatAnswer {
        var isCancelRequested: Bool
        var isPaused: Bool
        var isReset: Bool
    }

    private func target(token: Data) throws -> Target {
        let token = try TaskToken(token)
        readClock()
        switch token {
        case .activity(let number, let eventID, let stamp):
            let run = try run(number: number)
            return .ofWorkflow(run, try run.activity(scheduledEventID: eventID, stamp: stamp))
        case .standaloneActivity(let number, let attempt, let stamp):
            return .standalone(try standaloneActivity(number: number, attempt: attempt, stamp: stamp))
        case .workflow:
            throw ServiceError.activityTaskNotFound
        case .query, .nexus:
            throw ServiceError.badToken
        }
    }

    /// The activity that ids name: one of a workflow, or one without if no workflow is named.
    ///
    /// - Parameters:
    ///   - request: The ids.
    ///   - mayWait: Whether no worker need have it.
    private func target(_ request: some ActivityByIDRequest, mayWait: Bool) throws -> Target {
        guard !request.activityID.isEmpty else { throw ServiceError.invalid("ActivityId is not set on request.") }
        guard !request.workflowID.isEmpty else {
            let activity = try standaloneActivity(
                request.activityID,
                runID: request.runID,
                namespace: request.namespace
            )
            guard activity.hasAttemptInProgress || mayWait && !activity.isClosed else {
                throw ServiceError.noSuchActivity(request.activityID)
            }
            return .standalone(activity)
        }
        let execution = APIWorkflowExecution.with {
            $0.workflowID = request.workflowID
            $0.runID = request.runID
        }
        let run = try run(of: execution, namespace: request.namespace)
        readClock()
        let activity = try run.activity(id: request.activityID)
        guard activity.isStarted || mayWait else { throw ServiceError.activityTaskNotFound }
        return .ofWorkflow(run, activity)
    }

    /// Notes whether a worker is at work on an activity or a Nexus operation, or has handed it to somebody else or to the
    /// clock.
    func setTask(_ token: Data, holdsClock: Bool) {
        switch try? TaskToken(token) {
        case .activity(let number, let eventID, let stamp) where runs.indices.contains(number):
            runs[number].setActivity(scheduledEventID: eventID, stamp: stamp, holdsClock: holdsClock)
        case .standaloneActivity(let number, let attempt, let stamp):
            guard let activity = try? standaloneActivity(number: number, attempt: attempt, stamp: stamp) else { return }
            activity.completesAsynchronously = !holdsClock
            touch(activity)
        case .nexus(let number):
            nexusTasks[number]?.isUnattended = !holdsClock
            if case .run(let run, _)? = nexusTasks[number]?.owner { touch(runs[run]) }
        default: break
        }
    }

    // MARK: Completion

    /// Completes an activity.
    func respond(_ request: APIRespondActivityTaskCompletedRequest) throws -> APIRespondActivityTaskCompletedResponse {
        complete(
            try target(token: request.taskToken),
            result: request.hasResult ? request.result : nil,
            identity: request.identity
        )
        return APIRespondActivityTaskCompletedResponse()
    }

    /// Completes an activity by its id.
    func respond(
        _ request: APIRespondActivityTaskCompletedByIdRequest
    ) throws -> APIRespondActivityTaskCompletedByIdResponse {
        complete(
            try target(request, mayWait: true),
            result: request.hasResult ? request.result : nil,
            identity: request.identity
        )
        return APIRespondActivityTaskCompletedByIdResponse()
    }

    private func complete(_ target: Target, result: APIPayloads?, identity: String) {
        if let result, Limits.isLarge(result) {
            return fail(target, .tooLarge("Complete result exceeds size limit."), details: nil, identity: identity)
        }
        switch target {
        case .ofWorkflow(let run, let activity): run.completeActivity(activity, result: result, identity: identity)
        case .standalone(let activity): activity.complete(result, identity: identity)
        }
    }

    // MARK: Failure

    /// Fails an attempt of an activity.
    func respond(_ request: APIRespondActivityTaskFailedRequest) throws -> APIRespondActivityTaskFailedResponse {
        try checkAndFail(
            try target(token: request.taskToken),
            request.hasFailure ? request.failure : nil,
            details: request.hasLastHeartbeatDetails ? request.lastHeartbeatDetails : nil,
            identity: request.identity
        )
        return APIRespondActivityTaskFailedResponse()
    }

    /// Fails an attempt of an activity by its id.
    func respond(
        _ request: APIRespondActivityTaskFailedByIdRequest
    ) throws -> APIRespondActivityTaskFailedByIdResponse {
        try checkAndFail(
            try target(request, mayWait: false),
            request.hasFailure ? request.failure : nil,
            details: request.hasLastHeartbeatDetails ? request.lastHeartbeatDetails : nil,
            identity: request.identity
        )
        return APIRespondActivityTaskFailedByIdResponse()
    }

    private func checkAndFail(_ target: Target, _ failure: APIFailure?, details: APIPayloads?, identity: String) throws
    {
        try Self.check(failure)
        let isLarge = failure.map { Limits.isLarge($0) } ?? false
        fail(
            target,
            isLarge ? .tooLarge("Failure exceeds size limit.") : failure,
            details: details,
            identity: identity
        )
    }

    private func fail(_ target: Target, _ failure: APIFailure?, details: APIPayloads?, identity: String) {
        switch target {
        case .ofWorkflow(let run, var activity):
            if let details { activity.heartbeatDetails = details }
            run.failActivity(activity, failure: failure ?? APIFailure(), identity: identity)
        case .standalone(let activity):
            activity.fail(failure, identity: identity, lastHeartbeatDetails: details)
        }
    }

    private static func check(_ failure: APIFailure?) throws {
        guard let failure, failure.failureInfo != nil else { return }
        guard case .applicationFailureInfo = failure.failureInfo else {
            throw ServiceError.invalid("Failure must have ApplicationFailureInfo.")
        }
    }

    // MARK: Cancellation

    /// Ends an activity as cancelled.
    func respond(_ request: APIRespondActivityTaskCanceledRequest) throws -> APIRespondActivityTaskCanceledResponse {
        try cancel(
            try target(token: request.taskToken),
            details: request.hasDetails ? request.details : nil,
            identity: request.identity
        )
        return APIRespondActivityTaskCanceledResponse()
    }

    /// Ends an activity as cancelled by its id.
    func respond(
        _ request: APIRespondActivityTaskCanceledByIdRequest
    ) throws -> APIRespondActivityTaskCanceledByIdResponse {
        try cancel(
            try target(request, mayWait: false),
            details: request.hasDetails ? request.details : nil,
            identity: request.identity
        )
        return APIRespondActivityTaskCanceledByIdResponse()
    }

    private func cancel(_ target: Target, details: APIPayloads?, identity: String) throws {
        if let details, Limits.isLarge(details) {
            return fail(target, .tooLarge("Cancel details exceed size limit."), details: nil, identity: identity)
        }
        switch target {
        case .ofWorkflow(let run, let activity):
            try run.cancelActivity(activity, details: details, identity: identity)
        case .standalone(let activity):
            try activity.cancel(details: details)
        }
    }

    // MARK: Heartbeats

    /// Takes a heartbeat.
    func heartbeat(_ request: APIRecordActivityTaskHeartbeatRequest) throws -> APIRecordActivityTaskHeartbeatResponse {
        let answer = heartbeat(
            try target(token: request.taskToken),
            details: request.hasDetails ? request.details : nil,
            identity: request.identity
        )
        return .with {
            $0.cancelRequested = answer.isCancelRequested
            $0.activityPaused = answer.isPaused
            $0.activityReset = answer.isReset
        }
    }

    /// Takes a heartbeat by the activity's id.
    func heartbeat(
        _ request: APIRecordActivityTaskHeartbeatByIdRequest
    ) throws -> APIRecordActivityTaskHeartbeatByIdResponse {
        let answer = heartbeat(
            try target(request, mayWait: false),
            details: request.hasDetails ? request.details : nil,
            identity: request.identity
        )
        return .with {
            $0.cancelRequested = answer.isCancelRequested
            $0.activityPaused = answer.isPaused
            $0.activityReset = answer.isReset
        }
    }

    private func heartbeat(_ target: Target, details: APIPayloads?, identity: String) -> HeartbeatAnswer {
        if let details, Limits.isLarge(details) {
            fail(target, .tooLarge("Heartbeat details exceed size limit."), details: nil, identity: identity)
            return HeartbeatAnswer(isCancelRequested: true, isPaused: false, isReset: false)
        }
        switch target {
        case .ofWorkflow(let run, let activity):
            return HeartbeatAnswer(
                isCancelRequested: run.heartbeat(activity, details: details),
                isPaused: activity.pause != nil,
                isReset: activity.isReset
            )
        case .standalone(let activity):
            activity.beat(details)
            return HeartbeatAnswer(
                isCancelRequested: activity.status == .cancelRequested,
                isPaused: activity.status == .pauseRequested,
                isReset: activity.status == .resetRequested
            )
        }
    }
}

/// A request about an activity that ids name.
private protocol ActivityByIDRequest {
    var namespace: String { get }
    var workflowID: String { get }
    var runID: String { get }
    var activityID: String { get }
}

extension APIRespondActivityTaskCompletedByIdRequest: ActivityByIDRequest {}
extension APIRespondActivityTaskFailedByIdRequest: ActivityByIDRequest {}
extension APIRespondActivityTaskCanceledByIdRequest: ActivityByIDRequest {}
extension APIRecordActivityTaskHeartbeatByIdRequest: ActivityByIDRequest {}
