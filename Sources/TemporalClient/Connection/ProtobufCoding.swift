import GRPCCore
import SwiftProtobuf

/// Writes a protobuf message in binary form.
struct ProtobufSerializer<Value: SwiftProtobuf.Message>: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: Value) throws -> Bytes {
        let bytes: [UInt8] = try message.serializedBytes()
        return Bytes(bytes)
    }
}

/// Reads a protobuf message in binary form.
struct ProtobufDeserializer<Value: SwiftProtobuf.Message>: MessageDeserializer {
    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> Value {
        do {
            return try bytes.withUnsafeBytes { try Value(serializedBytes: Array($0)) }
        } catch {
            throw RPCError(
                code: .internalError,
                message: "The response is no \(Value.protoMessageName): \(error)",
                cause: error
            )
        }
    }
}
