public import Temporal
import TemporalAPI

extension TemporalClient {
    /// Starts a workflow.
    ///
    /// - Parameters:
    ///   - type: The workflow.
    ///   - input: What its `run` takes.
    ///   - options: Its id, its task queue and more.
    /// - Returns: A handle to the workflow; it does not wait for its end.
    /// - Throws: ``WorkflowAlreadyStartedError`` if the id is in use, `PayloadConversionError` if the input cannot be
    ///   encoded, `RPCError` for anything else that the service refuses.
    @discardableResult
    public func startWorkflow<W: Workflow, each Input: Codable & Sendable>(
        _ type: W.Type,
        _ input: repeat each Input,
        options: WorkflowOptions
    ) async throws -> WorkflowHandle<W> where W.RunInputs == Inputs<repeat each Input> {
        let payloads = try encode(repeat each input, ofWorkflow: options.id)
        return WorkflowHandle(untyped: try await start(type.definition.name, payloads, options))
    }

    /// Starts a workflow and waits for its result.
    ///
    /// - Parameters:
    ///   - type: The workflow.
    ///   - input: What its `run` takes.
    ///   - options: Its id, its task queue and more.
    /// - Returns: What `run` returned, in the last run of the chain.
    /// - Throws: What ``startWorkflow(_:_:options:)`` and ``WorkflowHandle/result()`` throw.
    public func executeWorkflow<W: Workflow, each Input: Codable & Sendable>(
        _ type: W.Type,
        _ input: repeat each Input,
        options: WorkflowOptions
    ) async throws -> W.RunOutput where W.RunInputs == Inputs<repeat each Input> {
        try await startWorkflow(type, repeat each input, options: options).result()
    }

    /// Starts a workflow that is known by name only, such as one written with another SDK.
    ///
    /// - Parameters:
    ///   - name: The name of the workflow type.
    ///   - input: The arguments, of any types that can be encoded.
    ///   - options: Its id, its task queue and more.
    /// - Returns: A handle to the workflow; it does not wait for its end.
    /// - Throws: As ``startWorkflow(_:_:options:)``.
    @discardableResult
    public func startWorkflow<each Input: Codable & Sendable>(
        named name: String,
        _ input: repeat each Input,
        options: WorkflowOptions
    ) async throws -> UntypedWorkflowHandle {
        try await start(name, try encode(repeat each input, ofWorkflow: options.id), options)
    }

    /// A handle to a workflow that is there already. Nothing is asked of the service.
    ///
    /// - Parameters:
    ///   - type: The workflow.
    ///   - id: The id of the workflow.
    ///   - runID: A certain run; `nil` for the latest, whichever that is at each call.
    ///   - firstExecutionRunID: The first run of the chain that cancel and terminate may touch; `nil` for any.
    public func workflowHandle<W: Workflow>(
        for type: W.Type = W.self,
        id: String,
        runID: String? = nil,
        firstExecutionRunID: String? = nil
    ) -> WorkflowHandle<W> {
        WorkflowHandle(untyped: workflowHandle(id: id, runID: runID, firstExecutionRunID: firstExecutionRunID))
    }

    /// A handle to a workflow whose type is not known here. Nothing is asked of the service.
    ///
    /// - Parameters:
    ///   - id: The id of the workflow.
    ///   - runID: A certain run; `nil` for the latest, whichever that is at each call.
    ///   - firstExecutionRunID: The first run of the chain that cancel and terminate may touch; `nil` for any.
    public func workflowHandle(
        id: String,
        runID: String? = nil,
        firstExecutionRunID: String? = nil
    ) -> UntypedWorkflowHandle {
        UntypedWorkflowHandle(client: self, id: id, runID: runID, firstExecutionRunID: firstExecutionRunID)
    }

    /// The payloads of arguments.
    ///
    /// - Parameters:
    ///   - input: The arguments.
    ///   - workflowID: The workflow that they are for; `nil` for several.
    func encode<each Input: Codable & Sendable>(
        _ input: repeat each Input,
        ofWorkflow workflowID: String? = nil
    ) throws -> [Payload] {
        let converter = workflowID.map { self.converter(ofWorkflow: $0) } ?? converter
        return try ArgumentReader.encode(repeat each input, converter: converter)
    }

    /// Starts a workflow.
    ///
    /// - Parameters:
    ///   - type: The name of the workflow type.
    ///   - input: The encoded arguments.
    ///   - options: Its id, its task queue and more.
    ///   - nexus: What a Nexus operation that goes on as the workflow adds.
    func start(
        _ type: String,
        _ input: [Payload],
        _ options: WorkflowOptions,
        nexus: NexusStart? = nil
    ) async throws -> UntypedWorkflowHandle {
        let start = StartWorkflowInput(workflowType: type, arguments: input, options: options, signal: nil)
        return try await throughInterceptors(
            interceptors[...],
            start,
            { try await $0.startWorkflow($1, next: $2) },
            { try await self.start($0, nexus: nexus) }
        )
    }

    private func start(_ start: StartWorkflowInput, nexus: NexusStart?) async throws -> UntypedWorkflowHandle {
        let (type, options) = (start.workflowType, start.options)
        var request = try options.startRequest(type: type, input: start.arguments, client: self)
        if !start.headers.isEmpty { request.header.fields = start.headers.mapValues(\.proto) }
        nexus?.fill(&request)
        let reservation =
            options.requestsEagerStart
            ? eagerStarts.reserve(type, namespace: namespace, taskQueue: options.taskQueue) : nil
        request.requestEagerExecution = reservation != nil
        if let deployment = reservation?.deployment { request.eagerWorkerDeploymentOptions = deployment }
        do {
            let response = try await call(.startWorkflowExecution, request)
            reservation?.use(for: response.hasEagerWorkflowTask ? response.eagerWorkflowTask : nil)
            nexus?.received(response)
            let firstRunID = response.firstRunID(conflictPolicy: options.idConflictPolicy)
            return started(options.id, response.runID, firstRunID: firstRunID)
        } catch {
            reservation?.use(for: nil)
            throw (error as? RPCError).map { startError($0, type, options.id) } ?? error
        }
    }

    /// The handle of a workflow that was just started, or found running.
    ///
    /// - Parameters:
    ///   - id: The id of the workflow.
    ///   - runID: The run.
    ///   - firstRunID: The first run of its chain; `nil` where the service did not tell.
    func started(_ id: String, _ runID: String, firstRunID: String?) -> UntypedWorkflowHandle {
        UntypedWorkflowHandle(client: self, id: id, startedRunID: runID, firstExecutionRunID: firstRunID)
    }

    /// The error of a start: typed where the id is in use.
    func startError(_ error: RPCError, _ type: String, _ id: String) -> any Error {
        guard error.code == .alreadyExists else { return error }
        let detail = error.detail(APIWorkflowExecutionAlreadyStartedFailure.self)
        return WorkflowAlreadyStartedError(workflowID: id, workflowType: type, runID: detail?.runID ?? "")
    }
}

extension APIStartWorkflowExecutionResponse {
    /// The first run of the chain that was started or found; `nil` if it cannot be told.
    ///
    /// Older servers do not name it. The run of the answer is the first one then, unless it was found running:
    /// it may be the latest of many.
    ///
    /// - Parameter policy: What the request said of a workflow that runs already.
    func firstRunID(conflictPolicy policy: WorkflowIDConflictPolicy) -> String? {
        if !firstExecutionRunID.isEmpty { return firstExecutionRunID }
        return policy == .useExisting && !started ? nil : runID
    }
}
