import Foundation
import Temporal

/// Counts and times one attempt of a local activity. Without a metrics system it does nothing.
struct LocalActivityTimer {
    private let metrics: WorkerMetrics
    private let activity: (String, String)
    private let workflow: (String, String)
    private let start: Date

    /// Starts with an attempt that begins.
    init(_ metrics: WorkerMetrics, activityType: String, workflowType: String, at now: Date) {
        self.metrics = metrics
        self.activity = ("activity_type", activityType)
        self.workflow = ("workflow_type", workflowType)
        self.start = now
        guard metrics.isOn else { return }
        metrics.count("local_activity_total", activity, workflow)
    }

    /// Notes that the attempt is over.
    func ended(at now: Date) {
        guard metrics.isOn else { return }
        metrics.time("local_activity_execution_latency", .seconds(now.timeIntervalSince(start)), activity, workflow)
    }

    /// Notes that it had a result.
    ///
    /// - Parameter total: How long it took since the call, with all attempts before.
    func succeeded(after total: Duration) {
        guard metrics.isOn else { return }
        metrics.time("local_activity_succeed_endtoend_latency", total, activity, workflow)
    }

    /// Notes that it failed, or took too long.
    func failed() {
        guard metrics.isOn else { return }
        metrics.count("local_activity_execution_failed", activity, workflow, FailureReason.activity.label)
    }

    /// Notes that it ended because it was cancelled.
    func cancelled() {
        guard metrics.isOn else { return }
        metrics.count("local_activity_execution_cancelled", activity, workflow)
    }
}
