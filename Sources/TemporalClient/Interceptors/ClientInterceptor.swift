public import Foundation
public import Temporal

/// Sees, and may change, what a client asks of the service.
///
/// Each method has a default that only calls `next`. The first interceptor of a client is the outermost. What comes in pages,
/// such as lists and histories, passes once for each page. What has no method of its own, such as resets, deletions, pauses,
/// operations on many workflows and all that operators do, passes ``callService(_:next:)``, as everything does.
public protocol ClientInterceptor: Sendable {
    /// Stands around a start, with or without a signal.
    func startWorkflow(
        _ input: StartWorkflowInput,
        next: (StartWorkflowInput) async throws -> UntypedWorkflowHandle
    ) async throws -> UntypedWorkflowHandle

    /// Stands around a signal.
    func signalWorkflow(_ input: WorkflowMessageInput, next: (WorkflowMessageInput) async throws -> Void) async throws

    /// Stands around a query.
    func queryWorkflow(
        _ input: WorkflowMessageInput,
        next: (WorkflowMessageInput) async throws -> [Payload]
    ) async throws -> [Payload]

    /// Stands around an update, with or without the start of its workflow, until the workflow has taken it on.
    func startUpdate(
        _ input: StartUpdateInput,
        next: (StartUpdateInput) async throws -> StartedUpdate
    ) async throws -> StartedUpdate

    /// Stands around a request to stop.
    func cancelWorkflow(_ input: WorkflowCallInput, next: (WorkflowCallInput) async throws -> Void) async throws

    /// Stands around the end of a workflow by force.
    func terminateWorkflow(_ input: WorkflowCallInput, next: (WorkflowCallInput) async throws -> Void) async throws

    /// Stands around a description.
    func describeWorkflow(
        _ input: WorkflowCallInput,
        next: (WorkflowCallInput) async throws -> WorkflowDescription
    ) async throws -> WorkflowDescription

    /// Stands around the fetching of one page of a run's history, and around the wait for the end of a workflow, which is a
    /// history of one event.
    func fetchHistory(
        _ input: FetchHistoryInput,
        next: (FetchHistoryInput) async throws -> ResultPage<HistoryEvent>
    ) async throws -> ResultPage<HistoryEvent>

    /// Stands around the wait for the end of an update that a workflow has taken on.
    func pollUpdate(
        _ input: PollUpdateInput,
        next: (PollUpdateInput) async throws -> StartedUpdate
    ) async throws -> StartedUpdate

    /// Stands around one page of a list of workflows.
    func listWorkflows(
        _ input: ListInput,
        next: (ListInput) async throws -> ResultPage<WorkflowExecution>
    ) async throws -> ResultPage<WorkflowExecution>

    /// Stands around the counting of workflows.
    func countWorkflows(
        _ input: CountInput,
        next: (CountInput) async throws -> ExecutionCount
    ) async throws -> ExecutionCount

    /// Stands around the start of an activity without a workflow.
    func startActivity(
        _ input: StartActivityInput,
        next: (StartActivityInput) async throws -> UntypedActivityHandle
    ) async throws -> UntypedActivityHandle

    /// Stands around a request to stop such an activity.
    func cancelActivity(_ input: ActivityRequestInput, next: (ActivityRequestInput) async throws -> Void) async throws

    /// Stands around the end of such an activity by force.
    func terminateActivity(
        _ input: ActivityRequestInput,
        next: (ActivityRequestInput) async throws -> Void
    ) async throws

    /// Stands around the description of such an activity.
    func describeActivity(
        _ input: ActivityRequestInput,
        next: (ActivityRequestInput) async throws -> ActivityDescription
    ) async throws -> ActivityDescription

    /// Stands around one page of a list of such activities.
    func listActivities(
        _ input: ListInput,
        next: (ListInput) async throws -> ResultPage<ActivityExecution>
    ) async throws -> ResultPage<ActivityExecution>

    /// Stands around the counting of such activities.
    func countActivities(
        _ input: CountInput,
        next: (CountInput) async throws -> ExecutionCount
    ) async throws -> ExecutionCount

