import GRPCCore
import SwiftProtobuf

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
