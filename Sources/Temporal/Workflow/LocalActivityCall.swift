package import Foundation

/// One call of a local activity.
package struct LocalActivityCall: Sendable {
    package var name: String
    package var input: [Payload]
    package var activityID: String?
    package var scheduleToCloseTimeout: Duration?
    package var scheduleToStartTimeout: Duration?
    package var startToCloseTimeout: Duration?
    package var retryPolicy: RetryPolicy
    /// The longest wait between two attempts that happens within a workflow task.
    package var localRetryThreshold: Duration
    package var cancellation: ActivityCancellationType
    package var summary: String?
    /// What interceptors give to the attempts.
    package var headers: [String: Payload] = [:]
    /// The number of the first attempt of this call: more than 1 after a timer.
    package var attempt = 1
    /// When the activity was first called, if a timer has passed since.
    package var originalScheduleTime: Date?
}

/// A local activity failed, and is to be called again after a timer.
package struct LocalActivityBackoff: Error, Sendable, Equatable {
    /// How long to wait.
    package var delay: Duration
    /// The number of the next attempt.
    package var nextAttempt: Int
    /// When the activity was first called.
    package var originalScheduleTime: Date

    package init(delay: Duration, nextAttempt: Int, originalScheduleTime: Date) {
        self.delay = delay
        self.nextAttempt = nextAttempt
        self.originalScheduleTime = originalScheduleTime
    }
}
