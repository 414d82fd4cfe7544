import Foundation
import Logging
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient

/// Works on workflow tasks: replays or continues the run, runs its code, answers the server.
final class WorkflowTaskHandler: Sendable {
    /// What a handler needs of its worker.
    struct Environment: Sendable {
        var service: any TemporalService
        var namespace: String
        var identity: String
        var instanceKey: String
        var taskQueue: String
        var stickyQueue: String?
        var stickyTimeout: Duration
        var deadlockTimeout: Duration
        var dataConverter: DataConverter
        var failureRules: [WorkflowFailureRule]
        var interceptors: [any WorkflowInterceptor]
        var errorLimits: PayloadErrorLimits
        var logger: Logger
        var metrics: WorkerMetrics
        var timing: CallTiming
        /// How long a task may take before a warning is logged.
        var longTask: Duration
        var onTaskFailure: (@Sendable (WorkflowTaskReport) -> Void)?
        var eagerActivities: (any EagerActivities)?
        var localActivities: LocalActivityRunner
        var intercept: (@Sendable (String) -> WorkflowBlueprint?)?
        var activatesPatch: (@Sendable (PatchActivation) -> Bool)?
        var codeHook: CodeHook?
        var evictsBeforeTask: (@Sendable (String) -> Bool)?
        var threads: any WorkflowThreading
        var deployment: WorkerDeploymentOptions?
    }

    let environment: Environment
    private let advancer: WorkflowAdvancer
    private let cache: WorkflowCache
    private let types: Set<String>
    private let hits = Atomic<Int>(0)
    private let misses = Atomic<Int>(0)
    private let failureCount = Atomic<Int>(0)

    init(_ environment: Environment, blueprints: [WorkflowBlueprint], cacheSize: Int) {
        self.environment = environment
        self.advancer = WorkflowAdvancer(
            namespace: environment.namespace,
            dataConverter: environment.dataConverter,
            failureRules: environment.failureRules,
            interceptors: environment.interceptors,
            logger: environment.logger,
            metrics: environment.metrics.factory,
            blueprints: blueprints,
            intercept: environment.intercept,
            deploymentVersion: environment.deployment?.version,
            activatesPatch: environment.activatesPatch,
            codeHook: environment.codeHook
        )
        self.cache = WorkflowCache(capacity: cacheSize, metrics: environment.metrics)
        self.types = Set(blueprints.map(\.name))
    }

    /// The number of runs in memory.
    var cachedRuns: Int { cache.count }

    /// How often runs were found in memory.
    var cacheStatistics: CacheStatistics {
        CacheStatistics(
            hits: hits.load(ordering: .relaxed),
            misses: misses.load(ordering: .relaxed),
            size: cache.count
        )
    }

    /// The number of tasks that failed.
    var failures: Int { failureCount.load(ordering: .relaxed) }

    /// Whether workflows of a type are run.
    func runs(_ type: String) -> Bool { types.contains(type) }

    /// Removes all runs from memory.
    func evictAll() {
        for run in cache.removeAll() { run.evict() }
    }

    // MARK: One task

    /// Works on a task, and on those that the server hands out with the answers.
    ///
    /// - Parameters:
    ///   - task: The task.
    ///   - onLoss: Told if the code holds its thread for so long that the task is given up: this may never return then.
    func handle(
        _ task: APIPollWorkflowTaskQueueResponse,
        onLoss: @escaping @Sendable () -> Void = {}
    ) async {
        let runID = task.workflowExecution.runID
        var next: APIPollWorkflowTaskQueueResponse? = task
        guard case .taken(var run) = await cache.checkOut(runID, isQuery: task.hasQuery) else {
            environment.logger.debug("A newer task of the run came.", metadata: metadata(task))
            return
        }
        let hold = TaskHold(onLoss: onLoss)
        while let task = next {
            let timer = WorkflowTaskTimer(environment.metrics, task, environment.timing)
            if let evicts = environment.evictsBeforeTask, !task.hasQuery, evicts(runID),
                let leaving = run, !leaving.machine.hasOpenLocalActivities
            {
                leaving.evict()
                run = nil
            }
            countCacheUse(task, run)
            let outcome = await handle(task, cached: run, hold, timer)
            warn(task, took: timer.end())
            next = outcome.next
            run = outcome.run
            if hold.isLost { return }
        }
        for leaving in cache.checkIn(runID, keeping: run) { leaving.evict() }
    }

