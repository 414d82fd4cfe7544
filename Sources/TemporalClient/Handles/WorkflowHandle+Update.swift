public import Temporal

extension WorkflowHandle {
    /// Sends an update and waits for its result.
    ///
    /// - Parameters:
    ///   - update: The update.
    ///   - input: Its arguments.
    ///   - id: The id of the update; `nil` for a new one. An id that the run has had is the same update.
    /// - Returns: What the handler returned.
    /// - Throws: As ``startUpdate(_:_:id:waitFor:)`` and ``WorkflowUpdateHandle/result()``.
    public func executeUpdate<each Input: Codable & Sendable, Output>(
        _ update: UpdateReference<W, repeat each Input, Output>,
        _ input: repeat each Input,
        id: String? = nil
    ) async throws -> Output {
        try await startUpdate(update, repeat each input, id: id, waitFor: .completed).result()
    }

    /// Sends an update and waits until the workflow has taken it on.
    ///
    /// - Parameters:
    ///   - update: The update.
    ///   - input: Its arguments.
    ///   - id: The id of the update; `nil` for a new one. An id that the run has had is the same update.
    ///   - stage: How far the update must have come.
    /// - Returns: A handle to the update. The outcome of one that was rejected is an error of its result.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there or closed, ``WorkflowUpdateTimeoutError`` if the
    ///   service does not answer in time, `PayloadConversionError` if the input cannot be encoded, `RPCError` for
    ///   anything else.
    public func startUpdate<each Input: Codable & Sendable, Output>(
        _ update: UpdateReference<W, repeat each Input, Output>,
        _ input: repeat each Input,
        id: String? = nil,
        waitFor stage: WorkflowUpdateStage = .accepted
    ) async throws -> WorkflowUpdateHandle<Output> {
        let payloads = try untyped.encode(repeat each input)
        return try await untyped.startUpdate(update.name, payloads, id, stage, update.output)
    }

    /// A handle to an update that was sent before. Nothing is asked of the service.
    ///
    /// - Parameters:
    ///   - update: The update.
    ///   - id: The id of the update.
    public func updateHandle<each Input: Codable & Sendable, Output>(
        _ update: UpdateReference<W, repeat each Input, Output>,
        id: String
    ) -> WorkflowUpdateHandle<Output> {
        untyped.updateHandle(id, update.output)
    }
}
