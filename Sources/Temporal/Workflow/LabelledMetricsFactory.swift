package import CoreMetrics

/// A metrics factory that adds labels to all it makes, and drops what is recorded while it is silent.
package struct LabelledMetricsFactory: MetricsFactory {
    private let base: any MetricsFactory
    private let labels: [(String, String)]
    private let isSilent: @Sendable () -> Bool

    /// Wraps a factory.
    ///
    /// - Parameters:
    ///   - base: Where metrics go.
    ///   - labels: What is added to the labels of each metric.
    ///   - isSilent: Whether what is recorded now is dropped. Default: never.
    package init(
        _ base: any MetricsFactory,
        labels: [(String, String)],
        isSilent: @escaping @Sendable () -> Bool = { false }
    ) {
        self.base = base
        self.labels = labels
        self.isSilent = isSilent
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        SilencedCounter(base.makeCounter(label: label, dimensions: labels + dimensions), isSilent)
    }

    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        SilencedFloatingPointCounter(
            base.makeFloatingPointCounter(label: label, dimensions: labels + dimensions),
            isSilent
        )
    }

    package func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        SilencedRecorder(
            base.makeRecorder(label: label, dimensions: labels + dimensions, aggregate: aggregate),
            isSilent
        )
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        SilencedMeter(base.makeMeter(label: label, dimensions: labels + dimensions), isSilent)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        SilencedTimer(base.makeTimer(label: label, dimensions: labels + dimensions), isSilent)
    }

    package func destroyCounter(_ handler: any CounterHandler) {
        base.destroyCounter((handler as? SilencedCounter)?.base ?? handler)
    }

    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {
        base.destroyFloatingPointCounter((handler as? SilencedFloatingPointCounter)?.base ?? handler)
    }

    package func destroyRecorder(_ handler: any RecorderHandler) {
        base.destroyRecorder((handler as? SilencedRecorder)?.base ?? handler)
    }

    package func destroyMeter(_ handler: any MeterHandler) {
        base.destroyMeter((handler as? SilencedMeter)?.base ?? handler)
    }

    package func destroyTimer(_ handler: any TimerHandler) {
        base.destroyTimer((handler as? SilencedTimer)?.base ?? handler)
    }
}

private final class SilencedCounter: CounterHandler {
    let base: any CounterHandler
    private let isSilent: @Sendable () -> Bool

    init(_ base: any CounterHandler, _ isSilent: @escaping @Sendable () -> Bool) {
        self.base = base
        self.isSilent = isSilent
    }

    func increment(by amount: Int64) { if !isSilent() { base.increment(by: amount) } }
    func reset() { if !isSilent() { base.reset() } }
}

private final class SilencedFloatingPointCounter: FloatingPointCounterHandler {
    let base: any FloatingPointCounterHandler
    private let isSilent: @Sendable () -> Bool

    init(_ base: any FloatingPointCounterHandler, _ isSilent: @escaping @Sendable () -> Bool) {
        self.base = base
        self.isSilent = isSilent
    }

    func increment(by amount: Double) { if !isSilent() { base.increment(by: amount) } }
    func reset() { if !isSilent() { base.reset() } }
}

private final class SilencedRecorder: RecorderHandler {
    let base: any RecorderHandler
    private let isSilent: @Sendable () -> Bool

    init(_ base: any RecorderHandler, _ isSilent: @escaping @Sendable () -> Bool) {
        self.base = base
        self.isSilent = isSilent
    }

    func record(_ value: Int64) { if !isSilent() { base.record(value) } }
    func record(_ value: Double) { if !isSilent() { base.record(value) } }
}

private final class SilencedMeter: MeterHandler {
    let base: any MeterHandler
    private let isSilent: @Sendable () -> Bool

    init(_ base: any MeterHandler, _ isSilent: @escaping @Sendable () -> Bool) {
        self.base = base
        self.isSilent = isSilent
    }

    func set(_ value: Int64) { if !isSilent() { base.set(value) } }
    func set(_ value: Double) { if !isSilent() { base.set(value) } }
    func increment(by amount: Double) { if !isSilent() { base.increment(by: amount) } }
    func decrement(by amount: Double) { if !isSilent() { base.decrement(by: amount) } }
}

private final class SilencedTimer: TimerHandler {
    let base: any TimerHandler
    private let isSilent: @Sendable () -> Bool

    init(_ base: any TimerHandler, _ isSilent: @escaping @Sendable () -> Bool) {
        self.base = base
        self.isSilent = isSilent
    }

    func recordNanoseconds(_ duration: Int64) { if !isSilent() { base.recordNanoseconds(duration) } }
    func preferDisplayUnit(_ unit: TimeUnit) { base.preferDisplayUnit(unit) }
}
