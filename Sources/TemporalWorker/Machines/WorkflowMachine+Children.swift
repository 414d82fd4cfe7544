import Temporal
import TemporalAPI

extension WorkflowMachine {
    // MARK: What the code does

    /// Starts a child workflow.
    ///
    /// - Parameters:
    ///   - call: How to start it.
    ///   - workflowID: Its id.
    /// - Returns: The number of the operation.
    mutating func startChild(_ call: ChildWorkflowCall, workflowID: String) -> Int {
        let operation = makeOperation()
        children[operation] = ChildWorkflowMachine(
            workflowID: workflowID,
            workflowType: call.workflowType,
            cancellation: call.cancellation
        )
        var attributes = APIStartChildWorkflowExecutionCommandAttributes()
        attributes.namespace = namespace
        attributes.workflowID = workflowID
        attributes.workflowType.name = call.workflowType
        attributes.taskQueue.name = call.taskQueue ?? taskQueue
        attributes.taskQueue.kind = .normal
        if !call.input.isEmpty { attributes.input = APIPayloads(call.input) }
        if !call.headers.isEmpty { attributes.header.fields = call.headers.mapValues(\.proto) }
        if let timeout = call.executionTimeout { attributes.workflowExecutionTimeout = .init(timeout) }
        if let timeout = call.runTimeout { attributes.workflowRunTimeout = .init(timeout) }
        if let timeout = call.taskTimeout { attributes.workflowTaskTimeout = .init(timeout) }
        attributes.parentClosePolicy = call.parentClosePolicy.proto
        attributes.workflowIDReusePolicy = call.idReusePolicy.proto
        if let policy = call.retryPolicy { attributes.retryPolicy = policy.proto }
        if let cronSchedule = call.cronSchedule { attributes.cronSchedule = cronSchedule }
        if !call.memo.isEmpty { attributes.memo.fields = call.memo.mapValues(\.proto) }
        if !call.searchAttributes.isEmpty { attributes.searchAttributes = call.searchAttributes.proto }
        if let priority = call.priority { attributes.priority = priority.proto }
        if let override = call.versioningOverride { attributes.versioningOverride = override.proto }
        var command = APICommand()
        command.commandType = .startChildWorkflowExecution
        command.attributes = .startChildWorkflowExecutionCommandAttributes(attributes)
        if let summary = call.summary { command.userMetadata.summary = summary.proto }
        if let details = call.details { command.userMetadata.details = details.proto }
        pending.append(IssuedCommand(subject: .startChild(operation: operation), command: command))
        return operation
    }

    /// Cancels a child workflow in the way that its call asked for.
    ///
    /// - Parameters:
    ///   - operation: The operation that started it.
    ///   - reason: Why, for the history of the child.
    mutating func cancelChild(_ operation: Int, reason: String) -> CancelAction {
        guard var child = children[operation] else { return .nothing }
        let action = child.cancel()
        children[operation] = child
        switch action {
        case .dropCommand:
            pending.removeAll { $0.subject == .startChild(operation: operation) }
            children[operation] = nil
            return .fail(cancelled(child, "Child workflow cancelled before it was started"))
        case .issueCancel(let resolves):
            issueCancel(of: child, operation, reason: reason)
            return resolves ? .fail(cancelled(child, "Child workflow cancelled")) : .nothing
        case .resolve:
            return .fail(cancelled(child, "Child workflow cancelled"))
        case .nothing:
            return .nothing
        }
    }

    private mutating func issueCancel(of child: ChildWorkflowMachine, _ operation: Int, reason: String) {
        // Without a run, so that it reaches the child also after a retry or a continue-as-new.
        let target = ExternalTarget(workflowID: child.workflowID, runID: nil, isChild: true)
        _ = requestCancel(.cancelChild(operation: operation), target: target, reason: reason)
    }

    // MARK: What the history says

    /// Applies an event of a child other than that of its command.
    func childOperation(_ event: APIHistoryEvent, _ initiatedEventID: Int64) throws -> (Int, ChildWorkflowMachine) {
        guard let operation = operations[initiatedEventID], let child = children[operation] else {
            throw NondeterminismError("History \(event.label) belongs to no child workflow of the code.")
        }
        return (operation, child)
    }

