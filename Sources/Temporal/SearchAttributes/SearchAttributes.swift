package import TemporalAPI

/// The values that a workflow is found by.
///
/// ```swift
/// let attributes: SearchAttributes = [Found.customer.set("c-17"), Found.points.set(5)]
/// attributes[Found.points]  // 5
/// ```
public struct SearchAttributes: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// The values as the service has them, by name.
    package private(set) var payloads: [String: Payload]

    /// Collects values. Of several for one attribute the last counts.
    public init(arrayLiteral updates: SearchAttributeUpdate...) {
        payloads = [:]
        for update in updates { apply(update) }
    }

    /// The names of all attributes that have a value, in alphabetical order.
    public var names: [String] { payloads.keys.sorted() }

    /// Whether no attribute has a value.
    public var isEmpty: Bool { payloads.isEmpty }

    /// The value of an attribute; `nil` if it has none, or none of the key's type. Setting `nil` takes it away.
    public subscript<Value>(_ key: SearchAttributeKey<Value>) -> Value? {
        get { payloads[key.name].flatMap(key.value) }
        set { apply(newValue.map(key.set) ?? key.unset()) }
    }

    /// The value of an attribute whose type is not known here, encoded.
    public func payload(named name: String) -> Payload? { payloads[name] }

    /// Sets or takes away one attribute.
    public mutating func apply(_ update: SearchAttributeUpdate) {
        payloads[update.name] = update.payload.encoding == "binary/null" ? nil : update.payload
    }

    /// Reads what the service has. Nulls are left out.
    package init(_ proto: APISearchAttributes) {
        payloads = proto.indexedFields.mapValues(Payload.init).filter { $0.value.encoding != "binary/null" }
    }

    /// The values for the service.
    package var proto: APISearchAttributes {
        var proto = APISearchAttributes()
        proto.indexedFields = payloads.mapValues(\.proto)
        return proto
    }
}
