import SwiftProtobuf
import Temporal
import TemporalAPI

/// What a run asks of others.
extension Run {
    // MARK: Commands

    /// Sends a signal to another run.
    func signalExternal(
        _ command: APISignalExternalWorkflowExecutionCommandAttributes,
        completedEventID: Int64,
        metadata: APIUserMetadata?
    ) throws {
        let target = command.namespace.isEmpty ? namespace : command.namespace
        guard command.hasExecution else {
            throw CommandFailure(
                cause: .badSignalWorkflowExecutionAttributes,
                message: "Execution is not set on SignalExternalWorkflowExecutionCommand."
            )
        }
        try CommandRules.check(
            command.execution,
            in: command.namespace,
            "SignalExternalWorkflowExecutionCommand",
            signal: command.signalName,
            .badSignalWorkflowExecutionAttributes
        )
        guard !command.signalName.isEmpty else {
            throw CommandFailure(
                cause: .badSignalWorkflowExecutionAttributes,
                message: "SignalName is not set on SignalExternalWorkflowExecutionCommand. "
                    + "WorkflowId=\(command.execution.workflowID) Namespace=\(command.namespace) "
                    + "RunId=\(command.execution.runID)"
            )
        }
        try Limits.checkPending(
            pendingActions { if case .signal = $0 { true } else { false } },
            .pendingSignalsLimitExceeded,
            "signals to external workflows"
        )
        try Limits.check(
            command.input,
            "SignalExternalWorkflowExecutionCommandAttributes.Input",
            .badSignalWorkflowExecutionAttributes
        )
        let attributes: APISignalExternalWorkflowExecutionInitiatedEventAttributes = .with {
            $0.workflowTaskCompletedEventID = completedEventID
            $0.namespace = target
            $0.namespaceID = engine.namespaces[target]?.id ?? ""
            $0.workflowExecution = command.execution
            $0.signalName = command.signalName
            if command.hasInput { $0.input = command.input }
            $0.control = command.control
            $0.childWorkflowOnly = command.childWorkflowOnly
            if command.hasHeader { $0.header = command.header }
        }
        let id = record(
            .signalExternalWorkflowExecutionInitiated,
            .signalExternalWorkflowExecutionInitiatedEventAttributes(attributes),
            userMetadata: metadata
        )
        externalActions.append(.signal(initiatedEventID: id, attributes))
    }

    /// Asks for the cancellation of another run.
    func cancelExternal(
        _ command: APIRequestCancelExternalWorkflowExecutionCommandAttributes,
        completedEventID: Int64
    ) throws {
        let target = command.namespace.isEmpty ? namespace : command.namespace
        let cause = APIWorkflowTaskFailedCause.badRequestCancelExternalWorkflowExecutionAttributes
        let execution = APIWorkflowExecution.with {
            $0.workflowID = command.workflowID
            $0.runID = command.runID
        }
        let name = "RequestCancelExternalWorkflowExecutionCommand"
        try CommandRules.check(execution, in: command.namespace, name, signal: nil, cause)
        guard !startsChild(command.workflowID) else {
            throw CommandFailure(
                cause: cause,
                message: "Start and RequestCancel for child workflow is not allowed in same workflow task. "
                    + "WorkflowId=\(command.workflowID) RunId=\(command.runID) Namespace=\(command.namespace)"
            )
        }
        try Limits.checkPending(
            pendingActions { if case .cancel = $0 { true } else { false } },
            .pendingRequestCancelLimitExceeded,
            "requests to cancel external workflows"
        )
        let attributes: APIRequestCancelExternalWorkflowExecutionInitiatedEventAttributes = .with {
            $0.workflowTaskCompletedEventID = completedEventID
            $0.namespace = target
            $0.namespaceID = engine.namespaces[target]?.id ?? ""
            $0.workflowExecution = execution
            $0.control = command.control
            $0.childWorkflowOnly = command.childWorkflowOnly
            $0.reason = command.reason
        }
        let id = record(
            .requestCancelExternalWorkflowExecutionInitiated,
            .requestCancelExternalWorkflowExecutionInitiatedEventAttributes(attributes)
        )
        externalActions.append(.cancel(initiatedEventID: id, attributes))
    }

    /// Whether an earlier command of the workflow task starts a child with an id.
    private func startsChild(_ workflowID: String) -> Bool {
        externalActions.contains { action in
            guard case .startChild(let id) = action else { return false }
            return children[id]?.attributes.workflowID == workflowID
        }
    }

