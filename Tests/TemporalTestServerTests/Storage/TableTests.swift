import Foundation
import Testing

@testable import TemporalTestServer

/// The dictionary that notes what has changed.
@Suite struct TableTests {
    private let prefix = Data([7])

    private func stored(_ table: Table<String, Int>) throws -> [Data: Data] {
        try entries(table.allChanges(under: prefix), in: [:])
    }

    private func entries(_ changes: [PendingChange], in old: [Data: Data]) throws -> [Data: Data] {
        var entries = old
        for change in changes {
            switch try change.encoded(with: .forStore) {
            case .put(let key, let value): entries[key] = value
            case .delete(let key): entries[key] = nil
            case .deleteAll(let prefix): entries = entries.filter { !$0.key.starts(with: prefix) }
            }
        }
        return entries
    }

    @Test func `keys stay in the order in which they were added`() {
        var table: Table<String, Int> = ["b": 1, "a": 2, "c": 3]
        table["a"] = 5
        table["b"] = nil
        table["b"] = 6
        #expect(table.keys == ["a", "c", "b"])
        #expect(Array(table.values) == [5, 3, 6])
        #expect(table.count == 3)
        #expect(table["x"] == nil)
        #expect(table.removeValue(forKey: "x") == nil)
    }

    @Test func `values change in place`() {
        var table: Table<String, [Int]> = ["a": [1]]
        table["a"]?.append(2)
        table["b"]?.append(3)
        #expect(table["a"] == [1, 2])
        #expect(table["b"] == nil)
        #expect(table.count == 1)
    }

    @Test func `a set tells whether a key is new`() {
        var table: Table<String, Presence> = [:]
        #expect(table.insert("a").inserted)
        #expect(!table.insert("a").inserted)
        #expect(table.count == 1)
    }

    /// The changes, applied one group after another, always lead to what is there, whatever happened between; and what
    /// is restored is the same again.
    @Test(arguments: 0..<20)
    func `changes lead to what is there`(_ seed: UInt64) throws {
        var random = IdentifierSource(seed: seed)
        var table: Table<String, Int> = [:]
        var model: [String: Int] = [:]
        var order: [String] = []
        var written: [Data: Data] = [:]
        for step in 0..<600 {
            let key = "k\(random.next() % 40)"
            switch random.next() % 8 {
            case 0...3:
                if model[key] == nil { order.append(key) }
                table[key] = step
                model[key] = step
            case 4:
                table[key]? += 1
                if model[key] != nil { model[key]? += 1 }
            case 5:
                table.removeValue(forKey: key)
                model[key] = nil
                order.removeAll { $0 == key }
            case 6:
                let copy = table
                table["only in what is undone"] = 1
                table = copy
            default:
                if random.next() % 20 == 0 {
                    table = [:]
                    model = [:]
                    order = []
                }
                written = try entries(table.takeChanges(under: prefix, replaces: true), in: written)
                #expect(try written == stored(table))
            }
            #expect(table.keys == order)
        }
        for (key, value) in table { #expect(model[key] == value) }
        #expect(table.count == model.count)
        written = try entries(table.takeChanges(under: prefix, replaces: true), in: written)
        var restored: Table<String, Int> = [:]
        for (key, value) in written.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            try restored.restore(number: #require(key.number(at: 1)), from: value, with: JSONDecoder())
        }
        #expect(restored.keys == order)
        #expect(try stored(restored) == written)
        #expect(restored.takeChanges(under: prefix, replaces: true).isEmpty || order.isEmpty)
    }
}
