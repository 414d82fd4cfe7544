import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Activities that clients start by themselves, without a workflow.
extension Engine {
    // MARK: Look-up

    /// The activity that an id and, if given, a run id name; without a run id the latest run.
    ///
    /// - Throws: `NOT_FOUND` if there is none.
    func standaloneActivity(_ id: String, runID: String, namespace name: String) throws -> StandaloneActivity {
        _ = try namespace(name)
        readClock()
        let number =
            runID.isEmpty
            ? standaloneActivities.current[.init(namespace: name, activityID: id)]
            : standaloneActivities.numbers[runID]
        guard let number else { throw ServiceError.noSuchActivity(id) }
        let activity = standaloneActivities.all[number]
        guard activity.activityID == id, activity.namespace == name else { throw ServiceError.noSuchActivity(id) }
        return activity
    }

    /// The activity whose current attempt a token names.
    ///
    /// - Throws: `NOT_FOUND` if a worker no longer has the attempt.
    func standaloneActivity(number: Int, attempt: Int32, stamp: Int32) throws -> StandaloneActivity {
        guard standaloneActivities.all.indices.contains(number) else { throw ServiceError.badToken }
        let activity = standaloneActivities.all[number]
        guard !activity.isDeleted, activity.hasAttemptInProgress, activity.attempt.count == attempt,
            activity.attempt.startedStamp == stamp
        else { throw ServiceError.noSuchActivity(activity.activityID) }
        return activity
    }

    // MARK: Start

    /// Starts an activity, or finds the one that is there, by the policies of the request.
    func start(_ request: APIStartActivityExecutionRequest) throws -> APIStartActivityExecutionResponse {
        let namespace = try namespace(request.namespace)
        readClock()
        var request = request
        if request.requestID.isEmpty { request.requestID = ids.uuid() }
        try StandaloneActivityRules.complete(&request, in: namespace)
        let key = StandaloneActivities.Key(namespace: namespace.name, activityID: request.activityID)
        if let number = standaloneActivities.current[key] {
            let current = standaloneActivities.all[number]
            if current.requestIDs.contains(request.requestID) { return started(current, isNew: false) }
            switch StandaloneActivityRules.decide(request, current: current) {
            case .start: break
            case .useExisting:
                try current.attach(request)
                return started(current, isNew: false)
            case .refuse:
                throw RPCError(
                    code: .alreadyExists,
                    message: "activity execution already started",
                    detail: APIActivityExecutionAlreadyStartedFailure.with {
                        $0.startRequestID = current.request.requestID
                        $0.runID = current.runID
                    }
                )
            }
        }
        let activity = StandaloneActivity(
            StandaloneActivityOrigin(request: request, runID: ids.uuid(), scheduleTime: now),
            engine: self,
            number: standaloneActivities.all.count
        )
        standaloneActivities.append(activity)
        standaloneActivities.current[key] = activity.number
        activity.schedule()
        return started(activity, isNew: true)
    }

    private func started(_ activity: StandaloneActivity, isNew: Bool) -> APIStartActivityExecutionResponse {
        .with {
            $0.runID = activity.runID
            $0.started = isNew
            $0.link.activity = .with {
                $0.namespace = activity.namespace
                $0.activityID = activity.activityID
                $0.runID = activity.runID
            }
        }
    }

    // MARK: Waiting

    /// Tells all there is to know of an activity: at once, or as soon as it is no longer as a token says.
    func describe(
        _ request: APIDescribeActivityExecutionRequest,
        _ reply: Reply<APIDescribeActivityExecutionResponse>
    ) throws {
        _ = try namespace(request.namespace)
        try StandaloneActivityRules.check(activityID: request.activityID, runID: request.runID)
        guard request.longPollToken.isEmpty || !request.runID.isEmpty else {
            throw ServiceError.invalid("run id is required when long poll token is provided")
        }
        let activity = try standaloneActivity(request.activityID, runID: request.runID, namespace: request.namespace)
        guard !request.longPollToken.isEmpty else { return complete(reply, .success(activity.description(request))) }
        let known = try activity.transitionCount(inToken: request.longPollToken)
        wait(for: activity, reply) { $0.transitionCount == known ? nil : $0.description(request) }
    }

    /// Waits for the end of an activity.
    func poll(_ request: APIPollActivityExecutionRequest, _ reply: Reply<APIPollActivityExecutionResponse>) throws {
        _ = try namespace(request.namespace)
        try StandaloneActivityRules.check(activityID: request.activityID, runID: request.runID)
        let activity = try standaloneActivity(request.activityID, runID: request.runID, namespace: request.namespace)
        wait(for: activity, reply) { activity in
            guard let outcome = activity.outcome else { return nil }
            return .with {
                $0.runID = activity.runID
                $0.outcome = outcome
            }
        }
    }

