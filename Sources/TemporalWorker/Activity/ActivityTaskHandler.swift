import Foundation
import Logging
import Synchronization
package import Temporal
import TemporalAPI

/// Works on activity tasks: runs the code, sends heartbeats, answers the server.
final class ActivityTaskHandler: Sendable {
    /// What a handler needs of its worker.
    struct Environment: Sendable {
        var service: any TemporalService
        var namespace: String
        var identity: String
        var taskQueue: String
        var converter: PayloadConverter
        var logger: Logger
        var maximumHeartbeatThrottle: Duration
        var defaultHeartbeatThrottle: Duration
        var intercept: ActivityIntercept?
        var willCompleteAsynchronously: (@Sendable (Data) -> Void)?
    }

    private struct State {
        var executions: [Data: ActivityExecution] = [:]
        var isStopping = false
    }

    private let environment: Environment
    private let definitions: [String: ActivityDefinition]
    private let knownTypes: [String]
    private let state = Mutex(State())

    init(_ environment: Environment, definitions: [ActivityDefinition]) {
        self.environment = environment
        self.definitions = Dictionary(definitions.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.knownTypes = definitions.map(\.name)
    }

    // MARK: All attempts

    /// Cancels all attempts because the worker stops, and those that still come.
    func stop() {
        let executions = state.withLock { state in
            state.isStopping = true
            return Array(state.executions.values)
        }
        for execution in executions { execution.cancel(.workerShutdown) }
    }

    /// Looks after the timeouts of all attempts until the task is cancelled.
    func watchTimeouts() async {
        while !Task.isCancelled {
            // The only error is the cancellation that ends the loop.
            try? await Task.sleep(for: .seconds(1))
            let now = ContinuousClock.now
            for execution in state.withLock({ Array($0.executions.values) }) {
                execution.checkTimeouts(at: now)
            }
        }
    }

    // MARK: One attempt

    /// Works on a task.
    func handle(_ task: APIPollActivityTaskQueueResponse) async {
        let info = ActivityInfo(task, namespace: environment.namespace, taskQueue: environment.taskQueue)
        var logger = environment.logger
        logger[metadataKey: "namespace"] = "\(info.namespace)"
        logger[metadataKey: "task_queue"] = "\(info.taskQueue)"
        logger[metadataKey: "activity_id"] = "\(info.activityID)"
        logger[metadataKey: "activity_type"] = "\(info.activityType)"
        logger[metadataKey: "workflow_id"] = "\(info.workflowID)"
        logger[metadataKey: "run_id"] = "\(info.runID)"
        logger[metadataKey: "workflow_type"] = "\(info.workflowType)"
        logger[metadataKey: "attempt"] = "\(info.attempt)"
        let execution = ActivityExecution(
            service: environment.service,
            namespace: environment.namespace,
            identity: environment.identity,
            info: info,
            throttle: throttle(info.heartbeatTimeout),
            logger: logger
        )
        let context = ActivityContext(
            info: info,
            logger: logger,
            converter: environment.converter,
            runtime: execution
        )
        let isStopping = state.withLock { state in
            state.executions[info.taskToken] = execution
            return state.isStopping
        }
        if isStopping { execution.cancel(.workerShutdown) }
        let code = Task { [self] in
            try await ActivityContext.$running.withValue(context) {
                try await run(info, task.input.values)
            }
        }
        execution.onCancel { code.cancel() }
        let result = await code.result
        let details = execution.finish()
        state.withLock { $0.executions[info.taskToken] = nil }
        await answer(info, result, execution.cancellationReason, details, logger)
    }

    private func throttle(_ heartbeatTimeout: Duration?) -> Duration {
        min(
            heartbeatTimeout.map { $0 * 4 / 5 } ?? environment.defaultHeartbeatThrottle,
            environment.maximumHeartbeatThrottle
        )
    }

    private func run(_ info: ActivityInfo, _ input: [Payload]) async throws -> Payload {
        let definition = definitions[info.activityType]
        if let intercept = environment.intercept {
            return try await intercept(info, input, environment.converter, definition)
        }
        guard let definition else {
            throw ApplicationError(
                "Activity '\(info.activityType)' is not registered with this worker. "
                    + "Registered: [\(knownTypes.joined(separator: ", "))].",
                type: "NotFoundError"
            )
        }
        return try await definition.run(input, environment.converter)
    }

    // MARK: The answer

    private func answer(
        _ info: ActivityInfo,
        _ result: Result<Payload, any Error>,
        _ reason: ActivityCancellationReason?,
        _ details: [Payload]?,
        _ logger: Logger
    ) async {
        // Nobody waits for an attempt that the server has given up.
        if reason == .notFound || reason == .timedOut { return }
        do {
            switch result {
            case .success(let payload):
                var request = APIRespondActivityTaskCompletedRequest()
                request.taskToken = info.taskToken
                request.namespace = environment.namespace
                request.identity = environment.identity
                request.result = APIPayloads([payload])
                _ = try await environment.service.call(.respondActivityTaskCompleted, request, options: .default)
            case .failure(is CompletesAsynchronously):
                environment.willCompleteAsynchronously?(info.taskToken)
            case .failure(let error) where reason == .requested && isCancellation(error):
                var request = APIRespondActivityTaskCanceledRequest()
                request.taskToken = info.taskToken
                request.namespace = environment.namespace
                request.identity = environment.identity
                if let error = error as? CancelledError, !error.details.isEmpty {
                    request.details = APIPayloads(error.details)
                }
                _ = try await environment.service.call(.respondActivityTaskCanceled, request, options: .default)
            case .failure(let error):
                try await fail(info, failure(error, reason), details, logger)
            }
        } catch let error as RPCError where error.code == .notFound {
            logger.warning("The activity is no longer known to the server: its outcome is dropped.")
        } catch {
            logger.error("The outcome of the activity was not taken: \(error)")
        }
    }

    private func fail(_ info: ActivityInfo, _ error: any Error, _ details: [Payload]?, _ logger: Logger) async throws {
        if let error = error as? ApplicationError, error.category == .benign {
            logger.debug("The activity failed: \(error)")
        } else {
            logger.warning("The activity failed: \(error)")
        }
        var request = APIRespondActivityTaskFailedRequest()
        request.taskToken = info.taskToken
        request.namespace = environment.namespace
        request.identity = environment.identity
        request.failure = FailureConverter().failure(error)
        if let details, !details.isEmpty { request.lastHeartbeatDetails = APIPayloads(details) }
        _ = try await environment.service.call(.respondActivityTaskFailed, request, options: .default)
    }

    /// What a cancellation that the workflow did not ask for is reported as.
    private func failure(_ error: any Error, _ reason: ActivityCancellationReason?) -> any Error {
        guard let reason, isCancellation(error) else { return error }
        return switch reason {
        case .workerShutdown:
            ApplicationError(
                "The worker stopped, and this activity did not complete in time.",
                type: "WorkerShutdown"
            )
        case .paused:
            ApplicationError("The activity was paused and did not handle the cancellation.", type: "ActivityPause")
        case .reset:
            ApplicationError("The activity was reset and did not handle the cancellation.", type: "ActivityReset")
        default:
            error
        }
    }
}

/// Runs in place of an activity's code, with its definition if it is registered. Tests mock activities with it.
package typealias ActivityIntercept =
    @Sendable (ActivityInfo, [Payload], PayloadConverter, ActivityDefinition?) async throws -> Payload

extension ActivityInfo {
    fileprivate init(_ task: APIPollActivityTaskQueueResponse, namespace: String, taskQueue: String) {
        self.init(
            taskToken: task.taskToken,
            namespace: task.workflowNamespace.isEmpty ? namespace : task.workflowNamespace,
            taskQueue: taskQueue,
            activityID: task.activityID,
            activityType: task.activityType.name,
            workflowID: task.workflowExecution.workflowID,
            runID: task.workflowExecution.runID,
            workflowType: task.workflowType.name,
            attempt: max(1, Int(task.attempt)),
            scheduledTime: Date(task.scheduledTime),
            currentAttemptScheduledTime: Date(task.currentAttemptScheduledTime),
            startedTime: Date(task.startedTime),
            scheduleToCloseTimeout: task.scheduleToCloseTimeout.limit,
            startToCloseTimeout: task.startToCloseTimeout.limit,
            heartbeatTimeout: task.heartbeatTimeout.limit,
            retryPolicy: task.hasRetryPolicy ? RetryPolicy(task.retryPolicy) : nil,
            heartbeatDetails: task.heartbeatDetails.values,
            headers: task.header.fields.mapValues(Payload.init)
        )
    }
}
