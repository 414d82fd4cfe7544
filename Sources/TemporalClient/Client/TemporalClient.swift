public import CoreMetrics
import Foundation
public import Logging
public import Temporal
import TemporalAPI

/// Starts workflows and talks to them, in one namespace of a Temporal Service.
///
/// A client is a value that costs little to make; several share one connection.
public struct TemporalClient: Sendable {
    /// The service, with deadlines, retries, metadata and metrics, and with the codecs of ``dataConverter``.
    public internal(set) var service: any TemporalService

    /// The namespace that this client works in.
    public let namespace: String

    /// Who this client is, as the service shows it.
    public let identity: String

    /// What turns values and errors into what the service stores, and back.
    public let dataConverter: DataConverter

    /// Where the client notes what it does.
    public let logger: Logger

    /// What stands around calls; the first is the outermost.
    package let interceptors: [any ClientInterceptor]

    /// The sizes that the service refuses, once a worker has learnt them.
    package let errorLimits: PayloadErrorLimits

    /// Where metrics of the client and its workers go; `nil` for the process-wide system.
    package let metrics: (any MetricsFactory)?

    /// What has adjusted the client, and adjusts its workers.
    package private(set) var plugins: [any ClientPlugin] = []

    /// The workers that take on workflows which this client starts. Copies of the client share it.
    package let eagerStarts = EagerWorkflowStarts()

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - service: The service, such as a ``GRPCConnection``.
    ///   - namespace: The namespace to work in.
    ///   - identity: Who this client is; `nil` for the process id and the name of the machine.
    ///   - dataConverter: What turns values and errors into what the service stores, and back.
    ///   - interceptors: What stands around calls; the first is the outermost.
    ///   - payloadLimits: How large payloads may be before the log warns of them.
    ///   - retry: How failed calls are made again.
    ///   - logger: Where the client notes what it does; `nil` for a logger labelled `temporal.client`.
    ///   - metrics: Where metrics of the client and its workers go; `nil` for the process-wide system.
    ///   - plugins: What adjusts the client, and its workers; the first is asked first.
    public init(
        service: any TemporalService,
        namespace: String = "default",
        identity: String? = nil,
        dataConverter: DataConverter = DataConverter(),
        interceptors: [any ClientInterceptor] = [],
        payloadLimits: PayloadLimits = PayloadLimits(),
        retry: CallRetryOptions = CallRetryOptions(),
        logger: Logger? = nil,
        metrics: (any MetricsFactory)? = nil,
        plugins: [any ClientPlugin] = []
    ) {
        var options = ClientOptions(
            namespace: namespace,
            identity: identity,
            dataConverter: dataConverter,
            interceptors: interceptors,
            payloadLimits: payloadLimits,
            retry: retry,
            logger: logger ?? Logger(label: "temporal.client"),
            metrics: metrics
        )
        for plugin in plugins { plugin.configure(&options) }
        self.init(
            retrying: RetryingService(
                service,
                namespace: options.namespace,
                retry: options.retry,
                metrics: options.metrics,
                logger: options.logger
            ),
            namespace: options.namespace,
            identity: options.identity,
            dataConverter: options.dataConverter,
            interceptors: options.interceptors,
            payloadLimits: options.payloadLimits,
            logger: options.logger,
            metrics: options.metrics
        )
        self.plugins = plugins
    }

    /// Makes a client with a service that has its deadlines and retries already.
    package init(
        retrying service: RetryingService,
        namespace: String,
        identity: String? = nil,
        dataConverter: DataConverter = DataConverter(),
        interceptors: [any ClientInterceptor] = [],
        payloadLimits: PayloadLimits = PayloadLimits(),
        logger: Logger,
        metrics: (any MetricsFactory)? = nil
    ) {
        self.metrics = metrics
        let errorLimits = PayloadErrorLimits()
        let limited = PayloadLimitService(service, warnings: payloadLimits, errors: errorLimits, logger: logger)
        self.service = dataConverter.codecs.isEmpty ? limited : CodecService(limited, converter: dataConverter)
        self.namespace = namespace
        self.identity = identity ?? Self.defaultIdentity
        self.dataConverter = dataConverter
        self.logger = logger
        self.errorLimits = errorLimits
        self.interceptors = interceptors
    }

    /// The process id and the name of the machine.
    package static let defaultIdentity =
        "\(ProcessInfo.processInfo.processIdentifier)@\(ProcessInfo.processInfo.hostName)"

    /// Turns values into payloads and back.
    package var converter: PayloadConverter { dataConverter.payloadConverter }

    /// Turns the values of a workflow into payloads and back.
    func converter(ofWorkflow id: String) -> PayloadConverter {
        converter.with(SerializationContext(namespace: namespace, workflowID: id))
    }

    /// Turns failures into errors and back.
    package var failureConverter: FailureConverter { dataConverter.failureConverter }
}
