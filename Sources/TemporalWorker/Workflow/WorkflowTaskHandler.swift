import Foundation
import Logging
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI

/// Works on workflow tasks: replays or continues the run, runs its code, answers the server.
final class WorkflowTaskHandler: Sendable {
    /// What a handler needs of its worker.
    struct Environment: Sendable {
        var service: any TemporalService
        var namespace: String
        var identity: String
        var taskQueue: String
        var stickyQueue: String?
        var stickyTimeout: Duration
        var deadlockTimeout: Duration
        var converter: PayloadConverter
        var logger: Logger
        var onTaskFailure: (@Sendable (WorkflowTaskReport) -> Void)?
        var eagerActivities: (any EagerActivities)?
    }

    private let environment: Environment
    private let advancer: WorkflowAdvancer
    private let cache: WorkflowCache

    init(_ environment: Environment, blueprints: [WorkflowBlueprint], cacheSize: Int) {
        self.environment = environment
        self.advancer = WorkflowAdvancer(
            namespace: environment.namespace,
            converter: environment.converter,
            logger: environment.logger,
            blueprints: blueprints
        )
        self.cache = WorkflowCache(capacity: cacheSize)
    }

    /// The number of runs in memory.
    var cachedRuns: Int { cache.count }

    /// Removes all runs from memory.
    func evictAll() {
        for run in cache.removeAll() { run.evict() }
    }

    // MARK: One task

    /// Works on a task, and on those that the server hands out with the answers.
    func handle(_ task: APIPollWorkflowTaskQueueResponse) async {
        let runID = task.workflowExecution.runID
        var next: APIPollWorkflowTaskQueueResponse? = task
        var run = await cache.checkOut(runID)
        let hold = TaskHold()
        while let task = next {
            let outcome = await handle(task, cached: run, hold)
            next = outcome.next
            run = outcome.run
            if hold.isLost { return }
        }
        for leaving in cache.checkIn(runID, keeping: run) { leaving.evict() }
    }

    /// What is left after one task.
    private struct Outcome {
        /// The run, if it is to stay in memory.
        var run: WorkflowRun?
        /// The next task, handed out with the answer to this one.
        var next: APIPollWorkflowTaskQueueResponse?
    }

    /// Whether the code of the task blocked for so long that its run was given up meanwhile.
    private final class TaskHold: Sendable {
        private let lost = Atomic<Bool>(false)

        var isLost: Bool { lost.load(ordering: .acquiring) }

        func lose() { lost.store(true, ordering: .releasing) }
    }

    private func handle(
        _ task: APIPollWorkflowTaskQueueResponse,
        cached: WorkflowRun?,
        _ hold: TaskHold
    ) async -> Outcome {
        var reader = reader(for: task, cached: cached)
        var run = cached
        if let cached, !continues(task, cached) {
            cached.evict()
            run = nil
        }
        do {
            let advanced = try await advancer.advance(task, run, &reader) { [self] run, isReplaying in
                try activate(task, run, isReplaying: isReplaying, hold)
                return !hold.isLost
            }
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
            return await complete(task, advanced, hold)
        } catch {
            guard !hold.isLost else {
                run?.evict()
                return Outcome()
            }
            await fail(task, error as? WorkflowTaskFailure ?? .history(error))
            run?.evict()
            return Outcome()
        }
    }

    private func continues(_ task: APIPollWorkflowTaskQueueResponse, _ run: WorkflowRun) -> Bool {
        guard let first = task.history.events.first else { return task.hasQuery }
        return first.eventID == run.machine.lastEventID + 1
    }

    private func reader(for task: APIPollWorkflowTaskQueueResponse, cached: WorkflowRun?) -> HistoryReader {
        let fetch: (Data) async throws -> HistoryReader.Page = { [environment] token in
            var request = APIGetWorkflowExecutionHistoryRequest()
            request.namespace = environment.namespace
            request.execution = task.workflowExecution
            request.nextPageToken = token
            let response = try await environment.service.call(.getWorkflowExecutionHistory, request, options: .default)
            return (response.history.events, response.nextPageToken)
        }
        let events = task.history.events
        let isWhole = events.first?.eventID == 1
        if isWhole || (cached.map { continues(task, $0) } ?? false) {
            return HistoryReader(events: events, nextPageToken: task.nextPageToken, fetch: fetch)
        }
        return HistoryReader(fromStartWithTail: events, fetch: fetch)
    }

