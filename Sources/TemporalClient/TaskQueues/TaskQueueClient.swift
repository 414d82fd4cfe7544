import SwiftProtobuf
import Temporal
import TemporalAPI

extension TemporalClient {
    /// The task queues of the namespace.
    public var taskQueues: TaskQueueClient { TaskQueueClient(client: self) }
}

/// Looks at task queues: who works on them, and how much waits.
///
/// A task queue is there as soon as somebody names it, so that none is ever missing: one that nobody uses has no pollers
/// and nothing waits in it.
public struct TaskQueueClient: Sendable {
    let client: TemporalClient

    /// What the service knows of a task queue.
    ///
    /// - Parameters:
    ///   - name: The name of the task queue.
    ///   - type: The kind of tasks.
    /// - Throws: ``NamespaceNotFoundError``, ``PermissionDeniedError``, `RPCError` for anything else.
    public func describe(_ name: String, type: TaskQueueType = .workflow) async throws -> TaskQueueDescription {
        var request = request(name)
        request.taskQueueType = type.proto
        request.reportStats = true
        request.reportConfig = true
        let response = try await client.call(.describeTaskQueue, request)
        if response.hasStats {
            return TaskQueueDescription(response, name: name, type: type, statistics: response.stats)
        }
        // Servers before 1.28 count only for whoever asks them in another way.
        request.apiMode = .enhanced
        request.taskQueueTypes = [type.proto]
        let enhanced = try await client.call(.describeTaskQueue, request)
        let number = Int32(type.proto.rawValue)
        let types = enhanced.versionsInfo.sorted { $0.key < $1.key }.compactMap { $0.value.typesInfo[number] }
        return TaskQueueDescription(response, name: name, type: type, statistics: types.map(\.stats).sum)
    }

    /// Whether workflows of a task queue can still need workers of build ids that were versioned by rules.
    ///
    /// It is for worker versioning of before deployments. It costs the service much: ask seldom.
    ///
    /// - Parameters:
    ///   - name: The name of the task queue.
    ///   - buildIDs: The build ids; empty for those that take tasks now.
    /// - Returns: What is known, by build id. The empty one stands for workers without.
    /// - Throws: ``NamespaceNotFoundError``, ``PermissionDeniedError``, `RPCError` for anything else.
    public func reachability(of name: String, buildIDs: [String] = []) async throws -> [String: BuildIDReachability] {
        var request = request(name)
        request.apiMode = .enhanced
        request.reportTaskReachability = true
        if buildIDs.isEmpty {
            request.versions.allActive = true
        } else {
            request.versions.buildIds = buildIDs.filter { !$0.isEmpty }
            request.versions.unversioned = buildIDs.contains("")
        }
        let response = try await client.call(.describeTaskQueue, request)
        return response.versionsInfo.compactMapValues { BuildIDReachability($0.taskReachability) }
    }

    /// What becomes of a limit.
    public struct RateLimitChange: Sendable, Hashable {
        let tasksPerSecond: Double?
        let reason: String

        /// A limit is set.
        ///
        /// - Parameters:
        ///   - tasksPerSecond: How many tasks are handed out at most in a second. 0 stops the queue.
        ///   - reason: Why.
        public static func set(_ tasksPerSecond: Double, reason: String = "") -> RateLimitChange {
            RateLimitChange(tasksPerSecond: tasksPerSecond, reason: reason)
        }

        /// The limit is taken away.
        ///
        /// - Parameter reason: Why.
        public static func remove(reason: String = "") -> RateLimitChange {
            RateLimitChange(tasksPerSecond: nil, reason: reason)
        }

        var proto: APIUpdateTaskQueueConfigRequest.RateLimitUpdate {
            .with {
                if let tasksPerSecond { $0.rateLimit.requestsPerSecond = Float(tasksPerSecond) }
                $0.reason = reason
            }
        }
    }

    /// Sets how fast a task queue hands out tasks, whatever its workers say. Servers before 1.29 do not know it.
    ///
    /// - Parameters:
    ///   - name: The name of the task queue.
    ///   - type: The kind of tasks.
    ///   - rateLimit: What becomes of the limit of the whole queue; `nil` for no change.
    ///   - fairnessKeyRateLimit: What becomes of the limit of each fairness key; `nil` for no change.
    ///   - fairnessWeights: Weights of fairness keys that go before those of the tasks; `nil` takes one away.
    /// - Returns: What is set now.
    /// - Throws: `RPCError`, with the code `unimplemented` from servers that do not know it, ``NamespaceNotFoundError``,
    ///   ``PermissionDeniedError``.
    @discardableResult
    public func updateConfiguration(
        of name: String,
        type: TaskQueueType,
        rateLimit: RateLimitChange? = nil,
        fairnessKeyRateLimit: RateLimitChange? = nil,
        fairnessWeights: [String: Double?] = [:]
    ) async throws -> TaskQueueConfiguration {
        var request = APIUpdateTaskQueueConfigRequest()
        request.namespace = client.namespace
        request.identity = client.identity
        request.taskQueue = name
        request.taskQueueType = type.proto
        if let rateLimit { request.updateQueueRateLimit = rateLimit.proto }
        if let fairnessKeyRateLimit { request.updateFairnessKeyRateLimitDefault = fairnessKeyRateLimit.proto }
        for (key, weight) in fairnessWeights.sorted(by: { $0.key < $1.key }) {
            if let weight {
                request.setFairnessWeightOverrides[key] = Float(weight)
            } else {
                request.unsetFairnessWeightOverrides.append(key)
            }
        }
        return TaskQueueConfiguration(try await client.call(.updateTaskQueueConfig, request).config)
    }

    private func request(_ name: String) -> APIDescribeTaskQueueRequest {
        .with {
            $0.namespace = client.namespace
            $0.taskQueue.name = name
            $0.taskQueue.kind = .normal
        }
    }
}

extension [APITaskQueueStats] {
    /// Those of all versions together; `nil` for none.
    fileprivate var sum: APITaskQueueStats? {
        guard var sum = first else { return nil }
        for next in dropFirst() {
            sum.approximateBacklogCount += next.approximateBacklogCount
            if Duration(next.approximateBacklogAge) > Duration(sum.approximateBacklogAge) {
                sum.approximateBacklogAge = next.approximateBacklogAge
            }
            sum.tasksAddRate += next.tasksAddRate
            sum.tasksDispatchRate += next.tasksDispatchRate
        }
        return sum
    }
}
