public import Temporal
import Tracing

extension TracingInterceptor: WorkflowInterceptor {
    public func execute(
        _ input: ExecuteWorkflowInput,
        next: (ExecuteWorkflowInput) async throws -> Payload
    ) async throws -> Payload {
        mark("RunWorkflow:\(input.context.info.workflowType)", .server, input.context)
        do {
            let result = try await next(input)
            mark("CompleteWorkflow:\(input.context.info.workflowType)", .internal, input.context)
            return result
        } catch {
            // An error that fails the task only ends nothing: the code is run again until it is mended.
            if error is ContinueAsNewRequest {
                mark("CompleteWorkflow:\(input.context.info.workflowType)", .internal, input.context)
            } else if input.context.runtime.failsWorkflow(error) {
                mark("CompleteWorkflow:\(input.context.info.workflowType)", .internal, input.context, error: error)
            }
            throw error
        }
    }

    public func handleSignal(
        _ input: HandleMessageInput,
        next: (HandleMessageInput) async throws -> Void
    ) async throws {
        mark("HandleSignal:\(input.name)", .server, input.context, headers: input.headers)
        try await next(input)
    }

    public func handleQuery(
        _ input: HandleMessageInput,
        next: (HandleMessageInput) async throws -> Payload
    ) async throws -> Payload {
        // No replay repeats a query, even if the run was replayed for it.
        let span = start("HandleQuery:\(input.name)", .server, parent: context(in: input.headers), ids(input.context))
        return try await within(span) { try await next(input) }
    }

    public func validateUpdate(
        _ input: HandleMessageInput,
        next: (HandleMessageInput) async throws -> Void
    ) async throws {
        mark("ValidateUpdate:\(input.name)", .server, input.context, headers: input.headers, update: input.updateID)
        try await next(input)
    }

    public func handleUpdate(
        _ input: HandleMessageInput,
        next: (HandleMessageInput) async throws -> Payload
    ) async throws -> Payload {
        mark("HandleUpdate:\(input.name)", .server, input.context, headers: input.headers, update: input.updateID)
        return try await next(input)
    }

    public func executeActivity(
        _ input: ActivityCallInput,
        next: (ActivityCallInput) async throws -> [Payload]
    ) async throws -> [Payload] {
        var input = input
        input.headers = try carry("StartActivity:\(input.name)", input.context, input.headers)
        return try await next(input)
    }

    public func startChildWorkflow(
        _ input: ChildWorkflowInput,
        next: (ChildWorkflowInput) async throws -> Void
    ) async throws {
        var input = input
        input.headers = try carry("StartChildWorkflow:\(input.workflowType)", input.context, input.headers)
        try await next(input)
    }

    public func signalExternalWorkflow(
        _ input: ExternalSignalInput,
        next: (ExternalSignalInput) async throws -> Void
    ) async throws {
        var input = input
        let operation = input.isChild ? "SignalChildWorkflow" : "SignalExternalWorkflow"
        input.headers = try carry("\(operation):\(input.name)", input.context, input.headers)
        try await next(input)
    }

    public func startNexusOperation(
        _ input: NexusOperationCallInput,
        next: (NexusOperationCallInput) async throws -> Void
    ) async throws {
        var input = input
        let name = "StartNexusOperation:\(input.service)/\(input.operation)"
        if let context = request(name, input.context) { input.headers = textHeaders(input.headers, with: context) }
        try await next(input)
    }

    public func continueAsNew(_ input: ContinueAsNewInput) throws -> ContinueAsNewInput {
        var input = input
        // The next run belongs to the same trace, under the same parent.
        input.headers = try headers(input.headers, with: context(in: input.context.info.headers))
        return input
    }

    private func ids(_ workflow: WorkflowContext) -> [(String, String)] {
        [("temporalWorkflowID", workflow.info.workflowID), ("temporalRunID", workflow.info.runID)]
    }

    /// Makes a span of no length, unless the code has been here before.
    ///
    /// Its parent is what came with the message or else with the start of the run: a span of an earlier task may have
    /// been made in another process, of which a replay knows nothing.
    private func mark(
        _ name: String,
        _ kind: SpanKind,
        _ workflow: WorkflowContext,
        headers: [String: Payload]? = nil,
        update: String? = nil,
        error: (any Error)? = nil
    ) {
        guard !workflow.isReplaying else { return }
        let parent = context(in: headers ?? workflow.info.headers)
        let span = start(name, kind, parent: parent, ids(workflow) + [("temporalUpdateID", update ?? "")])
        if let error { record(error, in: span) }
        span.end()
    }

    /// Makes a span for something that the workflow asks for, and puts its context into the headers of that.
    private func carry(
        _ name: String,
        _ workflow: WorkflowContext,
        _ own: [String: Payload]
    ) throws -> [String: Payload] {
        guard let context = request(name, workflow) else { return own }
        return try headers(own, with: context)
    }

    /// Makes a span for something that the workflow asks for.
    ///
    /// - Returns: Its context; `nil` if the code has been here before.
    private func request(_ name: String, _ workflow: WorkflowContext) -> InstrumentationContext? {
        guard !workflow.isReplaying else { return nil }
        let span = start(name, .client, parent: context(in: workflow.info.headers), ids(workflow))
        span.end()
        return span.context
    }
}
