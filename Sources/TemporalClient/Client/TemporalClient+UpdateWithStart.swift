import SwiftProtobuf
public import Temporal
import TemporalAPI

extension TemporalClient {
    /// Sends an update to a workflow and waits for its result, and starts the workflow first if none of its id runs.
    ///
    /// - Parameters:
    ///   - type: The workflow.
    ///   - input: What its `run` takes, if it has to be started.
    ///   - update: The update.
    ///   - updateInput: The arguments of the update.
    ///   - updateID: The id of the update; `nil` for a new one.
    ///   - options: The id of the workflow, its task queue and more. The id conflict policy says what a workflow that
    ///     runs already means: by default the call fails, with `useExisting` the update goes to it.
    /// - Returns: What the handler of the update returned.
    /// - Throws: As ``startUpdateWithStart(_:_:update:updateInput:updateID:waitFor:options:)`` and
    ///   ``WorkflowUpdateHandle/result()``.
    public func executeUpdateWithStart<
        W: Workflow,
        each Input: Codable & Sendable,
        each UpdateInput: Codable & Sendable,
        Output
    >(
        _ type: W.Type,
        _ input: repeat each Input,
        update: UpdateReference<W, repeat each UpdateInput, Output>,
        updateInput: repeat each UpdateInput,
        updateID: String? = nil,
        options: WorkflowOptions
    ) async throws -> Output where W.RunInputs == Inputs<repeat each Input> {
        try await startUpdateWithStart(
            type,
            repeat each input,
            update: update,
            updateInput: repeat each updateInput,
            updateID: updateID,
            waitFor: .completed,
            options: options
        ).update.result()
    }

    /// Sends an update to a workflow, and starts the workflow first if none of its id runs. Both happen or neither does.
    ///
    /// - Parameters:
    ///   - type: The workflow.
    ///   - input: What its `run` takes, if it has to be started.
    ///   - update: The update.
    ///   - updateInput: The arguments of the update.
    ///   - updateID: The id of the update; `nil` for a new one.
    ///   - stage: How far the update must have come.
    ///   - options: The id of the workflow, its task queue and more. The id conflict policy says what a workflow that
    ///     runs already means: by default the call fails, with `useExisting` the update goes to it.
    /// - Returns: Handles to the workflow, found or started, and to the update. The outcome of an update that was
    ///   rejected is an error of its result; the workflow goes on.
    /// - Throws: ``WorkflowAlreadyStartedError`` if the id is in use, ``WorkflowUpdateTimeoutError`` if the service does
    ///   not answer in time, `PayloadConversionError` if an input cannot be encoded, `RPCError` for anything else that
    ///   the service refuses.
    public func startUpdateWithStart<
        W: Workflow,
        each Input: Codable & Sendable,
        each UpdateInput: Codable & Sendable,
        Output
    >(
        _ type: W.Type,
        _ input: repeat each Input,
        update: UpdateReference<W, repeat each UpdateInput, Output>,
        updateInput: repeat each UpdateInput,
        updateID: String? = nil,
        waitFor stage: WorkflowUpdateStage = .accepted,
        options: WorkflowOptions
    ) async throws -> (workflow: WorkflowHandle<W>, update: WorkflowUpdateHandle<Output>)
    where W.RunInputs == Inputs<repeat each Input> {
        let (workflow, handle) = try await updateWithStart(
            type.definition.name,
            try encode(repeat each input, ofWorkflow: options.id),
            update.name,
            try encode(repeat each updateInput, ofWorkflow: options.id),
            updateID,
            stage,
            update.output,
            options
        )
        return (WorkflowHandle(untyped: workflow), handle)
    }

    /// Sends an update to a workflow that is known by name only, and starts it first if none of its id runs.
    ///
    /// - Parameters:
    ///   - name: The name of the workflow type.
    ///   - input: The arguments of the workflow, if it has to be started.
    ///   - update: The name of the update.
    ///   - updateInput: The arguments of the update.
    ///   - output: The type of the result of the update.
    ///   - updateID: The id of the update; `nil` for a new one.
    ///   - stage: How far the update must have come.
    ///   - options: The id of the workflow, its task queue and more.
    /// - Returns: Handles to the workflow, found or started, and to the update.
    /// - Throws: As ``startUpdateWithStart(_:_:update:updateInput:updateID:waitFor:options:)``.
    public func startUpdateWithStart<
        each Input: Codable & Sendable,
        each UpdateInput: Codable & Sendable,
        Output: Codable & Sendable
    >(
        named name: String,
        _ input: repeat each Input,
        update: String,
        updateInput: repeat each UpdateInput,
        returning output: Output.Type = Output.self,
        updateID: String? = nil,
        waitFor stage: WorkflowUpdateStage = .accepted,
        options: WorkflowOptions
    ) async throws -> (workflow: UntypedWorkflowHandle, update: WorkflowUpdateHandle<Output>) {
        try await updateWithStart(
            name,
            try encode(repeat each input, ofWorkflow: options.id),
            update,
            try encode(repeat each updateInput, ofWorkflow: options.id),
            updateID,
            stage,
            UpdateReference<Void, Output>(name: update).output,
            options
        )
    }

