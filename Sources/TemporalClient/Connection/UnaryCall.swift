import GRPCCore
import GRPCNIOTransportHTTP2Posix

extension ClientTransport {
    /// Makes a call with one message there and one back.
    ///
    /// `GRPCClient` would do the same with a task group, a task and a chain of type-erased sequences for each call, for the
    /// sake of streams, retries and interceptors, none of which are wanted here.
    ///
    /// - Parameters:
    ///   - descriptor: What is called.
    ///   - metadata: The metadata of the request.
    ///   - message: The request in its binary form.
    ///   - options: Limits and compression.
    /// - Returns: The response in its binary form.
    /// - Throws: gRPC's `RPCError`, `CancellationError`.
    func unary(
        _ descriptor: MethodDescriptor,
        _ metadata: Metadata,
        _ message: [UInt8],
        _ options: CallOptions
    ) async throws -> Bytes {
        try await withStream(descriptor: descriptor, options: options) { stream, _ in
            var obstacle: (any Error)?
            do {
                try await stream.outbound.write(contentsOf: [.metadata(metadata), .message(Bytes(message))])
            } catch {
                // A server may answer before it has read the request, and then it says why.
                obstacle = error
            }
            await stream.outbound.finish()
            var response: Bytes?
            for try await part in stream.inbound {
                switch part {
                case .metadata:
                    break
                case .message(let bytes):
                    guard response == nil else { throw RPCError(surprising: "more than one message", descriptor) }
                    response = bytes
                case .status(let status, let metadata):
                    if let error = RPCError(status: status, metadata: metadata) { throw error }
                    guard let response else { throw RPCError(surprising: "no message", descriptor) }
                    return response
                }
            }
            try Task.checkCancellation()
            throw obstacle ?? RPCError(code: .unavailable, message: "Stream unexpectedly closed without a status.")
        }
    }
}

extension RPCError {
    fileprivate init(surprising what: String, _ descriptor: MethodDescriptor) {
        self.init(code: .unimplemented, message: "The server answered \(descriptor.method) with \(what).")
    }
}
