import Foundation
import Temporal
import TemporalClient
import Testing

/// The activities of all scenarios. What they do is noted on the scene.
@Activities struct Acts {
    let scene: Scene

    private var context: ActivityContext { get throws { try .current } }
    private var attempt: Int { get throws { try ActivityContext.current.info.attempt } }

    @Activity func echo(_ text: String) async throws -> String {
        scene.note("echo \(text)")
        return text
    }

    /// Fails in as many attempts as it is told.
    @Activity func flaky(_ failures: String) async throws -> String {
        if try attempt <= Int(failures) ?? 0 { throw ApplicationError("not yet", type: "Flaky") }
        return try "attempt \(attempt)"
    }

    /// Fails for good.
    @Activity func refuse(_ reason: String) async throws -> String {
        throw ApplicationError(
            reason,
            type: "Refused",
            nonRetryable: true,
            cause: ApplicationError("root", type: "Root")
        )
    }

    /// Fails, and tells what it was given in every way that a failure has.
    @Activity func leak(_ text: String) async throws -> String {
        throw ApplicationError("leaked \(text)", type: "Leak", details: [try PayloadConverter().encode(text)])
    }

    /// Fails once, and says when to try again.
    @Activity func soon(_ milliseconds: String) async throws -> String {
        if try attempt == 1 {
            throw ApplicationError("later", type: "Soon", nextRetryDelay: .milliseconds(Int(milliseconds) ?? 0))
        }
        return try "attempt \(attempt)"
    }

    /// Does not end in the first attempts.
    @Activity func slow(_ attempts: String) async throws -> String {
        if try attempt <= Int(attempts) ?? 0 { try await scene.hang() }
        return try "attempt \(attempt)"
    }

    /// Reports in the first attempt and then no more.
    @Activity func silent(_ detail: String) async throws -> String {
        if try attempt == 1 {
            try context.heartbeat(detail, 50)
            let info = try context.info
            let workflow = scene.client.workflowHandle(id: info.workflowID, runID: info.runID)
            // The report goes out in the background, and time must not jump before it has arrived.
            try await scene.eventually {
                try await workflow.describe().pendingActivities.contains { !$0.heartbeatDetails.isEmpty }
            }
            try await scene.hang()
        }
        let text = try context.heartbeatDetails(String.self) ?? "nothing"
        let number = try context.heartbeatDetails(Int.self, at: 1) ?? 0
        return try "attempt \(attempt) found \(text) \(number)"
    }

    /// Reports until it is cancelled, and then ends as it is told.
    @Activity func beat(_ ending: String) async throws -> String {
        scene.note("beat started")
        while !Task.isCancelled {
            try context.heartbeat()
            // The cancellation comes with the answer to a report, and cuts the wait short.
            try? await Task.sleep(for: .milliseconds(10))
        }
        try scene.note("beat \(context.cancellationReason?.description ?? "not cancelled")")
        if ending == "ignore" { return "done anyway" }
        throw CancellationError()
    }

    /// Reports in the first call until it is cancelled, and fails then; later calls end at once.
    @Activity func once(_ text: String) async throws -> String {
        if scene.notes.contains("once started") { return try "attempt \(attempt) again" }
        scene.note("once started")
        while !Task.isCancelled {
            try context.heartbeat()
            // The cancellation comes with the answer to a report, and cuts the wait short.
            try? await Task.sleep(for: .milliseconds(10))
        }
        try scene.note("once \(context.cancellationReason?.description ?? "not cancelled")")
        throw CancellationError()
    }

    /// Fails in the first call.
    @Activity func flakyFirst(_ text: String) async throws -> String {
        if scene.notes.contains("flakyFirst") { return try "attempt \(attempt) again" }
        scene.note("flakyFirst")
        throw ApplicationError("not yet", type: "Flaky")
    }

    /// Fails for one input.
    @Activity func flakyOnce(_ text: String) async throws -> String {
        if text == "bad" { throw ApplicationError("bad", type: "Bad") }
        return text
    }

    /// Takes a time by the clock of the service, in milliseconds.
    @Activity func nap(_ milliseconds: String) async throws -> String {
        try await scene.pause(.milliseconds(Int(milliseconds) ?? 0))
        return try "attempt \(attempt)"
    }

    /// Waits until it is cancelled, and then ends as it is told.
    @Activity func linger(_ ending: String) async throws -> String {
        if scene.notes.contains("another worker") { return try "attempt \(attempt) after another worker" }
        scene.note("linger started")
        do {
            try await scene.hang()
        } catch {
            try scene.note("linger \(context.cancellationReason?.description ?? "not cancelled")")
        }
        if ending == "ignore" { return "done anyway" }
        throw CancellationError()
    }

    /// Tells its rank.
    @Activity func rank() async throws -> Int? {
        try context.info.priority?.key
    }

    /// Leaves its completion to somebody else, and notes the token.
    @Activity func later(_ text: String) async throws -> String {
        try scene.note(context.taskToken.base64EncodedString())
        throw CompletesAsynchronously()
    }

    /// Updates the workflow that calls it.
    @Activity func reserveSeat(_ name: String) async throws -> String {
        let workflow = try scene.client.workflowHandle(id: context.info.workflowID)
        return try await workflow.executeUpdate("reserve", name)
    }

    /// Waits until as many attempts of it are under way as it is told.
    @Activity func meet(_ plan: String) async throws -> String {
        scene.note("meet \(plan)")
        let size = Int(plan.prefix { $0 != " " }) ?? 0
        try await scene.eventually { scene.notes.filter { $0 == "meet \(plan)" }.count == size }
        return plan
    }

    @Activity func blob(_ data: Data) async throws -> Data {
        Data(data.reversed())
    }
}

/// One call of an activity, as a workflow is told to make it. Times are in milliseconds.
struct Plan: Codable, Sendable {
    var activity: String
    var input = ""
    var startToClose: Int?
    var scheduleToClose: Int?
    var scheduleToStart: Int?
    var heartbeat: Int?
    var interval = 50
    var maximumAttempts = 0
    var nonRetryable: [String] = []
    var taskQueue: String?
    var activityID: String?
}

/// Calls an activity by a plan.
@Workflow actor Call {
    func run(_ plan: Plan) async throws -> String {
        func time(_ milliseconds: Int?) -> Duration? { milliseconds.map { .milliseconds($0) } }
        return try await context.executeActivity(
            ActivityReference<String, String>(name: plan.activity),
            plan.input,
            scheduleToCloseTimeout: time(plan.scheduleToClose),
            scheduleToStartTimeout: time(plan.scheduleToStart),
            startToCloseTimeout: time(plan.startToClose) ?? (plan.scheduleToClose == nil ? .seconds(30) : nil),
            heartbeatTimeout: time(plan.heartbeat),
            retryPolicy: RetryPolicy(
                initialInterval: .milliseconds(plan.interval),
                backoffCoefficient: 1,
                maximumAttempts: plan.maximumAttempts,
                nonRetryableErrorTypes: plan.nonRetryable
            ),
            taskQueue: plan.taskQueue,
            activityID: plan.activityID
        )
    }
}
