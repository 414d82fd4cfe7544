import SwiftProtobuf
public import Temporal
import TemporalAPI

extension TemporalClient {
    /// Operations on many workflows at once.
    public var batch: BatchClient { BatchClient(client: self) }
}

/// Operations on many workflows at once, which the service carries out.
///
/// Each operation goes on by itself after it was started: the handle says how far it is. ``preview(_:_:)`` says before what
/// would be touched. For something that differs from run to run see ``PointwiseBatch``, and for a reset to a point that
/// does ``PointwiseReset``.
///
/// An operation with an id of the caller's is refused with ``BatchOperationAlreadyExistsError`` where the id is in use, be it
/// by another operation or by this very one: an attempt whose answer was lost is made again. Leave the id out where it does
/// not matter.
public struct BatchClient: Sendable {
    let client: TemporalClient

    /// Which workflows an operation is for.
    public struct Selection: Sendable {
        let query: String
        let executions: [(id: String, runID: String)]

        /// The workflows that a [list filter](https://docs.temporal.io/list-filter) selects.
        public static func query(_ query: String) -> Selection { Selection(query: query, executions: []) }

        /// Certain runs. An empty run id means the latest run.
        public static func executions(_ executions: [(id: String, runID: String)]) -> Selection {
            Selection(query: "", executions: executions)
        }
    }

    /// Ends workflows at once.
    ///
    /// - Parameters:
    ///   - selection: Which ones.
    ///   - reason: Why, for the histories.
    ///   - maximumPerSecond: How many at most in a second; `nil` for the service's limit.
    ///   - id: The id of the operation; `nil` for a new one. A second operation of an id is refused.
    /// - Returns: A handle to the operation.
    /// - Throws: ``BatchOperationAlreadyExistsError`` if the id is in use; `RPCError`, with the code `invalidArgument` for
    ///   a query that the service cannot read.
    public func terminate(
        _ selection: Selection,
        reason: String,
        maximumPerSecond: Float? = nil,
        id: String? = nil
    ) async throws -> BatchOperationHandle {
        try await start(selection, reason, maximumPerSecond, id) {
            $0.terminationOperation.identity = client.identity
        }
    }

    /// Asks workflows to stop.
    ///
    /// - Parameters:
    ///   - selection: Which ones.
    ///   - reason: Why, for the histories.
    ///   - maximumPerSecond: How many at most in a second; `nil` for the service's limit.
    ///   - id: The id of the operation; `nil` for a new one. A second operation of an id is refused.
    /// - Returns: A handle to the operation.
    /// - Throws: ``BatchOperationAlreadyExistsError`` if the id is in use; `RPCError`, with the code `invalidArgument` for
    ///   a query that the service cannot read.
    public func cancel(
        _ selection: Selection,
        reason: String,
        maximumPerSecond: Float? = nil,
        id: String? = nil
    ) async throws -> BatchOperationHandle {
        try await start(selection, reason, maximumPerSecond, id) {
            $0.cancellationOperation.identity = client.identity
        }
    }

    /// Deletes workflows with their histories. Running ones are terminated first.
    ///
    /// - Parameters:
    ///   - selection: Which ones.
    ///   - reason: Why, for the description of the operation.
    ///   - maximumPerSecond: How many at most in a second; `nil` for the service's limit.
    ///   - id: The id of the operation; `nil` for a new one. A second operation of an id is refused.
    /// - Returns: A handle to the operation.
    /// - Throws: ``BatchOperationAlreadyExistsError`` if the id is in use; `RPCError`, with the code `invalidArgument` for
    ///   a query that the service cannot read.
    public func delete(
        _ selection: Selection,
        reason: String,
        maximumPerSecond: Float? = nil,
        id: String? = nil
    ) async throws -> BatchOperationHandle {
        try await start(selection, reason, maximumPerSecond, id) {
            $0.deletionOperation.identity = client.identity
        }
    }

