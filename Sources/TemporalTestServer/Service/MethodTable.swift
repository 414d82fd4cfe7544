import SwiftProtobuf
import Temporal
package import TemporalAPI

/// Which RPCs the service answers, and why it does not answer the others.
package enum MethodTable {
    /// The handlers of the implemented RPCs.
    static let handlers: [MethodKey: any Sendable] = {
        var table: [MethodKey: any Sendable] = [:]
        func answer<Request, Response>(
            _ method: ServiceMethod<Request, Response>,
            _ body: @escaping @Sendable (Engine, Request) throws -> Response
        ) {
            table[method.key] = Handler<Request, Response>(.immediate(body))
        }
        func park<Request, Response>(
            _ method: ServiceMethod<Request, Response>,
            onExpiry: Result<Response, any Error>,
            limit: @escaping @Sendable (TestServer.Options) -> Duration,
            _ body: @escaping @Sendable (Engine, Request, Reply<Response>) throws -> Void
        ) {
            table[method.key] = Handler<Request, Response>(.parking(body, Wait(onExpiry: onExpiry, limit: limit)))
        }
        let late = RPCError(code: .deadlineExceeded, message: "context deadline exceeded")

        answer(.getSystemInfo) { $0.systemInfo($1) }
        answer(.getClusterInfo) { $0.clusterInfo($1) }
        answer(.describeNamespace) { try $0.describe($1) }
        answer(.registerNamespace) { try $0.register($1) }
        answer(.listNamespaces) { $0.list($1) }
        answer(.startWorkflowExecution) { try $0.start($1) }
        answer(.signalWorkflowExecution) { try $0.signal($1) }
        answer(.signalWithStartWorkflowExecution) { try $0.signalWithStart($1) }
        answer(.requestCancelWorkflowExecution) { try $0.requestCancel($1) }
        answer(.terminateWorkflowExecution) { try $0.terminate($1) }
        answer(.describeWorkflowExecution) { try $0.describe($1) }
        answer(.getWorkflowExecutionHistoryReverse) { try $0.historyReverse($1) }
        answer(.respondWorkflowTaskCompleted) { try $0.respond($1) }
        answer(.respondWorkflowTaskFailed) { try $0.respond($1) }
        answer(.respondQueryTaskCompleted) { try $0.respond($1) }
        answer(.respondActivityTaskCompleted) { try $0.respond($1) }
        answer(.respondActivityTaskCompletedById) { try $0.respond($1) }
        answer(.respondActivityTaskFailed) { try $0.respond($1) }
        answer(.respondActivityTaskFailedById) { try $0.respond($1) }
        answer(.respondActivityTaskCanceled) { try $0.respond($1) }
        answer(.respondActivityTaskCanceledById) { try $0.respond($1) }
        answer(.recordActivityTaskHeartbeat) { try $0.heartbeat($1) }
        answer(.recordActivityTaskHeartbeatById) { try $0.heartbeat($1) }
        answer(.shutdownWorker) { try $0.shutdownWorker($1) }
        answer(.resetStickyTaskQueue) { try $0.resetSticky($1) }
        answer(.describeTaskQueue) { try $0.describe($1) }
        answer(.testServiceGetCurrentTime) { engine, _ in .with { $0.time = engine.readClock().timestamp } }

        park(.pollWorkflowTaskQueue, onExpiry: .success(.init()), limit: { $0.pollTimeout }) { try $0.poll($1, $2) }
        park(.pollActivityTaskQueue, onExpiry: .success(.init()), limit: { $0.pollTimeout }) { try $0.poll($1, $2) }
        park(.getWorkflowExecutionHistory, onExpiry: .success(.init()), limit: { $0.historyPollTimeout }) {
            try $0.history($1, $2)
        }
        park(.updateWorkflowExecution, onExpiry: .failure(late), limit: { $0.historyPollTimeout }) {
            try $0.update($1, $2)
        }
        park(.pollWorkflowExecutionUpdate, onExpiry: .failure(late), limit: { $0.historyPollTimeout }) {
            try $0.pollUpdate($1, $2)
        }
        park(.queryWorkflow, onExpiry: .failure(late), limit: { _ in .seconds(10) }) { try $0.query($1, $2) }
        return table
    }()

    /// Why the other RPCs are not answered, by the name of the RPC.
    static let reasons: [String: String] = {
        var reasons: [String: String] = [:]
        func leave(_ names: [String], because reason: String) {
            for name in names { reasons[name] = reason }
        }
        leave(
            [
                "ListWorkflowExecutions", "CountWorkflowExecutions", "ScanWorkflowExecutions",
                "ListOpenWorkflowExecutions", "ListClosedWorkflowExecutions", "ListArchivedWorkflowExecutions",
                "GetSearchAttributes", "AddSearchAttributes", "RemoveSearchAttributes", "ListSearchAttributes",
            ],
            because: "there is no visibility store yet"
        )
        leave(
            [
                "CreateSchedule", "DescribeSchedule", "UpdateSchedule", "PatchSchedule", "ListScheduleMatchingTimes",
                "DeleteSchedule", "ListSchedules", "CountSchedules",
            ],
            because: "there are no schedules yet"
        )
        leave(
            ["ResetWorkflowExecution", "DeleteWorkflowExecution", "ExecuteMultiOperation"],
            because: "it is not made yet"
        )
        leave(
            ["StartBatchOperation", "StopBatchOperation", "DescribeBatchOperation", "ListBatchOperations"],
            because: "there are no batch operations yet"
        )
        leave(
            [
                "UpdateNamespace", "DeprecateNamespace", "DeleteNamespace", "AddOrUpdateRemoteCluster",
                "RemoveRemoteCluster", "ListClusters", "ListTaskQueuePartitions", "UpdateTaskQueueConfig",
            ],
            because: "the service is one process that nobody administers"
        )
        leave(
            [
                "UpdateWorkerBuildIdCompatibility", "GetWorkerBuildIdCompatibility", "UpdateWorkerVersioningRules",
                "GetWorkerVersioningRules", "GetWorkerTaskReachability", "DescribeDeployment",
                "DescribeWorkerDeploymentVersion", "ListDeployments", "GetDeploymentReachability",
                "GetCurrentDeployment", "SetCurrentDeployment", "SetWorkerDeploymentCurrentVersion",
                "DescribeWorkerDeployment", "DeleteWorkerDeployment", "DeleteWorkerDeploymentVersion",
                "SetWorkerDeploymentRampingVersion", "ListWorkerDeployments", "CreateWorkerDeployment",
                "CreateWorkerDeploymentVersion", "UpdateWorkerDeploymentVersionComputeConfig",
                "ValidateWorkerDeploymentVersionComputeConfig", "UpdateWorkerDeploymentVersionMetadata",
                "SetWorkerDeploymentManager",
            ],
            because: "worker versioning is not made yet"
        )
        leave(
            [
                "PollNexusTaskQueue", "RespondNexusTaskCompleted", "RespondNexusTaskFailed",
                "StartNexusOperationExecution", "DescribeNexusOperationExecution", "PollNexusOperationExecution",
                "ListNexusOperationExecutions", "CountNexusOperationExecutions",
                "RequestCancelNexusOperationExecution", "TerminateNexusOperationExecution",
                "DeleteNexusOperationExecution", "GetNexusEndpoint", "CreateNexusEndpoint", "UpdateNexusEndpoint",
                "DeleteNexusEndpoint", "ListNexusEndpoints",
            ],
            because: "Nexus is not made yet"
        )
        leave(
            [
                "UpdateActivityOptions", "UpdateWorkflowExecutionOptions", "PauseActivity", "UnpauseActivity",
                "ResetActivity", "PauseWorkflowExecution", "UnpauseWorkflowExecution", "CreateWorkflowRule",
                "DescribeWorkflowRule", "DeleteWorkflowRule", "ListWorkflowRules", "TriggerWorkflowRule",
            ],
            because: "operators' interventions are not made yet"
        )
        leave(
            [
                "RecordWorkerHeartbeat", "ListWorkers", "CountWorkers", "FetchWorkerConfig", "UpdateWorkerConfig",
                "DescribeWorker",
            ],
            because: "workers are not listed yet"
        )
        leave(
            [
                "StartActivityExecution", "DescribeActivityExecution", "PollActivityExecution",
                "ListActivityExecutions", "CountActivityExecutions", "RequestCancelActivityExecution",
                "TerminateActivityExecution", "DeleteActivityExecution", "PauseActivityExecution",
                "ResetActivityExecution", "UnpauseActivityExecution", "UpdateActivityExecutionOptions",
            ],
            because: "standalone activities are not made yet"
        )
        leave(
            [
                "PollWorkflowExecutionTimeSkipping", "LockTimeSkipping", "UnlockTimeSkipping", "Sleep", "SleepUntil",
                "UnlockTimeSkippingWithSleep",
            ],
            because: "the clock is driven by its owner, in the same process"
        )
        return reasons
    }()

    /// Whether a method is answered, or left out for a stated reason.
    package static func isClassified(_ method: some AnyServiceMethod) -> Bool {
        let key = MethodKey(service: method.service, name: method.name)
        return (handlers[key] != nil) != (reasons[method.name] != nil)
    }

    /// Whether a method is answered.
    package static func isImplemented(_ method: some AnyServiceMethod) -> Bool {
        handlers[MethodKey(service: method.service, name: method.name)] != nil
    }

    /// The error of a method that is not answered.
    static func unimplemented(_ method: some AnyServiceMethod) -> RPCError {
        let reason = reasons[method.name] ?? "it is unknown"
        return RPCError(
            code: .unimplemented,
            message: "The in-memory service does not answer \(method.name): \(reason)."
        )
    }
}
