import Foundation
import Logging
import Synchronization
public import Temporal
import TemporalAPI
public import TemporalClient
public import TemporalTestServer
import TemporalWorker

/// A Temporal Service, a client and a worker for one test, all in this process and on a clock that skips waiting.
///
/// ```swift
/// try await TestWorkflowEnvironment.run(workflows: [DataRouting.self]) { env in
///     env.mock(RoutingActivities.getRoute).returns(inOrder: [Route("bad"), Route("good")])
///     let packet = try await env.executeWorkflow(DataRouting.self, request)
///     #expect(packet.failed == ["bad"])
/// }
/// ```
///
/// Every environment has its own service and its own time, so tests can run in parallel.
public final class TestWorkflowEnvironment: Sendable {
    /// The environment of the test that runs now, in its own task and those it makes, and in activities; `nil` elsewhere.
    @TaskLocal public static var current: TestWorkflowEnvironment?

    /// The environment of the test that runs now.
    ///
    /// - Throws: An error outside of a test that has one.
    public static var required: TestWorkflowEnvironment {
        get throws {
            guard let current else { throw NoEnvironment() }
            return current
        }
    }

    /// A client of the environment's service.
    public let client: TemporalClient

    /// The environment's service. With another ``TestEnvironmentOptions/backend`` it is only the clock, that on the wall.
    public let server: TestServer

    /// How the environment was set up.
    public let options: TestEnvironmentOptions

    let mocks: MockRegistry
    let team: WorkerTeam
    let streams: EventStreams
    let connection: TestConnection
    let book: RunBook?
    let threads: EnvironmentThreads
    let ids = IDCounter()
    let startTime: Date
    let isCrashing = Atomic<Bool>(false)
    /// The crashes of workers that nobody has waited for.
    let crashes = Mutex<[Task<Void, Never>]>([])
    /// The Nexus endpoints that the test has made, where they outlive it.
    let endpoints = Mutex<[NexusEndpoint]>([])

    /// Whether the service is the one in memory.
    var isInMemory: Bool { book == nil }

    /// All that makes an environment.
    struct Setup: Sendable {
        var workflows: [any Workflow.Type]
        var activities: [any ActivityContainer]
        var nexusServices: [any NexusService] = []
        var options: TestEnvironmentOptions
        /// What decides the order of things that could happen at one moment; `nil` for the order in which they came.
        var choices: ChoiceSource?
        /// Whether a run leaves memory before its next task, by its id.
        var evictsBeforeTask: (@Sendable (String) -> Bool)?
    }

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
    /// - Throws: ``TestFailure`` if something was wrong; what the test throws otherwise, and a report of it goes to the logger
    ///   of the options. The helpers for testing libraries, such as the trait `.temporal(workflows:)`, show such a report with
    ///   the failure, also where an expectation failed and nothing was thrown.
    public static func run<Value>(
        workflows: [any Workflow.Type],
        activities: [any ActivityContainer] = [],
        nexusServices: [any NexusService] = [],
        options: TestEnvironmentOptions = TestEnvironmentOptions(),
        _ body: (TestWorkflowEnvironment) async throws -> Value
    ) async throws -> Value {
        let setup = Setup(
            workflows: workflows,
            activities: activities,
            nexusServices: nexusServices,
            options: options
        )
        return try await run(setup, body)
    }

    /// Runs a test of a testing library, which sees failures that are not thrown.
    package static func run(
        workflows: [any Workflow.Type],
        activities: [any ActivityContainer],
        nexusServices: [any NexusService],
        options: TestEnvironmentOptions,
        witness: TestWitness,
        _ body: (TestWorkflowEnvironment) async throws -> Void
    ) async throws {
        let setup = Setup(
            workflows: workflows,
            activities: activities,
            nexusServices: nexusServices,
            options: options
        )
        try await run(setup, witness: witness, body)
    }

    /// Runs a test in an environment of its own.
    ///
    /// - Parameters:
    ///   - setup: What makes it.
    ///   - witness: Who knows more of the test.
    ///   - inspect: Looks at the environment and its runs when the test is over.
    ///   - body: The test.
    static func run<Value>(
        _ setup: Setup,
        witness: TestWitness? = nil,
        inspect: (TestWorkflowEnvironment, [KnownRun]) -> Void = { _, _ in },
        _ body: (TestWorkflowEnvironment) async throws -> Value
    ) async throws -> Value {
        if let invalid = setup.options.invalidSeed { throw invalid }
        let environment = try TestWorkflowEnvironment(setup)
        return try await $current.withValue(environment) {
            try await withTaskExecutorPreference(environment.threads) {
                try await environment.run(witness, inspect, body)
            }
        }
    }

