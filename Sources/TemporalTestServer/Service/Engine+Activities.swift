import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Engine {
    private func activity(token: Data) throws -> (Run, Activity) {
        guard case .activity(let number, let eventID, let stamp) = try TaskToken(token) else {
            throw ServiceError.badToken
        }
        let run = try run(number: number)
        readClock()
        return (run, try run.activity(scheduledEventID: eventID, stamp: stamp))
    }

    private func activity(id: String, workflowID: String, runID: String, namespace: String) throws -> (Run, Activity) {
        guard !workflowID.isEmpty else { throw ServiceError.invalid("WorkflowId is not set on request.") }
        guard !id.isEmpty else { throw ServiceError.invalid("ActivityId is not set on request.") }
        let execution = APIWorkflowExecution.with {
            $0.workflowID = workflowID
            $0.runID = runID
        }
        let run = try run(of: execution, namespace: namespace)
        readClock()
        return (run, try run.activity(id: id))
    }

    /// Notes whether a worker is at work on an activity or a Nexus operation, or has handed it to somebody else or to the
    /// clock.
    func setTask(_ token: Data, holdsClock: Bool) {
        if case .nexus(let number)? = try? TaskToken(token) {
            nexusTasks[number]?.isUnattended = !holdsClock
            if case .run(let run, _)? = nexusTasks[number]?.owner { touch(runs[run]) }
            return
        }
        guard case .activity(let number, let eventID, let stamp)? = try? TaskToken(token), runs.indices.contains(number)
        else { return }
        runs[number].setActivity(scheduledEventID: eventID, stamp: stamp, holdsClock: holdsClock)
    }

    /// Completes an activity.
    func respond(_ request: APIRespondActivityTaskCompletedRequest) throws -> APIRespondActivityTaskCompletedResponse {
        let (run, activity) = try activity(token: request.taskToken)
        run.completeActivity(
            activity,
            result: request.hasResult ? request.result : nil,
            identity: request.identity
        )
        return APIRespondActivityTaskCompletedResponse()
    }

    /// Completes an activity by its id.
    func respond(
        _ request: APIRespondActivityTaskCompletedByIdRequest
    ) throws -> APIRespondActivityTaskCompletedByIdResponse {
        let (run, activity) = try activity(
            id: request.activityID,
            workflowID: request.workflowID,
            runID: request.runID,
            namespace: request.namespace
        )
        run.completeActivity(
            activity,
            result: request.hasResult ? request.result : nil,
            identity: request.identity
        )
        return APIRespondActivityTaskCompletedByIdResponse()
    }

    /// Fails an attempt of an activity.
    func respond(_ request: APIRespondActivityTaskFailedRequest) throws -> APIRespondActivityTaskFailedResponse {
        var (run, activity) = try activity(token: request.taskToken)
        if request.hasLastHeartbeatDetails { activity.heartbeatDetails = request.lastHeartbeatDetails }
        try Self.check(request.hasFailure ? request.failure : nil)
        run.failActivity(activity, failure: request.failure, identity: request.identity)
        return APIRespondActivityTaskFailedResponse()
    }

    /// Fails an attempt of an activity by its id.
    func respond(
        _ request: APIRespondActivityTaskFailedByIdRequest
    ) throws -> APIRespondActivityTaskFailedByIdResponse {
        var (run, activity) = try activity(
            id: request.activityID,
            workflowID: request.workflowID,
            runID: request.runID,
            namespace: request.namespace
        )
        if request.hasLastHeartbeatDetails { activity.heartbeatDetails = request.lastHeartbeatDetails }
        try Self.check(request.hasFailure ? request.failure : nil)
        run.failActivity(activity, failure: request.failure, identity: request.identity)
        return APIRespondActivityTaskFailedByIdResponse()
    }

    private static func check(_ failure: APIFailure?) throws {
        guard let failure, failure.failureInfo != nil else { return }
        guard case .applicationFailureInfo = failure.failureInfo else {
            throw ServiceError.invalid("Failure must have ApplicationFailureInfo.")
        }
    }

    /// Ends an activity as cancelled.
    func respond(_ request: APIRespondActivityTaskCanceledRequest) throws -> APIRespondActivityTaskCanceledResponse {
        let (run, activity) = try activity(token: request.taskToken)
        try run.cancelActivity(
            activity,
            details: request.hasDetails ? request.details : nil,
            identity: request.identity
        )
        return APIRespondActivityTaskCanceledResponse()
    }

    /// Ends an activity as cancelled by its id.
    func respond(
        _ request: APIRespondActivityTaskCanceledByIdRequest
    ) throws -> APIRespondActivityTaskCanceledByIdResponse {
        let (run, activity) = try activity(
            id: request.activityID,
            workflowID: request.workflowID,
            runID: request.runID,
            namespace: request.namespace
        )
        try run.cancelActivity(
            activity,
            details: request.hasDetails ? request.details : nil,
            identity: request.identity
        )
        return APIRespondActivityTaskCanceledByIdResponse()
    }

    /// Takes a heartbeat.
    func heartbeat(_ request: APIRecordActivityTaskHeartbeatRequest) throws -> APIRecordActivityTaskHeartbeatResponse {
        let (run, activity) = try activity(token: request.taskToken)
        let isCancelRequested = run.heartbeat(activity, details: request.hasDetails ? request.details : nil)
        return .with {
            $0.cancelRequested = isCancelRequested
            $0.activityPaused = activity.pause != nil
        }
    }

    /// Takes a heartbeat by the activity's id.
    func heartbeat(
        _ request: APIRecordActivityTaskHeartbeatByIdRequest
    ) throws -> APIRecordActivityTaskHeartbeatByIdResponse {
        let (run, activity) = try activity(
            id: request.activityID,
            workflowID: request.workflowID,
            runID: request.runID,
            namespace: request.namespace
        )
        guard activity.isStarted else { throw ServiceError.activityTaskNotFound }
        let isCancelRequested = run.heartbeat(activity, details: request.hasDetails ? request.details : nil)
        return .with {
            $0.cancelRequested = isCancelRequested
            $0.activityPaused = activity.pause != nil
        }
    }
}