    private func wait<Response: Sendable>(
        for activity: StandaloneActivity,
        _ reply: Reply<Response>,
        until answer: @escaping (StandaloneActivity) -> Response?
    ) {
        func tryAnswer(_ activity: StandaloneActivity) -> Bool {
            guard let response = answer(activity) else { return false }
            complete(reply, .success(response))
            return true
        }
        guard !tryAnswer(activity), !reply.isDone else { return }
        standaloneActivities.wait(StandaloneActivityWaiter(reply: reply, answer: tryAnswer), for: activity)
    }

    // MARK: The end by request

    /// Asks for the end of an activity.
    func requestCancel(
        _ request: APIRequestCancelActivityExecutionRequest
    ) throws -> APIRequestCancelActivityExecutionResponse {
        var request = request
        _ = try namespace(request.namespace)
        try check(&request, reason: request.reason)
        try standaloneActivity(request.activityID, runID: request.runID, namespace: request.namespace)
            .requestCancel(request)
        return APIRequestCancelActivityExecutionResponse()
    }

    /// Ends an activity by force.
    func terminate(_ request: APITerminateActivityExecutionRequest) throws -> APITerminateActivityExecutionResponse {
        var request = request
        _ = try namespace(request.namespace)
        try check(&request, reason: request.reason)
        try standaloneActivity(request.activityID, runID: request.runID, namespace: request.namespace)
            .terminate(reason: request.reason, identity: request.identity, requestID: request.requestID)
        return APITerminateActivityExecutionResponse()
    }

    /// Deletes a run of an activity; one that goes on is terminated before.
    func delete(_ request: APIDeleteActivityExecutionRequest) throws -> APIDeleteActivityExecutionResponse {
        _ = try namespace(request.namespace)
        try StandaloneActivityRules.check(activityID: request.activityID, runID: request.runID)
        delete(try standaloneActivity(request.activityID, runID: request.runID, namespace: request.namespace))
        return APIDeleteActivityExecutionResponse()
    }

    /// Takes an activity out of everything in which it is found. Those who wait for its end hear of it before.
    func delete(_ activity: StandaloneActivity) {
        guard !activity.isDeleted else { return }
        if !activity.isClosed {
            activity.close(.terminated, .with { $0.failure = .terminated("Delete activity execution") })
        }
        for waiter in activity.waiters where !waiter.answer(activity) {
            fail(waiter.reply, ServiceError.noSuchActivity(activity.activityID))
        }
        standaloneActivities.remove(activity, leaving: deletedStandaloneActivity)
    }

    // MARK: Operators

    /// Pauses an activity, a workflow's or one without.
    func pause(_ request: APIPauseActivityExecutionRequest) throws -> APIPauseActivityExecutionResponse {
        var request = request
        _ = try namespace(request.namespace)
        try check(&request, reason: request.reason)
        if request.workflowID.isEmpty {
            try standaloneActivity(request.activityID, runID: request.runID, namespace: request.namespace)
                .pause(requestID: request.requestID)
        } else {
            _ = try pause(
                .with {
                    $0.namespace = request.namespace
                    $0.execution = request.workflow
                    $0.id = request.activityID
                    $0.reason = request.reason
                    $0.identity = request.identity
                    $0.requestID = request.requestID
                } as APIPauseActivityRequest
            )
        }
        return APIPauseActivityExecutionResponse()
    }

    /// Lets a paused activity go on, a workflow's or one without.
    func unpause(_ request: APIUnpauseActivityExecutionRequest) throws -> APIUnpauseActivityExecutionResponse {
        var request = request
        _ = try namespace(request.namespace)
        try check(&request)
        try Self.check(jitter: request.jitter)
        if request.workflowID.isEmpty {
            try standaloneActivity(request.activityID, runID: request.runID, namespace: request.namespace)
                .unpause(requestID: request.requestID, after: jitter(upTo: Span(request.jitter)))
        } else {
            _ = try unpause(
                .with {
                    $0.namespace = request.namespace
                    $0.execution = request.workflow
                    $0.id = request.activityID
                    $0.jitter = request.jitter
                    $0.identity = request.identity
                } as APIUnpauseActivityRequest
            )
        }
        return APIUnpauseActivityExecutionResponse()
    }

