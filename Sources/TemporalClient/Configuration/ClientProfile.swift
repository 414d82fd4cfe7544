import Foundation

/// How to reach a Temporal Service: settings under a name, in a file that all Temporal SDKs and the `temporal` command
/// line read.
///
/// ```swift
/// let client = try await TemporalClient.connect(profile: .load())
/// ```
///
/// A setting is `nil` if neither file nor environment has it. Printed, a profile shows no secrets.
public struct ClientProfile: Sendable, Hashable {
    /// The address of the service's frontend as `host:port`.
    public var address: String?

    /// The namespace to work in.
    public var namespace: String?

    /// The key that is sent with every call. It turns TLS on, unless ``tls-swift.property`` says otherwise.
    public var apiKey: String?

    /// The name that the service is called by in every call, in place of that in the address.
    public var authority: String?

    /// Whether and how to secure the connection.
    public var tls: TLS?

    /// Where a codec is that decodes payloads for people. Programs have codecs of their own in their data converter.
    public var codec: Codec?

    /// Metadata sent with every call. Names are in lower case, with hyphens.
    public var metadata: [String: String]

    /// How to secure a connection.
    public struct TLS: Sendable, Hashable {
        /// Whether TLS is off although there are other settings or an API key; `nil` if nothing is said, and then it is on.
        public var isDisabled: Bool?

        /// The certificate of this side, for mutual TLS.
        public var clientCertificate: TLSOptions.PEM?

        /// The private key of the certificate of this side.
        public var clientPrivateKey: TLSOptions.PEM?

        /// The certificates that sign the server's, in place of those the system trusts.
        public var serverRootCertificates: TLSOptions.PEM?

        /// The name that the server's certificate must hold, in place of that in the address.
        public var serverName: String?

        /// Whether any certificate of the server will do, which protects against nobody on the way.
        public var isServerVerificationDisabled: Bool

        /// Describes how to secure a connection.
        ///
        /// - Parameters:
        ///   - isDisabled: Whether TLS is off; `nil` if nothing is said.
        ///   - clientCertificate: The certificate of this side.
        ///   - clientPrivateKey: Its private key.
        ///   - serverRootCertificates: The certificates that sign the server's.
        ///   - serverName: The name that the server's certificate must hold.
        ///   - isServerVerificationDisabled: Whether any certificate of the server will do.
        public init(
            isDisabled: Bool? = nil,
            clientCertificate: TLSOptions.PEM? = nil,
            clientPrivateKey: TLSOptions.PEM? = nil,
            serverRootCertificates: TLSOptions.PEM? = nil,
            serverName: String? = nil,
            isServerVerificationDisabled: Bool = false
        ) {
            self.isDisabled = isDisabled
            self.clientCertificate = clientCertificate
            self.clientPrivateKey = clientPrivateKey
            self.serverRootCertificates = serverRootCertificates
            self.serverName = serverName
            self.isServerVerificationDisabled = isServerVerificationDisabled
        }
    }

    /// Where a codec for payloads is.
    public struct Codec: Sendable, Hashable {
        /// The address of the codec, a URL.
        public var endpoint: String?

        /// What is sent to it as authorization.
        public var authorization: String?

        /// Describes where a codec is.
        ///
        /// - Parameters:
        ///   - endpoint: Its address, a URL.
        ///   - authorization: What is sent to it as authorization.
        public init(endpoint: String? = nil, authorization: String? = nil) {
            self.endpoint = endpoint
            self.authorization = authorization
        }
    }

    /// Describes how to reach a service.
    ///
    /// - Parameters:
    ///   - address: The address of the service's frontend as `host:port`.
    ///   - namespace: The namespace to work in.
    ///   - apiKey: The key that is sent with every call.
    ///   - authority: The name that the service is called by in every call.
    ///   - tls: Whether and how to secure the connection.
    ///   - codec: Where a codec is.
    ///   - metadata: Metadata sent with every call, names in lower case and with hyphens.
    public init(
        address: String? = nil,
        namespace: String? = nil,
        apiKey: String? = nil,
        authority: String? = nil,
        tls: TLS? = nil,
        codec: Codec? = nil,
        metadata: [String: String] = [:]
    ) {
        self.address = address
        self.namespace = namespace
        self.apiKey = apiKey
        self.authority = authority
        self.tls = tls
        self.codec = codec
        self.metadata = metadata
    }