    private func activate(
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
            WorkflowThreads.shared.replaceStuckThread()
            // The thread that holds the run may never return: the server is told, and the run is started over.
            Task { [self] in
                await fail(task, .deadlock(run.blueprint.name, limit: environment.deadlockTimeout))
                for leaving in cache.checkIn(task.workflowExecution.runID, keeping: nil) { leaving.evict() }
            }
        } _: {
            body()
        }
        if wasLate { WorkflowThreads.shared.stuckThreadReturned() }
    }

    /// The answer to a query, from the state of the run.
    private func answer(
        _ query: APIWorkflowQuery,
        _ task: APIPollWorkflowTaskQueueResponse,
        _ run: WorkflowRun,
        _ hold: TaskHold
    ) -> APIWorkflowQueryResult {
        var result: Result<Payload, any Error> = .failure(CancellationError())
        watch(task, run, hold) { result = run.query(query.queryType, query.queryArgs.values) }
        return queryResult(result)
    }

    // MARK: Answers

    private func complete(
        _ task: APIPollWorkflowTaskQueueResponse,
        _ run: WorkflowRun,
        _ hold: TaskHold
    ) async -> Outcome {
        var request = APIRespondWorkflowTaskCompletedRequest()
        request.taskToken = task.taskToken
        request.namespace = environment.namespace
        request.identity = environment.identity
        request.commands = run.machine.takeCommands()
        for (id, query) in task.queries.sorted(by: { $0.key < $1.key }) {
            request.queryResults[id] = answer(query, task, run, hold)
            if hold.isLost {
                run.evict()
                return Outcome()
            }
        }
        if let stickyQueue = environment.stickyQueue {
            request.stickyAttributes.workerTaskQueue.name = stickyQueue
            request.stickyAttributes.workerTaskQueue.kind = .sticky
            request.stickyAttributes.workerTaskQueue.normalName = environment.taskQueue
            request.stickyAttributes.scheduleToStartTimeout = .init(environment.stickyTimeout)
            request.returnNewWorkflowTask = true
        }
        request.capabilities.discardSpeculativeWorkflowTaskWithEvents = true
        if task.previousStartedEventID == 0 {
            request.sdkMetadata.sdkName = SDK.name
            request.sdkMetadata.sdkVersion = SDK.version
        }
        let reserved = environment.eagerActivities?.reserve(for: &request.commands) ?? 0
        do {
            let response = try await environment.service.call(.respondWorkflowTaskCompleted, request, options: .default)
            environment.eagerActivities?.run(response.activityTasks, reserved: reserved)
            if run.machine.isClosing || response.resetHistoryEventID > 0 {
                run.evict()
                return Outcome()
            }
            guard environment.stickyQueue != nil else {
                run.evict()
                return Outcome()
            }
            return Outcome(run: run, next: response.workflowTask.taskToken.isEmpty ? nil : response.workflowTask)
        } catch {
            environment.eagerActivities?.run([], reserved: reserved)
            run.evict()
            logRejection(task, error)
            return Outcome()
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

    private func fail(_ task: APIPollWorkflowTaskQueueResponse, _ failure: WorkflowTaskFailure) async {
        environment.logger.warning("The workflow task failed: \(failure.description)", metadata: metadata(task))
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
                request.errorMessage = failure.description
                request.failure = failure.failure
                request.cause = failure.cause
                _ = try await environment.service.call(.respondQueryTaskCompleted, request, options: .default)
            } else if task.attempt <= 1 {
                // Later attempts are left to time out, which makes the server wait longer each time.
                var request = APIRespondWorkflowTaskFailedRequest()
                request.taskToken = task.taskToken
                request.namespace = environment.namespace
                request.identity = environment.identity
                request.cause = failure.cause
                request.failure = failure.failure
                _ = try await environment.service.call(.respondWorkflowTaskFailed, request, options: .default)
            }
        } catch {
            environment.logger.warning(
                "The failure of the workflow task was not taken: \(error)",
                metadata: metadata(task)
            )
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
            _ = try await environment.service.call(.respondQueryTaskCompleted, request, options: .default)
        } catch {
            environment.logger.warning("The answer to a query was not taken: \(error)", metadata: metadata(task))
        }
    }

    private func queryResult(_ result: Result<Payload, any Error>) -> APIWorkflowQueryResult {
        var answer = APIWorkflowQueryResult()
        switch result {
        case .success(let payload):
            answer.resultType = .answered
            answer.answer = APIPayloads([payload])
        case .failure(let error):
            answer.resultType = .failed
            answer.failure = FailureConverter().failure(error)
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
    /// - Returns: The number of slots.
    func reserve(for commands: inout [APICommand]) -> Int

    /// Runs what came, in the slots that were reserved, and frees the rest.
    func run(_ tasks: [APIPollActivityTaskQueueResponse], reserved: Int)
}
