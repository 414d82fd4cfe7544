import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestServer
import Testing

/// Priorities, fairness and limits of task queues, as workers meet them.
@Suite(.timeLimit(.minutes(1)), .storesEverything) struct TaskQueueTests {
    private func activity(_ id: String, _ key: Int32 = 0, _ fairnessKey: String = "") -> APICommand {
        .activity(id, startToClose: .seconds(1000)) {
            $0.priority.priorityKey = key
            $0.priority.fairnessKey = fairnessKey
        }
    }

    private func update(
        _ script: Script,
        _ fill: (inout APIUpdateTaskQueueConfigRequest) -> Void
    ) async throws -> APITaskQueueConfig {
        try await script.call(.updateTaskQueueConfig) {
            $0.namespace = "default"
            $0.taskQueue = "q"
            $0.taskQueueType = .activity
            fill(&$0)
        }
        .config
    }

    private func describe(_ script: Script) async throws -> APIDescribeTaskQueueResponse {
        try await script.call(.describeTaskQueue) {
            $0.namespace = "default"
            $0.taskQueue.name = "q"
            $0.taskQueueType = .activity
            $0.reportStats = true
            $0.reportConfig = true
        }
    }

    @Test func `a worker that has not polled for five minutes is forgotten, unless it waits`() async throws {
        let script = Script()
        func pollers() async throws -> [String] { try await describe(script).pollers.map(\.identity) }
        let gone = Task { try await script.pollActivity() }
        await script.waits(1)
        gone.cancel()
        _ = await gone.result
        script.server.advance(by: .seconds(299))
        #expect(try await pollers() == ["worker"])
        script.server.advance(by: .seconds(1))
        #expect(try await pollers() == [])
        let waiting = Task { try await script.pollActivity() }
        await script.waits(1)
        script.server.advance(by: .seconds(1000))
        #expect(try await pollers() == ["worker"])
        waiting.cancel()
        _ = await waiting.result
    }

    @Test func `workers get the most urgent tasks first, and those of one priority in their order`() async throws {
        let script = Script()
        try await script.start { $0.priority.priorityKey = 4 }
        try await script.step(
            activity("standard", 3),
            activity("own 1"),
            activity("urgent 1", 1),
            activity("own 2"),
            activity("urgent 2", 1),
            activity("last", 5)
        )
        let stats = try await describe(script)
        #expect(stats.stats.approximateBacklogCount == 6)
        #expect(stats.statsByPriorityKey.mapValues(\.approximateBacklogCount) == [1: 2, 3: 1, 4: 2, 5: 1])
        var order: [String] = []
        for _ in 0..<6 { order.append(try await script.pollActivity().activityID) }
        #expect(order == ["urgent 1", "urgent 2", "standard", "own 1", "own 2", "last"])
    }

    @Test func `a description tells how fast tasks come and leave, by priority`() async throws {
        let script = Script()
        try await script.start()
        try await script.step(activity("a1"), activity("a2"), activity("a3", 1), activity("a4", 1))
        for _ in 0..<3 { _ = try await script.pollActivity() }
        script.server.advance(by: .seconds(4))
        var described = try await describe(script)
        #expect(described.stats.approximateBacklogCount == 1)
        #expect(described.stats.approximateBacklogAge.seconds == 4)
        #expect(described.stats.tasksAddRate == 1 && described.stats.tasksDispatchRate == 0.75)
        #expect(described.statsByPriorityKey.mapValues(\.tasksAddRate) == [1: 0.5, 3: 0.5])
        #expect(described.statsByPriorityKey.mapValues(\.tasksDispatchRate) == [1: 0.5, 3: 0.25])
        #expect(described.statsByPriorityKey.mapValues(\.approximateBacklogCount) == [1: 0, 3: 1])
        #expect(!described.stats.rateLimitingActive)
        script.server.advance(by: .seconds(60))
        described = try await describe(script)
        #expect(described.stats.tasksAddRate == 0 && described.stats.tasksDispatchRate == 0)
    }

    @Test func `a description tells that a limit has held tasks back`() async throws {
        let script = Script()
        _ = try await update(script) { $0.updateQueueRateLimit.rateLimit.requestsPerSecond = 0 }
        try await script.start()
        try await script.step(activity("a1"))
        #expect(try await describe(script).stats.rateLimitingActive == false)
        let poll = Task { try await script.pollActivity() }
        while script.server.waitingCalls == 0 { await Task.yield() }
        #expect(try await describe(script).stats.rateLimitingActive)
        _ = try await update(script) { $0.updateQueueRateLimit = .init() }
        _ = try await poll.value
        script.server.advance(by: .seconds(40))
        #expect(try await describe(script).stats.rateLimitingActive == false)
    }

    @Test func `workflow tasks have the priority of their runs`() async throws {
        let script = Script()
        try await script.start("low") { $0.priority.priorityKey = 5 }
        try await script.start("standard")
        try await script.start("high") { $0.priority.priorityKey = 1 }
        var order: [String] = []
        for _ in 0..<3 { order.append(try await script.pollWorkflow().workflowExecution.workflowID) }
        #expect(order == ["high", "standard", "low"])
    }

    @Test func `an operator's weights count more than those of the tasks`() async throws {
        let script = Script()
        let config = try await update(script) { $0.setFairnessWeightOverrides = ["a": 4, "gone": 1] }
        #expect(config.fairnessWeightOverrides == ["a": 4, "gone": 1])
        #expect(
            try await update(script) { $0.unsetFairnessWeightOverrides = ["gone"] }.fairnessWeightOverrides == ["a": 4]
        )
        try await script.start()
        try await script.step(
            activities: (1...40).map { activity("a\($0)", 3, "a") } + (1...40).map { activity("b\($0)", 3, "b") }
        )
        var first = 0
        for _ in 0..<25 where try await script.pollActivity().activityID.hasPrefix("a") { first += 1 }
        #expect((19...21).contains(first))
    }

    @Test func `a limit spreads tasks over time`() async throws {
        let script = Script()
        _ = try await update(script) {
            $0.updateQueueRateLimit.rateLimit.requestsPerSecond = 2
            $0.updateQueueRateLimit.reason = "slowly"
            $0.identity = "operator"
        }
        let described = try await describe(script)
        #expect(described.effectiveRateLimit.requestsPerSecond == 2)
        #expect(described.effectiveRateLimit.rateLimitSource == .api)
        #expect(described.config.queueRateLimit.metadata.reason == "slowly")
        try await script.start()
        try await script.step(activities: (1...7).map { activity("a\($0)") })
        for _ in 0..<3 { _ = try await script.pollActivity() }
        #expect(script.elapsed == .zero)
        var times: [Duration] = []
        for _ in 0..<4 {
            let poll = Task { try await script.pollActivity() }
            while script.server.waitingCalls == 0 { await Task.yield() }
            // The others are at work: the clock is moved by hand.
            script.server.advance(by: .milliseconds(500))
            _ = try await poll.value
            times.append(script.elapsed)
        }
        #expect(times == [.milliseconds(500), .seconds(1), .milliseconds(1500), .seconds(2)])
    }

    @Test func `the limit that a worker asks for counts until an operator sets one, and 0 stops the queue`()
        async throws
    {
        let script = Script()
        try await script.start()
        try await script.step(activities: (1...4).map { activity("a\($0)") })
        _ = try await script.call(.pollActivityTaskQueue) {
            $0.namespace = "default"
            $0.taskQueue.name = "q"
            $0.taskQueueMetadata.maxTasksPerSecond = Google_Protobuf_DoubleValue(3)
        }
        #expect(try await describe(script).effectiveRateLimit.rateLimitSource == .worker)
        #expect(try await describe(script).effectiveRateLimit.requestsPerSecond == 3)
        _ = try await update(script) { $0.updateQueueRateLimit.rateLimit.requestsPerSecond = 0 }
        let poll = Task { try await script.pollActivity() }
        while script.server.waitingCalls == 0 { await Task.yield() }
        script.server.advance(by: .seconds(3600))
        #expect(script.server.waitingCalls == 1)
        // An update without a limit takes it away.
        _ = try await update(script) { $0.updateQueueRateLimit = .init() }
        #expect(try await poll.value.activityID == "a2")
    }

    @Test func `what makes no sense is refused with the server's words`() async throws {
        let script = Script()
        func message(_ fill: @escaping (inout APIUpdateTaskQueueConfigRequest) -> Void) async -> String? {
            do {
                _ = try await update(script, fill)
                return nil
            } catch {
                return (error as? RPCError)?.message
            }
        }
        #expect(
            await message {
                $0.taskQueueType = .workflow
                $0.updateQueueRateLimit.rateLimit.requestsPerSecond = 1
            } == "Setting rate limit on workflow task queues is not allowed."
        )
        #expect(
            await message { $0.updateQueueRateLimit.rateLimit.requestsPerSecond = -1 }
                == "RequestsPerSecond for UpdateQueueRateLimit rate limit must be non-negative."
        )
        #expect(
            await message { $0.setFairnessWeightOverrides = ["": 1] }
                == "fairness weight override key must not be empty"
        )
        #expect(
            await message { $0.setFairnessWeightOverrides = ["k": 0] }
                == "invalid fairness weight weight for key \"k\": must be greater than zero"
        )
        #expect(
            await message {
                $0.setFairnessWeightOverrides = ["k": 1]
                $0.unsetFairnessWeightOverrides = ["k"]
            } == "fairness weight override key \"k\" present in both set and unset lists"
        )
    }
}

extension Script {
    fileprivate func step(activities: [APICommand]) async throws {
        try await complete(try await pollWorkflow(), activities)
    }
}
