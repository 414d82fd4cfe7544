import CoreMetrics
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI

/// Counts and times calls to the service, one record for each attempt.
///
/// Names and labels are those of all Temporal SDKs: `temporal_request`, `temporal_request_failure`,
/// `temporal_request_latency`, and the same with `long_request` for calls that wait on purpose. Calls about one task queue
/// have its name as a label.
final class CallMetrics: Sendable {
    private struct Operation {
        let count: Counter
        let latency: Timer
        var failures: [RPCError.Code: Counter] = [:]
    }

    private struct Key: Hashable {
        let operation: String
        let isLong: Bool
        let taskQueue: String?
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
    ///   - request: What was asked.
    ///   - took: How long the attempt took.
    ///   - error: How it failed, or `nil`.
    func record(
        _ operation: String,
        _ kind: CallKind,
        _ request: some Message,
        took: Duration,
        error: RPCError.Code?
    ) {
        let factory = self.factory ?? MetricsSystem.factory
        // Without a metrics system nobody would learn of it.
        guard !(factory is NOOPMetricsHandler) else { return }
        let taskQueue = (request as? any TaskQueueRequest)?.taskQueueName
        let key = Key(operation: operation, isLong: kind.isLong, taskQueue: taskQueue)
        let name = kind.isLong ? "temporal_long_request" : "temporal_request"
        var labels = [("operation", operation), ("namespace", namespace)]
        if let taskQueue { labels.append(("task_queue", taskQueue)) }
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

/// A request about one task queue.
private protocol TaskQueueRequest {
    var taskQueue: APITaskQueue { get }
}

extension TaskQueueRequest {
    /// The name of the task queue. A worker's own queue counts for the one that its workers share.
    fileprivate var taskQueueName: String { taskQueue.normalName.isEmpty ? taskQueue.name : taskQueue.normalName }
}

extension APIPollWorkflowTaskQueueRequest: TaskQueueRequest {}
extension APIPollActivityTaskQueueRequest: TaskQueueRequest {}
extension APIPollNexusTaskQueueRequest: TaskQueueRequest {}
extension APIStartWorkflowExecutionRequest: TaskQueueRequest {}
extension APISignalWithStartWorkflowExecutionRequest: TaskQueueRequest {}
extension APIDescribeTaskQueueRequest: TaskQueueRequest {}
