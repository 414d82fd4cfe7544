import DequeModule
import Foundation
import OrderedCollections
import Temporal
import TemporalAPI

/// The whole state of one service. Every function is synchronous and changes only memory; what has to happen outside
/// the lock is collected as effects.
///
/// Unchecked: a `TestServer` keeps it behind its mutex, and nothing else refers to it while the lock is free.
final class Engine: @unchecked Sendable {
    let options: TestServer.Options
    let isSkipping: Bool
    var host: WeakHost?
    var ids: IdentifierSource

    /// What the clock shows. On a wall clock it follows the wall at each transaction.
    var now: Moment

    var namespaces: Table<String, Namespace> = [:]
    var runs: [Run] = []
    var runNumbers: [String: Int] = [:]
    var currentRuns: Table<WorkflowKey, Int> = [:]
    var queues: [QueueKey: TaskQueue] = [:]
    var deadlines = DeadlineQueue()
    var queries: OrderedDictionary<UInt64, PendingQuery> = [:]
    var actions: [UInt64: @Sendable () async -> Void] = [:]
    var runningActions = 0
    var pauses = 0

    /// How often the clock has jumped.
    var jumps = 0

    /// How tasks are given to workers.
    var scheduling = Scheduling.free

    /// The tasks that are kept from their workers, in the order in which they were scheduled.
    var withheldTasks: [WithheldTask] = []

    /// Sleeping callers who wait for everything to be at rest, by ticket.
    var restingSleepers: [UInt64] = []

    /// Callers whose turn comes by choice, by ticket.
    var callers: [UInt64] = []

    /// Whether a caller has been given the turn and has not begun its call yet.
    var isTurnGiven = false

    /// Where planned actions run; `nil` for anywhere.
    var executor: (any TaskExecutor)?

    /// What to do whenever the last action that was under way has ended.
    var afterActions: (@Sendable () -> Void)?

    /// Whether those who make calls have nothing to do at the moment; `nil` if nobody can tell.
    var isHostQuiet: (@Sendable () -> Bool)?

    /// Tells what the code of a run waits for, for the report of a stall.
    var explainStall: (@Sendable (TestServer.RunName) async -> String?)?

    /// Whether a child is not let start.
    var refusesChild: (@Sendable (TestServer.ChildStart) -> Bool)?

    /// What the next run of a workflow id is to have come from.
    var continuedRunIDs: [WorkflowKey: String] = [:]

    /// Sleeping callers who move a paused clock, by ticket.
    var advancing: [UInt64] = []
    var isShutDown = false

    /// Sleeping callers, by ticket.
    var sleepers: OrderedDictionary<UInt64, ParkedReply> = [:]

    /// How often clients locked time skipping, less how often they unlocked it.
    var timeLocks = 0

    /// Where the clock and the wall stood when time skipping was locked; `nil` while it is not.
    var pace: (wall: ContinuousClock.Instant, clock: Moment)?

    /// Sleeping callers who lock time skipping again when they wake, by ticket.
    var lockingSleepers: Set<UInt64> = []

    /// Calls with a time limit of their own, by ticket. Only on a wall clock.
    var expiring: [UInt64: ParkedReply] = [:]

    /// The workers that have said that they stop, by their instance keys, and when.
    var shutDownWorkers: [String: ContinuousClock.Instant] = [:]

    /// Runs with somebody waiting for their history or an update, and the number of such calls.
    var watched: [Int: Int] = [:]

    /// What operators have set for task queues.
    var taskQueueConfigs: Table<QueueKey, APITaskQueueConfig> = [:]

    /// Told of each event of each run, by ticket.
    var listeners: OrderedDictionary<UInt64, @Sendable (TestServer.RunName, APIHistoryEvent) -> Void> = [:]

    /// The last number that was given out.
    var counter: UInt64 = 0

    /// The last task id that was given out.
    var lastTaskID: Int64 = 1_048_576

    private var effects: [@Sendable () -> Void] = []

    /// Runs that have ended in this transaction, with the run that follows.
    var closedRuns: Deque<(Int, String)> = []

    /// Batch operations, in the order in which they were started.
    var batches: Table<BatchKey, BatchJob> = [:]

    /// Schedules, in the order in which they were created.
    var schedules: Table<ScheduleKey, Schedule> = [:]

    /// What batch operations that go on are done with.
    var batchTargets: Table<BatchKey, BatchTargets> = [:]

    /// The schedules that were deleted since the service began, and not made again, with the numbers of the deletions.
    var deletedSchedules: [ScheduleKey: UInt64] = [:]

    /// The workers that tell how they are doing, by namespace.
    var workerRegistries: [String: WorkerRegistry] = [:]

    /// At how many task queues those are forgotten that nobody uses any more.
    var mostQueues = 64

