import Foundation
public import Temporal

extension ActivityInfo {
    /// An info for tests. Every field can be changed.
    ///
    /// - Parameters:
    ///   - activityType: The name of the activity.
    ///   - attempt: The number of the attempt, from 1.
    ///   - heartbeatDetails: What the last attempt reported.
    /// - Returns: The info, with made-up ids.
    public static func forTests(
        activityType: String = "test-activity",
        attempt: Int = 1,
        heartbeatDetails: [Payload] = []
    ) -> ActivityInfo {
        let now = Date(timeIntervalSince1970: 0)
        return ActivityInfo(
            taskToken: Data("test-task-token".utf8),
            namespace: "default",
            taskQueue: "test",
            activityID: "1",
            activityType: activityType,
            workflowID: "test-workflow",
            runID: "test-run",
            workflowType: "TestWorkflow",
            attempt: attempt,
            scheduledTime: now,
            currentAttemptScheduledTime: now,
            startedTime: now,
            scheduleToCloseTimeout: nil,
            startToCloseTimeout: .seconds(60),
            heartbeatTimeout: nil,
            retryPolicy: nil,
            heartbeatDetails: heartbeatDetails,
            headers: [:]
        )
    }
}
