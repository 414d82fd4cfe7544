import ArgumentParser
import Foundation
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalWorker

/// Whether many activities cost the same each.
struct ActivityBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activities",
        abstract: "Time and memory of many short activities through one worker on the in-memory service."
    )

    @Option(help: "How many activities are run.")
    var activities = 100_000

    @Option(help: "How many of them one workflow runs.")
    var each = 1000

    @Option(help: "How many of them run at a time in one workflow.")
    var width = 50

    /// How much memory may be held for each activity when its workflow was deleted, in bytes.
    private static let limit = 256

    func validate() throws {
        guard each > 0, width > 0, activities >= 10 * each else {
            throw ValidationError("--activities must be at least ten times --each, and --width at least 1.")
        }
    }

    func run() async throws {
        let server = TestServer(options: TestServer.Options(clock: .wall))
        defer { server.shutdown() }
        let client = TemporalClient(service: server, logger: quiet)
        let worker = try TemporalWorker(
            client: client,
            taskQueue: "queue",
            workflows: [Batches.self],
            activities: [Steps()]
        )
        let running = Task { try await worker.run() }
        var seconds: [Double] = []
        var memory: [Int] = []
        for tenth in 0..<10 {
            let start = ContinuousClock.now
            for number in 0..<(activities / each / 10) {
                let handle = try await client.startWorkflow(
                    Batches.self,
                    each,
                    width,
                    options: WorkflowOptions(id: "w-\(tenth)-\(number)", taskQueue: "queue")
                )
                let sum = try await handle.result()
                guard sum == each else { throw ValidationError("\(sum) of \(each) activities were run.") }
                // What the service keeps of them is no matter of the worker.
                try await handle.delete()
            }
            seconds.append((ContinuousClock.now - start) / .seconds(1))
            memory.append(Measurement.residentMemory())
        }
        running.cancel()
        try await running.value
        let (first, end) = (seconds[1...3].reduce(0, +), seconds[7...9].reduce(0, +))
        let growth = (memory[9] - memory[3]) * 10 / (6 * activities)
        print(
            "\(activities) activities: \(Int(Double(activities) / seconds.reduce(0, +))) per second, the last 30 % took "
                + "\((end / first * 100).rounded() / 100) times as long as the second 30 %, "
                + "\(growth) bytes of memory per activity, peak \(Measurement.peakMemory() >> 20) MiB"
        )
        guard end < 3 * first else { throw ValidationError("The time of an activity grows with their number.") }
        // Fewer activities take less than what the allocator holds in stock.
        if activities >= 100_000 { try Measurement.check(growth, isAtMost: Self.limit, for: "an activity") }
    }
}
