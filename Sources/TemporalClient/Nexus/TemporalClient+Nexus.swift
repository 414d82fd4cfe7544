import SwiftProtobuf
public import Temporal
import TemporalAPI

extension TemporalClient {
    // MARK: Nexus operations

    /// Starts a Nexus operation, without a workflow around it.
    ///
    /// Servers from 1.31 on have such operations.
    ///
    /// - Parameters:
    ///   - operation: Which operation, and its types.
    ///   - input: What it takes.
    ///   - endpoint: Where it is called.
    ///   - options: Its id, its timeouts and more.
    /// - Returns: A handle to the operation; it does not wait for its end.
    /// - Throws: ``NexusExecutionAlreadyStartedError`` if the id is in use, `PayloadConversionError` if the input cannot be
    ///   encoded, `RPCError` for anything else that the service refuses.
    public func startNexusOperation<each Input: Codable & Sendable, Output>(
        _ operation: NexusOperationReference<repeat each Input, Output>,
        _ input: repeat each Input,
        endpoint: String,
        options: NexusExecutionOptions
    ) async throws -> NexusExecutionHandle<Output> {
        let started = try await throughInterceptors(
            interceptors[...],
            StartNexusExecutionInput(
                endpoint: endpoint,
                service: operation.service,
                operation: operation.name,
                argument: try operation.payload(of: repeat each input, converter: converter),
                options: options
            ),
            { try await $0.startNexusOperation($1, next: $2) },
            { try await start($0) }
        )
        return NexusExecutionHandle(
            client: self,
            id: started.operationID,
            runID: started.runID,
            output: operation.output
        )
    }

    private func start(_ input: StartNexusExecutionInput) async throws -> StartedNexusExecution {
        let options = input.options
        var request = APIStartNexusOperationExecutionRequest()
        request.namespace = namespace
        request.identity = identity
        // The id makes the call repeatable: the service starts one operation, however often the request arrives.
        request.requestID = RandomID.make()
        request.operationID = options.id
        request.endpoint = input.endpoint
        request.service = input.service
        request.operation = input.operation
        request.input = input.argument.proto
        if let timeout = options.scheduleToCloseTimeout { request.scheduleToCloseTimeout = .init(timeout) }
        if let timeout = options.scheduleToStartTimeout { request.scheduleToStartTimeout = .init(timeout) }
        if let timeout = options.startToCloseTimeout { request.startToCloseTimeout = .init(timeout) }
        request.idReusePolicy = options.idReusePolicy.proto
        request.idConflictPolicy = options.idConflictPolicy.proto
        request.nexusHeader = options.headers
        if !options.searchAttributes.isEmpty { request.searchAttributes = options.searchAttributes.proto }
        if let summary = options.summary { request.userMetadata.summary = try converter.encode(summary).proto }
        do {
            let response = try await call(.startNexusOperationExecution, request)
            return StartedNexusExecution(operationID: options.id, runID: response.runID)
        } catch let error as RPCError where error.code == .alreadyExists {
            let detail = error.detail(APINexusOperationExecutionAlreadyStartedFailure.self)
            throw NexusExecutionAlreadyStartedError(operationID: options.id, runID: detail?.runID ?? "")
        }
    }

    /// Starts a Nexus operation, without a workflow around it, and waits for its result.
    ///
    /// - Parameters:
    ///   - operation: Which operation, and its types.
    ///   - input: What it takes.
    ///   - endpoint: Where it is called.
    ///   - options: Its id, its timeouts and more.
    /// - Returns: What the operation returned.
    /// - Throws: What ``startNexusOperation(_:_:endpoint:options:)`` and ``NexusExecutionHandle/result()`` throw.
    public func executeNexusOperation<each Input: Codable & Sendable, Output>(
        _ operation: NexusOperationReference<repeat each Input, Output>,
        _ input: repeat each Input,
        endpoint: String,
        options: NexusExecutionOptions
    ) async throws -> Output {
        try await startNexusOperation(operation, repeat each input, endpoint: endpoint, options: options).result()
    }

    /// A handle to an operation that is there already. Nothing is asked of the service.
    ///
    /// - Parameters:
    ///   - operation: Which operation, and its types.
    ///   - id: The id of the operation.
    ///   - runID: A certain run; `nil` for the latest, whichever that is at each call.
    public func nexusOperationHandle<each Input, Output>(
        for operation: NexusOperationReference<repeat each Input, Output>,
        id: String,
        runID: String? = nil
    ) -> NexusExecutionHandle<Output> {
        NexusExecutionHandle(client: self, id: id, runID: runID, output: operation.output)
    }

    /// The Nexus operations of the namespace that clients have started, the latest started first.
    ///
    /// What is listed may lag a little behind what has happened.
    ///
    /// - Parameters:
    ///   - query: Which ones, as a [list filter](https://docs.temporal.io/list-filter), such as
    ///     `Service = 'Orders' AND ExecutionStatus = 'Running'`; empty for all.
    ///   - pageSize: The number of operations that one call to the service asks for. Default: 1,000.
    public func listNexusOperations(_ query: String = "", pageSize: Int = 1000) -> PagedResults<NexusExecution> {
        PagedResults { token in
            var request = APIListNexusOperationExecutionsRequest()
            request.namespace = namespace
            request.query = query
            request.pageSize = Int32(clamping: pageSize)
            request.nextPageToken = token
            let page = try await call(.listNexusOperationExecutions, request)
            return (page.operations.map { NexusExecution($0) }, page.nextPageToken)
        }
    }

    /// Counts Nexus operations that clients have started.
    ///
    /// - Parameter query: Which ones, as a [list filter](https://docs.temporal.io/list-filter), empty for all. It may end
    ///   with `GROUP BY ExecutionStatus`.
    /// - Returns: The number, and that of each group.
    /// - Throws: `RPCError`, with the code `invalidArgument` for a query that the service cannot read.
    public func countNexusOperations(_ query: String = "") async throws -> ExecutionCount {
        var request = APICountNexusOperationExecutionsRequest()
        request.namespace = namespace
        request.query = query
        let response = try await call(.countNexusOperationExecutions, request)
        return try ExecutionCount(
            Int(response.count),
            response.groups.map { ($0.groupValues, $0.count) },
            converter
        )
    }
}

/// A Nexus operation whose id is in use.
public struct NexusExecutionAlreadyStartedError: ClientError {
    /// The id of the operation.
    public let operationID: String

    /// The run that has the id; empty if the service does not say.
    public let runID: String

    public var description: String {
        "Nexus operation '\(operationID)' was not started: run '\(runID)' has the id."
    }
}
