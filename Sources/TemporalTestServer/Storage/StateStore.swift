package import Foundation

/// Where a service keeps its state beyond the life of its process: entries with keys, in the order of their bytes.
package protocol StateStore: Sendable {
    /// Reads all entries in the order of their keys.
    ///
    /// - Throws: What kept the store from being read, or what `body` throws.
    func read(_ body: (_ key: Data, _ value: Data) throws -> Void) throws

    /// Makes changes in their order, all of them or none. They last once this returns.
    ///
    /// - Throws: What kept the changes from being written.
    func write(_ changes: [StoredChange]) throws
}

/// A change of a ``StateStore``.
package enum StoredChange: Sendable, Equatable {
    /// Sets the value of a key.
    case put(key: Data, value: Data)

    /// Takes out a key, if it is there.
    case delete(key: Data)

    /// Takes out all keys that begin with some bytes.
    case deleteAll(prefix: Data)
}

/// What is wrong with stored state.
package struct StoredStateError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A change of the state whose value is written as bytes later, outside the lock of the service.
enum PendingChange: Sendable {
    case put(key: Data, value: any StoredValue)
    case delete(key: Data)
    case deleteAll(prefix: Data)

    /// The change with its bytes.
    func encoded(with encoder: JSONEncoder) throws -> StoredChange {
        switch self {
        case .put(let key, let value): .put(key: key, value: try value.bytes(with: encoder))
        case .delete(let key): .delete(key: key)
        case .deleteAll(let prefix): .deleteAll(prefix: prefix)
        }
    }
}

/// A value that can be stored.
protocol StoredValue: Sendable {
    /// The value in the form in which it is stored.
    func bytes(with encoder: JSONEncoder) throws -> Data
}

/// A value stored as JSON, so that a store can be looked into.
struct StoredJSON<Value: Encodable & Sendable>: StoredValue {
    let value: Value

    init(_ value: Value) {
        self.value = value
    }

    func bytes(with encoder: JSONEncoder) throws -> Data {
        try encoder.encode(value)
    }
}

extension JSONEncoder {
    /// The encoder of everything that is stored: the same bytes for the same value.
    static var forStore: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
