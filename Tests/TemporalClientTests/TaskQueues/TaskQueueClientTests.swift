import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct TaskQueueClientTests {
    private let script = ScriptedService()

    private var queues: TaskQueueClient {
        TemporalClient(service: script, namespace: "space", identity: "me").taskQueues
    }

    @Test func `a description of a newer server is asked for once`() async throws {
        script.answer(.describeTaskQueue) { _ in
            .with {
                $0.stats.approximateBacklogCount = 7
                $0.stats.tasksAddRate = 1.5
                $0.statsByPriorityKey = [1: .with { $0.approximateBacklogCount = 2 }]
                $0.config.queueRateLimit.rateLimit.requestsPerSecond = 3
                $0.config.queueRateLimit.metadata.reason = "night"
                $0.config.fairnessWeightOverrides = ["gold": 5]
                $0.effectiveRateLimit.requestsPerSecond = 3
                $0.effectiveRateLimit.rateLimitSource = .api
                $0.stats.rateLimitingActive = true
                $0.versioningInfo.currentDeploymentVersion.deploymentName = "shop"
                $0.versioningInfo.currentDeploymentVersion.buildID = "b1"
                $0.pollers = [
                    .with {
                        $0.identity = "w"
                        $0.deploymentOptions.deploymentName = "shop"
                        $0.deploymentOptions.buildID = "b1"
                    }
                ]
            }
        }
        let queue = try await queues.describe("q", type: .activity)
        let requests = script.requests(.describeTaskQueue)
        #expect(requests.count == 1)
        #expect(requests[0].taskQueueType == .activity && requests[0].reportStats && requests[0].reportConfig)
        #expect(queue.statistics?.backlogCount == 7 && queue.statistics?.tasksAddedPerSecond == 1.5)
        #expect(queue.statisticsByPriority[1]?.backlogCount == 2)
        #expect(queue.configuration?.rateLimit?.tasksPerSecond == 3)
        #expect(queue.configuration?.rateLimit?.reason == "night")
        #expect(queue.configuration?.fairnessKeyRateLimit == nil)
        #expect(queue.configuration?.fairnessWeights == ["gold": 5])
        #expect(queue.effectiveTasksPerSecond == 3 && queue.effectiveTasksPerSecondSource == .api)
        #expect(queue.statistics?.isRateLimited == true && queue.statisticsByPriority[1]?.isRateLimited == false)
        #expect(queue.versions?.current?.buildID == "b1" && queue.versions?.ramping == nil)
        #expect(queue.pollers.first?.deployment?.name == "shop")
    }

    @Test func `the counts of all versions are added up for an older server`() async throws {
        script.answer(.describeTaskQueue) { request in
            guard request.apiMode == .enhanced else { return .with { $0.pollers = [.with { $0.identity = "w" }] } }
            func info(_ count: Int64, _ age: Int64) -> APITaskQueueVersionInfo {
                .with {
                    $0.typesInfo = [
                        1: .with { $0.stats.approximateBacklogCount = 100 },
                        2: .with {
                            $0.stats.approximateBacklogCount = count
                            $0.stats.approximateBacklogAge.seconds = age
                        },
                    ]
                }
            }
            return .with { $0.versionsInfo = ["": info(2, 5), "b1": info(3, 4)] }
        }
        let queue = try await queues.describe("q", type: .activity)
        #expect(script.requests(.describeTaskQueue).count == 2)
        #expect(queue.statistics?.backlogCount == 5)
        #expect(queue.statistics?.backlogAge == .seconds(5))
        #expect(queue.pollers.map(\.identity) == ["w"])
        #expect(queue.configuration == nil && queue.versions == nil && queue.effectiveTasksPerSecond == nil)
        #expect(queue.effectiveTasksPerSecondSource == nil)
    }

    @Test func `a configuration says what is set, what is taken away, and nothing else`() async throws {
        script.answer(.updateTaskQueueConfig) { _ in
            .with { $0.config.fairnessWeightOverrides = ["gold": 5] }
        }
        let set = try await queues.updateConfiguration(
            of: "q",
            type: .workflow,
            rateLimit: .set(10, reason: "night"),
            fairnessWeights: ["gold": 5, "silver": nil]
        )
        #expect(set.fairnessWeights == ["gold": 5] && set.rateLimit == nil)
        let request = try #require(script.requests(.updateTaskQueueConfig).first)
        #expect(request.namespace == "space" && request.taskQueue == "q" && request.identity == "me")
        #expect(request.taskQueueType == .workflow)
        #expect(request.updateQueueRateLimit.rateLimit.requestsPerSecond == 10)
        #expect(request.updateQueueRateLimit.reason == "night")
        #expect(!request.hasUpdateFairnessKeyRateLimitDefault)
        #expect(request.setFairnessWeightOverrides == ["gold": 5])
        #expect(request.unsetFairnessWeightOverrides == ["silver"])
        try await queues.updateConfiguration(of: "q", type: .activity, rateLimit: .remove(reason: "day"))
        let removal = try #require(script.requests(.updateTaskQueueConfig).last)
        #expect(removal.hasUpdateQueueRateLimit && !removal.updateQueueRateLimit.hasRateLimit)
    }

    @Test func `reachability is asked of build ids, and of workers without`() async throws {
        script.answer(.describeTaskQueue) { _ in
            .with {
                $0.versionsInfo = [
                    "": .with { $0.taskReachability = .reachable },
                    "b1": .with { $0.taskReachability = .unreachable }, "b2": .init(),
                ]
            }
        }
        #expect(try await queues.reachability(of: "q", buildIDs: ["", "b1"]) == ["": .reachable, "b1": .unreachable])
        _ = try await queues.reachability(of: "q")
        let requests = script.requests(.describeTaskQueue)
        #expect(requests[0].versions.buildIds == ["b1"] && requests[0].versions.unversioned)
        #expect(!requests[0].versions.allActive && requests[1].versions.allActive)
        #expect(requests.allSatisfy { $0.apiMode == .enhanced && $0.reportTaskReachability })
    }
}
