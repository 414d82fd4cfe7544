import CoreMetrics
import Logging
import Synchronization
import Temporal
import TemporalAPI
import Testing

@testable import TemporalClient

@Suite(.timeLimit(.minutes(1))) struct RetryingServiceTests {
    private let script = ScriptedService()
    private let time = ManualTiming()

    private func service(metrics: (any MetricsFactory)? = nil) -> RetryingService {
        RetryingService(
            script,
            namespace: "space",
            timing: time.timing,
            metrics: metrics,
            logger: .silent
        )
    }

    private func fail(_ code: RPCError.Code, _ message: String = "no", times: Int = 1) {
        for _ in 0..<times {
            script.answer(.describeNamespace) { _ in throw RPCError(code: code, message: message) }
        }
    }

    private func succeed() {
        script.answer(.describeNamespace) { _ in APIDescribeNamespaceResponse() }
    }

    private func call(_ options: CallOptions = .default) async throws {
        _ = try await service().call(.describeNamespace, APIDescribeNamespaceRequest(), options: options)
    }

    @Test(arguments: [
        RPCError.Code.dataLoss, .internalError, .unknown, .aborted, .outOfRange, .unavailable, .resourceExhausted,
    ])
    func `a passing error is tried again`(code: RPCError.Code) async throws {
        fail(code)
        succeed()
        try await call()
        #expect(script.calls.count == 2)
    }

    @Test func `a long wait outlasts a restart of the server, however long it waited before`() async throws {
        var request = APIGetWorkflowExecutionHistoryRequest()
        request.waitNewEvent = true
        let time = time
        script.answer(.getWorkflowExecutionHistory) { _ in
            time.advance(by: .seconds(64))
            throw RPCError(code: .unavailable, message: "gone")
        }
        for _ in 0..<6 {
            script.answer(.getWorkflowExecutionHistory) { _ in throw RPCError(code: .unavailable, message: "gone") }
        }
        script.answer(.getWorkflowExecutionHistory) { _ in APIGetWorkflowExecutionHistoryResponse() }
        _ = try await service().call(.getWorkflowExecutionHistory, request, options: .default)
        #expect(time.waits.reduce(.zero, +) > .seconds(20))
    }

    @Test func `a client may have retries of its own`() async throws {
        let retry = CallRetryOptions(
            initialInterval: .seconds(1),
            multiplier: 3,
            maximumInterval: .seconds(5),
            maximumAttempts: 4,
            maximumElapsed: nil
        )
        fail(.unavailable, times: 9)
        let own = RetryingService(script, namespace: "space", retry: retry, timing: time.timing, logger: .silent)
        await #expect(throws: RPCError.self) {
            try await own.call(.describeNamespace, APIDescribeNamespaceRequest(), options: .default)
        }
        #expect(time.waits == [.seconds(1), .seconds(3), .seconds(5)])
    }

    @Test(arguments: [
        RPCError.Code.invalidArgument, .notFound, .alreadyExists, .permissionDenied, .failedPrecondition,
        .unimplemented, .unauthenticated, .deadlineExceeded, .cancelled,
    ])
    func `a final error is not tried again`(code: RPCError.Code) async throws {
        fail(code)
        succeed()
        let error = await #expect(throws: RPCError.self) { try await call() }
        #expect(error?.code == code)
        #expect(script.calls.count == 1)
        #expect(time.waits.isEmpty)
    }

    @Test func `waits grow and end before ten seconds are over`() async throws {
        fail(.unavailable)
        await #expect(throws: RPCError.self) { try await call() }
        #expect(time.waits == [100, 170, 289, 491, 835, 1420, 2414, 4103].map { .milliseconds($0) })
        #expect(script.calls.count == 9)
    }

    @Test func `a server that has too much to do is left alone for a second and more`() async throws {
        fail(.resourceExhausted, times: 2)
        succeed()
        try await call()
        #expect(time.waits == [.seconds(1), .seconds(2)])
    }

    @Test(arguments: [
        "grpc: received message larger than max (5000000 vs. 4194304)",
        "grpc: message after decompression larger than max (5000000 vs. 4194304)",
        "trying to send message larger than max (5 vs. 4)",
    ])
    func `a message that is too large is final`(message: String) async throws {
        fail(.resourceExhausted, message)
        await #expect(throws: RPCError.self) { try await call() }
        #expect(script.calls.count == 1)
    }

    @Test func `no attempt is made again where the caller does not want it`() async throws {
        fail(.unavailable)
        await #expect(throws: RPCError.self) { try await call(CallOptions(retries: false)) }
        #expect(script.calls.count == 1)
    }

    @Test func `a poll for tasks goes on through any outage`() async throws {
        for code in [RPCError.Code.deadlineExceeded, .cancelled, .unavailable] {
            for _ in 0..<20 {
                script.answer(.pollActivityTaskQueue) { _ in throw RPCError(code: code, message: "no") }
            }
        }
        script.answer(.pollActivityTaskQueue) { _ in APIPollActivityTaskQueueResponse() }
        _ = try await service().call(.pollActivityTaskQueue, .init(), options: .default)
        #expect(script.calls.count == 61)
        #expect(time.waits.prefix(3) == [.milliseconds(200), .milliseconds(400), .milliseconds(800)])
        #expect(time.waits.last == .seconds(10))
    }

    @Test func `a poll for the end of a workflow outlasts a restart, but not a server that is gone`() async throws {
        script.answer(.getWorkflowExecutionHistory) { _ in throw RPCError(code: .unavailable, message: "no") }
        var request = APIGetWorkflowExecutionHistoryRequest()
        request.waitNewEvent = true
        await #expect(throws: RPCError.self) {
            _ = try await service().call(.getWorkflowExecutionHistory, request, options: .default)
        }
        let waited = time.waits.reduce(.zero, +)
        #expect(waited > .seconds(40) && waited <= .seconds(60))
    }

    @Test func `deadlines follow what a call waits for`() async throws {
        succeed()
        script.answer(.pollWorkflowTaskQueue) { _ in .init() }
        script.answer(.getWorkflowExecutionHistory) { _ in .init() }
        var wait = APIGetWorkflowExecutionHistoryRequest()
        wait.waitNewEvent = true
        let service = service()
        _ = try await service.call(.describeNamespace, .init(), options: .default)
        _ = try await service.call(.pollWorkflowTaskQueue, .init(), options: .default)
        _ = try await service.call(.getWorkflowExecutionHistory, wait, options: .default)
        _ = try await service.call(.getWorkflowExecutionHistory, .init(), options: .default)
        _ = try await service.call(.describeNamespace, .init(), options: CallOptions(timeout: .seconds(1)))
        #expect(script.calls.map(\.options.timeout) == [30, 70, 65, 30, 1].map { .seconds($0) })
    }

    @Test func `every call says who calls, and in which namespace`() async throws {
        succeed()
        script.answer(.getSystemInfo) { _ in .init() }
        try await call(CallOptions(metadata: ["own": "1", "client-name": "mine"]))
        _ = try await service().call(.getSystemInfo, .init(), options: .default)
        let metadata = script.calls.map(\.options.metadata)
        #expect(metadata[0]["temporal-namespace"] == "space")
        #expect(metadata[0]["own"] == "1")
        #expect(metadata[0]["client-name"] == "mine")
        #expect(metadata[0]["client-version"] == "0.1.0")
        #expect(metadata[1]["client-name"] == "temporal-swift")
        #expect(metadata[1]["temporal-namespace"] == nil)
    }

    @Test func `a cancelled task makes no further attempt`() async throws {
        script.answer(.describeNamespace) { _ in
            withUnsafeCurrentTask { $0?.cancel() }
            throw RPCError(code: .unavailable, message: "no")
        }
        let task = Task { try await call() }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(script.calls.count == 1)
    }

    @Test func `a service is not wrapped twice`() async throws {
        fail(.unavailable)
        let twice = RetryingService(
            service(),
            namespace: "other",
            timing: time.timing,
            logger: .silent
        )
        await #expect(throws: RPCError.self) {
            _ = try await twice.call(.describeNamespace, .init(), options: .default)
        }
        #expect(script.calls.count == 9)
        #expect(script.calls.first?.options.metadata["temporal-namespace"] == "other")
    }

    @Test func `each attempt is counted and timed`() async throws {
        fail(.unavailable, times: 2)
        succeed()
        script.answer(.pollActivityTaskQueue) { _ in .init() }
        script.answer(.pollWorkflowTaskQueue) { _ in .init() }
        let metrics = RecordingMetrics()
        let service = service(metrics: metrics)
        _ = try await service.call(.describeNamespace, .init(), options: .default)
        var activities = APIPollActivityTaskQueueRequest()
        activities.taskQueue.name = "orders"
        _ = try await service.call(.pollActivityTaskQueue, activities, options: .default)
        for name in ["orders", "orders-of-one-worker"] {
            var workflows = APIPollWorkflowTaskQueueRequest()
            workflows.taskQueue.name = name
            if name != "orders" { workflows.taskQueue.normalName = "orders" }
            _ = try await service.call(.pollWorkflowTaskQueue, workflows, options: .default)
        }
        let labels = "namespace=space,operation=DescribeNamespace"
        #expect(metrics.counts["temporal_request{\(labels)}"] == 3)
        #expect(metrics.counts["temporal_request_latency{\(labels)}"] == 3)
        #expect(metrics.counts["temporal_request_failure{\(labels),status_code=UNAVAILABLE}"] == 2)
        let poll = "namespace=space,operation=PollActivityTaskQueue,task_queue=orders"
        #expect(metrics.counts["temporal_long_request{\(poll)}"] == 1)
        #expect(metrics.counts["temporal_long_request_latency{\(poll)}"] == 1)
        // A worker's own queue counts for the one of all workers.
        let workflows = "namespace=space,operation=PollWorkflowTaskQueue,task_queue=orders"
        #expect(metrics.counts["temporal_long_request{\(workflows)}"] == 2)
    }
}

/// Counts what is recorded, by name and labels.
private final class RecordingMetrics: MetricsFactory {
    private let recorded = Mutex<[String: Int]>([:])

    var counts: [String: Int] { recorded.withLock { $0 } }

    private final class Handler: CounterHandler, TimerHandler {
        let record: @Sendable (Int) -> Void
        init(_ record: @escaping @Sendable (Int) -> Void) { self.record = record }
        func increment(by amount: Int64) { record(Int(amount)) }
        func reset() {}
        func recordNanoseconds(_ duration: Int64) { record(1) }
    }

    private func handler(_ label: String, _ dimensions: [(String, String)]) -> Handler {
        let labels = dimensions.map { "\($0)=\($1)" }.sorted().joined(separator: ",")
        return Handler { [self] amount in recorded.withLock { $0["\(label){\(labels)}", default: 0] += amount } }
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { handler(label, dimensions) }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { handler(label, dimensions) }
    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}
