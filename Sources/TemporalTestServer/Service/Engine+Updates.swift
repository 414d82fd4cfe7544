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
        try Self.check(request.workflowExecution)
        var update = request.request
        guard update.hasInput, !update.input.name.isEmpty else {
            throw ServiceError.invalid("Update name is not set on request.")
        }
        if update.meta.updateID.isEmpty { update.meta.updateID = ids.uuid() }
        let id = update.meta.updateID
        let run = try run(of: request.workflowExecution, namespace: request.namespace)
        guard request.firstExecutionRunID.isEmpty || run.start.firstExecutionRunID == request.firstExecutionRunID
        else { throw ServiceError.notFound("workflow execution not found") }
        readClock()
        if run.updates[id] == nil {
            guard run.isOpen else { throw ServiceError.workflowCompleted }
            guard !run.isPaused else { throw ServiceError.workflowPaused }
            try Limits.check(id, "UpdateId")
            try run.checkUpdateLimits()
            run.admit(update)
        }
        let stage = max(request.waitPolicy.lifecycleStage.rawValue, 1)
        wait(for: id, of: run, stage: .init(rawValue: stage) ?? .admitted, reply) { run, update in
            .with {
                $0.updateRef = run.reference(to: id)
                $0.stage = update.lifecycleStage
                if case .completed(let outcome) = update.stage { $0.outcome = outcome }
            }
        }
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
