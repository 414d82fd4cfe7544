import Logging
import Temporal
import TemporalAPI

/// What the service can do for workers of a namespace.
struct NamespaceCapabilities: Sendable {
    /// Whether it takes heartbeats of workers.
    var workerHeartbeats = false

    /// Whether it answers waiting polls when a worker says that it stops.
    var completesPollsOnShutdown = false

    /// Whether it advises on the number of polls.
    var pollerAutoscaling = false

    /// Whether the number of polls is to follow that advice in workers that choose nothing.
    var pollerAutoscalingIsStandard = false

    /// The largest payload and the largest memo that it takes, in bytes; 0 if it does not say.
    var sizeLimits = (payload: 0, memo: 0)

    /// Asks the service.
    ///
    /// - Parameters:
    ///   - namespace: The namespace.
    ///   - service: The service.
    ///   - logger: Where a service that does not say is noted.
    /// - Returns: What the service says; nothing beyond the basics if it does not.
    /// - Throws: `RPCError` if there is no such namespace, `CancellationError`.
    static func ask(
        about namespace: String,
        _ service: any TemporalService,
        _ logger: Logger
    ) async throws -> NamespaceCapabilities {
        var request = APIDescribeNamespaceRequest()
        request.namespace = namespace
        do {
            let response = try await service.call(.describeNamespace, request, options: .default)
            let capabilities = response.namespaceInfo.capabilities
            let limits = response.namespaceInfo.limits
            return NamespaceCapabilities(
                workerHeartbeats: capabilities.workerHeartbeats,
                completesPollsOnShutdown: capabilities.workerPollCompleteOnShutdown,
                // Who is told to follow the advice can count on it.
                pollerAutoscaling: capabilities.pollerAutoscaling || capabilities.pollerAutoscalingAutoEnroll,
                pollerAutoscalingIsStandard: capabilities.pollerAutoscalingAutoEnroll,
                sizeLimits: (Int(limits.blobSizeLimitError), Int(limits.memoSizeLimitError))
            )
        } catch let error as RPCError where error.code != .notFound && error.code != .invalidArgument {
            // Whoever may poll need not be allowed to ask this; a service that is down is waited for by the polls.
            logger.warning("The service does not tell what namespace '\(namespace)' can do: \(error)")
            return NamespaceCapabilities()
        }
    }
}
