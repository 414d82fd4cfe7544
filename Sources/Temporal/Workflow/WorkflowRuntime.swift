package import CoreMetrics
package import Foundation
package import Logging

/// The part of a workflow run that the worker provides. Everything is called on the executor of the run.
package protocol WorkflowRuntime: AnyObject, Sendable {
    /// The executor of the run's actor.
    var serialExecutor: UnownedSerialExecutor { get }

    /// The executor that the run's tasks prefer.
    var taskExecutor: any TaskExecutor { get }

    /// What is known of the run.
    var info: WorkflowInfo { get }

    /// What changes from task to task.
    var progress: WorkflowProgress { get }

    /// The search attributes as the code has set them so far.
    var searchAttributes: SearchAttributes { get }

    /// The memo as the code has set it so far.
    var memo: [String: Payload] { get }

    /// What the workflow says of itself to people, for the query of its metadata.
    var currentDetails: String { get set }

    /// Whether the code runs over events that it has already produced.
    var isReplaying: Bool { get }

    /// Encodes and decodes values.
    var converter: PayloadConverter { get }

    /// Logs, silent on replay.
    var logger: Logger { get }

    /// What stands around the code and what it asks for; the first is the outermost.
    var interceptors: [any WorkflowInterceptor] { get }

    /// Whether no signal or update handler is running.
    var allHandlersFinished: Bool { get }

    /// Whether an error that the code threw fails the workflow, and not only the task.
    func failsWorkflow(_ error: any Error) -> Bool

    /// Adds what answers a message, or puts it in the place of what answered it before.
    ///
    /// - Throws: ``WorkflowMisuse`` in a query handler, a validator, or outside of the run's tasks.
    func setHandler(_ handler: BoundHandler) throws

    /// Takes metrics, silent on replay.
    var metrics: any MetricsFactory { get }

    /// The next number of the run's deterministic generator.
    func random() throws -> UInt64

    /// Sets and takes away search attributes.
    ///
    /// - Throws: ``WorkflowMisuse`` in a query handler, outside of the run's tasks, or for an attribute that is not for
    ///   workflows to set; ``WorkflowEvicted`` while the run is evicted.
    func upsertSearchAttributes(_ updates: [SearchAttributeUpdate]) throws

    /// Sets values of the memo, and takes away those whose payload has the encoding `binary/null`.
    ///
    /// - Throws: As ``upsertSearchAttributes(_:)``.
    func upsertMemo(_ changes: [String: Payload]) throws

    /// Answers whether to take the new way of a change, and notes it in the history.
    func patched(_ id: String, isDeprecated: Bool) -> Bool

    /// An id for a child workflow. Drawing it changes nothing of what the code draws.
    func makeWorkflowID() -> String

    /// Starts an operation and returns its number.
    ///
    /// - Throws: `CancellationError` if the task is cancelled, ``WorkflowMisuse`` in a query handler or outside of the
    ///   run's tasks, ``WorkflowEvicted`` while the run is evicted.
    func begin(_ operation: WorkflowOperation) throws -> Int

    /// Keeps what waits for the end of an operation.
    func wait(for operation: Int, _ continuation: UnsafeContinuation<[Payload], any Error>)

    /// Asks for an operation to be cancelled. The operation may have ended.
    func cancel(_ operation: Int)

    /// Cancels a child workflow in the way that its options say. The child may have ended.
    ///
    /// - Parameter reason: Why, for the history of the child.
    /// - Throws: ``WorkflowMisuse`` in a query handler or outside of the run's tasks, ``WorkflowEvicted`` while the run
    ///   is evicted.
    func cancelChild(_ child: ChildWorkflowExecution, reason: String) throws

    /// Cancels a Nexus operation in the way that its options say. It may have ended.
    ///
    /// - Throws: As ``cancelChild(_:reason:)``.
    func cancelOperation(_ operation: NexusOperationExecution) throws
}

extension WorkflowRuntime {
    package var interceptors: [any WorkflowInterceptor] { [] }

    package func failsWorkflow(_ error: any Error) -> Bool { error is any TemporalError || error is CancellationError }
}

/// Something that workflow code waits for.
package enum WorkflowOperation: Sendable {
    /// A timer.
    case timer(Duration, summary: String?)

    /// An activity.
    case activity(ActivityCall)

    /// A local activity.
    case localActivity(LocalActivityCall)

    /// A condition, with the time after which waiting for it ends, and a line on that.
    case condition(WorkflowCondition, timeout: Duration?, summary: String?)

    /// The start of a child workflow, and what is known of the child from then on.
    case startChild(ChildWorkflowCall, ChildWorkflowExecution)

    /// The end of a child workflow that has started.
    case childResult(ChildWorkflowExecution)

    /// The start of a Nexus operation, and what is known of it from then on.
    case startNexus(NexusOperationCall, NexusOperationExecution)

    /// The end of a Nexus operation that has started.
    case nexusResult(NexusOperationExecution)

    /// A signal to another workflow.
    case signalExternal(ExternalSignalCall)

    /// A request to another workflow to stop.
    case cancelExternal(ExternalCancelCall)
}

/// A condition of workflow code.
///
/// Unchecked, because the closure reads the state of the workflow's actor: it is made on the actor, and called and
/// released on the actor's executor only.
package struct WorkflowCondition: @unchecked Sendable {
    /// Whether the condition holds.
    package let holds: () -> Bool
}

/// One call of an activity.
package struct ActivityCall: Sendable {
    package var name: String
    package var input: [Payload]
    package var activityID: String?
    package var taskQueue: String?
    package var scheduleToCloseTimeout: Duration?
    package var scheduleToStartTimeout: Duration?
    package var startToCloseTimeout: Duration?
    package var heartbeatTimeout: Duration?
    package var retryPolicy: RetryPolicy?
    package var cancellation: ActivityCancellationType
    package var priority: Priority?
    package var summary: String?
    package var isEager: Bool
    package var headers: [String: Payload] = [:]
}

/// What changes from one workflow task to the next.
package struct WorkflowProgress: Sendable, Hashable {
    /// The time of the current workflow task.
    package var now: Date
    /// The number of events up to now.
    package var historyLength: Int
    /// The size of the history in bytes, as the server counts it.
    package var historySize: Int
    /// Whether the server suggests to continue as new.
    package var isContinueAsNewSuggested: Bool
    /// Why it does.
    package var continueAsNewReasons: [ContinueAsNewReason] = []
    /// The version of the workers that the task is, or was, worked on by; `nil` for workers without one.
    package var deploymentVersion: WorkerDeploymentVersion?
    /// Whether another version is now meant for the run than the one that it is pinned to.
    package var isTargetDeploymentVersionChanged = false

    package init(now: Date, historyLength: Int = 0, historySize: Int = 0, isContinueAsNewSuggested: Bool = false) {
        self.now = now
        self.historyLength = historyLength
        self.historySize = historySize
        self.isContinueAsNewSuggested = isContinueAsNewSuggested
    }
}

/// The run is being removed from memory. Nothing that workflow code does after this is recorded.
package struct WorkflowEvicted: Error, Sendable {
    package init() {}
}
