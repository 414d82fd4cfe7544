import DequeModule
import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Engine {
    // MARK: Queues

    /// The tasks and polls of a task queue, which begins to be there if nobody has used it.
    func queue(_ key: QueueKey) -> TaskQueue {
        if let queue = queues[key] { return queue }
        forgetIdleQueues()
        let queue = TaskQueue()
        queues[key] = queue
        return queue
    }

    /// Whether a worker polls a task queue, or did so a moment ago.
    func hasRecentPoller(_ name: String, kind: QueueKey.Kind, namespace: String) -> Bool {
        queues[QueueKey(namespace: namespace, name: name, kind: kind)]?.hasRecentPoller(at: .now) ?? false
    }

    /// Gives a task to the first waiting worker, or lets it wait.
    func enqueue(_ task: QueuedTask, to name: String, kind: QueueKey.Kind, namespace: String) {
        let key = QueueKey(namespace: namespace, name: name, kind: kind)
        if withhold(task, for: key) { return }
        deliver(task, to: key)
    }

    /// Gives a task that is not kept back to the first waiting worker, or lets it wait.
    func deliver(_ task: QueuedTask, to key: QueueKey) {
        let queue = queue(key)
        let destination = destination(of: task, in: key)
        if let version = destination.version { queue.lastTasks[version] = now }
        let priority = priority(of: task)
        queue.tasks.append(
            task,
            priority,
            weight: taskQueueConfigs[key]?.fairnessWeightOverrides[priority.fairnessKey]
        )
        queue.meters.countAdded(for: destination.version, priority.key, at: now)
        // For the tasks that wait already nothing has changed: without a worker for this one there is nothing to hand out.
        guard queue.pollers.contains(where: { destination.admits($0.version) }) else { return }
        match(key, queue, isNew: true)
    }

    private func priority(of task: QueuedTask) -> TaskPriority {
        switch task {
        case .workflow(let number, _):
            TaskPriority(runs[number].priority)
        case .activity(let number, let eventID, _):
            TaskPriority(
                runs[number].activities[eventID].flatMap { $0.attributes.hasPriority ? $0.attributes.priority : nil },
                base: runs[number].priority
            )
        case .query(let number):
            TaskPriority(queries[number].flatMap { runs[$0.run].priority })
        case .standaloneActivity(let number, _):
            TaskPriority(standaloneActivities.all[number].options.priority)
        case .nexus:
            TaskPriority()
        }
    }

    /// Hands out waiting tasks as long as workers wait for them, and as the limits of the task queue allow.
    ///
    /// - Parameters:
    ///   - key: The task queue.
    ///   - queue: Its tasks and polls.
    ///   - isNew: Whether the task has only just come that is now to be handed out. Default: false.
    func match(_ key: QueueKey, _ queue: TaskQueue, isNew: Bool = false) {
        // Tasks that none of these workers may have, which wait on.
        var passed: [Backlog.Entry] = []
        defer { queue.tasks.putBack(passed) }
        while !queue.pollers.isEmpty, let next = queue.tasks.first {
            guard isLive(next.task) else {
                queue.tasks.popFirst()
                continue
            }
            let destination = destination(of: next.task, in: key)
            guard let poller = queue.pollers.first(where: { destination.admits($0.version) }),
                !goesFirst(before: next.task, on: poller.version)
            else {
                queue.tasks.withdrawFirst()
                passed.append(next)
                continue
            }
            let limits = DispatchLimits(of: queue, config: taskQueueConfigs[key])
            if let ready = limits.readyTime(for: next.priority, in: queue), ready > readClock() {
                return hold(next.task, until: ready, in: queue, key)
            }
            queue.tasks.popFirst()
            guard isStartable(next.task) else { continue }
            limits.consume(for: next.priority, in: queue, at: now)
            queue.meters.countDispatched(to: poller.version, next.priority.key, at: now)
            take(poller, from: key)
            hand(next.task, to: poller, advice: advice(for: poller, of: queue, key, isNew: isNew))
        }
    }

    /// Lets a task wait because of a limit. It does not hold the clock meanwhile.
    private func hold(_ task: QueuedTask, until ready: Moment, in queue: TaskQueue, _ key: QueueKey) {
        queue.meters.countHeld(at: now)
        for entry in isSkipping ? queue.tasks.ordered : [] {
            guard isLive(entry.task) else { continue }
            switch entry.task {
            case .activity(let number, let eventID, _) where runs[number].activities[eventID]?.isUnattended == false:
                runs[number].activities[eventID]?.isUnattended = true
                touch(runs[number])
            case .standaloneActivity(let number, _) where !standaloneActivities.all[number].isUnattended:
                standaloneActivities.all[number].isUnattended = true
                touch(standaloneActivities.all[number])
            default:
                continue
            }
        }
        guard ready < DispatchLimit.never, queue.wakeTime != ready else { return }
        queue.wakeTime = ready
        deadlines.insert(.taskQueue(key), at: ready)
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
        return queue.tasks.ordered.contains {
            isLive($0.task) && destination(of: $0.task, in: key) == .version(version)
        }
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

    /// What a worker that gets a task is told about the number of its polls.
    ///
    /// It follows from how long things take on the wall, which nothing depends on where the clock skips.
    private func advice(for poller: Poller, of queue: TaskQueue, _ key: QueueKey, isNew: Bool) -> Int32? {
        guard !isSkipping, let start = poller.reply.pollStart else { return nil }
        let now = readClock()
        return queue.advice.decide(wait: now - start, isNew: isNew, workers: queue.identities.count, at: now) {
            let rates = queue.meters.rates(of: .some(poller.version), at: now).values
            let waiting = queue.tasks.heads.filter {
                isLive($0.task) && destination(of: $0.task, in: key).admits(poller.version)
            }
            return PollAdvice.Load(
                isHeld: queue.meters.isHolding(at: now),
                backlogAge: waiting.compactMap { scheduledTime(of: $0.task) }.min().map { now - $0 },
                added: rates.reduce(0) { $0 + $1.added },
                dispatched: rates.reduce(0) { $0 + $1.dispatched }
            )
        }
    }

    private func answer<Response: PollResponse>(_ reply: Reply<Response>, _ response: Response, advice: Int32?) {
        var response = response
        if let advice { response.pollerScalingDecision.pollRequestDeltaSuggestion = advice }
        complete(reply, .success(response))
    }

    private func hand(_ task: QueuedTask, to poller: Poller, advice: Int32?) {
        switch (task, poller) {
        case (.workflow(let number, _), .workflow(let reply, let request)):
            let run = runs[number]
            let response = run.startWorkflowTask(
                identity: request.identity,
                requestID: ids.uuid(),
                delivery: run.sticky?.name == request.taskQueue.name ? .sticky : .normal,
                version: request.versionStamp
            )
            answer(reply, response, advice: advice)
            if run.workflowTask?.isSpeculative != true { run.move(to: request.deploymentVersion) }
        case (.query(let number), .workflow(let reply, let request)):
            let task = queryTask(number, fromQueue: request.taskQueue.name, identity: request.identity)
            answer(reply, task, advice: advice)
        case (.activity(let number, let eventID, _), .activity(let reply, let request)):
            let response = runs[number].startActivity(
                eventID,
                identity: request.identity,
                version: request.deploymentVersion
            )
            answer(reply, response, advice: advice)
        case (.nexus(let number), .nexus(let reply, let request)):
            answer(reply, startNexusTask(number, identity: request.identity), advice: advice)
        case (.standaloneActivity(let number, _), .activity(let reply, let request)):
            answer(reply, standaloneActivities.all[number].start(request), advice: advice)
        case (.workflow, _), (.query, _), (.activity, _), (.nexus, _), (.standaloneActivity, _):
            preconditionFailure("a queue holds tasks and polls of one kind")
        }
    }

    private func poll(_ poller: Poller, key: QueueKey) {
        guard !poller.reply.isDone else { return }
        guard !isShutDown(worker: poller.workerInstanceKey) else { return expire(poller.reply) }
        let queue = queue(key)
        queue.lastPoll = .now
        queue.notePoll(by: poller.identity, at: readClock())
        queue.deploymentOptions[poller.identity] = poller.deploymentOptions
        if case .activity(_, let request) = poller {
            let metadata = request.taskQueueMetadata
            let rate = metadata.hasMaxTasksPerSecond ? metadata.maxTasksPerSecond.value : nil
            if rate != queue.workerRate {
                queue.workerRate = rate
                limitDidChange(of: queue, key)
            }
        }
        queue.pollers.append(poller)
        poller.reply.place = .taskQueue(key)
        poller.reply.pollStart = now
        match(key, queue)
    }

    /// Takes over a new limit of a task queue.
    func limitDidChange(of queue: TaskQueue, _ key: QueueKey) {
        DispatchLimits(of: queue, config: taskQueueConfigs[key]).clip(queue, at: readClock())
        queue.wakeTime = nil
        match(key, queue)
    }

    // MARK: RPCs

    /// Answers with a workflow task or a query, or waits for one.
    func poll(
        _ request: APIPollWorkflowTaskQueueRequest,
        _ reply: Reply<APIPollWorkflowTaskQueueResponse>
    ) throws {
        try Limits.check(request.identity, "Identity")
        try TaskQueueRules.check(request.hasTaskQueue ? request.taskQueue : nil)
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
        try TaskQueueRules.check(request.hasTaskQueue ? request.taskQueue : nil)
        try Limits.check(request.identity, "Identity")
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
        try TaskQueueRules.check(request.hasTaskQueue ? request.taskQueue : nil)
        try Limits.check(request.identity, "Identity")
        poll(
            .nexus(reply, request),
            key: QueueKey(namespace: request.namespace, name: request.taskQueue.name, kind: .nexus)
        )
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
        guard let queue = queues[key], !queue.tasks.isEmpty else { return false }
        var moves: [(QueuedTask, Run)] = []
        for entry in queue.tasks.removeAll() where isLive(entry.task) {
            switch entry.task {
            case .workflow(let number, _)
            where runs[number].start.taskQueue.name != key.name && condition(runs[number]):
                moves.append((entry.task, runs[number]))
            case .query(let number)
            where queries[number].map({ runs[$0.run].start.taskQueue.name != key.name && condition(runs[$0.run]) })
                == true:
                if let query = queries[number] { moves.append((entry.task, runs[query.run])) }
            default:
                queue.tasks.append(entry.task, entry.priority)
            }
        }
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
