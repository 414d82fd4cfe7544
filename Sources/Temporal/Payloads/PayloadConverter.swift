import Foundation

/// Turns values into payloads and back, one encoding at a time.
///
/// Conversion is synchronous and deterministic, because it runs inside workflow code.
public protocol EncodingConverter: Sendable {
    /// The encoding that this converter writes and reads, such as `json/plain`.
    var encoding: String { get }

    /// Encodes a value, or returns `nil` if the next converter is to try.
    func encode<Value: Encodable>(_ value: Value) throws -> Payload?

    /// Decodes a payload of ``encoding``.
    ///
    /// - Throws: Any error if the payload does not hold such a value.
    func decode<Value: Decodable>(_ payload: Payload, as type: Value.Type) throws -> Value
}

/// Turns values into payloads with the first encoding that takes them, and back by the payload's own encoding.
///
/// The standard order is that of all Temporal SDKs: `binary/null`, `binary/plain`, `json/protobuf`, `binary/protobuf`,
/// `json/plain`.
public struct PayloadConverter: Sendable {
    private let encodings: [any EncodingConverter]
    private let byName: [String: any EncodingConverter]
    /// The encodings before any context.
    private let unspecific: [any EncodingConverter]
    /// Whether plain numbers, texts and truth values are `json/plain` for certain.
    private let isStandard: Bool
    /// Whether an encoding asks what values belong to.
    package let isContextual: Bool

    /// Puts a converter together.
    ///
    /// - Parameter encodings: The encodings in the order in which they are tried. Of two with one name, the first reads.
    public init(encodings: [any EncodingConverter] = PayloadConverter.standardEncodings) {
        self.init(encodings, unspecific: encodings)
    }

    private init(_ encodings: [any EncodingConverter], unspecific: [any EncodingConverter]) {
        self.encodings = encodings
        self.unspecific = unspecific
        self.byName = Dictionary(encodings.map { ($0.encoding, $0) }, uniquingKeysWith: { first, _ in first })
        self.isStandard = encodings.map { ObjectIdentifier(type(of: $0)) } == Self.standardTypes
        self.isContextual = unspecific.contains { $0 is any ContextualEncodingConverter }
    }

    /// The converter for values of one workflow or activity.
    ///
    /// - Parameter context: What the values belong to; not looked at unless an encoding is a
    ///   ``ContextualEncodingConverter``.
    public func with(_ context: @autoclosure () -> SerializationContext) -> PayloadConverter {
        guard isContextual else { return self }
        let context = context()
        return PayloadConverter(
            unspecific.map { ($0 as? any ContextualEncodingConverter)?.with(context) ?? $0 },
            unspecific: unspecific
        )
    }

    /// The converter for values that belong to no workflow or activity that both sides know.
    package var withoutContext: PayloadConverter {
        isContextual ? PayloadConverter(unspecific, unspecific: unspecific) : self
    }

    private static let standardTypes = standardEncodings.map { ObjectIdentifier(type(of: $0)) }

    /// The encodings of all Temporal SDKs, in the order of all Temporal SDKs.
    public static var standardEncodings: [any EncodingConverter] {
        [NullEncoding(), BinaryEncoding(), JSONProtobufEncoding(), BinaryProtobufEncoding(), JSONEncoding()]
    }

    /// Encodes a value.
    ///
    /// - Throws: ``PayloadConversionError`` if no encoding takes it.
    public func encode<Value: Encodable>(_ value: Value) throws -> Payload {
        if isStandard, let data = ScalarJSON.encode(value) {
            return Payload(metadata: Payload.jsonMetadata, data: data)
        }
        if let payload = value as? Payload { return payload }
        for encoding in encodings {
            do {
                if let payload = try encoding.encode(value) { return payload }
            } catch {
                throw PayloadConversionError(
                    "A value of type \(Value.self) cannot be encoded as \(encoding.encoding): \(describe(error))",
                    cause: error
                )
            }
        }
        throw PayloadConversionError("No payload encoding takes a value of type \(Value.self).", cause: nil)
    }

    /// Decodes a payload.
    ///
    /// - Throws: ``PayloadConversionError`` if its encoding is unknown or it does not hold a `Value`.
    public func decode<Value: Decodable>(_ payload: Payload, as type: Value.Type = Value.self) throws -> Value {
        if isStandard, payload.isPlainJSON, let value = ScalarJSON.decode(payload.data, as: type) { return value }
        if payload.encoding == "binary/null", let absent = NullEncoding.absent(type) { return absent }
        if let raw = payload as? Value { return raw }
        guard let encoding = byName[payload.encoding] else {
            throw PayloadConversionError(
                "The payload's encoding '\(payload.encoding)' is unknown: it was probably written with a payload codec "
                    + "or a converter that is not configured here. Known: "
                    + encodings.map(\.encoding).joined(separator: ", ") + ".",
                cause: nil
            )
        }
        do {
            return try encoding.decode(payload, as: type)
        } catch {
            throw PayloadConversionError(
                "A payload of \(payload.data.count) bytes encoded as \(payload.encoding) is no \(Value.self): "
                    + describe(error),
                cause: error
            )
        }
    }

    private func describe(_ error: any Error) -> String {
        switch error {
        case let DecodingError.typeMismatch(_, context), let DecodingError.valueNotFound(_, context),
            let DecodingError.keyNotFound(_, context), let DecodingError.dataCorrupted(context):
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? context.debugDescription : "at '\(path)': \(context.debugDescription)"
        case let EncodingError.invalidValue(_, context):
            return context.debugDescription
        default:
            return String(describing: error)
        }
    }
}

/// A value that could not be turned into a payload, or a payload that could not be turned into a value.
public struct PayloadConversionError: Error, Sendable, CustomStringConvertible {
    /// What could not be converted, and why. It never contains the value itself.
    public let message: String

    /// The error of the encoder or decoder.
    public let cause: (any Error)?

    package init(_ message: String, cause: (any Error)?) {
        self.message = message
        self.cause = cause
    }

    public var description: String { message }
}
