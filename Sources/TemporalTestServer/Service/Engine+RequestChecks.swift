import OrderedCollections
import Temporal
import TemporalAPI

// What the server checks of a request before it looks at anything else in it.

extension NamespacedRequest {
    /// Checks that the name of the namespace can be one.
    ///
    /// - Throws: `INVALID_ARGUMENT`.
    func check(in engine: Engine) throws {
        try Limits.check(namespace, "Namespace")
    }
}

extension NamespaceBoundRequest {
    /// Checks that the namespace exists.
    ///
    /// - Throws: `INVALID_ARGUMENT` if there is none, `NOT_FOUND` if it does not exist.
    func check(in engine: Engine) throws {
        try engine.checkNamespace(namespace)
    }
}

extension StartRequest {
    /// Checks that the namespace exists, and takes new workflows.
    ///
    /// - Throws: `INVALID_ARGUMENT`, `NOT_FOUND`, or `FAILED_PRECONDITION` if the namespace is deprecated.
    func check(in engine: Engine) throws {
        try engine.checkNamespace(namespace, states: [.registered])
    }
}

extension WorkflowRequest {
    /// Checks that the request names a workflow, of a namespace that exists.
    ///
    /// - Throws: `INVALID_ARGUMENT` or `NOT_FOUND`.
    func check(in engine: Engine) throws {
        try engine.checkNamespace(namespace)
        guard hasWorkflowExecution else { throw ServiceError.executionNotSet }
    }
}

extension TaskRequest {
    /// Checks that a request about a task has a token of its namespace. It need not name that, which the token knows.
    ///
    /// - Throws: `INVALID_ARGUMENT` or `NOT_FOUND`.
    func check(in engine: Engine) throws {
        if !namespace.isEmpty { try engine.checkNamespace(namespace) }
        guard !taskToken.isEmpty else { throw ServiceError.invalid("Task token not set on request.") }
        guard !namespace.isEmpty, let owner = engine.namespace(of: try TaskToken(taskToken)), owner != namespace else {
            return
        }
        throw ServiceError.invalid("Operation requested with a token from a different namespace.")
    }
}

extension Engine {
    /// Checks that a namespace exists, in a state in which it takes a request.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - states: The states that will do. Default: all in which it is there.
    /// - Throws: `INVALID_ARGUMENT`, `NOT_FOUND` or `FAILED_PRECONDITION`.
    fileprivate func checkNamespace(
        _ name: String,
        states: [APINamespaceState] = [.registered, .deprecated]
    ) throws {
        guard let state = namespaces[name]?.state else {
            guard !name.isEmpty else { throw ServiceError.namespaceNotSet }
            try Limits.check(name, "Namespace")
            throw ServiceError.noSuchNamespace(name)
        }
        guard states.contains(state) else { throw ServiceError.namespace(name, hasState: state, insteadOf: states) }
    }

    /// The namespace of a task that a worker has; `nil` if the task is gone.
    fileprivate func namespace(of token: TaskToken) -> String? {
        switch token {
        case .workflow(let run, _, _), .activity(let run, _, _):
            runs.indices.contains(run) && !runs[run].isDeleted ? runs[run].namespace : nil
        case .query(let number):
            queries[number].map { runs[$0.run].namespace }
        case .nexus(let number):
            nexusTasks[number]?.namespace
        case .standaloneActivity(let number, _, _):
            standaloneActivities.all.indices.contains(number) && !standaloneActivities.all[number].isDeleted
                ? standaloneActivities.all[number].namespace : nil
        }
    }
}
