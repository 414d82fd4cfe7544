/// A workflow: durable code, run as an actor and replayed from its event history.
///
/// `@Workflow` on an actor writes this conformance. By hand it takes the ``context``, the types of `run` and the
/// ``definition``.
public protocol Workflow: Actor {
    /// The types that `run` takes.
    associatedtype RunInputs: Sendable

    /// The type that `run` returns.
    associatedtype RunOutput: Sendable

    /// What the workflow may do: wait, call activities, read the time.
    nonisolated var context: WorkflowContext { get }

    /// The name, the code and the handlers of the workflow.
    static var definition: WorkflowDefinition<Self> { get }

    /// Which errors fail the workflow, beyond every ``TemporalError``. Default: none.
    static var failureRules: [WorkflowFailureRule] { get }

    /// What becomes of runs when another version of the workers takes over; `nil` for the default of the worker. Only
    /// for workers that use versioning. Default: `nil`.
    static var versioningBehavior: VersioningBehavior? { get }
}

extension Workflow {
    public static var failureRules: [WorkflowFailureRule] { [] }

    public static var versioningBehavior: VersioningBehavior? { nil }

    /// The executor of the run, which the worker drives.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { context.unownedExecutor }
}

/// The name, the code and the handlers of a workflow.
public struct WorkflowDefinition<Definer: Workflow>: Sendable {
    /// The name of the workflow type on the wire.
    public let name: String

    /// Whether it runs for every workflow type that the worker has no other workflow for.
    public let isDynamic: Bool

    package let handlers: [WorkflowHandler<Definer>]
    package let result: OutputCoding<Definer.RunOutput>
    let create: @Sendable (WorkflowContext, ArgumentReader) throws -> Definer
    let run: @Sendable (isolated Definer, ArgumentReader) async throws -> Payload

    /// Defines a workflow that returns a value.
    ///
    /// - Parameters:
    ///   - name: The name of the workflow type on the wire.
    ///   - create: Makes the actor of a run.
    ///   - run: The code of the workflow.
    ///   - handlers: What answers its messages.
    public init<each Input>(
        name: String,
        create: @escaping @Sendable (WorkflowContext) -> Definer,
        run: @escaping @Sendable (isolated Definer, repeat each Input) async throws -> Definer.RunOutput,
        handlers: [WorkflowHandler<Definer>] = []
    ) where Definer.RunInputs == Inputs<repeat each Input>, Definer.RunOutput: Codable {
        self.init(name, { context, _ in create(context) }, run, .value(), handlers)
    }

    /// Defines a workflow that returns nothing.
    ///
    /// - Parameters:
    ///   - name: The name of the workflow type on the wire.
    ///   - create: Makes the actor of a run.
    ///   - run: The code of the workflow.
    ///   - handlers: What answers its messages.
    public init<each Input>(
        name: String,
        create: @escaping @Sendable (WorkflowContext) -> Definer,
        run: @escaping @Sendable (isolated Definer, repeat each Input) async throws -> Void,
        handlers: [WorkflowHandler<Definer>] = []
    ) where Definer.RunInputs == Inputs<repeat each Input>, Definer.RunOutput == Void {
        self.init(name, { context, _ in create(context) }, run, .none(), handlers)
    }

    /// Defines a workflow that is made with its input and returns a value.
    ///
    /// - Parameters:
    ///   - name: The name of the workflow type on the wire.
    ///   - createWithInput: Makes the actor of a run, from what `run` takes as well.
    ///   - run: The code of the workflow.
    ///   - handlers: What answers its messages.
    public init<each Input>(
        name: String,
        createWithInput: @escaping @Sendable (WorkflowContext, repeat each Input) throws -> Definer,
        run: @escaping @Sendable (isolated Definer, repeat each Input) async throws -> Definer.RunOutput,
        handlers: [WorkflowHandler<Definer>] = []
    ) where Definer.RunInputs == Inputs<repeat each Input>, Definer.RunOutput: Codable {
        self.init(name, eraseCreate(createWithInput), run, .value(), handlers)
    }

