public import Temporal
import TemporalAPI

/// Operations on many activities that clients started. A selection's executions are ids of activities with their runs.
extension BatchClient {
    /// Asks activities to stop.
    ///
    /// - Parameters:
    ///   - selection: Which ones.
    ///   - reason: Why.
    ///   - maximumPerSecond: How many at most in a second; `nil` for the service's limit.
    /// - Returns: A handle to the operation.
    /// - Throws: `RPCError`, with the code `invalidArgument` for a query that the service cannot read.
    public func cancelActivities(
        _ selection: Selection,
        reason: String,
        maximumPerSecond: Float? = nil
    ) async throws -> BatchOperationHandle {
        try await startForActivities(selection, reason, maximumPerSecond) {
            $0.cancelActivitiesOperation.identity = client.identity
            $0.cancelActivitiesOperation.reason = reason
        }
    }

    /// Ends activities at once.
    ///
    /// - Parameters:
    ///   - selection: Which ones.
    ///   - reason: Why.
    ///   - maximumPerSecond: How many at most in a second; `nil` for the service's limit.
    /// - Returns: A handle to the operation.
    /// - Throws: `RPCError`, with the code `invalidArgument` for a query that the service cannot read.
    public func terminateActivities(
        _ selection: Selection,
        reason: String,
        maximumPerSecond: Float? = nil
    ) async throws -> BatchOperationHandle {
        try await startForActivities(selection, reason, maximumPerSecond) {
            $0.terminateActivitiesOperation.identity = client.identity
            $0.terminateActivitiesOperation.reason = reason
        }
    }

    /// Deletes activities and all that is known of them. Those that go on are terminated first.
    ///
    /// - Parameters:
    ///   - selection: Which ones.
    ///   - reason: Why, for the description of the operation.
    ///   - maximumPerSecond: How many at most in a second; `nil` for the service's limit.
    /// - Returns: A handle to the operation.
    /// - Throws: `RPCError`, with the code `invalidArgument` for a query that the service cannot read.
    public func deleteActivities(
        _ selection: Selection,
        reason: String,
        maximumPerSecond: Float? = nil
    ) async throws -> BatchOperationHandle {
        try await startForActivities(selection, reason, maximumPerSecond) { $0.deleteActivitiesOperation = .init() }
    }

    private func startForActivities(
        _ selection: Selection,
        _ reason: String,
        _ maximumPerSecond: Float?,
        _ fill: (inout APIStartBatchOperationRequest) -> Void
    ) async throws -> BatchOperationHandle {
        try await start(selection, reason, maximumPerSecond, nil) { request in
            request.targetExecutions = request.executions.map { execution in
                var target = APIExecution()
                target.type = .activity
                target.businessID = execution.workflowID
                target.runID = execution.runID
                return target
            }
            request.executions = []
            fill(&request)
        }
    }
}
