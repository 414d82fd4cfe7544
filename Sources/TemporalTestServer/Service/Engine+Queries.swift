import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Engine {
    /// Attempts from which on a run's workflow tasks count as failing, so that a query or an update could only fail too.
    static let failingAttempt: Int32 = 3

    /// Asks a workflow something: directly, or with the workflow task that is on its way.
    func query(_ request: APIQueryWorkflowRequest, _ reply: Reply<APIQueryWorkflowResponse>) throws {
        guard request.hasExecution else { throw ServiceError.executionNotSet }
        guard request.hasQuery else { throw ServiceError.invalid("WorkflowQuery is not set on request.") }
        guard !request.query.queryType.isEmpty else { throw ServiceError.invalid("QueryType is not set on request.") }
        let run = try run(of: request.execution, namespace: request.namespace)
        if !run.isOpen,
            request.queryRejectCondition == .notOpen
                || request.queryRejectCondition == .notCompletedCleanly && run.status != .completed
        {
            return complete(reply, .success(.with { $0.queryRejected = .with { $0.status = run.status } }))
        }
        if run.isPaused {
            return complete(reply, .success(.with { $0.queryRejected = .with { $0.status = .paused } }))
        }
        let hasCompletedTask = run.previousStartedEventID != 0
        guard run.isOpen || hasCompletedTask else {
            throw ServiceError.notReady("Workflow execution closed before WorkflowTaskStarted event")
        }
        if run.isBackingOff { throw ServiceError.notReady("Workflow task is not scheduled yet.") }
        try checkQueryable(run)
        if run.workflowTaskAttempt >= Self.failingAttempt {
            throw ServiceError.notReady("Unable to query workflow due to Workflow Task in failed state.")
        }
        let number = nextNumber()
        queries[number] = PendingQuery(run: run.number, query: request.query, reply: reply)
        reply.place = .query(number: number)
        if hasCompletedTask, !run.isOpen || run.workflowTask == nil {
            dispatchQuery(number)
        } else {
            run.bufferedQueries.append(number)
        }
    }

    /// Checks that there can be a worker that answers: the version that a run is pinned to may have none any more.
    private func checkQueryable(_ run: Run) throws {
        guard run.versioning.effectiveBehavior == .pinned, let version = run.versioning.effectiveVersion else { return }
        let state = deployments.state(of: .init(namespace: run.namespace, version: version))
        let queue = QueueKey(namespace: run.namespace, name: run.start.taskQueue.name, kind: .workflow)
        guard state?.status == .drained, !hasPoller(of: version, queue, since: readClock()) else { return }
        throw DeploymentRules.refused(
            "You are trying to query a closed Workflow that is PINNED to Worker Deployment Version \(version), but "
                + "\(version) is drained and has no pollers to answer the query. Immediately: You can re-deploy Workers "
                + "in this Deployment Version to take those queries, or you can workflow update-options to change "
                + "your workflow to AUTO_UPGRADE."
        )
    }

    /// Sends a query to a worker as a task of its own.
    private func dispatchQuery(_ number: UInt64) {
        guard let query = queries[number] else { return }
        let run = runs[query.run]
        if let sticky = run.sticky, !run.movesOn,
            hasRecentPoller(sticky.name, kind: .workflow, namespace: run.namespace)
        {
            enqueue(.query(number: number), to: sticky.name, kind: .workflow, namespace: run.namespace)
        } else {
            if run.isOpen { run.sticky = nil }
            enqueue(
                .query(number: number),
                to: run.start.taskQueue.name,
                kind: .workflow,
                namespace: run.namespace
            )
        }
    }

    /// Notes that whoever has a query as a task of its own will not answer it. One from a sticky queue goes to the ordinary
    /// one; the time of another runs out.
    func queryWasLost(_ number: UInt64) {
        guard let query = queries[number], query.identity != nil else { return }
        guard query.isSticky else { return setQuery(number, isUnattended: true) }
        queries[number]?.identity = nil
        let run = runs[query.run]
        if run.isOpen { run.sticky = nil }
        enqueue(.query(number: number), to: run.start.taskQueue.name, kind: .workflow, namespace: run.namespace)
    }

    /// Notes whether whoever has a query can answer it. Where the clock skips, its time is limited from the moment at which
    /// they cannot: before that, no time passes.
    func setQuery(_ number: UInt64, isUnattended: Bool) {
        guard let reply = queries[number]?.reply else { return }
        queries[number]?.isUnattended = isUnattended
        guard isUnattended, isSkipping, expiring[reply.ticket] == nil else { return }
        expiring[reply.ticket] = reply
        deadlines.insert(.replyExpiry(ticket: reply.ticket), at: readClock() + Span(options.queryTimeout))
    }

    /// What a worker gets that takes a query.
    func queryTask(
        _ number: UInt64,
        fromQueue name: String,
        identity: String
    ) -> APIPollWorkflowTaskQueueResponse {
        guard let query = queries[number] else { return APIPollWorkflowTaskQueueResponse() }
        let run = runs[query.run]
        queries[number]?.identity = identity
        queries[number]?.isSticky = name != run.start.taskQueue.name
        var response = APIPollWorkflowTaskQueueResponse()
        response.taskToken = TaskToken.query(number: number).data
        response.workflowExecution = run.execution
        response.workflowType = run.start.workflowType
        response.previousStartedEventID = run.previousStartedEventID
        response.attempt = 1
        response.workflowExecutionTaskQueue = run.start.taskQueue
        response.query = query.query
        response.history = APIHistory()
        // A worker that has the run in its cache needs no history.
        if run.sticky?.name != name { response.history.events = run.events }
        return response
    }

    /// Takes the answer to a query task.
    func respond(_ request: APIRespondQueryTaskCompletedRequest) throws -> APIRespondQueryTaskCompletedResponse {
        guard case .query(let number) = try TaskToken(request.taskToken) else { throw ServiceError.badToken }
        guard queries[number] != nil else {
            throw ServiceError.notFound("query task not found, or already expired")
        }
        answer(
            number,
            .with {
                $0.resultType = request.completedType
                $0.answer = request.queryResult
                $0.errorMessage = request.errorMessage
                if request.hasFailure { $0.failure = request.failure }
            }
        )
        return APIRespondQueryTaskCompletedResponse()
    }

    /// Gives a query its answer.
    private func answer(_ number: UInt64, _ result: APIWorkflowQueryResult) {
        guard let query = queries[number] else { return }
        if result.resultType == .answered {
            complete(query.reply, .success(.with { $0.queryResult = result.answer }))
        } else {
            let detail = APIQueryFailedFailure.with { if result.hasFailure { $0.failure = result.failure } }
            complete(
                query.reply,
                .failure(RPCError(code: .invalidArgument, message: result.errorMessage, detail: detail))
            )
        }
    }

    /// Takes the answers that came with a completed workflow task, and sends on what it left open.
    func settleQueries(of run: Run, results: [String: APIWorkflowQueryResult]) {
        let attached = run.attachedQueries
        run.attachedQueries = []
        for number in attached {
            if let result = results[String(number)] {
                answer(number, result)
            } else if queries[number] != nil {
                run.bufferedQueries.append(number)
            }
        }
        releaseQueries(of: run)
    }

    /// Sends the waiting queries of a run directly, if no workflow task will carry them.
    func releaseQueries(of run: Run) {
        guard run.workflowTask == nil, !run.bufferedQueries.isEmpty else { return }
        let waiting = run.bufferedQueries + run.attachedQueries
        run.bufferedQueries = []
        run.attachedQueries = []
        for number in waiting {
            if run.previousStartedEventID != 0 {
                dispatchQuery(number)
            } else if let query = queries[number] {
                fail(
                    query.reply,
                    ServiceError.notReady("Workflow execution closed before WorkflowTaskStarted event")
                )
            }
        }
    }
}
