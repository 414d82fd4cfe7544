import TemporalAPI

/// Where the histories of the two services may differ, with the reason. Everything else must be the same.
enum AllowedDifferences {
    /// A field of events that may differ.
    struct Field {
        /// The type of the event as in JSON, with the fields around; empty for any.
        var path = ""
        var name: String
    }

    /// The fields that may differ, as the page `Differences` of the in-memory service lists them with the reasons.
    static let fields = [
        Field(name: "historySizeBytes"),
        Field(name: "sdkMetadata"),
        Field(name: "meteringMetadata"),
        Field(name: "workerVersion"),
        Field(name: "binaryChecksum"),
        Field(name: "prevAutoResetPoints"),
        Field(name: "firstWorkflowTaskBackoff"),
        Field(name: "stackTrace"),
        // Where the server wants to hear of an end, and by which token it then knows the operation, is its own affair.
        Field(name: "completionCallbacks"),
        Field(name: "attachedCompletionCallbacks"),
    ]

    /// Whether a history has events that only one of the services writes.
    static func concern(_ events: [APIHistoryEvent]) -> Bool {
        events.contains { event in
            guard case .workflowTaskTimedOutEventAttributes(let end) = event.attributes else { return false }
            return end.timeoutType == .scheduleToStart
        }
    }

    /// The lines of a history without what may differ.
    static func normalised(_ lines: [String]) -> [String] {
        withoutStickyTimeouts(lines).map(withoutRepeatedHandlerErrors)
    }

    /// A server of version 1.27 gives every error of a Nexus handler a cause, which repeats the message where the handler
    /// named none. Newer servers, like the service in memory, keep the error as it is.
    private static func withoutRepeatedHandlerErrors(_ line: String) -> String {
        line.replacing(") < application(NexusFailure)", with: ")")
    }

    /// Servers before 1.31 count the time limits of an activity over all its attempts among the failures that are not tried
    /// again; newer ones, like the service in memory, say that the time was over.
    static func withNewRetryStates(_ events: [[String]]) -> [[String]] {
        let isLate = events.contains { lines in
            lines.first == "EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT"
                && lines.contains { $0.contains(".timeoutType = TIMEOUT_TYPE_SCHEDULE_TO_") }
        }
        guard isLate else { return events }
        return events.map { lines in
            lines.map {
                $0.replacing("etryState = RETRY_STATE_NON_RETRYABLE_FAILURE", with: "etryState = RETRY_STATE_TIMEOUT")
            }
        }
    }

    /// A worker that stops says so. The in-memory service, like newer servers, then offers the tasks of its runs to all
    /// workers at once; a server of version 1.27 first lets the time limit of the worker's own queue run out.
    private static func withoutStickyTimeouts(_ lines: [String]) -> [String] {
        var result: [String] = []
        for line in lines {
            if line == "WorkflowTaskTimedOut scheduleToStart", result.last == "WorkflowTaskScheduled" {
                result.removeLast()
            } else {
                result.append(line)
            }
        }
        return result
    }
}
