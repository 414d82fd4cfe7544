import CoreMetrics
import Synchronization
import Temporal

/// The metrics of one worker, under the names that all Temporal SDKs have, with the labels `namespace` and `task_queue`.
///
/// Each metric is made once for each set of labels. Without a metrics system nothing is made at all.
final class WorkerMetrics: Sendable {
    private struct Key: Hashable {
        let name: String
        let first: String
        let second: String
        let third: String
    }

    private enum Handle: Sendable {
        case counter(Counter)
        case timer(Timer)
        case gauge(Gauge)
    }

    /// Where the metrics go.
    let factory: any MetricsFactory

    private let common: [(String, String)]
    private let handles = Mutex<[Key: Handle]>([:])

    /// Whether anybody takes the metrics.
    let isOn: Bool

    /// Prepares the metrics of a worker.
    ///
    /// - Parameters:
    ///   - factory: Where metrics go.
    ///   - namespace: The namespace of the worker.
    ///   - taskQueue: The task queue of the worker.
    init(factory: any MetricsFactory, namespace: String, taskQueue: String) {
        self.factory = factory
        self.isOn = !(factory is NOOPMetricsHandler)
        self.common = [("namespace", namespace), ("task_queue", taskQueue)]
    }

    /// Counts one.
    ///
    /// - Parameters:
    ///   - name: The name without the prefix `temporal_`.
    ///   - labels: At most three labels beyond those of the worker.
    func count(_ name: String, _ labels: (String, String)...) {
        guard isOn,
            case .counter(let counter) = handle(
                name,
                labels,
                make: { .counter(Counter(label: $0, dimensions: $1, factory: factory)) }
            )
        else { return }
        counter.increment()
    }

    /// Notes how long something took.
    ///
    /// - Parameters:
    ///   - name: The name without the prefix `temporal_`.
    ///   - duration: How long. Less than nothing counts as nothing: it comes of clocks that differ.
    ///   - labels: At most three labels beyond those of the worker.
    func time(_ name: String, _ duration: Duration, _ labels: (String, String)...) {
        guard isOn,
            case .timer(let timer) = handle(
                name,
                labels,
                make: { .timer(Timer(label: $0, dimensions: $1, factory: factory)) }
            )
        else { return }
        let (seconds, attoseconds) = max(duration, .zero).components
        let (nanoseconds, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        timer.recordNanoseconds(overflows ? .max : nanoseconds + attoseconds / 1_000_000_000)
    }

    /// Sets a value that goes up and down.
    ///
    /// - Parameters:
    ///   - name: The name without the prefix `temporal_`.
    ///   - value: The value.
    ///   - labels: At most three labels beyond those of the worker.
    func set(_ name: String, _ value: Double, _ labels: (String, String)...) {
        guard isOn,
            case .gauge(let gauge) = handle(
                name,
                labels,
                make: { .gauge(Gauge(label: $0, dimensions: $1, factory: factory)) }
            )
        else { return }
        gauge.record(value)
    }

    /// Where code of an activity records its own metrics.
    func factory(activity info: ActivityInfo) -> any MetricsFactory {
        guard isOn else { return factory }
        return LabelledMetricsFactory(
            factory,
            labels: common + [("activity_type", info.activityType), ("workflow_type", info.workflowType)]
        )
    }

    /// Where code of a Nexus operation records its own metrics.
    func factory(nexus info: NexusOperationInfo) -> any MetricsFactory {
        guard isOn else { return factory }
        return LabelledMetricsFactory(
            factory,
            labels: common + [("nexus_service", info.service), ("nexus_operation", info.operation)]
        )
    }

    private func handle(
        _ name: String,
        _ labels: [(String, String)],
        make: (String, [(String, String)]) -> Handle
    ) -> Handle {
        func value(_ index: Int) -> String { index < labels.count ? labels[index].1 : "" }
        let key = Key(name: name, first: value(0), second: value(1), third: value(2))
        return handles.withLock { handles in
            if let handle = handles[key] { return handle }
            let handle = make("temporal_" + name, common + labels)
            handles[key] = handle
            return handle
        }
    }
}

/// The numbers of slots of one kind of task.
struct SlotMetrics: Sendable {
    let metrics: WorkerMetrics
    let kind: SlotKind

    /// Notes how many slots are in use and how many are left, where that is known.
    func record(used: Int, available: Int?) {
        metrics.set("worker_task_slots_used", Double(used), ("worker_type", kind.description))
        guard let available else { return }
        metrics.set("worker_task_slots_available", Double(available), ("worker_type", kind.description))
    }
}
