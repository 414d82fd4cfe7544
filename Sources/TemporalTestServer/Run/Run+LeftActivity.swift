import Temporal
import TemporalAPI

extension Run {
    /// Leaves an attempt that a worker has to one of its timeouts: no other comes before.
    ///
    /// - Returns: Whether the activity has such a timeout.
    func leaveActivity(scheduledEventID: Int64, stamp: UInt64, to kind: ActivityTimeoutKind) -> Bool {
        guard var activity = activities[scheduledEventID], activity.stamp == stamp else { return false }
        let attributes = activity.attributes
        let limit =
            switch kind {
            case .scheduleToStart: Span(attributes.scheduleToStartTimeout)
            case .scheduleToClose: Span(attributes.scheduleToCloseTimeout)
            case .startToClose: Span(attributes.startToCloseTimeout)
            case .heartbeat: Span(attributes.heartbeatTimeout)
            }
        guard limit > .zero else { return false }
        activity.leftTo = kind
        activity.completesAsynchronously = true
        if kind == .scheduleToStart {
            // As if no worker had come for it.
            activity.state = .scheduled
            activity.startedTime = nil
            activity.identity = ""
            activity.isUnattended = true
            engine.deadlines.insert(
                .activityTimeout(run: number, scheduledEventID: scheduledEventID, stamp: stamp, kind: kind),
                at: activity.attemptScheduledTime + limit
            )
        }
        activities[scheduledEventID] = activity
        engine.touch(self)
        return true
    }
}
