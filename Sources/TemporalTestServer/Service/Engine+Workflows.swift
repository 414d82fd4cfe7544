import SwiftProtobuf
import Temporal
import TemporalAPI

extension Engine {
    /// Starts a workflow for a client.
    func start(_ request: APIStartWorkflowExecutionRequest) throws -> APIStartWorkflowExecutionResponse {
        guard !request.requestID.isEmpty else {
            var request = request
            request.requestID = ids.uuid()
            return try start(request)
        }
        return response(to: request, try start(request, parent: nil))
    }

    /// What a client is told of a start.
    func response(
        to request: APIStartWorkflowExecutionRequest,
        _ outcome: StartOutcome
    ) -> APIStartWorkflowExecutionResponse {
        .with {
            $0.runID = outcome.runID
            $0.firstExecutionRunID = outcome.firstRunID
            $0.started = outcome.isStarted
            $0.status = outcome.status
            if let task = outcome.eagerTask { $0.eagerWorkflowTask = task }
            $0.link = link(
                namespace: request.namespace,
                workflowID: request.workflowID,
                runID: outcome.runID,
                eventID: 1,
                type: .workflowExecutionStarted
            )
            if outcome.isAttached {
                $0.link.workflowEvent.requestIDRef.requestID = request.requestID
                $0.link.workflowEvent.requestIDRef.eventType = .workflowExecutionOptionsUpdated
            }
        }
    }

    private func link(
        namespace: String,
        workflowID: String,
        runID: String,
        eventID: Int64,
        type: APIEventType
    ) -> APILink {
        .with {
            $0.workflowEvent = .with {
                $0.namespace = namespace
                $0.workflowID = workflowID
                $0.runID = runID
                $0.eventRef = .with {
                    $0.eventID = eventID
                    $0.eventType = type
                }
            }
        }
    }

    /// Signals a workflow.
    func signal(_ request: APISignalWorkflowExecutionRequest) throws -> APISignalWorkflowExecutionResponse {
        try Self.check(request.workflowExecution)
        guard !request.signalName.isEmpty else { throw ServiceError.invalid("SignalName is not set on request.") }
        try Limits.check(request.signalName, "SignalName")
        try Limits.check(request.requestID, "RequestId")
        try Limits.check(request.input)
        try Limits.check(request.links)
        let run = try run(of: request.workflowExecution, namespace: request.namespace)
        // The run may have ended since the request came for the first time.
        guard request.requestID.isEmpty || !run.signalRequestIDs.contains(request.requestID) else {
            return APISignalWorkflowExecutionResponse()
        }
        guard run.isOpen else { throw ServiceError.workflowCompleted }
        try Limits.checkSignals(of: run)
        readClock()
        if !request.requestID.isEmpty { run.signalRequestIDs.insert(request.requestID) }
        run.signal(
            .with {
                $0.signalName = request.signalName
                if request.hasInput { $0.input = request.input }
                $0.identity = request.identity
                if request.hasHeader { $0.header = request.header }
                $0.requestID = request.requestID
            },
            links: request.links
        )
        return APISignalWorkflowExecutionResponse()
    }

    /// Signals a workflow, and starts it if it does not run.
    func signalWithStart(
        _ request: APISignalWithStartWorkflowExecutionRequest
    ) throws -> APISignalWithStartWorkflowExecutionResponse {
        guard !request.workflowID.isEmpty else { throw ServiceError.invalid("WorkflowId is not set on request.") }
        guard !request.signalName.isEmpty else { throw ServiceError.invalid("SignalName is not set on request.") }
        try Limits.check(request.signalName, "SignalName")
        try Limits.check(request.signalInput)
        try Limits.check(request.links)
        let namespace = try namespace(request.namespace)
        readClock()
        let signal = APIWorkflowExecutionSignaledEventAttributes.with {
            $0.signalName = request.signalName
            if request.hasSignalInput { $0.input = request.signalInput }
            $0.identity = request.identity
            if request.hasHeader { $0.header = request.header }
            $0.requestID = request.requestID
        }
        let start = request.startRequest
        try StartRules.check(start, at: now)
        guard request.workflowIDConflictPolicy != .fail else {
            throw ServiceError.invalid(
                "Invalid WorkflowIDConflictPolicy: WORKFLOW_ID_CONFLICT_POLICY_FAIL is not supported for this operation."
            )
        }
        let key = WorkflowKey(namespace: namespace.name, workflowID: request.workflowID)
        if let number = currentRuns[key], runs[number].isOpen,
            request.workflowIDConflictPolicy != .terminateExisting,
            request.workflowIDReusePolicy != .terminateIfRunning
        {
            let run = runs[number]
            try Limits.checkSignals(of: run)
            if request.requestID.isEmpty || run.signalRequestIDs.insert(request.requestID).inserted {
                run.signal(signal, links: request.links)
            }
            return .with {
                $0.runID = run.runID
                $0.firstExecutionRunID = run.start.firstExecutionRunID
                $0.started = false
            }
        }
        let outcome = try self.start(start) { run in
            if !request.requestID.isEmpty { run.signalRequestIDs.insert(request.requestID) }
            run.signal(signal, links: request.links)
        }
        return .with {
            $0.runID = outcome.runID
            $0.firstExecutionRunID = outcome.firstRunID
            $0.started = outcome.isStarted
        }
    }

