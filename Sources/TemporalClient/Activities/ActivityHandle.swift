import Temporal

/// An activity that a client started, to wait for and to end.
///
/// A handle is an id and nothing more: making one asks nothing of the service, and nothing ends with it.
public struct ActivityHandle<Output: Sendable>: Sendable {
    /// The same handle without the type of the result.
    public let untyped: UntypedActivityHandle

    private let output: OutputCoding<Output>

    init(untyped: UntypedActivityHandle, output: OutputCoding<Output>) {
        self.untyped = untyped
        self.output = output
    }

    /// The id of the activity.
    public var id: String { untyped.id }

    /// The run that calls go to. `nil` for the latest, whichever that is at each call.
    public var runID: String? { untyped.runID }

    /// Waits for the activity to end and takes its result.
    ///
    /// - Returns: What the activity returned.
    /// - Throws: ``ActivityFailedError`` if the activity ended without one, ``ActivityNotFoundError`` if it is not there,
    ///   `PayloadConversionError` if the result is of another type, `RPCError` for anything else, `CancellationError`
    ///   if the calling task was cancelled (the activity goes on).
    public func result() async throws -> Output {
        try output.decode(try await untyped.resultPayloads(), untyped.client.converter)
    }

    /// Asks the activity to stop. See ``UntypedActivityHandle/cancel(reason:)``.
    public func cancel(reason: String = "") async throws {
        try await untyped.cancel(reason: reason)
    }

    /// Ends the activity at once. See ``UntypedActivityHandle/terminate(reason:)``.
    public func terminate(reason: String = "") async throws {
        try await untyped.terminate(reason: reason)
    }

    /// What the service knows of the activity now. See ``UntypedActivityHandle/describe(after:)``.
    public func describe(after last: ActivityDescription? = nil) async throws -> ActivityDescription {
        try await untyped.describe(after: last)
    }

    /// Deletes the activity. See ``UntypedActivityHandle/delete()``.
    public func delete() async throws {
        try await untyped.delete()
    }

    /// Holds the activity. See ``UntypedActivityHandle/pause(reason:)``.
    public func pause(reason: String = "") async throws {
        try await untyped.pause(reason: reason)
    }

    /// Lets the activity go on. See ``UntypedActivityHandle/unpause(jitter:)``.
    public func unpause(jitter: Duration? = nil) async throws {
        try await untyped.unpause(jitter: jitter)
    }

    /// Begins the activity anew. See ``UntypedActivityHandle/reset(_:)``.
    public func reset(_ options: ActivityResetOptions = ActivityResetOptions()) async throws {
        try await untyped.reset(options)
    }

    /// Changes options of the activity. See ``UntypedActivityHandle/updateOptions(_:)``.
    @discardableResult
    public func updateOptions(_ change: ActivityOptionsChange) async throws -> CurrentActivityOptions {
        try await untyped.updateOptions(change)
    }
}
