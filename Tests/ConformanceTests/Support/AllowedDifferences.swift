import TemporalAPI

/// Where the histories of the two services may differ, with the reason. Everything else must be the same.
enum AllowedDifferences {
    /// A field of events that may differ.
    struct Field {
        /// The type of the event as in JSON, with the fields around; empty for any.
        var path = ""
        var name: String
        /// Why, as the page `Differences` of the service in memory says it.
        var reason: String
    }

    /// The fields that may differ.
    static let fields = [
        Field(name: "taskId", reason: "a number of the server's own task"),
        Field(
            name: "historySizeBytes",
            reason: "the size of the events in their binary form, where a server measures what it stores"
        ),
        Field(
            name: "sdkMetadata",
            reason: "flags and versions that the server passes on once for each of its own workers' tasks"
        ),
        Field(name: "meteringMetadata", reason: "counts for billing, which nothing here reads"),
        Field(name: "workerVersion", reason: "written by a server for unversioned workers too"),
        Field(name: "binaryChecksum", reason: "that of the worker's program"),
        Field(name: "prevAutoResetPoints", reason: "kept for builds, which have names of their own here"),
        Field(
            name: "firstWorkflowTaskBackoff",
            reason: "what is left of the second between two runs, which depends on how long the first one took"
        ),
        Field(
            path: "EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED",
            name: "requestId",
            reason: "written by newer servers, so that links to signals find their event"
        ),
        Field(
            path: "EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED",
            name: "identity",
            reason: "written by newer servers"
        ),
        Field(name: "stackTrace", reason: "where an error came from in the code of the worker"),
        // And by which token it then knows the operation.
        Field(name: "completionCallbacks", reason: "where the service wants to hear of an end is its own affair"),
        Field(
            name: "attachedCompletionCallbacks",
            reason: "where the service wants to hear of an end is its own affair"
        ),
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

    /// Servers before 1.31 give an error of a Nexus handler a cause that has its message, where the handler named no cause.
    /// Newer servers, like the service in memory, keep the error as it is.
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

    /// Errors of Nexus handlers in one form. Servers before 1.31 ask for errors in a form that has a cause but no message of its
    /// own: where a handler names no cause, its message is that of a cause `NexusFailure`. The message of the error itself is
    /// then the server's. Newer servers, like the service in memory, keep the error of an operation as it is, and ask for the
    /// older form where an operation is to be cancelled.
    static func withOneFormOfHandlerErrors(_ events: [[String]]) -> [[String]] {
        events.map { lines in
            let errors = lines.compactMap { line in
                line.firstRange(of: ".nexusHandlerFailureInfo.type = ").map { line[..<$0.lowerBound] }
            }
            guard let type = lines.first, !errors.isEmpty else { return lines }
            var fields = Array(lines.dropFirst())
            for error in errors {
                if fields.contains(where: { $0.hasPrefix("\(error).cause.") }) {
                    fields.removeAll {
                        $0.hasPrefix("\(error).message = ")
                            || $0 == "\(error).cause.applicationFailureInfo.type = NexusFailure"
                    }
                } else {
                    fields = fields.map { $0.replacing("\(error).message = ", with: "\(error).cause.message = ") }
                }
            }
            return [type] + fields.sorted()
        }
    }

    /// Servers before 1.28 write links that came with a completion callback a second time, as links of the event.
    static func withoutCallbackLinks(_ event: APIHistoryEvent) -> APIHistoryEvent {
        let hasCallbacks =
            switch event.attributes {
            case .workflowExecutionStartedEventAttributes(let started): !started.completionCallbacks.isEmpty
            case .workflowExecutionOptionsUpdatedEventAttributes(let updated):
                !updated.attachedCompletionCallbacks.isEmpty
            default: false
            }
        var event = event
        if hasCallbacks { event.links = [] }
        return event
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
