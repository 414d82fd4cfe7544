public import Foundation
import Synchronization
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
    /// In an activity, a Nexus operation or a mock of one it is how long that takes: what is due meanwhile happens, its
    /// timeouts too. A planned action cannot wait, as time stands still until its end.
    ///
    /// - Parameter duration: How long.
    /// - Throws: `CancellationError` if the test is cancelled, or the activity or operation that waits; an error in
    ///   what ``schedule(after:_:)`` does.
    public func sleep(for duration: Duration) async throws {
        try checkTimePasses()
        if let activity = ActivityContext.running, !(activity.runtime is any VirtualActivity) {
            if let local = activity.runtime as? any PausableActivity { return try await local.pause(for: duration) }
            if isInMemory {
                return try await server.sleepInTask(taskToken: activity.taskToken, for: duration)
            }
        } else if isInMemory, let operation = NexusOperationContext.running {
            return try await server.sleepInTask(taskToken: operation.info.taskToken, for: duration)
        }
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
    /// - Throws: `CancellationError` if the test is cancelled; an error in an activity, a Nexus operation or what
    ///   ``schedule(after:_:)`` does, for which time waits.
    public func advance(by duration: Duration) async throws {
        try checkMayDrive()
        try await server.sleep(for: duration, advances: true)
    }

    /// Moves the clock by hand to a moment, as ``advance(by:)`` does. A moment that has passed changes nothing.
    ///
    /// - Parameter moment: When.
    /// - Throws: `CancellationError` if the test is cancelled; an error in an activity, a Nexus operation or what
    ///   ``schedule(after:_:)`` does, for which time waits.
    public func advance(to moment: Date) async throws {
        try checkMayDrive()
        try await server.sleep(until: Moment(moment), advances: true)
    }

    /// Lets the workers do what they can at this moment, moves the clock to the moment at which something is due next, and
    /// lets the workers answer that. Time limits of whole runs do not count as something.
    ///
    /// - Returns: Whether there was something.
    /// - Throws: `CancellationError` if the test is cancelled; an error in an activity, a Nexus operation or what
    ///   ``schedule(after:_:)`` does, for which time waits.
    @discardableResult
    public func advanceToNextEvent() async throws -> Bool {
        try checkMayDrive()
        try await server.waitForRest()
        if try await releaseTask() { return true }
        guard let next = server.nextEvent else { return false }
        try await server.sleep(until: next, advances: true)
        try await server.waitForRest()
        return true
    }

    /// Waits until nobody is at work: the workers have done all that they can at this moment of the clock.
    ///
    /// - Throws: `CancellationError` if the test is cancelled; an error in an activity, a Nexus operation or what
    ///   ``schedule(after:_:)`` does, for which time waits.
    public func waitUntilIdle() async throws {
        try checkMayDrive()
        try await server.waitForRest()
    }

    // MARK: Steps

    /// Keeps all workflow tasks from the workers while something is done, but those that ``step()`` lets through.
    ///
    /// - Parameter body: What to do.
    /// - Returns: What `body` returns.
    public func stepping<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        server.setStepwise(true)
        defer { server.setStepwise(false) }
        return try await body()
    }

    /// Lets one workflow task through, the one that was scheduled first, and waits until it is done and what it led to: it
    /// is meant for ``stepping(_:)``. Where there is none, time passes until there is.
    ///
    /// - Returns: Whether there was one.
    /// - Throws: `CancellationError` if the test is cancelled; an error in an activity, a Nexus operation or what
    ///   ``schedule(after:_:)`` does, for which time waits.
    @discardableResult
    public func step() async throws -> Bool {
        try checkMayDrive()
        try await server.waitForRest()
        while true {
            if try await releaseTask() { return true }
            guard try await advanceToNextEvent() else { return false }
        }
    }

    private func releaseTask() async throws -> Bool {
        guard server.releaseWorkflowTask() else { return false }
        try await server.waitForRest()
        return true
    }

    // MARK: Later

    /// Does something at a later moment of the environment's clock, such as sending a signal.
    ///
    /// - Parameters:
    ///   - delay: How far from now.
    ///   - body: What to do. Time stands still meanwhile, so that it cannot wait for what takes time; an error fails the
    ///     test.
    public func schedule(after delay: Duration, _ body: @escaping @Sendable () async throws -> Void) {
        let mocks = mocks
        server.schedule(after: delay) {
            do {
                try await PlannedAction.run(body)
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
    /// Events of one run come in the order of its history. Nothing waits for who reads the stream. Where the service is not
    /// in memory, events come when the worker learns of them, and those after a run's last task not at all.
    public func events() -> AsyncStream<TestEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: TestEvent.self)
        streams.add(continuation)
        guard isInMemory else { return stream }
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
        return stream
    }

    // MARK: Workers

    /// Stops the environment's workers, as a deployment does, and starts others that have nothing in memory: each run goes
    /// on from its history.
    ///
    /// With other workflows it is a deployment of changed code: runs that are open go on with it, if their histories
    /// fit. At its end the test replays open runs with the code that came last, or with that of the version to which they are
    /// pinned, and runs that have ended with the code that worked on them last.
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

    /// Makes a Nexus endpoint. On a service that outlives the test it is taken away at the end; one that a test left that
    /// was killed is to be taken away by hand.
    ///
    /// - Parameters:
    ///   - name: The name that workflows use.
    ///   - taskQueue: The task queue whose worker runs the operations; `nil` for that of the environment.
    /// - Throws: `NexusEndpointAlreadyExistsError` if there is an endpoint of the name.
    public func createNexusEndpoint(_ name: String, taskQueue: String? = nil) async throws {
        let endpoint = try await client.operator.createNexusEndpoint(
            name,
            target: .worker(namespace: client.namespace, taskQueue: taskQueue ?? options.taskQueue)
        )
        if !isInMemory { endpoints.withLock { $0.append(endpoint) } }
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

    /// Loses the environment's workers with all that they have, as when their process dies, and starts others: what they had
    /// was not answered, and times out.
    ///
    /// - Throws: `WorkerConfigurationError`, which the workers before would have thrown too.
    public func crashWorker() async throws {
        // Two at a time are one.
        guard !isCrashing.exchange(true, ordering: .acquiringAndReleasing) else { return }
        defer { isCrashing.store(false, ordering: .releasing) }
        try await withoutSkipping {
            connection.setWorkerLost(true)
            await team.stop(isCrash: true)
            server.workerWasLost(identity: client.identity)
            connection.setWorkerLost(false)
            try team.start()
        }
    }

    /// Begins to lose the workers, for somebody who is part of what is lost and cannot wait for it.
    func beginCrash() {
        // What takes the place of the worker is no part of the activity that took it down.
        let crash = ActivityContext.$running.withValue(nil) {
            Task { [self] in
                do {
                    try await crashWorker()
                } catch {
                    mocks.note("No worker took the place of the one that was lost: \(error)")
                }
            }
        }
        crashes.withLock { $0.append(crash) }
    }

    /// Waits until all that was begun to be lost is, and others have taken the place of it.
    func finishCrashes() async {
        while let crash = crashes.withLock({ $0.popLast() }) { await crash.value }
    }
}
