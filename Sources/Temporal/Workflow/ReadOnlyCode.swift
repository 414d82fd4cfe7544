/// Code of a workflow that may only read, and the tasks that it starts.
package enum ReadOnlyCode: Sendable, Equatable {
    /// The handler of a query.
    case query
    /// The validator of an update, by the name of the update.
    case validator(String)

    /// What the calling code is; `nil` for code that may act.
    @TaskLocal package static var current: ReadOnlyCode?
}
