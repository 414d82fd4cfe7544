import Temporal
import TemporalAPI

/// A workflow to wait for, to signal, to query and to end, whose types are said at each call.
///
/// A handle is an id and nothing more: making one asks nothing of the service, and nothing ends with it.
public struct UntypedWorkflowHandle: Sendable {
    /// The client that calls are made with.
    let client: TemporalClient

    /// The id of the workflow.
    public let id: String

    /// The run that signals, queries and other calls go to. `nil` for the latest, whichever that is at each call.
    public let runID: String?

    /// The run at which waiting for a result begins. `nil` for the latest.
    public let resultRunID: String?

    /// The first run of the chain that cancel and terminate may touch. `nil` for any.
    public let firstExecutionRunID: String?

    init(client: TemporalClient, id: String, runID: String?, firstExecutionRunID: String?) {
        self.client = client
        self.id = id
        self.runID = runID
        self.resultRunID = runID
        self.firstExecutionRunID = firstExecutionRunID
    }

    /// A handle to a workflow that was just started, or found running.
    ///
    /// Signals and queries go to the latest run of its chain, the result is that of the chain from the run on that was
    /// started or found, and cancel and terminate leave a later workflow of the same id alone.
    ///
    /// - Parameters:
    ///   - client: The client that calls are made with.
    ///   - id: The id of the workflow.
    ///   - startedRunID: The run that was started or found.
    ///   - firstExecutionRunID: The first run of its chain, which one that was found may have left behind; `nil` where the
    ///     service did not tell.
    init(client: TemporalClient, id: String, startedRunID: String, firstExecutionRunID: String?) {
        self.client = client
        self.id = id
        self.runID = nil
        self.resultRunID = startedRunID
        self.firstExecutionRunID = firstExecutionRunID
    }

    /// Signals the workflow. It returns when the service has recorded the signal, not when the workflow has handled it.
    ///
    /// - Parameters:
    ///   - name: The name of the signal.
    ///   - input: Its arguments.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there or closed, `PayloadConversionError` if the input
    ///   cannot be encoded, `RPCError` for anything else.
    public func signal<each Input: Codable & Sendable>(_ name: String, _ input: repeat each Input) async throws {
        try await signal(name, try encode(repeat each input), requestID: nil)
    }

    /// Turns the values of the workflow into payloads and back.
    var converter: PayloadConverter { client.converter(ofWorkflow: id) }

    /// The payloads of arguments for the workflow.
    func encode<each Input: Codable & Sendable>(_ input: repeat each Input) throws -> [Payload] {
        try client.encode(repeat each input, ofWorkflow: id)
    }

    /// Signals with encoded arguments.
    ///
    /// - Parameters:
    ///   - name: The name of the signal.
    ///   - input: Its arguments.
    ///   - requestID: Makes the call repeatable: a run records one signal of an id; `nil` for a new id.
    func signal(_ name: String, _ input: [Payload], requestID: String?) async throws {
        try await throughInterceptors(
            client.interceptors[...],
            WorkflowMessageInput(workflowID: id, runID: runID, name: name, arguments: input),
            { try await $0.signalWorkflow($1, next: $2) },
            { try await send($0, requestID) }
        )
    }

    private func send(_ signal: WorkflowMessageInput, _ requestID: String?) async throws {
        var request = APISignalWorkflowExecutionRequest()
        request.namespace = client.namespace
        request.workflowExecution = execution(runID)
        request.signalName = signal.name
        if !signal.arguments.isEmpty { request.input = APIPayloads(signal.arguments) }
        if !signal.headers.isEmpty { request.header.fields = signal.headers.mapValues(\.proto) }
        request.identity = client.identity
        // The id makes the call repeatable: one signal is recorded, however often the request arrives.
        request.requestID = requestID ?? RandomID.make()
        // The histories of a Nexus operation's caller and of the one that it signals refer to each other.
        let nexus = NexusOperationContext.running
        if let nexus { request.links = nexus.info.links }
        try await mapErrors {
            let response = try await client.call(.signalWorkflowExecution, request)
            if response.hasLink { nexus?.add(response.link) }
        }
    }

    /// Asks the workflow to stop. It returns when the service has recorded the request; the workflow may clean up first
    /// or go on.
    ///
    /// - Parameter reason: Why, for the history.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there, `RPCError` for anything else.
    public func cancel(reason: String = "") async throws {
        try await cancel(reason: reason, requestID: nil)
    }

    func cancel(reason: String, requestID: String?) async throws {
        try await throughInterceptors(
            client.interceptors[...],
            WorkflowCallInput(workflowID: id, runID: runID, reason: reason),
            { try await $0.cancelWorkflow($1, next: $2) },
            { call in
                var request = APIRequestCancelWorkflowExecutionRequest()
                request.namespace = client.namespace
                request.workflowExecution = execution(runID)
                request.identity = client.identity
                request.requestID = requestID ?? RandomID.make()
                request.firstExecutionRunID = firstExecutionRunID ?? ""
                request.reason = call.reason
                try await mapErrors {
                    _ = try await client.call(.requestCancelWorkflowExecution, request)
                }
            }
        )
    }

    /// Ends the workflow at once; its code does not run again.
    ///
    /// - Parameters:
    ///   - reason: Why, for the history.
    ///   - details: Values that go with it.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there or closed, `PayloadConversionError` if the
    ///   details cannot be encoded, `RPCError` for anything else.
    public func terminate<each Detail: Codable & Sendable>(
        reason: String = "",
        details: repeat each Detail
    ) async throws {
        try await terminate(reason, try encode(repeat each details))
    }

    private func terminate(_ reason: String, _ details: [Payload]) async throws {
        try await throughInterceptors(
            client.interceptors[...],
            WorkflowCallInput(workflowID: id, runID: runID, reason: reason),
            { try await $0.terminateWorkflow($1, next: $2) },
            { call in
                var request = APITerminateWorkflowExecutionRequest()
                request.namespace = client.namespace
                request.workflowExecution = execution(runID)
                request.identity = client.identity
                request.firstExecutionRunID = firstExecutionRunID ?? ""
                request.reason = call.reason
                if !details.isEmpty { request.details = APIPayloads(details) }
                try await mapErrors {
                    _ = try await client.call(.terminateWorkflowExecution, request)
                }
            }
        )
    }

    /// What the service knows of the workflow now.
    ///
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there, `RPCError` for anything else.
    public func describe() async throws -> WorkflowDescription {
        try await throughInterceptors(
            client.interceptors[...],
            WorkflowCallInput(workflowID: id, runID: runID, reason: ""),
            { try await $0.describeWorkflow($1, next: $2) },
            { _ in
                var request = APIDescribeWorkflowExecutionRequest()
                request.namespace = client.namespace
                request.execution = execution(runID)
                return try await mapErrors {
                    let response = try await client.call(.describeWorkflowExecution, request)
                    return WorkflowDescription(
                        response,
                        namespace: client.namespace,
                        dataConverter: client.dataConverter
                    )
                }
            }
        )
    }

    /// The workflow on the wire.
    func execution(_ runID: String?) -> APIWorkflowExecution {
        var execution = APIWorkflowExecution()
        execution.workflowID = id
        execution.runID = runID ?? ""
        return execution
    }

    /// Runs a call and gives the error of a missing workflow its type.
    func mapErrors<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as RPCError where error.code == .notFound {
            throw WorkflowNotFoundError(
                workflowID: id,
                runID: runID,
                namespace: client.namespace,
                message: error.message
            )
        }
    }
}
