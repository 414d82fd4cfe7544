package import Foundation
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
        if let optional = Value.self as? any OptionalValue.Type, let absent = optional.absent as? Value {
            return absent
        }
        throw DecodingError.valueNotFound(type, .init(codingPath: [], debugDescription: "The payload is null."))
    }
}

/// `binary/plain`: bytes as they are, for `Data` and `[UInt8]`.
public struct BinaryEncoding: EncodingConverter {
    public let encoding = "binary/plain"

    /// Makes the encoding.
    public init() {}

    public func encode<Value: Encodable>(_ value: Value) -> Payload? {
        switch value {
        case let data as Data: Payload(encoding: encoding, data: data)
        case let bytes as [UInt8]: Payload(encoding: encoding, data: Data(bytes))
        default: nil
        }
    }

    public func decode<Value: Decodable>(_ payload: Payload, as type: Value.Type) throws -> Value {
        if let data = payload.data as? Value { return data }
        if let bytes = Array(payload.data) as? Value { return bytes }
        throw DecodingError.typeMismatch(
            type,
            .init(codingPath: [], debugDescription: "The payload holds plain bytes.")
        )
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
/// values are equal bytes.
public struct JSONEncoding: EncodingConverter {
    public let encoding = "json/plain"

    /// Makes the encoding.
    public init() {}

    public func encode<Value: Encodable>(_ value: Value) throws -> Payload? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(TemporalDate.text(date))
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
                    debugDescription: "'\(text)' is no ISO 8601 date."
                )
            }
            return date
        }
        return try decoder.decode(type, from: payload.data)
    }
}

/// Dates as the other SDKs write them in JSON.
package enum TemporalDate {
    /// A date as ISO 8601 in UTC, with milliseconds where it has any.
    package static func text(_ date: Date) -> String {
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded()
        let whole = milliseconds.truncatingRemainder(dividingBy: 1000) == 0
        return Date(timeIntervalSince1970: milliseconds / 1000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: !whole))
    }

    /// The date of an ISO 8601 text, with or without fractions of a second and with any offset from UTC.
    package static func date(_ text: String) -> Date? {
        // Python writes no offset for a date without a zone; the SDKs take it as UTC.
        let zoned =
            text.hasSuffix("Z") || text.dropFirst(10).contains(where: { $0 == "+" || $0 == "-" }) ? text : text + "Z"
        var base = zoned
        var fraction = 0.0
        if let dot = zoned.firstIndex(where: { $0 == "." || $0 == "," }) {
            let digits = zoned[zoned.index(after: dot)...].prefix(while: { $0.isASCII && $0.isNumber })
            fraction = Double("0." + digits) ?? 0
            base.removeSubrange(dot..<digits.endIndex)
        }
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: false)
        return (try? style.parse(base))?.addingTimeInterval(fraction)
    }
}

private protocol OptionalValue {
    static var absent: Self { get }
    var isNil: Bool { get }
}

extension Optional: OptionalValue {
    fileprivate static var absent: Self { nil }

    fileprivate var isNil: Bool {
        switch self {
        case nil: true
        case let wrapped?: (wrapped as? any OptionalValue)?.isNil ?? false
        }
    }
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
    guard let holder = type as? any ProtobufHolder.Type, let value = try holder.make(decode) as? Value else {
        throw DecodingError.typeMismatch(
            type,
            .init(codingPath: [], debugDescription: "The payload holds a protobuf message: take a ProtobufValue.")
        )
    }
    return value
}
