public import Foundation
import SwiftProtobuf
public import Temporal
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
        AsyncActivityHandle(
            client: self,
            activity: .ids(.init(workflow: workflowID, run: runID ?? "", activity: activityID))
        )
    }
}

extension TemporalClient {
    /// A handle to an activity that completes asynchronously and was started by a client, by ids.
    ///
    /// - Parameters:
    ///   - activityID: The id of the activity.
    ///   - runID: The run; `nil` for the latest.
    public func asyncActivity(activityID: String, runID: String? = nil) -> AsyncActivityHandle {
        // Without a workflow the ids are those of the activity itself.
        asyncActivity(workflowID: "", runID: runID, activityID: activityID)
    }
}

/// An activity that its worker left running, to be completed from outside.
///
/// Every call throws ``AsyncActivityNotFoundError`` if the activity is not there any more: it was completed, it timed
/// out, or its workflow ended.
public struct AsyncActivityHandle: Sendable {
    enum Activity: Sendable {
        case token(Data)
        case ids(IDs)

        struct IDs: Sendable {
            var workflow: String
            var run: String
            var activity: String
        }
    }

    let client: TemporalClient
    let activity: Activity
    private var context: SerializationContext?

    init(client: TemporalClient, activity: Activity) {
        self.client = client
        self.activity = activity
    }

    /// The handle with what its values belong to, for converters and codecs that ask: neither the token nor the ids of
    /// an activity tell it.
    ///
    /// - Parameter context: The activity: its type and task queue, its workflow and the type of that.
    public func with(_ context: SerializationContext) -> AsyncActivityHandle {
        var handle = self
        handle.context = context
        return handle
    }

    private var converter: PayloadConverter { context.map { client.converter.with($0) } ?? client.converter }

    /// Completes the activity with a result.
    ///
    /// - Parameter result: What the activity returns.
    /// - Throws: ``AsyncActivityNotFoundError``, `PayloadConversionError` if the result cannot be encoded, `RPCError` for
    ///   anything else.
    public func complete<Result: Codable & Sendable>(_ result: Result) async throws {
        try await complete(payload: try converter.encode(result))
    }

    /// Completes the activity without a result.
    ///
    /// - Throws: ``AsyncActivityNotFoundError``, `RPCError` for anything else.
    public func complete() async throws {
        try await complete(payload: try converter.encode(Int?.none))
    }

    private func complete(payload: Payload) async throws {
        try await throughInterceptors(
            client.interceptors[...],
            AsyncActivityInput(activity: AsyncActivityID(activity), payloads: [payload]),
            { try await $0.completeAsyncActivity($1, next: $2) },
            { input in
                let result = APIPayloads(input.payloads)
                switch activity {
                case .token(let token):
                    try await call(.respondActivityTaskCompleted, token) { $0.result = result }
                case .ids(let ids):
                    try await call(.respondActivityTaskCompletedById, ids) { $0.result = result }
                }
            }
        )
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
        let details = try ArgumentReader.encode(repeat each lastHeartbeatDetails, converter: converter)
        try await fail(error, details)
    }

    private func fail(_ error: any Error, _ details: [Payload]) async throws {
        try await throughInterceptors(
            client.interceptors[...],
            FailAsyncActivityInput(
                activity: AsyncActivityID(activity),
                error: error,
                lastHeartbeatDetails: details
            ),
            { try await $0.failAsyncActivity($1, next: $2) },
            { input in
                let failure = client.failureConverter.failure(input.error)
                let details = wire(input.lastHeartbeatDetails)
                switch activity {
                case .token(let token):
                    try await call(.respondActivityTaskFailed, token) {
                        $0.failure = failure
                        if let details { $0.lastHeartbeatDetails = details }
                    }
                case .ids(let ids):
                    try await call(.respondActivityTaskFailedById, ids) {
                        $0.failure = failure
                        if let details { $0.lastHeartbeatDetails = details }
                    }
                }
            }
        )
    }

    /// Reports that the activity stopped because it was cancelled.
    ///
    /// - Parameter details: Values that go with it.
    /// - Throws: ``AsyncActivityNotFoundError``, `PayloadConversionError` if the details cannot be encoded, `RPCError` for
    ///   anything else, such as an activity that nobody asked to stop.
    public func reportCancellation<each Detail: Codable & Sendable>(details: repeat each Detail) async throws {
        try await reportCancellation(try ArgumentReader.encode(repeat each details, converter: converter))
    }

    private func reportCancellation(_ details: [Payload]) async throws {
        try await throughInterceptors(
            client.interceptors[...],
            AsyncActivityInput(activity: AsyncActivityID(activity), payloads: details),
            { try await $0.reportAsyncActivityCancellation($1, next: $2) },
            { input in
                let details = wire(input.payloads)
                switch activity {
                case .token(let token):
                    try await call(.respondActivityTaskCanceled, token) { if let details { $0.details = details } }
                case .ids(let ids):
                    try await call(.respondActivityTaskCanceledById, ids) { if let details { $0.details = details } }
                }
            }
        )
    }

