/// What answers a signal, a query or an update of a workflow.
///
/// It answers one name, or, made with ``dynamicSignal(unfinished:description:_:)`` and its like, every name that
/// nothing else answers.
public struct WorkflowHandler<Definer: Workflow>: Sendable {
    typealias Notice = @Sendable (isolated Definer, String, ArgumentReader) async throws -> Void
    typealias Validation = @Sendable (isolated Definer, String, ArgumentReader) throws -> Void
    typealias Answer = @Sendable (isolated Definer, String, ArgumentReader) throws -> Payload
    typealias Reaction = @Sendable (isolated Definer, String, ArgumentReader) async throws -> Payload

    enum Kind: Sendable {
        case signal(UnfinishedHandlerPolicy, Notice)
        case query(Answer)
        case update(UnfinishedHandlerPolicy, Validation, Reaction)
    }

    /// The name on the wire; `nil` for what answers every name that nothing else answers.
    public let name: String?

    /// What it is for, in a line for the Web UI. Empty for none.
    public let description: String

    let kind: Kind

    // MARK: By name

    /// Answers a signal.
    ///
    /// - Parameters:
    ///   - reference: The name and the types of the signal.
    ///   - unfinished: What is done where the run closes before the body has ended.
    ///   - description: What the signal is for, in a line for the Web UI.
    ///   - body: What to do with it.
    public static func signal<each Input>(
        _ reference: SignalReference<Definer, repeat each Input>,
        unfinished: UnfinishedHandlerPolicy = .warnAndAbandon,
        description: String = "",
        _ body: @escaping @Sendable (isolated Definer, repeat each Input) async throws -> Void
    ) -> Self {
        Self(
            name: reference.name,
            description: description,
            kind: .signal(unfinished) { workflow, _, arguments in
                var arguments = arguments
                try await body(workflow, repeat try arguments.next((each Input).self))
            }
        )
    }

    /// Answers a query. The body cannot wait, and must not change the workflow.
    ///
    /// - Parameters:
    ///   - reference: The name and the types of the query.
    ///   - description: What the query is for, in a line for the Web UI.
    ///   - body: Computes the answer.
    public static func query<each Input, Output>(
        _ reference: QueryReference<Definer, repeat each Input, Output>,
        description: String = "",
        _ body: @escaping @Sendable (isolated Definer, repeat each Input) throws -> Output
    ) -> Self {
        Self(
            name: reference.name,
            description: description,
            kind: .query { workflow, _, arguments in
                var arguments = arguments
                let output = try body(workflow, repeat try arguments.next((each Input).self))
                return try reference.output.encode(output, workflow.context.converter)
            }
        )
    }

    /// Answers an update.
    ///
    /// An error that the validator throws rejects the update, which then leaves no trace in the history. Afterwards the
    /// update is accepted: a Temporal error such as `ApplicationError` that the body throws fails the update, and any
    /// other error fails the workflow task.
    ///
    /// - Parameters:
    ///   - reference: The name and the types of the update.
    ///   - unfinished: What is done where the run closes before the body has ended.
    ///   - description: What the update is for, in a line for the Web UI.
    ///   - validator: Throws to reject the update. It cannot wait, must not change the workflow, and does not run on
    ///     replay.
    ///   - body: What to do, and the result.
    public static func update<each Input, Output>(
        _ reference: UpdateReference<Definer, repeat each Input, Output>,
        unfinished: UnfinishedHandlerPolicy = .warnAndAbandon,
        description: String = "",
        validator: (@Sendable (isolated Definer, repeat each Input) throws -> Void)? = nil,
        _ body: @escaping @Sendable (isolated Definer, repeat each Input) async throws -> Output
    ) -> Self {
        Self(
            name: reference.name,
            description: description,
            kind: .update(
                unfinished,
                { workflow, _, arguments in
                    var arguments = arguments
                    // Arguments that cannot be read reject an update, be there a validator or not.
                    let values = (repeat try arguments.next((each Input).self))
                    try validator?(workflow, repeat each values)
                },
                { workflow, _, arguments in
                    var arguments = arguments
                    let output = try await body(workflow, repeat try arguments.next((each Input).self))
                    return try reference.output.encode(output, workflow.context.converter)
                }
            )
        )
    }

    // MARK: For all other names

    /// Answers the signals that nothing else answers.
    ///
    /// - Parameters:
    ///   - unfinished: What is done where the run closes before the body has ended.
    ///   - description: What the signals are for, in a line for the Web UI.
    ///   - body: What to do with one, from its name and its arguments.
    public static func dynamicSignal(
        unfinished: UnfinishedHandlerPolicy = .warnAndAbandon,
        description: String = "",
        _ body: @escaping @Sendable (isolated Definer, String, DynamicArguments) async throws -> Void
    ) -> Self {
        Self(
            name: nil,
            description: description,
            kind: .signal(unfinished) { workflow, name, arguments in
                try await body(workflow, name, DynamicArguments(arguments))
            }
        )
    }

    /// Answers the queries that nothing else answers. The body cannot wait, and must not change the workflow.
    ///
    /// - Parameters:
    ///   - description: What the queries are for, in a line for the Web UI.
    ///   - body: Computes the answer to one, from its name and its arguments.
    public static func dynamicQuery<Output: Codable & Sendable>(
        description: String = "",
        _ body: @escaping @Sendable (isolated Definer, String, DynamicArguments) throws -> Output
    ) -> Self {
        Self(
            name: nil,
            description: description,
            kind: .query { workflow, name, arguments in
                try workflow.context.converter.encode(body(workflow, name, DynamicArguments(arguments)))
            }
        )
    }

    /// Answers the updates that nothing else answers.
    ///
    /// - Parameters:
    ///   - unfinished: What is done where the run closes before the body has ended.
    ///   - description: What the updates are for, in a line for the Web UI.
    ///   - validator: Throws to reject an update. It cannot wait, must not change the workflow, and does not run on
    ///     replay.
    ///   - body: What to do with one, from its name and its arguments, and the result.
    public static func dynamicUpdate<Output: Codable & Sendable>(
        unfinished: UnfinishedHandlerPolicy = .warnAndAbandon,
        description: String = "",
        validator: (@Sendable (isolated Definer, String, DynamicArguments) throws -> Void)? = nil,
        _ body: @escaping @Sendable (isolated Definer, String, DynamicArguments) async throws -> Output
    ) -> Self {
        Self(
            name: nil,
            description: description,
            kind: .update(
                unfinished,
                { workflow, name, arguments in try validator?(workflow, name, DynamicArguments(arguments)) },
                { workflow, name, arguments in
                    let output = try await body(workflow, name, DynamicArguments(arguments))
                    return try workflow.context.converter.encode(output)
                }
            )
        )
    }
}

/// What is done where a run closes while a signal or update handler still waits for something.
public struct UnfinishedHandlerPolicy: Sendable, Hashable {
    package enum Kind: Sendable { case warnAndAbandon, abandon }

    package let kind: Kind

    /// The handler ends with the run, and the worker logs a warning. The default.
    public static let warnAndAbandon = UnfinishedHandlerPolicy(kind: .warnAndAbandon)

    /// The handler ends with the run.
    public static let abandon = UnfinishedHandlerPolicy(kind: .abandon)
}
