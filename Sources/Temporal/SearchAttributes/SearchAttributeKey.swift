public import Foundation

/// The name and the type of a search attribute: what it is set and read by.
///
/// ```swift
/// enum Found {
///     static let customer = SearchAttributeKey.keyword("CustomerId")
///     static let points = SearchAttributeKey.int("Points")
/// }
/// ```
///
/// Custom attributes must be known to the namespace before a workflow sets them:
/// `temporal operator search-attribute create --name CustomerId --type Keyword`.
public struct SearchAttributeKey<Value: Sendable>: Sendable, Hashable {
    /// The name of the attribute in its namespace.
    public let name: String

    /// The type with which the namespace knows the attribute.
    public let type: SearchAttributeType

    private let write: @Sendable (Value) -> String
    private let read: @Sendable (JSONValue) -> Value?

    private init(
        _ name: String,
        _ type: SearchAttributeType,
        write: @escaping @Sendable (Value) -> String,
        read: @escaping @Sendable (JSONValue) -> Value?
    ) {
        self.name = name
        self.type = type
        self.write = write
        self.read = read
    }

    /// The update that gives the attribute a value.
    public func set(_ value: Value) -> SearchAttributeUpdate {
        var payload = Payload(encoding: "json/plain", data: Data(write(value).utf8))
        payload.metadata["type"] = Data(type.description.utf8)
        return SearchAttributeUpdate(name: name, payload: payload)
    }

    /// The update that takes the attribute away.
    public func unset() -> SearchAttributeUpdate {
        SearchAttributeUpdate(name: name, payload: Payload(encoding: "binary/null", data: Data()))
    }

    /// The value in a payload; `nil` if it holds none of this type.
    func value(of payload: Payload) -> Value? {
        guard let json = JSONValue(payload) else { return nil }
        if let value = read(json) { return value }
        // Some writers put a single value into a list.
        guard case .list(let values) = json, values.count == 1 else { return nil }
        return read(values[0])
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.name == right.name && left.type == right.type
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(type)
    }
}

extension SearchAttributeKey where Value == String {
    /// A text that is found by its words.
    public static func text(_ name: String) -> Self {
        Self(name, .text, write: JSONValue.quoted, read: \.text)
    }

    /// A text that is found as a whole.
    public static func keyword(_ name: String) -> Self {
        Self(name, .keyword, write: JSONValue.quoted, read: \.text)
    }
}

extension SearchAttributeKey where Value == Int {
    /// A whole number.
    public static func int(_ name: String) -> Self {
        Self(name, .int, write: { String($0) }, read: \.integer)
    }
}

extension SearchAttributeKey where Value == Double {
    /// A floating-point number. The service refuses one that is not finite.
    public static func double(_ name: String) -> Self {
        Self(name, .double, write: { $0.isFinite ? "\($0)" : JSONValue.quoted("\($0)") }, read: \.number)
    }
}

extension SearchAttributeKey where Value == Bool {
    /// True or false.
    public static func bool(_ name: String) -> Self {
        Self(name, .bool, write: { String($0) }, read: \.bool)
    }
}

extension SearchAttributeKey where Value == Date {
    /// A moment, to the microsecond. The service refuses one outside of the years 1 to 9999.
    public static func datetime(_ name: String) -> Self {
        Self(
            name,
            .datetime,
            write: { JSONValue.quoted(TemporalDate.text($0) ?? "\($0.timeIntervalSince1970)") },
            read: { $0.text.flatMap(TemporalDate.date) }
        )
    }
}

extension SearchAttributeKey where Value == [String] {
    /// Several texts, each of which is found as a whole.
    public static func keywordList(_ name: String) -> Self {
        Self(
            name,
            .keywordList,
            write: { "[" + $0.map(JSONValue.quoted).joined(separator: ",") + "]" },
            read: \.texts
        )
    }
}

/// A change of one search attribute: a new value, or none.
///
/// Made by ``SearchAttributeKey/set(_:)`` and ``SearchAttributeKey/unset()``.
public struct SearchAttributeUpdate: Sendable, Hashable {
    /// The name of the attribute.
    public let name: String

    /// The new value; of the encoding `binary/null` for none.
    package let payload: Payload

    package init(name: String, payload: Payload) {
        self.name = name
        self.payload = payload
    }
}
