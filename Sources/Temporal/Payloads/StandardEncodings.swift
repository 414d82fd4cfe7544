import Foundation
public import SwiftProtobuf

/// `binary/null`: no value, for `nil`.
public struct NullEncoding: EncodingConverter {
    public let encoding = "binary/null"

    /// Makes the encoding.
    public init() {}

    public func encode<Value: Encodable>(_ value: Value) -> Payload? {
        guard let optional = value as? any OptionalValue, optional.isNil else { return nil }
        return Payload(encoding: encoding, data: Data())
    }

    public func decode<Value: Decodable>(_ payload: Payload, as type: Value.Type) throws -> Value {
        if let absent = Self.absent(type) { return absent }
        throw DecodingError.valueNotFound(type, .init(codingPath: [], debugDescription: "The payload is null."))
    }

    /// No value, if the type is optional.
    static func absent<Value>(_ type: Value.Type) -> Value? {
        (type as? any OptionalValue.Type)?.absent as? Value
    }
}

/// `binary/plain`: bytes as they are, for `Data` and `[UInt8]`.
public struct BinaryEncoding: EncodingConverter {
    public let encoding = "binary/plain"

    /// Makes the encoding.
    public init() {}

    public func encode<Value: Encodable>(_ value: Value) -> Payload? {
        if let data = value as? Data { return Payload(encoding: encoding, data: data) }
        // An empty array of any type casts to an array of bytes, so the type itself is what counts.
        guard Self.isBytes(Value.self), let bytes = value as? [UInt8] else { return nil }
        return Payload(encoding: encoding, data: Data(bytes))
    }

    public func decode<Value: Decodable>(_ payload: Payload, as type: Value.Type) throws -> Value {
        if let data = payload.data as? Value { return data }
        if Self.isBytes(type), let bytes = Array(payload.data) as? Value { return bytes }
        throw DecodingError.typeMismatch(
            type,
            .init(codingPath: [], debugDescription: "The payload holds plain bytes: take a Data.")
        )
    }

    private static func isBytes(_ type: Any.Type) -> Bool {
        unwrapped(type) == [UInt8].self
    }
}

/// `json/protobuf`: protobuf messages in their JSON form. The metadata `messageType` names the message.
public struct JSONProtobufEncoding: EncodingConverter {
    public let encoding = "json/protobuf"

    /// Makes the encoding.
    public init() {}

    public func encode<Value: Encodable>(_ value: Value) throws -> Payload? {
        guard let message = (value as? any ProtobufHolder)?.anyMessage else { return nil }
        var payload = Payload(encoding: encoding, data: try message.jsonUTF8Bytes())
        payload.metadata["messageType"] = Data(type(of: message).protoMessageName.utf8)
        return payload
    }

    public func decode<Value: Decodable>(_ payload: Payload, as type: Value.Type) throws -> Value {
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        return try decodeMessage(type) { try $0.init(jsonUTF8Bytes: payload.data, options: options) }
    }
}

/// `binary/protobuf`: protobuf messages in their binary form. The metadata `messageType` names the message.
public struct BinaryProtobufEncoding: EncodingConverter {
    public let encoding = "binary/protobuf"

    /// Makes the encoding.
    public init() {}

    public func encode<Value: Encodable>(_ value: Value) throws -> Payload? {
        guard let message = (value as? any ProtobufHolder)?.anyMessage else { return nil }
        var payload = Payload(encoding: encoding, data: try message.serializedBytes())
        payload.metadata["messageType"] = Data(type(of: message).protoMessageName.utf8)
        return payload
    }

    public func decode<Value: Decodable>(_ payload: Payload, as type: Value.Type) throws -> Value {
        try decodeMessage(type) { try $0.init(serializedBytes: payload.data) }
    }
}

/// `json/plain`: any `Codable` value as JSON.
///
/// Dates are ISO 8601 texts with fractions of a second, bytes inside a value are base64, keys are sorted so that equal
/// values are equal bytes. Swift's own `Codable` code leaves out properties that are `nil`; a reader in another language
/// needs defaults for them.
public struct JSONEncoding: EncodingConverter {
    public let encoding = "json/plain"

    /// Makes the encoding.
    public init() {}

    public func encode<Value: Encodable>(_ value: Value) throws -> Payload? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            guard let text = TemporalDate.text(date) else {
                // The number in place of the date: Foundation crashes when it describes some of these dates.
                throw EncodingError.invalidValue(
                    date.timeIntervalSince1970,
                    .init(
                        codingPath: encoder.codingPath,
                        debugDescription: "A date outside of the years 1 to 9999 has no ISO 8601 form."
                    )
                )
            }
            try container.encode(text)
        }
        return Payload(encoding: encoding, data: try encoder.encode(value))
    }

    public func decode<Value: Decodable>(_ payload: Payload, as type: Value.Type) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            guard let date = TemporalDate.date(text) else {
                throw DecodingError.dataCorruptedError(
                    in: container,
                    debugDescription: "The text is no ISO 8601 date."
                )
            }
            return date
        }
        return try decoder.decode(type, from: payload.data)
    }
}

/// An `Optional`, whatever it wraps.
protocol OptionalValue {
    /// No value.
    static var absent: Self { get }

    /// The type that is wrapped.
    static var wrappedType: Any.Type { get }

    /// Whether there is no value, at whatever depth.
    var isNil: Bool { get }
}

extension Optional: OptionalValue {
    static var absent: Self { nil }

    static var wrappedType: Any.Type { Wrapped.self }

    var isNil: Bool {
        switch self {
        case nil: true
        case let wrapped?: (wrapped as? any OptionalValue)?.isNil ?? false
        }
    }
}

/// The type inside of all optionals around it.
private func unwrapped(_ type: Any.Type) -> Any.Type {
    var type = type
    while let optional = type as? any OptionalValue.Type { type = optional.wrappedType }
    return type
}

/// A protobuf message as an input or a result: it is encoded as protobuf, not as a `Codable` value.
public struct ProtobufValue<Wrapped: Message & Sendable>: Sendable, Codable {
    /// The message.
    public var message: Wrapped

    /// Wraps a message.
    public init(_ message: Wrapped) {
        self.message = message
    }

    public init(from decoder: any Swift.Decoder) throws {
        self.init(try Wrapped(serializedBytes: decoder.singleValueContainer().decode(Data.self)))
    }

    public func encode(to encoder: any Swift.Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(try message.serializedBytes() as Data)
    }
}

private protocol ProtobufHolder {
    var anyMessage: any Message { get }
    static func make(_ decode: (any Message.Type) throws -> any Message) throws -> Self?
}

extension ProtobufValue: ProtobufHolder {
    fileprivate var anyMessage: any Message { message }

    fileprivate static func make(_ decode: (any Message.Type) throws -> any Message) throws -> Self? {
        (try decode(Wrapped.self) as? Wrapped).map(Self.init)
    }
}

private func decodeMessage<Value>(_ type: Value.Type, _ decode: (any Message.Type) throws -> any Message) throws
    -> Value
{
    guard let holder = unwrapped(type) as? any ProtobufHolder.Type, let value = try holder.make(decode) as? Value else {
        throw DecodingError.typeMismatch(
            type,
            .init(codingPath: [], debugDescription: "The payload holds a protobuf message: take a ProtobufValue.")
        )
    }
    return value
}
