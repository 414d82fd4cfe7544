import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// One run of a workflow: its history, and the state that follows from it.
///
/// Unchecked: part of an `Engine`, and confined with it to the lock of a `TestServer`.
final class Run: @unchecked Sendable {
    unowned let engine: Engine

    /// The place of the run in the engine's list.
    let number: Int

    let namespace: String
    let workflowID: String
    let runID: String

    /// What started the run, as in its first event.
    let start: APIWorkflowExecutionStartedEventAttributes

    /// The id of the request that started the run, by which a repeated start is recognized.
    let requestID: String

    let startTime: Moment
    let userMetadata: APIUserMetadata?

    /// When the first workflow task is due.
    let executionTime: Moment

    /// When the whole chain of runs times out.
    let executionExpiration: Moment?

    var events: [APIHistoryEvent] = []

    /// How many events those who listen have been told of, or were not to be told of.
    var announcedEvents = 0

    /// How many events have been measured for ``historySize``, and what they take together.
    var sizedEvents = 0
    var sizeOfSizedEvents: Int64 = 0

    /// Whether events waited in the buffer when the workflow task that is being processed was completed.
    var hadBufferedEvents = false

    /// Whether the commands of a workflow task are being processed: what happens because of them follows them all.
    var isProcessingCommands = false

    /// Events that came while a workflow task was started. They enter the history when it ends.
    var bufferedEvents: [APIHistoryEvent] = [] { didSet { propertiesChanged() } }

    var status = APIWorkflowExecutionStatus.running { didSet { stateChanged() } }
    var closeTime: Moment? { didSet { stateChanged() } }

    /// The place of the run among all that have ended; 0 while it is open.
    var closeOrder: UInt64 = 0 { didSet { stateChanged() } }

    var workflowTask: WorkflowTask? { didSet { stateChanged() } }

    /// The attempt that the next workflow task will be.
    var workflowTaskAttempt: Int32 = 1 { didSet { stateChanged() } }

    /// Whether the first workflow task waits for a back-off: cron, retry or a start delay.
    var isBackingOff = false { didSet { stateChanged() } }

    /// Whether workflow tasks wait for something that is done to a new run in the same step.
    var isHeldBack = false

    /// The last workflow task that was completed, by its started event; 0 before the first.
    var previousStartedEventID: Int64 = 0 { didSet { stateChanged() } }

    /// Where the run's workflow tasks go first, and for how long.
    var sticky: StickyQueue? { didSet { stateChanged() } }

    /// Pending activities by the id of their scheduled event.
    var activities: Table<Int64, Activity> = [:] { didSet { engine.noteChange(of: self) } }

    /// The scheduled event of each pending activity by its activity id.
    var activityEventIDs: [String: Int64] = [:]

    /// Pending timers by their id.
    var timers: Table<String, UserTimer> = [:] { didSet { engine.noteChange(of: self) } }

    /// The id of each pending timer by its started event.
    var timerIDs: [Int64: String] = [:]

    /// Children that were initiated and have not ended, by their initiated event.
    var children: Table<Int64, Child> = [:] { didSet { engine.noteChange(of: self) } }

    /// Nexus operations that have not ended, by their scheduled event.
    var nexusOperations: Table<Int64, NexusOperation> = [:] { didSet { engine.noteChange(of: self) } }

    /// Whom the end of the run is told.
    var callbacks: [CompletionCallback] = [] { didSet { stateChanged() } }

    /// The starts that found this run and added something to it.
    var attachedRequestIDs: Table<String, Presence> = [:] { didSet { engine.noteChange(of: self) } }

    /// Updates that have not completed, and the outcomes of those that have.
    var updates: Table<String, Update> = [:] { didSet { engine.noteChange(of: self) } }

    /// Who started the run as a child.
    var parent: ParentLink?

    var isCancelRequested = false { didSet { stateChanged() } }

    /// The ids of the requests that sent signals, by which a repeated one is recognized.
    var signalRequestIDs: Table<String, Presence> = [:] { didSet { engine.noteChange(of: self) } }

    /// How many signals the run was sent.
    var signalCount = 0 { didSet { stateChanged() } }

    var memo: APIMemo { didSet { propertiesChanged() } }
    var searchAttributes: APISearchAttributes {
        didSet {
            readSearchValues = [:]
            propertiesChanged()
        }
    }

    /// The values of search attributes that a filter has asked for, by name; an absent value is noted as `nil`.
    var readSearchValues: [String: SearchValue?] = [:]

    /// How many transactions have added to the history of the run.
    var stateTransitionCount: Int64 = 0 { didSet { stateChanged() } }

    /// Which version of the workers the run is on.
    var versioning: RunVersioning { didSet { stateChanged() } }

    /// The builds and versions that the run was on.
    var versionMarks = VersionMarks() { didSet { stateChanged() } }

    /// The version that counts the run among those that are pinned to it.
    var pinnedVersion: WorkerDeploymentVersion? { didSet { stateChanged() } }

    /// Who holds the run; `nil` if nobody does.
    var pause: WorkflowPause? { didSet { stateChanged() } }

    /// The priority of the run's tasks.
    var priority: APIPriority? { didSet { stateChanged() } }

    /// The numbers of events after which a transaction of the service ended, in their order.
    var transactionEnds: [Int] = []

    /// Whether a reset ended the run. Its children go on, and its parent hears nothing.
    var wasReset = false { didSet { stateChanged() } }

    /// The run that a reset of this one has made last.
    var resetTo: Int? { didSet { stateChanged() } }