    /// Stands around the completion of an activity from outside of its worker.
    func completeAsyncActivity(
        _ input: AsyncActivityInput,
        next: (AsyncActivityInput) async throws -> Void
    ) async throws

    /// Stands around the failure of an activity from outside of its worker.
    func failAsyncActivity(
        _ input: FailAsyncActivityInput,
        next: (FailAsyncActivityInput) async throws -> Void
    ) async throws

    /// Stands around the report, from outside of its worker, that an activity stopped because it was cancelled.
    func reportAsyncActivityCancellation(
        _ input: AsyncActivityInput,
        next: (AsyncActivityInput) async throws -> Void
    ) async throws

    /// Stands around a heartbeat of an activity from outside of its worker.
    func heartbeatAsyncActivity(
        _ input: AsyncActivityInput,
        next: (AsyncActivityInput) async throws -> Void
    ) async throws

    /// Stands around the start of a Nexus operation without a workflow.
    func startNexusOperation(
        _ input: StartNexusExecutionInput,
        next: (StartNexusExecutionInput) async throws -> StartedNexusExecution
    ) async throws -> StartedNexusExecution

    /// Stands around the creation of a schedule.
    func createSchedule(
        _ input: CreateScheduleInput,
        next: (CreateScheduleInput) async throws -> ScheduleHandle
    ) async throws -> ScheduleHandle

    /// Stands around the description of a schedule, those that an update makes included.
    func describeSchedule(
        _ input: ScheduleCallInput,
        next: (ScheduleCallInput) async throws -> ScheduleDescription
    ) async throws -> ScheduleDescription

    /// Stands around a change of a schedule: once the change is made, before it is sent. It is made and sent again if somebody
    /// else's came first.
    func updateSchedule(
        _ input: UpdateScheduleInput,
        next: (UpdateScheduleInput) async throws -> Void
    ) async throws

    /// Stands around a pause of a schedule.
    func pauseSchedule(_ input: ScheduleCallInput, next: (ScheduleCallInput) async throws -> Void) async throws

    /// Stands around the end of a pause of a schedule.
    func unpauseSchedule(_ input: ScheduleCallInput, next: (ScheduleCallInput) async throws -> Void) async throws

    /// Stands around an action of a schedule that is taken now.
    func triggerSchedule(
        _ input: TriggerScheduleInput,
        next: (TriggerScheduleInput) async throws -> Void
    ) async throws

    /// Stands around the making up for times of a schedule.
    func backfillSchedule(
        _ input: BackfillScheduleInput,
        next: (BackfillScheduleInput) async throws -> Void
    ) async throws

    /// Stands around the question for the moments of a schedule.
    func scheduleMatchingTimes(
        _ input: ScheduleMatchingTimesInput,
        next: (ScheduleMatchingTimesInput) async throws -> [Date]
    ) async throws -> [Date]

    /// Stands around the deletion of a schedule.
    func deleteSchedule(_ input: ScheduleCallInput, next: (ScheduleCallInput) async throws -> Void) async throws

    /// Stands around one page of a list of schedules.
    func listSchedules(
        _ input: ListInput,
        next: (ListInput) async throws -> ResultPage<ScheduleSummary>
    ) async throws -> ResultPage<ScheduleSummary>

    /// Stands around the counting of schedules.
    func countSchedules(
        _ input: CountInput,
        next: (CountInput) async throws -> ExecutionCount
    ) async throws -> ExecutionCount

    /// Stands around each call of the client to the service, whatever it is for, inside of the method that is for that alone.
    ///
    /// The attempts of a call that is made again are one call. The calls of workers do not pass.
    ///
    /// ```swift
    /// func callService<Response: Sendable>(
    ///     _ input: ServiceCallInput,
    ///     next: (ServiceCallInput) async throws -> Response
    /// ) async throws -> Response {
    ///     guard !input.name.hasPrefix("Delete") else { throw DeletionRefused(call: input.name) }
    ///     return try await next(input)
    /// }
    /// ```
    func callService<Response: Sendable>(
        _ input: ServiceCallInput,
        next: (ServiceCallInput) async throws -> Response
    ) async throws -> Response
}
