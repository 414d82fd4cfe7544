/// Where a Temporal Service is and how to reach it.
public struct ConnectionOptions: Sendable {
    /// The address of the service's frontend as `host:port`. The port is 7233 if there is none.
    public var address: String

    /// How to secure the connection. `nil` is plaintext, unless there is an ``apiKey``. Default: `nil`.
    public var tls: TLSOptions?

    /// Whether the connection stays plaintext although there is an ``apiKey``. Default: false.
    ///
    /// The key then crosses the network unprotected; it is meant for a proxy on the same machine.
    public var isTLSDisabled: Bool

    /// The key that is sent with every call as a bearer token. It turns TLS on. Default: none.
    public var apiKey: String?

    /// Metadata sent with every call. Names are lower case; values of names that end in `-bin` are in Base64. Default: none.
    public var metadata: [String: String]

    /// How a broken connection is noticed. `nil` turns the check off. Default: every 30 s, for 15 s.
    public var keepAlive: KeepAlive?

    /// The largest message that is sent or taken, in bytes. Default: 128 MiB, as in the server.
    public var maximumMessageBytes: Int

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
    ///   - tls: How to secure the connection; `nil` for plaintext, unless there is a key.
    ///   - isTLSDisabled: Whether the connection stays plaintext although there is a key.
    ///   - apiKey: The key that is sent with every call as a bearer token.
    ///   - metadata: Metadata sent with every call, names in lower case.
    ///   - keepAlive: How a broken connection is noticed; `nil` for not at all.
    ///   - maximumMessageBytes: The largest message that is sent or taken.
    public init(
        address: String = "127.0.0.1:7233",
        tls: TLSOptions? = nil,
        isTLSDisabled: Bool = false,
        apiKey: String? = nil,
        metadata: [String: String] = [:],
        keepAlive: KeepAlive? = KeepAlive(),
        maximumMessageBytes: Int = 128 << 20
    ) {
        self.address = address
        self.tls = tls
        self.isTLSDisabled = isTLSDisabled
        self.apiKey = apiKey
        self.metadata = metadata
        self.keepAlive = keepAlive
        self.maximumMessageBytes = maximumMessageBytes
    }

    /// The TLS settings in effect: those given, the defaults if there is only a key, or none.
    var effectiveTLS: TLSOptions? {
        if isTLSDisabled { return nil }
        return tls ?? (apiKey == nil ? nil : TLSOptions())
    }
}

// The key and the metadata, which may hold another one, never reach a log.
extension ConnectionOptions: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        "\(address) (\(effectiveTLS.map(String.init(describing:)) ?? "plaintext")"
            + (apiKey == nil ? ")" : ", with an API key)")
    }

    public var debugDescription: String { description }

    public var customMirror: Mirror {
        Mirror(self, children: ["address": address, "tls": effectiveTLS as Any])
    }
}
