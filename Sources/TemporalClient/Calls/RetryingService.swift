package import CoreMetrics
package import Logging
package import Temporal
package import TemporalAPI

/// A service with all that a caller's side adds: deadlines, metadata, retries, metrics.
package struct RetryingService: TemporalService {
    /// The service without the additions.
    package let base: any TemporalService

    private let metadata: CallMetadata
    private let retry: CallRetry
    private let timing: CallTiming
    private let metrics: CallMetrics
    private let logger: Logger

    /// Adds deadlines, metadata, retries and metrics to a service.
    ///
    /// - Parameters:
    ///   - base: The service. One that has the additions already is unwrapped first, so that they are not there twice.
    ///   - namespace: The namespace that calls are made in.
    ///   - retry: How calls that are answered at once are made again.
    ///   - timing: The clock and the chance of retries.
    ///   - metrics: Where metrics go; `nil` for the process-wide system.
    ///   - logger: Where retries are noted.
    package init(
        _ base: any TemporalService,
        namespace: String,
        retry: CallRetryOptions = CallRetryOptions(),
        timing: CallTiming = .system,
        metrics: (any MetricsFactory)? = nil,
        logger: Logger
    ) {
        self.base = (base as? RetryingService)?.base ?? base
        self.metadata = CallMetadata(namespace: namespace)
        self.retry = retry.retry
        self.timing = timing
        self.metrics = CallMetrics(namespace: namespace, factory: metrics)
        self.logger = logger
    }

    package func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        let kind = CallKind(method: method.name, request: request)
        var options = options
        options.timeout = options.timeout ?? kind.timeout
        options.metadata = metadata.all(method: method.name, own: options.metadata)
        let start = timing.now()
        // A call that waits for something may have waited long before the service went away, which says nothing of how long
        // it is away.
        var failingSince = kind.isLong ? nil : start
        var attempt = 1
        while true {
            let attemptStart = timing.now()
            do {
                let response = try await base.call(method, request, options: options)
                metrics.record(method.name, kind, request, took: timing.now() - attemptStart, error: nil)
                return response
            } catch let error as RPCError {
                let now = timing.now()
                metrics.record(method.name, kind, request, took: now - attemptStart, error: error.code)
                try Task.checkCancellation()
                let since = failingSince ?? now
                failingSince = since
                let wait = (kind.retry ?? retry).wait(
                    after: error,
                    attempt: attempt,
                    elapsed: now - since,
                    random: timing.random()
                )
                guard options.retries, let wait else { throw error }
                note(error, method.name, attempt: attempt, wait: wait)
                try await timing.sleep(wait)
                attempt += 1
            }
        }
    }

    private func note(_ error: RPCError, _ method: String, attempt: Int, wait: Duration) {
        // The first failures of a call are everyday; one that goes on failing is worth knowing.
        let level: Logger.Level = attempt > 15 ? .error : attempt > 5 ? .warning : .debug
        logger.log(
            level: level,
            "A call to the Temporal Service failed and is tried again.",
            metadata: [
                "operation": "\(method)", "attempt": "\(attempt)", "error": "\(error)", "retry_in": "\(wait)",
            ]
        )
    }
}
