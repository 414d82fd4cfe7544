/// How a child workflow is started. What is not said is as its parent has it, or as the server's defaults are.
public struct ChildWorkflowOptions: Sendable {
    /// The id of the child: at most one workflow of an id runs at a time in a namespace. Default: a new UUID, the same
    /// on every replay, from another generator than ``WorkflowContext/uuid()``.
    public var id: String?

    /// The task queue whose workers run the child. Default: the parent's.
    public var taskQueue: String?

    /// How long the child may take, with all its runs and retries. Default: no limit.
    public var executionTimeout: Duration?

    /// How long one run of the child may take. Default: as ``executionTimeout``.
    public var runTimeout: Duration?

    /// How long one workflow task of the child may take before another worker gets it. Default: as the parent's.
    public var taskTimeout: Duration?

    /// Whether the id may be used again after its workflow has closed. Default: always.
    public var idReusePolicy: WorkflowIDReusePolicy

    /// How the child is tried again after a failure. Default: not at all.
    public var retryPolicy: RetryPolicy?

    /// When the child runs again and again, in cron's notation, such as `0 12 * * MON-FRI`. Default: once.
    public var cronSchedule: String?

    /// What happens to the child when the parent ends first. Default: it is terminated.
    public var parentClosePolicy: ParentClosePolicy

    /// What a cancellation of a task that waits for the child means. Default: ask the child to stop, and wait for its
    /// end.
    public var cancellation: ChildWorkflowCancellationType

    /// Values that go with the child, for humans and tools. Default: none.
    public var memo: [String: any Encodable & Sendable]

    /// The values that the child is found by. Default: none.
    public var searchAttributes: SearchAttributes

    /// In which order tasks of the child are handed out. Default: as the parent's.
    public var priority: Priority?

    /// Which version of its workers the child is on, whatever its workflow says. Default: what its parent has, see
    /// <doc:WorkerVersioning>. One with an override of its own takes over nothing. Servers of version 1.27 do not know it.
    public var versioningOverride: VersioningOverride?

    /// One line on the child for the Web UI and the command line. Default: none.
    public var staticSummary: String?

    /// Several lines on the child for the Web UI and the command line. Default: none.
    public var staticDetails: String?

    /// Describes the start of a child.
    ///
    /// - Parameters:
    ///   - id: The id of the child; `nil` for a new UUID.
    ///   - taskQueue: The task queue whose workers run it; `nil` for the parent's.
    ///   - executionTimeout: How long it may take, with all its runs and retries.
    ///   - runTimeout: How long one run may take.
    ///   - taskTimeout: How long one workflow task may take.
    ///   - idReusePolicy: Whether the id may be used again after its workflow has closed.
    ///   - retryPolicy: How it is tried again after a failure.
    ///   - cronSchedule: When it runs again and again.
    ///   - parentClosePolicy: What happens to it when the parent ends first.
    ///   - cancellation: What a cancellation of a task that waits for it means.
    ///   - memo: Values that go with it.
    ///   - searchAttributes: Values that it is found by.
    ///   - priority: In which order its tasks are handed out.
    ///   - versioningOverride: Which version of its workers it is on.
    ///   - staticSummary: One line for humans.
    ///   - staticDetails: Several lines for humans.
    public init(
        id: String? = nil,
        taskQueue: String? = nil,
        executionTimeout: Duration? = nil,
        runTimeout: Duration? = nil,
        taskTimeout: Duration? = nil,
        idReusePolicy: WorkflowIDReusePolicy = .allowDuplicate,
        retryPolicy: RetryPolicy? = nil,
        cronSchedule: String? = nil,
        parentClosePolicy: ParentClosePolicy = .terminate,
        cancellation: ChildWorkflowCancellationType = .waitCancellationCompleted,
        memo: [String: any Encodable & Sendable] = [:],
        searchAttributes: SearchAttributes = [],
        priority: Priority? = nil,
        versioningOverride: VersioningOverride? = nil,
        staticSummary: String? = nil,
        staticDetails: String? = nil
    ) {
        self.id = id
        self.taskQueue = taskQueue
        self.executionTimeout = executionTimeout
        self.runTimeout = runTimeout
        self.taskTimeout = taskTimeout
        self.idReusePolicy = idReusePolicy
        self.retryPolicy = retryPolicy
        self.cronSchedule = cronSchedule
        self.parentClosePolicy = parentClosePolicy
        self.cancellation = cancellation
        self.memo = memo
        self.searchAttributes = searchAttributes
        self.priority = priority
        self.versioningOverride = versioningOverride
        self.staticSummary = staticSummary
        self.staticDetails = staticDetails
    }
}

/// What happens to a child workflow that still runs when the run of its parent ends, also by continuing as new.
public struct ParentClosePolicy: Sendable, Hashable {
    package enum Kind: Sendable, Hashable { case terminate, abandon, requestCancel }

    package let kind: Kind

    /// The child is terminated. The default.
    public static let terminate = ParentClosePolicy(kind: .terminate)

    /// The child goes on.
    public static let abandon = ParentClosePolicy(kind: .abandon)

    /// The child is asked to stop.
    public static let requestCancel = ParentClosePolicy(kind: .requestCancel)
}

/// What a cancellation of a task that waits for a child workflow means for the child.
///
/// Whatever it is, a child that was not yet told to the server when the cancellation came never starts. A child that
/// the server is about to start is asked to stop as soon as it has started.
public struct ChildWorkflowCancellationType: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case abandon, tryCancel, waitCancellationCompleted, waitCancellationRequested
    }

    package let kind: Kind

    /// Go on at once and let the child run.
    public static let abandon = ChildWorkflowCancellationType(kind: .abandon)

    /// Ask the child to stop and go on at once. The request is lost if the run ends with the same workflow task.
    public static let tryCancel = ChildWorkflowCancellationType(kind: .tryCancel)

    /// Ask the child to stop and wait until it has ended, however it ends. The default.
    public static let waitCancellationCompleted = ChildWorkflowCancellationType(kind: .waitCancellationCompleted)

    /// Ask the child to stop and wait until the request has reached it.
    public static let waitCancellationRequested = ChildWorkflowCancellationType(kind: .waitCancellationRequested)
}
