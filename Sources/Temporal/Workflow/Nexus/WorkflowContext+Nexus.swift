extension WorkflowContext {
    // MARK: Nexus

    /// Calls a Nexus operation and waits until it has started or has ended at once, not until it ends.
    ///
    /// A cancellation of the calling task before that cancels the operation in the way that its options say.
    ///
    /// - Parameters:
    ///   - operation: Which operation, and its types.
    ///   - input: What it takes.
    ///   - endpoint: Where it is called: the name of an endpoint that an operator has made.
    ///   - options: Its timeouts and more.
    /// - Returns: A handle to the operation.
    /// - Throws: ``NexusOperationError`` if the operation failed, timed out or was cancelled before it started,
    ///   ``PayloadConversionError`` if the input cannot be encoded, `CancellationError` if the calling task was cancelled
    ///   before.
    public func startNexusOperation<each Input: Codable & Sendable, Output>(
        _ operation: NexusOperationReference<repeat each Input, Output>,
        _ input: repeat each Input,
        endpoint: String,
        options: NexusOperationOptions = NexusOperationOptions()
    ) async throws -> NexusOperationHandle<Output> {
        let call = try NexusOperationCall(
            endpoint,
            operation.service,
            operation.name,
            // The handler does not know of this workflow.
            operation.payload(of: repeat each input, converter: converter.withoutContext),
            options,
            converter: converter
        )
        let execution = NexusOperationExecution(label: call.label)
        try await start(call, execution)
        return NexusOperationHandle(execution, operation.output, self)
    }

    /// Calls a Nexus operation and waits for its result.
    ///
    /// A cancellation of the calling task cancels the operation in the way that its options say.
    ///
    /// - Parameters:
    ///   - operation: Which operation, and its types.
    ///   - input: What it takes.
    ///   - endpoint: Where it is called: the name of an endpoint that an operator has made.
    ///   - options: Its timeouts and more.
    /// - Returns: What the operation returned.
    /// - Throws: What ``startNexusOperation(_:_:endpoint:options:)`` and ``NexusOperationHandle/result()`` throw.
    public func executeNexusOperation<each Input: Codable & Sendable, Output>(
        _ operation: NexusOperationReference<repeat each Input, Output>,
        _ input: repeat each Input,
        endpoint: String,
        options: NexusOperationOptions = NexusOperationOptions()
    ) async throws -> Output {
        try await startNexusOperation(operation, repeat each input, endpoint: endpoint, options: options).result()
    }

    private func start(_ call: NexusOperationCall, _ execution: NexusOperationExecution) async throws {
        guard hasInterceptors else {
            _ = try await perform(.startNexus(call, execution))
            return
        }
        try await intercepted(
            NexusOperationCallInput(
                context: self,
                endpoint: call.endpoint,
                service: call.service,
                operation: call.operation,
                input: call.input,
                headers: call.headers
            ),
            { try await $0.startNexusOperation($1, next: $2) },
            { [self] input in
                var call = call
                (call.input, call.headers) = (input.input, input.headers)
                _ = try await perform(.startNexus(call, execution))
            }
        )
    }
}
