import Synchronization
public import Temporal
import TemporalAPI

extension NexusOperationContext {
    /// The client of the worker that runs the operation.
    ///
    /// - Throws: `MissingContextError` if the operation does not run in a worker.
    public var client: TemporalClient {
        get throws {
            guard let runtime = runtime as? NexusRuntime else {
                throw MissingContextError("NexusOperationContext.client", place: "a worker")
            }
            return runtime.client
        }
    }

    /// Starts a workflow that the operation goes on as, and ends with.
    ///
    /// Every attempt of a call must give the same id, derived from the input for instance: an attempt that is made again finds
    /// the workflow that the first one has started. A workflow that somebody else has started under the id fails the call,
    /// unless ``WorkflowOptions/idConflictPolicy`` is to use it: then its end is the end of this operation too.
    ///
    /// The call has an id and ``WorkflowOptions/conflictOptions`` of its own, with which a workflow that runs already is handed
    /// all that the call carries: ``WorkflowOptions/requestID`` and the other options for that do not count.
    /// ``WorkflowOptions/links`` are added to the link to the caller.
    ///
    /// ```swift
    /// @NexusOperation
    /// func order(_ order: Order) async throws -> NexusWorkflowRun<Receipt> {
    ///     let context = try NexusOperationContext.current
    ///     return try await context.startWorkflow(
    ///         OrderWorkflow.self,
    ///         order,
    ///         options: WorkflowOptions(id: "order-\(order.number)", taskQueue: context.info.taskQueue)
    ///     )
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - type: The workflow.
    ///   - input: What its `run` takes.
    ///   - options: Its id, its task queue and more.
    /// - Returns: What the operation returns.
    /// - Throws: ``WorkflowAlreadyStartedError`` if the id is in use, `PayloadConversionError` if the input cannot be
    ///   encoded, `RPCError` for anything else that the service refuses.
    public func startWorkflow<W: Workflow, each Input: Codable & Sendable>(
        _ type: W.Type,
        _ input: repeat each Input,
        options: WorkflowOptions
    ) async throws -> NexusWorkflowRun<W.RunOutput> where W.RunInputs == Inputs<repeat each Input> {
        try await start(type.definition.name, try client.encode(repeat each input, ofWorkflow: options.id), options)
    }

    /// Starts a workflow that is known by name only, such as one written with another SDK, as what the operation goes on as.
    ///
    /// - Parameters:
    ///   - name: The name of the workflow type.
    ///   - input: The arguments, of any types that can be encoded.
    ///   - options: Its id, its task queue and more.
    ///   - output: The type of the workflow's result.
    /// - Returns: What the operation returns.
    /// - Throws: As ``startWorkflow(_:_:options:)``.
    public func startWorkflow<each Input: Codable & Sendable, Output: Sendable>(
        named name: String,
        _ input: repeat each Input,
        options: WorkflowOptions,
        returning output: Output.Type = Output.self
    ) async throws -> NexusWorkflowRun<Output> {
        try await start(name, try client.encode(repeat each input, ofWorkflow: options.id), options)
    }

    private func start<Output>(
        _ type: String,
        _ input: [Payload],
        _ options: WorkflowOptions
    ) async throws -> NexusWorkflowRun<Output> {
        let client = try client
        let token = NexusWorkflowToken(namespace: client.namespace, workflowID: options.id).text
        let nexus = NexusStart(info, token: token)
        let handle = try await client.start(type, input, options, nexus: nexus)
        add(nexus.link(to: handle, namespace: client.namespace))
        return NexusWorkflowRun(workflowID: handle.id, runID: handle.resultRunID ?? "", token: token)
    }
}

/// What the start of a workflow carries if a Nexus operation goes on as the workflow.
final class NexusStart: Sendable {
    private let info: NexusOperationInfo
    private let token: String
    private let response = Mutex<APILink?>(nil)

    init(_ info: NexusOperationInfo, token: String) {
        self.info = info
        self.token = token
    }

    /// Completes the request: who is told the end, and what the history of the workflow refers to.
    func fill(_ request: inout APIStartWorkflowExecutionRequest) {
        // Every attempt of the call has the same id, so that the service starts one workflow for all.
        if !info.requestID.isEmpty { request.requestID = info.requestID }
        request.links += info.links
        if !info.callbackURL.isEmpty {
            var callback = APICallback()
            callback.nexus.url = info.callbackURL
            callback.nexus.header = info.callbackHeaders
            // Servers before 1.27 read the first of the two.
            callback.nexus.header["nexus-operation-id"] = token
            callback.nexus.header["nexus-operation-token"] = token
            callback.links = info.links
            request.completionCallbacks = [callback]
        }
        request.onConflictOptions.attachRequestID = true
        request.onConflictOptions.attachCompletionCallbacks = true
        request.onConflictOptions.attachLinks = true
    }

    /// Keeps what the service says of the start.
    func received(_ answer: APIStartWorkflowExecutionResponse) {
        guard answer.hasLink else { return }
        response.withLock { $0 = answer.link }
    }

    /// What the caller's history refers to.
    func link(to handle: UntypedWorkflowHandle, namespace: String) -> APILink {
        if let link = response.withLock({ $0 }) { return link }
        var link = APILink()
        link.workflowEvent.namespace = namespace
        link.workflowEvent.workflowID = handle.id
        link.workflowEvent.runID = handle.resultRunID ?? ""
        link.workflowEvent.eventRef.eventID = 1
        link.workflowEvent.eventRef.eventType = .workflowExecutionStarted
        return link
    }
}
