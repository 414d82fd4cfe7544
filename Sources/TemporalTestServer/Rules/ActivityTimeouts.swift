import SwiftProtobuf
import TemporalAPI

extension Run {
    /// What a scheduled activity's event says: the command with everything filled in that it left open.
    ///
    /// Timeouts follow the server: one of start-to-close and schedule-to-close is required; what is missing is taken from
    /// the other or from the run timeout, and nothing may be longer than the run.
    func activityAttributes(
        _ command: APIScheduleActivityTaskCommandAttributes,
        completedEventID: Int64
    ) -> APIActivityTaskScheduledEventAttributes {
        let run = Span(start.workflowRunTimeout)
        var toClose = Span(command.scheduleToCloseTimeout)
        var toStart = Span(command.scheduleToStartTimeout)
        var attempt = Span(command.startToCloseTimeout)
        var heartbeat = Span(command.heartbeatTimeout)
        if toClose > .zero {
            if toStart == .zero { toStart = toClose }
            if attempt == .zero { attempt = toClose }
            toStart = min(toStart, toClose)
            attempt = min(attempt, toClose)
        } else {
            toClose = run
            if toStart == .zero { toStart = run }
        }
        if run > .zero {
            toClose = min(toClose, run)
            toStart = min(toStart, run)
            attempt = min(attempt, run)
            heartbeat = min(heartbeat, run)
        }
        heartbeat = min(heartbeat, attempt)

        var attributes = APIActivityTaskScheduledEventAttributes()
        attributes.activityID = command.activityID
        attributes.activityType = command.activityType
        attributes.taskQueue = .with {
            $0.name = command.taskQueue.name.isEmpty ? start.taskQueue.name : command.taskQueue.name
            $0.kind = .normal
        }
        if command.hasHeader { attributes.header = command.header }
        if command.hasInput { attributes.input = command.input }
        attributes.scheduleToCloseTimeout = toClose.proto
        attributes.scheduleToStartTimeout = toStart.proto
        attributes.startToCloseTimeout = attempt.proto
        attributes.heartbeatTimeout = heartbeat.proto
        attributes.workflowTaskCompletedEventID = completedEventID
        attributes.retryPolicy = RetryRules.withDefaults(command.retryPolicy)
        attributes.useWorkflowBuildID = command.useWorkflowBuildID
        if command.hasPriority { attributes.priority = command.priority }
        return attributes
    }
}
