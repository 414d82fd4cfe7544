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
        func answer<Request: NamespacedRequest, Response>(
            _ method: ServiceMethod<Request, Response>,
            _ body: @escaping @Sendable (Engine, Request) throws -> Response
        ) {
            table[method.key] = Handler<Request, Response>(
                .immediate {
                    try $1.check(in: $0)
                    return try body($0, $1)
                }
            )
        }
        func park<Request, Response>(
            _ method: ServiceMethod<Request, Response>,
            onExpiry: Result<Response, any Error>,
            limit: (@Sendable (TestServer.Options) -> Duration)?,
            _ body: @escaping @Sendable (Engine, Request, Reply<Response>) throws -> Void
        ) {
            table[method.key] = Handler<Request, Response>(.parking(body, Wait(onExpiry: onExpiry, limit: limit)))
        }
        func park<Request: NamespacedRequest, Response>(
            _ method: ServiceMethod<Request, Response>,
            onExpiry: Result<Response, any Error>,
            limit: (@Sendable (TestServer.Options) -> Duration)?,
            _ body: @escaping @Sendable (Engine, Request, Reply<Response>) throws -> Void
        ) {
            let checked: @Sendable (Engine, Request, Reply<Response>) throws -> Void = {
                try $1.check(in: $0)
                try body($0, $1, $2)
            }
            table[method.key] = Handler<Request, Response>(.parking(checked, Wait(onExpiry: onExpiry, limit: limit)))
        }
        let late = RPCError(code: .deadlineExceeded, message: "context deadline exceeded")

        answer(.healthCheck) { try $0.health($1) }
        answer(.getSystemInfo) { $0.systemInfo($1) }
        answer(.getClusterInfo) { $0.clusterInfo($1) }
        answer(.describeNamespace) { try $0.describe($1) }
        answer(.registerNamespace) { try $0.register($1) }
        answer(.listNamespaces) { try $0.list($1) }
        answer(.updateNamespace) { try $0.update($1) }
        answer(.deprecateNamespace) { try $0.deprecate($1) }
        answer(.deleteNamespace) { try $0.delete($1) }
        answer(.listClusters) { $0.list($1) }
        answer(.createSchedule) { try $0.create($1) }
        answer(.describeSchedule) { try $0.describe($1) }
        answer(.updateSchedule) { try $0.update($1) }
        answer(.patchSchedule) { try $0.patch($1) }
        answer(.deleteSchedule) { try $0.delete($1) }
        answer(.listSchedules) { try $0.list($1) }
        answer(.countSchedules) { try $0.count($1) }
        answer(.listScheduleMatchingTimes) { try $0.matchingTimes($1) }
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
        answer(.startActivityExecution) { try $0.start($1) }
        answer(.listActivityExecutions) { try $0.list($1) }
        answer(.countActivityExecutions) { try $0.count($1) }
        answer(.requestCancelActivityExecution) { try $0.requestCancel($1) }
        answer(.terminateActivityExecution) { try $0.terminate($1) }
        answer(.deleteActivityExecution) { try $0.delete($1) }
        answer(.pauseActivityExecution) { try $0.pause($1) }
        answer(.unpauseActivityExecution) { try $0.unpause($1) }
        answer(.resetActivityExecution) { try $0.reset($1) }
        answer(.updateActivityExecutionOptions) { try $0.updateOptions($1) }
        answer(.pauseWorkflowExecution) { try $0.pause($1) }
        answer(.unpauseWorkflowExecution) { try $0.unpause($1) }
        answer(.createWorkflowRule) { try $0.create($1) }
        answer(.describeWorkflowRule) { try $0.describe($1) }
        answer(.deleteWorkflowRule) { try $0.delete($1) }
        answer(.listWorkflowRules) { try $0.list($1) }
        answer(.recordWorkerHeartbeat) { try $0.record($1) }
        answer(.listWorkers) { try $0.list($1) }
        answer(.countWorkers) { try $0.count($1) }
        answer(.describeWorker) { try $0.describe($1) }
        answer(.listTaskQueuePartitions) { try $0.listPartitions($1) }
        answer(.shutdownWorker) { try $0.shutdownWorker($1) }
        answer(.resetStickyTaskQueue) { try $0.resetSticky($1) }
        answer(.describeTaskQueue) { try $0.describe($1) }
        answer(.updateTaskQueueConfig) { try $0.update($1) }
        answer(.resetWorkflowExecution) { try $0.reset($1) }
        answer(.deleteWorkflowExecution) { try $0.delete($1) }
        answer(.updateWorkflowExecutionOptions) { try $0.updateOptions($1) }
        answer(.pauseActivity) { try $0.pause($1) }
        answer(.unpauseActivity) { try $0.unpause($1) }
        answer(.resetActivity) { try $0.reset($1) }
        answer(.updateActivityOptions) { try $0.updateOptions($1) }
        answer(.startBatchOperation) { try $0.startBatch($1) }
        answer(.describeBatchOperation) { try $0.describe($1) }
        answer(.stopBatchOperation) { try $0.stop($1) }
        answer(.listBatchOperations) { try $0.list($1) }
        answer(.listWorkflowExecutions) { try $0.list($1) }
        answer(.scanWorkflowExecutions) { try $0.scan($1) }
        answer(.countWorkflowExecutions) { try $0.count($1) }
        answer(.listOpenWorkflowExecutions) { try $0.listOpen($1) }
        answer(.listClosedWorkflowExecutions) { try $0.listClosed($1) }
        answer(.listArchivedWorkflowExecutions) { try $0.listArchived($1) }
        answer(.getSearchAttributes) { $0.list($1) }
        answer(.addSearchAttributes) { try $0.add($1) }
        answer(.removeSearchAttributes) { try $0.remove($1) }
        answer(.listSearchAttributes) { try $0.list($1) }
        answer(.createNexusEndpoint) { try $0.create($1) }
        answer(.updateNexusEndpoint) { try $0.update($1) }
        answer(.deleteNexusEndpoint) { try $0.delete($1) }
        answer(.getNexusEndpoint) { try $0.get($1) }
        answer(.listNexusEndpoints) { try $0.list($1) }
        answer(.respondNexusTaskCompleted) { try $0.respond($1) }
        answer(.respondNexusTaskFailed) { try $0.respond($1) }
        answer(.startNexusOperationExecution) { try $0.start($1) }
        answer(.listNexusOperationExecutions) { try $0.list($1) }
        answer(.countNexusOperationExecutions) { try $0.count($1) }
        answer(.requestCancelNexusOperationExecution) { try $0.requestCancel($1) }
        answer(.terminateNexusOperationExecution) { try $0.terminate($1) }
        answer(.deleteNexusOperationExecution) { try $0.delete($1) }
        answer(.describeWorkerDeployment) { try $0.describe($1) }
        answer(.describeWorkerDeploymentVersion) { try $0.describe($1) }
        answer(.listWorkerDeployments) { try $0.list($1) }
        answer(.createWorkerDeployment) { try $0.create($1) }
        answer(.createWorkerDeploymentVersion) { try $0.create($1) }
        answer(.deleteWorkerDeployment) { try $0.delete($1) }
        answer(.deleteWorkerDeploymentVersion) { try $0.delete($1) }
        answer(.setWorkerDeploymentCurrentVersion) { try $0.setCurrentVersion($1) }
        answer(.setWorkerDeploymentRampingVersion) { try $0.setRampingVersion($1) }
        answer(.setWorkerDeploymentManager) { try $0.setManager($1) }
        answer(.updateWorkerDeploymentVersionMetadata) { try $0.updateMetadata($1) }
        answer(.testServiceLockTimeSkipping) { engine, _ in
            engine.lockTime()
            return .init()
        }
        answer(.testServiceUnlockTimeSkipping) { engine, _ in
            engine.unlockTime()
            return .init()
        }
        answer(.testServiceGetCurrentTime) { engine, _ in .with { $0.time = engine.readClock().timestamp } }

        park(.pollWorkflowTaskQueue, onExpiry: .success(.init()), limit: { $0.pollTimeout }) { try $0.poll($1, $2) }
        park(.pollActivityTaskQueue, onExpiry: .success(.init()), limit: { $0.pollTimeout }) { try $0.poll($1, $2) }
        park(.pollNexusTaskQueue, onExpiry: .success(.init()), limit: { $0.pollTimeout }) { try $0.poll($1, $2) }
        park(.pollNexusOperationExecution, onExpiry: .success(.init()), limit: { $0.historyPollTimeout }) {
            try $0.poll($1, $2)
        }
        park(.describeNexusOperationExecution, onExpiry: .success(.init()), limit: { $0.historyPollTimeout }) {
            try $0.describe($1, $2)
        }
        park(.getWorkflowExecutionHistory, onExpiry: .success(.init()), limit: { $0.historyPollTimeout }) {
            try $0.history($1, $2)
        }
        park(.updateWorkflowExecution, onExpiry: .failure(late), limit: { $0.historyPollTimeout }) {
            try $0.update($1, $2)
        }
        park(.pollWorkflowExecutionUpdate, onExpiry: .failure(late), limit: { $0.historyPollTimeout }) {
            try $0.pollUpdate($1, $2)
        }
        park(.executeMultiOperation, onExpiry: .failure(late), limit: { $0.historyPollTimeout }) {
            try $0.execute($1, $2)
        }
        park(.describeActivityExecution, onExpiry: .success(.init()), limit: { $0.historyPollTimeout }) {
            try $0.describe($1, $2)
        }
        park(.pollActivityExecution, onExpiry: .success(.init()), limit: { $0.historyPollTimeout }) {
            try $0.poll($1, $2)
        }
        park(.testServiceSleep, onExpiry: .success(.init()), limit: nil) { try $0.sleep($1, $2) }
        park(.testServiceSleepUntil, onExpiry: .success(.init()), limit: nil) { try $0.sleep($1, $2) }
        park(.testServiceUnlockTimeSkippingWithSleep, onExpiry: .success(.init()), limit: nil) {
            try $0.unlockAndSleep($1, $2)
        }
        park(.queryWorkflow, onExpiry: .failure(late), limit: { $0.queryTimeout }) { try $0.query($1, $2) }
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
                "AddOrUpdateRemoteCluster", "RemoveRemoteCluster",
            ],
            because: "the service is one process that nobody administers"
        )
        leave(
            [
                "UpdateWorkerBuildIdCompatibility", "GetWorkerBuildIdCompatibility", "UpdateWorkerVersioningRules",
                "GetWorkerVersioningRules", "GetWorkerTaskReachability",
            ],
            because: "version sets and rules came before worker deployments, and servers have them switched off"
        )
        leave(
            [
                "DescribeDeployment", "ListDeployments", "GetDeploymentReachability", "GetCurrentDeployment",
                "SetCurrentDeployment",
            ],
            because: "deployments came before worker deployments, and servers do not have them any more"
        )
        leave(
            ["UpdateWorkerDeploymentVersionComputeConfig", "ValidateWorkerDeploymentVersionComputeConfig"],
            because: "the service starts no workers, so it has nothing to compute for"
        )
        leave(
            [
                "TriggerWorkflowRule", "FetchWorkerConfig", "UpdateWorkerConfig",
            ],
            because: "the real server does not either: it refuses them whatever its configuration is"
        )
        leave(
            ["PollWorkflowExecutionTimeSkipping"],
            because: "the clock belongs to the whole service, not to a run"
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

    /// Whether a call of a method may wait for its answer.
    package static func mayWait<Method: AnyServiceMethod>(_ method: Method) -> Bool {
        let key = MethodKey(service: method.service, name: method.name)
        guard let handler = handlers[key] as? Handler<Method.Request, Method.Response> else { return false }
        return if case .parking = handler.body { true } else { false }
    }

    /// What a server refuses some of these with, in its words; the others are `UNIMPLEMENTED` in words of our own.
    private static let refusals: [String: RPCError] = {
        var refusals: [String: RPCError] = [:]
        for name in ["UpdateWorkerBuildIdCompatibility", "GetWorkerBuildIdCompatibility"] {
            refusals[name] = ServiceError.denied(
                "Worker versioning v0.1 (Version Set-based, deprecated) is disabled on this namespace."
            )
        }
        for name in ["UpdateWorkerVersioningRules", "GetWorkerVersioningRules", "GetWorkerTaskReachability"] {
            refusals[name] = ServiceError.denied(
                "Worker versioning v0.2 (Rules-based, deprecated) is disabled on this namespace."
            )
        }
        for name in [
            "DescribeDeployment", "ListDeployments", "GetDeploymentReachability", "GetCurrentDeployment",
            "SetCurrentDeployment",
        ] {
            refusals[name] = RPCError(
                code: .unimplemented,
                message: "Deployments are deprecated and no longer supported, use Worker Deployments instead"
            )
        }
        refusals["PollWorkflowExecutionTimeSkipping"] = RPCError(
            code: .unimplemented,
            message: "The Time-Skipping feature is not enabled for namespace."
        )
        return refusals
    }()

    /// The error of a method that is not answered.
    static func refusal(of method: some AnyServiceMethod) -> RPCError {
        if let refusal = refusals[method.name] { return refusal }
        let reason = reasons[method.name] ?? "it is unknown"
        return RPCError(
            code: .unimplemented,
            message: "The in-memory service does not answer \(method.name): \(reason)."
        )
    }
}
