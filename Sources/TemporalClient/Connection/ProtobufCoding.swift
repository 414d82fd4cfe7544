import GRPCCore
import SwiftProtobuf

/// Writes a message that is in its binary form already.
struct EncodedMessageSerializer: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) -> Bytes {
        Bytes(message)
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
