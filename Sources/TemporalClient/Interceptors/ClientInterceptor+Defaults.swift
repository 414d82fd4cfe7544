public import Foundation
public import Temporal

// Who implements nothing changes nothing.
extension ClientInterceptor {
    public func startWorkflow(
        _ input: StartWorkflowInput,
        next: (StartWorkflowInput) async throws -> UntypedWorkflowHandle
    ) async throws -> UntypedWorkflowHandle { try await next(input) }

    public func signalWorkflow(
        _ input: WorkflowMessageInput,
        next: (WorkflowMessageInput) async throws -> Void
    ) async throws { try await next(input) }

    public func queryWorkflow(
        _ input: WorkflowMessageInput,
        next: (WorkflowMessageInput) async throws -> [Payload]
    ) async throws -> [Payload] { try await next(input) }

    public func startUpdate(
        _ input: StartUpdateInput,
        next: (StartUpdateInput) async throws -> StartedUpdate
    ) async throws -> StartedUpdate { try await next(input) }

    public func cancelWorkflow(
        _ input: WorkflowCallInput,
        next: (WorkflowCallInput) async throws -> Void
    ) async throws { try await next(input) }

    public func terminateWorkflow(
        _ input: WorkflowCallInput,
        next: (WorkflowCallInput) async throws -> Void
    ) async throws { try await next(input) }

    public func describeWorkflow(
        _ input: WorkflowCallInput,
        next: (WorkflowCallInput) async throws -> WorkflowDescription
    ) async throws -> WorkflowDescription { try await next(input) }

    public func fetchHistory(
        _ input: FetchHistoryInput,
        next: (FetchHistoryInput) async throws -> ResultPage<HistoryEvent>
    ) async throws -> ResultPage<HistoryEvent> { try await next(input) }

    public func pollUpdate(
        _ input: PollUpdateInput,
        next: (PollUpdateInput) async throws -> StartedUpdate
    ) async throws -> StartedUpdate { try await next(input) }

    public func listWorkflows(
        _ input: ListInput,
        next: (ListInput) async throws -> ResultPage<WorkflowExecution>
    ) async throws -> ResultPage<WorkflowExecution> { try await next(input) }

    public func countWorkflows(
        _ input: CountInput,
        next: (CountInput) async throws -> ExecutionCount
    ) async throws -> ExecutionCount { try await next(input) }

    public func startActivity(
        _ input: StartActivityInput,
        next: (StartActivityInput) async throws -> UntypedActivityHandle
    ) async throws -> UntypedActivityHandle { try await next(input) }

    public func cancelActivity(
        _ input: ActivityRequestInput,
        next: (ActivityRequestInput) async throws -> Void
    ) async throws { try await next(input) }

    public func terminateActivity(
        _ input: ActivityRequestInput,
        next: (ActivityRequestInput) async throws -> Void
    ) async throws { try await next(input) }

    public func describeActivity(
        _ input: ActivityRequestInput,
        next: (ActivityRequestInput) async throws -> ActivityDescription
    ) async throws -> ActivityDescription { try await next(input) }

    public func listActivities(
        _ input: ListInput,
        next: (ListInput) async throws -> ResultPage<ActivityExecution>
    ) async throws -> ResultPage<ActivityExecution> { try await next(input) }

    public func countActivities(
        _ input: CountInput,
        next: (CountInput) async throws -> ExecutionCount
    ) async throws -> ExecutionCount { try await next(input) }

    public func completeAsyncActivity(
        _ input: AsyncActivityInput,
        next: (AsyncActivityInput) async throws -> Void
    ) async throws { try await next(input) }

    public func failAsyncActivity(
        _ input: FailAsyncActivityInput,
        next: (FailAsyncActivityInput) async throws -> Void
    ) async throws { try await next(input) }

    public func reportAsyncActivityCancellation(
        _ input: AsyncActivityInput,
        next: (AsyncActivityInput) async throws -> Void
    ) async throws { try await next(input) }

    public func heartbeatAsyncActivity(
        _ input: AsyncActivityInput,
        next: (AsyncActivityInput) async throws -> Void
    ) async throws { try await next(input) }

    public func startNexusOperation(
        _ input: StartNexusExecutionInput,
        next: (StartNexusExecutionInput) async throws -> StartedNexusExecution
    ) async throws -> StartedNexusExecution { try await next(input) }

    public func createSchedule(
        _ input: CreateScheduleInput,
        next: (CreateScheduleInput) async throws -> ScheduleHandle
    ) async throws -> ScheduleHandle { try await next(input) }

    public func describeSchedule(
        _ input: ScheduleCallInput,
        next: (ScheduleCallInput) async throws -> ScheduleDescription
    ) async throws -> ScheduleDescription { try await next(input) }

    public func updateSchedule(
        _ input: UpdateScheduleInput,
        next: (UpdateScheduleInput) async throws -> Void
    ) async throws { try await next(input) }

    public func pauseSchedule(
        _ input: ScheduleCallInput,
        next: (ScheduleCallInput) async throws -> Void
    ) async throws { try await next(input) }

    public func unpauseSchedule(
        _ input: ScheduleCallInput,
        next: (ScheduleCallInput) async throws -> Void
    ) async throws { try await next(input) }

    public func triggerSchedule(
        _ input: TriggerScheduleInput,
        next: (TriggerScheduleInput) async throws -> Void
    ) async throws { try await next(input) }

    public func backfillSchedule(
        _ input: BackfillScheduleInput,
        next: (BackfillScheduleInput) async throws -> Void
    ) async throws { try await next(input) }

    public func scheduleMatchingTimes(
        _ input: ScheduleMatchingTimesInput,
        next: (ScheduleMatchingTimesInput) async throws -> [Date]
    ) async throws -> [Date] { try await next(input) }

    public func deleteSchedule(
        _ input: ScheduleCallInput,
        next: (ScheduleCallInput) async throws -> Void
    ) async throws { try await next(input) }

    public func listSchedules(
        _ input: ListInput,
        next: (ListInput) async throws -> ResultPage<ScheduleSummary>
    ) async throws -> ResultPage<ScheduleSummary> { try await next(input) }

    public func countSchedules(
        _ input: CountInput,
        next: (CountInput) async throws -> ExecutionCount
    ) async throws -> ExecutionCount { try await next(input) }

    public func callService<Response: Sendable>(
        _ input: ServiceCallInput,
        next: (ServiceCallInput) async throws -> Response
    ) async throws -> Response { try await next(input) }
}
