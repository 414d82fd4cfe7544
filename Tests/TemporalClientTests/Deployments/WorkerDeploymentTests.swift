import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalClient

/// What the client says to servers of any age about deployments, and how it reads what they say.
@Suite struct WorkerDeploymentTests {
    private let service = ScriptedService()

    private var handle: WorkerDeploymentHandle {
        TemporalClient(service: service, identity: "me").workerDeployments.handle(name: "orders")
    }

    private let one = WorkerDeploymentVersion(deploymentName: "orders", buildID: "1.0")

    @Test func `the current version is named in both forms`() async throws {
        service.answer(.setWorkerDeploymentCurrentVersion) { _ in .with { $0.previousVersion = "orders.1.0" } }
        let change = try await handle.setCurrentVersion(buildID: "2.0", ignoringMissingTaskQueues: true)
        #expect(change.previousVersion == one)
        _ = try await handle.setCurrentVersion(buildID: nil)
        let requests = service.requests(.setWorkerDeploymentCurrentVersion)
        #expect(requests.map(\.version) == ["orders.2.0", "__unversioned__"])
        #expect(requests.map(\.buildID) == ["2.0", ""])
        #expect(requests.map(\.ignoreMissingTaskQueues) == [true, false])
        #expect(requests.map(\.identity) == ["me", "me"])
    }

    @Test func `a ramp is begun and ended`() async throws {
        service.answer(.setWorkerDeploymentRampingVersion) { _ in
            .with {
                $0.previousDeploymentVersion.deploymentName = "orders"
                $0.previousDeploymentVersion.buildID = "1.0"
                $0.previousPercentage = 5
            }
        }
        var change = try await handle.setRampingVersion(buildID: "2.0", percentage: 10)
        #expect(change.previousVersion == one)
        #expect(change.previousPercentage == 5)
        change = try await handle.setRampingVersion(buildID: nil, percentage: 10)
        change = try await handle.unsetRampingVersion()
        let requests = service.requests(.setWorkerDeploymentRampingVersion)
        #expect(requests.map(\.version) == ["orders.2.0", "__unversioned__", ""])
        #expect(requests.map(\.percentage) == [10, 10, 0])
    }

    @Test func `a change is made only if the description is still true`() async throws {
        service.answer(.describeWorkerDeployment) { _ in .with { $0.conflictToken = Data([7]) } }
        service.answer(.setWorkerDeploymentCurrentVersion) { _ in .init() }
        let token = try await handle.describe().conflictToken
        try await handle.setCurrentVersion(buildID: "1.0", conflictToken: token)
        #expect(service.requests(.setWorkerDeploymentCurrentVersion).map(\.conflictToken) == [Data([7])])
    }

    @Test func `an older server's description says the same as a newer one's`() async throws {
        service.answer(.describeWorkerDeployment) { _ in
            .with {
                $0.workerDeploymentInfo.name = "orders"
                $0.workerDeploymentInfo.routingConfig.currentVersion = "orders.1.0"
                $0.workerDeploymentInfo.routingConfig.rampingVersion = "orders.2.0"
                $0.workerDeploymentInfo.versionSummaries = [
                    .with { $0.version = "orders.1.0" }, .with { $0.version = "orders.2.0" },
                    .with {
                        $0.version = "orders.0.9"
                        $0.drainageStatus = .drained
                    },
                ]
            }
        }
        let description = try await handle.describe()
        #expect(description.routing.currentVersion == one)
        #expect(description.routing.rampingVersion?.buildID == "2.0")
        #expect(description.versions.map(\.version.buildID) == ["1.0", "2.0", "0.9"])
        #expect(description.versions.map(\.status) == [.current, .ramping, .drained])
        service.answer(.describeWorkerDeploymentVersion) { _ in
            .with {
                $0.workerDeploymentVersionInfo.version = "orders.1.0"
                $0.workerDeploymentVersionInfo.currentSinceTime.seconds = 1
                $0.workerDeploymentVersionInfo.taskQueueInfos = [
                    .with {
                        $0.name = "q"
                        $0.type = .activity
                    }
                ]
            }
        }
        let version = try await handle.describeVersion(buildID: "1.0")
        #expect(version.version == one)
        #expect(version.status == .current)
        #expect(version.taskQueues == [.init(name: "q", kind: .activity)])
        let request = try #require(service.requests(.describeWorkerDeploymentVersion).first)
        #expect(request.version == "orders.1.0")
        #expect(request.deploymentVersion == one.proto)
    }