    /// Defines a workflow that is made with its input and returns nothing.
    ///
    /// - Parameters:
    ///   - name: The name of the workflow type on the wire.
    ///   - createWithInput: Makes the actor of a run, from what `run` takes as well.
    ///   - run: The code of the workflow.
    ///   - handlers: What answers its messages.
    public init<each Input>(
        name: String,
        createWithInput: @escaping @Sendable (WorkflowContext, repeat each Input) throws -> Definer,
        run: @escaping @Sendable (isolated Definer, repeat each Input) async throws -> Void,
        handlers: [WorkflowHandler<Definer>] = []
    ) where Definer.RunInputs == Inputs<repeat each Input>, Definer.RunOutput == Void {
        self.init(name, eraseCreate(createWithInput), run, .none(), handlers)
    }

    /// Defines a workflow that runs for every type that the worker has no other workflow for, and returns a value.
    ///
    /// The type that it was started as is in ``WorkflowInfo/workflowType``.
    ///
    /// - Parameters:
    ///   - name: What the definition is called; no workflow is started by this name.
    ///   - create: Makes the actor of a run.
    ///   - run: The code of the workflow, from its arguments.
    ///   - handlers: What answers its messages.
    public init(
        dynamic name: String,
        create: @escaping @Sendable (WorkflowContext) -> Definer,
        run: @escaping @Sendable (isolated Definer, DynamicArguments) async throws -> Definer.RunOutput,
        handlers: [WorkflowHandler<Definer>] = []
    ) where Definer.RunInputs == DynamicArguments, Definer.RunOutput: Codable {
        self.init(dynamic: name, create, run, .value(), handlers)
    }

    /// Defines a workflow that runs for every type that the worker has no other workflow for, and returns nothing.
    ///
    /// - Parameters:
    ///   - name: What the definition is called; no workflow is started by this name.
    ///   - create: Makes the actor of a run.
    ///   - run: The code of the workflow, from its arguments.
    ///   - handlers: What answers its messages.
    public init(
        dynamic name: String,
        create: @escaping @Sendable (WorkflowContext) -> Definer,
        run: @escaping @Sendable (isolated Definer, DynamicArguments) async throws -> Void,
        handlers: [WorkflowHandler<Definer>] = []
    ) where Definer.RunInputs == DynamicArguments, Definer.RunOutput == Void {
        self.init(dynamic: name, create, run, .none(), handlers)
    }

    private init(
        dynamic name: String,
        _ create: @escaping @Sendable (WorkflowContext) -> Definer,
        _ run: @escaping @Sendable (isolated Definer, DynamicArguments) async throws -> Definer.RunOutput,
        _ result: OutputCoding<Definer.RunOutput>,
        _ handlers: [WorkflowHandler<Definer>]
    ) {
        self.name = name
        self.isDynamic = true
        self.create = { context, _ in create(context) }
        self.run = { workflow, arguments in
            try result.encode(try await run(workflow, DynamicArguments(arguments)), workflow.context.converter)
        }
        self.result = result
        self.handlers = handlers
    }

    private init<each Input: Codable & Sendable>(
        _ name: String,
        _ create: @escaping @Sendable (WorkflowContext, ArgumentReader) throws -> Definer,
        _ run: @escaping @Sendable (isolated Definer, repeat each Input) async throws -> Definer.RunOutput,
        _ result: OutputCoding<Definer.RunOutput>,
        _ handlers: [WorkflowHandler<Definer>]
    ) {
        self.name = name
        self.isDynamic = false
        self.create = create
        self.run = eraseRun(run, result)
        self.result = result
        self.handlers = handlers
    }
}

// These stand outside of the initializers because a pack that a same-type requirement names cannot be expanded there.

private func eraseCreate<Definer: Workflow, each Input: Codable & Sendable>(
    _ create: @escaping @Sendable (WorkflowContext, repeat each Input) throws -> Definer
) -> @Sendable (WorkflowContext, ArgumentReader) throws -> Definer {
    { context, arguments in
        var arguments = arguments
        return try create(context, repeat try arguments.next((each Input).self))
    }
}

private func eraseRun<Definer: Workflow, each Input: Codable & Sendable>(
    _ run: @escaping @Sendable (isolated Definer, repeat each Input) async throws -> Definer.RunOutput,
    _ result: OutputCoding<Definer.RunOutput>
) -> @Sendable (isolated Definer, ArgumentReader) async throws -> Payload {
    { workflow, arguments in
        var arguments = arguments
        let output = try await run(workflow, repeat try arguments.next((each Input).self))
        return try result.encode(output, workflow.context.converter)
    }
}
