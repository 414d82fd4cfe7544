/// Where a Temporal Service is and how to reach it.
public struct ConnectionOptions: Sendable {
    /// The address of the service's frontend as `host:port`. The port is 7233 if there is none.
    public var address: String

    /// The name that the service is called by in every call (`:authority`). `nil` is the server name of ``tls``, or else the
    /// host and port of the address. Default: `nil`.
    public var authority: String?

    /// How to secure the connection. `nil` is plaintext, unless there is an API key. Default: `nil`.
    public var tls: TLSOptions?

    /// Whether the connection stays plaintext although there is an API key. Default: false.
    ///
    /// The key then crosses the network unprotected; it is meant for a proxy on the same machine.
    public var isTLSDisabled: Bool

    /// The key that is sent with every call as a bearer token. It turns TLS on. Default: none.
    ///
    /// ``GRPCConnection/replaceAPIKey(_:)`` replaces it in a connection that is in use.
    public var apiKey: String?

    /// Tells the key of each call in place of ``apiKey``, for keys that change by themselves. It turns TLS on. Default: none.
    ///
    /// It is asked before every attempt, so it must remember its answer. An error of it is the error of the call, which is
    /// tried again as if the service could not be reached.
    public var apiKeyProvider: (@Sendable () async throws -> String)?

    /// Metadata sent with every call. Names are lower case; values of names that end in `-bin` are in Base64. Default: none.
    public var metadata: [String: String]

    /// The proxy that leads to the service. Default: none, whatever the environment says.
    public var proxy: HTTPProxy?

    /// How messages are compressed, in both directions. Default: gzip. Short requests with short answers go without it.
    ///
    /// A service that does not know it says so, and then gets the call again, and further ones, without it.
    public var compression: Compression

    /// How a broken connection is noticed. `nil` turns the check off. Default: every 30 s, for 15 s.
    public var keepAlive: KeepAlive?

    /// The largest message that is sent or taken, in bytes. Default: 128 MiB, as in the server.
    public var maximumMessageBytes: Int

    /// How messages are compressed.
    public struct Compression: Sendable, Hashable {
        enum Algorithm: Hashable {
            case gzip
            case none
        }

        let algorithm: Algorithm

        /// The format of gzip.
        public static let gzip = Compression(algorithm: .gzip)

        /// Not at all, for connections where bytes are cheaper than the time to save them.
        public static let none = Compression(algorithm: .none)
    }

    /// How a broken connection is noticed: by asking the other side.
    public struct KeepAlive: Sendable, Hashable {
        /// How long nothing must come before the other side is asked.
        public var interval: Duration

        /// How long the other side has to answer.
        public var timeout: Duration

        /// Describes when to ask.
        ///
        /// - Parameters:
        ///   - interval: How long nothing must come before the other side is asked.
        ///   - timeout: How long it has to answer.
        public init(interval: Duration = .seconds(30), timeout: Duration = .seconds(15)) {
            self.interval = interval
            self.timeout = timeout
        }
    }

    /// Describes a connection.
    ///
    /// - Parameters:
    ///   - address: The address of the service's frontend as `host:port`.
    ///   - authority: The name that the service is called by; `nil` for that in the address.
    ///   - tls: How to secure the connection; `nil` for plaintext, unless there is a key.
    ///   - isTLSDisabled: Whether the connection stays plaintext although there is a key.
    ///   - apiKey: The key that is sent with every call as a bearer token.
    ///   - metadata: Metadata sent with every call, names in lower case.
    ///   - proxy: The proxy that leads to the service.
    ///   - compression: How messages are compressed.
    ///   - keepAlive: How a broken connection is noticed; `nil` for not at all.
    ///   - maximumMessageBytes: The largest message that is sent or taken.
    ///   - apiKeyProvider: Tells the key of each call in place of `apiKey`.
    public init(
        address: String = "127.0.0.1:7233",
        authority: String? = nil,
        tls: TLSOptions? = nil,
        isTLSDisabled: Bool = false,
        apiKey: String? = nil,
        metadata: [String: String] = [:],
        proxy: HTTPProxy? = nil,
        compression: Compression = .gzip,
        keepAlive: KeepAlive? = KeepAlive(),
        maximumMessageBytes: Int = 128 << 20,
        apiKeyProvider: (@Sendable () async throws -> String)? = nil
    ) {
        self.address = address
        self.authority = authority
        self.tls = tls
        self.isTLSDisabled = isTLSDisabled
        self.apiKey = apiKey
        self.metadata = metadata
        self.proxy = proxy
        self.compression = compression
        self.keepAlive = keepAlive
        self.maximumMessageBytes = maximumMessageBytes
        self.apiKeyProvider = apiKeyProvider
    }

    /// Whether calls carry an API key.
    private var hasAPIKey: Bool { apiKey != nil || apiKeyProvider != nil }

    /// The TLS settings in effect: those given, the defaults if there is only a key, or none.
    var effectiveTLS: TLSOptions? {
        if isTLSDisabled { return nil }
        return tls ?? (hasAPIKey ? TLSOptions() : nil)
    }
}

// The key and the metadata, which may hold another one, never reach a log.
extension ConnectionOptions: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        "\(address) (\(effectiveTLS.map(String.init(describing:)) ?? "plaintext")"
            + (hasAPIKey ? ", with an API key" : "") + (proxy.map { ", by \($0)" } ?? "") + ")"
    }

    public var debugDescription: String { description }

    public var customMirror: Mirror {
        Mirror(self, children: ["address": address, "tls": effectiveTLS as Any, "proxy": proxy as Any])
    }
}
