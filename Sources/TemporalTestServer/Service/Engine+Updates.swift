import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Engine {
    /// Sends an update, and waits for the stage that the request asks for.
    func update(
        _ request: APIUpdateWorkflowExecutionRequest,
        _ reply: Reply<APIUpdateWorkflowExecutionResponse>
    ) throws {
        let request = try checked(request)
        let run = try run(of: request.workflowExecution, namespace: request.namespace)
        guard request.firstExecutionRunID.isEmpty || run.start.firstExecutionRunID == request.firstExecutionRunID
        else { throw ServiceError.notFound("workflow execution not found") }
        readClock()
        try admit(request.request, to: run)
        let id = request.request.meta.updateID
        wait(for: id, of: run, stage: request.waitPolicy.lifecycleStage, reply) { run, update in
            .with {
                $0.updateRef = run.reference(to: id)
                $0.stage = update.lifecycleStage
                if case .completed(let outcome) = update.stage { $0.outcome = outcome }
            }
        }
    }

    /// Checks a request to update a workflow.
    ///
    /// - Returns: The request with what it leaves open filled in: the id of the update, and the stage to wait for.
    /// - Throws: `INVALID_ARGUMENT`, or `PERMISSION_DENIED` if it would wait for no worker.
    func checked(_ request: APIUpdateWorkflowExecutionRequest) throws -> APIUpdateWorkflowExecutionRequest {
        guard request.hasWorkflowExecution else { throw ServiceError.executionNotSet }
        try Self.check(request.workflowExecution)
        guard request.request.hasMeta else { throw ServiceError.invalid("Update meta is not set on request.") }
        try Limits.check(request.request.meta.updateID, "UpdateId")
        guard request.request.hasInput else { throw ServiceError.invalid("Update input is not set on request.") }
        guard !request.request.input.name.isEmpty else {
            throw ServiceError.invalid("Update name is not set on request.")
        }
        var request = request
        if request.request.meta.updateID.isEmpty { request.request.meta.updateID = ids.uuid() }
        switch request.waitPolicy.lifecycleStage {
        case .unspecified:
            request.waitPolicy.lifecycleStage = .completed
        case .admitted:
            throw ServiceError.denied(
                "UpdateWorkflowExecution issued asynchronously and waiting on update admitted is not supported."
            )
        case .accepted, .completed, .UNRECOGNIZED:
            break
        }
        for callback in request.request.completionCallbacks { try Self.check(callback) }
        request.request.links = try Limits.checked(request.request.links, of: request.request.completionCallbacks)
        return request
    }

    /// Takes an update in, unless the run knows it already.
    ///
    /// - Throws: `NOT_FOUND` if the run has ended, `FAILED_PRECONDITION` if its workflow tasks fail, or the error of a limit.
    func admit(_ update: APIUpdateRequest, to run: Run) throws {
        guard run.updates[update.meta.updateID] == nil else { return }
        guard run.isOpen else { throw ServiceError.workflowCompleted }
        guard !run.isPaused else { throw ServiceError.workflowPaused }
        guard run.workflowTaskAttempt < Self.failingAttempt else {
            throw ServiceError.notReady(
                "Unable to perform workflow execution update due to Workflow Task in failed state."
            )
        }
        try run.checkUpdateLimits()
        run.admit(update)
    }

    /// Waits for an update that was sent before.
    func pollUpdate(
        _ request: APIPollWorkflowExecutionUpdateRequest,
        _ reply: Reply<APIPollWorkflowExecutionUpdateResponse>
    ) throws {
        guard request.hasUpdateRef else { throw ServiceError.invalid("UpdateRef is not set on request.") }
        let id = request.updateRef.updateID
        let run = try run(of: request.updateRef.workflowExecution, namespace: request.namespace)
        guard run.updates[id] != nil else { throw ServiceError.notFound("update \"\(id)\" not found") }
        let stage = request.hasWaitPolicy ? request.waitPolicy.lifecycleStage : .unspecified
        wait(for: id, of: run, stage: stage, reply) { run, update in
            .with {
                $0.updateRef = run.reference(to: id)
                $0.stage = update.lifecycleStage
                if case .completed(let outcome) = update.stage { $0.outcome = outcome }
            }
        }
    }

    /// Answers a call when an update has come as far as it wants.
    func wait<Response: Sendable>(
        for id: String,
        of run: Run,
        stage: APIUpdateWorkflowExecutionLifecycleStage,
        _ reply: Reply<Response>,
        _ response: @escaping @Sendable (Run, Update) -> Response
    ) {
        guard let update = run.updates[id] else { return }
        if update.lifecycleStage.rawValue >= stage.rawValue {
            return complete(reply, .success(response(run, update)))
        }
        reply.onExpiry = .success(response(run, update))
        reply.place = .update(run: run.number, id: id)
        watch(run.number)
        run.updates[id]?.waiters.append(
            UpdateWaiter(reply: reply, stage: stage) { [unowned self] run, update in
                complete(reply, .success(response(run, update)))
            }
        )
    }
}

extension Run {
    /// What names an update of the run.
    func reference(to id: String) -> APIUpdateUpdateRef {
        .with {
            $0.workflowExecution = execution
            $0.updateID = id
        }
    }
}