    /// The schedule that has started a chain of runs, by the first run's id, until the chain ends.
    var scheduledRuns: Table<String, ScheduleKey> = [:]

    /// Activities that no workflow started.
    var standaloneActivities = StandaloneActivities()

    /// Stands for all activities without a workflow that were deleted.
    lazy var deletedStandaloneActivity = StandaloneActivity(deletedFrom: self)

    /// How many times of schedules have come since a run changed: many mean that schedules no longer bring anything.
    var idleScheduleTimes = 0

    static let mostIdleScheduleTimes = 20_000

    /// The endpoints that Nexus operations are called at, by their ids, in the order in which they were made.
    var nexusEndpoints: Table<String, APINexusEndpoint> = [:]

    /// The requests to Nexus handlers that have no answer yet, by their numbers.
    var nexusTasks: OrderedDictionary<UInt64, NexusTask> = [:]

    /// The task queues that no worker came to for a request to a Nexus handler.
    var unattendedNexusQueues: Set<QueueKey> = []

    /// The Nexus operations of their own.
    var nexusExecutions = NexusExecutions()

    /// Stands in ``nexusExecutions`` for all operations that were deleted.
    lazy var deletedNexusExecution = NexusExecution(deletedFrom: self)

    /// Nexus operations of their own that differ from what is stored of them, if anybody stores it.
    var unstoredNexusExecutions: OrderedSet<Int> = []

    /// The worker deployments with their versions.
    var deployments = DeploymentBook() { didSet { hasUnstoredDeployments = true } }

    /// The routing of task queues as far as somebody has asked, and the revision of ``deployments`` that it follows from.
    var knownRoutings: (revision: UInt64, byQueue: [QueueKey: QueueRouting]) = (0, [:])

    /// Whether the worker deployments differ from what is stored of them.
    var hasUnstoredDeployments = false

    /// Task queues whose tasks may be for other workers than before, in this transaction.
    var unrouted: OrderedSet<QueueKey> = []
    /// All runs that have not ended, in the order in which they were started.
    var openRuns = RunIndex()

    /// All runs that have ended, in the order of their ends.
    var endedRuns = RunIndex()

    /// Stands in ``runs`` for all runs that were deleted.
    lazy var deletedRun = Run(deletedFrom: self)

    /// Runs that have changed since what changed was last taken; `nil` if nobody stores it.
    var unstoredRuns: OrderedSet<Int>?

    /// Runs that changed in this transaction.
    var touched: OrderedSet<Int> = []

    /// Runs that keep a worker busy. Derived from each run's state whenever it changes.
    var busy: Set<Int> = []

    /// The runs that keep a worker busy.
    var busyRuns: [Int] { busy.sorted() }

    /// Whether the code of stalled runs is being asked what it waits for.
    var isExplaining = false

    /// Counts transactions that changed something, so that the watch for stalls can tell whether all was quiet.
    var generation: UInt64 = 0

    var alarm: (at: Moment, task: Task<Void, Never>)?
    /// Whether somebody looks for a stall, as long as one is possible.
    var isWatchedForStalls = false

    /// Builds a service without namespaces.
    init(options: TestServer.Options) {
        self.options = options
        ids = IdentifierSource(seed: options.seed)
        switch options.clock.kind {
        case .wall:
            isSkipping = false
            now = Moment(Date())
        case .skipping(let start):
            isSkipping = true
            now = Moment(start ?? Date())
        }
    }

    /// Makes the namespaces and search attributes of the options, if they are not there.
    func addMissingNamespaces() {
        for name in options.namespaces {
            var namespace =
                namespaces[name] ?? Namespace(name: name, id: ids.uuid(), retention: .seconds(72 * 3600))
            for (name, type) in options.searchAttributes.sorted(by: { $0.key < $1.key })
            where namespace.searchAttributes.custom[name] == nil {
                namespace.searchAttributes.custom[name] = type
            }
            namespaces[name] = namespace
        }
    }

    // MARK: Numbers

    /// The next number of anything that needs one: tickets, stamps, queries.
    func nextNumber() -> UInt64 {
        counter += 1
        return counter
    }

    /// The next task id of a history event.
    func nextTaskID() -> Int64 {
        lastTaskID += 1
        return lastTaskID
    }

    // MARK: Effects

    /// Does something after the lock is free.
    func perform(_ effect: (@Sendable () -> Void)?) {
        if let effect { effects.append(effect) }
    }

    /// What has to happen now that the lock is about to be free.
    func takeEffects() -> [@Sendable () -> Void] {
        guard !effects.isEmpty else { return [] }
        defer { effects = [] }
        return effects
    }

