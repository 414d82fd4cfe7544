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
    }

    /// One slot for each attempt that runs.
    let slots: LocalActivitySlots
    private let slotCount: Int
    private let counts = Mutex(Counts())

    /// The time by which they are timed.
    let time: LocalActivityTime

    /// Turns errors of the code into failures.
    let failureConverter: FailureConverter

    /// The activities of the worker.
    let code: ActivityCode

    private let tracker: TaskTracker
    private let logger: Logger
    private let state = Mutex(State())

    /// Sets a runner up.
    ///
    /// - Parameters:
    ///   - slots: How many attempts run at a time.
    ///   - time: The time by which they are timed.
    ///   - code: The activities of the worker.
    ///   - failureConverter: Turns errors of the code into failures.
    ///   - tracker: What the worker waits for when it stops.
    ///   - logger: Where failures are logged.
    init(
        slots: Int,
        time: LocalActivityTime,
        code: ActivityCode,
        failureConverter: FailureConverter,
        tracker: TaskTracker,
        logger: Logger
    ) {
        self.slots = LocalActivitySlots(size: slots)
        self.slotCount = slots
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
        tracker.start(on: nil) { [self] _ in
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
        counts.withLock { $0.used += 1 }
        do {
            let result = try await code.run(
                activity,
                request.call.input,
                logger: logger.describing(activity),
                runtime: runtime
            )
            counts.withLock { $0.end(failed: false) }
            return result
        } catch {
            counts.withLock { $0.end(failed: true) }
            throw error
        }
    }

    /// How the slots are in use.
    var slotUse: WorkerHeartbeats.SlotUse {
        let counts = counts.withLock { $0 }
        return WorkerHeartbeats.SlotUse(
            kind: .localActivity,
            used: counts.used,
            processed: counts.processed,
            failed: counts.failed,
            maximum: slotCount,
            supplier: slots.kindName
        )
    }

    /// How many attempts run, and what became of those before.
    private struct Counts {
        var used = 0
        var processed = 0
        var failed = 0

        mutating func end(failed hasFailed: Bool) {
            used -= 1
            processed += 1
            if hasFailed { failed += 1 }
        }
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
