import SwiftProtobuf
import TemporalAPI

/// The server's rules of what requests about schedules may say.
enum ScheduleRules {
    /// What the server appends to the id of each workflow.
    private static let appendedTime = "-2009-11-10T23:00:00Z"

    private static let longestNote = 1000

    /// Checks a request besides the schedule in it.
    ///
    /// - Throws: `INVALID_ARGUMENT` with the server's words.
    static func check(_ request: APICreateScheduleRequest) throws {
        let key = ScheduleKey(namespace: request.namespace, id: request.scheduleID)
        try Limits.check(key.workflowID, "WorkflowId")
        guard !request.requestID.isEmpty else { throw ServiceError.invalid("RequestId is not set on request.") }
        try Limits.check(request.requestID, "RequestId")
        try checkSize(of: [request.schedule, request.initialPatch])
        try Limits.check(request.memo)
    }

    /// Checks a request besides the schedule in it.
    ///
    /// - Throws: `INVALID_ARGUMENT` with the server's words.
    static func check(_ request: APIUpdateScheduleRequest) throws {
        try Limits.check(request.requestID, "RequestId")
        try checkSize(of: [request.schedule, request.searchAttributes])
        try Limits.check(request.memo)
    }

    /// Checks a request.
    ///
    /// - Throws: `INVALID_ARGUMENT` with the server's words.
    static func check(_ request: APIPatchScheduleRequest) throws {
        guard request.hasPatch else { throw ServiceError.invalid("Patch is not set on request.") }
        try Limits.check(request.requestID, "RequestId")
        for note in [request.patch.pause, request.patch.unpause] where note.utf8.count > longestNote {
            throw ServiceError.invalid("Schedule notes exceeds limit.")
        }
        try checkSize(of: [request.patch])
    }

    /// Checks the workflow that a schedule is to start.
    ///
    /// - Throws: `INVALID_ARGUMENT` with the server's words.
    static func check(_ start: APIWorkflowNewWorkflowExecutionInfo) throws {
        try Limits.check(start.workflowID + appendedTime, "WorkflowId")
        try Limits.check(start.workflowType.name, "WorkflowType")
        guard !start.taskQueue.name.hasPrefix("/_sys/") else {
            throw ServiceError.invalid("task queue name cannot start with reserved prefix /_sys/")
        }
        guard start.taskQueue.name.utf8.count <= 1000 else {
            throw ServiceError.invalid("taskQueue length exceeds limit")
        }
        try StartRules.check(scheduled: start)
        if start.hasVersioningOverride { _ = try start.versioningOverride.checked() }
    }

    private static func checkSize(of messages: [any Message]) throws {
        // The server keeps them together, as the input of one workflow.
        guard messages.reduce(0, { $0 + Limits.size(of: $1) }) > Limits.blobSize else { return }
        throw ServiceError.invalid("Blob data size exceeds limit.")
    }
}
