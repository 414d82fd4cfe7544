/// What answers a message of one run: a ``WorkflowHandler`` and its actor, with the types erased.
package struct BoundHandler: Sendable {
    /// What the message is, and the code.
    package enum Kind: Sendable {
        case signal(UnfinishedHandlerPolicy, @Sendable (String, ArgumentReader) async throws -> Void)
        case query(@Sendable (String, ArgumentReader) async throws -> Payload)
        case update(
            UnfinishedHandlerPolicy,
            validate: @Sendable (String, ArgumentReader) async throws -> Void,
            run: @Sendable (String, ArgumentReader) async throws -> Payload
        )
    }

    /// The name on the wire; `nil` for what answers every name that nothing else answers.
    package let name: String?

    /// What it is for, in the author's words. Empty for none.
    package let description: String

    /// What the message is, and the code.
    package let kind: Kind

    init<Definer: Workflow>(_ handler: WorkflowHandler<Definer>, _ workflow: Definer) {
        self.name = handler.name
        self.description = handler.description
        switch handler.kind {
        case .signal(let policy, let body):
            self.kind = .signal(policy) { try await body(workflow, $0, $1) }
        case .query(let body):
            self.kind = .query { name, arguments in
                try await read(workflow, .query) { try body($0, name, arguments) }
            }
        case .update(let policy, let validate, let body):
            self.kind = .update(
                policy,
                validate: { name, arguments in
                    try await read(workflow, .validator(name)) { try validate($0, name, arguments) }
                },
                run: { try await body(workflow, $0, $1) }
            )
        }
    }

    /// Whether two handlers answer the same messages.
    func hasSamePlace(as other: BoundHandler) -> Bool {
        guard name == other.name else { return false }
        switch (kind, other.kind) {
        case (.signal, .signal), (.query, .query), (.update, .update): return true
        case (.signal, _), (.query, _), (.update, _): return false
        }
    }
}

/// Calls code of a workflow that may only read, on its actor.
private func read<Definer: Workflow, Value: Sendable>(
    _ workflow: isolated Definer,
    _ code: ReadOnlyCode,
    _ body: @Sendable (isolated Definer) throws -> Value
) async throws -> Value {
    try ReadOnlyCode.$current.withValue(code) { try body(workflow) }
}

/// What answers the messages of one run.
package struct HandlerTable: Sendable {
    /// The handlers in the order in which they were declared and set.
    package private(set) var handlers: [BoundHandler] = []

    package init() {}

    /// Adds a handler, or puts it in the place of the one that answers the same.
    package mutating func set(_ handler: BoundHandler) {
        if let index = handlers.firstIndex(where: handler.hasSamePlace) {
            handlers[index] = handler
        } else {
            handlers.append(handler)
        }
    }

    /// What answers a signal.
    package func signal(
        _ name: String
    ) -> (policy: UnfinishedHandlerPolicy, run: @Sendable (String, ArgumentReader) async throws -> Void)? {
        first(name) { if case .signal(let policy, let run) = $0.kind { (policy, run) } else { nil } }
    }

    /// What answers a query.
    package func query(_ name: String) -> (@Sendable (String, ArgumentReader) async throws -> Payload)? {
        first(name) { if case .query(let answer) = $0.kind { answer } else { nil } }
    }

    /// What answers an update.
    package func update(
        _ name: String
    ) -> (
        policy: UnfinishedHandlerPolicy,
        validate: @Sendable (String, ArgumentReader) async throws -> Void,
        run: @Sendable (String, ArgumentReader) async throws -> Payload
    )? {
        first(name) {
            if case .update(let policy, let validate, let run) = $0.kind { (policy, validate, run) } else { nil }
        }
    }

    /// The handler of a name, or else the one for all names.
    private func first<Found>(_ name: String, _ find: (BoundHandler) -> Found?) -> Found? {
        handlers.lazy.filter { $0.name == name }.compactMap(find).first
            ?? handlers.lazy.filter { $0.name == nil }.compactMap(find).first
    }

    /// The names of the signals that are answered.
    package var signalNames: [String] { handlers.compactMap { if case .signal = $0.kind { $0.name } else { nil } } }

    /// The names of the queries that are answered.
    package var queryNames: [String] { handlers.compactMap { if case .query = $0.kind { $0.name } else { nil } } }

    /// The names of the updates that are answered.
    package var updateNames: [String] { handlers.compactMap { if case .update = $0.kind { $0.name } else { nil } } }
}
