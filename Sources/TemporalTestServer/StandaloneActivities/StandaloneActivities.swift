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
    var current: [Key: Int] = [:]

    /// All runs that have ended, in the order of their ends.
    var closed: [Int] = []

    /// Runs that changed in this transaction.
    fileprivate var touched: OrderedSet<Int> = []

    /// Runs that keep a worker busy. Derived from each run's state whenever it changes.
    private(set) var busy: OrderedSet<Int> = []

    /// Runs with somebody who waits for them.
    private(set) var watched: OrderedSet<Int> = []

    /// An activity id in its namespace.
    struct Key: Hashable {
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
    fileprivate mutating func update(_ activity: StandaloneActivity) {
        activity.transitionCount += 1
        if activity.holdsClock {
            busy.append(activity.number)
        } else {
            busy.remove(activity.number)
        }
    }
}

extension Engine {
    /// Notes that an activity has changed.
    func touch(_ activity: StandaloneActivity) {
        standaloneActivities.touched.append(activity.number)
    }

    /// Answers those who wait for the activities that changed in this transaction.
    ///
    /// - Returns: Whether any changed.
    func flushTouchedStandaloneActivities() -> Bool {
        let numbers = standaloneActivities.touched
        guard !numbers.isEmpty else { return false }
        standaloneActivities.touched = []
        for number in numbers {
            let activity = standaloneActivities.all[number]
            standaloneActivities.update(activity)
            for waiter in activity.waiters { _ = waiter.answer(activity) }
        }
        return true
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
            let error = RPCError(code: .failedPrecondition, message: activity.stallMessage)
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
    fileprivate var stallMessage: String {
        let name = "Activity '\(activityID)' (run \(runID), type \(type.name))"
        let wait =
            switch status {
            case .scheduled:
                "no worker polls task queue '\(options.taskQueue.name)'. Start a worker for this task queue before waiting "
                    + "for the activity."
            case .paused: "it is paused, and nobody lets it go on."
            case .started, .cancelRequested, .pauseRequested, .resetRequested:
                completesAsynchronously
                    ? "somebody has to complete it by its token or id." : "worker '\(attempt.workerIdentity)' has it."
            case .completed, .failed, .canceled, .terminated, .timedOut: "it has ended."
            }
        return "\(name) cannot go on: \(wait)"
    }
}