    /// Tells those who listen of the events that have entered histories, once it is certain that they stay there.
    ///
    /// - Parameter runs: The runs whose histories may have new events.
    func announceEvents(of runs: some Sequence<Run>) {
        var news: [(run: Run, event: APIHistoryEvent)] = []
        for run in runs {
            if !listeners.isEmpty { news += run.events.dropFirst(run.announcedEvents).map { (run, $0) } }
            run.announcedEvents = run.events.count
        }
        // As they happened, whichever runs they are of.
        for (run, event) in news.sorted(by: { $0.event.taskID < $1.event.taskID }) {
            let name = TestServer.RunName(run)
            for listener in listeners.values { listener(name, event) }
        }
    }

    /// Notes that a run differs from what is stored of it.
    func noteChange(of run: Run) {
        _ = unstoredRuns?.append(run.number)
    }

    /// Notes that a run has changed in a way that others may wait for. One that was deleted changes no more: a worker may
    /// still have a task of it.
    func touch(_ run: Run) {
        if !run.isDeleted { touched.append(run.number) }
    }

    // MARK: Calls

    /// Starts a call that may have to wait.
    ///
    /// - Parameters:
    ///   - reply: The call.
    ///   - limit: How long it may wait on a wall clock; `nil` for as long as it takes.
    ///   - timeout: How long the caller waits; `nil` for as long as it takes.
    func admit(_ reply: ParkedReply, limit: (@Sendable (TestServer.Options) -> Duration)?, timeout: Duration?) {
        reply.ticket = nextNumber()
        guard !isShutDown else { return perform(reply.fail(Self.shutDownError)) }
        guard !isSkipping, let limit else { return }
        // A caller's deadline ends the call at its side; the answer has to be on its way before.
        let span = min(Span(limit(options)), timeout.map { Span($0) } ?? Span(nanoseconds: .max))
        expiring[reply.ticket] = reply
        deadlines.insert(.replyExpiry(ticket: reply.ticket), at: readClock() + span)
    }

    /// Gives a call its answer.
    func complete<Value>(_ reply: Reply<Value>, _ answer: Result<Value, any Error>) {
        release(reply)
        perform(reply.complete(answer))
    }

    /// Answers a call with an error.
    func fail(_ reply: ParkedReply, _ error: any Error) {
        release(reply)
        perform(reply.fail(error))
    }

    /// Takes back a call whose task was cancelled.
    func cancel(_ reply: ParkedReply) {
        guard !reply.isDone else { return }
        fail(reply, CancellationError())
    }

    /// Takes a call out of where it waits.
    func release(_ reply: ParkedReply) {
        generation += 1
        expiring[reply.ticket] = nil
        let place = reply.place
        reply.place = .nowhere
        switch place {
        case .nowhere:
            break
        case .taskQueue(let key):
            queues[key]?.pollers.removeAll { $0.reply === reply }
        case .history(let number):
            runs[number].historyWaiters.removeAll { $0.reply === reply }
            unwatch(number)
        case .update(let number, let id):
            runs[number].removeUpdateWaiter(reply, id: id)
            unwatch(number)
        case .query(let number):
            queries[number] = nil
        case .nexusExecution(let number):
            nexusExecutions.release(reply, number: number)
        case .sleep:
            sleepers[reply.ticket] = nil
            if lockingSleepers.remove(reply.ticket) != nil { lockTime() }
        case .standaloneActivity(let number):
            standaloneActivities.release(reply, number: number)
        }
    }

    /// Notes that somebody waits for a run.
    func watch(_ number: Int) {
        watched[number, default: 0] += 1
    }

    /// Notes that a call waits for another run from now on.
    func moveWaiter(_ reply: ParkedReply, of id: String, from old: Run, to new: Run) {
        unwatch(old.number)
        watch(new.number)
        reply.place = .update(run: new.number, id: id)
    }

    private func unwatch(_ number: Int) {
        guard let count = watched[number] else { return }
        if count > 1 {
            watched[number] = count - 1
        } else {
            watched[number] = nil
        }
    }

    /// What every call gets once the service was shut down.
    static var shutDownError: RPCError {
        RPCError(code: .unavailable, message: "The service has been shut down.")
    }

    /// Ends every waiting call.
    func shutdown() {
        guard !isShutDown else { return }
        isShutDown = true
        (explainStall, isHostQuiet, refusesChild, afterActions) = (nil, nil, nil, nil)
        // No time passes any more, and what was planned may refer to the service.
        actions = [:]
        alarm?.task.cancel()
        for key in queues.keys {
            for poller in queues[key]?.pollers ?? [] {
                poller.reply.place = .nowhere
                perform(poller.reply.expire())
            }
            queues[key]?.pollers.removeAll()
        }
        let error = Self.shutDownError
        for run in runs {
            for waiter in run.historyWaiters { fail(waiter.reply, error) }
            run.failUpdateWaiters(error)
        }
        failStandaloneActivityWaiters(error)
        for query in queries.values { fail(query.reply, error) }
        failNexusWaiters { _ in error }
        for sleeper in sleepers.values { fail(sleeper, error) }
    }
}
