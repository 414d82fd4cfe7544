import Foundation

/// Any JSON text as a value, for payloads whose type only their metadata tells.
package enum JSONValue: Sendable, Hashable, Decodable {
    case null
    case bool(Bool)
    case integer(Int)
    case double(Double)
    case string(String)
    case list([JSONValue])
    case object([String: JSONValue])

    /// Reads a payload of the encoding `json/plain`; `nil` for any other, or for a text that is no JSON.
    package init?(_ payload: Payload) {
        guard payload.encoding == "json/plain",
            let value = try? JSONDecoder().decode(JSONValue.self, from: payload.data)
        else { return nil }
        self = value
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .double(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// The text; `nil` for anything else.
    package var text: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The whole number; `nil` for anything else.
    package var integer: Int? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The number; `nil` for anything else.
    package var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        case .null, .bool, .string, .list, .object: nil
        }
    }

    /// The truth value; `nil` for anything else.
    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The texts of a list of nothing but texts; `nil` for anything else.
    package var texts: [String]? {
        guard case .list(let values) = self else { return nil }
        let texts = values.compactMap(\.text)
        return texts.count == values.count ? texts : nil
    }

    /// A text as JSON.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
