import Temporal
import TemporalAPI

extension UntypedWorkflowHandle {
    /// Sends an update and waits for its result.
    ///
    /// - Parameters:
    ///   - name: The name of the update.
    ///   - input: Its arguments.
    ///   - type: The type of the result.
    ///   - id: The id of the update; `nil` for a new one. An id that the run has had is the same update.
    /// - Returns: What the handler returned.
    /// - Throws: As ``startUpdate(_:_:as:id:waitFor:)`` and ``WorkflowUpdateHandle/result()``.
    public func executeUpdate<each Input: Codable & Sendable, Output: Codable & Sendable>(
        _ name: String,
        _ input: repeat each Input,
        as type: Output.Type = Output.self,
        id: String? = nil
    ) async throws -> Output {
        try await startUpdate(name, repeat each input, as: type, id: id, waitFor: .completed).result()
    }

    /// Sends an update and waits until the workflow has taken it on.
    ///
    /// - Parameters:
    ///   - name: The name of the update.
    ///   - input: Its arguments.
    ///   - type: The type of the result.
    ///   - id: The id of the update; `nil` for a new one. An id that the run has had is the same update.
    ///   - stage: How far the update must have come.
    /// - Returns: A handle to the update. The outcome of one that was rejected is an error of its result.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there or closed, ``WorkflowUpdateTimeoutError`` if the
    ///   service does not answer in time, `PayloadConversionError` if the input cannot be encoded, `RPCError` for
    ///   anything else.
    public func startUpdate<each Input: Codable & Sendable, Output: Codable & Sendable>(
        _ name: String,
        _ input: repeat each Input,
        as type: Output.Type = Output.self,
        id: String? = nil,
        waitFor stage: WorkflowUpdateStage = .accepted
    ) async throws -> WorkflowUpdateHandle<Output> {
        let payloads = try encode(repeat each input)
        return try await startUpdate(name, payloads, id, stage, UpdateReference<Void, Output>(name: name).output)
    }

    /// A handle to an update that was sent before. Nothing is asked of the service.
    ///
    /// - Parameters:
    ///   - id: The id of the update.
    ///   - type: The type of the result.
    public func updateHandle<Output: Codable & Sendable>(
        id: String,
        as type: Output.Type = Output.self
    ) -> WorkflowUpdateHandle<Output> {
        updateHandle(id, UpdateReference<Void, Output>(name: "").output)
    }

    /// A handle to an update with the coding of its result.
    func updateHandle<Output>(
        _ updateID: String,
        _ coding: OutputCoding<Output>,
        runID: String? = nil,
        outcome: APIUpdateOutcome? = nil
    ) -> WorkflowUpdateHandle<Output> {
        let run = UntypedWorkflowHandle(
            client: client,
            id: id,
            runID: runID ?? self.runID,
            firstExecutionRunID: firstExecutionRunID
        )
        return WorkflowUpdateHandle(id: updateID, workflow: run, outcome: outcome, decode: coding.decode)
    }

    /// Sends an update with encoded arguments.
    func startUpdate<Output>(
        _ name: String,
        _ input: [Payload],
        _ updateID: String?,
        _ stage: WorkflowUpdateStage,
        _ coding: OutputCoding<Output>
    ) async throws -> WorkflowUpdateHandle<Output> {
        let update = StartUpdateInput(
            workflowID: id,
            runID: runID,
            name: name,
            updateID: updateID ?? RandomID.make(),
            arguments: input
        )
        let sent = try await throughInterceptors(
            client.interceptors[...],
            update,
            { try await $0.startUpdate($1, next: $2) },
            { try await send($0) }
        )
        return try await started(sent, coding, waitFor: stage)
    }

    private func send(_ update: StartUpdateInput) async throws -> StartedUpdate {
        let request = updateRequest(update)
        let response = try await mapUpdateErrors(update.updateID) {
            try await mapErrors {
                // The service answers after a while, however far the update is. The id makes the call repeatable.
                while true {
                    let response = try await client.call(.updateWorkflowExecution, request)
                    if response.stage.rawValue >= APIUpdateWorkflowExecutionLifecycleStage.accepted.rawValue {
                        return response
                    }
                    try Task.checkCancellation()
                }
            }
        }
        return StartedUpdate(
            updateID: update.updateID,
            runID: response.updateRef.workflowExecution.runID,
            outcome: response.hasOutcome ? response.outcome : nil
        )
    }

    /// The handle of an update that was sent, once the update has come as far as it shall.
    func started<Output>(
        _ update: StartedUpdate,
        _ coding: OutputCoding<Output>,
        waitFor stage: WorkflowUpdateStage
    ) async throws -> WorkflowUpdateHandle<Output> {
        let handle = updateHandle(update.updateID, coding, runID: update.runID, outcome: update.outcome)
        guard stage == .completed, update.outcome == nil else { return handle }
        let outcome = try await handle.workflow.pollUpdate(update.updateID)
        return updateHandle(update.updateID, coding, runID: update.runID, outcome: outcome)
    }

    /// The request that sends an update and waits until the workflow has taken it on.
    func updateRequest(_ update: StartUpdateInput) -> APIUpdateWorkflowExecutionRequest {
        var request = APIUpdateWorkflowExecutionRequest()
        request.namespace = client.namespace
        request.workflowExecution = execution(runID)
        request.firstExecutionRunID = firstExecutionRunID ?? ""
        request.waitPolicy.lifecycleStage = .accepted
        request.request.meta.updateID = update.updateID
        request.request.meta.identity = client.identity
        request.request.input.name = update.name
        if !update.arguments.isEmpty { request.request.input.args = APIPayloads(update.arguments) }
        if !update.headers.isEmpty { request.request.input.header.fields = update.headers.mapValues(\.proto) }
        return request
    }

    /// Waits for the outcome of an update.
    func pollUpdate(_ updateID: String) async throws -> APIUpdateOutcome {
        let ended = try await throughInterceptors(
            client.interceptors[...],
            PollUpdateInput(workflowID: id, runID: runID, updateID: updateID),
            { try await $0.pollUpdate($1, next: $2) },
            {
                let outcome = try await poll($0.updateID)
                return StartedUpdate(updateID: $0.updateID, runID: runID ?? "", outcome: outcome)
            }
        )
        // An update without an outcome is one that returns nothing.
        return ended.outcome ?? APIUpdateOutcome()
    }

    private func poll(_ updateID: String) async throws -> APIUpdateOutcome {
        var request = APIPollWorkflowExecutionUpdateRequest()
        request.namespace = client.namespace
        request.updateRef.workflowExecution = execution(runID)
        request.updateRef.updateID = updateID
        request.identity = client.identity
        request.waitPolicy.lifecycleStage = .completed
        return try await mapUpdateErrors(updateID) {
            do {
                while true {
                    let response = try await client.call(.pollWorkflowExecutionUpdate, request)
                    if response.hasOutcome { return response.outcome }
                    try Task.checkCancellation()
                }
            } catch let error as RPCError where error.code == .notFound {
                throw WorkflowUpdateNotFoundError(workflowID: id, updateID: updateID, message: error.message)
            }
        }
    }

    /// Runs a call and gives the error of one that took too long its type.
    func mapUpdateErrors<Value>(_ updateID: String, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as RPCError where error.code == .deadlineExceeded || error.code == .cancelled {
            try Task.checkCancellation()
            throw WorkflowUpdateTimeoutError(workflowID: id, updateID: updateID, message: error.message)
        }
    }
}
