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
        abstract: "Time of many short activities through one worker on the in-memory service."
    )

    @Option(help: "How many activities are run.")
    var activities = 100_000

    @Option(help: "How many of them one workflow runs.")
    var each = 1000

    @Option(help: "How many of them run at a time in one workflow.")
    var width = 50

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
        for tenth in 0..<10 {
            let start = ContinuousClock.now
            for number in 0..<(activities / each / 10) {
                let sum = try await client.executeWorkflow(
                    Batches.self,
                    each,
                    width,
                    options: WorkflowOptions(id: "w-\(tenth)-\(number)", taskQueue: "queue")
                )
                guard sum == each else { throw ValidationError("\(sum) of \(each) activities were run.") }
            }
            seconds.append((ContinuousClock.now - start) / .seconds(1))
        }
        running.cancel()
        try await running.value
        let (first, end) = (seconds[1...3].reduce(0, +), seconds[7...9].reduce(0, +))
        print(
            "\(activities) activities: \(Int(Double(activities) / seconds.reduce(0, +))) per second, the last 30 % took "
                + "\((end / first * 100).rounded() / 100) times as long as the second 30 %, "
                + "peak memory \(Measurement.peakMemory() >> 20) MiB"
        )
        guard end < 3 * first else { throw ValidationError("The time of an activity grows with their number.") }
    }
}
