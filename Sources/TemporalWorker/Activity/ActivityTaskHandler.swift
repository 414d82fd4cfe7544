import Foundation
import Logging
import Synchronization
package import Temporal
import TemporalAPI
import TemporalClient

/// Works on activity tasks: runs the code, sends heartbeats, answers the server.
final class ActivityTaskHandler: Sendable {
    /// What a handler needs of its worker.
    struct Environment: Sendable {
        var service: any TemporalService
        var namespace: String
        var identity: String
        var taskQueue: String
        var dataConverter: DataConverter
        var logger: Logger
        var metrics: WorkerMetrics
        var timing: CallTiming
        /// The time by which attempts report and time out.
        var time: ActivityTime
        var maximumHeartbeatThrottle: Duration
        var defaultHeartbeatThrottle: Duration
        var willCompleteAsynchronously: (@Sendable (Data) -> Void)?
        var deployment: WorkerDeploymentOptions?
    }

    private struct State {
        var executions: [Data: ActivityExecution] = [:]
        var isStopping = false
        var takesEagerTasks = true
    }

    private let environment: Environment
    private let code: ActivityCode
    private let state = Mutex(State())
    private let failureCount = Atomic<Int>(0)
    /// Wakes who looks after timeouts when there is an attempt again.
    private let attemptCame = Wakeup()

    /// The number of attempts that failed.
    var failures: Int { failureCount.load(ordering: .relaxed) }

    /// Whether activities may come with the answers to workflow tasks: not any more when the worker is to stop.
    var takesEagerTasks: Bool { state.withLock { $0.takesEagerTasks } }

    init(_ environment: Environment, code: ActivityCode) {
        self.environment = environment
        self.code = code
    }

    // MARK: All attempts

    /// Takes no activities that come with the answers to workflow tasks from now on.
    func refuseEagerTasks() {
        state.withLock { $0.takesEagerTasks = false }
    }

    /// Cancels all attempts because the worker stops, and those that still come.
    func stop() {
        let executions = state.withLock { state in
            state.isStopping = true
            state.takesEagerTasks = false
            return Array(state.executions.values)
        }
        for execution in executions { execution.cancel(.workerShutdown) }
    }

    /// Looks after the timeouts of all attempts until the task is cancelled.
    func watchTimeouts() async {
        while !Task.isCancelled {
            if state.withLock({ $0.executions.isEmpty }) { await attemptCame.wait() }
            // The only error is the cancellation that ends the loop.
            try? await environment.timing.sleep(.seconds(1))
            let now = environment.time.now()
            for execution in state.withLock({ Array($0.executions.values) }) {
                execution.checkTimeouts(at: now)
            }
        }
    }

    // MARK: One attempt

    /// Works on a task.
    ///
    /// - Parameters:
    ///   - encoded: The task, with payloads as the service stores them.
    ///   - isEager: Whether it came with the answer to a workflow task.
    func handle(_ encoded: APIPollActivityTaskQueueResponse, isEager: Bool = false) async {
        let timer = ActivityTimer(environment.metrics, encoded, isEager: isEager, environment.timing)
        // What the codec knows of the task is not encoded.
        let isStandalone = encoded.workflowExecution.workflowID.isEmpty
        let scope =
            isStandalone
            ? nil
            : environment.dataConverter.scope(
                SerializationContext(
                    ActivityInfo(encoded, namespace: environment.namespace, taskQueue: environment.taskQueue)
                )
            )
        let task: APIPollActivityTaskQueueResponse
        let unreadable: (any Error)?
        do {
            task = try await environment.dataConverter.decoded(encoded, in: scope)
            unreadable = nil
        } catch {
            task = encoded
            unreadable = error
        }
        let info = ActivityInfo(task, namespace: environment.namespace, taskQueue: environment.taskQueue)
        let logger = environment.logger.describing(info)
        if let unreadable {
            _ = await answer(info, .failure(unreadable), nil, nil, scope, logger)
            return
        }
        let execution = ActivityExecution(
            service: environment.service,
            namespace: environment.namespace,
            identity: environment.identity,
            info: info,
            scope: scope,
            throttle: heartbeatThrottle(
                info.heartbeatTimeout,
                usual: environment.defaultHeartbeatThrottle,
                longest: environment.maximumHeartbeatThrottle
            ),
            time: environment.time,
            logger: logger
        )
        let (isFirst, isStopping) = state.withLock { state in
            defer { state.executions[info.taskToken] = execution }
            return (state.executions.isEmpty, state.isStopping)
        }
        if isFirst { attemptCame.signal() }
        if isStopping { execution.cancel(.workerShutdown) }
        if !code.isKnown(info.activityType) {
            environment.metrics.count("unregistered_activity_invocation", ("activity_type", info.activityType))
        }
        let running = Task(executorPreference: code.executor(info.activityType)) { [code, environment] in
            try await code.run(
                info,
                task.input.values,
                logger: logger,
                metrics: environment.metrics.factory(activity: info),
                runtime: execution
            )
        }
        execution.onCancel { running.cancel() }
        var result = await running.result
        let details = execution.finish()
        if let failure = execution.heartbeatFailure, case .failure(let error) = result, isCancellation(error) {
            result = .failure(failure)
        }
        state.withLock { $0.executions[info.taskToken] = nil }
        timer.ran()
        if await answer(info, result, execution.cancellationReason, details, scope, logger) { timer.succeeded() }
    }

    // MARK: The answer