    /// Signals workflows.
    ///
    /// - Parameters:
    ///   - selection: Which ones.
    ///   - signal: The signal.
    ///   - input: Its arguments.
    ///   - reason: Why, for the description of the operation.
    ///   - maximumPerSecond: How many at most in a second; `nil` for the service's limit.
    ///   - id: The id of the operation; `nil` for a new one. A second operation of an id is refused.
    /// - Returns: A handle to the operation.
    /// - Throws: ``BatchOperationAlreadyExistsError`` if the id is in use, `PayloadConversionError` if the input cannot be
    ///   encoded; `RPCError`, with the code `invalidArgument` for a query that the service cannot read.
    public func signal<W, each Input: Codable & Sendable>(
        _ selection: Selection,
        _ signal: SignalReference<W, repeat each Input>,
        _ input: repeat each Input,
        reason: String,
        maximumPerSecond: Float? = nil,
        id: String? = nil
    ) async throws -> BatchOperationHandle {
        try await self.signal(
            selection,
            named: signal.name,
            repeat each input,
            reason: reason,
            maximumPerSecond: maximumPerSecond,
            id: id
        )
    }

    /// Signals workflows, by the name of the signal.
    ///
    /// - Parameters:
    ///   - selection: Which ones.
    ///   - name: The name of the signal.
    ///   - input: Its arguments.
    ///   - reason: Why, for the description of the operation.
    ///   - maximumPerSecond: How many at most in a second; `nil` for the service's limit.
    ///   - id: The id of the operation; `nil` for a new one. A second operation of an id is refused.
    /// - Returns: A handle to the operation.
    /// - Throws: As ``signal(_:_:_:reason:maximumPerSecond:id:)``.
    public func signal<each Input: Codable & Sendable>(
        _ selection: Selection,
        named name: String,
        _ input: repeat each Input,
        reason: String,
        maximumPerSecond: Float? = nil,
        id: String? = nil
    ) async throws -> BatchOperationHandle {
        let payloads = try client.encode(repeat each input)
        return try await start(selection, reason, maximumPerSecond, id) {
            $0.signalOperation.identity = client.identity
            $0.signalOperation.signal = name
            if !payloads.isEmpty { $0.signalOperation.input = APIPayloads(payloads) }
        }
    }

    /// Changes options of workflows that run.
    ///
    /// - Parameters:
    ///   - selection: Which ones.
    ///   - update: Which options, and what they become.
    ///   - reason: Why, for the description of the operation.
    ///   - maximumPerSecond: How many at most in a second; `nil` for the service's limit.
    ///   - id: The id of the operation; `nil` for a new one. A second operation of an id is refused.
    /// - Returns: A handle to the operation.
    /// - Throws: ``BatchOperationAlreadyExistsError`` if the id is in use; `RPCError`, with the code `invalidArgument` for
    ///   a query that the service cannot read, or an option that it cannot change.
    public func updateOptions(
        _ selection: Selection,
        _ update: WorkflowOptionsUpdate,
        reason: String,
        maximumPerSecond: Float? = nil,
        id: String? = nil
    ) async throws -> BatchOperationHandle {
        var change = APIUpdateWorkflowExecutionOptionsRequest()
        update.write(to: &change)
        return try await start(selection, reason, maximumPerSecond, id) {
            $0.updateWorkflowOptionsOperation.identity = client.identity
            $0.updateWorkflowOptionsOperation.workflowExecutionOptions = change.workflowExecutionOptions
            $0.updateWorkflowOptionsOperation.updateMask = change.updateMask
        }
    }

