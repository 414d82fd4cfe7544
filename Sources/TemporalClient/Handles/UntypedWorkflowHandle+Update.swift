import Foundation
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
        let payloads = try client.encode(repeat each input)
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
        let request = updateRequest(name, input, updateID)
        let sentID = request.request.meta.updateID
        let response = try await mapUpdateErrors(sentID) {
            try await mapErrors {
                // The service answers after a while, however far the update is. The id makes the call repeatable.
                while true {
                    let response = try await client.service.call(.updateWorkflowExecution, request, options: .default)
                    if response.stage.rawValue >= APIUpdateWorkflowExecutionLifecycleStage.accepted.rawValue {
                        return response
                    }
                    try Task.checkCancellation()
                }
            }
        }
        let started = updateHandle(
            sentID,
            coding,
            runID: response.updateRef.workflowExecution.runID,
            outcome: response.hasOutcome ? response.outcome : nil
        )
        guard stage == .completed, started.outcome == nil else { return started }
        return updateHandle(
            sentID,
            coding,
            runID: started.runID,
            outcome: try await started.workflow.pollUpdate(sentID)
        )
    }

    /// The request that sends an update and waits until the workflow has taken it on.
    func updateRequest(_ name: String, _ input: [Payload], _ updateID: String?) -> APIUpdateWorkflowExecutionRequest {
        var request = APIUpdateWorkflowExecutionRequest()
        request.namespace = client.namespace
        request.workflowExecution = execution(runID)
        request.firstExecutionRunID = firstExecutionRunID ?? ""
        request.waitPolicy.lifecycleStage = .accepted
        request.request.meta.updateID = updateID ?? UUID().uuidString.lowercased()
        request.request.meta.identity = client.identity
        request.request.input.name = name
        if !input.isEmpty { request.request.input.args = APIPayloads(input) }
        return request
    }

    /// Waits for the outcome of an update.
    func pollUpdate(_ updateID: String) async throws -> APIUpdateOutcome {
        var request = APIPollWorkflowExecutionUpdateRequest()
        request.namespace = client.namespace
        request.updateRef.workflowExecution = execution(runID)
        request.updateRef.updateID = updateID
        request.identity = client.identity
        request.waitPolicy.lifecycleStage = .completed
        return try await mapUpdateErrors(updateID) {
            do {
                while true {
                    let response = try await client.service.call(
                        .pollWorkflowExecutionUpdate,
                        request,
                        options: .default
                    )
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
