import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient

/// The polls of a worker, one at a time.
extension TemporalWorker {
    /// Polls for a workflow task, and hands it on.
    func pollWorkflowTask(
        _ handler: WorkflowTaskHandler,
        _ queue: PollQueue,
        _ timeout: Duration?,
        _ slot: Slot
    ) async throws -> PollAnswer {
        var request: APIPollWorkflowTaskQueueRequest = pollRequest()
        if queue == .sticky, let stickyQueue {
            request.taskQueue.name = stickyQueue
            request.taskQueue.kind = .sticky
            request.taskQueue.normalName = taskQueue
        }
        let task = try await poll(.pollWorkflowTaskQueue, request, timeout)
        guard !task.taskToken.isEmpty else { return empty(task, slot, "workflow_task_queue_poll_empty") }
        metrics.count("workflow_task_queue_poll_succeed")
        start(task, handler, slot)
        return PollAnswer(isEmpty: false, advice: task.advice, backlog: Int(clamping: task.backlogCountHint))
    }

    /// Hands a workflow task on.
    func start(_ task: APIPollWorkflowTaskQueueResponse, _ handler: WorkflowTaskHandler, _ slot: Slot) {
        start(task.workflowType.name, slot, on: options.threads.workflows) { place in
            await handler.handle(task) {
                // The thread may never come back: neither the slot nor a stop waits for it.
                slot.release()
                place.leave()
            }
        }
    }

    /// Polls for an activity task, and hands it on.
    func pollActivityTask(
        _ handler: ActivityTaskHandler,
        _ timeout: Duration?,
        _ slot: Slot
    ) async throws -> PollAnswer {
        var request: APIPollActivityTaskQueueRequest = pollRequest()
        if let limit = options.maximumTaskQueueActivitiesPerSecond {
            request.taskQueueMetadata.maxTasksPerSecond = .init(limit)
        }
        let task = try await poll(.pollActivityTaskQueue, request, timeout)
        guard !task.taskToken.isEmpty else { return empty(task, slot, "activity_poll_no_task") }
        start(task.activityType.name, slot, on: options.threads.others) { _ in await handler.handle(task) }
        return PollAnswer(isEmpty: false, advice: task.advice)
    }

    /// Polls for a Nexus task, and hands it on.
    func pollNexusTask(
        _ handler: NexusTaskHandler,
        _ timeout: Duration?,
        _ slot: Slot
    ) async throws -> PollAnswer {
        let request: APIPollNexusTaskQueueRequest = pollRequest()
        let task = try await poll(.pollNexusTaskQueue, request, timeout)
        guard !task.taskToken.isEmpty else { return empty(task, slot, "nexus_poll_no_task") }
        start(task.request.operationName, slot, on: options.threads.others) { _ in await handler.handle(task) }
        return PollAnswer(isEmpty: false, advice: task.advice)
    }

    /// A poll of the worker's task queue.
    private func pollRequest<Request: PollRequest>() -> Request {
        var request = Request()
        request.namespace = client.namespace
        request.identity = identity
        request.workerInstanceKey = instanceKey
        if let deployment = options.deployment { request.deploymentOptions = deployment.proto }
        request.taskQueue.name = taskQueue
        request.taskQueue.kind = .normal
        return request
    }

    private func poll<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        _ timeout: Duration?
    ) async throws -> Response {
        try await client.service.call(method, request, options: CallOptions(timeout: timeout, retries: false))
    }

    /// Counts a poll that brought no task.
    private func empty(_ response: some PolledTask, _ slot: Slot, _ metric: String) -> PollAnswer {
        metrics.count(metric)
        slot.release()
        return PollAnswer(isEmpty: true, advice: response.advice)
    }

    /// Works on a task, and releases its slot then.
    private func start(
        _ type: String,
        _ slot: Slot,
        on executor: (any TaskExecutor)?,
        _ work: @escaping @Sendable (TaskTracker.Place) async -> Void
    ) {
        slot.markUsed(by: type)
        tracker.start(on: executor) { place in
            await work(place)
            slot.release()
        }
    }
}

/// What polls of all kinds say.
private protocol PollRequest: SwiftProtobuf.Message {
    var namespace: String { get set }
    var identity: String { get set }
    var workerInstanceKey: String { get set }
    var taskQueue: APITaskQueue { get set }
    var deploymentOptions: APIWorkerDeploymentOptions { get set }
}

extension APIPollWorkflowTaskQueueRequest: PollRequest {}
extension APIPollActivityTaskQueueRequest: PollRequest {}
extension APIPollNexusTaskQueueRequest: PollRequest {}

/// What the answers to polls of all kinds say.
private protocol PolledTask {
    var hasPollerScalingDecision: Bool { get }
    var pollerScalingDecision: APIPollerScalingDecision { get }
}

extension PolledTask {
    /// How many more polls the service would like, or fewer if negative.
    fileprivate var advice: Int? {
        hasPollerScalingDecision ? Int(pollerScalingDecision.pollRequestDeltaSuggestion) : nil
    }
}

extension APIPollWorkflowTaskQueueResponse: PolledTask {}
extension APIPollActivityTaskQueueResponse: PolledTask {}
extension APIPollNexusTaskQueueResponse: PolledTask {}

extension APINexusRequest {
    /// The operation that is called, with its service.
    fileprivate var operationName: String {
        switch variant {
        case .startOperation(let start): "\(start.service)/\(start.operation)"
        case .cancelOperation(let cancel): "\(cancel.service)/\(cancel.operation)"
        case nil: ""
        }
    }
}
