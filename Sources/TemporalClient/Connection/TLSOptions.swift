import Foundation

/// How a connection is secured.
public struct TLSOptions: Sendable, Hashable {
    /// A certificate or key: PEM text or the path of a PEM file.
    public struct PEM: Sendable, Hashable {
        enum Source: Sendable, Hashable {
            case text(String)
            case file(String)
        }

        let source: Source

        /// PEM text.
        public static func text(_ text: String) -> PEM { PEM(source: .text(text)) }

        /// The path of a PEM file.
        ///
        /// It is read when the connection is described, and again whenever it is made anew: files that were replaced count from
        /// then on.
        public static func file(_ path: String) -> PEM { PEM(source: .file(path)) }

        /// The bytes of the PEM text.
        ///
        /// - Parameter role: What it is for, in error messages.
        /// - Throws: ``ConnectionOptionsError`` if there is no such file or nothing in it.
        func bytes(_ role: String) throws -> [UInt8] {
            switch source {
            case .text(let text):
                return Array(text.utf8)
            case .file(let path):
                do {
                    return Array(try Data(contentsOf: URL(filePath: path)))
                } catch {
                    throw ConnectionOptionsError(
                        "The \(role) cannot be read from '\(path)': check the path and the permissions.",
                        cause: error
                    )
                }
            }
        }
    }

    /// The certificate of this side and its key, for mutual TLS.
    public struct ClientIdentity: Sendable, Hashable {
        /// The certificate chain, the leaf first.
        public var certificate: PEM

        /// The private key of the leaf.
        public var privateKey: PEM

        /// Puts a certificate and its key together.
        ///
        /// - Parameters:
        ///   - certificate: The certificate chain, the leaf first.
        ///   - privateKey: The private key of the leaf.
        public init(certificate: PEM, privateKey: PEM) {
            self.certificate = certificate
            self.privateKey = privateKey
        }
    }

    /// The certificates that sign the server's. Default: those the system trusts.
    public var serverRootCertificates: PEM?

    /// The certificate of this side and its key, for mutual TLS. Default: none.
    public var clientIdentity: ClientIdentity?

    /// The name that the server's certificate must hold, in place of the host in the address. Default: the host.
    ///
    /// The server is asked for by this name, too.
    public var serverName: String?

    /// The name or number that the server's certificate must hold, whatever name the server is asked for by: for servers
    /// behind a proxy that looks at that. Default: the ``serverName``.
    public var verifiedName: String?

    /// Whether any certificate of the server will do. Default: false.
    ///
    /// - Warning: The connection is then encrypted, but who is at its other end is unknown.
    public var isServerVerificationDisabled: Bool

    /// Describes a secured connection.
    ///
    /// - Parameters:
    ///   - serverRootCertificates: The certificates that sign the server's; `nil` for those the system trusts.
    ///   - clientIdentity: The certificate of this side and its key, for mutual TLS.
    ///   - serverName: The name that the server's certificate must hold; `nil` for the host in the address.
    ///   - verifiedName: The name that the certificate must hold, if it is not the one that the server is asked for by.
    ///   - isServerVerificationDisabled: Whether any certificate of the server will do.
    public init(
        serverRootCertificates: PEM? = nil,
        clientIdentity: ClientIdentity? = nil,
        serverName: String? = nil,
        verifiedName: String? = nil,
        isServerVerificationDisabled: Bool = false
    ) {
        self.serverRootCertificates = serverRootCertificates
        self.clientIdentity = clientIdentity
        self.serverName = serverName
        self.verifiedName = verifiedName
        self.isServerVerificationDisabled = isServerVerificationDisabled
    }
}

// A private key never reaches a log.
extension TLSOptions: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var debugDescription: String { description }

    public var description: String {
        (clientIdentity == nil ? "TLS" : "mutual TLS")
            + (serverName.map { ", server name \($0)" } ?? "")
            + (verifiedName.map { ", verified as \($0)" } ?? "")
            + (serverRootCertificates == nil ? "" : ", own root certificates")
            + (isServerVerificationDisabled ? ", server not verified" : "")
    }

    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension TLSOptions.PEM: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var debugDescription: String { description }

    public var description: String {
        switch source {
        case .text: "PEM text"
        case .file(let path): "PEM file \(path)"
        }
    }

    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension TLSOptions.ClientIdentity: CustomStringConvertible {
    public var description: String { "certificate: \(certificate), key: \(privateKey)" }
}
