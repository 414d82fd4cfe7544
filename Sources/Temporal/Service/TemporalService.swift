public import TemporalAPI

/// What a client and a worker talk to: a Temporal Service, wherever it is.
///
/// gRPC to a real server is one implementation, the in-memory service of a test is another. An implementation answers
/// with the response or throws ``RPCError``; nothing else is expected of it. Retries, deadlines and metrics are added
/// by the caller's side.
public protocol TemporalService: Sendable {
    /// Makes one call.
    ///
    /// - Parameters:
    ///   - method: The RPC to call.
    ///   - request: Its request message.
    ///   - options: Deadline and metadata of this call.
    /// - Returns: The response message.
    /// - Throws: ``RPCError``, or `CancellationError` if the calling task was cancelled.
    func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response
}

/// How one call is made.
public struct CallOptions: Sendable, Hashable {
    /// How long one attempt may take. `nil` is the service's own default: 70 s for long polls, 30 s otherwise.
    public var timeout: Duration?

    /// Metadata sent with the call, in addition to the connection's. Names are lower case.
    public var metadata: [String: String]

    /// Whether a failed attempt is made again where the error allows it. Default: true.
    public var retries: Bool

    /// What the payloads of the call belong to, where the request does not say it.
    package var scope: SerializationScope?

    /// Describes a call.
    ///
    /// - Parameters:
    ///   - timeout: How long one attempt may take; `nil` for the default of the method.
    ///   - metadata: Metadata to send, names in lower case.
    ///   - retries: Whether to make failed attempts again.
    public init(timeout: Duration? = nil, metadata: [String: String] = [:], retries: Bool = true) {
        self.timeout = timeout
        self.metadata = metadata
        self.retries = retries
    }

    /// The defaults of every call.
    public static var `default`: CallOptions { CallOptions() }

    /// The defaults for a call whose payloads belong to something that the request does not name.
    package static func scoped(_ scope: SerializationScope?) -> CallOptions {
        var options = CallOptions()
        options.scope = scope
        return options
    }
}

// The values of metadata may be secrets, which never reach a log.
extension CallOptions: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        let parts: [String?] = [
            timeout.map { "timeout \($0)" }, retries ? nil : "no retries",
            metadata.isEmpty ? nil : "metadata \(metadata.keys.sorted().joined(separator: ", "))",
        ]
        return "call options (\(parts.compactMap { $0 }.joined(separator: ", ")))"
    }

    public var debugDescription: String { description }

    public var customMirror: Mirror { Mirror(self, children: []) }
}
