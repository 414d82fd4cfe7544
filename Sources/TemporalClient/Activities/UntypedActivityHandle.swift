import SwiftProtobuf
import Temporal
import TemporalAPI

/// An activity that a client started, to wait for and to end, whose result is of a type that is said when it is taken.
///
/// A handle is an id and nothing more: making one asks nothing of the service, and nothing ends with it.
public struct UntypedActivityHandle: Sendable {
    /// The client that calls are made with.
    let client: TemporalClient

    /// The id of the activity.
    public let id: String

    /// The run that calls go to. `nil` for the latest, whichever that is at each call.
    public let runID: String?

    // MARK: The result

    /// Waits for the activity to end and takes its result.
    ///
    /// - Parameter type: The type of the result.
    /// - Returns: The result.
    /// - Throws: ``ActivityFailedError`` if the activity ended without one, ``ActivityNotFoundError`` if it is not there,
    ///   `PayloadConversionError` if the result is of another type, `RPCError` for anything else, `CancellationError`
    ///   if the calling task was cancelled (the activity goes on).
    public func result<Output: Codable & Sendable>(as type: Output.Type = Output.self) async throws -> Output {
        var result = ArgumentReader(
            try await resultPayloads(),
            converter: client.converter,
            of: "The result of activity '\(id)'"
        )
        return try result.next(type)
    }

    /// Waits for the activity to end and takes the payloads of its result.
    func resultPayloads() async throws -> [Payload] {
        var request = APIPollActivityExecutionRequest()
        request.namespace = client.namespace
        request.activityID = id
        request.runID = runID ?? ""
        while true {
            let response = try await mapErrors {
                try await client.call(.pollActivityExecution, request)
            }
            switch response.outcome.value {
            case .result(let result): return result.values
            case .failure(let failure):
                throw ActivityFailedError(
                    activityID: id,
                    runID: response.runID,
                    cause: client.failureConverter.error(failure),
                    retryState: RetryState(response.outcome.retryState)
                )
            case nil:
                // The poll was as long as polls are. It starts again.
                try Task.checkCancellation()
            }
        }
    }

    // MARK: What is known

    /// What the service knows of the activity now, or as soon as it is no longer as it was.
    ///
    /// ```swift
    /// var last = try await handle.describe()
    /// while last.status.isOpen { last = try await handle.describe(after: last) }
    /// ```
    ///
    /// - Parameter last: An earlier description: the call waits until the activity has changed since. `nil` for no wait.
    /// - Throws: ``ActivityNotFoundError`` if the activity is not there, `RPCError` for anything else,
    ///   `CancellationError` if the calling task was cancelled.
    public func describe(after last: ActivityDescription? = nil) async throws -> ActivityDescription {
        try await throughInterceptors(
            client.interceptors[...],
            ActivityRequestInput(activityID: id, runID: runID, reason: ""),
            { try await $0.describeActivity($1, next: $2) },
            { _ in try await fetchDescription(after: last) }
        )
    }

    private func fetchDescription(after last: ActivityDescription?) async throws -> ActivityDescription {
        var request = APIDescribeActivityExecutionRequest()
        request.namespace = client.namespace
        request.activityID = id
        request.runID = runID ?? ""
        request.includeInput = true
        request.includeOutcome = true
        request.includeHeartbeatDetails = true
        request.includeLastFailure = true
        if let last {
            request.runID = last.proto.runID
            request.longPollToken = last.proto.longPollToken
        }
        while true {
            let response = try await mapErrors {
                try await client.call(.describeActivityExecution, request)
            }
            if response.hasInfo { return ActivityDescription(response, dataConverter: client.dataConverter) }
            // The poll was as long as polls are. It starts again.
            try Task.checkCancellation()
        }
    }

    // MARK: The end

    /// Asks the activity to stop. It returns when the service has recorded the request.
    ///
    /// A worker that has the activity learns of it with its next heartbeat; without one the activity ends at once.
    ///
    /// - Parameter reason: Why.
    /// - Throws: ``ActivityNotFoundError`` if the activity is not there; `RPCError`, with the code `failedPrecondition`
    ///   if it has ended or somebody asked before.
    public func cancel(reason: String = "") async throws {
        try await throughInterceptors(
            client.interceptors[...],
            ActivityRequestInput(activityID: id, runID: runID, reason: reason),
            { try await $0.cancelActivity($1, next: $2) },
            { input in try await call(.requestCancelActivityExecution) { $0.reason = input.reason } }
        )
    }

    /// Ends the activity at once. A worker that has it learns of it with its next heartbeat, and its answer is dropped.
    ///
    /// - Parameter reason: Why.
    /// - Throws: ``ActivityNotFoundError`` if the activity is not there; `RPCError`, with the code `failedPrecondition`
    ///   if it has ended.
    public func terminate(reason: String = "") async throws {
        try await throughInterceptors(
            client.interceptors[...],
            ActivityRequestInput(activityID: id, runID: runID, reason: reason),
            { try await $0.terminateActivity($1, next: $2) },
            { input in try await call(.terminateActivityExecution) { $0.reason = input.reason } }
        )
    }