    /// Lets an activity begin with its first attempt again, a workflow's or one without.
    func reset(_ request: APIResetActivityExecutionRequest) throws -> APIResetActivityExecutionResponse {
        var request = request
        _ = try namespace(request.namespace)
        try check(&request)
        try Self.check(jitter: request.jitter)
        if request.workflowID.isEmpty {
            try standaloneActivity(request.activityID, runID: request.runID, namespace: request.namespace)
                .reset(request, after: jitter(upTo: Span(request.jitter)))
        } else {
            _ = try reset(
                .with {
                    $0.namespace = request.namespace
                    $0.execution = request.workflow
                    $0.id = request.activityID
                    $0.resetHeartbeat = request.resetHeartbeat
                    $0.restoreOriginalOptions = request.restoreOriginalOptions
                    $0.keepPaused = request.keepPaused
                    $0.jitter = request.jitter
                    $0.identity = request.identity
                } as APIResetActivityRequest
            )
        }
        return APIResetActivityExecutionResponse()
    }

    /// Changes options of an activity, a workflow's or one without.
    func updateOptions(
        _ request: APIUpdateActivityExecutionOptionsRequest
    ) throws -> APIUpdateActivityExecutionOptionsResponse {
        var request = request
        _ = try namespace(request.namespace)
        try check(&request)
        try ActivityOptionsMask.check(request)
        // A standalone activity gets the default policy where none is given.
        if request.workflowID.isEmpty, !request.activityOptions.hasRetryPolicy {
            request.activityOptions.retryPolicy = APIRetryPolicy()
        }
        if request.workflowID.isEmpty {
            let activity = try standaloneActivity(
                request.activityID,
                runID: request.runID,
                namespace: request.namespace
            )
            try activity.updateOptions(request)
            return .with { $0.activityOptions = activity.options }
        }
        let response = try updateOptions(
            .with {
                $0.namespace = request.namespace
                $0.execution = request.workflow
                $0.id = request.activityID
                $0.activityOptions = request.activityOptions
                $0.updateMask = request.updateMask
                $0.restoreOriginal = request.restoreOriginal
                $0.identity = request.identity
            } as APIUpdateActivityOptionsRequest
        )
        return .with { $0.activityOptions = response.activityOptions }
    }

    /// Checks what the requests that change an activity have in common, and gives a request an id that has none.
    private func check(_ request: inout some StandaloneActivityRequest, reason: String = "") throws {
        if request.requestID.isEmpty { request.requestID = ids.uuid() }
        try StandaloneActivityRules.check(
            activityID: request.activityID,
            runID: request.runID,
            requestID: request.requestID,
            identity: request.identity,
            reason: reason
        )
    }

    private static func check(jitter: Google_Protobuf_Duration) throws {
        guard Span(jitter) >= .zero else { throw ServiceError.invalid("invalid jitter: negative duration") }
    }
}

/// A request that changes an activity, once.
private protocol StandaloneActivityRequest {
    var activityID: String { get }
    var runID: String { get }
    var requestID: String { get set }
    var identity: String { get }
}

/// A request about an activity of a workflow, if it names one.
private protocol WorkflowActivityRequest: StandaloneActivityRequest {
    var workflowID: String { get }
}

extension WorkflowActivityRequest {
    fileprivate var workflow: APIWorkflowExecution {
        .with {
            $0.workflowID = workflowID
            $0.runID = runID
        }
    }
}

extension APIRequestCancelActivityExecutionRequest: StandaloneActivityRequest {}
extension APITerminateActivityExecutionRequest: StandaloneActivityRequest {}
extension APIPauseActivityExecutionRequest: WorkflowActivityRequest {}
extension APIUnpauseActivityExecutionRequest: WorkflowActivityRequest {}
extension APIResetActivityExecutionRequest: WorkflowActivityRequest {}
extension APIUpdateActivityExecutionOptionsRequest: WorkflowActivityRequest {}

extension ServiceError {
    /// No standalone activity of this id, or not this run or attempt of it.
    static func noSuchActivity(_ id: String) -> RPCError {
        notFound("activity not found for ID: \(id)")
    }

    /// A worker reports the cancellation of an activity that nobody asked to stop.
    static var activityCancellationNotRequested: RPCError {
        invalid("unable to mark activity as canceled without activity being request canceled first")
    }
}

extension APIFailure {
    /// The end by force.
    fileprivate static func terminated(_ reason: String) -> APIFailure {
        .with {
            $0.message = reason
            $0.terminatedFailureInfo = .init()
        }
    }
}