    /// A name of metadata as it is sent: in lower case, with hyphens for underscores.
    static func metadataName(_ name: some StringProtocol) -> String { name.lowercased().replacing("_", with: "-") }
}

extension ClientProfile {
    /// The connection that the profile describes. What it does not say has the defaults of ``ConnectionOptions``; empty
    /// texts say nothing. The end of a line after the key, as files of secrets have it, is no part of the key.
    ///
    /// - Throws: ``ConnectionOptionsError`` if there is a certificate without its key, or a key without its certificate.
    public func connectionOptions() throws -> ConnectionOptions {
        var options = ConnectionOptions()
        if let address = address?.orNilIfEmpty { options.address = address }
        options.apiKey = apiKey?.trimmingCharacters(in: .newlines).orNilIfEmpty
        options.authority = authority?.orNilIfEmpty
        options.metadata = metadata
        guard let tls else { return options }
        if tls.isDisabled == true {
            options.isTLSDisabled = true
        } else {
            options.tls = try tls.options()
        }
        return options
    }
}

extension ClientProfile.TLS {
    fileprivate func options() throws -> TLSOptions {
        var options = TLSOptions(
            serverRootCertificates: serverRootCertificates?.orNilIfEmpty,
            serverName: serverName?.orNilIfEmpty
        )
        options.isServerVerificationDisabled = isServerVerificationDisabled
        switch (clientCertificate?.orNilIfEmpty, clientPrivateKey?.orNilIfEmpty) {
        case (nil, nil): break
        case (let certificate?, let key?):
            options.clientIdentity = TLSOptions.ClientIdentity(certificate: certificate, privateKey: key)
        case (.some, nil), (nil, .some):
            throw ConnectionOptionsError(
                "Mutual TLS needs a certificate and its private key: set client_cert_path and client_key_path in the profile "
                    + "(or _data), or TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH."
            )
        }
        return options
    }
}

extension String {
    fileprivate var orNilIfEmpty: String? { isEmpty ? nil : self }
}

extension TLSOptions.PEM {
    fileprivate var orNilIfEmpty: TLSOptions.PEM? {
        switch source {
        case .text(let text), .file(let text): text.isEmpty ? nil : self
        }
    }
}

// Keys and metadata never reach a log.
extension ClientProfile: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        [
            address.map { "address: \($0)" }, namespace.map { "namespace: \($0)" }, apiKey.map { _ in "an API key" },
            authority.map { "authority: \($0)" }, tls.map { "TLS: \($0)" }, codec.map { "codec: \($0)" },
            metadata.isEmpty ? nil : "metadata: \(metadata.keys.sorted().joined(separator: ", "))",
        ].compactMap { $0 }.joined(separator: ", ")
    }

    public var debugDescription: String { description }

    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension ClientProfile.TLS: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String {
        let parts: [String?] = [
            isDisabled.map { $0 ? "off" : "on" }, clientCertificate.map { "client certificate: \($0)" },
            clientPrivateKey.map { "client key: \($0)" }, serverRootCertificates.map { "roots: \($0)" },
            serverName.map { "server name: \($0)" }, isServerVerificationDisabled ? "server not verified" : nil,
        ]
        return "(\(parts.compactMap { $0 }.joined(separator: ", ")))"
    }

    public var debugDescription: String { description }
}

extension ClientProfile.Codec: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { (endpoint ?? "none") + (authorization == nil ? "" : ", with authorization") }

    public var debugDescription: String { description }

    public var customMirror: Mirror { Mirror(self, children: []) }
}
