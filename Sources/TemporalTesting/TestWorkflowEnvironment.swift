public import Foundation
import Logging
public import Temporal
public import TemporalClient
public import TemporalTestServer
import TemporalWorker

/// A Temporal Service, a client and a worker for one test, all in this process and on a clock that skips waiting.
///
/// ```swift
/// try await TestWorkflowEnvironment.run(workflows: [DataRouting.self]) { env in
///     env.mock(RoutingActivities.getRoute).returns([Route("bad"), Route("good")])
///     let packet = try await env.executeWorkflow(DataRouting.self, request)
///     #expect(packet.failed == ["bad"])
/// }
/// ```
///
/// Every environment has its own service and its own time, so tests can run in parallel.
public final class TestWorkflowEnvironment: Sendable {
    /// A client of the environment's service.
    public let client: TemporalClient

    /// The environment's service.
    public let server: TestServer

    /// How the environment was set up.
    public let options: TestEnvironmentOptions

    private let workflows: [any Workflow.Type]
    private let mocks: MockRegistry
    private let worker: TemporalWorker
    private let ids = IDCounter()

    /// Runs a test in an environment of its own.
    ///
    /// At the end every run is replayed, and the test fails if the code is not deterministic, if an activity was called
    /// that no mock expected, if an expected call did not come, or if a workflow task failed, whatever the test itself
    /// has checked.
    ///
    /// - Parameters:
    ///   - workflows: The workflows that the environment's worker runs.
    ///   - activities: Real activities. Those that are mocked need not be given.
    ///   - options: How the environment is set up.
    ///   - body: The test.
    /// - Returns: What the test returns.
    /// - Throws: ``TestFailure`` if something was wrong; what the test throws otherwise.
    public static func run<Value>(
        workflows: [any Workflow.Type],
        activities: [any ActivityContainer] = [],
        options: TestEnvironmentOptions = TestEnvironmentOptions(),
        _ body: (TestWorkflowEnvironment) async throws -> Value
    ) async throws -> Value {
        let environment = try TestWorkflowEnvironment(workflows, activities, options)
        let running = Task { [worker = environment.worker] in try await worker.run() }
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(environment))
        } catch {
            result = .failure(error)
        }
        running.cancel()
        do {
            try await running.value
        } catch {
            environment.mocks.note("The worker of the environment failed: \(error)")
        }
        await environment.replayAll()
        environment.server.shutdown()
        let problems = environment.mocks.problems()
        guard problems.isEmpty else {
            var thrown: (any Error)?
            if case .failure(let error) = result { thrown = error }
            throw TestFailure(
                problems: problems,
                error: thrown,
                histories: environment.describeHistories(),
                seed: options.seed
            )
        }
        return try result.get()
    }

    private init(
        _ workflows: [any Workflow.Type],
        _ activities: [any ActivityContainer],
        _ options: TestEnvironmentOptions
    ) throws {
        var serverOptions = TestServer.Options(
            clock: .skipping(start: options.startTime),
            seed: options.seed,
            stallPolicy: options.stallPolicy
        )
        serverOptions.searchAttributes = options.searchAttributes
        serverOptions.suggestContinueAsNewEvents = options.suggestContinueAsNewEvents
        let server = TestServer(options: serverOptions)
        let mocks = MockRegistry(server: server)
        let client = TemporalClient(
            service: server,
            identity: "test",
            dataConverter: options.dataConverter,
            interceptors: options.clientInterceptors,
            logger: options.logger
        )
        var workerOptions = WorkerOptions()
        workerOptions.maximumCachedWorkflows = options.maximumCachedWorkflows
        workerOptions.deadlockTimeout = options.deadlockTimeout
        workerOptions.workflowFailureRules = options.workflowFailureRules
        workerOptions.workflowInterceptors = options.workflowInterceptors
        workerOptions.activityInterceptors = options.activityInterceptors
        workerOptions.workflowTaskPollers = 2
        workerOptions.activityTaskPollers = 1
        workerOptions.localActivityTime = LocalActivityTime(
            now: { server.now },
            sleep: { try await server.sleep(for: $0, onBegin: $1.onBegin, onEnd: $1.onEnd) },
            setIdle: { server.setWorkflowTask(runID: $0.runID, isIdle: $0.isIdle, stamp: $0.stamp) }
        )
        workerOptions.activityIntercept = { try await mocks.call($0, $1, $2, $3) }
        workerOptions.willCompleteAsynchronously = { server.activityWillCompleteAsynchronously(taskToken: $0) }
        workerOptions.onTaskFailure = { [policy = options.taskFailurePolicy] report in
            if !report.isAnswered { server.workflowTaskWasDropped(runID: report.runID) }
            guard policy == .failTest else { return }
            let problem =
                "A task of workflow '\(report.workflowID)' (\(report.workflowType)) failed: \(report.message)"
            mocks.note(problem)
            // The service would retry the task for ever.
            Task {
                let handle = client.workflowHandle(id: report.workflowID, runID: report.runID)
                try? await handle.terminate(reason: problem)
            }
        }
        self.server = server
        self.mocks = mocks
        self.client = client
        self.options = options
        self.workflows = workflows
        self.worker = try TemporalWorker(
            client: client,
            taskQueue: options.taskQueue,
            workflows: workflows,
            activities: activities,
            options: workerOptions
        )
    }

    // MARK: Workflows

    /// Starts a workflow on the environment's worker.
    ///
    /// - Parameters:
    ///   - type: The workflow.
    ///   - input: What its `run` takes.
    ///   - options: How to start it; `nil` for an id of its own and the defaults.
    /// - Returns: A handle to the workflow.
    /// - Throws: As `TemporalClient.startWorkflow`.
    public func startWorkflow<W: Workflow, each Input: Codable & Sendable>(
        _ type: W.Type,
        _ input: repeat each Input,
        options: WorkflowOptions? = nil
    ) async throws -> WorkflowHandle<W> where W.RunInputs == Inputs<repeat each Input> {
        try await client.startWorkflow(type, repeat each input, options: options ?? defaultOptions)
    }

    /// Starts a workflow on the environment's worker and waits for its result, while time skips.
    ///
    /// - Parameters:
    ///   - type: The workflow.
    ///   - input: What its `run` takes.
    ///   - options: How to start it; `nil` for an id of its own and the defaults.
    /// - Returns: What `run` returned.
    /// - Throws: As `TemporalClient.executeWorkflow`.
    public func executeWorkflow<W: Workflow, each Input: Codable & Sendable>(
        _ type: W.Type,
        _ input: repeat each Input,
        options: WorkflowOptions? = nil
    ) async throws -> W.RunOutput where W.RunInputs == Inputs<repeat each Input> {
        try await client.executeWorkflow(type, repeat each input, options: options ?? defaultOptions)
    }

    private var defaultOptions: WorkflowOptions {
        WorkflowOptions(id: "test-workflow-\(ids.next())", taskQueue: options.taskQueue)
    }

    // MARK: Mocks

    /// Stands in for an activity. What it does is said by the methods of the result.
    ///
    /// - Parameters:
    ///   - activity: The activity, registered or not.
    ///   - fileID: Where the test makes the mock.
    ///   - line: Where the test makes the mock.
    /// - Returns: The mock. Several mocks of one activity are tried in the order in which they were made.
    public func mock<each Input, Output>(
        _ activity: ActivityReference<repeat each Input, Output>,
        fileID: String = #fileID,
        line: Int = #line
    ) -> ActivityMock<repeat each Input, Output> {
        let expectation = MockExpectation(name: activity.name, location: "\(fileID):\(line)")
        mocks.add(expectation)
        return ActivityMock(activity, expectation)
    }

    /// Stands in for an activity with a closure.
    ///
    /// - Parameters:
    ///   - activity: The activity, registered or not.
    ///   - fileID: Where the test makes the mock.
    ///   - line: Where the test makes the mock.
    ///   - body: What the activity is to do.
    /// - Returns: The mock.
    @discardableResult
    public func mock<each Input, Output>(
        _ activity: ActivityReference<repeat each Input, Output>,
        fileID: String = #fileID,
        line: Int = #line,
        _ body: @escaping @concurrent @Sendable (repeat each Input) async throws -> Output
    ) -> ActivityMock<repeat each Input, Output> {
        mock(activity, fileID: fileID, line: line).runs(body)
    }

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

    // MARK: The end

    private func replayAll() async {
        guard options.replaysHistories else { return }
        let replayer = WorkflowReplayer(
            workflows: workflows,
            namespace: client.namespace,
            dataConverter: options.dataConverter,
            workflowFailureRules: options.workflowFailureRules,
            workflowInterceptors: options.workflowInterceptors,
            logger: options.logger
        )
        let known = Set(workflows.map { name(of: $0) })
        for run in server.runs() where known.contains(run.workflowType) {
            do {
                let events = server.history(workflowID: run.workflowID, runID: run.runID)
                try await replayer.replay(events, workflowID: run.workflowID, runID: run.runID)
            } catch {
                mocks.note("\(error)")
            }
        }
    }

    private func describeHistories() -> String {
        server.runs().map { run in
            let events = WorkflowHistory(
                workflowID: run.workflowID,
                runID: run.runID,
                events: server.history(workflowID: run.workflowID, runID: run.runID)
            )
            return "History of workflow '\(run.workflowID)' (\(run.workflowType)), run '\(run.runID)':\n"
                + events.map { "  \($0)" }.joined(separator: "\n")
        }.joined(separator: "\n")
    }
}

private func name<Definer: Workflow>(of type: Definer.Type) -> String {
    type.definition.name
}
