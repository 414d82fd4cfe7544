import Temporal
import TemporalAPI

extension WorkflowMachine {
    // MARK: What the code does

    /// Sends a signal to another workflow.
    ///
    /// - Returns: The number of the operation.
    mutating func signalExternal(_ call: ExternalSignalCall) -> Int {
        let operation = makeOperation()
        externalRequests[operation] = ExternalRequestMachine(.signal(name: call.name), target: call.target)
        var attributes = APISignalExternalWorkflowExecutionCommandAttributes()
        attributes.namespace = namespace
        attributes.execution.workflowID = call.target.workflowID
        attributes.execution.runID = call.target.runID ?? ""
        attributes.signalName = call.name
        if !call.input.isEmpty { attributes.input = APIPayloads(call.input) }
        if !call.headers.isEmpty { attributes.header.fields = call.headers.mapValues(\.proto) }
        attributes.childWorkflowOnly = call.target.isChild
        var command = APICommand()
        command.commandType = .signalExternalWorkflowExecution
        command.attributes = .signalExternalWorkflowExecutionCommandAttributes(attributes)
        pending.append(IssuedCommand(subject: .signalExternal(operation: operation), command: command))
        return operation
    }

    /// Asks another workflow to stop.
    ///
    /// - Returns: The number of the operation.
    mutating func requestCancel(
        _ request: ExternalRequestMachine.Request,
        target: ExternalTarget,
        reason: String
    ) -> Int {
        let operation = makeOperation()
        externalRequests[operation] = ExternalRequestMachine(request, target: target)
        var attributes = APIRequestCancelExternalWorkflowExecutionCommandAttributes()
        attributes.namespace = namespace
        attributes.workflowID = target.workflowID
        attributes.runID = target.runID ?? ""
        attributes.childWorkflowOnly = target.isChild
        attributes.reason = reason
        var command = APICommand()
        command.commandType = .requestCancelExternalWorkflowExecution
        command.attributes = .requestCancelExternalWorkflowExecutionCommandAttributes(attributes)
        pending.append(IssuedCommand(subject: .cancelExternal(operation: operation), command: command))
        return operation
    }

    /// Takes a request back that has not left the worker.
    mutating func cancelExternalRequest(_ operation: Int) -> CancelAction {
        guard var request = externalRequests[operation] else { return .nothing }
        let action = request.cancel()
        externalRequests[operation] = request
        switch action {
        case .dropCommand:
            pending.removeAll {
                $0.subject == .signalExternal(operation: operation)
                    || $0.subject == .cancelExternal(operation: operation)
            }
            externalRequests[operation] = nil
            return .resolve
        case .nothing:
            return .nothing
        }
    }

    // MARK: What the history says

    /// Notes the answer to a request.
    ///
    /// - Parameter reason: Why the request did not arrive; `nil` if it did.
    mutating func externalAnswered(
        _ event: APIHistoryEvent,
        _ initiatedEventID: Int64,
        _ reason: ExternalWorkflowError.Reason?
    ) throws -> Job? {
        guard let operation = operations[initiatedEventID], var request = externalRequests[operation] else {
            throw NondeterminismError("History \(event.label) belongs to no signal or cancellation of the code.")
        }
        try request.answered()
        operations[initiatedEventID] = nil
        externalRequests[operation] = nil
        switch request.request {
        case .cancelChild(let child):
            // A child that was not found has ended, and the event that says so is on its way.
            return reason == nil ? try childCancelDelivered(child) : nil
        case .signal, .cancel:
            guard let reason else { return .resolve(operation: operation, .success([])) }
            let error = ExternalWorkflowError(
                request: request.label,
                workflowID: request.target.workflowID,
                runID: request.target.runID,
                reason: reason
            )
            return .resolve(operation: operation, .error(error))
        }
    }
}
