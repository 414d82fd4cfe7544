import DequeModule
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// What became of a request to start a workflow.
struct StartOutcome {
    let runID: String
    let firstRunID: String

    /// Whether this request is what started the run.
    let isStarted: Bool

    /// Whether this request has added something to a run that was there.
    var isAttached = false

    /// The first workflow task, for a caller who works on it itself.
    var eagerTask: APIPollWorkflowTaskQueueResponse?

    let status: APIWorkflowExecutionStatus
}

extension Engine {
    // MARK: Look-up

    /// The namespace of a name.
    func namespace(_ name: String) throws -> Namespace {
        guard !name.isEmpty else { throw ServiceError.namespaceNotSet }
        guard let namespace = namespaces[name] else { throw ServiceError.noSuchNamespace(name) }
        return namespace
    }

    /// The run that a workflow id and, if given, a run id name; without a run id the current one.
    func run(of execution: APIWorkflowExecution, namespace name: String) throws -> Run {
        let namespace = try namespace(name)
        try Self.check(execution)
        if execution.runID.isEmpty {
            let key = WorkflowKey(namespace: namespace.name, workflowID: execution.workflowID)
            guard let number = currentRuns[key] else { throw ServiceError.noSuchWorkflow(execution) }
            return runs[number]
        }
        guard let number = runNumbers[execution.runID], runs[number].workflowID == execution.workflowID,
            runs[number].namespace == namespace.name
        else { throw ServiceError.noSuchWorkflow(execution) }
        return runs[number]
    }

    /// Checks that a workflow is named as it can be.
    ///
    /// - Throws: `INVALID_ARGUMENT` if it is not.
    static func check(_ execution: APIWorkflowExecution) throws {
        guard !execution.workflowID.isEmpty else { throw ServiceError.invalid("WorkflowId is not set on request.") }
        guard execution.runID.isEmpty || execution.runID.isUUID else { throw ServiceError.invalid("Invalid RunId.") }
    }

    /// The open run of a child, which may have continued as new since.
    func currentRun(of child: Child, startedBy parent: Run) -> Run? {
        let key = WorkflowKey(namespace: child.attributes.namespace, workflowID: child.attributes.workflowID)
        guard let number = currentRuns[key], runs[number].isOpen, var starter = runs[number].parent?.run else {
            return nil
        }
        // A child that was started before a reset belongs to the run that the reset has made.
        while starter != parent.number {
            guard let next = runs[starter].resetTo, next > starter else { return nil }
            starter = next
        }
        return runs[number]
    }

    // MARK: Start

    /// Starts a workflow, or finds the one that is there, by the policies of the request.
    ///
    /// - Parameters:
    ///   - request: The request of the client.
    ///   - parent: Who starts it as a child.
    ///   - inheritance: What it takes over of the versions of that.
    ///   - beforeFirstTask: What happens to the run before its first workflow task.
    func start(
        _ request: APIStartWorkflowExecutionRequest,
        parent: ParentLink? = nil,
        inheriting inheritance: VersionInheritance? = nil,
        beforeFirstTask: ((Run) -> Void)? = nil
    ) throws -> StartOutcome {
        let namespace = try namespace(request.namespace)
        try StartRules.check(request, at: readClock())
        try Limits.check(request.input)
        try Limits.check(request.memo)
        try Self.check(request.completionCallbacks)
        var request = request
        request.links = try Limits.checked(request.links, of: request.completionCallbacks)
        do {
            request.searchAttributes = try namespace.searchAttributes.checked(
                request.searchAttributes,
                namespace: namespace.name
            )
        } catch {
            throw ServiceError.invalid(error.message)
        }
        let override = request.hasVersioningOverride ? try request.versioningOverride.checked() : nil
        if let override { try checkPresence(of: override, on: request.taskQueue.name, in: namespace.name) }
        var new = newRun(request, parent: parent)
        var versions = inheritance ?? VersionInheritance()
        if let override { versions.override = override }
        versions.apply(to: &new.start)
        let key = WorkflowKey(namespace: namespace.name, workflowID: request.workflowID)
        if let number = currentRuns[key] {
            let current = runs[number]
            if let outcome = outcome(ofRepeated: request, current) { return outcome }
            if let outcome = try resolve(request, against: current, newRunID: new.runID) { return outcome }
        }
        let isEager = isEager(request) && Span(new.start.firstWorkflowTaskBackoff) <= .zero
        let run = create(new, beforeFirstTask: beforeFirstTask, leavesTaskToCaller: isEager)
        return StartOutcome(
            runID: run.runID,
            firstRunID: run.start.firstExecutionRunID,
            isStarted: true,
            eagerTask: isEager
                ? run.startWorkflowTask(
                    identity: request.identity,
                    requestID: request.requestID,
                    delivery: .inline,
                    version: nil
                ) : nil,
            status: .running
        )
    }

    /// Whether the first workflow task is to come with the answer to a start, and not by its task queue.
    private func isEager(_ request: APIStartWorkflowExecutionRequest) -> Bool {
        request.requestEagerExecution && !withholdsWorkflowTasks
    }