    private func run<Value>(
        _ witness: TestWitness?,
        _ inspect: (TestWorkflowEnvironment, [KnownRun]) -> Void,
        _ body: (TestWorkflowEnvironment) async throws -> Value
    ) async throws -> Value {
        for mistake in options.faults.mistakes(isInMemory: isInMemory) { mocks.note(mistake) }
        let result: Result<Value, any Error>
        do {
            try await prepareBackend()
            try team.start()
            try await makeCurrent(options.deployment)
            result = .success(try await body(self))
        } catch {
            result = .failure(error)
        }
        var error: (any Error)?
        if case .failure(let thrown) = result { error = thrown }
        // A test that threw may not have come to what goes wrong, nor to all calls.
        let isComplete = error == nil
        if isComplete { for missing in connection.missingFaults { mocks.note(missing) } }
        connection.endFaults()
        let hasFailed = !isComplete || witness?.hasFailed() == true
        let (runs, waits) = await shielded { [self] in
            await finishCrashes()
            let isFine = !hasFailed && mocks.problems(isComplete: true).isEmpty
            let waits = isFine ? [:] : await waitsOfOpenRuns()
            mocks.cutOffCalls()
            await team.end()
            // What has begun meanwhile starts no workers any more.
            await finishCrashes()
            let runs = await knownRuns(terminatesOpen: true)
            await cleanBackend()
            await check(runs)
            return (runs, waits)
        }
        if !hasFailed, mocks.problems(isComplete: true).isEmpty { mocks.close() }
        let pending = isInMemory ? pendingWork(waits) : []
        server.shutdown()
        streams.finish()
        inspect(self, runs)
        let problems = mocks.problems(isComplete: isComplete)
        func report() -> TestFailure {
            TestFailure(
                problems: problems,
                error: error,
                histories: describeHistories(runs),
                timeline: timeline(runs),
                pendingWork: pending,
                calls: mocks.log.all.map { "+\(offset($0.time.timeIntervalSince(startTime))) \($0)" },
                faults: connection.faultsSoFar,
                seed: options.seed
            )
        }
        guard problems.isEmpty else { throw report() }
        if hasFailed, let witness {
            witness.report(report())
        } else if hasFailed {
            options.logger.error("A test failed.\n\(report())")
        }
        return try result.get()
    }

    private init(_ setup: Setup) throws {
        let existing = setup.options.backend.existing
        let server = TestServer(options: setup.options.serverOptions)
        let options = setup.options.adjusted(for: existing?.service ?? server)
        let streams = EventStreams()
        let book = existing.map { _ in RunBook { streams.send($1, of: $0) } }
        let faults = options.faults.injector(seed: options.seed, server: existing == nil ? server : nil)
        var waitForTurn: (@Sendable () async throws -> Void)?
        if setup.choices != nil { waitForTurn = { try await server.waitForTurn() } }
        let connection = TestConnection(
            existing?.service ?? server,
            faults: faults,
            book: book,
            onQuery: options.coverage.map { coverage in
                coverage.notesQueries { query in
                    let (namespace, run) = (query.namespace, query.execution)
                    guard let book else {
                        return server.type(namespace: namespace, workflowID: run.workflowID, runID: run.runID)
                    }
                    return book.type(namespace: namespace, workflowID: run.workflowID, runID: run.runID)
                }
            },
            waitForTurn: waitForTurn
        )
        let namespace = existing?.namespace ?? "default"
        let client = options.client(of: connection, namespace: namespace, hasFaults: faults != nil)
        let mocks = try MockRegistry(
            host: MockRegistry.Host(
                server: server,
                isInMemory: existing == nil,
                dataConverter: options.dataConverter,
                events: { [book] namespace, workflowID, runID in
                    book?.events(runID: runID)
                        ?? server.history(workflowID: workflowID, runID: runID, namespace: namespace)
                }
            ),
            options: options
        )
        let threads = EnvironmentThreads()
        self.streams = streams
        self.threads = threads
        self.server = server
        self.mocks = mocks
        self.client = client
        self.connection = connection
        self.book = book
        self.startTime = server.now
        var resolved = options
        if existing != nil, options.taskQueue == TestEnvironmentOptions.defaultTaskQueue {
            // Other tests work on the same service.
            resolved.taskQueue = "test-\(RandomID.make())"
        }
        self.options = resolved
        let taskQueues = [resolved.taskQueue] + options.otherTaskQueues
        let clients =
            [client]
            + options.otherNamespaces.map { options.client(of: connection, namespace: $0, hasFaults: faults != nil) }
        let workerOptions = options.workerOptions(server: server, mocks: mocks, threads: threads, clients: clients)
        self.team = WorkerTeam(
            setup.workflows,
            setup.activities,
            options.deployment,
            executor: threads,
            patience: options.stopPatience,
            onFailure: { mocks.note("The worker of the environment failed: \($0)") },
            onLeftBehind: { mocks.noteLeftBehind() },
            make: { [workerOptions] code, activities, onTask in
                var workerOptions = workerOptions
                workerOptions.deployment = code.deployment
                workerOptions.evictsBeforeTask = { [evicts = setup.evictsBeforeTask] runID in
                    onTask(runID)
                    return evicts?(runID) ?? false
                }
                return try clients.flatMap { client in
                    try taskQueues.map { taskQueue in
                        try TemporalWorker(
                            client: client,
                            taskQueue: taskQueue,
                            workflows: code.workflows,
                            activities: activities,
                            nexusServices: setup.nexusServices,
                            options: workerOptions,
                            plugins: options.workerPlugins
                        )
                    }
                }
            }
        )
        server.setExecutor(threads)
        guard existing == nil else { return }
        if options.time == .manual { server.pauseSkipping() }
        if let choices = setup.choices {
            server.setChoices(choices) { threads.isIdle }
            threads.setOnIdle { [weak server] in server?.hostIsQuiet() }
        }
        server.explainStalls(isHostQuiet: { threads.isIdle }) { [weak server] run in
            guard let server else { return nil }
            return await codeWaits(of: run, server, options)
        }
    }
}

/// What the code of a run waits for, if its worker answers.
func codeWaits(of run: TestServer.RunName, _ server: TestServer, _ options: TestEnvironmentOptions) async -> String? {
    let client = TemporalClient(
        service: server,
        namespace: run.namespace,
        dataConverter: options.dataConverter,
        logger: options.logger
    )
    let handle = client.workflowHandle(id: run.workflowID, runID: run.runID)
    // A worker that does not answer leaves the report without this line.
    return try? await handle.query("__stack_trace", as: String.self)
}

/// There is no environment where one is asked for.
struct NoEnvironment: Error, CustomStringConvertible {
    let description =
        "No test environment runs here. Run the test in TestWorkflowEnvironment.run, or give it or its suite the trait "
        + "`.temporal(workflows:)`."
}
