/// A workflow definition with its type erased: what a worker registers.
package struct WorkflowBlueprint: Sendable {
    /// The name of the workflow type on the wire.
    package var name: String

    /// Whether it runs for every workflow type that nothing else runs for.
    package let isDynamic: Bool

    /// Makes the actor of a run from the context and the input.
    package let create: @Sendable (WorkflowContext, ArgumentReader) throws -> WorkflowInstance

    /// Which errors fail the workflow, beyond every ``TemporalError``.
    package let failureRules: [WorkflowFailureRule]

    /// What becomes of runs when another version of the workers takes over; `nil` for the default of the worker.
    package var versioningBehavior: VersioningBehavior?

    package init<Definer: Workflow>(_ type: Definer.Type) {
        let definition = type.definition
        self.name = definition.name
        self.isDynamic = definition.isDynamic
        self.failureRules = type.failureRules
        self.versioningBehavior = type.versioningBehavior
        self.create = { context, arguments in
            WorkflowInstance(try definition.create(context, arguments), definition, arguments)
        }
    }

    /// Makes what runs in place of a workflow.
    ///
    /// - Parameters:
    ///   - name: The name of the workflow type on the wire.
    ///   - create: Makes the run from the context and the input.
    package init(
        name: String,
        create: @escaping @Sendable (WorkflowContext, ArgumentReader) throws -> WorkflowInstance
    ) {
        self.name = name
        self.isDynamic = false
        self.failureRules = []
        self.versioningBehavior = nil
        self.create = create
    }
}

/// The actor of a run with its type erased.
package struct WorkflowInstance: Sendable {
    /// Runs the workflow, on its actor, and returns the encoded result.
    package let run: @Sendable () async throws -> Payload

    /// What answers its messages, in the order in which it is declared.
    package let handlers: [BoundHandler]

    /// Makes a run without an actor, which keeps the messages that come.
    package init(run: @escaping @Sendable () async throws -> Payload) {
        self.run = run
        self.handlers = []
    }

    init<Definer: Workflow>(_ workflow: Definer, _ definition: WorkflowDefinition<Definer>, _ input: ArgumentReader) {
        self.run = { try await definition.run(workflow, input) }
        self.handlers = definition.handlers.map { BoundHandler($0, workflow) }
    }
}
