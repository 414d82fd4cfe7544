import GRPCCore
import SwiftProtobuf
import Temporal
import TemporalAPI

extension Temporal.RPCError {
    /// The error of a call, with the typed details that the server attached.
    ///
    /// - Parameters:
    ///   - error: What gRPC said.
    ///   - method: The RPC that was called.
    ///   - address: Where the service is, for what to check when it cannot be reached.
    init(_ error: GRPCCore.RPCError, method: String, address: String) {
        let status = error.metadata[binaryValues: "grpc-status-details-bin"].lazy
            .compactMap { try? APIStatus(serializedBytes: $0) }
            .first
        var code = Code(rawValue: error.code.rawValue) ?? .unknown
        var message = error.message
        if code == .internalError, message.contains("exceeded the configured maximum payload size") {
            // The transport calls a response that is too large an internal error, which would be tried again in vain.
            code = .resourceExhausted
        } else if code == .unavailable, status == nil {
            let reason = error.message + (error.cause.map { ": \($0)" } ?? "")
            if Self.connectionFailures.contains(where: error.message.contains) {
                message =
                    "\(method) did not reach the Temporal Service at \(address): \(Self.advice(reason)). (\(reason))"
            } else if Self.brokenConnections.contains(where: error.message.contains) {
                message = "The connection to the Temporal Service at \(address) broke during \(method). (\(reason))"
            }
        }
        self.init(code: code, message: message, details: status?.details ?? [], cause: error.cause)
    }

    // gRPC has one code for all of these and for a server that says so itself, so that the texts must tell.
    fileprivate static let connectionFailures = [
        "Could not establish a connection", "before completing the HTTP/2", "Failed to resolve", "hannel isn't ready",
        "hannel isn't connected", "transient failure state",
    ]

    private static let brokenConnections = [
        "Stream unexpectedly closed", "onnection closed", "ubchannel", "hannel is shutdown", "hannel is closed",
    ]

    /// What to check, by what went wrong below.
    private static func advice(_ reason: String) -> String {
        let known = [
            ("407 ", "the HTTP proxy wants other credentials, set them in the proxy of the connection's options"),
            ("HTTP proxy at", "the HTTP proxy did not let it through, check its address and what it allows"),
            ("Name or service not known", "the name of the host is unknown, check its spelling"),
            ("Failed to resolve", "the name of the host cannot be resolved, check its spelling and the network"),
            (
                "CERTIFICATE_VERIFY_FAILED",
                "its certificate is not trusted, check serverRootCertificates and verifiedName in the TLS options"
            ),
            (
                "failedToValidateHostname",
                "its certificate is for another name, set serverName or verifiedName in the TLS options"
            ),
            ("CERTIFICATE_REQUIRED", "it asks for a client certificate, set clientIdentity in the TLS options"),
            ("ALERT_BAD_CERTIFICATE", "it refuses the client certificate in the TLS options"),
            ("ALERT_UNKNOWN_CA", "it does not trust the root of the client certificate in the TLS options"),
            ("stayed silent", "it does not speak HTTP/2, check that the port is that of the service's frontend"),
            ("WRONG_VERSION_NUMBER", "it speaks no TLS on this port, leave out the TLS options"),
            ("before completing the HTTP/2", "it closed the connection at once, it probably wants TLS"),
            ("Connection refused", "nothing listens there, check that the server runs and that the port is right"),
        ]
        return known.first { reason.contains($0.0) }?.1
            ?? "check that the server runs, and that host, port and TLS options are right"
    }
}

extension GRPCCore.RPCError {
    /// Whether a call failed before the service began with it: there was no connection to make it on, or the stream was
    /// refused, which a server does only to what it has not looked at (RFC 9113, 8.7).
    var isBeforeCall: Bool {
        code == .unavailable
            && (Temporal.RPCError.connectionFailures.contains(where: message.contains)
                || message.contains("refused stream"))
    }
}
