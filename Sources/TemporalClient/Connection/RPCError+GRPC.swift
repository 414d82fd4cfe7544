import GRPCCore
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Temporal.RPCError {
    /// The error of a call, with the typed details that the server attached.
    ///
    /// - Parameters:
    ///   - error: What gRPC said.
    ///   - method: The RPC that was called.
    ///   - address: Where the service is, for what to check when it cannot be reached.
    init(_ error: GRPCCore.RPCError, method: String, address: String) {
        let status = error.metadata[binaryValues: "grpc-status-details-bin"].lazy
            .compactMap { try? APIStatus(serializedBytes: $0) }
            .first
        let code = Code(rawValue: error.code.rawValue) ?? .unknown
        var message = error.message
        // Only a transport that has no connection comes with a cause: a server's answer is a status and nothing else.
        if code == .unavailable, status == nil, error.metadata.isEmpty {
            message =
                "\(method) did not reach the Temporal Service at \(address): check that it runs there, "
                + "and that both sides agree on TLS. (\(error.message)"
                + (error.cause.map { ": \($0)" } ?? "") + ")"
        }
        self.init(code: code, message: message, details: status?.details ?? [], cause: error.cause)
    }
}