    /// Deletes the activity and all that is known of it. One that goes on is terminated first.
    ///
    /// - Throws: ``ActivityNotFoundError`` if the activity is not there, `RPCError` for anything else.
    public func delete() async throws {
        var request = APIDeleteActivityExecutionRequest()
        request.namespace = client.namespace
        request.activityID = id
        request.runID = runID ?? ""
        try await mapErrors {
            _ = try await client.call(.deleteActivityExecution, request)
        }
    }

    // MARK: Operators

    /// Holds the activity: no further attempt begins until ``unpause(jitter:)``.
    ///
    /// A worker that has an attempt learns of it with its next heartbeat; the attempt may still complete.
    ///
    /// - Parameter reason: Why.
    /// - Throws: ``ActivityNotFoundError`` if the activity is not there; `RPCError`, with the code `failedPrecondition`
    ///   if it has ended or is held already.
    public func pause(reason: String = "") async throws {
        try await call(.pauseActivityExecution) { $0.reason = reason }
    }

    /// Lets a paused activity go on.
    ///
    /// - Parameter jitter: How long the next attempt waits at most, by chance. Default: not at all.
    /// - Throws: ``ActivityNotFoundError`` if the activity is not there; `RPCError`, with the code `failedPrecondition`
    ///   if it is not paused.
    public func unpause(jitter: Duration? = nil) async throws {
        try await call(.unpauseActivityExecution) { if let jitter { $0.jitter = .init(jitter) } }
    }

    /// Lets the activity begin with its first attempt again: at once, or once the worker that has an attempt gives up.
    ///
    /// - Parameter options: What else is reset.
    /// - Throws: ``ActivityNotFoundError`` if the activity is not there; `RPCError`, with the code `failedPrecondition`
    ///   if it has ended, or shall end.
    public func reset(_ options: ActivityResetOptions = ActivityResetOptions()) async throws {
        try await call(.resetActivityExecution) {
            $0.resetHeartbeat = options.resetsHeartbeat
            $0.keepPaused = options.keepsPaused
            $0.restoreOriginalOptions = options.restoresOriginalOptions
            if let jitter = options.jitter { $0.jitter = .init(jitter) }
        }
    }

    /// Changes options of the activity. What a worker is at goes on with the new limits.
    ///
    /// - Parameter change: What is changed.
    /// - Returns: The options from now on.
    /// - Throws: ``ActivityNotFoundError`` if the activity is not there; `RPCError`, with the code `invalidArgument` if
    ///   the change makes no sense, and `failedPrecondition` if the activity has ended or shall end.
    @discardableResult
    public func updateOptions(_ change: ActivityOptionsChange) async throws -> CurrentActivityOptions {
        let response = try await call(.updateActivityExecutionOptions) {
            $0.restoreOriginal = change.restoresOriginal
            guard !change.restoresOriginal else { return }
            let (options, mask) = change.proto
            $0.activityOptions = options
            $0.updateMask = mask
        }
        return CurrentActivityOptions(response.activityOptions)
    }

    // MARK: Calls

    @discardableResult
    private func call<Request: ActivityChangeRequest, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ fill: (inout Request) -> Void
    ) async throws -> Response {
        var request = Request()
        request.namespace = client.namespace
        request.activityID = id
        request.runID = runID ?? ""
        request.identity = client.identity
        // The id makes the call repeatable: the change happens once, however often the request arrives.
        request.requestID = RandomID.make()
        fill(&request)
        return try await mapErrors { try await client.call(method, request) }
    }

    /// Runs a call and gives the error of a missing activity its type.
    private func mapErrors<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as RPCError where error.code == .notFound {
            throw ActivityNotFoundError(
                activityID: id,
                runID: runID,
                namespace: client.namespace,
                message: error.message
            )
        }
    }
}

/// What all requests that change an activity carry.
private protocol ActivityChangeRequest: Message {
    var namespace: String { get set }
    var activityID: String { get set }
    var runID: String { get set }
    var identity: String { get set }
    var requestID: String { get set }
}

extension APIRequestCancelActivityExecutionRequest: ActivityChangeRequest {}
extension APITerminateActivityExecutionRequest: ActivityChangeRequest {}
extension APIPauseActivityExecutionRequest: ActivityChangeRequest {}
extension APIUnpauseActivityExecutionRequest: ActivityChangeRequest {}
extension APIResetActivityExecutionRequest: ActivityChangeRequest {}
extension APIUpdateActivityExecutionOptionsRequest: ActivityChangeRequest {}
