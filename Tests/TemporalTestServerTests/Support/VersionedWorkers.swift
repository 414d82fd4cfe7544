import Foundation
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI
import TemporalTestServer

/// Workers of several versions that poll one task queue, so that a test sees which of them gets a task.
final class VersionedWorkers: Sendable {
    /// A workflow task with the build id of the worker that got it; `nil` for the worker without a version.
    struct Catch: Sendable {
        let buildID: String?
        let task: APIPollWorkflowTaskQueueResponse
    }

    let script: Script
    let deployment: String
    private let builds: [String?]
    private let caught = Mutex<[Catch]>([])
    private let polls = Mutex<[Int: Task<Void, Never>]>([:])

    /// Lets a worker of each build poll, and one without.
    init(_ script: Script, deployment: String = "d", _ builds: [String?]) {
        self.script = script
        self.deployment = deployment
        self.builds = builds
    }

    /// A version of the deployment.
    func version(_ buildID: String) -> WorkerDeploymentVersion {
        WorkerDeploymentVersion(deploymentName: deployment, buildID: buildID)
    }

    /// What a worker says of itself.
    func options(_ buildID: String?) -> APIWorkerDeploymentOptions? {
        buildID.map { build in
            .with {
                $0.deploymentName = deployment
                $0.buildID = build
                $0.workerVersioningMode = .versioned
            }
        }
    }

    /// Lets all poll that do not, and returns once their polls wait.
    func poll() async {
        for (index, build) in builds.enumerated() where polls.withLock({ $0[index] == nil }) {
            let waiting = script.server.waitingCalls
            // Under the lock, so that it is noted before it can have ended.
            polls.withLock { polls in
                polls[index] = Task { [self] in
                    let task = try? await script.call(.pollWorkflowTaskQueue) {
                        $0.namespace = "default"
                        $0.identity = build ?? "unversioned"
                        $0.taskQueue.name = script.queue
                        if let options = options(build) { $0.deploymentOptions = options }
                    }
                    self.polls.withLock { $0[index] = nil }
                    if let task { caught.withLock { $0.append(Catch(buildID: build, task: task)) } }
                }
            }
            while script.server.waitingCalls == waiting, caught.withLock({ $0.isEmpty }), !Task.isCancelled {
                await Task.yield()
            }
        }
    }

    /// Waits until one of them has got a task.
    ///
    /// - Throws: `CancellationError` if the test is.
    func next() async throws -> Catch {
        while true {
            try Task.checkCancellation()
            if let first = caught.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return first }
            await Task.yield()
        }
    }

    /// Completes a task as the worker that has it.
    ///
    /// - Parameters:
    ///   - item: The task.
    ///   - behavior: What a versioned worker says becomes of the run.
    ///   - commands: What the workflow asks for.
    func complete(_ item: Catch, _ behavior: VersioningBehavior, _ commands: [APICommand] = []) async throws {
        try await script.complete(item.task, commands) {
            guard let options = options(item.buildID) else { return }
            $0.deploymentOptions = options
            $0.versioningBehavior = behavior.proto
        }
    }

    /// Lets nobody poll any more.
    func stop() async {
        for poll in polls.withLock({ Array($0.values) }) { poll.cancel() }
        while polls.withLock({ !$0.isEmpty }) { await Task.yield() }
    }

    // MARK: Routing

    @discardableResult
    func setCurrent(
        _ buildID: String?,
        _ fill: (inout APISetWorkerDeploymentCurrentVersionRequest) -> Void = { _ in }
    ) async throws -> APISetWorkerDeploymentCurrentVersionResponse {
        try await script.call(.setWorkerDeploymentCurrentVersion) {
            $0.namespace = "default"
            $0.deploymentName = deployment
            $0.buildID = buildID ?? ""
            $0.identity = "operator"
            fill(&$0)
        }
    }

    @discardableResult
    func setRamp(
        _ buildID: String?,
        _ percentage: Float,
        _ fill: (inout APISetWorkerDeploymentRampingVersionRequest) -> Void = { _ in }
    ) async throws -> APISetWorkerDeploymentRampingVersionResponse {
        try await script.call(.setWorkerDeploymentRampingVersion) {
            $0.namespace = "default"
            $0.deploymentName = deployment
            $0.buildID = buildID ?? ""
            $0.percentage = percentage
            $0.identity = "operator"
            fill(&$0)
        }
    }

    /// What is known of a version.
    func describe(_ buildID: String) async throws -> APIWorkerDeploymentVersionInfo {
        try await script.call(.describeWorkerDeploymentVersion) {
            $0.namespace = "default"
            $0.deploymentVersion = version(buildID).proto
        }
        .workerDeploymentVersionInfo
    }

    /// What is known of the deployment.
    func describe() async throws -> APIWorkerDeploymentInfo {
        try await script.call(.describeWorkerDeployment) {
            $0.namespace = "default"
            $0.deploymentName = deployment
        }
        .workerDeploymentInfo
    }
}
