import Foundation
import Temporal
import TemporalAPI

/// Times one workflow task. Without a metrics system it does nothing.
///
/// Unchecked, because one workflow task at a time uses it.
final class WorkflowTaskTimer: @unchecked Sendable {
    private let metrics: WorkerMetrics
    private let workflowType: String
    private let start: ContinuousClock.Instant?
    private var replayStart: ContinuousClock.Instant?

    /// Starts with a task that was just taken.
    init(_ metrics: WorkerMetrics, _ task: APIPollWorkflowTaskQueueResponse) {
        self.metrics = metrics
        self.workflowType = task.workflowType.name
        self.start = metrics.isOn ? .now : nil
        guard metrics.isOn, task.hasScheduledTime, task.hasStartedTime, !task.hasQuery else { return }
        let latency = Date(task.startedTime).timeIntervalSince(Date(task.scheduledTime))
        metrics.time("workflow_task_schedule_to_start_latency", .seconds(latency))
    }

    /// Notes that code is about to run.
    ///
    /// - Parameter isReplaying: Whether it runs over events that it has already produced.
    func activates(isReplaying: Bool) {
        guard start != nil else { return }
        if isReplaying {
            replayStart = replayStart ?? .now
        } else if let replayed = replayStart.take() {
            metrics.time("workflow_task_replay_latency", .now - replayed, ("workflow_type", workflowType))
        }
    }

    /// Notes that the task is done.
    func end() {
        guard let start else { return }
        metrics.time("workflow_task_execution_latency", .now - start, ("workflow_type", workflowType))
    }
}
