/// The typed name of an activity, by which workflows call it and tests mock it.
///
/// `@Activity` makes one for each method, as a static member of the same name. One made by hand calls an activity that
/// is known by name only, such as one written with another SDK.
public struct ActivityReference<each Input: Codable & Sendable, Output: Sendable>: Sendable {
    /// The name of the activity on the wire.
    public let name: String

    package let output: OutputCoding<Output>

    /// Names an activity that returns a value.
    ///
    /// - Parameters:
    ///   - name: The name of the activity on the wire.
    ///   - output: The type of the value, where the compiler does not know it already.
    public init(name: String, returning output: Output.Type = Output.self) where Output: Codable {
        self.name = name
        self.output = .value()
    }

    /// Names an activity that returns nothing.
    public init(name: String) where Output == Void {
        self.name = name
        self.output = .none()
    }

    /// The result of a call, from its payloads.
    package func result(_ payloads: [Payload], converter: PayloadConverter) throws -> Output {
        try output.decode(payloads, converter)
    }

    /// The payload of a result.
    package func payload(_ result: Output, converter: PayloadConverter) throws -> Payload {
        try output.encode(result, converter)
    }
}

/// An activity that a worker can run: its name and its code.
public struct ActivityDefinition: Sendable {
    /// The name of the activity on the wire.
    public let name: String

    /// Whether it runs for every activity that the worker has no other definition for.
    public let isDynamic: Bool

    /// Decodes the arguments, runs the code, encodes the result.
    package let run: @Sendable ([Payload], PayloadConverter) async throws -> Payload

    /// Defines an activity.
    ///
    /// - Parameters:
    ///   - reference: Its name and types.
    ///   - body: Its code.
    public init<each Input, Output>(
        _ reference: ActivityReference<repeat each Input, Output>,
        _ body: @escaping @concurrent @Sendable (repeat each Input) async throws -> Output
    ) {
        self.name = reference.name
        self.isDynamic = false
        self.run = erase(reference, body)
    }

    /// Defines what runs for every activity that the worker has no other definition for.
    ///
    /// - Parameters:
    ///   - name: What the definition is called; no activity is called by this name.
    ///   - body: The code, from the name that was called and its arguments.
    public init<Output: Codable & Sendable>(
        dynamic name: String,
        _ body: @escaping @concurrent @Sendable (String, DynamicArguments) async throws -> Output
    ) {
        self.name = name
        self.isDynamic = true
        self.run = { payloads, converter in
            let called = try ActivityContext.current.info.activityType
            let arguments = ArgumentReader(payloads, converter: converter, of: "Activity '\(called)'")
            return try converter.encode(try await body(called, DynamicArguments(arguments)))
        }
    }
}

/// Activities that belong together, and share what they need: connections, clients, settings.
///
/// `@Activities` writes the conformance.
public protocol ActivityContainer: Sendable {
    /// The activities, bound to this instance.
    var activities: [ActivityDefinition] { get }
}

// A function of its own, because a parameter pack cannot be expanded from `args` in the initializer above.
private func erase<each Input, Output>(
    _ reference: ActivityReference<repeat each Input, Output>,
    _ body: @escaping @concurrent @Sendable (repeat each Input) async throws -> Output
) -> @Sendable ([Payload], PayloadConverter) async throws -> Payload {
    { payloads, converter in
        var arguments = ArgumentReader(payloads, converter: converter, of: "Activity '\(reference.name)'")
        let output = try await body(repeat try arguments.next((each Input).self))
        return try reference.payload(output, converter: converter)
    }
}
