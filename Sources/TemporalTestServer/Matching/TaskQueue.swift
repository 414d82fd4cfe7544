import DequeModule
import Temporal
import TemporalAPI

/// Which task queue: its namespace, its name, and which of the kinds of tasks.
struct QueueKey: Hashable, Codable, Sendable {
    enum Kind: String, Hashable, Codable, Sendable {
        case workflow
        case activity
        case nexus
    }

    let namespace: String
    let name: String
    let kind: Kind
}

/// A task that waits for a worker. It names what it is for; whether it still counts is asked when it is handed out.
enum QueuedTask {
    case workflow(run: Int, stamp: UInt64)
    case activity(run: Int, scheduledEventID: Int64, stamp: UInt64)
    case query(number: UInt64)
    case nexus(number: UInt64)
    case standaloneActivity(number: Int, stamp: Int32)
}

/// A worker's poll that waits for a task.
enum Poller {
    case workflow(Reply<APIPollWorkflowTaskQueueResponse>, APIPollWorkflowTaskQueueRequest)
    case activity(Reply<APIPollActivityTaskQueueResponse>, APIPollActivityTaskQueueRequest)
    case nexus(Reply<APIPollNexusTaskQueueResponse>, APIPollNexusTaskQueueRequest)

    var reply: ParkedReply {
        switch self {
        case .workflow(let reply, _): reply
        case .activity(let reply, _): reply
        case .nexus(let reply, _): reply
        }
    }

    var identity: String {
        switch self {
        case .workflow(_, let request): request.identity
        case .activity(_, let request): request.identity
        case .nexus(_, let request): request.identity
        }
    }

    /// What tells the worker from all others of its identity; empty if it does not say.
    var workerInstanceKey: String {
        switch self {
        case .workflow(_, let request): request.workerInstanceKey
        case .activity(_, let request): request.workerInstanceKey
        case .nexus(_, let request): request.workerInstanceKey
        }
    }

    /// The version of the worker, whose tasks alone it gets; `nil` for a worker without one.
    var version: WorkerDeploymentVersion? {
        switch self {
        case .workflow(_, let request): request.deploymentVersion
        case .activity(_, let request): request.deploymentVersion
        case .nexus: nil
        }
    }

    /// What the worker says of its version.
    var deploymentOptions: APIWorkerDeploymentOptions? {
        switch self {
        case .workflow(_, let request): request.hasDeploymentOptions ? request.deploymentOptions : nil
        case .activity(_, let request): request.hasDeploymentOptions ? request.deploymentOptions : nil
        case .nexus: nil
        }
    }
}

/// Which workers a task in a queue is for.
enum TaskDestination: Equatable {
    /// Those of a version; `nil` for those without one.
    case version(WorkerDeploymentVersion?)

    /// The one whose queue it is in.
    case anyone

    /// None yet: its run is on the way to another version.
    case nobody

    /// The version whose workers the task is for; `nil` for those without one, for anyone and for nobody.
    var version: WorkerDeploymentVersion? {
        if case .version(let version) = self { version } else { nil }
    }

    /// Whether a worker of a version gets the task.
    func admits(_ version: WorkerDeploymentVersion?) -> Bool {
        switch self {
        case .version(let wanted): wanted == version
        case .anyone: true
        case .nobody: false
        }
    }
}

/// Tasks and polls of one task queue. No task waits here that one of the polls could take,
/// unless a limit holds it back.
///
/// Part of an `Engine`, and confined with it.
final class TaskQueue {
    var tasks = Backlog()
    var pollers = Deque<Poller>()

    /// When a worker last polled here, on the wall.
    var lastPoll = ContinuousClock.Instant.now

    /// Whether `ShutdownWorker` named this sticky queue: its worker is gone and will not come back.
    var isShutDown = false

    /// How long an identity is remembered after its last poll, as on the server.
    static let identityLifetime = Span.seconds(300)

    /// The identities that polled here, with the moment of their last poll. Some may be out of date.
    private(set) var identities: [String: Moment] = [:]

    /// What these said of their versions.
    var deploymentOptions: [String: APIWorkerDeploymentOptions] = [:]

    /// When a task for a version last came here.
    var lastTasks: [WorkerDeploymentVersion: Moment] = [:]
    /// How many tasks a second the worker that polled last takes from all workers together; `nil` for no limit.
    var workerRate: Double?

    /// The limit of the whole queue.
    var limit = DispatchLimit()

    /// The limits of the fairness keys.
    var keyLimits: [String: DispatchLimit] = [:]

    /// When the tasks that a limit holds back are looked at again.
    var wakeTime: Moment?

    /// How fast tasks come and leave.
    var meters = TaskMeters()

    /// Limits how often workers are advised to poll more.
    var advice = PollAdvice()

    /// Notes a poll, and forgets identities that have not polled for long.
    func notePoll(by identity: String, at now: Moment) {
        if identities[identity] == nil {
            let kept = recentIdentities(at: now)
            identities = kept
            deploymentOptions = deploymentOptions.filter { kept[$0.key] != nil }
        }
        identities[identity] = now
    }

    /// Forgets a worker that has gone.
    func forget(_ identity: String) {
        identities[identity] = nil
        deploymentOptions[identity] = nil
    }

    /// The identities that wait here or have polled lately, with the moment of their last poll.
    func recentIdentities(at now: Moment) -> [String: Moment] {
        let waiting = Set(pollers.map(\.identity))
        return identities.filter { now - $0.value < Self.identityLifetime || waiting.contains($0.key) }
    }

    /// Whether nothing would be lost with the queue: nothing waits in it, and nobody has polled it for long.
    func isIdle(at now: Moment, _ instant: ContinuousClock.Instant) -> Bool {
        tasks.isEmpty && pollers.isEmpty && lastTasks.isEmpty && lastPoll.duration(to: instant) > .seconds(300)
            && recentIdentities(at: now).isEmpty
    }

    /// Whether a worker can be expected to poll here soon, as the server decides it for sticky queues: one waits now, or
    /// one polled within the last ten seconds.
    func hasRecentPoller(at instant: ContinuousClock.Instant) -> Bool {
        !isShutDown && (!pollers.isEmpty || lastPoll.duration(to: instant) < .seconds(10))
    }
}
