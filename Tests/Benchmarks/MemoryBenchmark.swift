import ArgumentParser
import Foundation
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import TemporalWorker

/// What a run costs that waits in memory.
struct MemoryBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory",
        abstract: "Bytes of a cached run that waits on a timer, without the state of the user's own."
    )

    @Option(help: "How many runs are kept in memory.")
    var runs = 10_000

    /// What a run may take, in bytes.
    private static let limit = 16 * 1024
    /// What it may leave behind when it is evicted, in bytes.
    private static let remainderLimit = 256

    func validate() throws {
        guard runs >= 1000 else {
            throw ValidationError("--runs must be at least 1,000: fewer are too few to measure.")
        }
    }

    func run() async throws {
        let history = try await waitingHistory().proto.events
        let replayer = WorkflowReplayer(workflows: [TenYears.self], logger: quiet)
        var kept: [WorkflowRun] = []
        kept.reserveCapacity(2 * runs)
        for _ in 0..<runs { kept.append(try await replayer.load(history, workflowID: "w", runID: "r")) }
        let before = Measurement.residentMemory()
        for _ in 0..<runs { kept.append(try await replayer.load(history, workflowID: "w", runID: "r")) }
        let after = Measurement.residentMemory()
        let each = (after - before) / runs
        print("\(each) bytes for each of \(runs) runs")
        for run in kept { run.evict() }
        kept = []
        // What was freed stays with the allocator: as many runs again must find room in it.
        for _ in 0..<2 * runs { kept.append(try await replayer.load(history, workflowID: "w", runID: "r")) }
        let more = (Measurement.residentMemory() - after) / (2 * runs)
        print("\(more) bytes more for each of as many after all were evicted")
        for run in kept { run.evict() }
        try Measurement.check(each, isAtMost: Self.limit, for: "a run that waits")
        try Measurement.check(more, isAtMost: Self.remainderLimit, for: "a run that was evicted")
    }

    /// The history of a run that waits on its timer.
    private func waitingHistory() async throws -> WorkflowHistory {
        let server = TestServer(options: TestServer.Options(clock: .wall))
        defer { server.shutdown() }
        let client = TemporalClient(service: server, logger: quiet)
        let worker = try TemporalWorker(client: client, taskQueue: "queue", workflows: [TenYears.self])
        let running = Task { try await worker.run() }
        let handle = try await client.startWorkflow(
            TenYears.self,
            options: WorkflowOptions(id: "w", taskQueue: "queue")
        )
        var history = try await client.workflowHandle(id: "w").history()
        while history.count < 5 {
            await Task.yield()
            history = try await client.workflowHandle(id: "w").history()
        }
        _ = handle
        running.cancel()
        try await running.value
        return history
    }
}
