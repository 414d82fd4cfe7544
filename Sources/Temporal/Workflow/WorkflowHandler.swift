/// What answers one signal or query of a workflow.
public struct WorkflowHandler<Definer: Workflow>: Sendable {
    enum Kind: Sendable {
        case signal(@Sendable (isolated Definer, ArgumentReader) async throws -> Void)
        case query(@Sendable (isolated Definer, ArgumentReader) throws -> Payload)
    }

    /// The name of the signal or query on the wire.
    public let name: String

    let kind: Kind

    /// Answers a signal.
    ///
    /// - Parameters:
    ///   - reference: The name and the types of the signal.
    ///   - body: What to do with it.
    public static func signal<each Input>(
        _ reference: SignalReference<Definer, repeat each Input>,
        _ body: @escaping @Sendable (isolated Definer, repeat each Input) async throws -> Void
    ) -> Self {
        Self(
            name: reference.name,
            kind: .signal { workflow, arguments in
                var arguments = arguments
                try await body(workflow, repeat try arguments.next((each Input).self))
            }
        )
    }

    /// Answers a query. The body cannot wait, and must not change the workflow.
    ///
    /// - Parameters:
    ///   - reference: The name and the types of the query.
    ///   - body: Computes the answer.
    public static func query<each Input, Output>(
        _ reference: QueryReference<Definer, repeat each Input, Output>,
        _ body: @escaping @Sendable (isolated Definer, repeat each Input) throws -> Output
    ) -> Self {
        Self(
            name: reference.name,
            kind: .query { workflow, arguments in
                var arguments = arguments
                let output = try body(workflow, repeat try arguments.next((each Input).self))
                return try reference.output.encode(output, workflow.context.converter)
            }
        )
    }
}

/// The typed name of a signal of a workflow.
///
/// `@Signal` makes one for each handler, as a static member of the same name.
public struct SignalReference<Target, each Input: Codable & Sendable>: Sendable {
    /// The name of the signal on the wire.
    public let name: String

    /// Names a signal.
    public init(name: String) {
        self.name = name
    }
}

/// The typed name of a query of a workflow.
///
/// `@Query` makes one for each handler, as a static member of the same name.
public struct QueryReference<Target, each Input: Codable & Sendable, Output: Sendable>: Sendable {
    /// The name of the query on the wire.
    public let name: String

    package let output: OutputCoding<Output>

    /// Names a query that answers with a value.
    ///
    /// - Parameters:
    ///   - name: The name of the query on the wire.
    ///   - output: The type of the value, where the compiler does not know it already.
    public init(name: String, returning output: Output.Type = Output.self) where Output: Codable {
        self.name = name
        self.output = .value()
    }

    /// Names a query that answers with nothing but that it ran.
    public init(name: String) where Output == Void {
        self.name = name
        self.output = .none()
    }

    /// The answer, from its payloads.
    package func result(_ payloads: [Payload], converter: PayloadConverter) throws -> Output {
        try output.decode(payloads, converter)
    }
}
