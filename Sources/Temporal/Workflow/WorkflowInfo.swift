public import Foundation

/// What is known of a workflow run from its start on.
public struct WorkflowInfo: Sendable {
    /// The namespace of the run.
    public var namespace: String
    /// The id that the workflow was started with.
    public var workflowID: String
    /// The id of this run.
    public var runID: String
    /// The first run of the chain of runs that retries, cron and continue-as-new make.
    public var firstRunID: String
    /// The run that this one continues; `nil` for a first run.
    public var continuedRunID: String?
    /// The name of the workflow type.
    public var workflowType: String
    /// The task queue of the run.
    public var taskQueue: String
    /// The number of this attempt, from 1.
    public var attempt: Int
    /// When the run was started.
    public var startTime: Date
    /// How long the whole chain of runs may take; `nil` for no limit.
    public var executionTimeout: Duration?
    /// How long this run may take; `nil` for no limit.
    public var runTimeout: Duration?
    /// How long one workflow task may take.
    public var taskTimeout: Duration
    /// The retry policy of the workflow; `nil` if it is not retried.
    public var retryPolicy: RetryPolicy?
    /// The cron schedule of the workflow; `nil` if it has none.
    public var cronSchedule: String?
    /// The parent of a child workflow; `nil` for a root.
    public var parent: Execution?
    /// The workflow at the top of the tree of children that the run belongs to; the run itself where it has no parent.
    public var root: Execution
    /// Why the run was made; `nil` if by a start, as the first of its chain.
    public var continuation: Continuation?
    /// The id that the run was created with. It differs from ``runID`` after a reset of the workflow.
    public var originalRunID: String
    /// When the whole chain of runs times out; `nil` for no limit.
    public var executionDeadline: Date?
    /// How long the first workflow task of the run waited: for a retry, a cron schedule, or a start that was delayed.
    public var firstTaskBackoff: Duration
    /// In which order tasks of the run are handed out; `nil` for the server's default.
    public var priority: Priority?
    /// Who started the run: the identity of a client, empty for a run that the service made.
    public var starterIdentity: String
    /// Values that were attached to the workflow when it was started.
    public var memo: [String: Payload]
    /// The values that the workflow was started with, to be found by.
    public var searchAttributes: SearchAttributes
    /// The headers of the start.
    public var headers: [String: Payload]
    /// The result of the last successful run of a cron workflow; empty if there is none.
    public var lastCompletionResult: [Payload]
    /// The error of the last run, for a retry or a cron run that follows a failure.
    public var lastFailure: (any TemporalError)?
    /// The line for people that the workflow was started with.
    public var staticSummary: String?
    /// The lines for people that the workflow was started with.
    public var staticDetails: String?

    /// Why a run follows another.
    public struct Continuation: Sendable, Hashable {
        package enum Kind: Sendable, Hashable { case continueAsNew, retry, cron }

        package let kind: Kind

        /// The run before it continued as new.
        public static let continueAsNew = Continuation(kind: .continueAsNew)
        /// The run before it failed or timed out, and is tried again.
        public static let retry = Continuation(kind: .retry)
        /// It is due by the workflow's cron schedule.
        public static let cron = Continuation(kind: .cron)
    }

    /// Names one run of one workflow.
    public struct Execution: Sendable, Hashable {
        /// The namespace of the run.
        public var namespace: String
        /// The id of the workflow.
        public var workflowID: String
        /// The id of the run.
        public var runID: String

        package init(namespace: String, workflowID: String, runID: String) {
            self.namespace = namespace
            self.workflowID = workflowID
            self.runID = runID
        }
    }

    package init(
        namespace: String,
        workflowID: String,
        runID: String,
        firstRunID: String,
        continuedRunID: String?,
        workflowType: String,
        taskQueue: String,
        attempt: Int,
        startTime: Date,
        executionTimeout: Duration?,
        runTimeout: Duration?,
        taskTimeout: Duration,
        retryPolicy: RetryPolicy?,
        cronSchedule: String?,
        parent: Execution?,
        root: Execution? = nil,
        continuation: Continuation? = nil,
        originalRunID: String? = nil,
        executionDeadline: Date? = nil,
        firstTaskBackoff: Duration = .zero,
        priority: Priority? = nil,
        starterIdentity: String = "",
        memo: [String: Payload],
        searchAttributes: SearchAttributes,
        headers: [String: Payload],
        lastCompletionResult: [Payload],
        lastFailure: (any TemporalError)?,
        staticSummary: String? = nil,
        staticDetails: String? = nil
    ) {
        self.namespace = namespace
        self.workflowID = workflowID
        self.runID = runID
        self.firstRunID = firstRunID
        self.continuedRunID = continuedRunID
        self.workflowType = workflowType
        self.taskQueue = taskQueue
        self.attempt = attempt
        self.startTime = startTime
        self.executionTimeout = executionTimeout
        self.runTimeout = runTimeout
        self.taskTimeout = taskTimeout
        self.retryPolicy = retryPolicy
        self.cronSchedule = cronSchedule
        self.parent = parent
        self.root = root ?? Execution(namespace: namespace, workflowID: workflowID, runID: runID)
        self.continuation = continuation
        self.originalRunID = originalRunID ?? runID
        self.executionDeadline = executionDeadline
        self.firstTaskBackoff = firstTaskBackoff
        self.priority = priority
        self.starterIdentity = starterIdentity
        self.memo = memo
        self.searchAttributes = searchAttributes
        self.headers = headers
        self.lastCompletionResult = lastCompletionResult
        self.lastFailure = lastFailure
        self.staticSummary = staticSummary
        self.staticDetails = staticDetails
    }
}
