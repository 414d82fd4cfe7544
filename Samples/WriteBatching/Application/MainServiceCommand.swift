package import ArgumentParser
import Foundation
import Logging
import SampleSupport
import ServiceLifecycle
import Synchronization
import TemporalClient

/// The program `main-service`.
package struct MainServiceCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "main-service",
        abstract: "Runs workflows that have something written with others' writes.",
        subcommands: [Work.self, Start.self, Demo.self],
        defaultSubcommand: Work.self
    )

    package init() {}

    struct Work: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "worker", abstract: "Runs the main workflows.")

        @OptionGroup var common: BatchingArguments

        @Option(help: "How many seconds their work takes at most.")
        var longestWork = 3.0

        func validate() throws { try check("--longest-work", longestWork, in: 0...9) }

        func run() async throws {
            let logger = common.makeLogger()
            let client = try await common.service.connect(logger)
            let worker = try makeMainWorker(client, common, longestWork: .seconds(longestWork))
            logger.notice("The main worker polls task queue '\(common.mainQueue)'")
            try await runServices([.init(service: worker)])
            logger.notice("The main worker has stopped")
        }
    }

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "start",
            abstract: "Starts main workflows and waits for their ends. The exit code is 1 if one failed."
        )

        @OptionGroup var common: BatchingArguments

        @Option(help: "The number of workflows.")
        var workflows = 10

        func validate() throws { try check("--workflows", workflows, in: 1...100_000) }

        func run() async throws {
            let client = try await common.service.connect(common.makeLogger())
            try await start(workflows, client, common)
        }
    }

    struct Demo: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "demo",
            abstract: "Both workers, the batchers and some main workflows in one process, on a database in memory."
        )

        @OptionGroup var common: BatchingArguments
        @OptionGroup(title: "Batchers") var batcher: BatcherArguments

        @Option(help: "The number of workflows.")
        var workflows = 10

        func validate() throws { try check("--workflows", workflows, in: 1...10_000) }

        func run() async throws {
            var common = common
            // Queues, batchers and workflow ids of its own, so that the story is not disturbed by workers of other programs.
            common.mainQueue += "-demo"
            common.batcherQueue += "-demo"
            common.batchers += "-demo"
            let logger = common.makeLogger()
            let client = try await common.service.connect(embedded: true, logger)
            let ledger = try Ledger(path: nil)
            let failure = Mutex<(any Error)?>(nil)
            let story = ClosureService { [common] in
                do {
                    try await cancelWhenGracefulShutdown { try await tell(client, ledger, common) }
                } catch {
                    failure.withLock { $0 = error }
                }
            }
            try await runServices([
                .init(service: try makeBatcherWorker(client, common, ledger: ledger, logger: logger)),
                .init(service: try makeMainWorker(client, common, longestWork: .seconds(1))),
                .init(service: story, successTerminationBehavior: .gracefullyShutdownGroup),
            ])
            if let error = failure.withLock({ $0 }) { throw error }
        }

        private func tell(_ client: TemporalClient, _ ledger: Ledger, _ common: BatchingArguments) async throws {
            let shards = common.allShards
            let monitor = BatcherMonitor(client: client, shards: shards) { print($0) }
            // Batchers of an earlier demo on a real server may have other settings.
            try await monitor.stop()
            try await monitor.start(taskQueue: common.batcherQueue, settings: batcher.settings(wait: 3))
            try await WriteBatching.start(workflows, client, common, prefix: "demo-workflow")
            for id in shards.ids {
                let statistics = try await client.workflowHandle(for: Batcher.self, id: id).query(Batcher.statistics)
                print("\(id): \(statistics.line)")
            }
            let (rows, callers) = try await ledger.count()
            guard rows == workflows, callers == workflows else {
                throw ApplicationFailure("\(workflows) rows were to be written, and \(rows) are there.")
            }
            print("The database has \(rows) rows, one for each workflow.")
            try await monitor.stop()
        }
    }
}

/// Starts main workflows, shows how they end, and fails if one failed.
func start(
    _ count: Int,
    _ client: TemporalClient,
    _ common: BatchingArguments,
    prefix: String = "main-workflow"
) async throws {
    print("Starting \(count) main workflows")
    let begin = ContinuousClock.now
    let starter = MainStarter(
        client: client,
        taskQueue: common.mainQueue,
        shards: common.allShards,
        prefix: prefix
    )
    let failures = try await starter.run(count) { done, id, result in
        switch result {
        case .success(let text): print("[\(done)/\(count)] \(text)")
        case .failure(let error): print("[\(done)/\(count)] \(id) failed: \(error)")
        }
    }
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    print("\(count - failures) of \(count) main workflows completed in \(Int(seconds.rounded())) s")
    if failures > 0 { throw ExitCode.failure }
}
