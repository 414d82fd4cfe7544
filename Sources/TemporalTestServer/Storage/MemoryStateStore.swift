package import Foundation
import Synchronization

/// Keeps state in memory, for services that are started again within one process.
package final class MemoryStateStore: StateStore {
    private let entries = Mutex<[Data: Data]>([:])
    private let failure = Mutex<(any Error)?>(nil)

    /// Makes an empty store.
    package init() {}

    /// A store with the same entries.
    package func copy() -> MemoryStateStore {
        let copy = MemoryStateStore()
        let current = entries.withLock { $0 }
        copy.entries.withLock { $0 = current }
        return copy
    }

    /// Lets all later writes fail.
    package func fail(_ error: any Error) {
        failure.withLock { $0 = error }
    }

    package func read(_ body: (_ key: Data, _ value: Data) throws -> Void) throws {
        let sorted = entries.withLock { $0 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        for (key, value) in sorted { try body(key, value) }
    }

    package func write(_ changes: [StoredChange]) throws {
        if let error = failure.withLock({ $0 }) { throw error }
        entries.withLock { entries in
            for change in changes {
                switch change {
                case .put(let key, let value): entries[key] = value
                case .delete(let key): entries[key] = nil
                case .deleteAll(let prefix):
                    for key in entries.keys where key.starts(with: prefix) { entries[key] = nil }
                }
            }
        }
    }
}

extension TestServer {
    /// Compares what a store has of the service with what there is, and with what a service that is started from the
    /// store would have. For tests, while nothing happens.
    ///
    /// - Parameter store: The store of the service.
    /// - Returns: One line for each difference.
    package func differences(from store: any StateStore) async throws -> [String] {
        try await flush()
        let encoder = JSONEncoder.forStore
        let live = try Self.entries(of: transact { $0.allChanges() }, encoder)
        var stored: [Data: Data] = [:]
        try store.read { stored[$0] = $1 }
        let engine = Engine(options: transact { $0.options })
        try engine.load(from: store)
        let restored = try Self.entries(of: engine.allChanges(), encoder)
        return Self.differences(live, stored, "stored") + Self.differences(live, restored, "restored")
    }

    private static func entries(of changes: [PendingChange], _ encoder: JSONEncoder) throws -> [Data: Data] {
        var entries: [Data: Data] = [:]
        for change in changes {
            if case .put(let key, let value) = try change.encoded(with: encoder) { entries[key] = value }
        }
        return entries
    }

    private static func differences(_ live: [Data: Data], _ other: [Data: Data], _ name: String) -> [String] {
        // Numbers are given out without anything being stored, so the entry of the service itself may be behind.
        Set(live.keys).union(other.keys).subtracting([StoredKey.service])
            .sorted { $0.lexicographicallyPrecedes($1) }
            .filter { live[$0] != other[$0] }
            .map { key in
                func text(_ value: Data?) -> String { value.map { String(decoding: $0, as: UTF8.self) } ?? "nothing" }
                let name = "\(key.map { String($0) }.joined(separator: ".")) is \(name) as"
                return "\(name) \(text(other[key])), but is \(text(live[key]))"
            }
    }
}
