import SwiftProtobuf
import Temporal
import TemporalAPI

/// One batch operation: what is to be done, with which runs or activities, and how far it is.
struct BatchJob: Codable, Sendable {
    let namespace: String
    let jobID: String
    let request: APIStartBatchOperationRequest
    let startTime: Moment

    /// What is left, the last one first. Activities have their id in the place of a workflow id.
    var pending: [APIWorkflowExecution]

    /// How many runs or activities there were.
    let total: Int64

    var state = APIBatchOperationState.running
    var closeTime: Moment?
    var completed: Int64 = 0
    var failed: Int64 = 0

    /// The kind of the operation.
    var type: APIBatchOperationType {
        switch request.operation {
        case .terminationOperation: .terminate
        case .signalOperation: .signal
        case .cancellationOperation: .cancel
        case .deletionOperation: .delete
        case .resetOperation: .reset
        case .updateWorkflowOptionsOperation: .updateExecutionOptions
        case .unpauseActivitiesOperation: .unpauseActivity
        case .resetActivitiesOperation: .resetActivity
        case .updateActivityOptionsOperation: .updateActivityOptions
        case .cancelActivitiesOperation: .cancelActivity
        case .terminateActivitiesOperation: .terminateActivity
        case .deleteActivitiesOperation: .deleteActivity
        case nil: .unspecified
        }
    }

    /// Whether the operation is for standalone activities.
    static func isForActivities(_ request: APIStartBatchOperationRequest) -> Bool {
        switch request.operation {
        case .cancelActivitiesOperation, .terminateActivitiesOperation, .deleteActivitiesOperation: true
        default: false
        }
    }

    /// Who asked for the operation.
    var identity: String {
        switch request.operation {
        case .terminationOperation(let operation): operation.identity
        case .signalOperation(let operation): operation.identity
        case .cancellationOperation(let operation): operation.identity
        case .deletionOperation(let operation): operation.identity
        case .resetOperation(let operation): operation.identity
        case .updateWorkflowOptionsOperation(let operation): operation.identity
        case .unpauseActivitiesOperation(let operation): operation.identity
        case .resetActivitiesOperation(let operation): operation.identity
        case .updateActivityOptionsOperation(let operation): operation.identity
        case .cancelActivitiesOperation(let operation): operation.identity
        case .terminateActivitiesOperation(let operation): operation.identity
        case .deleteActivitiesOperation, nil: ""
        }
    }

    /// The job as descriptions show it.
    var description: APIDescribeBatchOperationResponse {
        .with {
            $0.operationType = type
            $0.jobID = jobID
            $0.state = state
            $0.startTime = startTime.timestamp
            if let closeTime { $0.closeTime = closeTime.timestamp }
            $0.totalOperationCount = total
            $0.completeOperationCount = completed
            $0.failureOperationCount = failed
            $0.identity = identity
            $0.reason = request.reason
        }
    }

    /// The job as lists show it.
    var info: APIBatchOperationInfo {
        .with {
            $0.jobID = jobID
            $0.state = state
            $0.startTime = startTime.timestamp
            if let closeTime { $0.closeTime = closeTime.timestamp }
        }
    }
}