    /// Takes workflows up again at an earlier point of their histories.
    ///
    /// - Parameters:
    ///   - selection: Which ones.
    ///   - point: Where. The service knows no ``ResetPoint/lastContinuedAsNew`` here.
    ///   - exclusions: What of the later events is not given to the new runs. Default: everything is given to them.
    ///   - followUps: What is done to the new runs before a worker sees them, in this order. Default: nothing.
    ///   - currentRunOnly: Whether a build id is looked for in the latest run of a chain only, and not in those before it.
    ///   - reason: Why, for the histories.
    ///   - maximumPerSecond: How many at most in a second; `nil` for the service's limit.
    ///   - id: The id of the operation; `nil` for a new one. A second operation of an id is refused.
    /// - Returns: A handle to the operation.
    /// - Throws: ``BatchOperationAlreadyExistsError`` if the id is in use; `RPCError`, with the code `invalidArgument` for
    ///   a query that the service cannot read, or a point that it does not know.
    public func reset(
        _ selection: Selection,
        to point: ResetPoint,
        excludingFromReapply exclusions: [ResetReapplyExclusion] = [],
        followedBy followUps: [ResetFollowUp] = [],
        currentRunOnly: Bool = false,
        reason: String,
        maximumPerSecond: Float? = nil,
        id: String? = nil
    ) async throws -> BatchOperationHandle {
        var options = APIResetOptions()
        switch point.kind {
        case .firstWorkflowTask: options.firstWorkflowTask = .init()
        case .lastWorkflowTask: options.lastWorkflowTask = .init()
        case .buildID(let id): options.buildID = id
        case .event(let id): options.workflowTaskID = id
        case .lastContinuedAsNew:
            throw RPCError(
                code: .invalidArgument,
                message: "A batch operation cannot reset to the run before: use PointwiseReset with this point."
            )
        }
        options.resetReapplyExcludeTypes = exclusions.map(\.proto)
        options.currentRunOnly = currentRunOnly
        let operations = try followUps.map { try $0.proto(client.converter) }
        return try await start(selection, reason, maximumPerSecond, id) {
            $0.resetOperation.identity = client.identity
            $0.resetOperation.options = options
            $0.resetOperation.postResetOperations = operations
        }
    }

    /// A handle to an operation that is there already. Nothing is asked of the service.
    ///
    /// - Parameter id: The id of the operation.
    public func handle(id: String) -> BatchOperationHandle {
        BatchOperationHandle(client: client, id: id)
    }

    /// The operations that the service knows: those under way, and those of the last days.
    ///
    /// - Returns: What is listed of each. The loop over them throws `RPCError`.
    public func list() -> PagedResults<BatchOperationSummary> {
        PagedResults { [client] token in
            var request = APIListBatchOperationsRequest()
            request.namespace = client.namespace
            request.nextPageToken = token
            let page = try await client.call(.listBatchOperations, request)
            return (page.operationInfo.map(BatchOperationSummary.init), page.nextPageToken)
        }
    }

    /// Starts an operation.
    func start(
        _ selection: Selection,
        _ reason: String,
        _ maximumPerSecond: Float?,
        _ id: String? = nil,
        _ fill: (inout APIStartBatchOperationRequest) -> Void
    ) async throws -> BatchOperationHandle {
        var request = APIStartBatchOperationRequest()
        request.namespace = client.namespace
        // The id makes the call repeatable: one operation starts, however often the request arrives. The service refuses
        // all requests but the first.
        request.jobID = id ?? RandomID.make()
        request.visibilityQuery = selection.query
        request.executions = selection.executions.map { execution in
            var proto = APIWorkflowExecution()
            proto.workflowID = execution.id
            proto.runID = execution.runID
            return proto
        }
        request.reason = reason
        request.maxOperationsPerSecond = maximumPerSecond ?? 0
        fill(&request)
        do {
            _ = try await client.call(.startBatchOperation, request)
        } catch let error as RPCError where error.code == .alreadyExists {
            // Nobody else has the id that was made here: an earlier attempt, whose answer was lost, has started the
            // operation.
            if id == nil { return handle(id: request.jobID) }
            throw BatchOperationAlreadyExistsError(operationID: request.jobID, message: error.message)
        }
        return handle(id: request.jobID)
    }
}