    /// How many things of a kind are to be asked of others once the commands are processed, if that can be too many.
    private func pendingActions(_ isCounted: (ExternalAction) -> Bool) -> Int {
        externalActions.count < Limits.pending ? 0 : externalActions.count(where: isCounted)
    }

    // MARK: Actions

    /// The run that a command aims at; `nil` if there is none, or if it must be a child of this one and is not. A workflow
    /// never reaches itself, whichever run it names.
    private func target(_ execution: APIWorkflowExecution, namespace: String, childOnly: Bool) -> Run? {
        guard namespace != self.namespace || execution.workflowID != workflowID,
            let run = try? engine.run(of: execution, namespace: namespace)
        else { return nil }
        return childOnly && run.parent?.run != number ? nil : run
    }

    /// Sends the signal that a command asked for.
    func performSignal(_ id: Int64, _ attributes: APISignalExternalWorkflowExecutionInitiatedEventAttributes) {
        // What a run asks with its last commands is lost with it, as on the server.
        guard isOpen else { return }
        var target = target(
            attributes.workflowExecution,
            namespace: attributes.namespace,
            childOnly: attributes.childWorkflowOnly
        )
        if target?.isOpen == false { target = nil }
        let isFull = target.map { $0.signalCount >= Limits.signals } ?? false
        if isFull { target = nil }
        target?.signal(
            .with {
                $0.signalName = attributes.signalName
                if attributes.hasInput { $0.input = attributes.input }
                $0.identity = "history-service"
                if attributes.hasHeader { $0.header = attributes.header }
                $0.externalWorkflowExecution = execution
            }
        )
        if target != nil {
            record(
                .externalWorkflowExecutionSignaled,
                .externalWorkflowExecutionSignaledEventAttributes(
                    .with {
                        $0.initiatedEventID = id
                        $0.namespace = attributes.namespace
                        $0.namespaceID = attributes.namespaceID
                        $0.workflowExecution = attributes.workflowExecution
                        $0.control = attributes.control
                    }
                )
            )
        } else {
            record(
                .signalExternalWorkflowExecutionFailed,
                .signalExternalWorkflowExecutionFailedEventAttributes(
                    .with {
                        $0.cause =
                            isFull
                            ? .signalCountLimitExceeded
                            : isServed(attributes.namespace) ? .externalWorkflowExecutionNotFound : .namespaceNotFound
                        $0.namespace = attributes.namespace
                        $0.namespaceID = attributes.namespaceID
                        $0.workflowExecution = attributes.workflowExecution
                        $0.initiatedEventID = id
                        $0.control = attributes.control
                    }
                )
            )
        }
    }

    /// Asks for the cancellation that a command asked for.
    func performCancel(
        _ id: Int64,
        _ attributes: APIRequestCancelExternalWorkflowExecutionInitiatedEventAttributes
    ) {
        guard isOpen else { return }
        let target = target(
            attributes.workflowExecution,
            namespace: attributes.namespace,
            childOnly: attributes.childWorkflowOnly
        )
        // To cancel what has ended is a success.
        if let target, target.isOpen {
            target.requestCancel(
                .with {
                    $0.cause = attributes.reason
                    $0.externalInitiatedEventID = id
                    $0.externalWorkflowExecution = execution
                    $0.identity = "history-service"
                }
            )
        }
        if target != nil {
            record(
                .externalWorkflowExecutionCancelRequested,
                .externalWorkflowExecutionCancelRequestedEventAttributes(
                    .with {
                        $0.initiatedEventID = id
                        $0.namespace = attributes.namespace
                        $0.namespaceID = attributes.namespaceID
                        $0.workflowExecution = attributes.workflowExecution
                    }
                )
            )
        } else {
            record(
                .requestCancelExternalWorkflowExecutionFailed,
                .requestCancelExternalWorkflowExecutionFailedEventAttributes(
                    .with {
                        $0.cause =
                            isServed(attributes.namespace) ? .externalWorkflowExecutionNotFound : .namespaceNotFound
                        $0.namespace = attributes.namespace
                        $0.namespaceID = attributes.namespaceID
                        $0.workflowExecution = attributes.workflowExecution
                        $0.initiatedEventID = id
                    }
                )
            )
        }
    }

    private func isServed(_ namespace: String) -> Bool {
        engine.namespaces[namespace] != nil
    }
}
