/// The typed name of a Nexus operation, by which workflows and clients call it and tests mock it.
///
/// `@NexusOperation` makes one for each method of a service, as a static member of the same name. One made by hand calls
/// an operation that is known by name only, such as one written with another SDK:
///
/// ```swift
/// let translate = NexusOperationReference<Text, Text>(service: "Translations", name: "translate")
/// ```
///
/// An operation takes one value or none.
public struct NexusOperationReference<each Input: Codable & Sendable, Output: Sendable>: Sendable {
    /// The name of the service on the wire.
    public let service: String

    /// The name of the operation on the wire.
    public let name: String

    package let output: OutputCoding<Output>

    /// Names an operation that returns a value.
    ///
    /// - Parameters:
    ///   - service: The name of the service on the wire.
    ///   - name: The name of the operation on the wire.
    ///   - output: The type of the value, where the compiler does not know it already.
    public init(service: String, name: String, returning output: Output.Type = Output.self) where Output: Codable {
        self.service = service
        self.name = name
        self.output = .value()
    }

    /// Names an operation that returns nothing.
    ///
    /// - Parameters:
    ///   - service: The name of the service on the wire.
    ///   - name: The name of the operation on the wire.
    public init(service: String, name: String) where Output == Void {
        self.service = service
        self.name = name
        self.output = .none()
    }

    /// The payload of the input of a call; null for an operation that takes nothing.
    ///
    /// - Throws: ``PayloadConversionError`` if the value cannot be encoded; ``WorkflowMisuse`` for several values.
    package func payload(of input: repeat each Input, converter: PayloadConverter) throws -> Payload {
        let payloads = try ArgumentReader.encode(repeat each input, converter: converter)
        guard payloads.count <= 1 else {
            throw WorkflowMisuse(
                "Nexus operation '\(name)' of service '\(service)' is given \(payloads.count) values, and an operation takes "
                    + "one or none: put them into one type."
            )
        }
        return try payloads.first ?? converter.encode(Int?.none)
    }

    /// The result of a call, from its payloads.
    package func result(_ payloads: [Payload], converter: PayloadConverter) throws -> Output {
        try output.decode(payloads, converter)
    }

    /// The operation in words, for error messages.
    package var label: String { "Nexus operation '\(service)/\(name)'" }
}
