public import Temporal
import TemporalAPI

/// A Nexus operation that a client has started: to wait for, to look at and to end.
///
/// A handle is an id and nothing more: making one asks nothing of the service, and nothing ends with it.
public struct NexusExecutionHandle<Output: Sendable>: Sendable {
    /// The id of the operation.
    public let id: String

    /// The run; `nil` for the latest, whichever that is at each call.
    public let runID: String?

    private let client: TemporalClient
    private let output: OutputCoding<Output>

    init(client: TemporalClient, id: String, runID: String?, output: OutputCoding<Output>) {
        self.client = client
        self.id = id
        self.runID = runID
        self.output = output
    }

    /// Waits for the end of the operation and takes its result.
    ///
    /// - Returns: What the operation returned.
    /// - Throws: ``NexusExecutionFailedError`` if the operation failed, timed out, was cancelled or terminated;
    ///   ``NexusExecutionNotFoundError`` if it is not there, `PayloadConversionError` if the result is of another type,
    ///   `RPCError` for anything else, `CancellationError` if the calling task was cancelled (the operation goes on).
    public func result() async throws -> Output {
        switch try await outcome(at: .closed).outcome {
        case .result(let payload): return try output.decode([Payload(payload)], client.converter)
        case .failure(let failure):
            throw NexusExecutionFailedError(operationID: id, cause: client.failureConverter.error(failure))
        case nil: return try output.decode([], client.converter)
        }
    }

    /// Waits until the operation has started, or has ended.
    ///
    /// - Returns: The token by which the operation is known; `nil` if it ended at once, or never started.
    /// - Throws: ``NexusExecutionNotFoundError`` if it is not there, `RPCError` for anything else.
    public func waitUntilStarted() async throws -> String? {
        let token = try await outcome(at: .started).operationToken
        return token.isEmpty ? nil : token
    }

    private func outcome(at stage: APINexusOperationWaitStage) async throws -> APIPollNexusOperationExecutionResponse {
        var request = APIPollNexusOperationExecutionRequest()
        request.namespace = client.namespace
        request.operationID = id
        request.runID = runID ?? ""
        request.waitStage = stage
        while true {
            let response = try await mapErrors { try await client.call(.pollNexusOperationExecution, request) }
            if response.waitStage != .unspecified { return response }
            // The poll was as long as polls are. It starts again.
            try Task.checkCancellation()
        }
    }

    /// All there is to know of the operation.
    ///
    /// - Throws: ``NexusExecutionNotFoundError`` if it is not there, `RPCError` for anything else.
    public func describe() async throws -> NexusExecutionDescription {
        var request = APIDescribeNexusOperationExecutionRequest()
        request.namespace = client.namespace
        request.operationID = id
        request.runID = runID ?? ""
        let response = try await mapErrors { try await client.call(.describeNexusOperationExecution, request) }
        return NexusExecutionDescription(response.info, client.dataConverter)
    }

    /// Asks for the end of the operation. It returns when the service has noted the request; the operation's handler may
    /// clean up first or go on.
    ///
    /// - Parameter reason: Why.
    /// - Throws: ``NexusExecutionNotFoundError`` if it is not there, `RPCError` for anything else, with the code
    ///   `failedPrecondition` if the operation has ended.
    public func cancel(reason: String = "") async throws {
        var request = APIRequestCancelNexusOperationExecutionRequest()
        request.namespace = client.namespace
        request.operationID = id
        request.runID = runID ?? ""
        request.identity = client.identity
        request.requestID = RandomID.make()
        request.reason = reason
        _ = try await mapErrors { try await client.call(.requestCancelNexusOperationExecution, request) }
    }

    /// Ends the operation at once. Its handler is not told.
    ///
    /// - Parameter reason: Why.
    /// - Throws: ``NexusExecutionNotFoundError`` if it is not there, `RPCError` for anything else, with the code
    ///   `failedPrecondition` if the operation has ended.
    public func terminate(reason: String = "") async throws {
        var request = APITerminateNexusOperationExecutionRequest()
        request.namespace = client.namespace
        request.operationID = id
        request.runID = runID ?? ""
        request.identity = client.identity
        request.requestID = RandomID.make()
        request.reason = reason
        _ = try await mapErrors { try await client.call(.terminateNexusOperationExecution, request) }
    }

    /// Takes the operation out of the service; one that is under way is ended first.
    ///
    /// - Throws: ``NexusExecutionNotFoundError`` if it is not there, `RPCError` for anything else.
    public func delete() async throws {
        var request = APIDeleteNexusOperationExecutionRequest()
        request.namespace = client.namespace
        request.operationID = id
        request.runID = runID ?? ""
        _ = try await mapErrors { try await client.call(.deleteNexusOperationExecution, request) }
    }

    /// Runs a call and gives the error of a missing operation its type.
    private func mapErrors<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await withErrors(
            [
                .notFound: {
                    NexusExecutionNotFoundError(
                        operationID: id,
                        runID: runID,
                        namespace: client.namespace,
                        message: $0
                    )
                }
            ],
            body
        )
    }
}

/// A Nexus operation of a client that ended without a result. The ``cause`` says how.
public struct NexusExecutionFailedError: ClientError {
    /// The id of the operation.
    public let operationID: String

    /// How it ended: an `ApplicationError` or another Temporal error of its handler, a `CancelledError`, a
    /// `TerminatedError` or a `TimeoutError`.
    public let cause: any TemporalError

    public var description: String { "Nexus operation '\(operationID)' did not complete: \(cause)" }
}
