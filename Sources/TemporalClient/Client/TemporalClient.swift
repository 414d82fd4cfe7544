import Foundation
public import Logging
public import Temporal
import TemporalAPI

/// Starts workflows and talks to them, in one namespace of a Temporal Service.
///
/// A client is a value that costs little to make; several share one connection.
public struct TemporalClient: Sendable {
    /// The service, with deadlines, retries, metadata and metrics.
    public let service: any TemporalService

    /// The namespace that this client works in.
    public let namespace: String

    /// Who this client is, as the service shows it.
    public let identity: String

    /// What turns values into payloads and back.
    public let converter: PayloadConverter

    /// Where the client notes what it does.
    public let logger: Logger

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - service: The service, such as a ``GRPCConnection``.
    ///   - namespace: The namespace to work in.
    ///   - identity: Who this client is; `nil` for the process id and the name of the machine.
    ///   - converter: What turns values into payloads and back.
    ///   - logger: Where the client notes what it does; `nil` for a logger labelled `temporal.client`.
    public init(
        service: any TemporalService,
        namespace: String = "default",
        identity: String? = nil,
        converter: PayloadConverter = PayloadConverter(),
        logger: Logger? = nil
    ) {
        let logger = logger ?? Logger(label: "temporal.client")
        self.init(
            retrying: RetryingService(service, namespace: namespace, logger: logger),
            namespace: namespace,
            identity: identity,
            converter: converter,
            logger: logger
        )
    }

    /// Makes a client with a service that has its deadlines and retries already.
    package init(
        retrying service: RetryingService,
        namespace: String,
        identity: String? = nil,
        converter: PayloadConverter = PayloadConverter(),
        logger: Logger
    ) {
        self.service = service
        self.namespace = namespace
        self.identity = identity ?? Self.defaultIdentity
        self.converter = converter
        self.logger = logger
    }

    /// Connects to a service by gRPC and makes a client for it.
    ///
    /// The connection closes when nothing refers to it any more. To close it at a known time, or to share it, make a
    /// ``GRPCConnection`` first.
    ///
    /// - Parameters:
    ///   - address: The address of the service's frontend as `host:port`.
    ///   - namespace: The namespace to work in.
    /// - Returns: The client.
    /// - Throws: ``ConnectionOptionsError`` if the address is none, `RPCError` if the service cannot be reached.
    public static func connect(
        to address: String = "127.0.0.1:7233",
        namespace: String = "default"
    ) async throws -> TemporalClient {
        let connection = try await GRPCConnection.connect(ConnectionOptions(address: address))
        return TemporalClient(service: connection, namespace: namespace)
    }

    /// The process id and the name of the machine.
    package static let defaultIdentity =
        "\(ProcessInfo.processInfo.processIdentifier)@\(ProcessInfo.processInfo.hostName)"

    /// Turns failures into errors and back.
    var failureConverter: FailureConverter { FailureConverter() }
}
