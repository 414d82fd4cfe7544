import Foundation
import Temporal
import TemporalAPI
import TemporalClient

/// Counts and times one attempt of an activity. Without a metrics system it does nothing.
struct ActivityTimer {
    private let metrics: WorkerMetrics
    private let task: APIPollActivityTaskQueueResponse
    private let timing: CallTiming
    private let start: Duration

    /// Starts with a task that was just taken.
    init(
        _ metrics: WorkerMetrics,
        _ task: APIPollActivityTaskQueueResponse,
        isEager: Bool,
        _ timing: CallTiming
    ) {
        self.metrics = metrics
        self.task = task
        self.timing = timing
        self.start = metrics.isOn ? timing.now() : .zero
        guard metrics.isOn else { return }
        let (activity, workflow) = labels
        metrics.count("activity_task_received", activity, workflow, ("eager", isEager ? "true" : "false"))
        let latency = Date(task.startedTime).timeIntervalSince(Date(task.currentAttemptScheduledTime))
        metrics.time("activity_schedule_to_start_latency", .seconds(latency), activity, workflow)
    }

    /// Notes that the code has returned.
    func ran() {
        guard metrics.isOn else { return }
        let (activity, workflow) = labels
        metrics.time("activity_execution_latency", timing.now() - start, activity, workflow)
    }

    /// Notes that the server has taken a result.
    func succeeded() {
        guard metrics.isOn else { return }
        let (activity, workflow) = labels
        let latency = Date().timeIntervalSince(Date(task.scheduledTime))
        metrics.time("activity_succeed_endtoend_latency", .seconds(latency), activity, workflow)
    }

    private var labels: ((String, String), (String, String)) {
        (("activity_type", task.activityType.name), ("workflow_type", task.workflowType.name))
    }
}
