/// Sees, and may change, what reaches a workflow and what it asks for.
///
/// Each method stands around one kind of call: it does something, calls `next`, does something more. All have a default
/// that only calls `next`. They run on the executor of the run, as part of the workflow's code: the rules of workflow
/// code hold for them, they run again on every replay, and they may use the context to wait.
///
/// One interceptor serves all runs of a worker, at the same time.
///
/// ```swift
/// struct Audit: WorkflowInterceptor {
///     func executeActivity(
///         _ input: ActivityCallInput,
///         next: (ActivityCallInput) async throws -> [Payload]
///     ) async throws -> [Payload] {
///         var input = input
///         input.headers["tenant"] = input.context.info.headers["tenant"]
///         return try await next(input)
///     }
/// }
/// ```
public protocol WorkflowInterceptor: Sendable {
    /// Stands around `run`.
    func execute(
        _ input: ExecuteWorkflowInput,
        next: (ExecuteWorkflowInput) async throws -> Payload
    ) async throws -> Payload

    /// Stands around the handler of a signal.
    func handleSignal(_ input: HandleMessageInput, next: (HandleMessageInput) async throws -> Void) async throws

    /// Stands around the handler of a query. It may not wait.
    func handleQuery(
        _ input: HandleMessageInput,
        next: (HandleMessageInput) async throws -> Payload
    ) async throws -> Payload

    /// Stands around the validator of an update. It may not wait, and is not called on replay.
    func validateUpdate(_ input: HandleMessageInput, next: (HandleMessageInput) async throws -> Void) async throws

    /// Stands around the handler of an update.
    func handleUpdate(
        _ input: HandleMessageInput,
        next: (HandleMessageInput) async throws -> Payload
    ) async throws -> Payload

    /// Stands around an activity, local ones included, from its call to its result.
    func executeActivity(
        _ input: ActivityCallInput,
        next: (ActivityCallInput) async throws -> [Payload]
    ) async throws -> [Payload]

    /// Stands around the start of a child workflow, until it has started.
    func startChildWorkflow(_ input: ChildWorkflowInput, next: (ChildWorkflowInput) async throws -> Void) async throws

    /// Stands around the call of a Nexus operation, until it has started or has ended at once.
    func startNexusOperation(
        _ input: NexusOperationCallInput,
        next: (NexusOperationCallInput) async throws -> Void
    ) async throws

    /// Stands around a signal to another workflow, a child or not.
    func signalExternalWorkflow(
        _ input: ExternalSignalInput,
        next: (ExternalSignalInput) async throws -> Void
    ) async throws

    /// Stands around a request to another workflow to stop. Children that are cancelled by their handle are not among them.
    func cancelExternalWorkflow(
        _ input: ExternalCancelInput,
        next: (ExternalCancelInput) async throws -> Void
    ) async throws

    /// Stands around a change of the search attributes. It may not wait.
    func upsertSearchAttributes(
        _ input: UpsertSearchAttributesInput,
        next: (UpsertSearchAttributesInput) throws -> Void
    ) throws

    /// Stands around a change of the memo. It may not wait.
    func upsertMemo(_ input: UpsertMemoInput, next: (UpsertMemoInput) throws -> Void) throws

    /// Stands around a wait for a time to pass.
    func sleep(_ input: SleepInput, next: (SleepInput) async throws -> Void) async throws

    /// Sees what the run is continued with, and returns what it shall be.
    func continueAsNew(_ input: ContinueAsNewInput) throws -> ContinueAsNewInput
}

extension WorkflowInterceptor {
    public func execute(
        _ input: ExecuteWorkflowInput,
        next: (ExecuteWorkflowInput) async throws -> Payload
    ) async throws -> Payload { try await next(input) }

    public func handleSignal(
        _ input: HandleMessageInput,
        next: (HandleMessageInput) async throws -> Void
    ) async throws { try await next(input) }

    public func handleQuery(
        _ input: HandleMessageInput,
        next: (HandleMessageInput) async throws -> Payload
    ) async throws -> Payload { try await next(input) }

    public func validateUpdate(
        _ input: HandleMessageInput,
        next: (HandleMessageInput) async throws -> Void
    ) async throws { try await next(input) }

    public func handleUpdate(
        _ input: HandleMessageInput,
        next: (HandleMessageInput) async throws -> Payload
    ) async throws -> Payload { try await next(input) }

    public func executeActivity(
        _ input: ActivityCallInput,
        next: (ActivityCallInput) async throws -> [Payload]
    ) async throws -> [Payload] { try await next(input) }

    public func startChildWorkflow(
        _ input: ChildWorkflowInput,
        next: (ChildWorkflowInput) async throws -> Void
    ) async throws { try await next(input) }

    public func startNexusOperation(
        _ input: NexusOperationCallInput,
        next: (NexusOperationCallInput) async throws -> Void
    ) async throws { try await next(input) }

    public func signalExternalWorkflow(
        _ input: ExternalSignalInput,
        next: (ExternalSignalInput) async throws -> Void
    ) async throws { try await next(input) }

    public func cancelExternalWorkflow(
        _ input: ExternalCancelInput,
        next: (ExternalCancelInput) async throws -> Void
    ) async throws { try await next(input) }

    public func upsertSearchAttributes(
        _ input: UpsertSearchAttributesInput,
        next: (UpsertSearchAttributesInput) throws -> Void
    ) throws { try next(input) }

    public func upsertMemo(_ input: UpsertMemoInput, next: (UpsertMemoInput) throws -> Void) throws { try next(input) }

    public func sleep(_ input: SleepInput, next: (SleepInput) async throws -> Void) async throws {
        try await next(input)
    }

    public func continueAsNew(_ input: ContinueAsNewInput) throws -> ContinueAsNewInput { input }
}
