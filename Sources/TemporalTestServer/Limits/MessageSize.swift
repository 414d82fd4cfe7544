import Foundation
import SwiftProtobuf

/// Counts the bytes of a message's binary form without making it.
struct MessageSize: Visitor {
    private(set) var bytes = 0

    /// The size of a message. Messages of proto3 can always be serialized, so that nothing can go wrong.
    static func of(_ message: some Message) -> Int {
        var size = MessageSize()
        do {
            try message.traverse(visitor: &size)
            return size.bytes
        } catch {
            return ((try? message.serializedBytes()) as [UInt8]?)?.count ?? 0
        }
    }

    private static func varint(_ value: UInt64) -> Int { value == 0 ? 1 : (70 - value.leadingZeroBitCount) / 7 }

    private static func zigZag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }

    private mutating func add(_ fieldNumber: Int, _ length: Int) {
        bytes += Self.varint(UInt64(fieldNumber) << 3) + length
    }

    private mutating func addVarint(_ fieldNumber: Int, _ value: UInt64) { add(fieldNumber, Self.varint(value)) }

    private mutating func addDelimited(_ fieldNumber: Int, _ length: Int) {
        add(fieldNumber, Self.varint(UInt64(length)) + length)
    }

    private mutating func addPacked<Value>(_ fieldNumber: Int, _ values: [Value], _ length: (Value) -> Int) {
        guard !values.isEmpty else { return }
        addDelimited(fieldNumber, values.reduce(0) { $0 + length($1) })
    }

    // MARK: Single values

    mutating func visitUnknown(bytes unknown: Data) { bytes += unknown.count }
    mutating func visitSingularFloatField(value: Float, fieldNumber: Int) { add(fieldNumber, 4) }
    mutating func visitSingularDoubleField(value: Double, fieldNumber: Int) { add(fieldNumber, 8) }
    mutating func visitSingularFixed32Field(value: UInt32, fieldNumber: Int) { add(fieldNumber, 4) }
    mutating func visitSingularFixed64Field(value: UInt64, fieldNumber: Int) { add(fieldNumber, 8) }
    mutating func visitSingularSFixed32Field(value: Int32, fieldNumber: Int) { add(fieldNumber, 4) }
    mutating func visitSingularSFixed64Field(value: Int64, fieldNumber: Int) { add(fieldNumber, 8) }
    mutating func visitSingularBoolField(value: Bool, fieldNumber: Int) { add(fieldNumber, 1) }
    mutating func visitSingularUInt64Field(value: UInt64, fieldNumber: Int) { addVarint(fieldNumber, value) }

    mutating func visitSingularInt64Field(value: Int64, fieldNumber: Int) {
        addVarint(fieldNumber, UInt64(bitPattern: value))
    }

    mutating func visitSingularSInt32Field(value: Int32, fieldNumber: Int) {
        addVarint(fieldNumber, Self.zigZag(Int64(value)))
    }

    mutating func visitSingularSInt64Field(value: Int64, fieldNumber: Int) {
        addVarint(fieldNumber, Self.zigZag(value))
    }

    mutating func visitSingularEnumField<E: SwiftProtobuf.Enum>(value: E, fieldNumber: Int) {
        addVarint(fieldNumber, UInt64(bitPattern: Int64(value.rawValue)))
    }

    mutating func visitSingularStringField(value: String, fieldNumber: Int) {
        addDelimited(fieldNumber, value.utf8.count)
    }

    mutating func visitSingularBytesField(value: Data, fieldNumber: Int) { addDelimited(fieldNumber, value.count) }

    mutating func visitSingularMessageField<M: Message>(value: M, fieldNumber: Int) throws {
        let before = bytes
        try value.traverse(visitor: &self)
        let length = bytes - before
        bytes = before
        addDelimited(fieldNumber, length)
    }

    mutating func visitSingularGroupField<G: Message>(value: G, fieldNumber: Int) throws {
        add(fieldNumber, 0)
        try value.traverse(visitor: &self)
        add(fieldNumber, 0)
    }

    // MARK: Packed values

    mutating func visitPackedInt32Field(value: [Int32], fieldNumber: Int) {
        addPacked(fieldNumber, value) { Self.varint(UInt64(bitPattern: Int64($0))) }
    }

    mutating func visitPackedInt64Field(value: [Int64], fieldNumber: Int) {
        addPacked(fieldNumber, value) { Self.varint(UInt64(bitPattern: $0)) }
    }

    mutating func visitPackedUInt32Field(value: [UInt32], fieldNumber: Int) {
        addPacked(fieldNumber, value) { Self.varint(UInt64($0)) }
    }

    mutating func visitPackedUInt64Field(value: [UInt64], fieldNumber: Int) {
        addPacked(fieldNumber, value, Self.varint)
    }

    mutating func visitPackedSInt32Field(value: [Int32], fieldNumber: Int) {
        addPacked(fieldNumber, value) { Self.varint(Self.zigZag(Int64($0))) }
    }

    mutating func visitPackedSInt64Field(value: [Int64], fieldNumber: Int) {
        addPacked(fieldNumber, value) { Self.varint(Self.zigZag($0)) }
    }

    mutating func visitPackedEnumField<E: SwiftProtobuf.Enum>(value: [E], fieldNumber: Int) {
        addPacked(fieldNumber, value) { Self.varint(UInt64(bitPattern: Int64($0.rawValue))) }
    }

    mutating func visitPackedBoolField(value: [Bool], fieldNumber: Int) { addPacked(fieldNumber, value) { _ in 1 } }
    mutating func visitPackedFloatField(value: [Float], fieldNumber: Int) { addPacked(fieldNumber, value) { _ in 4 } }
    mutating func visitPackedDoubleField(value: [Double], fieldNumber: Int) {
        addPacked(fieldNumber, value) { _ in 8 }
    }
    mutating func visitPackedFixed32Field(value: [UInt32], fieldNumber: Int) {
        addPacked(fieldNumber, value) { _ in 4 }
    }
    mutating func visitPackedFixed64Field(value: [UInt64], fieldNumber: Int) {
        addPacked(fieldNumber, value) { _ in 8 }
    }
    mutating func visitPackedSFixed32Field(value: [Int32], fieldNumber: Int) {
        addPacked(fieldNumber, value) { _ in 4 }
    }
    mutating func visitPackedSFixed64Field(value: [Int64], fieldNumber: Int) {
        addPacked(fieldNumber, value) { _ in 8 }
    }

    // MARK: Maps

    private mutating func addEntry(_ fieldNumber: Int, _ visit: (inout MessageSize) throws -> Void) rethrows {
        var entry = MessageSize()
        try visit(&entry)
        addDelimited(fieldNumber, entry.bytes)
    }

    mutating func visitMapField<Key, Value: MapValueType>(
        fieldType: _ProtobufMap<Key, Value>.Type,
        value: _ProtobufMap<Key, Value>.BaseType,
        fieldNumber: Int
    ) throws {
        for (key, value) in value {
            try addEntry(fieldNumber) {
                try Key.visitSingular(value: key, fieldNumber: 1, with: &$0)
                try Value.visitSingular(value: value, fieldNumber: 2, with: &$0)
            }
        }
    }

    mutating func visitMapField<Key, Value>(
        fieldType: _ProtobufEnumMap<Key, Value>.Type,
        value: _ProtobufEnumMap<Key, Value>.BaseType,
        fieldNumber: Int
    ) throws where Value.RawValue == Int {
        for (key, value) in value {
            try addEntry(fieldNumber) {
                try Key.visitSingular(value: key, fieldNumber: 1, with: &$0)
                $0.visitSingularEnumField(value: value, fieldNumber: 2)
            }
        }
    }

    mutating func visitMapField<Key, Value>(
        fieldType: _ProtobufMessageMap<Key, Value>.Type,
        value: _ProtobufMessageMap<Key, Value>.BaseType,
        fieldNumber: Int
    ) throws {
        for (key, value) in value {
            try addEntry(fieldNumber) {
                try Key.visitSingular(value: key, fieldNumber: 1, with: &$0)
                try $0.visitSingularMessageField(value: value, fieldNumber: 2)
            }
        }
    }
}
