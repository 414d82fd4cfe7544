import Foundation
import OrderedCollections
import Temporal

/// Time: how it passes, how it jumps, and what happens by itself.
extension Engine {
    /// Reads the clock: on a wall clock, after setting it.
    @discardableResult
    func readClock() -> Moment {
        if let pace {
            now = max(now, pace.clock + Span(pace.wall.duration(to: .now)))
        } else if !isSkipping {
            // The wall may be set back; histories never run backwards.
            now = max(now, Moment(Date()))
        }
        return now
    }

    /// Lets a skipping clock show at least a moment. Nothing that is due by then is left out.
    func setClock(atLeast moment: Moment) {
        if isSkipping { now = max(now, moment) }
    }

    /// Parks a caller until a moment.
    ///
    /// - Parameters:
    ///   - moment: When the caller goes on.
    ///   - advances: Whether the clock may jump until then although it is paused.
    ///   - reply: The call, which expires then.
    func sleep(until moment: Moment, advances: Bool = false, _ reply: ParkedReply) {
        guard moment > now else { return expire(reply) }
        if advances { advancing.append(reply.ticket) }
        reply.place = .sleep
        sleepers[reply.ticket] = reply
        deadlines.insert(.sleep(ticket: reply.ticket), at: moment)
    }

    /// Plans an action.
    ///
    /// - Returns: Its number in ``actions``, from which it can be taken out again.
    @discardableResult
    func schedule(after delay: Span, _ body: @escaping @Sendable () async -> Void) -> UInt64 {
        let number = nextNumber()
        actions[number] = body
        deadlines.insert(.action(number: number), at: readClock() + delay)
        return number
    }

    /// Moves the clock by hand.
    func advance(by span: Span) {
        let target = readClock() + span
        while let entry = nextDeadline(), entry.at <= target {
            deadlines.removeFirst()
            if isSkipping { now = max(now, entry.at) }
            fire(entry)
            flushTouched()
        }
        if isSkipping { now = max(now, target) }
    }

    /// Brings everything that follows from a transaction: answers to those who wait, due deadlines, jumps of the clock.
    func settle() {
        flushTouched()
        guard !isShutDown else { return }
        if isSkipping, pace == nil {
            skip()
        } else {
            fireWhatIsDue()
            setAlarm()
        }
        deadlines.compact { isLive($0) }
    }

    /// Brings what follows from the changes of runs so far.
    func flushTouched() {
        for number in touched { runs[number].enforceLimits() }
        finishClosedRuns()
        handOutRerouted()
        let hasChangedActivities = flushTouchedStandaloneActivities()
        guard hasChangedActivities || !touched.isEmpty else { return }
        generation += 1
        announceEvents(of: touched.map { runs[$0] })
        for number in touched {
            let run = runs[number]
            run.endTransaction()
            countPinned(run)
            if run.holdsClock {
                busy.insert(number)
            } else {
                busy.remove(number)
            }
            notifyHistoryWaiters(of: run)
        }
        touched.removeAll(keepingCapacity: true)
        idleScheduleTimes = 0
    }

    private func fireWhatIsDue() {
        guard let first = deadlines.first else { return }
        readClock()
        guard first.at <= now else { return }
        while let entry = deadlines.first, entry.at <= now {
            deadlines.removeFirst()
            if isLive(entry) {
                fire(entry)
                flushTouched()
            }
        }
    }

    private func setAlarm() {
        guard let entry = nextDeadline() else { return }
        if let alarm, alarm.at <= entry.at, alarm.at > now { return }
        alarm?.task.cancel()
        let host = host
        let delay = max(0, (entry.at - now).nanoseconds)
        let task = Task {
            try? await Task.sleep(for: .nanoseconds(delay))
            guard !Task.isCancelled else { return }
            // Forgotten first: a sleep can end a moment before the clock shows the deadline, and is set again then.
            host?.transact { $0.alarm = nil }
        }
        alarm = (entry.at, task)
    }

    /// The earliest deadline that still counts.
    func nextDeadline() -> DeadlineQueue.Entry? {
        while let entry = deadlines.first {
            if isLive(entry) { return entry }
            deadlines.removeFirst()
        }
        return nil
    }

    /// How many calls wait for their answer.
    var waitingCalls: Int {
        queues.values.reduce(0) { $0 + $1.pollers.count } + watched.values.reduce(0, +) + queries.count + sleepers.count
            + nexusExecutions.waitingCalls
            + standaloneActivities.waitingCalls
    }

    /// Whether somebody waits for time to pass: for a history, an update, a query or the clock itself.
    var somebodyWaits: Bool {
        !watched.isEmpty || !sleepers.isEmpty || !queries.isEmpty || !nexusExecutions.watched.isEmpty
            || !standaloneActivities.watched.isEmpty
    }

    /// Whether time may not jump for now.
    var isPaused: Bool {
        guard pauses > 0 else { return false }
        advancing.removeAll { sleepers[$0] == nil }
        return advancing.isEmpty
    }

    /// Whether time must not jump: a worker, an action or a query is at work.
    var isBusy: Bool {
        !busy.isEmpty || !standaloneActivities.busy.isEmpty || isNexusExecutionBusy
            || runningActions > 0 || queries.values.contains { !$0.isUnattended && !waitsForTime($0) }
    }

    /// Whether a query waits for a workflow task whose worker waits for time to pass.
    private func waitsForTime(_ query: PendingQuery) -> Bool {
        let run = runs[query.run]
        return run.hasStartedWorkflowTask && run.workflowTask?.isUnattended == true
    }

    private func skip() {
        if case .chosen = scheduling {
            happenByChoice { jump() }
        } else {
            fireWhatIsDue()
            wakeRestingSleepers()
            while !isBusy, jump() {
                fireWhatIsDue()
                wakeRestingSleepers()
            }
        }
        wakeRestingSleepers()
        considerStall()
    }

    /// Lets time jump to the next deadline, if somebody waits for time to pass and it is one to wait for.
    ///
    /// - Returns: Whether time has come to a deadline, which is due now.
    private func jump() -> Bool {
        guard !isPaused, somebodyWaits, let entry = nextDeadline(),
            !entry.due.isRunLimit || options.stallPolicy == .skip || hasDeadlineBesidesLimits
        else { return false }
        if case .schedule = entry.due {
            // Whoever waits for something besides the time itself waits in vain by now.
            guard !sleepers.isEmpty || idleScheduleTimes < Self.mostIdleScheduleTimes else { return false }
            idleScheduleTimes += 1
        }
        if entry.at > now { jumps += 1 }
        now = max(now, entry.at)
        return true
    }

    private var hasDeadlineBesidesLimits: Bool {
        while let entry = deadlines.firstBesidesLimits {
            if isLive(entry) { return true }
            deadlines.removeFirstBesidesLimits()
        }
        return false
    }
}