    /// Notes that a child has started.
    mutating func childStarted(
        _ event: APIHistoryEvent,
        _ attributes: APIChildWorkflowExecutionStartedEventAttributes
    ) throws -> Job? {
        var (operation, child) = try childOperation(event, attributes.initiatedEventID)
        let action = try child.started(eventID: event.eventID, runID: attributes.workflowExecution.runID)
        children[operation] = child
        let job = Job.childStarted(operation: operation, runID: child.runID)
        switch action {
        case .resolve:
            return job
        case .issueCancel(let resolves):
            issueCancel(of: child, operation, reason: "")
            return resolves ? job : nil
        case .ignore:
            return nil
        }
    }

    /// Notes that a child was not started.
    mutating func childStartFailed(
        _ event: APIHistoryEvent,
        _ attributes: APIStartChildWorkflowExecutionFailedEventAttributes
    ) throws -> Job? {
        var (operation, child) = try childOperation(event, attributes.initiatedEventID)
        let action = try child.startFailed()
        forget(operation, attributes.initiatedEventID)
        guard action == .resolve else { return nil }
        switch attributes.cause {
        case .workflowAlreadyExists:
            let error = ChildWorkflowAlreadyStartedError(
                workflowID: child.workflowID,
                workflowType: child.workflowType
            )
            return .childEnded(operation: operation, .error(error))
        default:
            var message = "The server did not start the child workflow: \(attributes.cause)"
            if attributes.cause == .invalidVersioningOverride {
                message += ". The version that it is pinned to must have workers on its task queue, or have had them."
            }
            let failure = failure(of: child, message) {
                $0.childWorkflowExecutionFailureInfo.retryState = .nonRetryableFailure
            }
            return .childEnded(operation: operation, .failure(failure))
        }
    }

    /// Notes that a child has ended.
    mutating func childEnded(
        _ event: APIHistoryEvent,
        _ initiatedEventID: Int64,
        _ resolution: (Self, ChildWorkflowMachine) -> Resolution
    ) throws -> Job? {
        var (operation, child) = try childOperation(event, initiatedEventID)
        let action = try child.ended()
        forget(operation, initiatedEventID)
        switch action {
        case .resolve: return .childEnded(operation: operation, resolution(self, child))
        case .ignore: return nil
        }
    }

    /// Notes that the request to stop has reached a child.
    mutating func childCancelDelivered(_ operation: Int) throws -> Job? {
        guard var child = children[operation] else { return nil }  // It has ended meanwhile.
        let action = try child.cancelDelivered()
        children[operation] = child
        switch action {
        case .resolve:
            return .childEnded(operation: operation, .failure(cancelled(child, "Child workflow cancel requested")))
        case .ignore:
            return nil
        }
    }

    private mutating func forget(_ operation: Int, _ initiatedEventID: Int64) {
        operations[initiatedEventID] = nil
        children[operation] = nil
    }

    // MARK: Failures

    private func cancelled(_ child: ChildWorkflowMachine, _ message: String) -> APIFailure {
        failure(of: child, message) {
            $0.childWorkflowExecutionFailureInfo.retryState = .cancelRequested
            $0.cause.message = "Cancelled"
            $0.cause.canceledFailureInfo = .init()
        }
    }

    /// The failure of a child as its parent sees it.
    func failure(of child: ChildWorkflowMachine, _ message: String, _ fill: (inout APIFailure) -> Void) -> APIFailure {
        var failure = APIFailure()
        failure.message = message
        failure.childWorkflowExecutionFailureInfo.namespace = namespace
        failure.childWorkflowExecutionFailureInfo.workflowExecution.workflowID = child.workflowID
        failure.childWorkflowExecutionFailureInfo.workflowExecution.runID = child.runID
        failure.childWorkflowExecutionFailureInfo.workflowType.name = child.workflowType
        failure.childWorkflowExecutionFailureInfo.initiatedEventID = child.initiatedEventID
        failure.childWorkflowExecutionFailureInfo.startedEventID = child.startedEventID
        fill(&failure)
        return failure
    }
}

extension ParentClosePolicy {
    fileprivate var proto: APIParentClosePolicy {
        switch kind {
        case .terminate: .terminate
        case .abandon: .abandon
        case .requestCancel: .requestCancel
        }
    }
}
