import Foundation
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

    let mocks: MockRegistry
    let team: WorkerTeam
    let streams = EventStreams()
    private let threads: EnvironmentThreads
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
    ///   - nexusServices: Services with real Nexus operations. Those that are mocked need not be given.
    ///   - options: How the environment is set up.
    ///   - body: The test.
    /// - Returns: What the test returns.
    /// - Throws: ``TestFailure`` if something was wrong; what the test throws otherwise.
    public static func run<Value>(
        workflows: [any Workflow.Type],
        activities: [any ActivityContainer] = [],
        nexusServices: [any NexusService] = [],
        options: TestEnvironmentOptions = TestEnvironmentOptions(),
        _ body: (TestWorkflowEnvironment) async throws -> Value
    ) async throws -> Value {
        let environment = try TestWorkflowEnvironment(workflows, activities, nexusServices, options)
        for endpoint in options.nexusEndpoints { try await environment.createNexusEndpoint(endpoint) }
        return try await withTaskExecutorPreference(environment.threads) {
            try await environment.run(body)
        }
    }

    private func run<Value>(_ body: (TestWorkflowEnvironment) async throws -> Value) async throws -> Value {
        try team.start()
        try await makeCurrent(options.deployment)
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(self))
        } catch {
            result = .failure(error)
        }
        await team.stop()
        await replayAll()
        server.shutdown()
        streams.finish()
        let problems = mocks.problems()
        guard problems.isEmpty else {
            var thrown: (any Error)?
            if case .failure(let error) = result { thrown = error }
            throw TestFailure(
                problems: problems,
                error: thrown,
                histories: describeHistories(),
                seed: options.seed
            )
        }
        return try result.get()
    }

    private init(
        _ workflows: [any Workflow.Type],
        _ activities: [any ActivityContainer],
        _ nexusServices: [any NexusService],
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
        let mocks = MockRegistry(server: server, failureConverter: options.dataConverter.failureConverter)
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
        workerOptions.nexusInterceptors = options.nexusInterceptors
        let threads = EnvironmentThreads()
        // Real activities may hold their thread.
        workerOptions.threads = WorkerThreads(
            workflows: threads,
            others: threads,
            activity: { mocks.hasMocks(ofActivity: $0) ? threads : nil }
        )
        workerOptions.workflowTaskPollers = 2
        workerOptions.activityTaskPollers = 1
        workerOptions.nexusTaskPollers = 1
        // Nobody lists the workers of a test.
        workerOptions.heartbeatInterval = nil
        workerOptions.localActivityTime = LocalActivityTime(
            now: { server.now },
            sleep: { try await server.sleep(for: $0, onBegin: $1.onBegin, onEnd: $1.onEnd) },
            setIdle: { server.setWorkflowTask(runID: $0.runID, isIdle: $0.isIdle, stamp: $0.stamp) }
        )
        workerOptions.nexusIntercept = mocks.nexusIntercept
        workerOptions.activityIntercept = { try await mocks.call($0, $1, $2, $3) }
        workerOptions.workflowIntercept = { mocks.blueprint(of: $0) }
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
        self.threads = threads
        self.server = server
        self.mocks = mocks
        self.client = client
        self.options = options
        let taskQueues = [options.taskQueue] + options.otherTaskQueues
        self.team = WorkerTeam(
            workflows,
            activities,
            options.deployment,
            executor: threads,
            onFailure: { mocks.note("The worker of the environment failed: \($0)") },
            make: { [workerOptions] workflows, activities, deployment in
                var workerOptions = workerOptions
                workerOptions.deployment = deployment
                return try taskQueues.map { taskQueue in
                    try TemporalWorker(
                        client: client,
                        taskQueue: taskQueue,
                        workflows: workflows,
                        activities: activities,
                        nexusServices: nexusServices,
                        options: workerOptions
                    )
                }
            }
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

    // MARK: Standalone activities

    /// Starts an activity without a workflow on the environment's worker. Mocks stand in for it as in workflows.
    ///
    /// - Parameters:
    ///   - activity: The activity.
    ///   - input: Its arguments.
    ///   - options: How to start it; `nil` for an id of its own and a start-to-close timeout of a minute.
    /// - Returns: A handle to the activity.
    /// - Throws: As `TemporalClient.startActivity`.
    public func startActivity<each Input, Output>(
        _ activity: ActivityReference<repeat each Input, Output>,
        _ input: repeat each Input,
        options: ActivityOptions? = nil
    ) async throws -> ActivityHandle<Output> {
        try await client.startActivity(activity, repeat each input, options: options ?? defaultActivityOptions)
    }

    /// Starts an activity without a workflow on the environment's worker and waits for its result, while time skips.
    ///
    /// - Parameters:
    ///   - activity: The activity.
    ///   - input: Its arguments.
    ///   - options: How to start it; `nil` for an id of its own and a start-to-close timeout of a minute.
    /// - Returns: What the activity returned.
    /// - Throws: As `TemporalClient.executeActivity`.
    public func executeActivity<each Input, Output>(
        _ activity: ActivityReference<repeat each Input, Output>,
        _ input: repeat each Input,
        options: ActivityOptions? = nil
    ) async throws -> Output {
        try await client.executeActivity(activity, repeat each input, options: options ?? defaultActivityOptions)
    }

    private var defaultActivityOptions: ActivityOptions {
        ActivityOptions(
            id: "test-activity-\(ids.next())",
            taskQueue: options.taskQueue,
            startToCloseTimeout: .seconds(60)
        )
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
        let expectation = ActivityExpectation(name: activity.name, kind: "activity", location: "\(fileID):\(line)")
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

    /// Stands in for a workflow, such as a child that is not what the test is about.
    ///
    /// - Parameters:
    ///   - workflow: The workflow, registered or not.
    ///   - fileID: Where the test makes the mock.
    ///   - line: Where the test makes the mock.
    /// - Returns: The mock. Several mocks of one workflow are tried in the order in which they were made.
    public func mock<W: Workflow, each Input: Codable & Sendable>(
        _ workflow: W.Type,
        fileID: String = #fileID,
        line: Int = #line
    ) -> WorkflowMock<repeat each Input, W.RunOutput> where W.RunInputs == Inputs<repeat each Input> {
        mockWorkflow(W.definition.name, W.definition.result, "\(fileID):\(line)")
    }

    /// Stands in for a workflow that is known by name only, such as one written with another SDK.
    ///
    /// - Parameters:
    ///   - name: The name of the workflow type.
    ///   - inputs: The types that it takes.
    ///   - output: The type that it returns.
    ///   - fileID: Where the test makes the mock.
    ///   - line: Where the test makes the mock.
    /// - Returns: The mock.
    public func mockWorkflow<each Input: Codable & Sendable, Output: Codable & Sendable>(
        named name: String,
        of inputs: repeat (each Input).Type,
        returning output: Output.Type,
        fileID: String = #fileID,
        line: Int = #line
    ) -> WorkflowMock<repeat each Input, Output> {
        mockWorkflow(name, .value(), "\(fileID):\(line)")
    }

    /// Stands in for a workflow that is known by name only and returns nothing.
    ///
    /// - Parameters:
    ///   - name: The name of the workflow type.
    ///   - inputs: The types that it takes.
    ///   - fileID: Where the test makes the mock.
    ///   - line: Where the test makes the mock.
    /// - Returns: The mock; `returns(())` ends it at once.
    public func mockWorkflow<each Input: Codable & Sendable>(
        named name: String,
        of inputs: repeat (each Input).Type,
        fileID: String = #fileID,
        line: Int = #line
    ) -> WorkflowMock<repeat each Input, Void> {
        mockWorkflow(name, .none(), "\(fileID):\(line)")
    }

    /// Stands in for a Nexus operation. What it does is said by the methods of the result.
    ///
    /// - Parameters:
    ///   - operation: The operation, registered or not. It is called at an endpoint that leads to the environment:
    ///     ``TestEnvironmentOptions/nexusEndpoints``.
    ///   - fileID: Where the test makes the mock.
    ///   - line: Where the test makes the mock.
    /// - Returns: The mock. Several mocks of one operation are tried in the order in which they were made.
    public func mock<each Input, Output>(
        _ operation: NexusOperationReference<repeat each Input, Output>,
        fileID: String = #fileID,
        line: Int = #line
    ) -> NexusOperationMock<repeat each Input, Output> {
        let expectation = NexusExpectation(
            name: "\(operation.service)/\(operation.name)",
            kind: "Nexus operation",
            location: "\(fileID):\(line)"
        )
        mocks.add(expectation)
        return NexusOperationMock(operation, expectation, mocks)
    }

    /// Stands in for a Nexus operation with a closure.
    ///
    /// - Parameters:
    ///   - operation: The operation, registered or not.
    ///   - fileID: Where the test makes the mock.
    ///   - line: Where the test makes the mock.
    ///   - body: What the operation is to do.
    /// - Returns: The mock.
    @discardableResult
    public func mock<each Input, Output>(
        _ operation: NexusOperationReference<repeat each Input, Output>,
        fileID: String = #fileID,
        line: Int = #line,
        _ body: @escaping @concurrent @Sendable (repeat each Input) async throws -> Output
    ) -> NexusOperationMock<repeat each Input, Output> {
        mock(operation, fileID: fileID, line: line).runs(body)
    }

    /// Makes a Nexus endpoint.
    ///
    /// - Parameters:
    ///   - name: The name that workflows use.
    ///   - taskQueue: The task queue whose worker runs the operations; `nil` for that of the environment.
    /// - Throws: `RPCError` if there is an endpoint of the name.
    public func createNexusEndpoint(_ name: String, taskQueue: String? = nil) async throws {
        try await client.operator.createNexusEndpoint(
            name,
            target: .worker(namespace: client.namespace, taskQueue: taskQueue ?? options.taskQueue)
        )
    }

    private func mockWorkflow<each Input: Codable & Sendable, Output: Sendable>(
        _ name: String,
        _ output: OutputCoding<Output>,
        _ location: String
    ) -> WorkflowMock<repeat each Input, Output> {
        let expectation = WorkflowExpectation(name: name, kind: "workflow", location: location)
        mocks.add(expectation)
        return WorkflowMock(output, expectation, server)
    }

    // MARK: The end

    private func replayAll() async {
        guard options.replaysHistories else { return }
        let workflows = team.workflows
        let replayer = WorkflowReplayer(
            workflows: workflows,
            namespace: client.namespace,
            dataConverter: options.dataConverter,
            workflowFailureRules: options.workflowFailureRules,
            workflowInterceptors: options.workflowInterceptors,
            logger: options.logger
        )
        let known = Set(workflows.map { name(of: $0) })
        for run in server.runs() where known.contains(run.workflowType) && !mocks.hasMocked(runID: run.runID) {
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
