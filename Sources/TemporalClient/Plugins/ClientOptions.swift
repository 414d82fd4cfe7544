public import CoreMetrics
public import Logging
public import Temporal

/// What a client is made with, for plugins to change.
public struct ClientOptions: Sendable {
    /// The namespace to work in.
    public var namespace: String

    /// Who the client is; `nil` for the process id and the name of the machine.
    public var identity: String?

    /// What turns values and errors into what the service stores, and back.
    public var dataConverter: DataConverter

    /// What stands around calls; the first is the outermost.
    public var interceptors: [any ClientInterceptor]

    /// How large payloads may be before the log warns of them.
    public var payloadLimits: PayloadLimits

    /// How failed calls are made again.
    public var retry: CallRetryOptions

    /// Where the client notes what it does.
    public var logger: Logger

    /// Where metrics of the client and its workers go; `nil` for the process-wide system.
    public var metrics: (any MetricsFactory)?
}