    /// Logs a task that took long, as it may time out one day.
    private func warn(_ task: APIPollWorkflowTaskQueueResponse, took duration: Duration) {
        guard duration > environment.longTask, !task.hasQuery else { return }
        let event = task.startedEventID + 1
        var metadata = metadata(task)
        metadata["event_id"] = "\(event)"
        metadata["workflow_task_duration"] = "\(Int(duration / .milliseconds(1)))"
        if case .workflowTaskStartedEventAttributes(let started)? = task.history.events.last?.attributes {
            metadata["workflow_history_size"] = "\(started.historySizeBytes)"
        }
        environment.logger.warning(
            "[TMPRL1104] \(task.workflowExecution.runID):\(event):\(task.attempt) The workflow task took longer than \(environment.longTask).",
            metadata: metadata
        )
    }

    /// What is left after one task.
    private struct Outcome {
        /// The run, if it is to stay in memory.
        var run: WorkflowRun?
        /// The next task, handed out with the answer to this one.
        var next: APIPollWorkflowTaskQueueResponse?
    }

    /// Whether the code of the task blocked for so long that its run was given up meanwhile.
    final class TaskHold: Sendable {
        /// Told when the server has been told.
        let onLoss: @Sendable () -> Void

        private let lost = Atomic<Bool>(false)

        var isLost: Bool { lost.load(ordering: .acquiring) }

        init(onLoss: @escaping @Sendable () -> Void = {}) {
            self.onLoss = onLoss
        }

        func lose() { lost.store(true, ordering: .releasing) }
    }

    private func handle(
        _ encoded: APIPollWorkflowTaskQueueResponse,
        cached: WorkflowRun?,
        _ hold: TaskHold,
        _ timer: WorkflowTaskTimer
    ) async -> Outcome {
        let received = environment.localActivities.time.now()
        var run = cached
        if let cached, !continues(encoded, cached) {
            cached.evict()
            run = nil
        }
        let scope = run?.scope ?? scope(of: encoded)
        var task = encoded
        var tail: [APIHistoryEvent] = []
        // What stands in the middle of a history can only be decoded after what stands before it.
        if run == nil, scope != nil, let first = encoded.history.events.first, first.eventID > 1 {
            swap(&task.history.events, &tail)
        }
        do {
            task = try await environment.dataConverter.decoded(task, in: scope)
        } catch {
            await fail(encoded, .history(error))
            run?.evict()
            return Outcome()
        }
        var reader = reader(for: task, run, encodedTail: tail, scope)
        do {
            let advanced = try await advancer.advance(task, run, &reader) { [self] run, isReplaying in
                timer.activates(isReplaying: isReplaying)
                try activate(task, run, isReplaying: isReplaying, hold)
                return !hold.isLost
            }
            advanced.scope = scope
            guard !hold.isLost else {
                advanced.evict()
                return Outcome()
            }
            if task.hasQuery {
                await answerQuery(task, advanced, hold)
                // A run that was replayed for a query alone is not known to the sticky queue.
                guard cached != nil, run != nil, !hold.isLost else {
                    advanced.evict()
                    return Outcome()
                }
                return Outcome(run: advanced)
            }
            run = advanced
            let ending = try await runLocalActivities(task, advanced, since: received, hold)
            guard !hold.isLost else {
                advanced.evict()
                return Outcome()
            }
            return await complete(task, advanced, ending, hold)
        } catch {
            guard !hold.isLost else {
                run?.evict()
                return Outcome()
            }
            if error is NondeterminismError, !task.hasQuery, advancer.failsOnNondeterminism(task.workflowType.name) {
                await failWorkflow(task, .history(error))
            } else {
                await fail(task, error as? WorkflowTaskFailure ?? .history(error))
            }
            run?.evict()
            return Outcome()
        }
    }

    /// What the codecs are told of the payloads of a task; `nil` if they do not ask.
    private func scope(of task: APIPollWorkflowTaskQueueResponse) -> SerializationScope? {
        environment.dataConverter.scope(
            SerializationContext(namespace: environment.namespace, workflowID: task.workflowExecution.workflowID),
            workflowType: task.workflowType.name
        )
    }

