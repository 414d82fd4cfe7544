/// A workflow definition with its type erased: what a worker registers.
package struct WorkflowBlueprint: Sendable {
    /// The name of the workflow type on the wire.
    package let name: String

    /// Makes the actor of a run from the context and the input.
    package let create: @Sendable (WorkflowContext, ArgumentReader) throws -> WorkflowInstance

    package init<Definer: Workflow>(_ type: Definer.Type) {
        let definition = type.definition
        self.name = definition.name
        self.create = { context, arguments in
            WorkflowInstance(try definition.create(context, arguments), definition, arguments)
        }
    }
}

/// The actor of a run with its type erased.
package struct WorkflowInstance: Sendable {
    /// Runs the workflow, on its actor, and returns the encoded result.
    package let run: @Sendable () async throws -> Payload

    /// The signal handlers by name.
    package let signals: [String: @Sendable (ArgumentReader) async throws -> Void]

    /// The query handlers by name.
    package let queries: [String: @Sendable (ArgumentReader) async throws -> Payload]

    /// The names of the queries in the order in which they are declared.
    package let queryNames: [String]

    init<Definer: Workflow>(_ workflow: Definer, _ definition: WorkflowDefinition<Definer>, _ input: ArgumentReader) {
        self.run = { try await definition.run(workflow, input) }
        var signals: [String: @Sendable (ArgumentReader) async throws -> Void] = [:]
        var queries: [String: @Sendable (ArgumentReader) async throws -> Payload] = [:]
        var queryNames: [String] = []
        for handler in definition.handlers {
            switch handler.kind {
            case .signal(let body):
                signals[handler.name] = { try await body(workflow, $0) }
            case .query(let body):
                queries[handler.name] = { arguments in try await answer(workflow, arguments, body) }
                queryNames.append(handler.name)
            }
        }
        self.signals = signals
        self.queries = queries
        self.queryNames = queryNames
    }
}

private func answer<Definer: Workflow>(
    _ workflow: isolated Definer,
    _ arguments: ArgumentReader,
    _ body: @Sendable (isolated Definer, ArgumentReader) throws -> Payload
) async throws -> Payload {
    try body(workflow, arguments)
}