    /// Tells the server how an attempt ended.
    ///
    /// - Parameters:
    ///   - cause: What metrics call the reason of a failure.
    ///   - isBare: Whether an error is told without payloads, because it could not be told with them.
    /// - Returns: Whether the server has taken a result.
    private func answer(
        _ info: ActivityInfo,
        _ result: Result<Payload, any Error>,
        _ reason: ActivityCancellationReason?,
        _ details: [Payload]?,
        _ scope: SerializationScope?,
        _ logger: Logger,
        cause: FailureReason = .activity,
        isBare: Bool = false
    ) async -> Bool {
        let options = CallOptions.scoped(scope)
        // Nobody waits for an attempt that the server has given up.
        if reason == .notFound || reason == .timedOut { return false }
        do {
            switch result {
            case .success(let payload):
                try await complete(info, payload, options)
                return true
            case .failure(is CompletesAsynchronously):
                environment.willCompleteAsynchronously?(info.taskToken)
            case .failure(let error) where reason == .requested && isCancellation(error):
                try await cancel(info, isBare ? nil : error as? CancelledError, options)
            case .failure(let error):
                // One that could not be told the first time was counted then.
                if !isBare { count(info, failure(error, reason), cause, logger) }
                try await fail(info, failure(error, reason), details, options, isBare: isBare)
            }
        } catch let error as RPCError where error.code == .notFound {
            logger.warning("The activity is no longer known to the server: its outcome is dropped.")
        } catch  where result.isSuccess && untellable(error) != nil {
            // The outcome cannot be told, but that can.
            let (told, cause) = untellable(error) ?? (error, .activity)
            return await answer(info, .failure(told), nil, nil, scope, logger, cause: cause)
        } catch  where !result.isSuccess && !isBare && isUntellable(error) {
            logger.warning("The failure of the activity is reported without its details: \(error)")
            return await answer(info, result, reason, nil, scope, logger, isBare: true)
        } catch {
            logger.error("The outcome of the activity was not taken: \(error)")
        }
        return false
    }

    /// What an outcome that cannot be told is reported as; `nil` for an outcome that was refused for another reason.
    private func untellable(_ error: any Error) -> (error: any Error, cause: FailureReason)? {
        switch error {
        case is PayloadCodecError: (error, .activity)
        case let error as PayloadsTooLargeError:
            (
                ApplicationError(error.description, type: "PayloadsTooLarge", nonRetryable: true),
                .payloadsTooLarge
            )
        case let error as RPCError where isMessageTooLarge(error):
            (
                ApplicationError(
                    "The result of the activity is larger than a message may be: \(error.message)",
                    type: "GrpcMessageTooLarge",
                    nonRetryable: true
                ),
                .messageTooLarge
            )
        default: nil
        }
    }

    private func complete(_ info: ActivityInfo, _ result: Payload, _ options: CallOptions) async throws {
        var request = answer(info, APIRespondActivityTaskCompletedRequest())
        request.result = APIPayloads([result])
        _ = try await environment.service.call(.respondActivityTaskCompleted, request, options: options)
    }

    private func cancel(_ info: ActivityInfo, _ error: CancelledError?, _ options: CallOptions) async throws {
        var request = answer(info, APIRespondActivityTaskCanceledRequest())
        if let error, !error.details.isEmpty { request.details = APIPayloads(error.details) }
        _ = try await environment.service.call(.respondActivityTaskCanceled, request, options: options)
    }

    private func fail(
        _ info: ActivityInfo,
        _ error: any Error,
        _ details: [Payload]?,
        _ options: CallOptions,
        isBare: Bool
    ) async throws {
        var request = answer(info, APIRespondActivityTaskFailedRequest())
        let failure = environment.dataConverter.failureConverter.failure(error)
        request.failure = isBare ? failure.bare : failure
        if let details, !details.isEmpty { request.lastHeartbeatDetails = APIPayloads(details) }
        _ = try await environment.service.call(.respondActivityTaskFailed, request, options: options)
    }

    /// An answer with what all answers have.
    private func answer<Answer: ActivityAnswer>(_ info: ActivityInfo, _ empty: Answer) -> Answer {
        var answer = empty
        answer.taskToken = info.taskToken
        answer.namespace = environment.namespace
        answer.identity = environment.identity
        if let deployment = environment.deployment { answer.deploymentOptions = deployment.proto }
        return answer
    }

    private func count(_ info: ActivityInfo, _ error: any Error, _ cause: FailureReason, _ logger: Logger) {
        if let error = error as? ApplicationError, error.category == .benign {
            logger.debug("The activity failed: \(error)")
        } else {
            logger.warning("The activity failed: \(error)")
            environment.metrics.count(
                "activity_execution_failed",
                ("activity_type", info.activityType),
                ("workflow_type", info.workflowType),
                cause.label
            )
        }
        failureCount.add(1, ordering: .relaxed)
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

/// What a worker tells of the end of an attempt.
private protocol ActivityAnswer {
    var taskToken: Data { get set }
    var namespace: String { get set }
    var identity: String { get set }
    var deploymentOptions: APIWorkerDeploymentOptions { get set }
}

extension APIRespondActivityTaskCompletedRequest: ActivityAnswer {}
extension APIRespondActivityTaskCanceledRequest: ActivityAnswer {}
extension APIRespondActivityTaskFailedRequest: ActivityAnswer {}

extension Result {
    fileprivate var isSuccess: Bool {
        if case .success = self { return true }
        return false
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
            headers: task.header.fields.mapValues(Payload.init),
            activityRunID: task.activityRunID,
            priority: task.hasPriority ? Priority(task.priority) : nil
        )
    }
}