    private func countCacheUse(_ task: APIPollWorkflowTaskQueueResponse, _ run: WorkflowRun?) {
        let isIncremental = task.history.events.first.map { $0.eventID > 1 } ?? true
        guard environment.stickyQueue != nil, isIncremental else { return }
        if let run, continues(task, run) {
            hits.add(1, ordering: .relaxed)
            environment.metrics.count("sticky_cache_hit", ("workflow_type", task.workflowType.name))
        } else {
            misses.add(1, ordering: .relaxed)
            environment.metrics.count("sticky_cache_miss", ("workflow_type", task.workflowType.name))
        }
    }

    private func continues(_ task: APIPollWorkflowTaskQueueResponse, _ run: WorkflowRun) -> Bool {
        guard let first = task.history.events.first else { return task.hasQuery }
        // The server tells what follows the last task that counts. After one that it dropped, that is partly known.
        if [run.machine.lastEventID, run.machine.lastStartedEventID].contains(first.eventID - 1) { return true }
        // A whole history, or its first page, for a run that is still here because its local activities go on.
        return first.eventID == 1 && run.machine.hasOpenLocalActivities
            && (task.history.events.count >= run.machine.lastEventID
                || task.previousStartedEventID == run.machine.lastStartedEventID)
    }

    private func reader(
        for task: APIPollWorkflowTaskQueueResponse,
        _ run: WorkflowRun?,
        encodedTail tail: [APIHistoryEvent],
        _ scope: SerializationScope?
    ) -> HistoryReader {
        let fetch: (Data) async throws -> HistoryReader.Page = { [environment] token in
            var request = APIGetWorkflowExecutionHistoryRequest()
            request.namespace = environment.namespace
            request.execution = task.workflowExecution
            request.nextPageToken = token
            let response = try await environment.service.call(
                .getWorkflowExecutionHistory,
                request,
                options: .scoped(scope)
            )
            return (response.history.events, response.nextPageToken)
        }
        let events = task.history.events
        if run != nil || events.first?.eventID == 1 {
            let known = run?.machine.lastEventID ?? 0
            return HistoryReader(events: events, after: known, nextPageToken: task.nextPageToken, fetch: fetch)
        }
        guard !tail.isEmpty else { return HistoryReader(fromStartWithTail: { events }, fetch: fetch) }
        return HistoryReader(
            fromStartWithTail: { [environment] in
                let history = APIHistory.with { $0.events = tail }
                return try await environment.dataConverter.decoded(history, in: scope).events
            },
            fetch: fetch
        )
    }

    /// Runs the code of a run in a task.
    ///
    /// - Throws: ``WorkflowTaskFailure``.
    func activate(
        _ task: APIPollWorkflowTaskQueueResponse,
        _ run: WorkflowRun,
        isReplaying: Bool,
        _ hold: TaskHold
    ) throws {
        var activation = WorkflowRun.Activation.done
        watch(task, run, hold) { activation = run.activate(isReplaying: isReplaying) }
        if case .failed(let failure) = activation { throw failure }
    }

    /// Runs code of a workflow, and gives the run up if the code does not return in time.
    private func watch(
        _ task: APIPollWorkflowTaskQueueResponse,
        _ run: WorkflowRun,
        _ hold: TaskHold,
        _ body: () -> Void
    ) {
        let wasLate = DeadlockWatch.shared.watch(limit: environment.deadlockTimeout) { [self] in
            hold.lose()
            environment.threads.replaceStuckThread()
            // The thread that holds the run may never return: the server is told, and the run is started over.
            Task { [self] in
                await fail(task, .deadlock(run.blueprint.name, limit: environment.deadlockTimeout))
                for leaving in cache.checkIn(task.workflowExecution.runID, keeping: nil) { leaving.evict() }
                hold.onLoss()
            }
        } _: {
            body()
        }
        guard wasLate else { return }
        // The report may not have begun yet.
        hold.lose()
        environment.threads.stuckThreadReturned()
    }

    /// The answer to a query, from the state of the run.
    private func answer(
        _ query: APIWorkflowQuery,
        _ task: APIPollWorkflowTaskQueueResponse,
        _ run: WorkflowRun,
        _ hold: TaskHold
    ) -> APIWorkflowQueryResult {
        var result: Result<Payload, any Error> = .failure(CancellationError())
        watch(task, run, hold) { result = run.query(query) }
        return queryResult(result)
    }

    // MARK: Answers