    /// Reports that the activity goes on, and what it has done.
    ///
    /// - Parameter details: What it has done; the next attempt finds it.
    /// - Throws: ``AsyncActivityStoppedError`` if the activity shall stop, ``AsyncActivityNotFoundError``,
    ///   `PayloadConversionError` if the details cannot be encoded, `RPCError` for anything else.
    public func heartbeat<each Detail: Codable & Sendable>(_ details: repeat each Detail) async throws {
        let details = try ArgumentReader.encode(repeat each details, converter: converter)
        try await throughInterceptors(
            client.interceptors[...],
            AsyncActivityInput(activity: AsyncActivityID(activity), payloads: details),
            { try await $0.heartbeatAsyncActivity($1, next: $2) },
            { try await sendHeartbeat($0.payloads) }
        )
    }

    private func sendHeartbeat(_ payloads: [Payload]) async throws {
        let details = wire(payloads)
        let stop: (isCancelled: Bool, isPaused: Bool, isReset: Bool)
        switch activity {
        case .token(let token):
            let response = try await call(.recordActivityTaskHeartbeat, token) {
                if let details { $0.details = details }
            }
            stop = (response.cancelRequested, response.activityPaused, response.activityReset)
        case .ids(let ids):
            let response = try await call(.recordActivityTaskHeartbeatById, ids) {
                if let details { $0.details = details }
            }
            stop = (response.cancelRequested, response.activityPaused, response.activityReset)
        }
        if stop.isCancelled { throw AsyncActivityStoppedError(reason: .cancelled) }
        if stop.isReset { throw AsyncActivityStoppedError(reason: .reset) }
        if stop.isPaused { throw AsyncActivityStoppedError(reason: .paused) }
    }

    /// Values as the requests carry them; `nil` for none, which leaves the field out.
    private func wire(_ payloads: [Payload]) -> APIPayloads? {
        payloads.isEmpty ? nil : APIPayloads(payloads)
    }

    @discardableResult
    private func call<Request: TokenRequest, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ token: Data,
        _ fill: (inout Request) -> Void
    ) async throws -> Response {
        var request = Request()
        request.taskToken = token
        fill(&request)
        return try await send(method, request)
    }

    @discardableResult
    private func call<Request: IDRequest, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ ids: Activity.IDs,
        _ fill: (inout Request) -> Void
    ) async throws -> Response {
        var request = Request()
        request.workflowID = ids.workflow
        request.runID = ids.run
        request.activityID = ids.activity
        fill(&request)
        return try await send(method, request)
    }

    private func send<Request: ActivityRequest, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request
    ) async throws -> Response {
        var request = request
        request.namespace = client.namespace
        request.identity = client.identity
        do {
            let scope = context.map { SerializationScope($0) }
            return try await client.call(method, request, options: .scoped(scope))
        } catch let error as RPCError where error.code == .notFound {
            throw AsyncActivityNotFoundError(message: error.message)
        }
    }
}

/// Which activity is meant by a call from outside of its worker.
public struct AsyncActivityID: Sendable {
    private let activity: AsyncActivityHandle.Activity

    init(_ activity: AsyncActivityHandle.Activity) {
        self.activity = activity
    }

    /// The token of its task; `nil` if ids name it.
    public var taskToken: Data? {
        if case .token(let token) = activity { token } else { nil }
    }

    /// The id of its workflow; empty for an activity that a client started, `nil` if a token names it.
    public var workflowID: String? { ids?.workflow }

    /// The run of its workflow, or its own if a client started it; empty for the latest, `nil` if a token names it.
    public var runID: String? { ids?.run }

    /// Its own id; `nil` if a token names it.
    public var activityID: String? { ids?.activity }

    private var ids: AsyncActivityHandle.Activity.IDs? {
        if case .ids(let ids) = activity { ids } else { nil }
    }
}

/// What all requests about an activity carry.
private protocol ActivityRequest: Message {
    var namespace: String { get set }
    var identity: String { get set }
}

/// A request about an activity that the token of its task names.
private protocol TokenRequest: ActivityRequest {
    var taskToken: Data { get set }
}

/// A request about an activity that ids name.
private protocol IDRequest: ActivityRequest {
    var workflowID: String { get set }
    var runID: String { get set }
    var activityID: String { get set }
}

extension APIRespondActivityTaskCompletedRequest: TokenRequest {}
extension APIRespondActivityTaskFailedRequest: TokenRequest {}
extension APIRespondActivityTaskCanceledRequest: TokenRequest {}
extension APIRecordActivityTaskHeartbeatRequest: TokenRequest {}
extension APIRespondActivityTaskCompletedByIdRequest: IDRequest {}
extension APIRespondActivityTaskFailedByIdRequest: IDRequest {}
extension APIRespondActivityTaskCanceledByIdRequest: IDRequest {}
extension APIRecordActivityTaskHeartbeatByIdRequest: IDRequest {}
