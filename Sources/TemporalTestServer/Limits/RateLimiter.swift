import Synchronization
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Refuses calls that come too often or wait in too great numbers, as the frontend of a server does.
final class RateLimiter: Sendable {
    /// A kind of call that is limited on its own.
    enum Category: Hashable {
        case execution
        case visibility
        case namespaceChange

        /// How many priorities its calls have.
        fileprivate var priorities: Int {
            switch self {
            case .execution: 6
            case .visibility: 2
            case .namespaceChange: 3
            }
        }
    }

    /// A call that waits, and counts while it does.
    struct Place: Hashable {
        fileprivate let namespace: String
        fileprivate let method: String
    }

    private struct Owner: Hashable {
        /// `nil` for all together.
        let namespace: String?
        let category: Category
    }

    private struct State {
        var buckets: [Owner: PriorityBuckets] = [:]
        var waiting: [Place: Int] = [:]

        mutating func leave(_ place: Place) {
            guard let count = waiting[place] else { return }
            waiting[place] = count > 1 ? count - 1 : nil
        }
    }

    private let limits: TestServer.RateLimits
    private let state = Mutex(State())

    /// Limits calls.
    init(_ limits: TestServer.RateLimits) {
        self.limits = limits
    }

    /// Lets a call pass.
    ///
    /// - Parameters:
    ///   - method: The name of the RPC.
    ///   - request: What is asked.
    ///   - now: The time.
    /// - Returns: What counts as waiting until ``leave(_:)``; `nil` if the call does not wait.
    /// - Throws: `RESOURCE_EXHAUSTED` with the server's words if it may not pass.
    func enter(_ method: String, _ request: any Message, at now: ContinuousClock.Instant = .now) throws -> Place? {
        let namespace = (request as? any NamespacedRequest)?.namespace ?? ""
        let name = Self.name(of: method, request)
        return try state.withLock { state in
            let place = try place(for: method, request, namespace, &state)
            do {
                try takeTokens(for: name, namespace, at: now, &state)
            } catch {
                if let place { state.leave(place) }
                throw error
            }
            return place
        }
    }

    /// Notes that a call that counted as waiting has its answer.
    func leave(_ place: Place) {
        state.withLock { $0.leave(place) }
    }

    private func place(
        for method: String,
        _ request: any Message,
        _ namespace: String,
        _ state: inout State
    ) throws -> Place? {
        guard Self.waitingMethods.contains(method) else { return nil }
        if let request = request as? APIGetWorkflowExecutionHistoryRequest, !request.waitNewEvent { return nil }
        let place = Place(namespace: namespace, method: method)
        let count = state.waiting[place, default: 0]
        guard count < limits.waitingCalls else {
            throw Self.refusal("namespace concurrent poller limit exceeded", .concurrentLimit, .namespace)
        }
        state.waiting[place] = count + 1
        return place
    }

    private func takeTokens(
        for name: String,
        _ namespace: String,
        at now: ContinuousClock.Instant,
        _ state: inout State
    ) throws {
        guard let (category, priority) = Self.importance(of: name) else { return }
        func take(_ owner: Owner, _ rate: Double, _ ratio: Double) -> Bool {
            state.buckets[
                owner,
                default: PriorityBuckets(count: category.priorities, rate: rate, ratio: ratio, at: now)
            ]
            .take(priority: priority, at: now)
        }
        if !namespace.isEmpty {
            let (rate, ratio) = rate(of: category)
            guard take(Owner(namespace: namespace, category: category), rate, ratio) else {
                throw Self.refusal("namespace rate limit exceeded", .rpsLimit, .namespace)
            }
        }
        let rate = category == .namespaceChange ? Self.namespaceChangesOfAll : limits.serviceCalls
        guard take(Owner(namespace: nil, category: category), rate, Self.burstRatioOfAll) else {
            throw Self.refusal("service rate limit exceeded", .rpsLimit, .system)
        }
    }

    private func rate(of category: Category) -> (rate: Double, ratio: Double) {
        switch category {
        case .execution: (limits.namespaceCalls, limits.namespaceBurstRatio)
        case .visibility: (limits.visibilityCalls, limits.visibilityBurstRatio)
        case .namespaceChange: (limits.namespaceChanges, limits.namespaceChangeBurstRatio)
        }
    }

    private static let burstRatioOfAll = 2.0
    private static let namespaceChangesOfAll = 20.0

    private static func refusal(
        _ message: String,
        _ cause: APIResourceExhaustedCause,
        _ scope: APIResourceExhaustedScope
    ) -> RPCError {
        RPCError(
            code: .resourceExhausted,
            message: message,
            detail: APIResourceExhaustedFailure.with {
                $0.cause = cause
                $0.scope = scope
            }
        )
    }
}

// MARK: Which call is what

extension RateLimiter {
    /// Under which name a call is counted: those that wait for a change count as polls.
    private static func name(of method: String, _ request: any Message) -> String {
        switch request {
        case let request as APIGetWorkflowExecutionHistoryRequest where request.waitNewEvent: historyPoll
        case let request as APIDescribeActivityExecutionRequest where !request.longPollToken.isEmpty: descriptionPoll
        default: method
        }
    }

    private static let historyPoll = "PollWorkflowExecutionHistory"
    private static let descriptionPoll = "PollActivityExecutionDescription"

    /// How a call is limited; `nil` for one that is not.
    static func importance(of name: String) -> (category: Category, priority: Int)? { table[name] }

