import Temporal
import TemporalClient
import TemporalTestServer
import TemporalWorker

/// What an environment is made of, by its options.
extension TestEnvironmentOptions {
    static let defaultTaskQueue = "test"

    /// How the service in memory is set up; with another backend it is only a clock.
    var serverOptions: TestServer.Options {
        let isWall = backend.existing != nil || time == .wall
        var server = TestServer.Options(
            clock: isWall ? .wall : .skipping(start: startTime),
            seed: seed,
            namespaces: ["default"] + otherNamespaces,
            stallPolicy: stallPolicy
        )
        server.searchAttributes = searchAttributes
        server.suggestContinueAsNewEvents = suggestContinueAsNewEvents
        server.grantsEagerActivities = grantsEagerActivities
        server.stallGrace = stallGrace
        server.workerAdvice =
            "The environment works for task queue '\(taskQueue)': name others in TestEnvironmentOptions.otherTaskQueues, or the "
            + "one that all is to be on in TestEnvironmentOptions.taskQueue."
        return server
    }

    /// The options as client plugins want them.
    ///
    /// - Parameter service: The service that the environment works with.
    func adjusted(for service: any TemporalService) -> TestEnvironmentOptions {
        let client = TemporalClient(
            service: service,
            dataConverter: dataConverter,
            interceptors: clientInterceptors,
            logger: logger,
            plugins: plugins.compactMap { $0 as? any ClientPlugin }
        )
        var options = self
        options.dataConverter = client.dataConverter
        options.clientInterceptors = client.interceptors
        options.logger = client.logger
        return options
    }

    /// What adjusts workers and replayers.
    var workerPlugins: [any WorkerPlugin] { plugins.compactMap { $0 as? any WorkerPlugin } }

    /// A client of the environment's service.
    ///
    /// - Parameters:
    ///   - connection: The service.
    ///   - namespace: The client's namespace.
    ///   - hasFaults: Whether calls go wrong, so that they are made again, without the usual waits.
    func client(of connection: TestConnection, namespace: String, hasFaults: Bool) -> TemporalClient {
        guard hasFaults else {
            return TemporalClient(
                service: connection,
                namespace: namespace,
                identity: "test",
                dataConverter: dataConverter,
                interceptors: clientInterceptors,
                logger: logger
            )
        }
        return TemporalClient(
            retrying: RetryingService(connection, namespace: namespace, timing: .hasty, logger: logger),
            namespace: namespace,
            identity: "test",
            dataConverter: dataConverter,
            interceptors: clientInterceptors,
            logger: logger
        )
    }

    /// How the workers work.
    func workerOptions(
        server: TestServer,
        mocks: MockRegistry,
        threads: EnvironmentThreads,
        clients: [TemporalClient]
    ) -> WorkerOptions {
        var worker = WorkerOptions()
        worker.maximumCachedWorkflows = maximumCachedWorkflows
        worker.deadlockTimeout = deadlockTimeout
        worker.workflowFailureRules = workflowFailureRules
        worker.workflowInterceptors = workflowInterceptors
        worker.activityInterceptors = activityInterceptors
        worker.nexusInterceptors = nexusInterceptors
        // Real activities may hold their thread.
        worker.threads = WorkerThreads(
            workflows: threads,
            others: threads,
            activity: { mocks.hasMocks(ofActivity: $0) ? threads : nil }
        )
        worker.workflowTaskPollers = 2
        worker.activityTaskPollers = 1
        worker.nexusTaskPollers = 1
        // Nobody lists the workers of a test.
        worker.heartbeatInterval = nil
        if faults.isSomething { worker.timing = .hastyPolls }
        worker.localActivityTime = LocalActivityTime(
            now: { server.now },
            sleep: { try await server.sleep(for: $0, onBegin: $1.onBegin, onEnd: $1.onEnd) },
            setIdle: { server.setWorkflowTask(runID: $0.runID, isIdle: $0.isIdle, stamp: $0.stamp) },
            executor: threads
        )
        worker.activityTime = ActivityTime(
            now: { .nanoseconds(server.moment.nanoseconds) },
            after: { server.planned(after: $0, $1) }
        )
        worker.nexusIntercept = mocks.nexusIntercept
        worker.activityIntercept = { try await mocks.call($0, $1, $2, $3) }
        worker.workflowIntercept = { mocks.blueprint(of: $0) }
        worker.willCompleteAsynchronously = { server.activityWillCompleteAsynchronously(taskToken: $0) }
        worker.withheldPatches = withheldPatches
        if coverage != nil || !withheldPatches.isEmpty {
            worker.codeHook = CodeHook(
                onPatch: { [coverage] workflow, patch, isTaken in
                    mocks.noteQuestion(ofPatch: patch)
                    coverage?.notePatch(patch, of: workflow, isTaken: isTaken)
                },
                onStart: { [coverage] in coverage?.noteStart(of: $0, $1) }
            )
        }
        worker.onTaskFailure = { [policy = taskFailurePolicy] report in
            if !report.isAnswered { server.workflowTaskWasDropped(runID: report.runID) }
            guard policy == .failTest else { return }
            let problem =
                "A task of workflow '\(report.workflowID)' (\(report.workflowType)) failed: \(report.message)"
            mocks.note(problem)
            // One attempt after the other would keep the service from hearing what follows.
            if !report.isAnswered { server.terminate(runID: report.runID, reason: problem) }
            // The service would retry the task for ever.
            Task {
                for client in clients {
                    let handle = client.workflowHandle(id: report.workflowID, runID: report.runID)
                    // It may have ended by then, and is in one of the namespaces only.
                    try? await handle.terminate(reason: problem)
                }
            }
        }
        return worker
    }
}

extension CallTiming {
    /// The timing of calls that go wrong on purpose: there is nothing to wait for before the next attempt.
    fileprivate static let hasty = CallTiming(
        now: { .zero },
        sleep: { _ in try await Task.sleep(for: .milliseconds(1)) },
        random: { 0.5 }
    )

    /// The same for all that a worker does by time: only the short waits, those between polls, are cut.
    fileprivate static let hastyPolls = CallTiming(
        now: system.now,
        sleep: { try await Task.sleep(for: $0 < .seconds(1) ? min($0, .milliseconds(2)) : $0) },
        random: { 0.5 }
    )
}