    /// What a start is told that has come before; `nil` if it has not.
    private func outcome(ofRepeated request: APIStartWorkflowExecutionRequest, _ current: Run) -> StartOutcome? {
        let isStart = current.requestID == request.requestID
        guard !request.requestID.isEmpty, isStart || current.attachedRequestIDs.contains(request.requestID) else {
            return nil
        }
        return StartOutcome(
            runID: current.runID,
            firstRunID: current.start.firstExecutionRunID,
            isStarted: isStart,
            isAttached: !isStart,
            // The answer may have been lost, and the task with it.
            eagerTask: isStart && isEager(request) ? current.firstWorkflowTaskAgain() : nil,
            status: current.status
        )
    }

    private func resolve(
        _ request: APIStartWorkflowExecutionRequest,
        against current: Run,
        newRunID: String
    ) throws -> StartOutcome? {
        switch StartRules.decide(request, current: current) {
        case .start:
            return nil
        case .useExisting:
            return StartOutcome(
                runID: current.runID,
                firstRunID: current.start.firstExecutionRunID,
                isStarted: false,
                isAttached: try current.attach(request),
                status: current.status
            )
        case .terminateExisting:
            current.terminate(
                reason: "TerminateIfRunning WorkflowIdReusePolicy",
                details: .json("terminated by new runID: \(newRunID)"),
                identity: "history-service"
            )
            return nil
        case .refuse(let message):
            throw RPCError(
                code: .alreadyExists,
                message: message,
                detail: APIWorkflowExecutionAlreadyStartedFailure.with {
                    $0.startRequestID = current.requestID
                    $0.runID = current.runID
                    $0.firstExecutionRunID = current.start.firstExecutionRunID
                }
            )
        }
    }

    private func newRun(_ request: APIStartWorkflowExecutionRequest, parent: ParentLink?) -> NewRun {
        let runID = ids.uuid()
        var start = APIWorkflowExecutionStartedEventAttributes()
        start.workflowType = request.workflowType
        start.taskQueue = .with {
            $0.name = request.taskQueue.name
            $0.kind = .normal
        }
        if request.hasInput { start.input = request.input }
        let execution = Span(request.workflowExecutionTimeout)
        let run = WorkflowTimeouts.run(Span(request.workflowRunTimeout), within: execution)
        let task = WorkflowTimeouts.task(Span(request.workflowTaskTimeout), within: run)
        if request.hasWorkflowExecutionTimeout { start.workflowExecutionTimeout = execution.proto }
        if request.hasWorkflowRunTimeout || run > .zero { start.workflowRunTimeout = run.proto }
        start.workflowTaskTimeout = task.proto
        start.originalExecutionRunID = runID
        start.firstExecutionRunID = runID
        start.identity = request.identity
        start.attempt = 1
        start.workflowID = request.workflowID
        if request.hasRetryPolicy { start.retryPolicy = RetryRules.withDefaults(request.retryPolicy) }
        start.cronSchedule = request.cronSchedule
        if request.hasMemo { start.memo = request.memo }
        if !request.searchAttributes.indexedFields.isEmpty { start.searchAttributes = request.searchAttributes }
        if request.hasHeader { start.header = request.header }
        if request.hasPriority { start.priority = request.priority }
        if request.hasLastCompletionResult { start.lastCompletionResult = request.lastCompletionResult }
        if request.hasContinuedFailure { start.continuedFailure = request.continuedFailure }
        start.completionCallbacks = request.completionCallbacks
        let key = WorkflowKey(namespace: request.namespace, workflowID: request.workflowID)
        if let continued = continuedRunIDs.removeValue(forKey: key) { start.continuedExecutionRunID = continued }
        if !request.cronSchedule.isEmpty, let backoff = CronSchedule(request.cronSchedule)?.backoff(after: now) {
            start.firstWorkflowTaskBackoff = backoff.proto
            start.initiator = .cronSchedule
        } else {
            start.firstWorkflowTaskBackoff = Span(request.workflowStartDelay).proto
        }
        if let parent {
            let parentRun = runs[parent.run]
            start.parentWorkflowNamespace = parentRun.namespace
            start.parentWorkflowNamespaceID = namespaces[parentRun.namespace]?.id ?? ""
            start.parentWorkflowExecution = parentRun.execution
            start.parentInitiatedEventID = parent.initiatedEventID
            start.rootWorkflowExecution =
                parentRun.start.hasRootWorkflowExecution ? parentRun.start.rootWorkflowExecution : parentRun.execution
        }
        return NewRun(
            namespace: request.namespace,
            runID: runID,
            start: start,
            requestID: request.requestID,
            executionExpiration: execution > .zero ? now + execution : nil,
            userMetadata: request.hasUserMetadata ? request.userMetadata : nil,
            links: request.links,
            parent: parent
        )
    }

