import OrderedCollections
import Temporal
import TemporalAPI

extension Engine {
    /// Whether a deadline still counts.
    func isLive(_ entry: DeadlineQueue.Entry) -> Bool {
        switch entry.due {
        case .workflowTaskScheduleToStart(let number, let stamp):
            let task = runs[number].workflowTask
            return task?.stamp == stamp && task?.startedEventID == 0
        case .workflowTaskStartToClose(let number, let stamp):
            let task = runs[number].workflowTask
            return task?.stamp == stamp && task?.startedEventID != 0
        case .firstWorkflowTask(let number):
            return runs[number].isBackingOff
        case .runTimeout(let number), .executionTimeout(let number):
            return runs[number].isOpen
        case .userTimer(let number, let eventID):
            // A timer of a refused workflow task leaves its deadline, and another can get the id of its event.
            guard let id = runs[number].timerIDs[eventID], let timer = runs[number].timers[id] else { return false }
            return timer.firesAt <= entry.at
        case .activityTimeout(let number, let eventID, let stamp, let kind):
            // While somebody holds an activity, none of its timeouts comes.
            guard let activity = runs[number].activities[eventID], activity.stamp == stamp, activity.pause == nil
            else { return false }
            if let left = activity.leftTo, left != kind, kind != .scheduleToClose { return false }
            // A heartbeat or an operator may have put it off.
            return activity.deadline(kind).map { $0 <= entry.at } ?? false
        case .activityRetry(let number, let eventID, let stamp):
            return runs[number].activities[eventID]?.stamp == stamp
        case .nexusRequest(let number):
            // Even if nobody wants the answer any more: the request itself is still to be forgotten.
            return nexusTasks[number] != nil
        case .nexusRetry(let owner, let stamp):
            return isLive(retryOf: owner, stamp: stamp, .start)
        case .nexusCancelRetry(let owner, let stamp):
            return isLive(retryOf: owner, stamp: stamp, .cancel)
        case .nexusTimeout(let owner, let kind):
            return isLive(owner, kind)
        case .nexusRetention(let number):
            return !nexusExecutions.all[number].isDeleted
        case .replyExpiry(let ticket):
            return expiring[ticket] != nil
        case .sleep(let ticket):
            return sleepers[ticket] != nil
        case .action(let number):
            return actions[number] != nil
        case .batch(let key):
            return batches[key]?.state == .running
        case .batchRetention(let key, let closed):
            return batches[key]?.closeTime == closed
        case .schedule(let key, let plan):
            return schedules[key]?.plan == plan
        case .scheduleRetention(let key, let plan):
            return schedules[key]?.plan == plan || deletedSchedules[key] == plan
        case .retention(let number):
            return !runs[number].isDeleted
        case .standaloneActivity(let number, let stamp, let deadline):
            return standaloneActivities.all[number].isLive(deadline, stamp: stamp, at: entry.at)
        case .drainage(let key, let stamp):
            return isDraining(key, stamp: stamp)
        case .taskQueue(let key):
            return queues[key]?.wakeTime == entry.at
        }
    }

    /// Lets happen what was due.
    func fire(_ entry: DeadlineQueue.Entry) {
        switch entry.due {
        case .workflowTaskScheduleToStart(let number, _):
            runs[number].timeOutScheduledWorkflowTask()
        case .workflowTaskStartToClose(let number, _):
            runs[number].timeOutStartedWorkflowTask()
        case .firstWorkflowTask(let number):
            runs[number].endFirstBackoff()
        case .runTimeout(let number):
            runs[number].timeOut(isExecution: false)
        case .executionTimeout(let number):
            runs[number].timeOut(isExecution: true)
        case .userTimer(let number, let eventID):
            runs[number].fireTimer(startedEventID: eventID)
        case .activityTimeout(let number, let eventID, _, let kind):
            runs[number].timeOutActivity(scheduledEventID: eventID, kind: kind)
        case .activityRetry(let number, let eventID, _):
            runs[number].beginNextAttempt(scheduledEventID: eventID)
        case .nexusRequest(let number):
            expireNexusRequest(number)
        case .nexusRetry(let owner, _):
            sendNexusStart(owner)
        case .nexusCancelRetry(let owner, _):
            sendNexusCancel(owner)
        case .nexusTimeout(let owner, let kind):
            timeOutNexusOperation(owner, kind)
        case .nexusRetention(let number):
            delete(nexusExecutions.all[number])
        case .replyExpiry(let ticket):
            if let reply = expiring[ticket] { expire(reply) }
        case .sleep(let ticket):
            if let sleeper = sleepers[ticket] { expire(sleeper) }
        case .action(let number):
            run(action: number)
        case .batch(let key):
            work(on: key)
        case .batchRetention(let key, _):
            batches[key] = nil
        case .schedule(let key, _):
            proceed(key)
        case .scheduleRetention(let key, _):
            expire(key)
        case .retention(let number):
            expire(run: number)
        case .standaloneActivity(let number, _, let deadline):
            fire(deadline, of: number)
        case .drainage(let key, _):
            checkDrainage(key)
        case .taskQueue(let key):
            guard let queue = queues[key] else { return }
            queue.wakeTime = nil
            match(key, queue)
        }
    }

