import Foundation
import Synchronization
import Temporal
import TemporalClient
import TemporalTesting
import Testing
import WriteBatching

/// Main workflows and their batchers.
@Suite(.timeLimit(.minutes(1))) struct BatchingTests {
    @Test func `a request is written and its caller goes on`() async throws {
        try await withBatching { env, stage in
            let result = try await stage.runMain(0)
            #expect(result.hasPrefix("TRANSACTION_SUCCESS: Workflow main-0 completed: Completed initial_processing"))
            #expect(try await stage.ledger.count() == (1, 1))
        }
    }

    @Test func `a full batch is written at once, another one after its time`() async throws {
        try await withBatching(configure: { $0.batchSize = 5 }) { env, stage in
            let start = env.now
            try await stage.runMains(0..<7)
            let statistics = try await stage.statistics(0)
            #expect(statistics.processedBatches == 2)
            #expect(statistics.writtenRequests == 7)
            #expect(env.now.timeIntervalSince(start) >= 20)
            #expect(try await stage.ledger.count() == (7, 7))
        }
    }

    @Test func `a request that is sent again is written and counted once`() async throws {
        try await withBatching { env, stage in
            let request = WriteRequest(requestID: "r", workflowID: "nobody", data: "x", submittedAt: env.now)
            let batcher = stage.batcher(0)
            for _ in 0..<3 { try await batcher.signal(Batcher.add, request) }
            try await env.sleep(for: .seconds(60))
            #expect(try await stage.statistics(0).sessionSignalsReceived == 3)
            #expect(try await stage.statistics(0).writtenRequests == 1)
            try await batcher.signal(Batcher.add, request)
            try await env.sleep(for: .seconds(120))
            #expect(try await stage.statistics(0).writtenRequests == 1)
            #expect(try await batcher.query(Batcher.isProcessed, "r"))
            #expect(try await stage.ledger.count() == (1, 1))
            // Nobody is there to be told: that is given up, and holds nothing up.
            #expect(try await stage.statistics(0).abandonedConfirmations == 2)
        }
    }

    @Test func `a batch that fails is tried again`() async throws {
        try await withBatching(failures: 4) { _, stage in
            // Three attempts of the first round fail, and one of the second.
            try await stage.runMains(0..<3)
            #expect(try await stage.ledger.count() == (3, 3))
            #expect(try await stage.statistics(0).processedBatches == 1)
        }
    }

    @Test func `a write that fails for good fails its callers`() async throws {
        try await withBatching(configure: { $0.writeRounds = 2 }, failures: .max) { _, stage in
            let error = await #expect(throws: WorkflowFailedError.self) { _ = try await stage.runMain(0) }
            #expect((error?.cause as? ApplicationError)?.type == "DATABASE_WRITE_FAILED")
            let count = try await stage.ledger.count()
            #expect(count == (0, 0))
        }
    }

    @Test func `a caller that is not confirmed in time fails`() async throws {
        try await withBatching(configure: { $0.waitSeconds = 300 }) { env, stage in
            let error = await #expect(throws: WorkflowFailedError.self) { _ = try await stage.runMain(0) }
            #expect((error?.cause as? ApplicationError)?.type == "WRITE_CONFIRMATION_TIMEOUT")
            try await env.sleep(for: .seconds(400))
            #expect(try await stage.statistics(0).abandonedConfirmations == 1)
        }
    }

    @Test func `a caller without a batcher fails`() async throws {
        try await withBatching(shards: 1) { env, stage in
            try await stage.batcher(0).terminate()
            let error = await #expect(throws: WorkflowFailedError.self) { _ = try await stage.runMain(0) }
            #expect((error?.cause as? ApplicationError)?.type == "SIGNAL_DELIVERY_FAILED")
        }
    }

    @Test func `a burst of 1,000 requests outlives several runs, and each is written and confirmed once`() async throws
    {
        try await withBatching(
            configure: { ($0.batchSize, $0.waitSeconds) = (50, 2) },
            options: { $0.suggestContinueAsNewEvents = 200 }
        ) { env, stage in
            let sink = try await env.startWorkflow(Sink.self, 1000)
            for number in 0..<1000 {
                let request = WriteRequest(
                    requestID: "r-\(number)",
                    workflowID: sink.id,
                    data: "x",
                    submittedAt: env.now
                )
                try await stage.batcher(0).signal(Batcher.add, request)
            }
            let confirmed = try await sink.result()
            #expect(confirmed == (0..<1000).map { "r-\($0)" }.sorted())
            let count = try await stage.ledger.count()
            #expect(count.rows == 1000)
            try await env.sleep(for: .seconds(2))
            let statistics = try await stage.statistics(0)
            #expect(statistics.continueAsNewCycle >= 2)
            #expect(statistics.writtenRequests == 1000)
            #expect(statistics.pendingWrites == 0)
        }
    }

    @Test func `two batchers share the work`() async throws {
        try await withBatching(shards: 2) { _, stage in
            try await stage.runMains(0..<20)
            let written = [try await stage.statistics(0), try await stage.statistics(1)].map(\.writtenRequests)
            #expect(written.reduce(0, +) == 20)
            #expect(written.allSatisfy { $0 > 0 })
            #expect(try await stage.ledger.count() == (20, 20))
        }
    }
}

