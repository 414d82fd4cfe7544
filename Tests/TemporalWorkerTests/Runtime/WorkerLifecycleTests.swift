import Dispatch
import Logging
import ServiceLifecycle
import Synchronization
import Temporal
import TemporalClient
import TemporalTestServer
import Testing

@testable import TemporalWorker

/// How workers start, stop, and what they refuse.
@Suite(.timeLimit(.minutes(1))) struct WorkerLifecycleTests {
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func client(_ server: TestServer) -> TemporalClient {
        TemporalClient(service: server, identity: "test", logger: quiet)
    }

    private func worker(
        _ client: TemporalClient,
        _ steps: Steps,
        grace: Duration = .seconds(10)
    ) throws -> TemporalWorker {
        var options = WorkerOptions()
        options.gracefulShutdownTimeout = grace
        return try TemporalWorker(
            client: client,
            taskQueue: "queue",
            workflows: [TwoSteps.self],
            activities: [steps],
            options: options
        )
    }

    /// Runs a worker as a service, and stops it gracefully when the first step runs.
    private func runUntilFirstStep(_ worker: TemporalWorker, _ steps: Steps) async throws {
        let group = ServiceGroup(services: [worker], logger: quiet)
        async let running: Void = group.run()
        await steps.started.wait()
        await group.triggerGracefulShutdown()
        steps.mayEnd.open()
        try await running
    }

    @Test func `a graceful stop loses no task and repeats no activity`() async throws {
        let server = TestServer()
        defer { server.shutdown() }
        let client = client(server)
        let steps = Steps()
        let handle = try await client.startWorkflow(
            TwoSteps.self,
            options: WorkflowOptions(id: "w", taskQueue: "queue")
        )
        try await runUntilFirstStep(try worker(client, steps), steps)
        // The second may be under way when the stop is noticed.
        #expect(steps.log.withLock { $0 }.first == "first")

        let second = try worker(client, steps)
        let running = Task { try await second.run() }
        #expect(try await handle.result() == "first second")
        #expect(steps.log.withLock { $0 } == ["first", "second"])
        let events = try await handle.history().map(\.type)
        #expect(!events.contains { $0.hasSuffix("TimedOut") }, "\(events)")
        running.cancel()
        try await running.value
    }

    @Test func `an activity that outlives the grace period is cancelled with the reason`() async throws {
        let server = TestServer()
        defer { server.shutdown() }
        let client = client(server)
        let steps = Steps(waitsForCancellation: true)
        _ = try await client.startWorkflow(TwoSteps.self, options: WorkflowOptions(id: "w", taskQueue: "queue"))
        try await runUntilFirstStep(try worker(client, steps, grace: .milliseconds(50)), steps)
        #expect(steps.log.withLock { $0 } == ["workerShutdown"])
    }

    @Test(arguments: [false, true])
    func `activities, local ones too, are told when the worker begins to stop`(isLocal: Bool) async throws {
        let server = TestServer()
        defer { server.shutdown() }
        let client = client(server)
        let steps = Steps()
        var options = WorkerOptions()
        // The end of the grace period would come after that of the test.
        options.gracefulShutdownTimeout = .seconds(3600)
        let worker = try TemporalWorker(
            client: client,
            taskQueue: "queue",
            workflows: [Watchful.self],
            activities: [steps],
            options: options
        )
        let handle = try await client.startWorkflow(
            Watchful.self,
            isLocal,
            options: WorkflowOptions(id: "w", taskQueue: "queue")
        )
        try await runUntilFirstStep(worker, steps)
        #expect(steps.log.withLock { $0 } == ["false", "true", "nobody cancelled it"])

        let second = try TemporalWorker(client: client, taskQueue: "queue", workflows: [Watchful.self])
        let running = Task { try await second.run() }
        #expect(try await handle.result() == "stopped in time")
        running.cancel()
        try await running.value
    }

    @Test func `a wait for the stop of the worker ends with the task that waits`() async throws {
        let notice = StopNotice()
        let waiting = Task { try await notice.wait() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        let second = Task { try await notice.wait() }
        notice.give()
        try await second.value
        // It is given once and for all.
        try await notice.wait()
        #expect(notice.isGiven)
    }

    @Test func `an activity talks to the service with the client of its worker`() async throws {
        let server = TestServer()
        defer { server.shutdown() }
        let client = client(server)
        let worker = try TemporalWorker(
            client: client,
            taskQueue: "queue",
            workflows: [Echo.self, Asking.self],
            activities: [Asker()]
        )
        let running = Task { try await worker.run() }
        let result = try await client.executeWorkflow(
            Asking.self,
            options: WorkflowOptions(id: "w", taskQueue: "queue")
        )
        #expect(result == "answer to w")
        running.cancel()
        try await running.value
    }

    @Test func `code that never returns keeps neither its slot nor the worker`() async throws {
        let server = TestServer()
        defer { server.shutdown() }
        let client = client(server)
        var options = WorkerOptions()
        options.deadlockTimeout = .milliseconds(100)
        let worker = try TemporalWorker(client: client, taskQueue: "queue", workflows: [Sitter.self], options: options)
        let running = Task { try await worker.run() }
        let handle = try await client.startWorkflow(
            Sitter.self,
            options: WorkflowOptions(id: "w", taskQueue: "queue")
        )
        while try await !handle.history().contains(where: { $0.type == "WorkflowTaskFailed" }) { await Task.yield() }
        while worker.workflowSlots.used > 0 { await Task.yield() }
        running.cancel()
        try await running.value
        // Not before: the code stood in the way all the time.
        Sitter.mayGo.signal()
    }

    @Test func `several workers share one client`() async throws {
        let server = TestServer()
        defer { server.shutdown() }
        let client = client(server)
        let workers = try (0..<3).map { number in
            try TemporalWorker(client: client, taskQueue: "queue \(number)", workflows: [Echo.self])
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in workers { group.addTask { try await worker.run() } }
            for number in 0..<3 {
                let result = try await client.executeWorkflow(
                    Echo.self,
                    "hello \(number)",
                    options: WorkflowOptions(id: "w\(number)", taskQueue: "queue \(number)")
                )
                #expect(result == "hello \(number)")
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func `a namespace that does not exist ends the worker with an error`() async throws {
        let server = TestServer()
        defer { server.shutdown() }
        let client = TemporalClient(service: server, namespace: "nowhere", identity: "test", logger: quiet)
        let worker = try TemporalWorker(client: client, taskQueue: "queue", workflows: [Echo.self])
        await #expect(throws: RPCError.self) { try await worker.run() }
    }

    @Test func `what cannot work is refused with what to do`() async throws {
        let client = client(TestServer())
        func message(_ make: () throws -> TemporalWorker) -> String {
            do {
                _ = try make()
                return ""
            } catch {
                return String(describing: error)
            }
        }
        #expect(message { try TemporalWorker(client: client, taskQueue: "") }.contains("name of a task queue"))
        #expect(message { try TemporalWorker(client: client, taskQueue: "q") }.contains("nothing to run"))
        #expect(
            message { try TemporalWorker(client: client, taskQueue: "q", workflows: [Echo.self, Echo.self]) }
                .contains("have the name 'Echo'")
        )
        var options = WorkerOptions()
        options.workflowTaskPollers = 1
        #expect(
            message { try TemporalWorker(client: client, taskQueue: "q", workflows: [Echo.self], options: options) }
                .contains("workflowTaskPollers is 1, and must be at least 2")
        )
        options = WorkerOptions()
        options.maximumConcurrentWorkflowTasks = 1
        #expect(
            message { try TemporalWorker(client: client, taskQueue: "q", workflows: [Echo.self], options: options) }
                .contains("maximumConcurrentWorkflowTasks is 1, and must be at least 2")
        )
        options.maximumCachedWorkflows = 0
        #expect(
            message { try TemporalWorker(client: client, taskQueue: "q", workflows: [Echo.self], options: options) }
                == ""
        )
        let worker = try TemporalWorker(client: client, taskQueue: "q", workflows: [Echo.self])
        let running = Task { try await worker.run() }
        running.cancel()
        try await running.value
        await #expect(throws: WorkerConfigurationError.self) { try await worker.run() }
    }
}

