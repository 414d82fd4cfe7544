/// Where the histories of the two services may differ, with the reason. Everything else must be the same.
enum AllowedDifferences {
    /// The lines of a history without what may differ.
    static func normalised(_ lines: [String]) -> [String] {
        withoutStickyTimeouts(lines)
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
