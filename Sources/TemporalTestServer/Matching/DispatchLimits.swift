import TemporalAPI

/// What limits the tasks of a task queue now: what was set by an operator, or else by the worker that polled last.
struct DispatchLimits {
    /// How many tasks a second the whole queue hands out; `nil` for no limit.
    let rate: Double?

    /// Who has set ``rate``.
    let source: APIRateLimitSource

    private let keyRate: Double?
    private let weights: [String: Float]

    /// The limits of a task queue.
    init(of queue: TaskQueue?, config: APITaskQueueConfig?) {
        if let config, config.hasQueueRateLimit, config.queueRateLimit.hasRateLimit {
            rate = Double(config.queueRateLimit.rateLimit.requestsPerSecond)
            source = .api
        } else if let workerRate = queue?.workerRate {
            rate = workerRate
            source = .worker
        } else {
            rate = nil
            source = .system
        }
        let keyLimit = config?.fairnessKeysRateLimitDefault
        keyRate = keyLimit?.hasRateLimit == true ? keyLimit.map { Double($0.rateLimit.requestsPerSecond) } : nil
        weights = config?.fairnessWeightOverrides ?? [:]
    }

    private func keyRate(for priority: TaskPriority) -> Double? {
        keyRate.map { $0 * Double(weights[priority.fairnessKey] ?? priority.weight) }
    }

    /// From when on a task may be handed out; `nil` if nothing limits it.
    func readyTime(for priority: TaskPriority, in queue: TaskQueue) -> Moment? {
        let times = [
            rate.map { $0 > 0 ? queue.limit.ready : DispatchLimit.never },
            keyRate.map { $0 > 0 ? queue.keyLimits[priority.fairnessKey]?.ready ?? Moment(nanoseconds: 0) : .max },
        ]
        return times.compactMap { $0 }.max()
    }

    /// Notes that a task is handed out.
    func consume(for priority: TaskPriority, in queue: TaskQueue, at now: Moment) {
        if let rate { queue.limit.consume(at: now, rate: rate) }
        if let rate = keyRate(for: priority) {
            queue.keyLimits[priority.fairnessKey, default: DispatchLimit()].consume(at: now, rate: rate)
        }
    }

    /// Takes over the limits, which have changed.
    func clip(_ queue: TaskQueue, at now: Moment) {
        if let rate { queue.limit.clip(at: now, rate: rate) } else { queue.limit = DispatchLimit() }
        guard let keyRate else {
            queue.keyLimits = [:]
            return
        }
        for key in queue.keyLimits.keys { queue.keyLimits[key]?.clip(at: now, rate: keyRate) }
    }
}

extension Moment {
    /// Stands for a time that does not come.
    fileprivate static let max = DispatchLimit.never
}
