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
    /// Values that were attached to the workflow when it was started.
    public var memo: [String: Payload]
    /// The headers of the start.
    public var headers: [String: Payload]
    /// The result of the last successful run of a cron workflow; empty if there is none.
    public var lastCompletionResult: [Payload]
    /// The error of the last run, for a retry or a cron run that follows a failure.
    public var lastFailure: (any TemporalError)?

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
        memo: [String: Payload],
        headers: [String: Payload],
        lastCompletionResult: [Payload],
        lastFailure: (any TemporalError)?
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
        self.memo = memo
        self.headers = headers
        self.lastCompletionResult = lastCompletionResult
        self.lastFailure = lastFailure
    }
}
