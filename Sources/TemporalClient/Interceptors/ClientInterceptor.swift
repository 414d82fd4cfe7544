public import Temporal
package import TemporalAPI

/// Sees, and may change, what a client asks of workflows.
///
/// Each method has a default that only calls `next`. The first interceptor of a client is the outermost.
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

    /// Stands around the creation of a schedule.
    func createSchedule(
        _ input: CreateScheduleInput,
        next: (CreateScheduleInput) async throws -> ScheduleHandle
    ) async throws -> ScheduleHandle
}

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

    public func createSchedule(
        _ input: CreateScheduleInput,
        next: (CreateScheduleInput) async throws -> ScheduleHandle
    ) async throws -> ScheduleHandle { try await next(input) }

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
}

/// The start of an activity by a client.
public struct StartActivityInput: Sendable {
    /// The name of the activity.
    public let activityType: String

    /// The arguments, encoded.
    public var arguments: [Payload]

    /// The id of the activity, its task queue and more.
    public var options: ActivityOptions

    /// The headers that go with the start. The activity finds them in its info.
    public var headers: [String: Payload] = [:]
}

/// A call of a client about an activity that a client started.
public struct ActivityRequestInput: Sendable {
    /// The id of the activity.
    public let activityID: String

    /// The run; `nil` for the latest.
    public let runID: String?

    /// Why. Empty for calls that leave no reason.
    public var reason: String
}

/// The start of a workflow by a client.
public struct StartWorkflowInput: Sendable {
    /// The name of the workflow type.
    public let workflowType: String

    /// The arguments, encoded.
    public var arguments: [Payload]

    /// The id of the workflow, its task queue and more.
    public var options: WorkflowOptions

    /// The signal that goes with the start; `nil` for a start without one.
    public let signal: String?

    /// The arguments of the signal, encoded.
    public var signalArguments: [Payload] = []

    /// The headers that go with the start. The workflow finds them in its info.
    public var headers: [String: Payload] = [:]
}

/// A signal or query of a client to a workflow.
public struct WorkflowMessageInput: Sendable {
    /// The id of the workflow.
    public let workflowID: String

    /// The run; `nil` for the latest.
    public let runID: String?

    /// The name of the signal or query.
    public let name: String

    /// The arguments, encoded.
    public var arguments: [Payload]

    /// The headers that go with it.
    public var headers: [String: Payload] = [:]
}

/// An update that a client sends to a workflow.
public struct StartUpdateInput: Sendable {
    /// The id of the workflow.
    public let workflowID: String

    /// The run; `nil` for the latest.
    public let runID: String?

    /// The name of the update.
    public let name: String

    /// The id of the update, unique in its run.
    public let updateID: String

    /// The arguments, encoded.
    public var arguments: [Payload]

    /// The headers that go with the update.
    public var headers: [String: Payload] = [:]

    /// The start that goes with the update; `nil` for an update of a workflow that is there.
    public var start: StartWorkflowInput?
}

/// An update that a workflow has taken on, or rejected.
public struct StartedUpdate: Sendable {
    /// The id of the update.
    public let updateID: String

    /// The run that has it.
    public let runID: String

    /// The first run of the chain that an update with start has begun or found; `nil` where it is not known.
    var firstExecutionRunID: String?

    /// How it ended, if it has.
    package let outcome: APIUpdateOutcome?

    /// Whether the update has ended.
    public var hasEnded: Bool { outcome != nil }
}

/// A call of a client that has no arguments for the workflow.
public struct WorkflowCallInput: Sendable {
    /// The id of the workflow.
    public let workflowID: String

    /// The run; `nil` for the latest.
    public let runID: String?

    /// Why, for the history. Empty for calls that leave none.
    public var reason: String
}

/// The creation of a schedule by a client.
public struct CreateScheduleInput: Sendable {
    /// The id of the schedule.
    public let id: String

    /// What is done, when, and how. The headers of its action go with each start.
    public var schedule: Schedule

    /// Values that go with the schedule itself.
    public var memo: [String: any Encodable & Sendable]

    /// Values that the schedule itself is found by.
    public var searchAttributes: SearchAttributes
}