    /// Says which worker answers, of which version, and what becomes of the run when another takes over.
    private func stamp(_ request: inout APIRespondWorkflowTaskCompletedRequest, of blueprint: WorkflowBlueprint) {
        request.workerInstanceKey = environment.instanceKey
        guard let deployment = environment.deployment else { return }
        request.deploymentOptions = deployment.proto
        request.versioningBehavior = deployment.behavior(of: blueprint)
        if let stamp = deployment.stamp { request.workerVersionStamp = stamp }
    }

    private func complete(
        _ task: APIPollWorkflowTaskQueueResponse,
        _ run: WorkflowRun,
        _ ending: TaskEnding,
        _ hold: TaskHold
    ) async -> Outcome {
        var request = APIRespondWorkflowTaskCompletedRequest()
        request.taskToken = task.taskToken
        request.namespace = environment.namespace
        request.identity = environment.identity
        request.commands = run.machine.takeCommands()
        request.messages = run.machine.takeMessages()
        for (id, query) in task.queries.sorted(by: { $0.key < $1.key }) {
            request.queryResults[id] = answer(query, task, run, hold)
            if hold.isLost {
                run.evict()
                return Outcome()
            }
        }
        if let stickyQueue = environment.stickyQueue, ending != .handOver {
            request.stickyAttributes.workerTaskQueue.name = stickyQueue
            request.stickyAttributes.workerTaskQueue.kind = .sticky
            request.stickyAttributes.workerTaskQueue.normalName = environment.taskQueue
            request.stickyAttributes.scheduleToStartTimeout = .init(environment.stickyTimeout)
            request.returnNewWorkflowTask = true
        }
        request.forceCreateNewWorkflowTask = ending != .complete
        // Local activities go on in this worker, whether or not it keeps runs in memory.
        if ending == .heartbeat { request.returnNewWorkflowTask = true }
        if let board = run.board {
            request.meteringMetadata.nonfirstLocalActivityExecutionAttempts = UInt32(
                clamping: board.endTask(open: run.machine.openLocalActivities)
            )
        }
        request.capabilities.discardSpeculativeWorkflowTaskWithEvents = true
        if let metadata = run.machine.sdk.metadata { request.sdkMetadata = metadata }
        stamp(&request, of: run.blueprint)
        let reserved = reserveEagerSlots(for: &request.commands)
        do {
            let response = try await environment.service.call(
                .respondWorkflowTaskCompleted,
                request,
                options: .scoped(run.scope)
            )
            environment.eagerActivities?.run(response.activityTasks, in: reserved)
            countEnd(run, request.commands.last)
            if run.machine.isClosing {
                run.evict()
                return Outcome()
            }
            if response.resetHistoryEventID > 0 { run.machine.dropTask(backTo: response.resetHistoryEventID) }
            let next = response.workflowTask.taskToken.isEmpty ? nil : response.workflowTask
            guard ending != .handOver, environment.stickyQueue != nil || next != nil else {
                run.evict()
                return Outcome()
            }
            return Outcome(run: run, next: next)
        } catch {
            environment.eagerActivities?.run([], in: reserved)
            run.evict()
            await completionFailed(task, error)
            return Outcome()
        }
    }

    /// Slots for the activities that may come with the answer; none without somebody who runs them.
    private func reserveEagerSlots(for commands: inout [APICommand]) -> [Slot] {
        if let eager = environment.eagerActivities { return eager.reserve(for: &commands) }
        for index in commands.indices { commands[index].withdrawEagerRequest() }
        return []
    }

    /// Counts the end of a run, which the server has taken.
    private func countEnd(_ run: WorkflowRun, _ command: APICommand?) {
        guard environment.metrics.isOn, run.machine.isClosing, let command else { return }
        let type = run.info.workflowType
        switch command.attributes {
        case .completeWorkflowExecutionCommandAttributes:
            environment.metrics.count("workflow_completed", ("workflow_type", type))
        case .failWorkflowExecutionCommandAttributes(let attributes):
            // A failure that is expected is none for those who watch.
            guard attributes.failure.applicationFailureInfo.category != .benign else { break }
            environment.metrics.count("workflow_failed", ("workflow_type", type))
        case .cancelWorkflowExecutionCommandAttributes:
            environment.metrics.count("workflow_canceled", ("workflow_type", type))
        case .continueAsNewWorkflowExecutionCommandAttributes:
            environment.metrics.count("workflow_continue_as_new", ("workflow_type", type))
        default:
            return
        }
        let latency = Date().timeIntervalSince(run.info.startTime)
        environment.metrics.time("workflow_endtoend_latency", .seconds(latency), ("workflow_type", type))
    }

