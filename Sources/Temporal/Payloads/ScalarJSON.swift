import Foundation

/// Numbers, texts and truth values as JSON, without a coder: most payloads are such, and a coder takes ten times as long.
///
/// The bytes are those of ``JSONEncoding``. What is not plain is left to it.
enum ScalarJSON {
    /// The bytes of a value, or `nil` if a coder is needed.
    static func encode<Value>(_ value: Value) -> Data? {
        if Value.self == Int.self {
            return (value as? Int).map { Data(String($0).utf8) }
        }
        if Value.self == String.self {
            return (value as? String).flatMap(encode(text:))
        }
        if Value.self == Bool.self {
            return (value as? Bool).map { Data(($0 ? "true" : "false").utf8) }
        }
        return nil
    }

    private static func encode(text: String) -> Data? {
        var text = text
        return text.withUTF8 { bytes -> Data? in
            guard bytes.allSatisfy(isPlain) else { return nil }
            var data = Data(capacity: bytes.count + 2)
            data.append(quote)
            data.append(contentsOf: bytes)
            data.append(quote)
            return data
        }
    }

    /// The value that some bytes stand for, or `nil` if a coder is needed.
    static func decode<Value>(_ data: Data, as type: Value.Type) -> Value? {
        if Value.self == Int.self {
            return data.withUnsafeBytes { integer($0) } as? Value
        }
        if Value.self == String.self {
            return data.withUnsafeBytes { text($0) } as? Value
        }
        if Value.self == Bool.self {
            return data.withUnsafeBytes { truth($0) } as? Value
        }
        return nil
    }

    private static let quote = UInt8(ascii: "\"")

    /// Whether a byte stands for itself between quotes.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7f && byte != quote && byte != UInt8(ascii: "\\")
    }

    /// Up to 18 digits, which no sum of theirs exceeds.
    private static func integer(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let isNegative = bytes.first == UInt8(ascii: "-")
        let digits = isNegative ? bytes.dropFirst() : bytes[...]
        guard (1...18).contains(digits.count) else { return nil }
        // A coder refuses leading zeros, and has its own mind about minus zero.
        if digits.first == UInt8(ascii: "0"), digits.count > 1 || isNegative { return nil }
        var value = 0
        for byte in digits {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        return isNegative ? -value : value
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard bytes.count >= 2, bytes.first == quote, bytes.last == quote else { return nil }
        let inner = bytes[1..<(bytes.count - 1)]
        guard inner.allSatisfy(isPlain) else { return nil }
        return String(decoding: inner, as: UTF8.self)
    }

    private static func truth(_ bytes: UnsafeRawBufferPointer) -> Bool? {
        if bytes.elementsEqual("true".utf8) { return true }
        return bytes.elementsEqual("false".utf8) ? false : nil
    }
}