    /// Makes a run, with its first events.
    ///
    /// - Parameters:
    ///   - new: What the run is made of.
    ///   - beforeFirstTask: What happens to the run before its first workflow task.
    ///   - leavesTaskToCaller: Whether the first workflow task is made and given to no task queue. Default: false.
    @discardableResult
    func create(
        _ new: NewRun,
        beforeFirstTask: ((Run) -> Void)? = nil,
        leavesTaskToCaller: Bool = false
    ) -> Run {
        var new = new
        if let expiration = new.executionExpiration {
            new.start.workflowExecutionExpirationTime = expiration.timestamp
        }
        let run = Run(new, engine: self, number: runs.count, now: now)
        register(run)
        run.record(
            .workflowExecutionStarted,
            .workflowExecutionStartedEventAttributes(run.start),
            userMetadata: run.userMetadata,
            links: new.links
        )
        if run.versioning.effectiveBehavior != nil { run.updateVersionSearchAttributes() }
        if let target = run.versioning.override?.target { reactivate(target, in: run.namespace) }
        setLimits(of: run)
        // Held back while something comes before the first task, such as the signal of signal-with-start.
        run.isHeldBack = true
        beforeFirstTask?(run)
        run.isHeldBack = false
        if leavesTaskToCaller { run.createWorkflowTask() } else { run.scheduleFirstWorkflowTask() }
        return run
    }

    /// Puts a new run where it is found, as the current run of its workflow id.
    func register(_ run: Run) {
        runs.append(run)
        openRuns.append(run: run.number, order: UInt64(run.number))
        runNumbers[run.runID] = run.number
        currentRuns[WorkflowKey(namespace: run.namespace, workflowID: run.workflowID)] = run.number
    }

    /// Sets the deadlines of a new run. Its time begins when its first workflow task is due.
    func setLimits(of run: Run) {
        let limit = Span(run.start.workflowRunTimeout)
        if limit > .zero { deadlines.insert(.runTimeout(run: run.number), at: run.executionTime + limit) }
        if let expiration = run.executionExpiration {
            deadlines.insert(.executionTimeout(run: run.number), at: expiration)
        }
    }

    /// Brings what the end of a run means for others: its parent, its children, queries and updates.
    func runDidClose(_ run: Run) {
        let next = run.events.last?.newRunID ?? ""
        closedRuns.append((run.number, next))
        run.closeOrder = nextNumber()
        openRuns.remove(order: UInt64(run.number))
        endedRuns.append(run: run.number, order: run.closeOrder)
    }

    /// Does what ``runDidClose(_:)`` noted, once the next run of the chain exists.
    func finishClosedRuns() {
        while let (number, nextID) = closedRuns.popFirst() {
            let run = runs[number]
            let next = (runNumbers[nextID] ?? (run.wasReset ? run.resetTo : nil)).map { runs[$0] }
            run.closeUpdates(next: next)
            releaseQueries(of: run)
            if run.wasReset { continue }
            if next == nil, let parent = run.parent {
                parentNow(of: run, parent).childDidClose(run, initiatedEventID: parent.initiatedEventID)
            }
            run.applyParentClosePolicies()
            if run.events.last?.handsOnCallbacks != true { invokeCallbacks(of: run) }
            if next == nil { scheduledRunDidClose(run) }
        }
    }
}

extension Engine {
    /// The run that has a child pending: the one that started it, or the one that a reset has made of that.
    private func parentNow(of child: Run, _ link: ParentLink) -> Run {
        var parent = runs[link.run]
        while let next = parent.resetTo, next > parent.number {
            guard runs[next].children[link.initiatedEventID]?.runID == child.start.firstExecutionRunID else { break }
            parent = runs[next]
        }
        return parent
    }
}

extension APIHistoryEvent {
    /// The run that follows on this last event of a run; empty if none does.
    var newRunID: String {
        switch attributes {
        case .workflowExecutionCompletedEventAttributes(let end): end.newExecutionRunID
        case .workflowExecutionFailedEventAttributes(let end): end.newExecutionRunID
        case .workflowExecutionTimedOutEventAttributes(let end): end.newExecutionRunID
        case .workflowExecutionContinuedAsNewEventAttributes(let end): end.newExecutionRunID
        default: ""
        }
    }
}

extension APIHistoryEvent {
    /// Whether the run that follows on this last event of a run is the one whose end matters to those who wait for it.
    fileprivate var handsOnCallbacks: Bool {
        switch attributes {
        case .workflowExecutionContinuedAsNewEventAttributes: true
        case .workflowExecutionFailedEventAttributes(let end): end.retryState == .inProgress
        case .workflowExecutionTimedOutEventAttributes(let end): end.retryState == .inProgress
        default: false
        }
    }
}

extension String {
    /// Whether the text has the form of a UUID.
    var isUUID: Bool {
        utf8.count == 36
            && utf8.enumerated().allSatisfy { index, byte in
                [8, 13, 18, 23].contains(index) ? byte == UInt8(ascii: "-") : Character(UnicodeScalar(byte)).isHexDigit
            }
    }
}
