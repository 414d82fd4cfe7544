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

    /// Whether the code runs over events that it has already produced.
    var isReplaying: Bool { get }

    /// Encodes and decodes values.
    var converter: PayloadConverter { get }

    /// Logs, silent on replay.
    var logger: Logger { get }

    /// The next number of the run's deterministic generator.
    func random() throws -> UInt64

    /// Starts an operation and returns its number.
    ///
    /// - Throws: `CancellationError` if the task is cancelled, ``WorkflowMisuse`` in a query handler or outside of the
    ///   run's tasks, ``WorkflowEvicted`` while the run is evicted.
    func begin(_ operation: WorkflowOperation) throws -> Int

    /// Keeps what waits for the end of an operation.
    func wait(for operation: Int, _ continuation: UnsafeContinuation<[Payload], any Error>)

    /// Asks for an operation to be cancelled. The operation may have ended.
    func cancel(_ operation: Int)
}

/// Something that workflow code waits for.
package enum WorkflowOperation: Sendable {
    /// A timer.
    case timer(Duration, summary: String?)

    /// An activity.
    case activity(ActivityCall)

    /// A condition, with the time after which waiting for it ends.
    case condition(WorkflowCondition, timeout: Duration?)
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

    package init(now: Date, historyLength: Int = 0, historySize: Int = 0, isContinueAsNewSuggested: Bool = false) {
        self.now = now
        self.historyLength = historyLength
        self.historySize = historySize
        self.isContinueAsNewSuggested = isContinueAsNewSuggested
    }
}

/// How a workflow asks to be continued by a new run.
///
/// It is an error so that it ends `run` from wherever it is thrown. Made by ``WorkflowContext/continueAsNew(_:_:taskQueue:runTimeout:taskTimeout:retryPolicy:memo:)``.
package struct ContinueAsNewRequest: Error, Sendable {
    package var workflowType: String
    package var input: [Payload]
    package var taskQueue: String?
    package var runTimeout: Duration?
    package var taskTimeout: Duration?
    package var retryPolicy: RetryPolicy?
    package var memo: [String: Payload]?
}

/// The run is being removed from memory. Nothing that workflow code does after this is recorded.
package struct WorkflowEvicted: Error, Sendable {
    package init() {}
}
