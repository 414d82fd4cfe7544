public import CoreMetrics
public import Logging
public import Temporal

extension TemporalClient {
    /// Connects to a service by gRPC and makes a client for it.
    ///
    /// The connection closes when nothing refers to it any more. To close it at a known time, or to share it, make a
    /// ``GRPCConnection`` first.
    ///
    /// - Parameters:
    ///   - address: The address of the service's frontend as `host:port`.
    ///   - namespace: The namespace to work in.
    ///   - plugins: What adjusts the connection, the client, and its workers; the first is asked first.
    /// - Returns: The client.
    /// - Throws: ``ConnectionOptionsError`` if the address is none, `RPCError` if the service cannot be reached.
    public static func connect(
        to address: String = "127.0.0.1:7233",
        namespace: String = "default",
        plugins: [any ClientPlugin] = []
    ) async throws -> TemporalClient {
        let connection = try await connect(ConnectionOptions(address: address), plugins)
        return TemporalClient(service: connection, namespace: namespace, plugins: plugins)
    }

    private static func connect(
        _ options: ConnectionOptions,
        _ plugins: [any ClientPlugin]
    ) async throws -> GRPCConnection {
        var options = options
        for plugin in plugins { try await plugin.configure(&options) }
        return try await GRPCConnection.connect(options)
    }

    /// Connects as a profile says, and makes a client for its namespace.
    ///
    /// ```swift
    /// let client = try await TemporalClient.connect(profile: .load())
    /// ```
    ///
    /// - Parameters:
    ///   - profile: The profile, such as what the configuration file and the environment say. Without a namespace in it, the
    ///     client works in `default`.
    ///   - identity: Who the client is; `nil` for the process id and the name of the machine.
    ///   - dataConverter: What turns values and errors into what the service stores, and back.
    ///   - interceptors: What stands around calls; the first is the outermost.
    ///   - logger: Where the client notes what it does; `nil` for a logger labelled `temporal.client`.
    ///   - metrics: Where metrics of the client and its workers go; `nil` for the process-wide system.
    ///   - plugins: What adjusts the connection, the client, and its workers; the first is asked first.
    /// - Returns: The client.
    /// - Throws: ``ConnectionOptionsError`` if the profile is wrong in itself, `RPCError` if the service cannot be reached.
    public static func connect(
        profile: ClientProfile,
        identity: String? = nil,
        dataConverter: DataConverter = DataConverter(),
        interceptors: [any ClientInterceptor] = [],
        logger: Logger? = nil,
        metrics: (any MetricsFactory)? = nil,
        plugins: [any ClientPlugin] = []
    ) async throws -> TemporalClient {
        TemporalClient(
            service: try await connect(profile.connectionOptions(), plugins),
            namespace: profile.effectiveNamespace,
            identity: identity,
            dataConverter: dataConverter,
            interceptors: interceptors,
            logger: logger,
            metrics: metrics,
            plugins: plugins
        )
    }

    /// This client with options for each of its calls, such as a deadline or metadata. Handles that it makes have them, too.
    ///
    /// ```swift
    /// let impatient = client.with(CallOptions(timeout: .seconds(2), retries: false))
    /// let description = try await impatient.workflowHandle(id: "order-1").describe()
    /// ```
    ///
    /// It is not meant for workers: the deadline would cut their polls short.
    ///
    /// - Parameter options: What counts for calls where nothing else is said. They are added to those there are.
    /// - Returns: A client on the same connection.
    public func with(_ options: CallOptions) -> TemporalClient {
        var client = self
        client.service = CallOptionsService(base: service, options: options)
        return client
    }
}

extension ClientProfile {
    /// The namespace to work in: that of the profile, or `default`.
    public var effectiveNamespace: String { namespace.flatMap { $0.isEmpty ? nil : $0 } ?? "default" }
}