    private func run(action number: UInt64) {
        guard let action = actions.removeValue(forKey: number) else { return }
        runningActions += 1
        let (host, executor) = (host, executor)
        perform {
            Task(executorPreference: executor) {
                await action()
                host?.transact { engine in
                    engine.runningActions -= 1
                    if engine.runningActions == 0 { engine.perform(engine.afterActions) }
                }
            }
        }
    }

    /// Tells what a run waits for, and why that will not come.
    func stallMessage(of run: Run) -> String {
        let name = "Workflow '\(run.workflowID)' (run \(run.runID), type \(run.start.workflowType.name))"
        if let pause = run.pause, run.isPaused {
            return "\(name) cannot go on: '\(pause.identity)' has paused it, and nobody lets it go on."
        }
        if run.workflowTask != nil, run.workflowTask?.startedEventID == 0 {
            let worker = run.taskVersion.map { "worker of version '\($0)'" } ?? "worker"
            let advice =
                options.workerAdvice ?? "Start a worker for this task queue before waiting for the workflow."
            return
                "\(name) has a workflow task, but no \(worker) polls task queue '\(run.start.taskQueue.name)'. \(advice)"
        }
        let pending = pendingWork(of: run)
        let waits =
            pending.isEmpty
            ? "It has no timer, activity, child or Nexus operation pending, so it waits for a signal, an update or a "
                + "cancellation that nobody has sent."
            : "It waits for \(pending.joined(separator: "; "))."
                + (pending.contains { $0.contains("no worker polls") }
                    ? options.workerAdvice.map { " \($0)" } ?? "" : "")
        return "\(name) cannot go on: nothing that the service knows of will wake it. \(waits)"
    }

    /// What a run waits for that the service knows of, besides its timers.
    func pendingWork(of run: Run) -> [String] {
        var pending: [String] = []
        for activity in run.activities.values {
            let what = "activity '\(activity.activityID)' (\(activity.attributes.activityType.name))"
            switch activity.state {
            case .scheduled:
                pending.append("\(what), for which no worker polls task queue '\(activity.attributes.taskQueue.name)'")
            case .started where activity.completesAsynchronously:
                pending.append("\(what), which somebody has to complete by its token or id")
            case .started:
                pending.append("\(what), which worker '\(activity.identity)' has")
            case .backingOff:
                pending.append(what)
            }
        }
        for child in run.children.values {
            pending.append("child workflow '\(child.attributes.workflowID)' (\(child.attributes.workflowType.name))")
        }
        pending += run.nexusOperations.values.map { description(of: $0) }
        if !queries.values.filter({ $0.run == run.number }).isEmpty { pending.append("a query that no worker takes") }
        return pending
    }

    /// What a Nexus operation waits for, in words.
    func description(of operation: NexusOperation) -> String {
        let what = "\(operation.label) at endpoint '\(operation.endpoint)'"
        if operation.isStarted {
            return
                "\(what), which has started under the token '\(operation.token)' and which its handler has to complete"
        }
        guard let task = operation.start.task.flatMap({ nexusTasks[$0] }) else { return what }
        if let identity = task.identity { return "\(what), which worker '\(identity)' has" }
        return "\(what), for which no worker polls task queue '\(task.taskQueue)'"
    }
}
