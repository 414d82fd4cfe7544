import Foundation
import OrderedCollections
import SwiftProtobuf
import Temporal
import TemporalAPI

/// What operators see of task queues, and set for them.
extension Engine {
    private static let systemRate = 100_000.0
    private static let longestText = 1000
    private static let longestFairnessKey = 64
    private static let mostWeights = 1000

    /// Tells of one task queue: who polls it, what waits in it, and what limits it.
    func describe(_ request: APIDescribeTaskQueueRequest) throws -> APIDescribeTaskQueueResponse {
        _ = try namespace(request.namespace)
        try TaskQueueRules.check(request.hasTaskQueue ? request.taskQueue : nil)
        let key = QueueKey(namespace: request.namespace, name: request.taskQueue.name, type: request.taskQueueType)
        if request.apiMode == .enhanced {
            let versions = try versionsInfo(request)
            return .with { $0.versionsInfo = versions }
        }
        readClock()
        let queue = queues[key]
        let limits = DispatchLimits(of: queue, config: taskQueueConfigs[key])
        return .with { response in
            response.pollers = pollers(of: key)
            let stats = statsByPriority(of: key)
            if request.includeTaskQueueStatus {
                response.taskQueueStatus = .with {
                    $0.backlogCountHint = stats.total.approximateBacklogCount
                    $0.ratePerSecond = limits.rate ?? Self.systemRate
                }
            }
            if request.reportStats {
                response.stats = stats.total
                response.statsByPriorityKey = stats
            }
            if request.reportConfig, let config = taskQueueConfigs[key] { response.config = config }
            response.effectiveRateLimit = .with {
                $0.requestsPerSecond = Float(limits.rate ?? Self.systemRate)
                $0.rateLimitSource = limits.source
            }
            if request.taskQueue.kind != .sticky { response.versioningInfo = versioningInfo(of: key) }
        }
    }

    /// What waits in a task queue, and how fast it goes, by priority.
    ///
    /// - Parameters:
    ///   - key: The task queue.
    ///   - version: The version that counts: the tasks that are for its workers, and what those have taken; `nil` for
    ///     workers without one. Default: all.
    func statsByPriority(of key: QueueKey, version: WorkerDeploymentVersion?? = .none) -> [Int32: APITaskQueueStats] {
        // The priority of tasks that have none is always told.
        var stats = [TaskPriority.standardKey: APITaskQueueStats.with { $0.approximateBacklogAge = Span.zero.proto }]
        guard let queue = queues[key] else { return stats }
        readClock()
        let waiting = queue.tasks.ordered.filter { entry in
            guard isLive(entry.task) else { return false }
            return version.map { destination(of: entry.task, in: key).version == $0 } ?? true
        }
        for (priority, entries) in Dictionary(grouping: waiting, by: \.priority.key) {
            stats[priority, default: .init()].approximateBacklogCount = Int64(entries.count)
            let oldest = entries.compactMap { scheduledTime(of: $0.task) }.min()
            stats[priority]?.approximateBacklogAge = (oldest.map { max(.zero, now - $0) } ?? .zero).proto
        }
        for (priority, rates) in queue.meters.rates(of: version, at: now) {
            stats[priority, default: .with { $0.approximateBacklogAge = Span.zero.proto }].tasksAddRate = rates.added
            stats[priority]?.tasksDispatchRate = rates.dispatched
        }
        let isHolding = queue.meters.isHolding(at: now)
        return stats.mapValues { stats in
            var stats = stats
            stats.rateLimitingActive = isHolding
            return stats
        }
    }

    /// Sets the limits of a task queue, and the weights of its fairness keys.
    func update(_ request: APIUpdateTaskQueueConfigRequest) throws -> APIUpdateTaskQueueConfigResponse {
        _ = try namespace(request.namespace)
        try check(request)
        let key = QueueKey(namespace: request.namespace, name: request.taskQueue, type: request.taskQueueType)
        let time = readClock().timestamp
        func limit(_ update: APIUpdateTaskQueueConfigRequest.RateLimitUpdate) -> APIRateLimitConfig {
            .with {
                if update.hasRateLimit { $0.rateLimit = update.rateLimit }
                $0.metadata = .with {
                    $0.reason = update.reason
                    $0.updateIdentity = request.identity
                    $0.updateTime = time
                }
            }
        }
        var config = taskQueueConfigs[key] ?? APITaskQueueConfig()
        if request.hasUpdateQueueRateLimit { config.queueRateLimit = limit(request.updateQueueRateLimit) }
        if request.hasUpdateFairnessKeyRateLimitDefault {
            config.fairnessKeysRateLimitDefault = limit(request.updateFairnessKeyRateLimitDefault)
        }
        for name in request.unsetFairnessWeightOverrides { config.fairnessWeightOverrides[name] = nil }
        config.fairnessWeightOverrides.merge(request.setFairnessWeightOverrides) { _, new in new }
        guard config.fairnessWeightOverrides.count <= Self.mostWeights else {
            throw ServiceError.invalid(
                "fairness weight overrides update rejected: exceeding maximum key size"
            )
        }
        taskQueueConfigs[key] = config
        if let queue = queues[key] { limitDidChange(of: queue, key) }
        return .with { $0.config = config }
    }

