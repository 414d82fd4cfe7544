import SwiftProtobuf
import TemporalAPI

/// The server's rules of what a request for a batch operation says.
enum BatchRules {
    private static let noActivities = "Either activity type must be set, or match all should be set to true"

    /// Checks a request.
    ///
    /// - Throws: `INVALID_ARGUMENT` with the server's words.
    static func check(_ request: APIStartBatchOperationRequest) throws {
        try require(!request.jobID.isEmpty, "JobId is not set on request.")
        let selectors = [
            !request.visibilityQuery.isEmpty, !request.executions.isEmpty, !request.targetExecutions.isEmpty,
        ]
        try require(
            selectors.contains(true),
            "Workflow executions and visibility filter are not set on request."
        )
        try require(
            !(selectors[0] && selectors[1]),
            "Workflow executions and visibility filter are both set on request. Only one of them is allowed."
        )
        try require(
            selectors.count(where: \.self) == 1,
            "visibility query, executions, and target executions are mutually exclusive"
        )
        try checkKinds(of: request)
        try require(!request.reason.isEmpty, "Reason is not set on request.")
        try check(request.operation)
    }

    private static func require(_ condition: Bool, _ message: String) throws {
        guard condition else { throw ServiceError.invalid(message) }
    }

    private static func checkKinds(of request: APIStartBatchOperationRequest) throws {
        let kind: APIExecutionType = BatchJob.isForActivities(request) ? .activity : .workflow
        for (index, target) in request.targetExecutions.enumerated() where target.type != kind {
            throw ServiceError.invalid(
                "target_executions[\(index)] has type \(target.type.words), but the operation requires \(kind.words)"
            )
        }
    }

    private static func check(_ operation: APIStartBatchOperationRequest.OneOf_Operation?) throws {
        switch operation {
        case nil:
            throw ServiceError.invalid("Batch operation is not set on request.")
        case .signalOperation(let operation):
            try require(!operation.signal.isEmpty, "must provide signal name")
        case .updateWorkflowOptionsOperation(let operation):
            try require(operation.hasWorkflowExecutionOptions, "must provide UpdateOptions")
            try require(operation.hasUpdateMask, "must provide UpdateMask")
        case .resetOperation(let operation):
            try check(operation)
        case .unpauseActivitiesOperation(let operation):
            switch operation.activity {
            case nil: throw ServiceError.invalid("activity filter must be set")
            case .type(let type): try require(!type.isEmpty, noActivities)
            case .matchAll(let all): try require(all, noActivities)
            }
        case .resetActivitiesOperation(let operation):
            switch operation.activity {
            case nil: throw ServiceError.invalid("must provide ActivityType or MatchAll")
            case .type(let type): try require(!type.isEmpty, noActivities)
            case .matchAll(let all): try require(all, noActivities)
            }
        case .updateActivityOptionsOperation(let operation):
            try require(
                !operation.hasActivityOptions || !operation.restoreOriginal,
                "cannot set both activity options and restore original"
            )
            try require(
                operation.hasActivityOptions || operation.restoreOriginal,
                "Either activity type must be set, or restore original should be set to true"
            )
            switch operation.activity {
            // A server takes it, and then fails with each run.
            case nil: throw ServiceError.invalid(noActivities)
            case .type(let type): try require(!type.isEmpty, noActivities)
            case .matchAll(let all): try require(all, noActivities)
            }
        case .terminationOperation, .cancellationOperation, .deletionOperation, .cancelActivitiesOperation,
            .terminateActivitiesOperation, .deleteActivitiesOperation:
            break
        }
    }

    private static func check(_ operation: APIBatchOperationReset) throws {
        if operation.hasOptions {
            try require(operation.options.target != nil, "batch reset missing target")
            return
        }
        switch operation.resetType {
        case .firstWorkflowTask, .lastWorkflowTask: break
        case .unspecified: throw ServiceError.invalid("unknown batch reset type Unspecified")
        case .UNRECOGNIZED(let number): throw ServiceError.invalid("unknown batch reset type \(number)")
        }
    }
}

extension APIExecutionType {
    /// The name of the kind as the server writes it into messages.
    fileprivate var words: String {
        switch self {
        case .workflow: "Workflow"
        case .activity: "Activity"
        default: "Unspecified"
        }
    }
}
