import Foundation
import Temporal
import TemporalAPI

/// How a workflow task ends.
enum TaskEnding: Sendable, Equatable {
    /// The code waits for nothing of this worker.
    case complete
    /// Local activities go on, and a new task follows at once.
    case heartbeat
    /// The worker stops: a new task follows at once, for another worker, which starts the local activities over.
    case handOver
}

extension WorkflowTaskHandler {
    /// How much of the time limit of a workflow task local activities may use.
    private static let share = 0.8

    /// Runs the local activities that the code has called, and the code with their outcomes, one at a time.
    ///
    /// - Parameters:
    ///   - task: The task, whose history the run has.
    ///   - run: The run, whose code waits.
    ///   - received: When the task came.
    ///   - hold: Whether the run was given up because its code blocks.
    /// - Returns: How to answer the task.
    /// - Throws: ``WorkflowTaskFailure`` from the code.
    func runLocalActivities(
        _ task: APIPollWorkflowTaskQueueResponse,
        _ run: WorkflowRun,
        since received: Date,
        _ hold: TaskHold
    ) async throws -> TaskEnding {
        let runner = environment.localActivities
        if run.board == nil, !run.machine.hasOpenLocalActivities { return .complete }
        let board = run.board ?? LocalActivityBoard(runID: run.info.runID, time: runner.time)
        run.board = board
        let used = Duration.seconds(runner.time.now().timeIntervalSince(received))
        board.beginTask(remaining: run.info.taskTimeout * Self.share - used)
        while true {
            let isClosing = run.machine.isClosing
            // What a run calls as it ends is not to have effects any more.
            if !isClosing {
                for request in run.machine.takeLocalActivityRequests() { runner.start(request, of: run.info, board) }
            }
            for sequence in run.machine.takeLocalActivityCancellations() { board.cancel(sequence) }
            if isClosing {
                board.abandonAll()
                return .complete
            }
            guard run.machine.hasOpenLocalActivities else { return .complete }
            // Whoever asks a query does not wait for local activities.
            guard task.queries.isEmpty else { return .heartbeat }
            switch await board.next() {
            case .heartbeatIsDue:
                return .heartbeat
            case .workerStops:
                board.abandonAll()
                return .handOver
            case .ended(let outcome):
                guard let job = run.machine.resolveLocalActivity(outcome) else { continue }
                run.add(job)
                try activate(task, run, isReplaying: false, hold)
                if hold.isLost { return .complete }
            }
        }
    }
}
