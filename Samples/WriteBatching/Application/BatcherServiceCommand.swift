package import ArgumentParser
import Foundation
import Logging
import SampleSupport
import ServiceLifecycle

/// The program `batcher-service`.
package struct BatcherServiceCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "batcher-service",
        abstract: "Writes what many workflows want written, in batches.",
        subcommands: [Work.self, Start.self],
        defaultSubcommand: Work.self
    )

    package init() {}

    struct Work: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "worker", abstract: "Runs the batchers.")

        @OptionGroup var common: BatchingArguments

        @Option(help: "The file of the database.")
        var database = "ledger.sqlite"

        func run() async throws {
            let logger = common.makeLogger()
            let client = try await common.service.connect(logger)
            let worker = try makeBatcherWorker(client, common, ledger: try Ledger(path: database), logger: logger)
            logger.notice("The batcher worker polls task queue '\(common.batcherQueue)' and writes to \(database)")
            try await runServices([.init(service: worker)])
            logger.notice("The batcher worker has stopped")
        }
    }

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "start",
            abstract: "Starts the batchers, or finds them running, and shows how they stand."
        )

        @OptionGroup var common: BatchingArguments
        @OptionGroup(title: "New batchers") var batcher: BatcherArguments

        @Option(help: "How many seconds lie between two looks; 0 only starts them.")
        var interval = 5.0

        func validate() throws { try check("--interval", interval, in: 0...86_400) }

        func run() async throws {
            let client = try await common.service.connect(common.makeLogger())
            let monitor = BatcherMonitor(client: client, shards: common.allShards) { line in
                let time = Date.ISO8601FormatStyle(timeZone: .current).time(includingFractionalSeconds: false)
                print("[\(Date.now.formatted(time))] \(line)")
                fflush(nil)
            }
            try await monitor.start(taskQueue: common.batcherQueue, settings: batcher.settings())
            guard interval > 0 else { return }
            let service = ClosureService {
                try await cancelWhenGracefulShutdown { try await monitor.watch(every: .seconds(interval)) }
            }
            do {
                try await runServices([.init(service: service)])
            } catch is CancellationError {
                // Interrupted: the batchers go on.
            }
        }
    }
}
