public import Temporal

/// How a workflow is started.
public struct WorkflowOptions: Sendable {
    /// The id of the workflow: at most one workflow of an id runs at a time in a namespace.
    public var id: String

    /// The task queue whose workers run the workflow.
    public var taskQueue: String

    /// How long the workflow may take, with all its runs and retries. Default: no limit.
    public var executionTimeout: Duration?

    /// How long one run may take. Default: as ``executionTimeout``.
    public var runTimeout: Duration?

    /// How long one workflow task may take before another worker gets it. Default: 10 s.
    public var taskTimeout: Duration?

    /// Whether the id may be used again after its workflow has closed. Default: always.
    public var idReusePolicy: WorkflowIDReusePolicy

    /// What happens if a workflow of the id runs. Default: the start fails.
    public var idConflictPolicy: WorkflowIDConflictPolicy

    /// How a failed workflow is tried again. Default: not at all.
    public var retryPolicy: RetryPolicy?

    /// When the workflow runs again and again, in cron's notation, such as `0 12 * * MON-FRI`. Default: once.
    public var cronSchedule: String?

    /// How long the first workflow task waits. Not with ``cronSchedule``. Default: not at all.
    public var startDelay: Duration?

    /// Values that go with the workflow, for humans and tools. Default: none.
    public var memo: [String: any Encodable & Sendable]

    /// Values that the workflow is found by. Default: none.
    public var searchAttributes: SearchAttributes

    /// In which order tasks of the workflow are handed out. Default: the server's.
    public var priority: Priority?

    /// One line on this workflow for the Web UI and the command line. Default: none.
    public var staticSummary: String?

    /// Several lines on this workflow for the Web UI and the command line. Default: none.
    public var staticDetails: String?

    /// What the workflow has to do with, for its first event. Default: nothing.
    public var links: [HistoryLink] = []

    /// What a workflow that runs already is handed by a start with the conflict policy
    /// ``WorkflowIDConflictPolicy/useExisting``. Servers before 1.27 hand over nothing. Default: nothing.
    public var conflictOptions: WorkflowConflictOptions?

    /// The id of the request, which makes a start repeatable beyond this call: a second one with the same id, of this
    /// process or another, finds the workflow in place of an error. Default: a new id for each start.
    public var requestID: String?

    /// Which version of its workers the workflow is to be on, whatever its behaviour says. Default: by its behaviour.
    public var versioningOverride: VersioningOverride?

    /// Whether the service may hand the first task straight to a worker of this client, if one has a free slot, which
    /// saves a round trip. Default: false.
    public var requestsEagerStart = false

    /// Describes a start.
    ///
    /// - Parameters:
    ///   - id: The id of the workflow.
    ///   - taskQueue: The task queue whose workers run it.
    ///   - executionTimeout: How long it may take, with all its runs and retries.
    ///   - runTimeout: How long one run may take.
    ///   - taskTimeout: How long one workflow task may take.
    ///   - idReusePolicy: Whether the id may be used again after its workflow has closed.
    ///   - idConflictPolicy: What happens if a workflow of the id runs.
    ///   - retryPolicy: How a failed workflow is tried again.
    ///   - cronSchedule: When it runs again and again.
    ///   - startDelay: How long the first workflow task waits.
    ///   - memo: Values that go with it.
    ///   - searchAttributes: Values that it is found by.
    ///   - priority: In which order its tasks are handed out.
    ///   - staticSummary: One line for humans.
    ///   - staticDetails: Several lines for humans.
    public init(
        id: String,
        taskQueue: String,
        executionTimeout: Duration? = nil,
        runTimeout: Duration? = nil,
        taskTimeout: Duration? = nil,
        idReusePolicy: WorkflowIDReusePolicy = .allowDuplicate,
        idConflictPolicy: WorkflowIDConflictPolicy = .fail,
        retryPolicy: RetryPolicy? = nil,
        cronSchedule: String? = nil,
        startDelay: Duration? = nil,
        memo: [String: any Encodable & Sendable] = [:],
        searchAttributes: SearchAttributes = [],
        priority: Priority? = nil,
        staticSummary: String? = nil,
        staticDetails: String? = nil
    ) {
        self.id = id
        self.taskQueue = taskQueue
        self.executionTimeout = executionTimeout
        self.runTimeout = runTimeout
        self.taskTimeout = taskTimeout
        self.idReusePolicy = idReusePolicy
        self.idConflictPolicy = idConflictPolicy
        self.retryPolicy = retryPolicy
        self.cronSchedule = cronSchedule
        self.startDelay = startDelay
        self.memo = memo
        self.searchAttributes = searchAttributes
        self.priority = priority
        self.staticSummary = staticSummary
        self.staticDetails = staticDetails
    }
}
