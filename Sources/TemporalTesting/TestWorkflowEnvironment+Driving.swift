public import Foundation
public import Temporal
import TemporalClient
import TemporalTestServer
public import TemporalWorker

extension TestWorkflowEnvironment {
    // MARK: Time

    /// What the environment's clock shows.
    public var now: Date { server.now }

    /// Lets time pass on the environment's clock. It takes no time on the wall.
    ///
    /// - Parameter duration: How long.
    /// - Throws: `CancellationError` if the test is cancelled.
    public func sleep(for duration: Duration) async throws {
        try await server.sleep(for: duration)
    }

    /// Keeps the clock from skipping while something is done: nothing that is due later happens, until ``advance(by:)``
    /// lets it. Whoever waits in `body` for such a thing waits for ever.
    ///
    /// - Parameter body: What to do. Calls nest.
    /// - Returns: What `body` returns.
    public func withoutSkipping<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        server.pauseSkipping()
        defer { server.resumeSkipping() }
        return try await body()
    }

    /// Moves the clock by hand: all that falls due on the way happens, in its order, and the workers answer it before
    /// time goes on. It is meant for ``withoutSkipping(_:)``; elsewhere it is ``sleep(for:)``.
    ///
    /// - Parameter duration: How far.
    /// - Throws: `CancellationError` if the test is cancelled.
    public func advance(by duration: Duration) async throws {
        try await server.sleep(for: duration, advances: true)
    }

    /// Does something at a later moment of the environment's clock, such as sending a signal.
    ///
    /// - Parameters:
    ///   - delay: How far from now.
    ///   - body: What to do. Time stands still meanwhile; an error fails the test.
    public func schedule(after delay: Duration, _ body: @escaping @Sendable () async throws -> Void) {
        let mocks = mocks
        server.schedule(after: delay) {
            do {
                try await body()
            } catch {
                mocks.note("What was scheduled after \(delay) failed: \(error)")
            }
        }
    }

    // MARK: Events

    /// Every event of every run from now on, as it happens: timers that start and fire, activities, children, signals,
    /// workflow tasks. The stream ends with the environment.
    ///
    /// ```swift
    /// let timers = env.events().filter { $0.event.type == "TimerFired" }
    /// ```
    ///
    /// Events of one run come in the order of its history. Nothing waits for who reads the stream.
    public func events() -> AsyncStream<TestEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: TestEvent.self)
        let ticket = server.listen { run, event in
            continuation.yield(
                TestEvent(
                    workflowID: run.workflowID,
                    runID: run.runID,
                    workflowType: run.workflowType,
                    event: HistoryEvent(event)
                )
            )
        }
        continuation.onTermination = { [weak server] _ in server?.stopListening(ticket) }
        streams.add(continuation)
        return stream
    }

    // MARK: Workers

    /// Stops the environment's workers, as a deployment does, and starts others that have nothing in memory: each run goes
    /// on from its history.
    ///
    /// With other workflows it is a deployment of changed code: runs that are open go on with it, if their histories
    /// fit. At its end the test replays all runs with the code that came last.
    ///
    /// - Parameters:
    ///   - workflows: The workflows of the new workers; `nil` for those of the old.
    ///   - activities: The real activities of the new workers; `nil` for those of the old.
    ///   - deployment: The version of the new workers, which becomes the current one; `nil` for that of the old. Runs that
    ///     are pinned to another have no workers then.
    /// - Throws: `WorkerConfigurationError` if two of them have one name.
    public func restartWorker(
        workflows: [any Workflow.Type]? = nil,
        activities: [any ActivityContainer]? = nil,
        deployment: WorkerDeploymentOptions? = nil
    ) async throws {
        // No time may pass while nobody works.
        try await withoutSkipping {
            await team.stop()
            try team.start(workflows, activities, deployment)
            try await makeCurrent(deployment)
        }
    }

    /// Lets new runs go to a version of the environment's workers.
    func makeCurrent(_ deployment: WorkerDeploymentOptions?) async throws {
        guard let deployment, deployment.usesVersioning else { return }
        try await client.workerDeployments.handle(name: deployment.version.deploymentName).setCurrentVersion(
            buildID: deployment.version.buildID,
            ignoringMissingTaskQueues: true,
            allowingNoPollers: true
        )
    }
}
