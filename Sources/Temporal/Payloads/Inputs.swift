import Foundation

/// The types of the values that a workflow takes, in order: none, one or several.
public struct Inputs<each Value: Codable & Sendable>: Sendable {
    /// The values.
    public let values: (repeat each Value)

    /// Puts values together.
    public init(_ values: repeat each Value) {
        self.values = (repeat each values)
    }
}

/// How a result is encoded and decoded; `Void` is the absence of one.
package struct OutputCoding<Output: Sendable>: Sendable {
    package let encode: @Sendable (Output, PayloadConverter) throws -> Payload
    package let decode: @Sendable ([Payload], PayloadConverter) throws -> Output

    /// The coding of a value.
    package static func value() -> Self where Output: Codable {
        Self(
            encode: { try $1.encode($0) },
            decode: { payloads, converter in
                if let payload = payloads.first { return try converter.decode(payload) }
                if let absent = NullEncoding.absent(Output.self) { return absent }
                throw PayloadConversionError(
                    "There is no result, but one of type \(Output.self) is expected.",
                    cause: nil
                )
            }
        )
    }

    /// The coding of no value: null on the wire, and anything there is ignored.
    package static func none() -> Self where Output == Void {
        Self(encode: { _, converter in try converter.encode(Int?.none) }, decode: { _, _ in })
    }
}

/// Takes the arguments of a call out of their payloads, one after the other.
package struct ArgumentReader: Sendable {
    package let payloads: [Payload]
    private let converter: PayloadConverter
    private let owner: String
    private var position = 0

    /// Reads arguments.
    ///
    /// - Parameters:
    ///   - payloads: One payload for each argument.
    ///   - converter: What decodes them.
    ///   - owner: What takes the arguments, for error messages: "Signal 'addPoints'".
    package init(_ payloads: [Payload], converter: PayloadConverter, of owner: String) {
        self.payloads = payloads
        self.converter = converter
        self.owner = owner
    }

    /// The next argument.
    ///
    /// A missing argument is `nil` for an optional type. Surplus arguments are never read.
    ///
    /// - Throws: ``PayloadConversionError`` that names the owner and the position.
    package mutating func next<Value: Decodable>(_ type: Value.Type) throws -> Value {
        defer { position += 1 }
        return try value(at: position, type)
    }

    /// One argument.
    ///
    /// - Parameters:
    ///   - index: Which one, from 0. A missing one is `nil` for an optional type.
    ///   - type: Its type.
    /// - Throws: ``PayloadConversionError`` that names the owner and the position.
    package func value<Value: Decodable>(at index: Int, _ type: Value.Type) throws -> Value {
        guard payloads.indices.contains(index) else {
            if let absent = NullEncoding.absent(type) { return absent }
            throw PayloadConversionError(
                "\(owner), argument \(index + 1) of type \(type) is missing: \(payloads.count) came.",
                cause: nil
            )
        }
        do {
            return try converter.decode(payloads[index], as: type)
        } catch {
            throw PayloadConversionError("\(owner), argument \(index + 1): \(error)", cause: error)
        }
    }

    /// Encodes the arguments of a call, one payload each.
    package static func encode<each Value: Codable & Sendable>(
        _ values: repeat each Value,
        converter: PayloadConverter
    ) throws -> [Payload] {
        var payloads: [Payload] = []
        for value in repeat each values {
            payloads.append(try converter.encode(value))
        }
        return payloads
    }
}
