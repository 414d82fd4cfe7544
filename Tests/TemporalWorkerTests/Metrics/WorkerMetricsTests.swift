import CoreMetrics
import Logging
import MetricsTestKit
import Synchronization
import Temporal
import TemporalClient
import TemporalTestServer
import Testing

@testable import TemporalWorker

/// The names and labels of metrics are those of all Temporal SDKs, so that dashboards fit.
@Suite(.timeLimit(.minutes(1))) struct WorkerMetricsTests {
    private let metrics = TestMetrics()

    /// Runs a workflow on a worker of its own, and stops the worker.
    private func run<W: Workflow>(
        _ type: W.Type,
        _ options: WorkerOptions = WorkerOptions()
    ) async throws where W.RunInputs == Inputs<> {
        let server = TestServer()
        defer { server.shutdown() }
        let client = TemporalClient(
            service: server,
            identity: "test",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            metrics: metrics
        )
        var options = options
        options.allowsEagerActivities = false
        let worker = try TemporalWorker(
            client: client,
            taskQueue: "queue",
            workflows: [type],
            activities: [Till()],
            options: options
        )
        let running = Task { try await worker.run() }
        do {
            _ = try await client.executeWorkflow(type, options: WorkflowOptions(id: "w", taskQueue: "queue"))
        } catch is WorkflowFailedError {
            // Some are to fail.
        }
        running.cancel()
        try await running.value
    }

    /// What was recorded, as `kind name key=value …`, without the calls of the client.
    private var names: Set<String> {
        func text(_ kind: String, _ label: String, _ dimensions: [(String, String)]) -> String {
            ([kind, label] + dimensions.map { "\($0)=\($1)" }).joined(separator: " ")
        }
        let all =
            metrics.counters.map { text("counter", $0.label, $0.dimensions) }
            + metrics.timers.map { text("timer", $0.label, $0.dimensions) }
            + metrics.recorders.map { text("gauge", $0.label, $0.dimensions) }
        return Set(all.filter { !$0.contains("_request") })
    }

    @Test func `a workflow with one activity makes exactly these metrics`() async throws {
        try await run(Sale.self)
        let queue = "namespace=default task_queue=queue"
        let workflow = "\(queue) workflow_type=Sale"
        let activity = "\(queue) activity_type=charge workflow_type=Sale"
        #expect(
            names == [
                "counter temporal_worker_start \(queue)",
                "counter temporal_workflow_task_queue_poll_succeed \(queue)",
                "counter temporal_sticky_cache_hit \(workflow)",
                "counter temporal_workflow_completed \(workflow)",
                "counter temporal_activity_task_received \(activity) eager=false",
                "counter orders \(workflow) kind=book",
                "counter charges \(activity)",
                "timer temporal_workflow_task_schedule_to_start_latency \(queue)",
                "timer temporal_workflow_task_execution_latency \(workflow)",
                "timer temporal_workflow_endtoend_latency \(workflow)",
                "timer temporal_activity_schedule_to_start_latency \(activity)",
                "timer temporal_activity_execution_latency \(activity)",
                "timer temporal_activity_succeed_endtoend_latency \(activity)",
                "gauge temporal_num_pollers \(queue) poller_type=workflow_task",
                "gauge temporal_num_pollers \(queue) poller_type=sticky_workflow_task",
                "gauge temporal_num_pollers \(queue) poller_type=activity_task",
                "gauge temporal_worker_task_slots_used \(queue) worker_type=WorkflowWorker",
                "gauge temporal_worker_task_slots_available \(queue) worker_type=WorkflowWorker",
                "gauge temporal_worker_task_slots_used \(queue) worker_type=ActivityWorker",
                "gauge temporal_worker_task_slots_available \(queue) worker_type=ActivityWorker",
                "gauge temporal_worker_task_slots_used \(queue) worker_type=LocalActivityWorker",
                "gauge temporal_worker_task_slots_available \(queue) worker_type=LocalActivityWorker",
                "gauge temporal_sticky_cache_size \(queue)",
            ]
        )
        #expect(metrics.counterTotal(label: "temporal_workflow_task_queue_poll_succeed") == 2)
        let used = metrics.recorders(label: "temporal_worker_task_slots_used").map(\.lastValue)
        #expect(used == [0, 0, 0])
        let available = metrics.recorders(label: "temporal_worker_task_slots_available").map(\.lastValue)
        #expect(available == [100, 100, 100])
        #expect(metrics.recorders(label: "temporal_num_pollers").map(\.lastValue) == [0, 0, 0])
    }

    @Test func `a workflow with one local activity makes exactly these metrics`() async throws {
        var options = WorkerOptions()
        options.pollsForActivities = false
        try await run(LocalSale.self, options)
        let queue = "namespace=default task_queue=queue"
        let workflow = "\(queue) workflow_type=LocalSale"
        let activity = "\(queue) activity_type=charge workflow_type=LocalSale"
        #expect(
            names == [
                "counter temporal_worker_start \(queue)",
                "counter temporal_workflow_task_queue_poll_succeed \(queue)",
                "counter temporal_workflow_completed \(workflow)",
                "counter temporal_local_activity_total \(activity)",
                "counter charges \(activity)",
                "timer temporal_workflow_task_schedule_to_start_latency \(queue)",
                "timer temporal_workflow_task_execution_latency \(workflow)",
                "timer temporal_workflow_endtoend_latency \(workflow)",
                "timer temporal_local_activity_execution_latency \(activity)",
                "timer temporal_local_activity_succeed_endtoend_latency \(activity)",
                "gauge temporal_num_pollers \(queue) poller_type=workflow_task",
                "gauge temporal_num_pollers \(queue) poller_type=sticky_workflow_task",
                "gauge temporal_worker_task_slots_used \(queue) worker_type=WorkflowWorker",
                "gauge temporal_worker_task_slots_available \(queue) worker_type=WorkflowWorker",
                "gauge temporal_worker_task_slots_used \(queue) worker_type=LocalActivityWorker",
                "gauge temporal_worker_task_slots_available \(queue) worker_type=LocalActivityWorker",
                "gauge temporal_sticky_cache_size \(queue)",
            ]
        )
        let local = [("namespace", "default"), ("task_queue", "queue"), ("worker_type", "LocalActivityWorker")]
        let used = metrics.recorders(label: "temporal_worker_task_slots_used", dimensions: local)
        #expect(used.map(\.values) == [[0, 1, 0]])
    }

    @Test func `attempts of local activities are counted by how they end`() async throws {
        try await run(LocalTrouble.self)
        let queue = "namespace=default task_queue=queue"
        func labels(_ activity: String) -> [(String, String)] {
            [
                ("namespace", "default"), ("task_queue", "queue"), ("activity_type", activity),
                ("workflow_type", "LocalTrouble"),
            ]
        }
        let failures = names.filter { $0.contains("local_activity_execution_failed") }
        // An expected failure is not among them, nor a cancellation.
        #expect(
            failures == [
                "counter temporal_local_activity_execution_failed \(queue) activity_type=fail workflow_type=LocalTrouble "
                    + "failure_reason=ActivityError",
                "counter temporal_local_activity_execution_failed \(queue) activity_type=dawdle workflow_type=LocalTrouble "
                    + "failure_reason=ActivityError",
            ]
        )
        #expect(metrics.counterTotal(label: "temporal_local_activity_execution_failed") == 3)
        #expect(metrics.counterTotal(label: "temporal_local_activity_total", dimensions: labels("fail")) == 2)
        #expect(metrics.counterTotal(label: "temporal_local_activity_total") == 6)
        #expect(
            metrics.counterTotal(label: "temporal_local_activity_execution_cancelled", dimensions: labels("hang")) == 1
        )
        #expect(metrics.counterTotal(label: "temporal_local_activity_execution_cancelled") == 1)
        let timed = metrics.timers(label: "temporal_local_activity_execution_latency")
        #expect(timed.reduce(0) { $0 + $1.values.count } == 6)
        let succeeded = metrics.timers(label: "temporal_local_activity_succeed_endtoend_latency")
        #expect(succeeded.map(\.values.count) == [1])
        let local = [("namespace", "default"), ("task_queue", "queue"), ("worker_type", "LocalActivityWorker")]
        let used = metrics.recorders(label: "temporal_worker_task_slots_used", dimensions: local)
        #expect(used.first?.lastValue == 0)
    }

    @Test func `the client counts its calls and those of its workers`() async throws {
        try await run(Sale.self)
        let labels = [("operation", "StartWorkflowExecution"), ("namespace", "default"), ("task_queue", "queue")]
        #expect(metrics.counterTotal(label: "temporal_request", dimensions: labels) == 1)
        #expect(metrics.timers(label: "temporal_request_latency", dimensions: labels).count == 1)
        // The worker's own queue counts for the one of all workers.
        let poll = [("operation", "PollWorkflowTaskQueue"), ("namespace", "default"), ("task_queue", "queue")]
        #expect(metrics.counters(label: "temporal_long_request", dimensions: poll).count == 1)
        #expect(metrics.counters.count { $0.dimensions.contains { $0.1 == "PollWorkflowTaskQueue" } } <= 2)
    }

    @Test func `nothing of the workflow's own is counted on replay`() async throws {
        var options = WorkerOptions()
        options.maximumCachedWorkflows = 0
        try await run(Sale.self, options)
        #expect(metrics.counterTotal(label: "orders") == 1)
        #expect(metrics.counterTotal(label: "temporal_workflow_completed") == 1)
        // The second task replays the first.
        #expect(metrics.timers(label: "temporal_workflow_task_replay_latency").map(\.values.count) == [1])
        #expect(metrics.counters(label: "temporal_sticky_cache_hit").isEmpty)
    }

    @Test func `failures are counted with their reasons, expected ones are not`() async throws {
        try await run(Refused.self)
        let queue = "namespace=default task_queue=queue"
        #expect(names.contains("counter temporal_workflow_failed \(queue) workflow_type=Refused"))
        #expect(
            names.contains(
                "counter temporal_activity_execution_failed \(queue) activity_type=refuse workflow_type=Refused "
                    + "failure_reason=ActivityError"
            )
        )
        #expect(
            names.contains(
                "counter temporal_unregistered_activity_invocation \(queue) activity_type=nobody"
            )
        )
        metrics.reset()
        try await run(ExpectedFailure.self)
        #expect(metrics.counters(label: "temporal_workflow_failed").isEmpty)
    }

    @Test func `how the machine is in use is told by a worker that gives out slots by it`() async throws {
        let clock = ManualClock()
        let machine = Machine(usage: ResourceUsage(memory: 0.25, cpu: 0.5))
        var options = WorkerOptions()
        options.timing = clock.timing
        options.localActivitySlots = ResourceBasedSlotSupplier(
            controller: ResourceController(targetMemory: 0.75, targetCPU: 0.9, monitor: machine, timing: clock.timing)
        )
        let script = WorkerScript()
        let client = TemporalClient(
            service: script,
            identity: "test",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            metrics: metrics
        )
        let worker = try TemporalWorker(client: client, taskQueue: "queue", workflows: [Sale.self], options: options)
        let running = Task { try await worker.run() }
        await clock.waitForSleeper(of: .seconds(1))
        machine.current.withLock { $0 = ResourceUsage(memory: 0.5, cpu: 0.5) }
        clock.advance(by: .seconds(1))
        await clock.waitForSleeper(of: .seconds(1))
        running.cancel()
        try await running.value
        func values(_ name: String) -> [[Double]] {
            metrics.recorders(
                label: "temporal_resource_slots_\(name)",
                dimensions: [("namespace", "default"), ("task_queue", "queue")]
            ).map(\.values)
        }
        #expect(values("mem_usage") == [[25, 50]])
        #expect(values("cpu_usage") == [[50, 50]])
        // Five times the distance from the target, less the rise.
        #expect(values("mem_pid_output") == [[2.5, 1]])
        #expect(values("cpu_pid_output").first?.count == 2)
    }

    @Test func `runs that leave the cache for others are counted`() async throws {
        var service = TestServer.Options()
        // Many tests run at once: each has to wait for its turn.
        service.queryTimeout = .seconds(50)
        let server = TestServer(options: service)
        defer { server.shutdown() }
        let client = TemporalClient(
            service: server,
            identity: "test",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            metrics: metrics
        )
        var options = WorkerOptions()
        options.maximumCachedWorkflows = 2
        let worker = try TemporalWorker(
            client: client,
            taskQueue: "queue",
            workflows: [Waiting.self],
            options: options
        )
        let running = Task { try await worker.run() }
        var handles: [WorkflowHandle<Waiting>] = []
        for number in 0..<5 {
            let handle = try await client.startWorkflow(
                Waiting.self,
                options: WorkflowOptions(id: "w\(number)", taskQueue: "queue")
            )
            #expect(try await handle.query(Waiting.isWaiting))
            handles.append(handle)
        }
        #expect(metrics.counterTotal(label: "temporal_sticky_cache_total_forced_eviction") == 3)
        try await handles[0].signal(Waiting.go)
        try await handles[0].result()
        #expect(metrics.counterTotal(label: "temporal_sticky_cache_miss") == 1)
        running.cancel()
        try await running.value
        #expect(metrics.recorders(label: "temporal_sticky_cache_size").first?.lastValue == 0)
    }
}