    /// Forgets task queues that nobody uses any more, such as the sticky ones of workers that are gone, whenever there are
    /// twice as many as the last time.
    func forgetIdleQueues() {
        guard queues.count >= mostQueues else { return }
        let instant = ContinuousClock.now
        queues = queues.filter { !$0.value.isIdle(at: now, instant) }
        mostQueues = max(64, queues.count * 2)
    }

    private func check(_ request: APIUpdateTaskQueueConfigRequest) throws {
        let isWorkflow = request.taskQueueType == .workflow
        for (update, what, name) in [
            (request.updateQueueRateLimit, "rate limit", "UpdateQueueRateLimit"),
            (
                request.updateFairnessKeyRateLimitDefault, "fairness key rate limit",
                "UpdateFairnessKeyRateLimitDefault"
            ),
        ] where update.hasRateLimit {
            guard !isWorkflow else {
                throw ServiceError.invalid("Setting \(what) on workflow task queues is not allowed.")
            }
            guard update.rateLimit.requestsPerSecond >= 0 else {
                throw ServiceError.invalid("RequestsPerSecond for \(name) rate limit must be non-negative.")
            }
            try check(update.reason, "\(name).Reason")
        }
        try check(request.identity, "Identity")
        let weights = request.setFairnessWeightOverrides
        let total = weights.count + request.unsetFairnessWeightOverrides.count
        guard total <= Self.mostWeights else {
            throw ServiceError.invalid(
                "too many fairness weight overrides in request: got \(total), maximum \(Self.mostWeights)"
            )
        }
        for key in weights.keys.sorted() + request.unsetFairnessWeightOverrides {
            guard !key.isEmpty else { throw ServiceError.invalid("fairness weight override key must not be empty") }
            guard key.utf8.count <= Self.longestFairnessKey else {
                throw ServiceError.invalid("fairness key length exceeds limit")
            }
            if let weight = weights[key], !(weight > 0) {
                throw ServiceError.invalid(
                    "invalid fairness weight weight for key \"\(key)\": must be greater than zero"
                )
            }
        }
        for key in request.unsetFairnessWeightOverrides where weights[key] != nil {
            throw ServiceError.invalid(
                "fairness weight override key \"\(key)\" present in both set and unset lists"
            )
        }
    }

    private func check(_ text: String, _ name: String) throws {
        guard text.utf8.count <= Self.longestText else {
            throw ServiceError.invalid("\(name) field too long (max \(Self.longestText) characters).")
        }
    }
}

extension [Int32: APITaskQueueStats] {
    /// Those of all priorities together.
    var total: APITaskQueueStats {
        var total = APITaskQueueStats()
        total.approximateBacklogAge = Span.zero.proto
        for (_, stats) in sorted(by: { $0.key < $1.key }) {
            total.approximateBacklogCount += stats.approximateBacklogCount
            if Span(stats.approximateBacklogAge) > Span(total.approximateBacklogAge) {
                total.approximateBacklogAge = stats.approximateBacklogAge
            }
            total.tasksAddRate += stats.tasksAddRate
            total.tasksDispatchRate += stats.tasksDispatchRate
            if stats.rateLimitingActive { total.rateLimitingActive = true }
        }
        return total
    }
}

extension QueueKey {
    /// The task queue for the tasks of a type; those of workflows if none is given.
    init(namespace: String, name: String, type: APITaskQueueType) {
        let kind: Kind =
            switch type {
            case .activity: .activity
            case .nexus: .nexus
            case .workflow, .unspecified, .UNRECOGNIZED: .workflow
            }
        self.init(namespace: namespace, name: name, kind: kind)
    }
}
