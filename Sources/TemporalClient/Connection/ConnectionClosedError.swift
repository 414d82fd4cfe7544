import Temporal

/// The cause of a call that was not made because the program has closed its connection: to try again is in vain.
package struct ConnectionClosedError: Error {
    package init() {}
}

extension RPCError {
    /// The error of a call on a connection that was closed.
    ///
    /// The code is one that nothing retries: a server that is away comes back, a closed connection does not.
    ///
    /// - Parameters:
    ///   - destination: Where the connection led.
    ///   - method: The RPC that was to be called.
    init(closed destination: String, method: String) {
        self.init(
            code: .failedPrecondition,
            message: "\(method) cannot be called: the connection to \(destination) was closed.",
            cause: ConnectionClosedError()
        )
    }
}
