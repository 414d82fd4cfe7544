package import Foundation
import OrderedCollections
import Temporal
package import TemporalAPI

extension TestServer {
    // MARK: Time

    /// How often the clock has jumped over time in which nothing happened.
    package var jumps: Int { transact { $0.jumps } }

    /// The ids of the runs, activities and Nexus operations that hold the clock: as the service keeps count of them, and as
    /// their state says.
    package var clockHolders: (counted: Set<String>, recomputed: Set<String>) {
        transact { engine in
            (
                Set(engine.busyRuns.map { engine.runs[$0].runID })
                    .union(engine.standaloneActivities.busy.map { engine.standaloneActivities.all[$0].runID })
                    .union(engine.busyNexusExecutions.map(\.runID)),
                Set(engine.runs.filter(\.holdsClock).map(\.runID))
                    .union(engine.standaloneActivities.all.filter(\.holdsClock).map(\.runID))
                    .union(engine.nexusExecutions.all.filter(\.holdsClock).map(\.runID))
            )
        }
    }

    /// Waits until nobody is at work: every task that could be answered at this moment of the clock has been.
    ///
    /// - Throws: `CancellationError` if the waiting task is cancelled.
    package func waitForRest() async throws {
        try await park(wait: Wait(onExpiry: .success(()), limit: nil), timeout: nil) { engine, reply in
            engine.waitForRest(reply)
        }
    }

    /// Waits until a moment of the service's clock.
    ///
    /// - Parameters:
    ///   - moment: When.
    ///   - advances: Whether time may jump until then although skipping is paused.
    /// - Throws: `CancellationError` if the waiting task is cancelled.
    package func sleep(until moment: Moment, advances: Bool) async throws {
        try await park(wait: Wait(onExpiry: .success(()), limit: nil), timeout: nil) { engine, reply in
            engine.sleep(until: moment, advances: advances, reply)
        }
    }

    /// When the next thing is due, besides the time limits of whole runs; `nil` if nothing is.
    package var nextEvent: Moment? {
        transact { engine in
            engine.deadlines.all.filter { !$0.due.isRunLimit && engine.isLive($0) }.min()?.at
        }
    }

    /// Says where planned actions run: with those who make calls, so that the order of all that they do is one.
    package func setExecutor(_ executor: any TaskExecutor) {
        transact { $0.executor = executor }
    }

    /// Says what to do whenever the last planned action that was under way has ended.
    package func afterActions(_ body: @escaping @Sendable () -> Void) {
        transact { $0.afterActions = body }
    }

    /// Moves a paused clock to what is due next, if somebody sleeps by it.
    package func advanceToNextSleeper() {
        transact { engine in
            guard !engine.sleepers.isEmpty, engine.runningActions == 0, let entry = engine.nextDeadline() else {
                return
            }
            engine.advance(by: entry.at - engine.now)
        }
    }

    // MARK: Order

    /// Keeps workflow tasks from their workers until ``releaseWorkflowTask()``, or no longer.
    package func setStepwise(_ isStepwise: Bool) {
        transact { $0.setScheduling(isStepwise ? .stepwise : .free) }
    }

    /// Gives out the workflow task that was scheduled first of those that are kept back.
    ///
    /// - Returns: Whether there was one.
    package func releaseWorkflowTask() -> Bool {
        transact { $0.releaseTask() }
    }

    /// Lets what could happen at one moment happen one by one, in an order of choice.
    ///
    /// - Parameters:
    ///   - choices: What chooses.
    ///   - isHostQuiet: Whether those who make calls have nothing to do at the moment.
    package func setChoices(_ choices: ChoiceSource, isHostQuiet: @escaping @Sendable () -> Bool) {
        transact { engine in
            engine.isHostQuiet = isHostQuiet
            engine.setScheduling(.chosen(choices))
        }
    }

    /// The choices that were made so far.
    package var choices: [ChoiceSource.Choice] {
        transact { engine in
            if case .chosen(let source) = engine.scheduling { source.made } else { [] }
        }
    }

    /// Waits until it is the caller's turn, if what happens at one moment happens in an order of choice.
    ///
    /// - Throws: `CancellationError` if the waiting task is cancelled.
    package func waitForTurn() async throws {
        defer { transact { $0.isTurnGiven = false } }
        try await park(wait: Wait(onExpiry: .success(()), limit: nil), timeout: nil) { engine, reply in
            engine.waitForTurn(reply)
        }
    }

    /// Lets go on what waited for those who make calls to have nothing to do.
    package func hostIsQuiet() {
        transact { _ in }
    }

    // MARK: Stalls

    /// Says what is known outside of the service when a call seems to wait for ever.
    ///
    /// - Parameters:
    ///   - isHostQuiet: Whether those who make calls have nothing to do at the moment: only then it is a stall.
    ///   - explain: What the code of a run waits for.
    package func explainStalls(
        isHostQuiet: @escaping @Sendable () -> Bool,
        _ explain: @escaping @Sendable (RunName) async -> String?
    ) {
        transact { engine in
            engine.isHostQuiet = isHostQuiet
            engine.explainStall = explain
        }
    }

