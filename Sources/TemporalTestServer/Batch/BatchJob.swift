import SwiftProtobuf
import Temporal
import TemporalAPI

/// One batch operation: what is to be done, with which runs or activities, and how far it is.
struct BatchJob: Sendable {
    let namespace: String
    let jobID: String
    let request: APIStartBatchOperationRequest
    let startTime: Moment

    /// How many of the targets are done.
    var position = 0

    /// What was left when an earlier version stored the job, the last one first.
    private var pending: [APIWorkflowExecution]?

    /// How many runs or activities there were.
    let total: Int64

    var state = APIBatchOperationState.running
    var closeTime: Moment?
    var completed: Int64 = 0
    var failed: Int64 = 0

    /// Makes a job that has just begun.
    init(_ request: APIStartBatchOperationRequest, total: Int, now: Moment) {
        namespace = request.namespace
        jobID = request.jobID
        self.request = request
        startTime = now
        self.total = Int64(total)
    }

    /// Takes out what was left when an earlier version stored the job; `nil` for a job of this version.
    mutating func takePending() -> [APIWorkflowExecution]? {
        defer { pending = nil }
        return pending
    }

    /// How many targets are done at once, and how long the next wait.
    var pace: (count: Int, pause: Span) {
        let rate = Double(request.maxOperationsPerSecond)
        guard rate > 0, rate.isFinite else { return (.max, .zero) }
        let count = max(1, min(rate, 1e6).rounded(.down))
        return (Int(count), Span(nanoseconds: Int64(min(count / rate * 1e9, 1e18))))
    }

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
            $0.operationType = type
        }
    }
}

/// What a batch operation is done with. Stored apart from what changes with each step.
struct BatchTargets: Codable, Sendable {
    /// The runs in their order. Activities have their id in the place of a workflow id.
    let all: [APIWorkflowExecution]
}

extension BatchJob: Codable {
    private enum CodingKeys: CodingKey {
        case namespace, jobID, request, startTime, position, pending, total, state, closeTime, completed, failed
    }

    init(from decoder: any Swift.Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        namespace = try container.decode(String.self, forKey: .namespace)
        jobID = try container.decode(String.self, forKey: .jobID)
        request = try container.decode(APIStartBatchOperationRequest.self, forKey: .request)
        startTime = try container.decode(Moment.self, forKey: .startTime)
        // An earlier version kept what was left instead.
        position = try container.decodeIfPresent(Int.self, forKey: .position) ?? 0
        pending = try container.decodeIfPresent([APIWorkflowExecution].self, forKey: .pending)
        total = try container.decode(Int64.self, forKey: .total)
        state = try container.decode(APIBatchOperationState.self, forKey: .state)
        closeTime = try container.decodeIfPresent(Moment.self, forKey: .closeTime)
        completed = try container.decode(Int64.self, forKey: .completed)
        failed = try container.decode(Int64.self, forKey: .failed)
    }
}
