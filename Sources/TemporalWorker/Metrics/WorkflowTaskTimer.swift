import Foundation
import Temporal
import TemporalAPI
import TemporalClient

/// Times one workflow task.
///
/// Unchecked, because one workflow task at a time uses it.
final class WorkflowTaskTimer: @unchecked Sendable {
    private let metrics: WorkerMetrics
    private let workflowType: String
    private let timing: CallTiming
    private let start: Duration
    private var replayStart: Duration?

    /// Starts with a task that was just taken.
    init(_ metrics: WorkerMetrics, _ task: APIPollWorkflowTaskQueueResponse, _ timing: CallTiming) {
        self.metrics = metrics
        self.timing = timing
        self.workflowType = task.workflowType.name
        self.start = timing.now()
        guard metrics.isOn, task.hasScheduledTime, task.hasStartedTime, !task.hasQuery else { return }
        let latency = Date(task.startedTime).timeIntervalSince(Date(task.scheduledTime))
        metrics.time("workflow_task_schedule_to_start_latency", .seconds(latency))
    }

    /// Notes that code is about to run.
    ///
    /// - Parameter isReplaying: Whether it runs over events that it has already produced.
    func activates(isReplaying: Bool) {
        guard metrics.isOn else { return }
        if isReplaying {
            replayStart = replayStart ?? timing.now()
        } else if let replayed = replayStart.take() {
            metrics.time("workflow_task_replay_latency", timing.now() - replayed, ("workflow_type", workflowType))
        }
    }

    /// Notes that the task is done.
    ///
    /// - Returns: How long it took.
    func end() -> Duration {
        let duration = timing.now() - start
        metrics.time("workflow_task_execution_latency", duration, ("workflow_type", workflowType))
        return duration
    }
}