@Activities private struct Till {
    @Activity func charge(_ amount: Int) async throws -> Int {
        try Counter(label: "charges", factory: ActivityContext.current.metrics).increment()
        return amount
    }

    @Activity func refuse() async throws { throw ApplicationError("no", nonRetryable: true) }

    @Activity func fail() async throws { throw ApplicationError("no") }

    @Activity func expect() async throws { throw ApplicationError("as planned", category: .benign) }

    @Activity func hang() async throws {
        Self.hangs.open()
        await WorkerScript.waitForCancellation()
        throw CancellationError()
    }

    @Activity func dawdle() async throws { await WorkerScript.waitForCancellation() }

    @Activity func waitForHang() async throws { await Self.hangs.wait() }

    private static let hangs = Broadcast()
}

private final class Machine: ResourceMonitor {
    let current: Mutex<ResourceUsage>

    init(usage: ResourceUsage) {
        current = Mutex(usage)
    }

    func usage() -> ResourceUsage { current.withLock { $0 } }
}

@Workflow private actor LocalSale {
    func run() async throws -> Int {
        try await context.executeLocalActivity(Till.charge, 5, startToCloseTimeout: .seconds(10))
    }
}

/// One local activity for each way to end: six attempts in all.
@Workflow private actor LocalTrouble {
    func run() async throws {
        let hanging = Task {
            try await context.executeLocalActivity(Till.hang, startToCloseTimeout: .seconds(60))
        }
        try await context.executeLocalActivity(Till.waitForHang, startToCloseTimeout: .seconds(60))
        hanging.cancel()
        _ = await hanging.result
        let twice = RetryPolicy(initialInterval: .milliseconds(1), maximumAttempts: 2)
        let once = RetryPolicy(maximumAttempts: 1)
        try? await context.executeLocalActivity(
            Till.fail,
            startToCloseTimeout: .seconds(10),
            retryPolicy: twice
        )
        try? await context.executeLocalActivity(
            Till.expect,
            startToCloseTimeout: .seconds(10),
            retryPolicy: once
        )
        try? await context.executeLocalActivity(
            Till.dawdle,
            startToCloseTimeout: .milliseconds(1),
            retryPolicy: once
        )
    }
}

@Workflow private actor Sale {
    func run() async throws -> Int {
        Counter(label: "orders", dimensions: [("kind", "book")], factory: context.metrics).increment()
        return try await context.executeActivity(Till.charge, 5, startToCloseTimeout: .seconds(10))
    }
}

@Workflow private actor Refused {
    func run() async throws {
        do {
            let nobody = ActivityReference<Void>(name: "nobody")
            try await context.executeActivity(
                nobody,
                startToCloseTimeout: .seconds(10),
                retryPolicy: RetryPolicy(maximumAttempts: 1)
            )
        } catch is ActivityError {
            try await context.executeActivity(Till.refuse, startToCloseTimeout: .seconds(10))
        }
    }
}

@Workflow private actor ExpectedFailure {
    func run() async throws { throw ApplicationError("as planned", category: .benign) }
}

@Workflow private actor Waiting {
    private var mayGo = false

    func run() async throws { try await context.waitCondition { self.mayGo } }

    @Signal func go() { mayGo = true }
    @Query func isWaiting() -> Bool { !mayGo }
}
