import SwiftProtobuf
import Temporal
import TemporalAPI

/// The server's rules of what may be started, and what a workflow id that is in use means for a start.
enum StartRules {
    /// What a start does when there is a run with its workflow id.
    enum Decision: Equatable {
        case start
        case useExisting
        case terminateExisting
        case refuse(message: String)
    }

    /// Checks the workflow that a schedule is to start.
    ///
    /// - Throws: `INVALID_ARGUMENT` with the server's words.
    static func check(scheduled start: APIWorkflowNewWorkflowExecutionInfo) throws {
        func require(_ condition: Bool, _ message: String) throws {
            guard condition else { throw ServiceError.invalid(message) }
        }
        try require(!start.workflowType.name.isEmpty, "WorkflowType is not set on request.")
        try TaskQueueRules.check(start.hasTaskQueue ? start.taskQueue : nil)
        try check([
            ("WorkflowExecutionTimeoutSeconds", start.workflowExecutionTimeout),
            ("WorkflowRunTimeoutSeconds", start.workflowRunTimeout),
            ("WorkflowTaskTimeoutSeconds", start.workflowTaskTimeout),
        ])
        try require(start.cronSchedule.isEmpty, "Scheduled workflow must not contain CronSchedule")
        try require(
            start.workflowIDReusePolicy == .unspecified || start.workflowIDReusePolicy == .allowDuplicate,
            "Scheduled workflow must not contain WorkflowIDReusePolicy"
        )
    }

    private static func check(_ limits: [(name: String, limit: Google_Protobuf_Duration)]) throws {
        for (name, limit) in limits {
            guard let problem = limit.problem else { continue }
            throw ServiceError.invalid("An invalid \(name) is set on request. cause: \(problem)")
        }
    }

    /// Checks a request.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - now: When it has come: a cron schedule needs a time after that.
    /// - Throws: `INVALID_ARGUMENT` with the server's words.
    static func check(_ request: APIStartWorkflowExecutionRequest, at now: Moment) throws {
        func require(_ condition: Bool, _ message: String) throws {
            guard condition else { throw ServiceError.invalid(message) }
        }
        try require(!request.workflowID.isEmpty, "WorkflowId is not set on request.")
        try require(request.workflowID.utf8.count <= 1000, "WorkflowId length exceeds limit.")
        try require(!request.workflowType.name.isEmpty, "WorkflowType is not set on request.")
        try require(request.workflowType.name.utf8.count <= 1000, "WorkflowType length exceeds limit.")
        try TaskQueueRules.check(request.hasTaskQueue ? request.taskQueue : nil)
        try Limits.check(request.requestID, "RequestId")
        if let problem = Limits.problem(with: request.priority) { throw ServiceError.invalid(problem) }
        try check([
            ("WorkflowExecutionTimeoutSeconds", request.workflowExecutionTimeout),
            ("WorkflowRunTimeoutSeconds", request.workflowRunTimeout),
            ("WorkflowTaskTimeoutSeconds", request.workflowTaskTimeout),
            ("WorkflowStartDelay", request.workflowStartDelay),
        ])
        if request.hasRetryPolicy,
            let problem = RetryRules.problem(with: RetryRules.withDefaults(request.retryPolicy))
        {
            throw ServiceError.invalid(problem)
        }
        if !request.cronSchedule.isEmpty {
            if let problem = CronSchedule.problem(with: request.cronSchedule, at: now) {
                throw ServiceError.invalid(problem)
            }
            try require(
                Span(request.workflowStartDelay) == .zero,
                "CronSchedule and WorkflowStartDelay may not be used together."
            )
        }
        let conflict = request.workflowIDConflictPolicy
        try require(
            request.workflowIDReusePolicy != .terminateIfRunning || conflict == .unspecified,
            "Invalid WorkflowIDReusePolicy: WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING cannot be used together with "
                + "a WorkflowIDConflictPolicy."
        )
        try require(
            request.workflowIDReusePolicy != .rejectDuplicate || conflict != .terminateExisting,
            "Invalid WorkflowIDReusePolicy: WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE cannot be used together with "
                + "WorkflowIdConflictPolicy WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING"
        )
    }

    /// Decides by the policies of a request and the state of the current run.
    static func decide(_ request: APIStartWorkflowExecutionRequest, current: Run) -> Decision {
        let place = "WorkflowId: \(current.workflowID), RunId: \(current.runID)."
        if current.isOpen {
            if request.workflowIDReusePolicy == .terminateIfRunning { return .terminateExisting }
            switch request.workflowIDConflictPolicy {
            case .useExisting: return .useExisting
            case .terminateExisting: return .terminateExisting
            case .unspecified, .fail, .UNRECOGNIZED:
                return .refuse(message: "Workflow execution is already running. \(place)")
            }
        }
        switch request.workflowIDReusePolicy {
        case .unspecified, .allowDuplicate, .terminateIfRunning, .UNRECOGNIZED:
            return .start
        case .allowDuplicateFailedOnly:
            switch current.status {
            case .failed, .canceled, .terminated, .timedOut: return .start
            default:
                return .refuse(
                    message: "Workflow execution already finished successfully. \(place) Workflow Id reuse policy: "
                        + "allow duplicate workflow Id if last run failed."
                )
            }
        case .rejectDuplicate:
            return .refuse(
                message: "Workflow execution already finished. \(place) Workflow Id reuse policy: "
                    + "reject duplicate workflow Id."
            )
        }
    }
}
