public import Foundation
import Temporal
import TemporalAPI

extension TemporalClient {
    /// A handle to an activity that completes asynchronously, by the token of its task.
    ///
    /// - Parameter taskToken: The token, from the activity's context.
    public func asyncActivity(taskToken: Data) -> AsyncActivityHandle {
        AsyncActivityHandle(client: self, activity: .token(taskToken))
    }

    /// A handle to an activity that completes asynchronously, by ids.
    ///
    /// - Parameters:
    ///   - workflowID: The id of its workflow.
    ///   - runID: The run of its workflow; `nil` for the latest.
    ///   - activityID: The id of the activity in the run.
    public func asyncActivity(workflowID: String, runID: String? = nil, activityID: String) -> AsyncActivityHandle {
        AsyncActivityHandle(client: self, activity: .ids(workflow: workflowID, run: runID ?? "", activity: activityID))
    }
}

/// An activity that its worker left running, to be completed from outside.
///
/// Every call throws ``AsyncActivityNotFoundError`` if the activity is not there any more: it was completed, it timed
/// out, or its workflow ended.
public struct AsyncActivityHandle: Sendable {
    enum Activity: Sendable {
        case token(Data)
        case ids(workflow: String, run: String, activity: String)
    }

    let client: TemporalClient
    let activity: Activity

    /// Completes the activity with a result.
    ///
    /// - Parameter result: What the activity returns.
    /// - Throws: ``AsyncActivityNotFoundError``, `PayloadConversionError` if the result cannot be encoded, `RPCError` for
    ///   anything else.
    public func complete<Result: Codable & Sendable>(_ result: Result) async throws {
        try await complete(payload: try client.converter.encode(result))
    }

    /// Completes the activity without a result.
    ///
    /// - Throws: ``AsyncActivityNotFoundError``, `RPCError` for anything else.
    public func complete() async throws {
        try await complete(payload: try client.converter.encode(Int?.none))
    }

    private func complete(payload: Payload) async throws {
        let result = APIPayloads([payload])
        switch activity {
        case .token(let token):
            var request = APIRespondActivityTaskCompletedRequest()
            request.namespace = client.namespace
            request.identity = client.identity
            request.taskToken = token
            request.result = result
            try await call(.respondActivityTaskCompleted, request)
        case .ids(let workflow, let run, let activity):
            var request = APIRespondActivityTaskCompletedByIdRequest()
            request.namespace = client.namespace
            request.identity = client.identity
            request.workflowID = workflow
            request.runID = run
            request.activityID = activity
            request.result = result
            try await call(.respondActivityTaskCompletedById, request)
        }
    }

    /// Fails the attempt of the activity. The retry policy of the activity decides whether there is another.
    ///
    /// - Parameters:
    ///   - error: Why. An error that is no Temporal error becomes an `ApplicationError` with the name of its type.
    ///   - lastHeartbeatDetails: What the next attempt finds as reported last; none leaves what was reported.
    /// - Throws: ``AsyncActivityNotFoundError``, `PayloadConversionError` if the details cannot be encoded, `RPCError` for
    ///   anything else.
    public func fail<each Detail: Codable & Sendable>(
        _ error: any Error,
        lastHeartbeatDetails: repeat each Detail
    ) async throws {
        let failure = client.failureConverter.failure(error)
        let details = try client.encode(repeat each lastHeartbeatDetails)
        switch activity {
        case .token(let token):
            var request = APIRespondActivityTaskFailedRequest()
            request.namespace = client.namespace
            request.identity = client.identity
            request.taskToken = token
            request.failure = failure
            if !details.isEmpty { request.lastHeartbeatDetails = APIPayloads(details) }
            try await call(.respondActivityTaskFailed, request)
        case .ids(let workflow, let run, let activity):
            var request = APIRespondActivityTaskFailedByIdRequest()
            request.namespace = client.namespace
            request.identity = client.identity
            request.workflowID = workflow
            request.runID = run
            request.activityID = activity
            request.failure = failure
            if !details.isEmpty { request.lastHeartbeatDetails = APIPayloads(details) }
            try await call(.respondActivityTaskFailedById, request)
        }
    }

    /// Reports that the activity stopped because it was cancelled.
    ///
    /// - Parameter details: Values that go with it.
    /// - Throws: ``AsyncActivityNotFoundError``, `PayloadConversionError` if the details cannot be encoded, `RPCError` for
    ///   anything else, such as an activity that nobody asked to stop.
    public func reportCancellation<each Detail: Codable & Sendable>(details: repeat each Detail) async throws {
        let details = try client.encode(repeat each details)
        switch activity {
        case .token(let token):
            var request = APIRespondActivityTaskCanceledRequest()
            request.namespace = client.namespace
            request.identity = client.identity
            request.taskToken = token
            if !details.isEmpty { request.details = APIPayloads(details) }
            try await call(.respondActivityTaskCanceled, request)
        case .ids(let workflow, let run, let activity):
            var request = APIRespondActivityTaskCanceledByIdRequest()
            request.namespace = client.namespace
            request.identity = client.identity
            request.workflowID = workflow
            request.runID = run
            request.activityID = activity
            if !details.isEmpty { request.details = APIPayloads(details) }
            try await call(.respondActivityTaskCanceledById, request)
        }
    }

    /// Reports that the activity goes on, and what it has done.
    ///
    /// - Parameter details: What it has done; the next attempt finds it.
    /// - Throws: ``AsyncActivityStoppedError`` if the activity shall stop, ``AsyncActivityNotFoundError``,
    ///   `PayloadConversionError` if the details cannot be encoded, `RPCError` for anything else.
    public func heartbeat<each Detail: Codable & Sendable>(_ details: repeat each Detail) async throws {
        let details = try client.encode(repeat each details)
        let stop: (isCancelled: Bool, isPaused: Bool, isReset: Bool)
        switch activity {
        case .token(let token):
            var request = APIRecordActivityTaskHeartbeatRequest()
            request.namespace = client.namespace
            request.identity = client.identity
            request.taskToken = token
            if !details.isEmpty { request.details = APIPayloads(details) }
            let response = try await call(.recordActivityTaskHeartbeat, request)
            stop = (response.cancelRequested, response.activityPaused, response.activityReset)
        case .ids(let workflow, let run, let activity):
            var request = APIRecordActivityTaskHeartbeatByIdRequest()
            request.namespace = client.namespace
            request.identity = client.identity
            request.workflowID = workflow
            request.runID = run
            request.activityID = activity
            if !details.isEmpty { request.details = APIPayloads(details) }
            let response = try await call(.recordActivityTaskHeartbeatById, request)
            stop = (response.cancelRequested, response.activityPaused, response.activityReset)
        }
        if stop.isCancelled { throw AsyncActivityStoppedError(reason: .cancelled) }
        if stop.isReset { throw AsyncActivityStoppedError(reason: .reset) }
        if stop.isPaused { throw AsyncActivityStoppedError(reason: .paused) }
    }

    @discardableResult
    private func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request
    ) async throws -> Response {
        do {
            return try await client.service.call(method, request, options: .default)
        } catch let error as RPCError where error.code == .notFound {
            // A missing namespace has the same code, and another cure.
            if error.detail(APINamespaceNotFoundFailure.self) != nil { throw error }
            throw AsyncActivityNotFoundError(message: error.message)
        }
    }
}