    /// Tells the service of an answer that cannot be given, or notes one that was not taken.
    private func completionFailed(_ task: APIPollWorkflowTaskQueueResponse, _ error: any Error) async {
        switch error {
        case let error as PayloadsTooLargeError: await fail(task, .tooLarge(error))
        case let error as RPCError where isMessageTooLarge(error): await fail(task, .messageTooLarge(error))
        case is PayloadCodecError: await fail(task, .history(error))
        default: logRejection(task, error)
        }
    }

    private func logRejection(_ task: APIPollWorkflowTaskQueueResponse, _ error: any Error) {
        let refusal = error as? RPCError
        let metadata = metadata(task)
        switch refusal?.code {
        case .invalidArgument where refusal?.message == "UnhandledCommand":
            // An event came while the run was closed: the server makes a new task with it.
            environment.logger.debug("The workflow task has new events.", metadata: metadata)
        case .notFound:
            environment.logger.warning("The workflow task is no longer known to the server.", metadata: metadata)
        default:
            environment.logger.warning(
                "The completion of the workflow task was not taken: \(error)",
                metadata: metadata
            )
        }
    }

    /// Ends a run whose history its code does not fit, where the author chose that.
    private func failWorkflow(_ task: APIPollWorkflowTaskQueueResponse, _ failure: WorkflowTaskFailure) async {
        environment.logger.warning("The workflow failed: \(failure.description)", metadata: metadata(task))
        let hidden = environment.dataConverter.failureConverter.hidden(failure.failure)
        var request = APIRespondWorkflowTaskCompletedRequest()
        request.taskToken = task.taskToken
        request.namespace = environment.namespace
        request.identity = environment.identity
        request.commands = [.fail(hidden)]
        if let blueprint = advancer.blueprint(of: task.workflowType.name) { stamp(&request, of: blueprint) }
        do {
            try await report(request, task, .respondWorkflowTaskCompleted) {
                $0.commands = [.fail(hidden.bare)]
            }
        } catch {
            logRejection(task, error)
        }
    }

    private func fail(_ task: APIPollWorkflowTaskQueueResponse, _ failure: WorkflowTaskFailure) async {
        let hidden = environment.dataConverter.failureConverter.hidden(failure.failure)
        environment.logger.warning("The workflow task failed: \(failure.description)", metadata: metadata(task))
        failureCount.add(1, ordering: .relaxed)
        environment.metrics.count(
            "workflow_task_execution_failed",
            ("workflow_type", task.workflowType.name),
            FailureReason(failure.cause).label
        )
        environment.onTaskFailure?(
            WorkflowTaskReport(
                workflowID: task.workflowExecution.workflowID,
                runID: task.workflowExecution.runID,
                workflowType: task.workflowType.name,
                message: failure.description,
                isAnswered: task.hasQuery || task.attempt <= 1
            )
        )
        do {
            if task.hasQuery {
                var request = APIRespondQueryTaskCompletedRequest()
                request.taskToken = task.taskToken
                request.namespace = environment.namespace
                request.completedType = .failed
                request.errorMessage = hidden.message
                request.failure = hidden
                request.cause = failure.cause
                try await report(request, task, .respondQueryTaskCompleted) {
                    $0.failure = hidden.bare
                    $0.errorMessage = $0.failure.message
                }
            } else if task.attempt <= 1 {
                // Later attempts are left to time out, which makes the server wait longer each time.
                var request = APIRespondWorkflowTaskFailedRequest()
                request.taskToken = task.taskToken
                request.namespace = environment.namespace
                request.identity = environment.identity
                request.cause = failure.cause
                request.failure = hidden
                if let deployment = environment.deployment {
                    request.deploymentOptions = deployment.proto
                    if let stamp = deployment.stamp { request.workerVersion = stamp }
                }
                try await report(request, task, .respondWorkflowTaskFailed) { $0.failure = hidden.bare }
            }
        } catch {
            environment.logger.warning(
                "The failure of the workflow task was not taken: \(error)",
                metadata: metadata(task)
            )
        }
    }

