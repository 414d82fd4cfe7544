/// A connection that cannot be made as described: an address, a certificate or an environment variable is wrong.
///
/// It comes before anything is sent. The message says what to correct.
public struct ConnectionOptionsError: ClientError {
    /// What is wrong and what to do.
    public let message: String

    /// The error below, such as that of a file that cannot be read.
    public let cause: (any Error)?

    init(_ message: String, cause: (any Error)? = nil) {
        self.message = message
        self.cause = cause
    }

    public var description: String {
        cause.map { "\(message) (\($0))" } ?? message
    }
}
