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

/// The typed name of an update of a workflow.
///
/// `@Update` makes one for each handler, as a static member of the same name.
public struct UpdateReference<Target, each Input: Codable & Sendable, Output: Sendable>: Sendable {
    /// The name of the update on the wire.
    public let name: String

    package let output: OutputCoding<Output>

    /// Names an update that returns a value.
    ///
    /// - Parameters:
    ///   - name: The name of the update on the wire.
    ///   - output: The type of the value, where the compiler does not know it already.
    public init(name: String, returning output: Output.Type = Output.self) where Output: Codable {
        self.name = name
        self.output = .value()
    }

    /// Names an update that returns nothing.
    public init(name: String) where Output == Void {
        self.name = name
        self.output = .none()
    }
}
