/// One start of a child workflow, with everything encoded.
package struct ChildWorkflowCall: Sendable {
    /// The id; `nil` for one that the run makes.
    package var workflowID: String?
    package var workflowType: String
    package var input: [Payload]
    package var taskQueue: String?
    package var executionTimeout: Duration?
    package var runTimeout: Duration?
    package var taskTimeout: Duration?
    package var idReusePolicy: WorkflowIDReusePolicy
    package var retryPolicy: RetryPolicy?
    package var cronSchedule: String?
    package var parentClosePolicy: ParentClosePolicy
    package var cancellation: ChildWorkflowCancellationType
    package var memo: [String: Payload]
    package var searchAttributes: SearchAttributes
    package var priority: Priority?
    package var versioningOverride: VersioningOverride?
    package var summary: Payload?
    package var details: Payload?
    package var headers: [String: Payload] = [:]

    init(type: String, input: [Payload], options: ChildWorkflowOptions, converter: PayloadConverter) throws {
        self.workflowID = options.id
        self.workflowType = type
        self.input = input
        self.taskQueue = options.taskQueue
        self.executionTimeout = options.executionTimeout
        self.runTimeout = options.runTimeout
        self.taskTimeout = options.taskTimeout
        self.idReusePolicy = options.idReusePolicy
        self.retryPolicy = options.retryPolicy
        self.cronSchedule = options.cronSchedule
        self.parentClosePolicy = options.parentClosePolicy
        self.cancellation = options.cancellation
        self.memo = try options.memo.mapValues { try converter.encode($0) }
        self.searchAttributes = options.searchAttributes
        self.priority = options.priority
        self.versioningOverride = options.versioningOverride
        self.summary = try options.staticSummary.map { try converter.encode($0) }
        self.details = try options.staticDetails.map { try converter.encode($0) }
    }
}

/// What a run knows of one child. The run and the handles to the child share it.
///
/// Unchecked, for the reason of its superclass.
package final class ChildWorkflowExecution: LongOperation, @unchecked Sendable {
    /// The id of the child; empty before its start was asked for.
    package var workflowID = ""

    /// The first run of the child; empty before it has started.
    package var runID = ""

    package override init() {}
}

/// One signal to another workflow, with everything encoded.
package struct ExternalSignalCall: Sendable {
    package var target: ExternalTarget
    package var name: String
    package var input: [Payload]
    package var headers: [String: Payload] = [:]
}

/// One request to another workflow to stop.
package struct ExternalCancelCall: Sendable {
    package var target: ExternalTarget
    package var reason: String
}

/// A workflow other than the one whose code runs.
package struct ExternalTarget: Sendable, Hashable {
    package var workflowID: String
    /// A certain run; `nil` for the current one.
    package var runID: String?
    /// Whether it must be a child of the run.
    package var isChild: Bool

    package init(workflowID: String, runID: String?, isChild: Bool) {
        self.workflowID = workflowID
        self.runID = runID
        self.isChild = isChild
    }
}
