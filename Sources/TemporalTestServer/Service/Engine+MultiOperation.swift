import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Engine {
    /// Starts a workflow and sends it an update, or sends it to the one that is there. Both happen or neither does.
    func execute(
        _ request: APIExecuteMultiOperationRequest,
        _ reply: Reply<APIExecuteMultiOperationResponse>
    ) throws {
        guard request.operations.count == 2, case .startWorkflow(var start) = request.operations[0].operation,
            case .updateWorkflow(let sent) = request.operations[1].operation
        else {
            throw ServiceError.invalid("Operations have to be exactly [Start, Update].")
        }
        if let error = problem(of: start) { throw failed([error, nil]) }
        if let error = problem(of: sent, start) { throw failed([nil, error]) }
        if start.requestID.isEmpty { start.requestID = ids.uuid() }
        var update = sent.request
        if update.meta.updateID.isEmpty { update.meta.updateID = ids.uuid() }
        let id = update.meta.updateID
        let outcome: StartOutcome
        do {
            outcome = try self.start(start, beforeFirstTask: { $0.admit(update) })
        } catch let error as RPCError {
            throw failed([error, nil])
        }
        let run = try run(
            of: .with {
                $0.workflowID = start.workflowID
                $0.runID = outcome.runID
            },
            namespace: request.namespace
        )
        if run.updates[id] == nil {
            guard run.isOpen else { throw failed([nil, ServiceError.workflowCompleted]) }
            guard !run.isPaused else { throw failed([nil, ServiceError.workflowPaused]) }
            try run.checkUpdateLimits()
            run.admit(update)
        }
        let started = response(to: start, outcome)
        let stage = max(sent.waitPolicy.lifecycleStage.rawValue, 1)
        wait(for: id, of: run, stage: .init(rawValue: stage) ?? .admitted, reply) { run, update in
            .with {
                $0.responses = [
                    .with { $0.startWorkflow = started },
                    .with {
                        $0.updateWorkflow = .with {
                            $0.updateRef = run.reference(to: id)
                            $0.stage = update.lifecycleStage
                            if case .completed(let outcome) = update.stage { $0.outcome = outcome }
                        }
                    },
                ]
            }
        }
    }

    private func problem(of start: APIStartWorkflowExecutionRequest) -> RPCError? {
        if !start.cronSchedule.isEmpty { return ServiceError.invalid("CronSchedule is not allowed.") }
        if start.requestEagerExecution { return ServiceError.invalid("RequestEagerExecution is not supported.") }
        if Span(start.workflowStartDelay) > .zero {
            return ServiceError.invalid("WorkflowStartDelay is not supported.")
        }
        return nil
    }

    private func problem(
        of update: APIUpdateWorkflowExecutionRequest,
        _ start: APIStartWorkflowExecutionRequest
    ) -> RPCError? {
        if update.workflowExecution.workflowID != start.workflowID {
            return ServiceError.invalid("WorkflowId is not consistent with previous operation(s)")
        }
        if !update.firstExecutionRunID.isEmpty { return ServiceError.invalid("FirstExecutionRunId is not allowed.") }
        if update.request.input.name.isEmpty { return ServiceError.invalid("Update name is not set on request.") }
        return nil
    }

    /// The error of the operations together: each has a status, and one that did not fail itself was given up.
    private func failed(_ errors: [RPCError?]) -> RPCError {
        let statuses = errors.map { error in
            APIMultiOperationExecutionFailure.OperationStatus.with {
                $0.code = Int32((error?.code ?? .aborted).rawValue)
                $0.message = error?.message ?? "Operation was aborted."
                $0.details = error?.details ?? [Self.abortedDetail]
            }
        }
        return RPCError(
            code: errors.lazy.compactMap { $0 }.first?.code ?? .aborted,
            message: "Update-with-Start could not be executed.",
            detail: APIMultiOperationExecutionFailure.with { $0.statuses = statuses }
        )
    }

    private static var abortedDetail: Google_Protobuf_Any {
        .with { $0.typeURL = "type.googleapis.com/temporal.api.failure.v1.MultiOperationExecutionAborted" }
    }
}
