import OrderedCollections
import Temporal

/// What happens when somebody waits, and nothing is in sight that could help.
extension Engine {
    /// Has a watch look for a stall if somebody waits and nothing is in sight that could help. Only wall time can tell a
    /// stall from a worker that is about to poll, or a test that is about to send a signal, so it is reported after a grace
    /// in which nothing has changed.
    func considerStall() {
        guard !isWatchedForStalls, isStallPossible, let host else { return }
        isWatchedForStalls = true
        StallWatcher.shared.watch(host)
    }

    private var isStallPossible: Bool {
        // While time passes as on the wall, waiting for it helps.
        !isShutDown && !isPaused && pace == nil && !isExplaining && runningActions == 0
            && (somebodyWaits || !queries.isEmpty)
            && (!isBusy || hasTaskWithoutPoller)
    }

    /// Reports a stall if it is time.
    ///
    /// - Parameters:
    ///   - seen: The generation that the watch has seen last, or `nil`.
    ///   - quiet: How long nothing has changed.
    /// - Returns: After which wait to look again; `nil` if there is nothing to watch any more.
    func watchForStall(_ seen: inout UInt64?, _ quiet: inout Duration) -> Duration? {
        guard isStallPossible else {
            isWatchedForStalls = false
            return nil
        }
        let grace = isBusy ? options.workerGrace : options.stallGrace
        if seen != generation || isHostQuiet?() == false { (seen, quiet) = (generation, .zero) }
        if quiet >= grace {
            (seen, quiet) = (nil, .zero)
            reportStall()
        }
        return max(grace / 20, .milliseconds(1))
    }

    private var hasTaskWithoutPoller: Bool {
        // Asked after each transaction, and hardly ever true.
        guard queues.values.contains(where: { !$0.tasks.isEmpty }) else { return false }
        return queues.contains { key, queue in
            !queue.tasks.isEmpty
                && queue.tasks.ordered.contains { isLive($0.task) && !hasPoller(for: $0.task, in: key, queue) }
        }
    }

    /// Notes that no worker comes for the waiting activities, so that they no longer hold the clock: their time-outs, or
    /// something else that wakes their workflows, can happen.
    private func leaveActivitiesUnattended() -> Bool {
        var found = leaveStandaloneActivitiesUnattended()
        for number in busyRuns {
            let run = runs[number]
            for (id, activity) in run.activities where activity.holdsClock && !activity.isStarted {
                run.activities[id]?.isUnattended = true
                touch(run)
                found = true
            }
        }
        return found
    }

    /// Notes that no worker comes for the waiting requests to Nexus handlers.
    private func leaveNexusTasksUnattended() -> Bool {
        var found = false
        for (number, task) in nexusTasks where task.identity == nil && !task.isUnattended {
            nexusTasks[number]?.isUnattended = true
            unattendedNexusQueues.insert(QueueKey(namespace: task.namespace, name: task.taskQueue, kind: .nexus))
            if case .run(let run, _) = task.owner { touch(runs[run]) }
            found = true
        }
        return found
    }

    /// Notes that no worker comes for the waiting workflow tasks: whoever only waits for time to pass need not wait longer.
    private func leaveWorkflowTasksUnattended() -> Bool {
        var found = false
        for number in busyRuns {
            let run = runs[number]
            guard run.workflowTask?.isUnattended == false, !run.hasStartedWorkflowTask else { continue }
            run.workflowTask?.isUnattended = true
            touch(run)
            found = true
        }
        return found
    }

    /// Lets go of the tasks of a worker that was lost.
    func workerWasLost(identity: String) {
        for (number, task) in nexusTasks where task.identity == identity { nexusTaskWasLost(number) }
        standaloneActivitiesWereLost(identity: identity)
        for number in busyRuns {
            let run = runs[number]
            if run.hasStartedWorkflowTask, run.workflowTask?.identity == identity {
                run.workflowTask?.isUnattended = true
            }
            for (id, activity) in run.activities where activity.isStarted && activity.identity == identity {
                run.activities[id]?.isUnattended = true
            }
            touch(run)
        }
        forgetPolls(of: identity)
        for (number, query) in queries where query.identity == identity { queryWasLost(number) }
    }

    /// Notes that the worker that has a run's workflow task will not answer it.
    func workflowTaskWasDropped(runID: String) {
        for number in busyRuns where runs[number].runID == runID && runs[number].hasStartedWorkflowTask {
            runs[number].workflowTask?.isUnattended = true
            touch(runs[number])
        }
    }

    /// Notes whether the worker that has a run's workflow task only waits for time to pass.
    func setWorkflowTask(runID: String, isIdle: Bool, stamp: UInt64) {
        guard let number = runNumbers[runID], runs[number].idleStamp < stamp else { return }
        runs[number].idleStamp = stamp
        guard runs[number].hasStartedWorkflowTask else { return }
        runs[number].workflowTask?.isUnattended = isIdle
        touch(runs[number])
    }

    private func reportStall() {
        if isBusy {
            guard hasTaskWithoutPoller else { return }
            if moveStickyTasksToNormalQueues() { return }
            let leavesActivities = leaveActivitiesUnattended()
            if leaveNexusTasksUnattended() || leavesActivities { return }
            if !sleepers.isEmpty, leaveWorkflowTasksUnattended() { return }
        }
        explainStalls()
    }

    /// Asks what the code of the stalled runs waits for, and then reports them.
    private func explainStalls() {
        let stalled = watched.keys.sorted().map { runs[$0] }.filter(\.isOpen)
        let asked = stalled.filter { $0.workflowTask == nil && !$0.isBackingOff && queries.isEmpty }
        guard let explainStall, !asked.isEmpty else {
            return reportStalls(of: stalled.map { ($0, $0.events.count, nil) })
        }
        isExplaining = true
        let host = host
        let names = asked.map { (number: $0.number, count: $0.events.count, name: TestServer.RunName($0)) }
        let others = stalled.filter { $0.workflowTask != nil || $0.isBackingOff }.map { ($0.number, $0.events.count) }
        perform {
            Task {
                var waits: [(Int, Int, String?)] = others.map { ($0.0, $0.1, nil) }
                for (number, count, name) in names { waits.append((number, count, await explainStall(name))) }
                let found = waits
                host?.transact { engine in
                    engine.isExplaining = false
                    guard !engine.isShutDown else { return }
                    engine.reportStalls(of: found.map { (engine.runs[$0.0], $0.1, $0.2) })
                }
            }
        }
    }

    /// Ends the calls that wait for runs which nothing will wake.
    ///
    /// - Parameter stalled: The runs, how many events they had when that was found out, and what their code waits for.
    private func reportStalls(of stalled: [(run: Run, events: Int, waits: String?)]) {
        reportStalledStandaloneActivities()
        for (run, count, waits) in stalled where run.isOpen && run.events.count == count {
            var message = stallMessage(of: run)
            if let waits { message += "\nIts code waits here:\n" + waits.indented }
            let error = RPCError(code: .failedPrecondition, message: message)
            for waiter in run.historyWaiters { fail(waiter.reply, error) }
            run.failUpdateWaiters(error)
        }
        failNexusWaiters { execution in
            RPCError(
                code: .failedPrecondition,
                message: "Nothing that the service knows of will end operation '\(execution.operationID)': "
                    + "it waits for \(description(of: execution.operation))."
            )
        }
        for query in Array(queries.values) {
            fail(query.reply, RPCError(code: .failedPrecondition, message: stallMessage(of: runs[query.run])))
        }
    }
}

extension String {
    /// The text with each line two places to the right.
    fileprivate var indented: String {
        split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
    }
}
