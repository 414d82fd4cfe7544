import Foundation

/// A dictionary in the order in which its keys were added, which notes what has changed, so that only that is written
/// to a store.
///
/// Taking a key out takes the same time however many there are.
struct Table<Key: Hashable & Codable & Sendable, Value: Codable & Sendable>: Sendable {
    fileprivate struct Slot: Sendable {
        let number: UInt64
        let key: Key
        var value: Value
    }

    private enum Tracking: Sendable {
        /// Nothing of the table has been written yet.
        case unwritten

        /// What was written is up to date, except for these slots.
        case written(changed: [UInt64: Key])
    }

    private var slots: [Slot?] = []
    private var places: [Key: Int] = [:]
    private var lastNumber: UInt64 = 0
    private var tracking = Tracking.unwritten

    /// Makes an empty table.
    init() {}

    /// How many keys there are.
    var count: Int { places.count }

    /// Whether there is no key.
    var isEmpty: Bool { places.isEmpty }

    /// Whether a key is there.
    func contains(key: Key) -> Bool { places[key] != nil }

    /// The keys in their order.
    var keys: [Key] { slots.compactMap { $0?.key } }

    /// The values in the order of their keys.
    var values: Values { Values(slots: slots) }

    /// The values with the numbers of their keys, which grow in the order of the keys.
    var numbered: [(number: UInt64, value: Value)] { slots.compactMap { slot in slot.map { ($0.number, $0.value) } } }

    /// The value of a key.
    subscript(key: Key) -> Value? {
        get { places[key].flatMap { slots[$0]?.value } }
        set {
            if let newValue { set(newValue, for: key) } else { removeValue(forKey: key) }
        }
        _modify {
            guard let place = places[key], let number = slots[place]?.number else {
                var value: Value?
                defer { if let value { set(value, for: key) } }
                yield &value
                return
            }
            // Moved out meanwhile, so that the change happens in place.
            var value = slots[place]?.value
            slots[place] = nil
            defer {
                note(number, key)
                if let value {
                    slots[place] = Slot(number: number, key: key, value: value)
                } else {
                    forget(key)
                }
            }
            yield &value
        }
    }

    /// Takes a key out.
    ///
    /// - Returns: The value that it had.
    @discardableResult
    mutating func removeValue(forKey key: Key) -> Value? {
        guard let place = places[key], let slot = slots[place] else { return nil }
        note(slot.number, key)
        slots[place] = nil
        forget(key)
        return slot.value
    }

    /// Takes out all keys that pass a test.
    mutating func removeAll(where matches: (Key, Value) -> Bool) {
        for (key, value) in self where matches(key, value) { removeValue(forKey: key) }
    }

    private mutating func set(_ value: Value, for key: Key) {
        if let place = places[key], let number = slots[place]?.number {
            note(number, key)
            slots[place]?.value = value
        } else {
            lastNumber += 1
            note(lastNumber, key)
            places[key] = slots.count
            slots.append(Slot(number: lastNumber, key: key, value: value))
        }
    }

    private mutating func forget(_ key: Key) {
        places[key] = nil
        guard slots.count > 8, slots.count > places.count * 2 else { return }
        slots.removeAll { $0 == nil }
        for (place, slot) in slots.enumerated() {
            if let slot { places[slot.key] = place }
        }
    }

    private mutating func note(_ number: UInt64, _ key: Key) {
        guard case .written(var changed) = tracking else { return }
        tracking = .unwritten
        changed[number] = key
        tracking = .written(changed: changed)
    }
}

extension Table: Sequence {
    /// The values of a table.
    struct Values: Sequence {
        fileprivate let slots: [Slot?]

        struct Iterator: IteratorProtocol {
            fileprivate var slots: IndexingIterator<[Slot?]>

            mutating func next() -> Value? {
                while let slot = slots.next() {
                    if let slot { return slot.value }
                }
                return nil
            }
        }

        func makeIterator() -> Iterator { Iterator(slots: slots.makeIterator()) }
    }

    /// Goes through keys and values.
    struct Iterator: IteratorProtocol {
        fileprivate var slots: IndexingIterator<[Slot?]>

        mutating func next() -> (key: Key, value: Value)? {
            while let slot = slots.next() {
                if let slot { return (slot.key, slot.value) }
            }
            return nil
        }
    }

    func makeIterator() -> Iterator { Iterator(slots: slots.makeIterator()) }
}

extension Table: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (Key, Value)...) {
        for (key, value) in elements { set(value, for: key) }
    }
}

/// What a key stands for in a table that is only a set.
struct Presence: Codable, Sendable {}

extension Table where Value == Presence {
    /// Whether a key is in a set.
    func contains(_ key: Key) -> Bool { places[key] != nil }

    /// Adds a key to a set.
    ///
    /// - Returns: Whether it was not there before.
    @discardableResult
    mutating func insert(_ key: Key) -> (inserted: Bool, memberAfterInsert: Key) {
        guard places[key] == nil else { return (false, key) }
        set(Presence(), for: key)
        return (true, key)
    }
}

// MARK: Store

extension Table {
    /// One row as it is stored.
    private struct Row: Codable, Sendable {
        let key: Key
        let value: Value
    }

    /// Everything in the table.
    ///
    /// - Parameter prefix: What the keys of the table begin with.
    func allChanges(under prefix: Data) -> [PendingChange] {
        slots.compactMap { slot in
            slot.map {
                .put(key: prefix.appending($0.number), value: StoredJSON(Row(key: $0.key, value: $0.value)))
            }
        }
    }

    /// What has changed since the last call; at first, everything.
    ///
    /// - Parameters:
    ///   - prefix: What the keys of the table begin with.
    ///   - replaces: Whether another table in this place may have been written.
    mutating func takeChanges(under prefix: Data, replaces: Bool) -> [PendingChange] {
        defer { tracking = .written(changed: [:]) }
        guard case .written(let changed) = tracking else {
            return (replaces ? [.deleteAll(prefix: prefix)] : []) + allChanges(under: prefix)
        }
        guard !changed.isEmpty else { return [] }
        return changed.sorted { $0.key < $1.key }.map { number, key in
            let name = prefix.appending(number)
            guard let place = places[key], let slot = slots[place], slot.number == number else {
                return .delete(key: name)
            }
            return .put(key: name, value: StoredJSON(Row(key: key, value: slot.value)))
        }
    }

    /// Takes a stored row in. Rows come in the order of their keys.
    ///
    /// - Parameters:
    ///   - number: The number at the end of the row's key.
    ///   - value: The row.
    mutating func restore(number: UInt64, from value: Data, with decoder: JSONDecoder) throws {
        let row = try decoder.decode(Row.self, from: value)
        tracking = .written(changed: [:])
        lastNumber = number
        places[row.key] = slots.count
        slots.append(Slot(number: number, key: row.key, value: row.value))
    }
}