/// A service in memory with batchers and both kinds of workers in one.
struct Stage: Sendable {
    let env: TestWorkflowEnvironment
    let ledger: Ledger
    let shards: Shards

    func batcher(_ shard: Int) -> WorkflowHandle<Batcher> {
        env.client.workflowHandle(for: Batcher.self, id: shards.ids[shard])
    }

    func statistics(_ shard: Int) async throws -> BatcherStatistics {
        try await batcher(shard).query(Batcher.statistics)
    }

    func runMain(_ number: Int) async throws -> String {
        try await env.client.executeWorkflow(
            MainWorkflow.self,
            MainInput(data: "data-\(number)", shards: shards),
            options: WorkflowOptions(id: "main-\(number)", taskQueue: env.options.taskQueue)
        )
    }

    func runMains(_ numbers: Range<Int>) async throws {
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in numbers { group.addTask { try await runMain(number) } }
            for try await result in group { #expect(result.hasPrefix("TRANSACTION_SUCCESS")) }
        }
    }
}

/// Runs a test with batchers, and ends them after it.
///
/// - Parameters:
///   - shards: The number of batchers.
///   - configure: Changes their settings.
///   - failures: How many attempts to write fail first.
///   - change: Changes the environment.
func withBatching(
    shards count: Int = 1,
    configure: (inout BatcherSettings) -> Void = { _ in },
    failures: Int = 0,
    options change: (inout TestEnvironmentOptions) -> Void = { _ in },
    _ body: (TestWorkflowEnvironment, Stage) async throws -> Void
) async throws {
    var settings = BatcherSettings()
    configure(&settings)
    let ledger = try Ledger(path: nil)
    let left = Mutex(failures)
    var options = TestEnvironmentOptions()
    change(&options)
    try await TestWorkflowEnvironment.run(
        workflows: [Batcher.self, MainWorkflow.self, Sink.self],
        options: options
    ) { env in
        env.mock(WorkActivities.simulateWork).runs { id, phase in "Completed \(phase) for workflow \(id)" }.atLeast(0)
        env.mock(DatabaseActivities.writeBatch).runs { requests, batch in
            let fails = left.withLock { left in
                left -= left > 0 ? 1 : 0
                return left > 0
            }
            if fails { throw ApplicationError("The disk is full") }
            return try await ledger.write(requests, batch: batch)
        }.atLeast(0)
        let stage = Stage(env: env, ledger: ledger, shards: Shards(count: count))
        for id in stage.shards.ids {
            _ = try await env.client.startWorkflow(
                Batcher.self,
                BatcherState(settings: settings),
                options: WorkflowOptions(id: id, taskQueue: env.options.taskQueue)
            )
        }
        try await body(env, stage)
        for id in stage.shards.ids { try? await env.client.workflowHandle(id: id).terminate() }
    }
}

/// Takes the confirmations of many requests.
@Workflow
actor Sink {
    private var confirmed: [String] = []

    func run(_ expected: Int) async throws -> [String] {
        try await context.waitCondition { self.confirmed.count >= expected }
        return confirmed.sorted()
    }

    @Signal(name: "write_confirmation")
    func confirm(_ confirmation: WriteConfirmation) { confirmed.append(confirmation.requestID) }
}