    private func updateWithStart<Output>(
        _ type: String,
        _ input: [Payload],
        _ update: String,
        _ updateInput: [Payload],
        _ updateID: String?,
        _ stage: WorkflowUpdateStage,
        _ coding: OutputCoding<Output>,
        _ options: WorkflowOptions
    ) async throws -> (workflow: UntypedWorkflowHandle, update: WorkflowUpdateHandle<Output>) {
        var call = StartUpdateInput(
            workflowID: options.id,
            runID: nil,
            name: update,
            updateID: updateID ?? RandomID.make(),
            arguments: updateInput
        )
        call.start = StartWorkflowInput(workflowType: type, arguments: input, options: options, signal: nil)
        let sent = try await throughInterceptors(
            interceptors[...],
            call,
            { try await $0.startUpdate($1, next: $2) },
            { try await send($0) }
        )
        let run = started(options.id, sent.runID, firstRunID: sent.firstExecutionRunID)
        return (run, try await run.started(sent, coding, waitFor: stage))
    }

    private func send(_ call: StartUpdateInput) async throws -> StartedUpdate {
        let target = workflowHandle(id: call.workflowID)
        var request = APIExecuteMultiOperationRequest()
        request.namespace = namespace
        if let start = call.start {
            var sent = try start.options.startRequest(type: start.workflowType, input: start.arguments, client: self)
            if !start.headers.isEmpty { sent.header.fields = start.headers.mapValues(\.proto) }
            request.operations.append(.with { $0.operation = .startWorkflow(sent) })
        }
        request.operations.append(.with { $0.operation = .updateWorkflow(target.updateRequest(call)) })
        let type = call.start?.workflowType ?? ""
        let (start, response) = try await target.mapUpdateErrors(call.updateID) {
            try await multiOperation(request, type, call.workflowID)
        }
        return StartedUpdate(
            updateID: call.updateID,
            runID: start.runID,
            firstExecutionRunID: call.start.flatMap {
                start.firstRunID(conflictPolicy: $0.options.idConflictPolicy)
            },
            outcome: response.hasOutcome ? response.outcome : nil
        )
    }

    /// Makes the call until the update is taken on.
    private func multiOperation(
        _ request: APIExecuteMultiOperationRequest,
        _ type: String,
        _ id: String
    ) async throws -> (start: APIStartWorkflowExecutionResponse, update: APIUpdateWorkflowExecutionResponse) {
        do {
            while true {
                let response = try await call(.executeMultiOperation, request)
                let responses = response.responses
                guard responses.count == 2, case .startWorkflow(let start) = responses[0].response,
                    case .updateWorkflow(let update) = responses[1].response
                else {
                    throw RPCError(
                        code: .internalError,
                        message: "The service answered update-with-start of workflow '\(id)' with something else."
                    )
                }
                if update.stage.rawValue >= APIUpdateWorkflowExecutionLifecycleStage.accepted.rawValue {
                    return (start, update)
                }
                try Task.checkCancellation()
            }
        } catch let error as RPCError {
            throw operationError(error, type, id)
        }
    }

    /// The error of the operation that failed, in place of that of both together.
    private func operationError(_ error: RPCError, _ type: String, _ id: String) -> any Error {
        guard let detail = error.detail(APIMultiOperationExecutionFailure.self) else { return error }
        let failed = detail.statuses.first { status in
            status.code != 0
                && !status.details.contains { $0.typeURL.hasSuffix("MultiOperationExecutionAborted") }
        }
        guard let failed, let code = RPCError.Code(rawValue: Int(failed.code)) else { return error }
        let operation = RPCError(code: code, message: failed.message, details: failed.details, cause: error)
        return startError(operation, type, id)
    }
}
