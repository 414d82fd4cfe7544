import Foundation
import Logging
import Synchronization
import Temporal
import TemporalAPI

/// Runs the local activities of a worker's workflows, in slots of their own.
final class LocalActivityRunner: Sendable {
    private struct State {
        var executions: [Int: LocalActivityExecution] = [:]
        var count = 0
        var isStopping = false
        /// What the supplier of slots threw.
        var supplierError: (any Error)?
    }

    /// One slot for each attempt that runs.
    let slots: SlotPool

    /// Where attempts are counted and timed.
    let metrics: WorkerMetrics

    /// The time by which they are timed.
    let time: LocalActivityTime

    /// Turns errors of the code into failures.
    let failureConverter: FailureConverter

    /// The activities of the worker.
    let code: ActivityCode

    private let tracker: TaskTracker
    private let logger: Logger
    private let state = Mutex(State())
    private let supplierFailed = Wakeup()
    private let failureCount = Atomic<Int>(0)

    /// The number of attempts that failed.
    var failures: Int { failureCount.load(ordering: .relaxed) }

    /// Sets a runner up.
    ///
    /// - Parameters:
    ///   - slots: The slots in which attempts run.
    ///   - metrics: Where they are counted and timed.
    ///   - time: The time by which they are timed.
    ///   - code: The activities of the worker.
    ///   - failureConverter: Turns errors of the code into failures.
    ///   - tracker: What the worker waits for when it stops.
    ///   - logger: Where failures are logged.
    init(
        slots: SlotPool,
        metrics: WorkerMetrics,
        time: LocalActivityTime,
        code: ActivityCode,
        failureConverter: FailureConverter,
        tracker: TaskTracker,
        logger: Logger
    ) {
        self.slots = slots
        self.metrics = metrics
        self.time = time
        self.code = code
        self.failureConverter = failureConverter
        self.tracker = tracker
        self.logger = logger
    }

    /// Begins to run a local activity, whose outcome comes to the board of its run.
    func start(_ request: WorkflowMachine.LocalActivityRequest, of info: WorkflowInfo, _ board: LocalActivityBoard) {
        let execution = LocalActivityExecution(request, info: info, board: board, runner: self)
        board.add(execution, sequence: request.sequence)
        board.enter()
        let (number, isStopping) = state.withLock { state in
            state.count += 1
            state.executions[state.count] = execution
            return (state.count, state.isStopping)
        }
        if isStopping { execution.cancel(.workerShutdown) }
        tracker.start(on: time.executor) { [self] _ in
            await execution.run()
            state.withLock { $0.executions[number] = nil }
        }
    }

    /// Cancels all that run because the worker stops, and those that still come.
    func stop() {
        let executions = state.withLock { state in
            state.isStopping = true
            return state.executions.sorted { $0.key < $1.key }.map(\.value)
        }
        for execution in executions { execution.cancel(.workerShutdown) }
    }

    /// Ends the worker, because its supplier of slots threw. What runs is left to other workers.
    func supplierThrew(_ error: any Error) {
        state.withLock { $0.supplierError = $0.supplierError ?? error }
        stop()
        supplierFailed.signal()
    }

    /// Waits until the supplier of slots throws, or the task is cancelled.
    ///
    /// - Throws: What it threw, `CancellationError`.
    func waitForSupplierError() async throws {
        await supplierFailed.wait()
        if let error = state.withLock({ $0.supplierError }) { throw error }
        try Task.checkCancellation()
    }

    /// Counts an attempt that failed.
    func countFailure() {
        failureCount.add(1, ordering: .relaxed)
    }

    /// Runs the code of one attempt.
    func run(
        _ request: WorkflowMachine.LocalActivityRequest,
        attempt: Int,
        of info: WorkflowInfo,
        _ runtime: LocalActivityAttempt
    ) async throws -> Payload {
        let now = time.now()
        let activity = ActivityInfo(
            taskToken: Data("local_act_\(info.runID)_\(request.sequence)".utf8),
            namespace: info.namespace,
            taskQueue: info.taskQueue,
            activityID: request.id,
            activityType: request.call.name,
            workflowID: info.workflowID,
            runID: info.runID,
            workflowType: info.workflowType,
            attempt: attempt,
            scheduledTime: request.originalScheduleTime,
            currentAttemptScheduledTime: now,
            startedTime: now,
            scheduleToCloseTimeout: request.call.scheduleToCloseTimeout,
            startToCloseTimeout: request.call.startToCloseTimeout,
            heartbeatTimeout: nil,
            retryPolicy: request.call.retryPolicy,
            heartbeatDetails: [],
            headers: request.call.headers,
            isLocal: true
        )
        return try await code.run(
            activity,
            request.call.input,
            logger: logger.describing(activity),
            metrics: metrics.factory(activity: activity),
            runtime: runtime
        )
    }

    /// Logs an attempt that failed.
    func log(
        _ failure: APIFailure,
        attempt: Int,
        of request: WorkflowMachine.LocalActivityRequest,
        _ info: WorkflowInfo
    ) {
        let isBenign = failure.applicationFailureInfo.category == .benign
        logger.log(
            level: isBenign ? .debug : .warning,
            "The local activity failed: \(failure.message)",
            metadata: [
                "workflow_id": "\(info.workflowID)",
                "run_id": "\(info.runID)",
                "activity_type": "\(request.call.name)",
                "activity_id": "\(request.id)",
                "attempt": "\(attempt)",
            ]
        )
    }
}
