import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer

extension Script {
    /// Starts an activity that no workflow starts.
    @discardableResult
    func startActivity(
        _ id: String = "a",
        startToClose: Duration? = .seconds(10),
        _ fill: (inout APIStartActivityExecutionRequest) -> Void = { _ in }
    ) async throws -> APIStartActivityExecutionResponse {
        try await call(.startActivityExecution) {
            $0.namespace = "default"
            $0.activityID = id
            $0.activityType.name = "Act"
            $0.taskQueue.name = queue
            $0.identity = "client"
            $0.requestID = UUID().uuidString
            $0.input = payloads("input")
            if let startToClose { $0.startToCloseTimeout = .init(startToClose) }
            fill(&$0)
        }
    }

    /// Waits for the end of an activity.
    func outcome(_ id: String = "a", run: String = "") async throws -> APIActivityActivityExecutionOutcome {
        try await call(.pollActivityExecution) {
            $0.namespace = "default"
            $0.activityID = id
            $0.runID = run
        }
        .outcome
    }

    func describeActivity(_ id: String = "a", run: String = "") async throws -> APIActivityActivityExecutionInfo {
        try await call(.describeActivityExecution) {
            $0.namespace = "default"
            $0.activityID = id
            $0.runID = run
            $0.includeHeartbeatDetails = true
            $0.includeLastFailure = true
        }
        .info
    }

    func beat(_ token: Data, _ details: String) async throws -> APIRecordActivityTaskHeartbeatResponse {
        try await call(.recordActivityTaskHeartbeat) {
            $0.namespace = "default"
            $0.taskToken = token
            $0.details = payloads(details)
        }
    }

    func cancelActivity(_ id: String = "a", requestID: String = "", reason: String = "why") async throws {
        _ = try await call(.requestCancelActivityExecution) {
            $0.namespace = "default"
            $0.activityID = id
            $0.identity = "canceller"
            $0.reason = reason
            $0.requestID = requestID
        }
    }

    func terminateActivity(_ id: String = "a", requestID: String = "", reason: String = "why") async throws {
        _ = try await call(.terminateActivityExecution) {
            $0.namespace = "default"
            $0.activityID = id
            $0.identity = "terminator"
            $0.reason = reason
            $0.requestID = requestID
        }
    }

    func respondCanceled(_ token: Data) async throws {
        _ = try await call(.respondActivityTaskCanceled) {
            $0.namespace = "default"
            $0.taskToken = token
            $0.details = payloads("stopped")
        }
    }

    func pauseActivity(_ id: String = "a", requestID: String = "") async throws {
        _ = try await call(.pauseActivityExecution) {
            $0.namespace = "default"
            $0.activityID = id
            $0.requestID = requestID
        }
    }

    func unpauseActivity(_ id: String = "a", requestID: String = "") async throws {
        _ = try await call(.unpauseActivityExecution) {
            $0.namespace = "default"
            $0.activityID = id
            $0.requestID = requestID
        }
    }

    func resetActivity(
        _ id: String = "a",
        _ fill: (inout APIResetActivityExecutionRequest) -> Void = { _ in }
    ) async throws {
        _ = try await call(.resetActivityExecution) {
            $0.namespace = "default"
            $0.activityID = id
            fill(&$0)
        }
    }

    func updateActivity(
        _ id: String = "a",
        paths: [String],
        _ fill: (inout APIActivityActivityOptions) -> Void
    ) async throws -> APIActivityActivityOptions {
        try await call(.updateActivityExecutionOptions) {
            $0.namespace = "default"
            $0.activityID = id
            $0.updateMask.paths = paths
            fill(&$0.activityOptions)
        }
        .activityOptions
    }

    func listActivities(_ query: String = "") async throws -> [String] {
        try await call(.listActivityExecutions) {
            $0.namespace = "default"
            $0.query = query
        }
        .executions.map(\.activityID)
    }

    /// Lets time pass on the service's clock.
    func sleep(_ duration: Duration) async throws {
        try await server.sleep(for: duration)
    }
}

/// The error of a call.
func refusal(_ body: () async throws -> Void) async -> RPCError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? RPCError
    }
}
