import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Makes the TLS side of new connections, with what the files of certificates say at that time.
final class TLSContexts: Sendable {
    /// What certificates and keys say.
    private struct Material: Equatable {
        var roots: [UInt8]?
        var certificate: [UInt8]?
        var key: [UInt8]?
    }

    private struct Made {
        let material: Material
        let context: NIOSSLContext
        /// The roots, where this side checks the server's certificate by itself.
        let verifier: ServerVerifier?
    }

    private let options: TLSOptions
    private let identity: ServerIdentity
    private let made: Mutex<Made>

    /// Reads certificates and keys for the first time.
    ///
    /// - Throws: ``ConnectionOptionsError`` if they cannot be used.
    init(_ options: TLSOptions, host: HostAndPort, isTunnelled: Bool) throws {
        self.options = options
        let identity = ServerIdentity(options, host: host, isTunnelled: isTunnelled)
        self.identity = identity
        let material = try Self.material(options)
        self.made = Mutex(try Self.make(options, identity, material))
    }

    /// Makes the handler of a new connection. Files are read again, apart from the event loop.
    func makeHandler(on eventLoop: any EventLoop) -> EventLoopFuture<NIOLoopBound<NIOSSLClientHandler>> {
        let made: EventLoopFuture<Made>
        if options.hasFiles {
            made = NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { try self.current() }
        } else {
            made = eventLoop.makeSucceededFuture(self.made.withLock { $0 })
        }
        return made.flatMapThrowing { [identity] made in
            let handler: NIOSSLClientHandler
            if let verifier = made.verifier {
                handler = try NIOSSLClientHandler(
                    context: made.context,
                    serverHostname: identity.requestedName,
                    customVerificationCallback: { verifier.verify($0, $1) }
                )
            } else {
                handler = try NIOSSLClientHandler(context: made.context, serverHostname: identity.requestedName)
            }
            return NIOLoopBound(handler, eventLoop: eventLoop)
        }
    }

    /// What counts now. It is made anew only if a file says something else than before, as that takes a while.
    private func current() throws -> Made {
        let material = try Self.material(options)
        let known = made.withLock { $0 }
        if known.material == material { return known }
        let fresh = try Self.make(options, identity, material)
        made.withLock { $0 = fresh }
        return fresh
    }

    private static func material(_ options: TLSOptions) throws -> Material {
        Material(
            roots: try options.serverRootCertificates?.bytes("file of server root certificates"),
            certificate: try options.clientIdentity?.certificate.bytes("client certificate"),
            key: try options.clientIdentity?.privateKey.bytes("client private key")
        )
    }

    private static func make(_ options: TLSOptions, _ identity: ServerIdentity, _ material: Material) throws -> Made {
        do {
            var config = TLSConfiguration.makeClientConfiguration()
            config.minimumTLSVersion = .tlsv12
            config.applicationProtocols = ["h2"]
            if let certificate = material.certificate, let key = material.key {
                config.certificateChain = try NIOSSLCertificate.fromPEMBytes(certificate).map { .certificate($0) }
                config.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
            }
            let roots = try material.roots.map(NIOSSLCertificate.fromPEMBytes)
            if let roots {
                guard !roots.isEmpty else { throw NoCertificates() }
                config.trustRoots = .certificates(roots)
            }
            if options.isServerVerificationDisabled {
                config.certificateVerification = .none
            } else if identity.verified != nil {
                // Our own check knows another name than the one that is asked for.
                config.certificateVerification = .noHostnameVerification
            }
            return Made(
                material: material,
                context: try NIOSSLContext(configuration: config),
                verifier: try identity.verified.map { try ServerVerifier($0, roots: roots) }
            )
        } catch {
            throw ConnectionOptionsError(
                "TLS cannot be used as described: check that the root certificates, the client certificate and its private key "
                    + "are valid PEM and belong together.",
                cause: error
            )
        }
    }

    private struct NoCertificates: Error, CustomStringConvertible {
        let description = "there is no root certificate"
    }
}

/// Who the server must be.
struct ServerIdentity: Equatable {
    /// A name or a number in a certificate.
    enum Verified: Sendable, Equatable {
        case name(String)
        case number(String)
    }

    /// The name that the server is asked for by (SNI), which is verified, too, unless there is another. Numbers are no names.
    let requestedName: String?

    /// What this side verifies by itself, where the TLS implementation cannot: it knows the requested name, and without one
    /// the number that the connection goes to.
    let verified: Verified?

    /// Derives it from the options.
    ///
    /// - Parameters:
    ///   - options: The options.
    ///   - host: The address of the service.
    ///   - isTunnelled: Whether the connection goes to a proxy, whose number tells nothing of the service.
    init(_ options: TLSOptions, host: HostAndPort, isTunnelled: Bool) {
        func isNumber(_ name: String) -> Bool { (try? SocketAddress(ipAddress: name, port: 0)) != nil }
        func identity(_ name: String) -> Verified { isNumber(name) ? .number(name) : .name(name) }
        let asked = options.serverName ?? host.host
        requestedName = isNumber(asked) ? nil : asked
        if options.isServerVerificationDisabled {
            verified = nil
        } else if let name = options.verifiedName {
            verified = name == requestedName ? nil : identity(name)
        } else if isNumber(asked), isTunnelled || asked != host.host {
            verified = .number(asked)
        } else {
            verified = nil
        }
    }
}

extension TLSOptions {
    /// Whether anything is in files, which may change.
    fileprivate var hasFiles: Bool {
        [serverRootCertificates, clientIdentity?.certificate, clientIdentity?.privateKey].contains {
            if case .file = $0?.source { true } else { false }
        }
    }
}
