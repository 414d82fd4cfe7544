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
        guard request.operations.count == 2, case .startWorkflow(let start) = request.operations[0].operation,
            case .updateWorkflow(let update) = request.operations[1].operation
        else {
            throw ServiceError.invalid("Operations have to be exactly [Start, Update].")
        }
        let (started, sent) = try checked(start, update, in: request.namespace)
        let outcome: StartOutcome
        do {
            outcome = try self.start(started, beforeFirstTask: { $0.admit(sent.request) })
        } catch let error as RPCError {
            throw failed([error, nil])
        }
        let run = try run(
            of: .with {
                $0.workflowID = started.workflowID
                $0.runID = outcome.runID
            },
            namespace: request.namespace
        )
        do {
            try admit(sent.request, to: run)
        } catch let error as RPCError {
            throw failed([nil, error])
        }
        let id = sent.request.meta.updateID
        let response = self.response(to: started, outcome)
        wait(for: id, of: run, stage: sent.waitPolicy.lifecycleStage, reply) { run, update in
            .with {
                $0.responses = [
                    .with { $0.startWorkflow = response },
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

    /// Checks both operations, and fills in what they leave open.
    ///
    /// - Throws: The errors of both together.
    private func checked(
        _ start: APIStartWorkflowExecutionRequest,
        _ update: APIUpdateWorkflowExecutionRequest,
        in namespace: String
    ) throws -> (APIStartWorkflowExecutionRequest, APIUpdateWorkflowExecutionRequest) {
        var (start, update) = (start, update)
        let errors = [
            Self.problem {
                try Self.check(start.namespace, isIn: namespace)
                try Self.check(start, at: readClock())
                start.namespace = namespace
                if start.requestID.isEmpty { start.requestID = ids.uuid() }
            },
            Self.problem {
                try Self.check(update.namespace, isIn: namespace)
                update = try checked(update)
                guard update.firstExecutionRunID.isEmpty else {
                    throw ServiceError.invalid("FirstExecutionRunId is not allowed.")
                }
                guard update.workflowExecution.runID.isEmpty else {
                    throw ServiceError.invalid("RunId is not allowed.")
                }
            },
        ]
        guard errors.allSatisfy({ $0 == nil }) else { throw failed(errors) }
        guard update.workflowExecution.workflowID == start.workflowID else {
            throw failed([
                nil, ServiceError.invalid("WorkflowId is not consistent with previous operation(s)."),
            ])
        }
        return (start, update)
    }

    private static func problem(_ check: () throws -> Void) -> RPCError? {
        do {
            try check()
            return nil
        } catch {
            return error as? RPCError ?? ServiceError.invalid("\(error)")
        }
    }

    private static func check(_ name: String, isIn namespace: String) throws {
        guard !name.isEmpty, name != namespace else { return }
        throw ServiceError.invalid("Operation namespace did not match request's namespace.")
    }

    private static func check(_ start: APIStartWorkflowExecutionRequest, at now: Moment) throws {
        try StartRules.check(start, at: now)
        guard start.cronSchedule.isEmpty else { throw ServiceError.invalid("CronSchedule is not allowed.") }
        guard !start.requestEagerExecution else {
            throw ServiceError.invalid("RequestEagerExecution is not supported.")
        }
        guard Span(start.workflowStartDelay) <= .zero else {
            throw ServiceError.invalid("WorkflowStartDelay is not supported.")
        }
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
