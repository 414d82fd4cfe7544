/// The shortest time between two heartbeats of an activity that are sent: 80 % of its heartbeat timeout.
///
/// - Parameters:
///   - timeout: The heartbeat timeout; `nil` for an activity without one.
///   - usual: The time of an activity without a timeout, as `WorkerOptions.defaultHeartbeatThrottleInterval`.
///   - longest: The longest there is, as `WorkerOptions.maximumHeartbeatThrottleInterval`.
package func heartbeatThrottle(_ timeout: Duration?, usual: Duration, longest: Duration) -> Duration {
    min(timeout.map { $0 * 4 / 5 } ?? usual, longest)
}
