import ArgumentParser
import Foundation
import Logging
import Temporal
import TemporalClient
import TemporalWorker

/// How fast a history is replayed.
struct ReplayBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Events per second of the replay of 1,000 activities in sequence, as a real server recorded them."
    )

    @Option(help: "How often the history is replayed.")
    var rounds = 100

    func validate() throws {
        guard rounds > 0 else { throw ValidationError("--rounds must be at least 1.") }
    }

    func run() async throws {
        guard
            let file = Bundle.module.url(
                forResource: "sequence-1000.json",
                withExtension: "gz",
                subdirectory: "Histories"
            )
        else {
            throw ValidationError("The recorded history is not beside the program.")
        }
        let history = try WorkflowHistory(json: try Gzip.read(file), workflowID: "sequence")
        let replayer = WorkflowReplayer(workflows: [Sequence.self], logger: quiet)
        let measurement = try await Measurement("replay of \(history.count) events", rounds: rounds) {
            try await replayer.replay(history)
        }
        measurement.report()
        print(
            "\(Int(Double(history.count) / measurement.median)) events per second, "
                + "\(Int(Double(history.count) / measurement.cpuSeconds)) per second of CPU time"
        )
    }
}

/// Records the history that ``ReplayBenchmark`` replays.
struct RecordHistory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Runs activities in sequence on a server, and writes the history as packed JSON."
    )

    @Option(help: "The address of the server.")
    var address = "127.0.0.1:7233"

    @Option(help: "How many activities are run.")
    var activities = 1000

    @Argument(help: "The file to write.")
    var file: String

    func run() async throws {
        let client = try await TemporalClient.connect(to: address)
        let worker = try TemporalWorker(
            client: client,
            taskQueue: "record",
            workflows: [Sequence.self],
            activities: [Steps()]
        )
        let running = Task { try await worker.run() }
        let id = "sequence-\(UUID().uuidString)"
        let handle = try await client.startWorkflow(
            Sequence.self,
            activities,
            options: WorkflowOptions(id: id, taskQueue: "record")
        )
        _ = try await handle.result()
        let history = try await client.workflowHandle(id: id).history()
        running.cancel()
        try await running.value
        try Gzip.pack(try history.json()).write(to: URL(fileURLWithPath: file))
        print("\(history.count) events written to \(file)")
    }
}

/// A logger that drops all.
let quiet = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
