extension WorkflowContext {
    // MARK: Children

    /// Starts a child workflow and waits until it has started, not until it ends.
    ///
    /// A cancellation of the calling task before the child has started cancels the child in the way that its options
    /// say.
    ///
    /// - Parameters:
    ///   - type: The workflow.
    ///   - input: What its `run` takes.
    ///   - options: Its id, its task queue and more.
    /// - Returns: A handle to the child.
    /// - Throws: ``ChildWorkflowAlreadyStartedError`` if its id is in use, ``ChildWorkflowError`` if the start was
    ///   cancelled or refused, ``PayloadConversionError`` if the input cannot be encoded, `CancellationError` if the
    ///   calling task was cancelled before.
    public func startChildWorkflow<W: Workflow, each Input: Codable & Sendable>(
        _ type: W.Type,
        _ input: repeat each Input,
        options: ChildWorkflowOptions = ChildWorkflowOptions()
    ) async throws -> ChildWorkflowHandle<W> where W.RunInputs == Inputs<repeat each Input> {
        let options = identified(options)
        let payloads = try ArgumentReader.encode(repeat each input, converter: converter(of: options))
        return ChildWorkflowHandle(untyped: try await startChild(type.definition.name, payloads, options))
    }

    /// Starts a child workflow and waits for its result.
    ///
    /// A cancellation of the calling task cancels the child in the way that its options say.
    ///
    /// - Parameters:
    ///   - type: The workflow.
    ///   - input: What its `run` takes.
    ///   - options: Its id, its task queue and more.
    /// - Returns: What the child's `run` returned.
    /// - Throws: What ``startChildWorkflow(_:_:options:)`` and ``ChildWorkflowHandle/result()`` throw.
    public func executeChildWorkflow<W: Workflow, each Input: Codable & Sendable>(
        _ type: W.Type,
        _ input: repeat each Input,
        options: ChildWorkflowOptions = ChildWorkflowOptions()
    ) async throws -> W.RunOutput where W.RunInputs == Inputs<repeat each Input> {
        try await startChildWorkflow(type, repeat each input, options: options).result()
    }

    /// Starts a child workflow that is known by name only, such as one written with another SDK.
    ///
    /// - Parameters:
    ///   - name: The name of the workflow type.
    ///   - input: The arguments, of any types that can be encoded.
    ///   - options: Its id, its task queue and more.
    /// - Returns: A handle to the child, which has started.
    /// - Throws: As ``startChildWorkflow(_:_:options:)``.
    public func startChildWorkflow<each Input: Codable & Sendable>(
        named name: String,
        _ input: repeat each Input,
        options: ChildWorkflowOptions = ChildWorkflowOptions()
    ) async throws -> UntypedChildWorkflowHandle {
        let options = identified(options)
        let payloads = try ArgumentReader.encode(repeat each input, converter: converter(of: options))
        return try await startChild(name, payloads, options)
    }

    /// Starts a child workflow that is known by name only, and waits for its result.
    ///
    /// - Parameters:
    ///   - name: The name of the workflow type.
    ///   - input: The arguments, of any types that can be encoded.
    ///   - options: Its id, its task queue and more.
    ///   - type: The type of the result; an optional one for a child that returns nothing.
    /// - Returns: What the child returned.
    /// - Throws: What ``startChildWorkflow(named:_:options:)`` and ``UntypedChildWorkflowHandle/result(as:)`` throw.
    public func executeChildWorkflow<each Input: Codable & Sendable, Output: Codable & Sendable>(
        named name: String,
        _ input: repeat each Input,
        options: ChildWorkflowOptions = ChildWorkflowOptions(),
        returning type: Output.Type = Output.self
    ) async throws -> Output {
        try await startChildWorkflow(named: name, repeat each input, options: options).result(as: type)
    }

    /// The options with an id, if that is asked for before the child is started.
    private func identified(_ options: ChildWorkflowOptions) -> ChildWorkflowOptions {
        guard options.id == nil, converter.isContextual else { return options }
        var options = options
        options.id = runtime.makeWorkflowID()
        return options
    }

    /// Turns the values of a child into payloads and back.
    private func converter(of child: ChildWorkflowOptions) -> PayloadConverter {
        converter(ofWorkflow: child.id ?? "")
    }

    private func startChild(
        _ name: String,
        _ input: [Payload],
        _ options: ChildWorkflowOptions
    ) async throws -> UntypedChildWorkflowHandle {
        let call = try ChildWorkflowCall(type: name, input: input, options: options, converter: converter(of: options))
        let execution = ChildWorkflowExecution()
        guard hasInterceptors else {
            _ = try await perform(.startChild(call, execution))
            return UntypedChildWorkflowHandle(execution, self)
        }
        try await intercepted(
            ChildWorkflowInput(context: self, workflowType: name, workflowID: call.workflowID, arguments: input),
            { try await $0.startChildWorkflow($1, next: $2) },
            { [self] input in
                var call = call
                (call.input, call.headers) = (input.arguments, input.headers)
                _ = try await perform(.startChild(call, execution))
            }
        )
        return UntypedChildWorkflowHandle(execution, self)
    }

    // MARK: Other workflows

    /// A handle to another workflow of the namespace. Nothing is asked of the service.
    ///
    /// - Parameters:
    ///   - id: The id of the workflow.
    ///   - runID: A certain run; `nil` for the current one, whichever that is at each call.
    public func externalWorkflow(id: String, runID: String? = nil) -> ExternalWorkflowHandle {
        ExternalWorkflowHandle(id: id, runID: runID, context: self)
    }

    /// Signals another workflow.
    func signal(_ target: ExternalTarget, _ name: String, _ input: [Payload]) async throws {
        guard hasInterceptors else {
            _ = try await perform(.signalExternal(ExternalSignalCall(target: target, name: name, input: input)))
            return
        }
        try await intercepted(
            ExternalSignalInput(
                context: self,
                workflowID: target.workflowID,
                isChild: target.isChild,
                name: name,
                arguments: input
            ),
            { try await $0.signalExternalWorkflow($1, next: $2) },
            { [self] input in
                var call = ExternalSignalCall(target: target, name: name, input: input.arguments)
                call.headers = input.headers
                _ = try await perform(.signalExternal(call))
            }
        )
    }

    /// Asks another workflow to stop.
    func cancel(_ target: ExternalTarget, reason: String) async throws {
        guard hasInterceptors else {
            _ = try await perform(.cancelExternal(ExternalCancelCall(target: target, reason: reason)))
            return
        }
        try await intercepted(
            ExternalCancelInput(
                context: self,
                workflowID: target.workflowID,
                runID: target.runID,
                reason: reason
            ),
            { try await $0.cancelExternalWorkflow($1, next: $2) },
            { [self] in
                _ = try await perform(.cancelExternal(ExternalCancelCall(target: target, reason: $0.reason)))
            }
        )
    }
}
