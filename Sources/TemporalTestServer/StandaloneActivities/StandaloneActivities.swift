import OrderedCollections
import Temporal
import TemporalAPI

/// All standalone activities of a service.
struct StandaloneActivities {
    /// All runs, in the order in which they were started.
    var all: [StandaloneActivity] = []

    /// The place of each run by its id.
    var numbers: [String: Int] = [:]

    /// The latest run of each activity id.
    var current: Table<Key, Int> = [:]

    /// All runs that have not ended, in the order in which they were started.
    var open = RunIndex()

    /// All runs that have ended, in the order of their ends.
    var closed = RunIndex()

    /// Runs that differ from what is stored of them; `nil` if nobody stores anything.
    private var unstored: OrderedSet<Int>?

    /// Runs that changed in this transaction.
    fileprivate var touched: OrderedSet<Int> = []

    /// Runs that keep a worker busy. Derived from each run's state whenever it changes.
    private(set) var busy: OrderedSet<Int> = []

    /// Runs with somebody who waits for them.
    private(set) var watched: OrderedSet<Int> = []

    /// An activity id in its namespace.
    struct Key: Hashable, Codable, Sendable {
        let namespace: String
        let activityID: String
    }

    /// The number of calls that wait.
    var waitingCalls: Int { watched.reduce(0) { $0 + all[$1].waiters.count } }

    /// Lets a call wait for an activity.
    mutating func wait(_ waiter: StandaloneActivityWaiter, for activity: StandaloneActivity) {
        activity.waiters.append(waiter)
        watched.append(activity.number)
        waiter.reply.place = .standaloneActivity(number: activity.number)
    }

    /// Takes a call out of where it waits.
    mutating func release(_ reply: ParkedReply, number: Int) {
        all[number].waiters.removeAll { $0.reply === reply }
        if all[number].waiters.isEmpty { watched.remove(number) }
    }

    /// Notes the state of a run that has changed.
    fileprivate mutating func update(_ number: Int) {
        _ = unstored?.append(number)
        let activity = all[number]
        if !activity.isDeleted { activity.transitionCount += 1 }
        noteWork(number)
    }

    /// Notes whether a run keeps a worker busy.
    private mutating func noteWork(_ number: Int) {
        if all[number].holdsClock { busy.append(number) } else { busy.remove(number) }
    }

    /// Adds a run.
    mutating func append(_ activity: StandaloneActivity) {
        all.append(activity)
        numbers[activity.runID] = activity.number
        open.append(run: activity.number, order: UInt64(activity.number))
    }

    /// Notes that what there is now is stored, and what changes from now on is to be.
    mutating func keepTrackOfUnstored() {
        for activity in all { activity.isOriginStored = true }
        unstored = []
    }

    /// Runs that differ from what is stored of them, once.
    mutating func takeUnstored() -> OrderedSet<Int> {
        guard let taken = unstored, !taken.isEmpty else { return [] }
        unstored = []
        return taken
    }

    /// Notes that a run changes in this transaction.
    fileprivate mutating func touch(_ number: Int) {
        touched.append(number)
        _ = unstored?.append(number)
    }

    /// Derives what is not stored of the runs from what is.
    mutating func index() {
        for activity in all where !activity.isDeleted {
            numbers[activity.runID] = activity.number
            if !activity.isClosed { open.append(run: activity.number, order: UInt64(activity.number)) }
            noteWork(activity.number)
        }
        for activity in all.filter({ !$0.isDeleted && $0.isClosed }).sorted(by: { $0.closeOrder < $1.closeOrder }) {
            closed.append(run: activity.number, order: activity.closeOrder)
        }
    }

    /// Takes a run out of everything in which it is found.
    ///
    /// - Parameters:
    ///   - activity: The run, which has ended.
    ///   - remains: What takes its place: numbers are never used again.
    mutating func remove(_ activity: StandaloneActivity, leaving remains: StandaloneActivity) {
        activity.isDeleted = true
        numbers[activity.runID] = nil
        let key = Key(namespace: activity.namespace, activityID: activity.activityID)
        if current[key] == activity.number { current[key] = nil }
        closed.remove(order: activity.closeOrder)
        all[activity.number] = remains
        busy.remove(activity.number)
        _ = unstored?.append(activity.number)
    }
}