    /// The run whose history this one begins with.
    var resetFrom: Int? { didSet { stateChanged() } }

    /// When the first run of a chain of resets was started.
    var originalStartTime: Moment { didSet { stateChanged() } }

    /// Whether the run was deleted. Others that still refer to it find this.
    var isDeleted = false

    /// How far the run has been written to the store of the service.
    var stored = StoredMarks()

    /// Queries that wait for a workflow task to carry them, in the order in which they came.
    var bufferedQueries: [UInt64] = []

    /// Queries that the started workflow task carries.
    var attachedQueries: [UInt64] = []

    var historyWaiters: [HistoryWaiter] = []

    /// When the worker last told whether it only waits, in its own count.
    var idleStamp: UInt64 = 0

    /// What the commands ask of other runs, done when the whole workflow task is processed.
    var externalActions: [ExternalAction] = []

    /// Whether something happened while commands were processed that the workflow has to hear of.
    var needsWorkflowTask = false

    /// Activities of the workflow task that is being processed, to be given to their task queues at its end.
    var activitiesToDispatch: [Int64] = []

    /// Those of them that the worker which completes the task wants at once.
    var eagerActivities: Set<Int64> = []

    init(_ new: NewRun, engine: Engine, number: Int, now: Moment) {
        self.engine = engine
        self.number = number
        namespace = new.namespace
        workflowID = new.start.workflowID
        runID = new.runID
        start = new.start
        requestID = new.requestID
        startTime = now
        originalStartTime = now
        executionTime = now + Span(new.start.firstWorkflowTaskBackoff)
        executionExpiration = new.executionExpiration
        userMetadata = new.userMetadata
        memo = new.start.memo
        searchAttributes = new.start.searchAttributes
        versioning = RunVersioning(new.start)
        priority = new.start.hasPriority ? new.start.priority : nil
        parent = new.parent
        callbacks = new.start.completionCallbacks.map {
            CompletionCallback(callback: $0, requestID: new.requestID, registrationTime: now)
        }
    }

    /// Makes what stands for all runs that were deleted.
    init(deletedFrom engine: Engine) {
        self.engine = engine
        number = -1
        namespace = ""
        workflowID = ""
        runID = ""
        start = .init()
        requestID = ""
        startTime = Moment(nanoseconds: 0)
        userMetadata = nil
        executionTime = startTime
        executionExpiration = nil
        originalStartTime = startTime
        memo = .init()
        searchAttributes = .init()
        versioning = .init()
        status = .terminated
        isDeleted = true
    }

    private func stateChanged() {
        stored.hasNewState = true
        engine.noteChange(of: self)
    }

    private func propertiesChanged() {
        stored.hasNewProperties = true
        engine.noteChange(of: self)
    }

    /// Whether the run has not ended.
    var isOpen: Bool { status == .running || status == .paused }

    /// The workflow id and run id.
    var execution: APIWorkflowExecution {
        .with {
            $0.workflowID = workflowID
            $0.runID = runID
        }
    }

    /// The id that the next event of the history will have.
    var nextEventID: Int64 { Int64(events.count) + 1 }

    /// Whether a worker has the run's workflow task.
    var hasStartedWorkflowTask: Bool { (workflowTask?.startedEventID ?? 0) != 0 }

    /// The task queue that workflow tasks go to now.
    var currentTaskQueue: APITaskQueue {
        .with {
            if let sticky {
                $0.name = sticky.name
                $0.kind = .sticky
                $0.normalName = start.taskQueue.name
            } else {
                $0.name = start.taskQueue.name
                $0.kind = .normal
            }
        }
    }

    /// Whether a worker is at work for this run, or is about to be: time must not jump meanwhile.
    ///
    /// A workflow task counts from its scheduling to its end. An activity counts while a worker can take it or has it;
    /// neither in its back-off, nor once its worker said that somebody else will complete it. A request to a Nexus handler
    /// counts until it is answered.
    var holdsClock: Bool { holdsClock(besides: []) }

    /// Whether time must not jump because of this run, even if certain tasks were not there.
    ///
    /// - Parameter stamps: The stamps of these tasks.
    func holdsClock(besides stamps: Set<UInt64>) -> Bool {
        guard isOpen else { return false }
        if let workflowTask, !workflowTask.isUnattended, !stamps.contains(workflowTask.stamp) { return true }
        return activities.values.contains { $0.holdsClock && ($0.isStarted || !isPaused) && !stamps.contains($0.stamp) }
            || nexusOperations.values.contains { engine.holdsClock($0) }
    }
}

/// What a new run is made of.
struct NewRun: Codable, Sendable {
    var namespace: String
    var runID: String
    var start: APIWorkflowExecutionStartedEventAttributes
    var requestID: String
    var executionExpiration: Moment?
    var userMetadata: APIUserMetadata?

    /// What the first event refers to.
    var links: [APILink] = []

    var parent: ParentLink?

    private enum CodingKeys: CodingKey {
        case namespace, runID, start, requestID, executionExpiration, userMetadata, parent
    }
}

/// Where the workflow tasks of a run go first.
struct StickyQueue: Codable, Sendable {
    let name: String

    /// How long a task waits there before it goes to the ordinary task queue.
    let timeout: Span
}

/// A started timer of a workflow.
struct UserTimer: Codable, Sendable {
    let startedEventID: Int64
    let firesAt: Moment
}

/// A call that follows a history.
struct HistoryWaiter {
    let reply: ParkedReply

    /// Answers if the history has what the call waits for. Returns whether it was answered.
    let answer: (Run) -> Bool
}
