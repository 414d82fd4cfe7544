import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Nexus operations of their own: started, followed, ended and listed by clients.
extension Engine {
    private static let longestID = 1000

    // MARK: Look-up

    private func check(id: String, runID: String = "") throws {
        guard !id.isEmpty else { throw ServiceError.invalid("operation_id is required") }
        guard id.utf8.count <= Self.longestID else {
            throw ServiceError.invalid(
                "operation_id exceeds length limit. Length=\(id.utf8.count) Limit=\(Self.longestID)"
            )
        }
        guard runID.isEmpty || UUID(uuidString: runID) != nil else {
            throw ServiceError.invalid("invalid run id: must be a valid UUID")
        }
    }

    /// The operation of an id and, if given, a run id; without a run id the latest.
    private func nexusExecution(_ namespace: String, id: String, runID: String) throws -> NexusExecution {
        _ = try self.namespace(namespace)
        try check(id: id, runID: runID)
        let found = nexusExecutions.find(namespace: namespace, operationID: id, runID: runID)
        guard let found else { throw ServiceError.notFound("nexus operation execution not found for ID: \(id)") }
        return found
    }

    // MARK: Start

    /// Starts an operation, or finds the one that is there, by the policies of the request.
    func start(_ request: APIStartNexusOperationExecutionRequest) throws -> APIStartNexusOperationExecutionResponse {
        let namespace = try namespace(request.namespace)
        try check(id: request.operationID)
        for (name, value) in [
            ("endpoint", request.endpoint), ("service", request.service), ("operation", request.operation),
        ] {
            guard !value.isEmpty else { throw ServiceError.invalid("\(name) is required") }
            guard value.utf8.count <= Self.longestID else {
                throw ServiceError.invalid(
                    "\(name) exceeds length limit. Length=\(value.utf8.count) Limit=\(Self.longestID)"
                )
            }
        }
        for (name, timeout) in [
            ("schedule_to_close_timeout", request.scheduleToCloseTimeout),
            ("schedule_to_start_timeout", request.scheduleToStartTimeout),
            ("start_to_close_timeout", request.startToCloseTimeout),
        ] {
            guard let problem = timeout.problem else { continue }
            throw ServiceError.invalid("\(name) is invalid: \(problem)")
        }
        var request = request
        do {
            request.searchAttributes = try namespace.searchAttributes.checked(
                request.searchAttributes,
                namespace: namespace.name
            )
        } catch {
            throw ServiceError.invalid(error.message)
        }
        request.nexusHeader = try Run.checkedNexusHeaders(request.nexusHeader) { problem in
            switch problem {
            case .disallowed(let name): ServiceError.invalid("nexus_header contains a disallowed key: \"\(name)\"")
            case .tooLarge: ServiceError.invalid("nexus_header exceeds size limit")
            }
        }
        guard let endpoint = nexusEndpoint(named: request.endpoint) else {
            throw ServiceError.notFound("could not find Nexus endpoint by name: \(request.endpoint)")
        }
        readClock()
        if request.requestID.isEmpty { request.requestID = ids.uuid() }
        let whole = Span(request.scheduleToCloseTimeout)
        if whole > .zero {
            if Span(request.scheduleToStartTimeout) > whole { request.scheduleToStartTimeout = whole.proto }
            if Span(request.startToCloseTimeout) > whole { request.startToCloseTimeout = whole.proto }
        }
        if let previous = nexusExecutions.find(namespace: request.namespace, operationID: request.operationID) {
            if previous.request.requestID == request.requestID { return .with { $0.runID = previous.runID } }
            if previous.isOpen, request.idConflictPolicy == .useExisting { return .with { $0.runID = previous.runID } }
            guard !previous.isOpen, request.idReusePolicy.allows(after: previous.status) else {
                throw RPCError(
                    code: .alreadyExists,
                    message: "nexus operation execution already started: request_id=\(previous.request.requestID), "
                        + "run_id=\(previous.runID)",
                    detail: APINexusOperationExecutionAlreadyStartedFailure.with {
                        $0.startRequestID = previous.request.requestID
                        $0.runID = previous.runID
                    }
                )
            }
        }
        let runID = ids.uuid()
        let origin = NexusExecutionOrigin(
            request: request,
            endpointID: endpoint.id,
            runID: runID,
            requestID: ids.uuid(),
            scheduleTime: now
        )
        let execution = NexusExecution(origin, engine: self, number: nexusExecutions.all.count)
        if let previous = nexusExecutions.append(execution) { noteChange(of: previous) }
        noteChange(of: execution)
        beginNexusOperation(.standalone(execution.number))
        return .with {
            $0.runID = execution.runID
            $0.started = true
        }
    }