    /// The calls that wait for something, by the names of their RPCs.
    static let waitingMethods: Set<String> = [
        "PollActivityTaskQueue", "PollWorkflowTaskQueue", "PollWorkflowExecutionUpdate", "PollNexusTaskQueue",
        "PollNexusOperationExecution", "PollActivityExecution", "QueryWorkflow", "UpdateWorkflowExecution",
        "DescribeNexusOperationExecution", "GetWorkflowExecutionHistory", "DescribeActivityExecution",
        "ExecuteMultiOperation",
    ]

    private static let table: [String: (category: Category, priority: Int)] = {
        var table: [String: (category: Category, priority: Int)] = [:]
        for (priority, names) in executionCalls.enumerated() {
            for name in names { table[name] = (.execution, priority) }
        }
        for name in visibilityCalls { table[name] = (.visibility, 1) }
        for (priority, names) in namespaceChanges.enumerated() {
            for name in names { table[name] = (.namespaceChange, priority + 1) }
        }
        return table
    }()

    /// Calls by their importance, as a server ranks them.
    private static let executionCalls: [[String]] = [
        // About the service itself.
        [
            "GetClusterInfo", "GetSystemInfo", "GetSearchAttributes", "DescribeNamespace", "ListNamespaces",
            "DeprecateNamespace",
        ],
        // What comes from outside, and progress, which would have to be made again.
        [
            "SignalWorkflowExecution", "SignalWithStartWorkflowExecution", "StartWorkflowExecution",
            "UpdateWorkflowExecution", "ExecuteMultiOperation", "CreateSchedule", "StartBatchOperation",
            "StartActivityExecution", "StartNexusOperationExecution", "RecordActivityTaskHeartbeat",
            "RecordActivityTaskHeartbeatById", "RespondActivityTaskCompleted", "RespondActivityTaskCompletedById",
            "RespondWorkflowTaskCompleted", "RespondQueryTaskCompleted", "RespondNexusTaskCompleted",
        ],
        // Changes of state.
        [
            "RequestCancelWorkflowExecution", "TerminateWorkflowExecution", "ResetWorkflowExecution",
            "DeleteWorkflowExecution", "GetWorkflowExecutionHistory", "UpdateSchedule", "PatchSchedule",
            "DeleteSchedule", "StopBatchOperation", "UpdateActivityOptions", "PauseActivity", "UnpauseActivity",
            "ResetActivity", "UpdateActivityExecutionOptions", "PauseActivityExecution", "UnpauseActivityExecution",
            "ResetActivityExecution", "UpdateWorkflowExecutionOptions", "CreateWorkerDeployment",
            "CreateWorkerDeploymentVersion", "UpdateWorkerDeploymentVersionComputeConfig",
            "SetWorkerDeploymentManager", "DeleteWorkerDeployment", "UpdateWorkerDeploymentVersionMetadata",
            "CreateWorkflowRule", "DescribeWorkflowRule", "DeleteWorkflowRule", "ListWorkflowRules",
            "TriggerWorkflowRule", "RequestCancelActivityExecution", "TerminateActivityExecution",
            "DeleteActivityExecution", "RequestCancelNexusOperationExecution", "TerminateNexusOperationExecution",
            "DeleteNexusOperationExecution", "PauseWorkflowExecution", "UnpauseWorkflowExecution",
        ],
        // Questions about state, and failures, which are tried again anyway.
        [
            "DescribeWorkflowExecution", "DescribeActivityExecution", "DescribeTaskQueue",
            "GetWorkerBuildIdCompatibility", "GetWorkerVersioningRules", "ListTaskQueuePartitions", "QueryWorkflow",
            "DescribeSchedule", "ListScheduleMatchingTimes", "DescribeBatchOperation",
            "DescribeWorkerDeploymentVersion", "DescribeWorkerDeployment", "DescribeNexusOperationExecution",
            "ValidateWorkerDeploymentVersionComputeConfig", "ListWorkers", "DescribeWorker", "CountWorkers",
            "RespondActivityTaskCanceled", "RespondActivityTaskCanceledById", "RespondActivityTaskFailed",
            "RespondActivityTaskFailedById", "RespondWorkflowTaskFailed", "RespondNexusTaskFailed",
        ],
        // Polls.
        [
            "PollNexusOperationExecution", "PollActivityExecution", "PollWorkflowTaskQueue", "PollActivityTaskQueue",
            "PollWorkflowExecutionUpdate", "PollNexusTaskQueue", "ResetStickyTaskQueue", "ShutdownWorker",
            "GetWorkflowExecutionHistoryReverse", "RecordWorkerHeartbeat", "FetchWorkerConfig", "UpdateWorkerConfig",
        ],
        [historyPoll, descriptionPoll],
    ]

    private static let visibilityCalls = [
        "CountWorkflowExecutions", "ScanWorkflowExecutions", "ListOpenWorkflowExecutions",
        "ListClosedWorkflowExecutions", "ListWorkflowExecutions", "ListArchivedWorkflowExecutions",
        "CountActivityExecutions", "ListActivityExecutions", "CountNexusOperationExecutions",
        "ListNexusOperationExecutions", "GetWorkerTaskReachability", "ListSchedules", "CountSchedules",
        "ListBatchOperations", "ListWorkerDeployments",
    ]

    private static let namespaceChanges: [[String]] = [
        ["RegisterNamespace", "UpdateNamespace"],
        [
            "UpdateWorkerBuildIdCompatibility", "UpdateWorkerVersioningRules", "SetWorkerDeploymentCurrentVersion",
            "SetWorkerDeploymentRampingVersion", "DeleteWorkerDeploymentVersion", "UpdateTaskQueueConfig",
        ],
    ]
}
