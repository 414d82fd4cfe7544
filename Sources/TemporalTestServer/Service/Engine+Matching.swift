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
        if queues[key] == nil { queues[key] = TaskQueue(lastPoll: .now) }
        let destination = destination(of: task, in: key)
        if case .version(let version?) = destination { queues[key]?.lastTasks[version] = now }
        guard let poller = queues[key]?.pollers.first(where: { destination.admits($0.version) }),
            !goesFirst(before: task, on: poller.version)
        else {
            queues[key]?.tasks.append(task)
            return
        }
        guard isStartable(task) else { return }
        take(poller, from: key)
        hand(task, to: poller)
    }

    /// Takes a poll out of its task queue.
    private func take(_ poller: Poller, from key: QueueKey) {
        queues[key]?.pollers.removeAll { $0.reply === poller.reply }
        poller.reply.place = .nowhere
    }

    /// Which workers a task is for, as things are now.
    func destination(of task: QueuedTask, in key: QueueKey) -> TaskDestination {
        let run: Run
        switch task {
        case .workflow(let number, _): run = runs[number]
        case .query(let number):
            guard let query = queries[number] else { return .nobody }
            run = runs[query.run]
        case .activity(let number, _, _):
            if runs[number].versioning.transition != nil { return .nobody }
            return .version(deployments.isEmpty ? nil : runs[number].activityVersion(in: key))
        case .nexus, .standaloneActivity:
            return .anyone
        }
        guard key.name == run.start.taskQueue.name else { return .anyone }
        return .version(deployments.isEmpty ? nil : run.taskVersion)
    }

    /// Whether one of the polls that wait could take a task.
    func hasPoller(for task: QueuedTask, in key: QueueKey, _ queue: TaskQueue) -> Bool {
        let destination = destination(of: task, in: key)
        return queue.pollers.contains { destination.admits($0.version) }
    }

    /// Whether a worker of a version polls a task queue, or has done so since a moment.
    func hasPoller(of version: WorkerDeploymentVersion, _ key: QueueKey, since moment: Moment) -> Bool {
        guard let queue = queues[key] else { return false }
        if queue.pollers.contains(where: { $0.version == version }) { return true }
        return queue.identities.contains { identity, time in
            guard time >= moment, let options = queue.deploymentOptions[identity] else { return false }
            return WorkerDeploymentVersion(options, nil) == version
        }
    }

    /// Whether a task queue has tasks for a version, or has had one since a moment.
    func isInUse(_ key: QueueKey, by version: WorkerDeploymentVersion, since moment: Moment) -> Bool {
        guard let queue = queues[key] else { return false }
        if let last = queue.lastTasks[version], last >= moment { return true }
        return queue.tasks.contains { isLive($0) && destination(of: $0, in: key) == .version(version) }
    }

    /// Whether the workflow of an activity has to go to a version before its workers can have the activity.
    private func goesFirst(before task: QueuedTask, on version: WorkerDeploymentVersion?) -> Bool {
        guard case .activity(let number, _, _) = task, !deployments.isEmpty else { return false }
        return runs[number].movesBeforeActivity(of: version)
    }

    /// Whether a task in a queue is still wanted.
    func isLive(_ task: QueuedTask) -> Bool {
        switch task {
        case .workflow(let number, let stamp):
            let task = runs[number].workflowTask
            return task?.stamp == stamp && task?.startedEventID == 0
        case .activity(let number, let eventID, let stamp):
            guard !runs[number].isPaused, let activity = runs[number].activities[eventID], activity.stamp == stamp,
                activity.pause == nil
            else { return false }
            if case .scheduled = activity.state { return true }
            return false
        case .query(let number):
            return queries[number] != nil
        case .nexus(let number):
            return isLive(nexusTask: number)
        case .standaloneActivity(let number, let stamp):
            let activity = standaloneActivities.all[number]
            return activity.status == .scheduled && activity.attempt.stamp == stamp
        }
    }

    /// Whether a task is handed out to a worker that is there. Rules can pause an activity at this moment.
    private func isStartable(_ task: QueuedTask) -> Bool {
        if case .activity(let number, let eventID, _) = task, isLive(task),
            runs[number].activities[eventID]?.attempt == 1
        {
            runs[number].applyRules(toActivity: eventID)
        }
        return isLive(task)
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
            if run.workflowTask?.isSpeculative != true { run.move(to: request.deploymentVersion) }
        case (.query(let number), .workflow(let reply, let request)):
            complete(reply, .success(queryTask(number, fromQueue: request.taskQueue.name)))
        case (.activity(let number, let eventID, _), .activity(let reply, let request)):
            complete(
                reply,
                .success(
                    runs[number].startActivity(
                        eventID,
                        identity: request.identity,
                        version: request.deploymentVersion
                    )
                )
            )
        case (.nexus(let number), .nexus(let reply, let request)):
            complete(reply, .success(startNexusTask(number, identity: request.identity)))
        case (.standaloneActivity(let number, _), .activity(let reply, let request)):
            complete(reply, .success(standaloneActivities.all[number].start(request)))
        case (.workflow, _), (.query, _), (.activity, _), (.nexus, _), (.standaloneActivity, _):
            preconditionFailure("a queue holds tasks and polls of one kind")
        }
    }

    private func poll(_ poller: Poller, key: QueueKey) {
        if queues[key] == nil { queues[key] = TaskQueue(lastPoll: .now) }
        queues[key]?.lastPoll = .now
        queues[key]?.identities[poller.identity] = readClock()
        queues[key]?.deploymentOptions[poller.identity] = poller.deploymentOptions
        guard !poller.reply.isDone else { return }
        queues[key]?.pollers.append(poller)
        poller.reply.place = .taskQueue(key)
        serve(poller, key: key)
    }

    /// Hands the first task that is for a worker to its poll, if there is one.
    func serve(_ poller: Poller, key: QueueKey) {
        let version = poller.version
        var index = 0
        func next() -> QueuedTask? {
            guard let queue = queues[key], index < queue.tasks.count else { return nil }
            return queue.tasks[index]
        }
        while !poller.reply.isDone, let task = next() {
            guard isLive(task) else {
                queues[key]?.tasks.remove(at: index)
                continue
            }
            guard destination(of: task, in: key).admits(version), !goesFirst(before: task, on: version) else {
                index += 1
                continue
            }
            queues[key]?.tasks.remove(at: index)
            guard isStartable(task) else { continue }
            take(poller, from: key)
            return hand(task, to: poller)
        }
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
        try register(
            request.deploymentVersion,
            options: request.hasDeploymentOptions ? request.deploymentOptions : nil,
            polling: key,
            stickyOf: request.taskQueue.kind == .sticky ? request.taskQueue.normalName : nil
        )
        poll(.workflow(reply, request), key: key)
    }

    /// Answers with an activity task, or waits for one.
    func poll(
        _ request: APIPollActivityTaskQueueRequest,
        _ reply: Reply<APIPollActivityTaskQueueResponse>
    ) throws {
        _ = try namespace(request.namespace)
        guard !request.taskQueue.name.isEmpty else { throw ServiceError.invalid("TaskQueue is not set on request.") }
        let key = QueueKey(namespace: request.namespace, name: request.taskQueue.name, kind: .activity)
        try register(
            request.deploymentVersion,
            options: request.hasDeploymentOptions ? request.deploymentOptions : nil,
            polling: key,
            stickyOf: nil
        )
        poll(.activity(reply, request), key: key)
    }

    /// Answers with a request to a Nexus handler, or waits for one.
    func poll(
        _ request: APIPollNexusTaskQueueRequest,
        _ reply: Reply<APIPollNexusTaskQueueResponse>
    ) throws {
        _ = try namespace(request.namespace)
        guard !request.taskQueue.name.isEmpty else { throw ServiceError.invalid("TaskQueue is not set on request.") }
        poll(
            .nexus(reply, request),
            key: QueueKey(namespace: request.namespace, name: request.taskQueue.name, kind: .nexus)
        )
    }

    /// Notes that a worker has gone: its sticky queue is dead, and what waits there goes to the ordinary queue at once.
    func shutdownWorker(_ request: APIShutdownWorkerRequest) throws -> APIShutdownWorkerResponse {
        _ = try namespace(request.namespace)
        if request.hasWorkerHeartbeat { try record([request.workerHeartbeat], namespace: request.namespace) }
        for kind in [QueueKey.Kind.workflow, .activity] {
            // It does not count as a worker of its version any more.
            let key = QueueKey(namespace: request.namespace, name: request.taskQueue, kind: kind)
            queues[key]?.deploymentOptions[request.identity] = nil
        }
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

    /// Moves what waits in a sticky queue to the ordinary queues of its runs.
    ///
    /// - Parameters:
    ///   - key: The sticky queue.
    ///   - condition: Which runs' tasks are moved. Default: all.
    /// - Returns: Whether there was anything to move.
    @discardableResult
    func moveTasksToNormalQueue(from key: QueueKey, where condition: (Run) -> Bool = { _ in true }) -> Bool {
        guard let tasks = queues[key]?.tasks, !tasks.isEmpty else { return false }
        var kept: [QueuedTask] = []
        var moves: [(QueuedTask, Run)] = []
        for task in tasks where isLive(task) {
            switch task {
            case .workflow(let number, _)
            where runs[number].start.taskQueue.name != key.name && condition(runs[number]):
                moves.append((task, runs[number]))
            case .query(let number)
            where queries[number].map({ runs[$0.run].start.taskQueue.name != key.name && condition(runs[$0.run]) })
                == true:
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
        if deploymentVersion != nil { return nil }
        guard hasWorkerVersionCapabilities, !workerVersionCapabilities.buildID.isEmpty else { return nil }
        return .with {
            $0.buildID = workerVersionCapabilities.buildID
            $0.useVersioning = workerVersionCapabilities.useVersioning
        }
    }
}
