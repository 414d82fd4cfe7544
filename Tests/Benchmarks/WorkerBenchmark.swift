import ArgumentParser
import Foundation
import Temporal
import TemporalClient
import TemporalWorker

/// What a worker and a client cost on a real server.
struct WorkerBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "CPU time of a worker and its client, in one process, for workflows on a real server."
    )

    @Option(help: "The address of the server.")
    var address = "127.0.0.1:7233"

    @Option(help: "How many workflows are run.")
    var workflows = 500

    @Option(help: "How many activities each of them runs, one after the other.")
    var activities = 1

    @Option(help: "How many workflows run at a time.")
    var concurrency = 20

    func validate() throws {
        guard workflows > 0, activities > 0, concurrency > 0 else {
            throw ValidationError("--workflows, --activities and --concurrency must be at least 1.")
        }
    }

    func run() async throws {
        let client = try await TemporalClient.connect(to: address)
        let queue = "benchmark-\(UUID().uuidString)"
        let worker = try TemporalWorker(
            client: client,
            taskQueue: queue,
            workflows: [Sequence.self],
            activities: [Steps()]
        )
        let running = Task { try await worker.run() }
        // What is made once belongs to no workflow.
        try await run(client, queue, "warm-up")
        let (cpuStart, start) = (Measurement.cpuTime(), ContinuousClock.now)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<workflows {
                if number >= concurrency { try await group.next() }
                group.addTask { try await run(client, queue, String(number)) }
            }
            try await group.waitForAll()
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let cpu = Measurement.cpuTime() - cpuStart
        running.cancel()
        try await running.value
        func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
        print(
            "\(workflows) workflows of \(activities) activities, \(concurrency) at a time: "
                + "\(rounded(Double(workflows) / seconds)) workflows per second, "
                + "\(rounded(cpu / Double(workflows) * 1000)) CPU seconds per 1,000 workflows, "
                + "peak memory \(Measurement.peakMemory() >> 20) MiB"
        )
    }

    private func run(_ client: TemporalClient, _ queue: String, _ name: String) async throws {
        _ = try await client.executeWorkflow(
            Sequence.self,
            activities,
            options: WorkflowOptions(id: "\(queue)-\(name)", taskQueue: queue)
        )
    }
}
