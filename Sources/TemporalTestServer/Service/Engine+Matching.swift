import DequeModule
import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Engine {
    // MARK: Queues

    private func queue(_ key: QueueKey) -> TaskQueue {
        queues[key] ?? TaskQueue(lastPoll: .now)
    }

    /// Whether a worker polls a task queue, or did so a moment ago.
    func hasRecentPoller(_ name: String, kind: QueueKey.Kind, namespace: String) -> Bool {
        queue(QueueKey(namespace: namespace, name: name, kind: kind)).hasRecentPoller(at: .now)
    }

    /// Gives a task to the first waiting worker, or lets it wait.
    func enqueue(_ task: QueuedTask, to name: String, kind: QueueKey.Kind, namespace: String) {
        let key = QueueKey(namespace: namespace, name: name, kind: kind)
        if withhold(task, for: key) { return }
        deliver(task, to: key)
    }

    /// Gives a task that is not kept back to the first waiting worker, or lets it wait.
    func deliver(_ task: QueuedTask, to key: QueueKey) {
        var queue = queue(key)
        guard let poller = queue.pollers.popFirst() else {
            queue.tasks.append(task)
            queues[key] = queue
            return
        }
        queues[key] = queue
        poller.reply.place = .nowhere
        hand(task, to: poller)
    }

    /// Whether a task in a queue is still wanted.
    func isLive(_ task: QueuedTask) -> Bool {
        switch task {
        case .workflow(let number, let stamp):
            let task = runs[number].workflowTask
            return task?.stamp == stamp && task?.startedEventID == 0
        case .activity(let number, let eventID, let stamp):
            guard let activity = runs[number].activities[eventID], activity.stamp == stamp, activity.pause == nil else {
                return false
            }
            if case .scheduled = activity.state { return true }
            return false
        case .query(let number):
            return queries[number] != nil
        }
    }

    private func hand(_ task: QueuedTask, to poller: Poller) {
        switch (task, poller) {
        case (.workflow(let number, _), .workflow(let reply, let request)):
            let run = runs[number]
            complete(
                reply,
                .success(
                    run.startWorkflowTask(
                        identity: request.identity,
                        requestID: ids.uuid(),
                        delivery: run.sticky?.name == request.taskQueue.name ? .sticky : .normal,
                        version: request.versionStamp
                    )
                )
            )
        case (.query(let number), .workflow(let reply, let request)):
            complete(reply, .success(queryTask(number, fromQueue: request.taskQueue.name)))
        case (.activity(let number, let eventID, _), .activity(let reply, let request)):
            complete(reply, .success(runs[number].startActivity(eventID, identity: request.identity)))
        case (.workflow, .activity), (.query, .activity), (.activity, .workflow):
            preconditionFailure("a queue holds tasks and polls of one kind")
        }
    }

    private func poll(_ poller: Poller, key: QueueKey) {
        var queue = queue(key)
        queue.lastPoll = .now
        queue.identities[poller.identity] = readClock()
        while let task = queue.tasks.popFirst() {
            guard isLive(task) else { continue }
            queues[key] = queue
            return hand(task, to: poller)
        }
        guard !poller.reply.isDone else { return }
        queue.pollers.append(poller)
        poller.reply.place = .taskQueue(key)
        queues[key] = queue
    }

    // MARK: RPCs

    /// Answers with a workflow task or a query, or waits for one.
    func poll(
        _ request: APIPollWorkflowTaskQueueRequest,
        _ reply: Reply<APIPollWorkflowTaskQueueResponse>
    ) throws {
        _ = try namespace(request.namespace)
        guard !request.taskQueue.name.isEmpty else { throw ServiceError.invalid("TaskQueue is not set on request.") }
        let key = QueueKey(namespace: request.namespace, name: request.taskQueue.name, kind: .workflow)
        if queues[key]?.isShutDown == true {
            return complete(reply, .success(APIPollWorkflowTaskQueueResponse()))
        }
        poll(.workflow(reply, request), key: key)
    }

    /// Answers with an activity task, or waits for one.
    func poll(
        _ request: APIPollActivityTaskQueueRequest,
        _ reply: Reply<APIPollActivityTaskQueueResponse>
    ) throws {
        _ = try namespace(request.namespace)
        guard !request.taskQueue.name.isEmpty else { throw ServiceError.invalid("TaskQueue is not set on request.") }
        poll(
            .activity(reply, request),
            key: QueueKey(namespace: request.namespace, name: request.taskQueue.name, kind: .activity)
        )
    }

    /// Notes that a worker has gone: its sticky queue is dead, and what waits there goes to the ordinary queue at once.
    func shutdownWorker(_ request: APIShutdownWorkerRequest) throws -> APIShutdownWorkerResponse {
        _ = try namespace(request.namespace)
        guard !request.stickyTaskQueue.isEmpty else { return APIShutdownWorkerResponse() }
        let key = QueueKey(namespace: request.namespace, name: request.stickyTaskQueue, kind: .workflow)
        var queue = queue(key)
        queue.isShutDown = true
        let pollers = queue.pollers
        queue.pollers = []
        queues[key] = queue
        for poller in pollers {
            poller.reply.place = .nowhere
            expire(poller.reply)
        }
        moveTasksToNormalQueue(from: key)
        return APIShutdownWorkerResponse()
    }

    /// Moves what waits in sticky queues that nobody polls to the ordinary queues.
    ///
    /// - Returns: Whether there was anything to move.
    func moveStickyTasksToNormalQueues() -> Bool {
        var moved = false
        for key in queues.keys.sorted(by: { $0.name < $1.name }) where queues[key]?.pollers.isEmpty == true {
            moved = moveTasksToNormalQueue(from: key) || moved
        }
        return moved
    }

    /// Notes that a worker will not poll again: its sticky queues are as dead as if they had not been polled for long.
    func forgetPolls(of identity: String) {
        for key in queues.keys.sorted(by: { $0.name < $1.name }) {
            guard let queue = queues[key], queue.pollers.isEmpty, queue.identities[identity] != nil else { continue }
            queues[key]?.lastPoll = .now - .seconds(3600)
            moveTasksToNormalQueue(from: key)
        }
    }

    @discardableResult
    private func moveTasksToNormalQueue(from key: QueueKey) -> Bool {
        guard let tasks = queues[key]?.tasks, !tasks.isEmpty else { return false }
        var kept: [QueuedTask] = []
        var moves: [(QueuedTask, Run)] = []
        for task in tasks where isLive(task) {
            switch task {
            case .workflow(let number, _) where runs[number].start.taskQueue.name != key.name:
                moves.append((task, runs[number]))
            case .query(let number) where queries[number].map({ runs[$0.run].start.taskQueue.name }) != key.name:
                if let query = queries[number] { moves.append((task, runs[query.run])) }
            default:
                kept.append(task)
            }
        }
        queues[key]?.tasks = .init(kept)
        for (task, run) in moves {
            run.sticky = nil
            touch(run)
            enqueue(task, to: run.start.taskQueue.name, kind: .workflow, namespace: run.namespace)
        }
        return !moves.isEmpty
    }

    /// Answers a call as one whose time is up.
    func expire(_ reply: ParkedReply) {
        guard !reply.isDone else { return }
        // Taking it out first, since an expired call is nobody's any more.
        let effect = reply.expire()
        release(reply)
        perform(effect)
    }
}

extension APIPollWorkflowTaskQueueRequest {
    /// What the worker runs, as it stands in started events.
    fileprivate var versionStamp: APIWorkerVersionStamp? {
        if hasDeploymentOptions, !deploymentOptions.buildID.isEmpty {
            return .with {
                $0.buildID = deploymentOptions.buildID
                $0.useVersioning = deploymentOptions.workerVersioningMode == .versioned
            }
        }
        guard hasWorkerVersionCapabilities, !workerVersionCapabilities.buildID.isEmpty else { return nil }
        return .with {
            $0.buildID = workerVersionCapabilities.buildID
            $0.useVersioning = workerVersionCapabilities.useVersioning
        }
    }
}