@Workflow private actor Sitter {
    static let mayGo = DispatchSemaphore(value: 0)

    func run() async throws {
        sit()
    }

    private func sit() {
        Self.mayGo.wait()
        // Whoever else sits here goes too.
        Self.mayGo.signal()
    }
}

@Activities private final class Steps: Sendable {
    let started = Broadcast()
    let mayEnd = Broadcast()
    let log = Mutex<[String]>([])
    private let waitsForCancellation: Bool

    init(waitsForCancellation: Bool = false) {
        self.waitsForCancellation = waitsForCancellation
    }

    @Activity func step(_ name: String) async throws -> String {
        started.open()
        if waitsForCancellation {
            do {
                try await Task.sleep(for: .seconds(3600))
            } catch {
                let reason = try ActivityContext.current.cancellationReason.map(\.description) ?? "none"
                log.withLock { $0.append(reason) }
                throw error
            }
        }
        await mayEnd.wait()
        log.withLock { $0.append(name) }
        return name
    }

    /// Waits for the worker to stop.
    @Activity func watch() async throws -> String {
        let context = try ActivityContext.current
        log.withLock { $0.append("\(context.isWorkerStopping)") }
        started.open()
        try await context.waitUntilWorkerStops()
        log.withLock { $0.append("\(context.isWorkerStopping)") }
        if context.cancellationReason == nil { log.withLock { $0.append("nobody cancelled it") } }
        return "stopped in time"
    }
}

@Workflow private actor Watchful {
    func run(_ isLocal: Bool) async throws -> String {
        isLocal
            ? try await context.executeLocalActivity(Steps.watch, startToCloseTimeout: .seconds(30))
            : try await context.executeActivity(Steps.watch, startToCloseTimeout: .seconds(30))
    }
}

@Activities private struct Asker {
    @Activity func ask() async throws -> String {
        let context = try ActivityContext.current
        return try await context.client.executeWorkflow(
            Echo.self,
            "answer to \(context.info.workflowID)",
            options: WorkflowOptions(id: "asked", taskQueue: context.info.taskQueue)
        )
    }
}

@Workflow private actor Asking {
    func run() async throws -> String {
        try await context.executeActivity(Asker.ask, startToCloseTimeout: .seconds(30))
    }
}

@Workflow private actor TwoSteps {
    func run() async throws -> String {
        let first = try await context.executeActivity(Steps.step, "first", startToCloseTimeout: .seconds(30))
        let second = try await context.executeActivity(Steps.step, "second", startToCloseTimeout: .seconds(30))
        return "\(first) \(second)"
    }
}

@Workflow private actor Echo {
    func run(_ text: String) async throws -> String { text }
}