    // MARK: Follow

    /// Tells all there is to know of an operation, at once or when it has changed.
    func describe(
        _ request: APIDescribeNexusOperationExecutionRequest,
        _ reply: Reply<APIDescribeNexusOperationExecutionResponse>
    ) throws {
        if !request.longPollToken.isEmpty, request.runID.isEmpty {
            throw ServiceError.invalid("run_id is required when long_poll_token is provided")
        }
        let execution = try nexusExecution(request.namespace, id: request.operationID, runID: request.runID)
        guard request.longPollToken == execution.longPollToken else {
            return complete(reply, .success(execution.description(for: request)))
        }
        let seen = execution.changes
        nexusExecutions.wait(reply, for: execution) { [unowned self] in
            guard $0.changes != seen else { return false }
            complete(reply, .success($0.description(for: request)))
            return true
        }
    }

    /// Tells how an operation has ended, or that it has started, when it has.
    func poll(
        _ request: APIPollNexusOperationExecutionRequest,
        _ reply: Reply<APIPollNexusOperationExecutionResponse>
    ) throws {
        let stage = request.waitStage == .unspecified ? .closed : request.waitStage
        guard stage == .started || stage == .closed else {
            throw ServiceError.invalid("unsupported wait_stage: \(stage)")
        }
        let execution = try nexusExecution(request.namespace, id: request.operationID, runID: request.runID)
        if let outcome = execution.outcome(at: stage) { return complete(reply, .success(outcome)) }
        nexusExecutions.wait(reply, for: execution) { [unowned self] in
            guard let outcome = $0.outcome(at: stage) else { return false }
            complete(reply, .success(outcome))
            return true
        }
    }

    /// Answers those who wait in vain for operations of their own.
    func failNexusWaiters(_ error: (NexusExecution) -> RPCError) {
        for number in nexusExecutions.watched {
            let execution = nexusExecutions.all[number]
            let error = error(execution)
            for waiter in execution.waiters { fail(waiter.reply, error) }
        }
    }

    // MARK: End

    /// Asks for the end of an operation.
    func requestCancel(
        _ request: APIRequestCancelNexusOperationExecutionRequest
    ) throws -> APIRequestCancelNexusOperationExecutionResponse {
        let execution = try nexusExecution(request.namespace, id: request.operationID, runID: request.runID)
        readClock()
        var request = request
        if request.requestID.isEmpty { request.requestID = ids.uuid() }
        let known = execution.operation.cancellation
        if let known, known.requestID == request.requestID { return .init() }
        guard execution.isOpen else {
            throw RPCError(code: .failedPrecondition, message: "operation already completed")
        }
        if let known {
            throw RPCError(
                code: .failedPrecondition,
                message: "cancellation already requested with request ID \(known.requestID)"
            )
        }
        let now = now
        let requestID = request.requestID
        execution.changeNexusOperation(0) {
            $0.cancellation = NexusCancellation(
                requestedEventID: 0,
                reason: request.reason,
                requestID: requestID,
                requestedTime: now
            )
        }
        if execution.operation.isStarted { sendNexusCancel(.standalone(execution.number)) }
        return .init()
    }

    /// Ends an operation by force. Its handler is not told.
    func terminate(
        _ request: APITerminateNexusOperationExecutionRequest
    ) throws -> APITerminateNexusOperationExecutionResponse {
        let execution = try nexusExecution(request.namespace, id: request.operationID, runID: request.runID)
        readClock()
        if !execution.isOpen, execution.status == .terminated {
            if !request.requestID.isEmpty, execution.terminationRequestID == request.requestID { return .init() }
            throw RPCError(
                code: .failedPrecondition,
                message: "already terminated with request ID \(execution.terminationRequestID)"
            )
        }
        guard execution.isOpen else {
            throw RPCError(code: .failedPrecondition, message: "operation already completed")
        }
        execution.terminationRequestID = request.requestID.isEmpty ? ids.uuid() : request.requestID
        terminate(execution, reason: request.reason, identity: request.identity)
        return .init()
    }

