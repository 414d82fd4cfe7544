public import Temporal

/// A workflow to wait for, to signal, to query and to end.
///
/// A handle is an id and nothing more: making one asks nothing of the service, and nothing ends with it.
public struct WorkflowHandle<W: Workflow>: Sendable {
    /// The same handle without the types: for handlers that are known by name only.
    public let untyped: UntypedWorkflowHandle

    init(untyped: UntypedWorkflowHandle) {
        self.untyped = untyped
    }

    /// The id of the workflow.
    public var id: String { untyped.id }

    /// The run that signals, queries and other calls go to. `nil` for the latest, whichever that is at each call.
    public var runID: String? { untyped.runID }

    /// The run at which waiting for a result begins: the one that was started. `nil` for the latest.
    public var resultRunID: String? { untyped.resultRunID }

    /// The first run of the chain that cancel and terminate may touch. `nil` for any.
    public var firstExecutionRunID: String? { untyped.firstExecutionRunID }

    /// Waits for the workflow to end and takes its result.
    ///
    /// - Parameter followRuns: Whether to go on with the next run where one continued as new, was retried or ran by
    ///   schedule.
    /// - Returns: What `run` returned.
    /// - Throws: ``WorkflowFailedError`` if the workflow ended without one, ``WorkflowContinuedAsNewError`` if it
    ///   continued as new and `followRuns` is false, ``WorkflowNotFoundError`` if it is not there,
    ///   `PayloadConversionError` if the result is of another type, `RPCError` for anything else, `CancellationError`
    ///   if the calling task was cancelled (the workflow goes on).
    public func result(followRuns: Bool = true) async throws -> W.RunOutput {
        let payloads = try await untyped.resultPayloads(followRuns: followRuns)
        return try W.definition.result.decode(payloads, untyped.converter)
    }

    /// Signals the workflow. It returns when the service has recorded the signal, not when the workflow has handled it.
    ///
    /// - Parameters:
    ///   - signal: The signal.
    ///   - input: Its arguments.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there or closed, `PayloadConversionError` if the input
    ///   cannot be encoded, `RPCError` for anything else.
    public func signal<each Input: Codable & Sendable>(
        _ signal: SignalReference<W, repeat each Input>,
        _ input: repeat each Input
    ) async throws {
        try await untyped.signal(signal.name, repeat each input)
    }

    /// Asks the workflow for something. A worker must run to answer; the query leaves no trace in the history.
    ///
    /// - Parameters:
    ///   - query: The query.
    ///   - input: Its arguments.
    ///   - rejectCondition: The states of the workflow in which it is not asked.
    /// - Returns: The answer.
    /// - Throws: ``QueryFailedError`` if the workflow cannot answer, ``QueryRejectedError`` if `rejectCondition` holds,
    ///   ``WorkflowNotFoundError`` if the workflow is not there, `PayloadConversionError` if a value cannot be
    ///   converted, `RPCError` for anything else, such as no worker in time.
    public func query<each Input: Codable & Sendable, Output>(
        _ query: QueryReference<W, repeat each Input, Output>,
        _ input: repeat each Input,
        rejectCondition: QueryRejectCondition = .none
    ) async throws -> Output {
        let payloads = try untyped.encode(repeat each input)
        let answer = try await untyped.query(query.name, payloads, rejectCondition)
        return try query.result(answer, converter: untyped.converter)
    }

    /// Asks the workflow to stop. It returns when the service has recorded the request; the workflow may clean up first
    /// or go on.
    ///
    /// - Parameter reason: Why, for the history.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there, `RPCError` for anything else.
    public func cancel(reason: String = "") async throws {
        try await untyped.cancel(reason: reason)
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
        try await untyped.terminate(reason: reason, details: repeat each details)
    }

    /// What the service knows of the workflow now.
    ///
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there, `RPCError` for anything else.
    public func describe() async throws -> WorkflowDescription {
        try await untyped.describe()
    }

    /// The events of the run up to now.
    ///
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there, `RPCError` for anything else.
    public func history() async throws -> WorkflowHistory {
        try await untyped.history()
    }

    /// The events of the run, one after the other, as they happen.
    ///
    /// - Parameter followsRun: Whether the loop goes on until the run has ended, and waits for the events to come; if not,
    ///   it ends with the last event up to now.
    /// - Returns: The events of this run; a run that continues it has a history of its own.
    /// - Throws: As ``UntypedWorkflowHandle/events(followsRun:)``.
    public func events(followsRun: Bool = false) async throws -> PagedResults<HistoryEvent> {
        try await untyped.events(followsRun: followsRun)
    }

    /// The events of the run up to now, the latest first.
    ///
    /// - Parameter pageSize: The number of events that one call to the service asks for; `nil` for the service's own.
    /// - Throws: As ``UntypedWorkflowHandle/eventsReversed(pageSize:)``.
    public func eventsReversed(pageSize: Int? = nil) async throws -> PagedResults<HistoryEvent> {
        try await untyped.eventsReversed(pageSize: pageSize)
    }
}
