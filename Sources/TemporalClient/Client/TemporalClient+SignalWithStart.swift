public import Temporal
import TemporalAPI

extension TemporalClient {
    /// Signals a workflow, and starts it first if none of its id runs. Both happen or neither does.
    ///
    /// The id conflict policy ``WorkflowIDConflictPolicy/fail``, the default of the options, counts as `useExisting`.
    ///
    /// - Parameters:
    ///   - type: The workflow.
    ///   - input: What its `run` takes, if it has to be started.
    ///   - signal: The signal.
    ///   - signalInput: The arguments of the signal.
    ///   - options: The id of the workflow, its task queue and more.
    /// - Returns: A handle to the workflow, found or started.
    /// - Throws: ``WorkflowAlreadyStartedError`` if the id was used and may not be again, `PayloadConversionError` if an
    ///   input cannot be encoded, `RPCError` for anything else that the service refuses.
    @discardableResult
    public func signalWithStart<W: Workflow, each Input: Codable & Sendable, each SignalInput: Codable & Sendable>(
        _ type: W.Type,
        _ input: repeat each Input,
        signal: SignalReference<W, repeat each SignalInput>,
        signalInput: repeat each SignalInput,
        options: WorkflowOptions
    ) async throws -> WorkflowHandle<W> where W.RunInputs == Inputs<repeat each Input> {
        let untyped = try await signalWithStart(
            type.definition.name,
            try encode(repeat each input, ofWorkflow: options.id),
            signal.name,
            try encode(repeat each signalInput, ofWorkflow: options.id),
            options
        )
        return WorkflowHandle(untyped: untyped)
    }

    /// Signals a workflow that is known by name only, and starts it first if none of its id runs.
    ///
    /// - Parameters:
    ///   - name: The name of the workflow type.
    ///   - input: The arguments of the workflow, if it has to be started.
    ///   - signal: The name of the signal.
    ///   - signalInput: The arguments of the signal.
    ///   - options: The id of the workflow, its task queue and more.
    /// - Returns: A handle to the workflow, found or started.
    /// - Throws: As ``signalWithStart(_:_:signal:signalInput:options:)``.
    @discardableResult
    public func signalWithStart<each Input: Codable & Sendable, each SignalInput: Codable & Sendable>(
        named name: String,
        _ input: repeat each Input,
        signal: String,
        signalInput: repeat each SignalInput,
        options: WorkflowOptions
    ) async throws -> UntypedWorkflowHandle {
        try await signalWithStart(
            name,
            try encode(repeat each input, ofWorkflow: options.id),
            signal,
            try encode(repeat each signalInput, ofWorkflow: options.id),
            options
        )
    }

    private func signalWithStart(
        _ type: String,
        _ input: [Payload],
        _ signal: String,
        _ signalInput: [Payload],
        _ options: WorkflowOptions
    ) async throws -> UntypedWorkflowHandle {
        var start = StartWorkflowInput(workflowType: type, arguments: input, options: options, signal: signal)
        start.signalArguments = signalInput
        return try await throughInterceptors(
            interceptors[...],
            start,
            { try await $0.startWorkflow($1, next: $2) },
            { try await signalWithStart($0, signal) }
        )
    }

    private func signalWithStart(
        _ start: StartWorkflowInput,
        _ signal: String
    ) async throws -> UntypedWorkflowHandle {
        let (type, options) = (start.workflowType, start.options)
        var request = try options.signalWithStartRequest(
            type: type,
            input: start.arguments,
            signal: signal,
            signalInput: start.signalArguments,
            client: self
        )
        if !start.headers.isEmpty { request.header.fields = start.headers.mapValues(\.proto) }
        let nexus = NexusOperationContext.running
        if let nexus { request.links = nexus.info.links }
        do {
            let response = try await call(.signalWithStartWorkflowExecution, request)
            if response.hasSignalLink { nexus?.add(response.signalLink) }
            // Servers that do not name the first run of the chain do not say either whether the run was found.
            let known = response.started ? response.runID : nil
            let firstRunID = response.firstExecutionRunID.isEmpty ? known : response.firstExecutionRunID
            return started(options.id, response.runID, firstRunID: firstRunID)
        } catch let error as RPCError {
            throw startError(error, type, options.id)
        }
    }
}
