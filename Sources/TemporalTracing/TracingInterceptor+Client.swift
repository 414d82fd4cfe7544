public import Temporal
public import TemporalClient
import Tracing

extension TracingInterceptor: ClientInterceptor {
    private var caller: InstrumentationContext { .current ?? .topLevel }

    public func startWorkflow(
        _ input: StartWorkflowInput,
        next: (StartWorkflowInput) async throws -> UntypedWorkflowHandle
    ) async throws -> UntypedWorkflowHandle {
        let operation = input.signal == nil ? "StartWorkflow" : "SignalWithStartWorkflow"
        let span = start(
            "\(operation):\(input.workflowType)",
            .client,
            parent: caller,
            [("temporalWorkflowID", input.options.id)]
        )
        return try await within(span) {
            var input = input
            input.headers = try headers(input.headers, with: span.context)
            return try await next(input)
        }
    }

    public func startActivity(
        _ input: StartActivityInput,
        next: (StartActivityInput) async throws -> UntypedActivityHandle
    ) async throws -> UntypedActivityHandle {
        let span = start(
            "StartActivity:\(input.activityType)",
            .client,
            parent: caller,
            [("temporalActivityID", input.options.id)]
        )
        return try await within(span) {
            var input = input
            input.headers = try headers(input.headers, with: span.context)
            return try await next(input)
        }
    }

    public func signalWorkflow(
        _ input: WorkflowMessageInput,
        next: (WorkflowMessageInput) async throws -> Void
    ) async throws {
        try await message("SignalWorkflow", input, next)
    }

    public func queryWorkflow(
        _ input: WorkflowMessageInput,
        next: (WorkflowMessageInput) async throws -> [Payload]
    ) async throws -> [Payload] {
        try await message("QueryWorkflow", input, next)
    }

    public func startUpdate(
        _ input: StartUpdateInput,
        next: (StartUpdateInput) async throws -> StartedUpdate
    ) async throws -> StartedUpdate {
        let operation = input.start == nil ? "StartWorkflowUpdate" : "StartUpdateWithStartWorkflow"
        let attributes = [("temporalWorkflowID", input.workflowID), ("temporalUpdateID", input.updateID)]
        let span = start("\(operation):\(input.name)", .client, parent: caller, attributes)
        return try await within(span) {
            var input = input
            input.headers = try headers(input.headers, with: span.context)
            if let start = input.start { input.start?.headers = try headers(start.headers, with: span.context) }
            return try await next(input)
        }
    }

    public func startNexusOperation(
        _ input: StartNexusExecutionInput,
        next: (StartNexusExecutionInput) async throws -> StartedNexusExecution
    ) async throws -> StartedNexusExecution {
        let span = start(
            "StartNexusOperation:\(input.service)/\(input.operation)",
            .client,
            parent: caller,
            [("temporalOperationID", input.options.id)]
        )
        return try await within(span) {
            var input = input
            input.options.headers = textHeaders(input.options.headers, with: span.context)
            return try await next(input)
        }
    }

    public func createSchedule(
        _ input: CreateScheduleInput,
        next: (CreateScheduleInput) async throws -> ScheduleHandle
    ) async throws -> ScheduleHandle {
        let span = start("CreateSchedule:\(input.id)", .client, parent: caller, [("temporalScheduleID", input.id)])
        return try await within(span) {
            var input = input
            input.schedule.action.headers = try headers(input.schedule.action.headers, with: span.context)
            return try await next(input)
        }
    }

    private func message<Value>(
        _ operation: String,
        _ input: WorkflowMessageInput,
        _ next: (WorkflowMessageInput) async throws -> Value
    ) async throws -> Value {
        let attributes = [("temporalWorkflowID", input.workflowID), ("temporalRunID", input.runID ?? "")]
        let span = start("\(operation):\(input.name)", .client, parent: caller, attributes)
        return try await within(span) {
            var input = input
            input.headers = try headers(input.headers, with: span.context)
            return try await next(input)
        }
    }
}