    /// What each open run of any namespace waits for, in words.
    package func pendingWork() -> [(run: RunName, work: [String])] {
        transact { engine in
            engine.runs.filter(\.isOpen).map { run in
                let timers = run.timers.map { "timer '\($0.key)', which fires at \($0.value.firesAt.date)" }
                return (RunName(run), engine.pendingWork(of: run) + timers)
            }
        }
    }

    // MARK: Activities

    /// The timeouts of an activity that a test can leave an attempt to.
    package enum ActivityTimeout: Sendable {
        case scheduleToStart, scheduleToClose, startToClose, heartbeat
    }

    /// Leaves an attempt to one of its timeouts: no other comes before, and it no longer holds the clock.
    ///
    /// - Parameters:
    ///   - taskToken: The token of the attempt.
    ///   - timeout: Which.
    /// - Returns: Whether the activity has such a timeout; nothing is done otherwise.
    package func leaveActivity(taskToken: Data, to timeout: ActivityTimeout) -> Bool {
        let kind: ActivityTimeoutKind =
            switch timeout {
            case .scheduleToStart: .scheduleToStart
            case .scheduleToClose: .scheduleToClose
            case .startToClose: .startToClose
            case .heartbeat: .heartbeat
            }
        return transact { engine in
            guard case .activity(let number, let eventID, let stamp)? = try? TaskToken(taskToken),
                engine.runs.indices.contains(number)
            else { return false }
            return engine.runs[number].leaveActivity(scheduledEventID: eventID, stamp: stamp, to: kind)
        }
    }

    /// Tells that whoever has a task will never answer it: it does not hold the clock, and what the service does about tasks
    /// without an answer comes.
    ///
    /// - Parameter token: The token of a task of any kind.
    package func taskWasLost(token: Data) {
        switch try? TaskToken(token) {
        case .query(let number)?: transact { $0.queryWasLost(number) }
        case .nexus(let number)?: transact { $0.nexusTaskWasLost(number) }
        case .workflow?, .activity?, .standaloneActivity?, nil: setTask(token: token, isOutOfReach: true)
        }
    }

    /// The run that a workflow task or a query is of, by its token.
    package func runID(ofTask token: Data) -> String? {
        transact { engine in
            switch try? TaskToken(token) {
            case .workflow(let number, _, _)? where engine.runs.indices.contains(number): engine.runs[number].runID
            case .query(let number)?: engine.queries[number].map { engine.runs[$0.run].runID }
            default: nil
            }
        }
    }

    /// Tells whether whoever has a task can answer it: otherwise it does not hold the clock.
    ///
    /// - Parameters:
    ///   - token: The token of a task of any kind.
    ///   - isOutOfReach: Whether it cannot be answered for now.
    package func setTask(token: Data, isOutOfReach: Bool) {
        transact { engine in
            switch try? TaskToken(token) {
            case .workflow(let number, _, let stamp)?:
                guard engine.runs.indices.contains(number), engine.runs[number].workflowTask?.stamp == stamp else {
                    return
                }
                engine.runs[number].workflowTask?.isUnattended = isOutOfReach
                engine.touch(engine.runs[number])
            case .activity?, .standaloneActivity?, .nexus?:
                engine.setTask(token, holdsClock: !isOutOfReach)
            case .query(let number)?:
                engine.setQuery(number, isUnattended: isOutOfReach)
            case nil:
                break
            }
        }
    }

    // MARK: Runs

    /// A child that its parent is about to start.
    package struct ChildStart: Sendable {
        /// What the parent asks for.
        package let attributes: APIStartChildWorkflowExecutionInitiatedEventAttributes
        /// The parent.
        package let parent: RunName
        /// When it starts.
        package let time: Date
    }

    /// Asks somebody which children do not start, as if their ids were in use.
    ///
    /// - Parameter refuses: Called under the service's lock: it may not call the service.
    package func refuseChildren(_ refuses: @escaping @Sendable (ChildStart) -> Bool) {
        transact { $0.refusesChild = refuses }
    }

    /// Terminates a run, if it is open.
    ///
    /// - Parameters:
    ///   - runID: The run.
    ///   - reason: Why.
    package func terminate(runID: String, reason: String) {
        transact { engine in
            guard let number = engine.runNumbers[runID], engine.runs[number].isOpen else { return }
            engine.runs[number].terminate(reason: reason, identity: "test")
        }
    }

    /// Makes the next run of a workflow id one that continues another.
    package func setContinuedRunID(_ runID: String, ofNext workflowID: String, namespace: String = "default") {
        transact { $0.continuedRunIDs[WorkflowKey(namespace: namespace, workflowID: workflowID)] = runID }
    }

    /// Makes a run of a history that comes from elsewhere, which goes on from its last event.
    ///
    /// - Parameters:
    ///   - events: The beginning of the history, from its first event on.
    ///   - workflowID: The id that the run gets.
    ///   - taskQueue: Where its tasks go; `nil` for where its history says.
    ///   - namespace: The namespace that it comes to.
    /// - Returns: The id of the run.
    /// - Throws: `RPCError` if the history is none, is that of a run that has ended, or the id is in use.
    package func restore(
        _ events: [APIHistoryEvent],
        workflowID: String,
        taskQueue: String?,
        namespace: String = "default"
    ) throws -> String {
        try transact { engine in
            try engine.restore(events, workflowID: workflowID, taskQueue: taskQueue, namespace: namespace)
        }
    }
}