extension Engine {
    /// Notes that an activity has changed.
    func touch(_ activity: StandaloneActivity) {
        standaloneActivities.touch(activity.number)
    }

    /// Answers those who wait for the activities that changed in this transaction.
    ///
    /// - Returns: Whether any changed.
    func flushTouchedStandaloneActivities() -> Bool {
        let numbers = standaloneActivities.touched
        guard !numbers.isEmpty else { return false }
        standaloneActivities.touched = []
        for number in numbers {
            standaloneActivities.update(number)
            let activity = standaloneActivities.all[number]
            for waiter in activity.waiters { _ = waiter.answer(activity) }
        }
        return true
    }

    /// Brings what the end of an activity means for others.
    func standaloneActivityDidClose(_ activity: StandaloneActivity) {
        activity.closeOrder = nextNumber()
        standaloneActivities.open.remove(order: UInt64(activity.number))
        standaloneActivities.closed.append(run: activity.number, order: activity.closeOrder)
        invokeCallbacks(of: activity)
    }

    /// Lets happen what was due for a standalone activity.
    func fire(_ deadline: StandaloneActivityDeadline, of number: Int) {
        let activity = standaloneActivities.all[number]
        switch deadline {
        case .dispatch: activity.dispatch()
        case .timeout(let kind): activity.timeOut(kind)
        case .retention: delete(activity)
        }
    }

    /// Notes that no worker comes for the waiting standalone activities, so that they no longer hold the clock.
    ///
    /// - Returns: Whether there were any.
    func leaveStandaloneActivitiesUnattended() -> Bool {
        var found = false
        for number in standaloneActivities.busy {
            let activity = standaloneActivities.all[number]
            guard activity.status == .scheduled, !activity.isUnattended else { continue }
            activity.isUnattended = true
            touch(activity)
            found = true
        }
        return found
    }

    /// Lets go of the standalone activities of a worker that was lost.
    func standaloneActivitiesWereLost(identity: String) {
        for number in standaloneActivities.busy {
            let activity = standaloneActivities.all[number]
            guard activity.hasAttemptInProgress, activity.attempt.workerIdentity == identity else { continue }
            activity.isUnattended = true
            touch(activity)
        }
    }

    /// Answers those who wait in vain for standalone activities.
    func reportStalledStandaloneActivities() {
        for number in standaloneActivities.watched {
            let activity = standaloneActivities.all[number]
            let error = RPCError(code: .failedPrecondition, message: activity.stallMessage(options.workerAdvice))
            for waiter in activity.waiters { fail(waiter.reply, error) }
        }
    }

    /// Answers all who wait for standalone activities with an error.
    func failStandaloneActivityWaiters(_ error: any Error) {
        for number in standaloneActivities.watched {
            for waiter in standaloneActivities.all[number].waiters { fail(waiter.reply, error) }
        }
    }
}

extension StandaloneActivity {
    /// Tells what the activity waits for, and why that will not come.
    ///
    /// - Parameter advice: What to do where no worker polls the task queue; `nil` for starting one.
    fileprivate func stallMessage(_ advice: String?) -> String {
        let name = "Activity '\(activityID)' (run \(runID), type \(type.name))"
        let wait =
            switch status {
            case .scheduled:
                "no worker polls task queue '\(options.taskQueue.name)'. "
                    + (advice ?? "Start a worker for this task queue before waiting for the activity.")
            case .paused: "it is paused, and nobody lets it go on."
            case .started, .cancelRequested, .pauseRequested, .resetRequested:
                completesAsynchronously
                    ? "somebody has to complete it by its token or id." : "worker '\(attempt.workerIdentity)' has it."
            case .completed, .failed, .canceled, .terminated, .timedOut: "it has ended."
            }
        return "\(name) cannot go on: \(wait)"
    }
}