    private func terminate(_ execution: NexusExecution, reason: String, identity: String) {
        execution.close(
            .terminated,
            failure: .with {
                $0.message = reason
                $0.terminatedFailureInfo.identity = identity
            }
        )
    }

    /// Forgets an operation; one that is under way is ended first.
    func delete(
        _ request: APIDeleteNexusOperationExecutionRequest
    ) throws -> APIDeleteNexusOperationExecutionResponse {
        let execution = try nexusExecution(request.namespace, id: request.operationID, runID: request.runID)
        readClock()
        delete(execution)
        return .init()
    }

    /// Takes an operation out of everything in which it is found.
    func delete(_ execution: NexusExecution) {
        guard !execution.isDeleted else { return }
        if execution.isOpen { terminate(execution, reason: "Delete nexus operation execution", identity: "") }
        let error = ServiceError.notFound("nexus operation execution not found for ID: \(execution.operationID)")
        for waiter in execution.waiters { fail(waiter.reply, error) }
        nexusExecutions.remove(execution, leaving: deletedNexusExecution)
        noteChange(of: execution)
    }

    /// Takes all operations of a namespace out of everything in which they are found.
    func deleteNexusExecutions(in namespace: String) {
        for execution in nexusExecutions.all where execution.namespace == namespace && !execution.isDeleted {
            delete(execution)
        }
    }

    /// Notes that an operation has ended, and plans that it is deleted once its namespace keeps it no longer.
    func nexusExecutionDidClose(_ execution: NexusExecution) {
        nexusExecutions.close(execution)
        guard options.expiresClosedRuns, let retention = namespaces[execution.namespace]?.retention else { return }
        deadlines.insert(.nexusRetention(execution.number), at: now + retention)
    }

    /// Notes that an operation differs from what is stored of it.
    func noteChange(of execution: NexusExecution) {
        if unstoredRuns != nil { unstoredNexusExecutions.append(execution.number) }
    }

    // MARK: Lists

    /// Lists operations by a filter: open ones first, then closed ones, the latest of each first.
    func list(_ request: APIListNexusOperationExecutionsRequest) throws -> APIListNexusOperationExecutionsResponse {
        let query = try nexusQuery(request.query, namespace: request.namespace)
        let page = try nexusExecutions.order.page(size: request.pageSize, token: request.nextPageToken) {
            isListed(nexusExecutions.all[$0], namespace: request.namespace, query)
        }
        return .with {
            $0.operations = page.numbers.map { nexusExecutions.all[$0].listInfo }
            $0.nextPageToken = page.token
        }
    }

    /// Counts operations by a filter, all together or by status.
    func count(
        _ request: APICountNexusOperationExecutionsRequest
    ) throws -> APICountNexusOperationExecutionsResponse {
        let query = try nexusQuery(request.query, namespace: request.namespace, allowsGroups: true)
        var counts: [APINexusOperationExecutionStatus: Int64] = [:]
        for execution in nexusExecutions.all where isListed(execution, namespace: request.namespace, query) {
            counts[execution.status, default: 0] += 1
        }
        return .with { response in
            response.count = counts.values.reduce(0, +)
            guard query.isGrouped else { return }
            response.groups = counts.sorted { $0.key.rawValue < $1.key.rawValue }
                .map { status, count in
                    .with {
                        $0.groupValues = [.keyword(status.workflowStatus.words)]
                        $0.count = count
                    }
                }
        }
    }

    private func isListed(_ execution: NexusExecution, namespace: String, _ query: VisibilityQuery) -> Bool {
        !execution.isDeleted && execution.namespace == namespace && query.matches(execution)
    }

    private func nexusQuery(
        _ text: String,
        namespace: String,
        allowsGroups: Bool = false
    ) throws -> VisibilityQuery {
        var registry = try self.namespace(namespace).searchAttributes
        for name in ["OperationId", "Endpoint", "Service", "Operation", "RequestId"] {
            registry.custom[name] = .keyword
        }
        do {
            return try VisibilityQuery(text, registry: registry, allowsGroups: allowsGroups)
        } catch {
            throw ServiceError.invalid(error.message)
        }
    }
}

extension APINexusOperationIdReusePolicy {
    /// Whether an id may be used again after its operation has ended.
    fileprivate func allows(after status: APINexusOperationExecutionStatus) -> Bool {
        switch self {
        case .unspecified, .allowDuplicate, .UNRECOGNIZED: true
        case .allowDuplicateFailedOnly: status != .completed
        case .rejectDuplicate: false
        }
    }
}
