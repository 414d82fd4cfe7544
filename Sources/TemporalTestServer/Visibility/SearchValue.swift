import Foundation
import Temporal
import TemporalAPI

/// One value of a search attribute, or of a list filter.
///
/// Values compare as in SQLite, which the server of this version number keeps them in: numbers before texts, and a
/// number with a text as the type of the attribute says.
enum SearchValue: Equatable, Sendable {
    case integer(Int64)
    case real(Double)
    case text(String)
    /// The members of a list of keywords, or the words of a text, in lower case.
    case words(Set<String>)

    /// Orders two single values.
    func isLess(than other: SearchValue) -> Bool {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): left < right
        case (.text(let left), .text(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.text, .integer), (.text, .real): false
        case (.integer, .text), (.real, .text): true
        default: (number ?? 0) < (other.number ?? 0)
        }
    }

    /// Whether two single values are the same.
    func isSame(as other: SearchValue) -> Bool {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): left == right
        case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
        case (.text, _), (_, .text): false
        default: number == other.number
        }
    }

    private var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .real(let value): value
        case .text, .words: nil
        }
    }

    /// The value as text.
    var asText: String {
        switch self {
        case .integer(let value): String(value)
        case .real(let value): "\(value)"
        case .text(let value): value
        case .words(let words): words.sorted().joined(separator: " ")
        }
    }

    /// The value as a number if it is one or reads as one.
    var asNumber: SearchValue {
        guard case .text(let text) = self else { return self }
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        if let value = Int64(trimmed) { return .integer(value) }
        // Swift also reads hexadecimal numbers, infinity and the like, which are no numbers here.
        let isDecimal = trimmed.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
        return isDecimal ? Double(trimmed).map { .real($0) } ?? self : self
    }

    /// The words of a text, as the index cuts them.
    static func words(of text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }

    /// Reads the value of an attribute; `nil` if there is none, or none of the type.
    init?(_ payload: APIPayload, type: SearchAttributeType) {
        guard let json = JSONValue(Payload(payload)) else { return nil }
        self.init(json, type: type)
    }

    private init?(_ json: JSONValue, type: SearchAttributeType) {
        if case .list(let values) = json {
            if type == .keywordList {
                let texts = values.compactMap(\.text)
                guard !texts.isEmpty else { return nil }
                self = .words(Set(texts.map { $0.lowercased() }))
                return
            }
            guard let only = values.first, values.count == 1 else { return nil }
            self.init(only, type: type)
            return
        }
        switch (type, json) {
        case (.text, .string(let text)): self = .words(Set(Self.words(of: text)))
        case (.keywordList, .string(let text)): self = .words([text.lowercased()])
        case (.keyword, .string(let text)): self = .text(text)
        case (.int, .integer(let value)), (.double, .integer(let value)): self = .integer(Int64(value))
        case (.double, .double(let value)): self = .real(value)
        case (.bool, .bool(let value)): self = .integer(value ? 1 : 0)
        case (.datetime, .string(let text)):
            guard let moment = Moment(timestamp: text) else { return nil }
            self = .integer(moment.nanoseconds)
        default: return nil
        }
    }
}

extension Moment {
    /// Reads a date as RFC 3339 writes it, to the nanosecond; `nil` for anything else, or for a year that does not fit.
    init?(timestamp text: String) {
        let whole: Substring
        var fraction: Int64 = 0
        if let point = text.firstIndex(of: ".") {
            let digits = text[text.index(after: point)...].prefix { ("0"..."9").contains($0) }
            // What is finer than a nanosecond is cut off, as the server does.
            let kept = digits.prefix(9)
            guard let number = Int64(kept) else { return nil }
            fraction = (kept.count..<9).reduce(number) { value, _ in value * 10 }
            whole = text[..<point] + text[digits.endIndex...]
        } else {
            whole = text[...]
        }
        // A shape of which the server takes no other: a day, a T, a time to the second, and an offset.
        guard whole.utf8.count == 20 || whole.utf8.count == 25, whole.dropFirst(10).first == "T",
            let date = TemporalDate.date(String(whole)), abs(date.timeIntervalSince1970) < 9_200_000_000
        else { return nil }
        self.init(nanoseconds: Int64(date.timeIntervalSince1970.rounded()) * 1_000_000_000 + fraction)
    }
}