    /// The run that a request names by its workflow id, with the chain that it must belong to.
    private func run(
        of execution: APIWorkflowExecution,
        namespace: String,
        firstRunID: String
    ) throws -> Run {
        let run = try run(of: execution, namespace: namespace)
        guard firstRunID.isEmpty || run.start.firstExecutionRunID == firstRunID else {
            throw ServiceError.notFound("workflow execution not found")
        }
        return run
    }

    /// Asks for the cancellation of a workflow.
    func requestCancel(
        _ request: APIRequestCancelWorkflowExecutionRequest
    ) throws -> APIRequestCancelWorkflowExecutionResponse {
        try Limits.check(request.links)
        let run = try run(
            of: request.workflowExecution,
            namespace: request.namespace,
            firstRunID: request.firstExecutionRunID
        )
        // What has ended need not be cancelled: the real server takes the request and does nothing.
        guard run.isOpen else { return APIRequestCancelWorkflowExecutionResponse() }
        readClock()
        run.requestCancel(
            .with {
                $0.cause = request.reason
                $0.identity = request.identity
            },
            links: request.links
        )
        return APIRequestCancelWorkflowExecutionResponse()
    }

    /// Ends a workflow by force.
    func terminate(_ request: APITerminateWorkflowExecutionRequest) throws -> APITerminateWorkflowExecutionResponse {
        try Limits.check(request.links)
        let run = try run(
            of: request.workflowExecution,
            namespace: request.namespace,
            firstRunID: request.firstExecutionRunID
        )
        guard run.isOpen else { throw ServiceError.workflowCompleted }
        readClock()
        run.terminate(
            reason: request.reason,
            details: request.hasDetails ? request.details : nil,
            identity: request.identity,
            links: request.links
        )
        return APITerminateWorkflowExecutionResponse()
    }
}

extension APISignalWithStartWorkflowExecutionRequest {
    /// The start in the request.
    fileprivate var startRequest: APIStartWorkflowExecutionRequest {
        .with {
            $0.namespace = namespace
            $0.workflowID = workflowID
            $0.workflowType = workflowType
            if hasTaskQueue { $0.taskQueue = taskQueue }
            if hasInput { $0.input = input }
            $0.workflowExecutionTimeout = workflowExecutionTimeout
            $0.workflowRunTimeout = workflowRunTimeout
            $0.workflowTaskTimeout = workflowTaskTimeout
            $0.identity = identity
            $0.requestID = requestID
            $0.workflowIDReusePolicy = workflowIDReusePolicy
            $0.workflowIDConflictPolicy = workflowIDConflictPolicy
            if hasRetryPolicy { $0.retryPolicy = retryPolicy }
            $0.cronSchedule = cronSchedule
            if hasMemo { $0.memo = memo }
            if hasSearchAttributes { $0.searchAttributes = searchAttributes }
            if hasHeader { $0.header = header }
            $0.workflowStartDelay = workflowStartDelay
            if hasUserMetadata { $0.userMetadata = userMetadata }
            if hasVersioningOverride { $0.versioningOverride = versioningOverride }
            if hasPriority { $0.priority = priority }
            $0.links = links
        }
    }
}
