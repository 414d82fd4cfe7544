/// Changes of workflow code while runs of it are open.
extension WorkflowContext {
    /// Whether to take the new way of a change, which has an id.
    ///
    /// A run that comes here for the first time takes the new way and notes that in its history. A replay of a history that
    /// has no such note takes the old way. The answer for one id is the same in the whole run.
    ///
    /// ```swift
    /// if context.patched("notify-by-mail") {
    ///     try await context.executeActivity(Notify.mail, order, startToCloseTimeout: .seconds(30))
    /// } else {
    ///     try await context.executeActivity(Notify.fax, order, startToCloseTimeout: .seconds(30))
    /// }
    /// ```
    ///
    /// In a query handler it tells what it would tell the workflow, and notes nothing.
    ///
    /// - Parameter id: A name for the change, unique in the workflow.
    public func patched(_ id: String) -> Bool {
        runtime.patched(id, isDeprecated: false)
    }

    /// Says that the old way of a change is gone, while there may still be runs that have noted the change.
    ///
    /// It takes the place of ``patched(_:)`` once no open run is left that went the old way, and can be removed once no open
    /// run is left that has noted the change without this call.
    ///
    /// - Parameter id: The name of the change.
    public func deprecatePatch(_ id: String) {
        _ = runtime.patched(id, isDeprecated: true)
    }
}
