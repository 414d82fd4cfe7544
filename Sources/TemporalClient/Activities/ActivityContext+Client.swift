public import Temporal

extension ActivityContext {
    /// The client of the worker that runs the activity; in a `TestActivityEnvironment`, the environment's.
    ///
    /// - Throws: `MissingContextError` if the activity does not run in a worker.
    public var client: TemporalClient {
        get throws {
            guard let client = host.client as? TemporalClient else {
                throw MissingContextError("ActivityContext.client", place: "a worker")
            }
            return client
        }
    }
}