    @Test func `the statistics of a version are told if they are asked for`() async throws {
        service.answer(.describeWorkerDeploymentVersion) { request in
            .with {
                $0.workerDeploymentVersionInfo.lastModifierIdentity = "you"
                $0.workerDeploymentVersionInfo.routingChangedTime.seconds = 7
                $0.workerDeploymentVersionInfo.taskQueueInfos = [
                    .with {
                        $0.name = "q"
                        $0.type = .workflow
                    }
                ]
                $0.versionTaskQueues = [
                    .with { queue in
                        queue.name = "q"
                        queue.type = .workflow
                        guard request.reportTaskQueueStats else { return }
                        queue.stats.approximateBacklogCount = 3
                        queue.stats.approximateBacklogAge.seconds = 9
                        queue.stats.tasksAddRate = 1.5
                        queue.stats.tasksDispatchRate = 0.5
                        queue.stats.rateLimitingActive = true
                        queue.statsByPriorityKey = [1: .with { $0.approximateBacklogCount = 2 }]
                    }
                ]
            }
        }
        let plain = try await handle.describeVersion(buildID: "1.0")
        #expect(plain.taskQueues == [.init(name: "q", kind: .workflow)])
        #expect(plain.lastModifierIdentity == "you" && plain.routingChangedTime == Date(timeIntervalSince1970: 7))
        let queue = try #require(
            try await handle.describeVersion(buildID: "1.0", includesStatistics: true).taskQueues.first
        )
        let statistics = try #require(queue.statistics)
        #expect(statistics.backlogCount == 3 && statistics.backlogAge == .seconds(9) && statistics.isRateLimited)
        #expect(statistics.tasksAddedPerSecond == 1.5 && statistics.tasksDispatchedPerSecond == 0.5)
        #expect(queue.statisticsByPriority.mapValues(\.backlogCount) == [1: 2])
        let requests = service.requests(.describeWorkerDeploymentVersion)
        #expect(requests.map(\.reportTaskQueueStats) == [false, true])
    }

    @Test func `deployments are listed page by page`() async throws {
        service.answer(.listWorkerDeployments) { _ in
            .with {
                $0.workerDeployments = [.with { $0.name = "a" }]
                $0.nextPageToken = Data([1])
            }
        }
        service.answer(.listWorkerDeployments) { _ in .with { $0.workerDeployments = [.with { $0.name = "b" }] } }
        let list = TemporalClient(service: service, identity: "me").workerDeployments.list()
        #expect(try await list.all().map(\.name) == ["a", "b"])
    }

    @Test func `managers, notes and deletions go out as they are said`() async throws {
        service.answer(.setWorkerDeploymentManager) { _ in .with { $0.previousManagerIdentity = "you" } }
        service.answer(.updateWorkerDeploymentVersionMetadata) { _ in .init() }
        service.answer(.deleteWorkerDeploymentVersion) { _ in .init() }
        service.answer(.deleteWorkerDeployment) { _ in .init() }
        #expect(try await handle.setManager("me") == "you")
        try await handle.updateVersionMetadata(buildID: "1.0", ["a": 1, "b": nil as Int?])
        try await handle.deleteVersion(buildID: "1.0", skippingDrainage: true)
        try await handle.delete()
        #expect(service.requests(.setWorkerDeploymentManager).map(\.managerIdentity) == ["me"])
        let metadata = try #require(service.requests(.updateWorkerDeploymentVersionMetadata).first)
        #expect(metadata.upsertEntries.keys.sorted() == ["a"])
        #expect(metadata.removeEntries == ["b"])
        let deletion = try #require(service.requests(.deleteWorkerDeploymentVersion).first)
        #expect(deletion.version == "orders.1.0")
        #expect(deletion.skipDrainage)
    }

    @Test func `options of a run are changed as far as they are said`() async throws {
        service.answer(.updateWorkflowExecutionOptions) { request in
            .with { $0.workflowExecutionOptions = request.workflowExecutionOptions }
        }
        let run = TemporalClient(service: service, identity: "me").workflowHandle(id: "w")
        let options = try await run.updateOptions(.versioningOverride(.pinned(to: one)).priority(Priority(key: 1)))
        #expect(options.versioningOverride == .pinned(to: one))
        #expect(options.priority == Priority(key: 1))
        try await run.updateOptions(.versioningOverride(nil))
        let requests = service.requests(.updateWorkflowExecutionOptions)
        #expect(requests.map(\.updateMask.paths) == [["versioning_override", "priority"], ["versioning_override"]])
        #expect(requests.map(\.workflowExecutionOptions.hasVersioningOverride) == [true, false])
    }
}