    /// Tells the service of a failure; one that cannot be told as it is, without what a codec works on.
    private func report<Request, Response>(
        _ request: Request,
        _ task: APIPollWorkflowTaskQueueResponse,
        _ method: ServiceMethod<Request, Response>,
        _ strip: (inout Request) -> Void
    ) async throws {
        let options = CallOptions.scoped(scope(of: task))
        do {
            _ = try await environment.service.call(method, request, options: options)
        } catch  where isUntellable(error) {
            environment.logger.warning(
                "A failure is reported without its details: \(error)",
                metadata: metadata(task)
            )
            var request = request
            strip(&request)
            _ = try await environment.service.call(method, request, options: options)
        }
    }

    private func answerQuery(
        _ task: APIPollWorkflowTaskQueueResponse,
        _ run: WorkflowRun,
        _ hold: TaskHold
    ) async {
        let result = answer(task.query, task, run, hold)
        if hold.isLost { return }
        var request = APIRespondQueryTaskCompletedRequest()
        request.taskToken = task.taskToken
        request.namespace = environment.namespace
        request.completedType = result.resultType
        request.queryResult = result.answer
        request.errorMessage = result.errorMessage
        if result.hasFailure { request.failure = result.failure }
        do {
            try await send(request, task)
        } catch  where isUntellable(error) {
            // Who asked would wait until the time of the query is over.
            environment.logger.warning("The answer to a query cannot be sent: \(error)", metadata: metadata(task))
            let reason = ApplicationError(
                "The answer to the query cannot be sent: \(error)",
                type: "\(type(of: error))"
            )
            let failure = environment.dataConverter.failureConverter.failure(reason)
            request.completedType = .failed
            request.clearQueryResult()
            request.failure = (result.hasFailure ? result.failure : failure).bare
            request.errorMessage = request.failure.message
            do {
                try await send(request, task)
            } catch {
                environment.logger.warning("The answer to a query was not taken: \(error)", metadata: metadata(task))
            }
        } catch {
            environment.logger.warning("The answer to a query was not taken: \(error)", metadata: metadata(task))
        }
    }

    private func send(
        _ answer: APIRespondQueryTaskCompletedRequest,
        _ task: APIPollWorkflowTaskQueueResponse
    ) async throws {
        let options = CallOptions.scoped(scope(of: task))
        _ = try await environment.service.call(.respondQueryTaskCompleted, answer, options: options)
    }

    private func queryResult(_ result: Result<Payload, any Error>) -> APIWorkflowQueryResult {
        var answer = APIWorkflowQueryResult()
        switch result {
        case .success(let payload):
            answer.resultType = .answered
            answer.answer = APIPayloads([payload])
            var reader = PayloadReader.measuring
            answer.readPayloads(&reader)
            do {
                try environment.errorLimits.check(reader)
            } catch {
                // The service would do the same, and keep the rest of the answer.
                return queryResult(.failure(error))
            }
        case .failure(let error):
            answer.resultType = .failed
            answer.failure = environment.dataConverter.failureConverter.failure(error)
            answer.errorMessage = answer.failure.message
        }
        return answer
    }

    private func metadata(_ task: APIPollWorkflowTaskQueueResponse) -> Logger.Metadata {
        [
            "namespace": "\(environment.namespace)",
            "task_queue": "\(environment.taskQueue)",
            "workflow_id": "\(task.workflowExecution.workflowID)",
            "run_id": "\(task.workflowExecution.runID)",
            "workflow_type": "\(task.workflowType.name)",
            "attempt": "\(task.attempt)",
        ]
    }
}

/// A workflow task that failed, for those who watch a worker.
package struct WorkflowTaskReport: Sendable {
    /// The workflow.
    package var workflowID: String
    /// The run.
    package var runID: String
    /// The type of the workflow.
    package var workflowType: String
    /// What the server is told.
    package var message: String
    /// Whether the server is told at all: repeated attempts are left to time out.
    package var isAnswered: Bool
}

/// Takes activities that the server hands out with the completion of a workflow task.
protocol EagerActivities: Sendable {
    /// Reserves a slot for each of the commands that ask for it, and withdraws the request of the others.
    ///
    /// - Returns: The slots.
    func reserve(for commands: inout [APICommand]) -> [Slot]

    /// Runs what came, in the slots that were reserved, and frees the rest.
    func run(_ tasks: [APIPollActivityTaskQueueResponse], in slots: [Slot])
}
