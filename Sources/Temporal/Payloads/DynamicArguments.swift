/// The arguments of a call whose types are known at run time only.
public struct DynamicArguments: Sendable {
    private let reader: ArgumentReader

    package init(_ reader: ArgumentReader) {
        self.reader = reader
    }

    /// The arguments as they came.
    public var payloads: [Payload] { reader.payloads }

    /// One argument as a value.
    ///
    /// - Parameters:
    ///   - index: Which one, from 0.
    ///   - type: Its type. A missing argument is `nil` for an optional type.
    /// - Throws: ``PayloadConversionError`` if there is none, or it is of another type.
    public func decode<Value: Decodable>(_ index: Int, as type: Value.Type = Value.self) throws -> Value {
        try reader.value(at: index, type)
    }
}
