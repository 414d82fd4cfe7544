import CoreMetrics
import Synchronization
import Temporal

/// Counts and times calls to the service, one record for each attempt.
///
/// Names and labels are those of all Temporal SDKs: `temporal_request`, `temporal_request_failure`,
/// `temporal_request_latency`, and the same with `long_request` for calls that wait on purpose.
final class CallMetrics: Sendable {
    private struct Operation {
        let count: Counter
        let latency: Timer
        var failures: [RPCError.Code: Counter] = [:]
    }

    private struct Key: Hashable {
        let operation: String
        let isLong: Bool
    }

    private let namespace: String
    private let factory: (any MetricsFactory)?
    private let operations = Mutex<[Key: Operation]>([:])

    /// Prepares the metrics of calls in a namespace.
    init(namespace: String, factory: (any MetricsFactory)?) {
        self.namespace = namespace
        self.factory = factory
    }

    /// Notes one attempt.
    ///
    /// - Parameters:
    ///   - operation: The name of the RPC.
    ///   - kind: The kind of the call.
    ///   - took: How long the attempt took.
    ///   - error: How it failed, or `nil`.
    func record(_ operation: String, _ kind: CallKind, took: Duration, error: RPCError.Code?) {
        let factory = self.factory ?? MetricsSystem.factory
        // Without a metrics system nobody would learn of it.
        guard !(factory is NOOPMetricsHandler) else { return }
        let key = Key(operation: operation, isLong: kind.isLong)
        let name = kind.isLong ? "temporal_long_request" : "temporal_request"
        let labels = [("operation", operation), ("namespace", namespace)]
        let (count, latency, failure) = operations.withLock { operations in
            var entry =
                operations[key]
                ?? Operation(
                    count: Counter(label: name, dimensions: labels, factory: factory),
                    latency: Timer(label: name + "_latency", dimensions: labels, factory: factory)
                )
            var failure: Counter?
            if let error {
                failure =
                    entry.failures[error]
                    ?? Counter(
                        label: name + "_failure",
                        dimensions: labels + [("status_code", error.name)],
                        factory: factory
                    )
                entry.failures[error] = failure
            }
            operations[key] = entry
            return (entry.count, entry.latency, failure)
        }
        count.increment()
        failure?.increment()
        let (seconds, attoseconds) = took.components
        latency.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
