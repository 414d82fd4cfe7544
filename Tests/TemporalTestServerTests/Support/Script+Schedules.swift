import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer

/// What a client calls about schedules.
extension Script {
    func createSchedule(
        _ id: String = "s",
        every seconds: Int64 = 3600,
        overlap: APIScheduleOverlapPolicy = .unspecified,
        _ fill: (inout APISchedule) -> Void = { _ in }
    ) async throws {
        try await createSchedule(
            id,
            request: {
                $0.schedule.spec.interval = [.with { $0.interval.seconds = seconds }]
                $0.schedule.policies.overlapPolicy = overlap
                fill(&$0.schedule)
            }
        )
    }

    /// Creates a schedule without times.
    func createSchedule(_ id: String, request fill: (inout APICreateScheduleRequest) -> Void) async throws {
        _ =
            try await call(.createSchedule) {
                $0.namespace = "default"
                $0.scheduleID = id
                $0.requestID = UUID().uuidString
                $0.schedule.action.startWorkflow = .with {
                    $0.workflowID = "job"
                    $0.workflowType.name = "Flow"
                    $0.taskQueue.name = "q"
                }
                fill(&$0)
            } as APICreateScheduleResponse
    }

    func describeSchedule(_ id: String = "s") async throws -> APIDescribeScheduleResponse {
        try await call(.describeSchedule) {
            $0.namespace = "default"
            $0.scheduleID = id
        }
    }

    func patchSchedule(_ fill: (inout APISchedulePatch) -> Void) async throws {
        _ =
            try await call(.patchSchedule) {
                $0.namespace = "default"
                $0.scheduleID = "s"
                fill(&$0.patch)
            } as APIPatchScheduleResponse
    }

    /// Changes what the schedule says, whatever its version.
    func updateSchedule(_ fill: (inout APISchedule) -> Void) async throws {
        let schedule = try await describeSchedule().schedule
        _ =
            try await call(.updateSchedule) {
                $0.namespace = "default"
                $0.scheduleID = "s"
                $0.schedule = schedule
                fill(&$0.schedule)
            } as APIUpdateScheduleResponse
    }

    func deleteSchedule(_ id: String = "s") async throws {
        _ =
            try await call(.deleteSchedule) {
                $0.namespace = "default"
                $0.scheduleID = id
            } as APIDeleteScheduleResponse
    }

    /// The workflow ids of the runs that pass a filter, in the order of their starts.
    func runs(_ filter: String = "") async throws -> [String] {
        let response: APIListWorkflowExecutionsResponse = try await call(.listWorkflowExecutions) {
            $0.namespace = "default"
            $0.query = filter
        }
        return response.executions.map(\.execution.workflowID).reversed()
    }

    /// Terminates the current run of a workflow id.
    func terminate(_ id: String) async throws {
        _ =
            try await call(.terminateWorkflowExecution) {
                $0.namespace = "default"
                $0.workflowExecution.workflowID = id
            } as APITerminateWorkflowExecutionResponse
    }
}
