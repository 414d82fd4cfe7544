import NIOCore
import NIOSSL
import SwiftASN1
import X509

/// Checks the certificate of a server against a name that it was not asked for by.
struct ServerVerifier: Sendable {
    private let identity: ServerIdentity.Verified
    private let roots: CertificateStore

    /// Prepares a check.
    ///
    /// - Parameters:
    ///   - identity: What the certificate must hold.
    ///   - roots: The certificates that may sign it; `nil` for those the system trusts.
    /// - Throws: If a root cannot be read.
    init(_ identity: ServerIdentity.Verified, roots: [NIOSSLCertificate]?) throws {
        self.identity = identity
        self.roots = try roots.map { CertificateStore(try $0.map(Certificate.init(_:))) } ?? .systemTrustRoots
    }

    /// Checks what a server presents.
    func verify(_ presented: [NIOSSLCertificate], _ promise: EventLoopPromise<NIOSSLVerificationResult>) {
        promise.completeWithTask { try await isTrusted(presented) ? .certificateVerified : .failed }
    }

    private func isTrusted(_ presented: [NIOSSLCertificate]) async throws -> Bool {
        let chain = try presented.map(Certificate.init(_:))
        guard let leaf = chain.first else { return false }
        var verifier = Verifier(rootCertificates: roots) {
            RFC5280Policy()
            ServerUsagePolicy()
            switch identity {
            case .name(let name): ServerIdentityPolicy(serverHostname: name, serverIP: nil)
            case .number(let number): ServerIdentityPolicy(serverHostname: nil, serverIP: number)
            }
        }
        switch await verifier.validate(leaf: leaf, intermediates: CertificateStore(chain.dropFirst())) {
        case .validCertificate: return true
        case .couldNotValidate: return false
        }
    }
}

/// Wants the certificate of a server to be meant for servers, if it says what it is meant for.
private struct ServerUsagePolicy: VerifierPolicy {
    let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [.X509ExtensionID.extendedKeyUsage]

    mutating func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) -> PolicyEvaluationResult {
        do {
            guard let usage = try chain.leaf.extensions.extendedKeyUsage else { return .meetsPolicy }
            return usage.contains(.serverAuth) || usage.contains(.any)
                ? .meetsPolicy : .failsToMeetPolicy(reason: "The certificate is not meant for servers")
        } catch {
            return .failsToMeetPolicy(reason: "The usage of the certificate cannot be read: \(error)")
        }
    }
}

extension Certificate {
    fileprivate init(_ certificate: NIOSSLCertificate) throws {
        try self.init(derEncoded: certificate.toDERBytes())
    }
}
