import OrderedCollections

/// How tasks come from the engine to its workers when somebody wants a say in it.
enum Scheduling {
    /// Each task at once, to the first worker that waits.
    case free

    /// Workflow tasks one by one, when they are asked for.
    case stepwise

    /// One task or deadline at a time, when everything is at rest, and by choice which.
    case chosen(ChoiceSource)
}

/// A task that is kept from its workers, and where it belongs.
struct WithheldTask {
    let task: QueuedTask
    let key: QueueKey

    /// The stamp of the workflow task or the attempt.
    let stamp: UInt64

    init?(_ task: QueuedTask, _ key: QueueKey) {
        switch task {
        case .workflow(_, let stamp), .activity(_, _, let stamp): self.stamp = stamp
        case .query, .nexus, .standaloneActivity: return nil
        }
        self.task = task
        self.key = key
    }
}

extension Engine {
    // MARK: Withheld tasks

    /// Whether the workflow tasks of this service wait until they are asked for.
    var withholdsWorkflowTasks: Bool {
        if case .free = scheduling { return false }
        return true
    }

    /// Keeps a task back, if that is how tasks are given out now.
    ///
    /// - Returns: Whether it was kept.
    func withhold(_ task: QueuedTask, for key: QueueKey) -> Bool {
        switch scheduling {
        case .free: return false
        case .stepwise: guard case .workflow = task else { return false }
        case .chosen: break
        }
        guard let withheld = WithheldTask(task, key) else { return false }
        withheldTasks.append(withheld)
        return true
    }

    /// Gives out the first task that was kept back.
    ///
    /// - Returns: Whether there was one.
    func releaseTask() -> Bool {
        withheldTasks.removeAll { !isLive($0.task) }
        guard !withheldTasks.isEmpty else { return false }
        give(withheldTasks.removeFirst())
        return true
    }

    /// Changes how tasks are given out. Those that were kept back are given out if no more are.
    func setScheduling(_ scheduling: Scheduling) {
        self.scheduling = scheduling
        guard case .free = scheduling else { return }
        let tasks = withheldTasks
        withheldTasks = []
        for task in tasks where isLive(task.task) { give(task) }
    }

    private func give(_ task: WithheldTask) {
        deliver(task.task, to: task.key)
    }

    // MARK: Rest

    /// Whether nobody is at work: all that could go on waits for time, for somebody outside, or to be given out.
    var isAtRest: Bool {
        guard runningActions == 0 else { return false }
        if withheldTasks.isEmpty { return !isBusy }
        guard standaloneActivities.busy.isEmpty, !isNexusExecutionBusy else { return false }
        let withheld = Set(withheldTasks.map(\.stamp))
        for number in busyRuns where runs[number].holdsClock(besides: withheld) { return false }
        return !queries.keys.contains { number in
            guard let query = queries[number], !query.isUnattended else { return false }
            let run = runs[query.run]
            return !run.bufferedQueries.contains(number) && !run.attachedQueries.contains(number)
        }
    }

    /// Parks a caller until everything is at rest.
    func waitForRest(_ reply: Reply<Void>) {
        reply.place = .sleep
        sleepers[reply.ticket] = reply
        restingSleepers.append(reply.ticket)
    }

    /// Wakes those who wait for rest, if it has come.
    func wakeRestingSleepers() {
        guard !restingSleepers.isEmpty, isAtRest else { return }
        let tickets = restingSleepers
        restingSleepers = []
        for ticket in tickets {
            if let sleeper = sleepers[ticket] { expire(sleeper) }
        }
    }

    // MARK: Choices

    /// Parks a caller until it is the caller's turn, if turns are by choice. A planned action is not interrupted.
    func waitForTurn(_ reply: Reply<Void>) {
        guard case .chosen = scheduling, runningActions == 0 else { return expire(reply) }
        reply.place = .sleep
        sleepers[reply.ticket] = reply
        callers.append(reply.ticket)
    }

    /// Lets one thing after the other happen, by choice, until somebody is at work or nothing more can happen.
    ///
    /// Nothing is chosen before all who make calls have done what they can: how fast they are must not count.
    ///
    /// - Parameter jump: Lets time jump to the next deadline, and tells whether it may.
    func happenByChoice(_ jump: () -> Bool) {
        while !isShutDown, !isTurnGiven, isHostQuiet?() ?? true {
            callers.removeAll { sleepers[$0] == nil }
            guard isAtRest else {
                // Somebody is at work who may wait for the caller.
                if !callers.isEmpty { giveTurn(to: 0) }
                return
            }
            withheldTasks.removeAll { !isLive($0.task) }
            let due = dueEntries()
            guard !callers.isEmpty || !withheldTasks.isEmpty || !due.isEmpty else {
                guard jump() else { return }
                continue
            }
            var choice = choose(callers.count + withheldTasks.count + due.count)
            if choice < callers.count { return giveTurn(to: choice) }
            choice -= callers.count
            if choice < withheldTasks.count {
                give(withheldTasks.remove(at: choice))
            } else {
                let chosen = due[choice - withheldTasks.count]
                deadlines.remove(where: { $0 == chosen })
                fire(chosen)
            }
            flushTouched()
        }
    }

    private func giveTurn(to index: Int) {
        guard let caller = sleepers[callers.remove(at: index)] else { return }
        isTurnGiven = true
        expire(caller)
    }

    private func choose(_ count: Int) -> Int {
        guard case .chosen(var source) = scheduling else { return 0 }
        let choice = source.choose(count)
        scheduling = .chosen(source)
        return choice
    }

    /// The deadlines that have come, in the order in which they were set.
    private func dueEntries() -> [DeadlineQueue.Entry] {
        guard let first = nextDeadline(), first.at <= now else { return [] }
        return deadlines.all.filter { $0.at <= now && isLive($0) }.sorted()
    }
}
