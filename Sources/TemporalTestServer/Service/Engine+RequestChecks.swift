import Temporal
import TemporalAPI

/// What the server checks of a request before it looks at anything else in it.
extension Engine {
    /// Checks that the namespace of a request exists.
    ///
    /// - Throws: `INVALID_ARGUMENT` if there is none, `NOT_FOUND` if it does not exist.
    func check(_ request: some NamespaceBoundRequest) throws {
        try checkNamespace(request.namespace)
    }

    /// Checks that a request names a workflow, of a namespace that exists.
    ///
    /// - Throws: `INVALID_ARGUMENT` or `NOT_FOUND`.
    func check(_ request: some WorkflowRequest) throws {
        try checkNamespace(request.namespace)
        guard request.hasWorkflowExecution else { throw ServiceError.executionNotSet }
    }

    /// Checks that a request about a task has a token. It need not name the namespace, which the token knows.
    ///
    /// - Throws: `INVALID_ARGUMENT` or `NOT_FOUND`.
    func check(_ request: some TaskRequest) throws {
        if !request.namespace.isEmpty { try checkNamespace(request.namespace) }
        guard !request.taskToken.isEmpty else { throw ServiceError.invalid("Task token not set on request.") }
    }

    private func checkNamespace(_ name: String) throws {
        guard !namespaces.contains(key: name) else { return }
        throw name.isEmpty ? ServiceError.namespaceNotSet : ServiceError.noSuchNamespace(name)
    }
}
