package import ArgumentParser
import Foundation
package import Logging
package import SampleSupport
import Temporal
package import TemporalClient
package import TemporalWorker

/// What all commands of both programs take.
package struct BatchingArguments: ParsableArguments {
    @OptionGroup(title: "Temporal Service")
    package var service: ServiceArguments

    @Option(help: "The task queue of the main workflows.")
    package var mainQueue = "main-workflow-queue"

    @Option(help: "The task queue of the batchers.")
    package var batcherQueue = "batcher-queue"

    @Option(help: "The number of batchers. It must be the same for all commands.")
    package var shards = 1

    @Option(help: "What the workflow ids of the batchers begin with. It must be the same for all commands.")
    package var batchers = "batcher"

    @Option(help: "How much progress is shown.")
    package var logLevel = Logger.Level.notice

    package init() {}

    /// The batchers.
    package var allShards: Shards { Shards(count: shards, name: batchers) }

    package func validate() throws { try check("--shards", shards, in: 1...1000) }

    /// Prepares the log.
    package func makeLogger() -> Logger {
        LoggingSystem.bootstrap { [logLevel] _ in ProgressLog(logLevel: logLevel) }
        return Logger(label: "write-batching")
    }
}

/// How a batcher works.
package struct BatcherArguments: ParsableArguments {
    @Option(help: "The number of requests that a batch is written with at once.")
    package var batchSize = 100

    @Option(help: "How many seconds the first request of a batch waits for others (default: 20, and 3 for demo).")
    package var batchWait: Double?

    package init() {}

    package func validate() throws {
        try check("--batch-size", batchSize, in: 1...10_000)
        if let batchWait { try check("--batch-wait", batchWait, in: 0.01...86_400) }
    }

    /// The settings of new batchers.
    ///
    /// - Parameter wait: How many seconds a request waits if no option says so.
    package func settings(wait: Double = 20) -> BatcherSettings {
        var settings = BatcherSettings()
        settings.batchSize = batchSize
        settings.waitSeconds = batchWait ?? wait
        return settings
    }
}

/// The worker of the batchers.
package func makeBatcherWorker(
    _ client: TemporalClient,
    _ arguments: BatchingArguments,
    ledger: Ledger,
    logger: Logger
) throws -> TemporalWorker {
    try TemporalWorker(
        client: client,
        taskQueue: arguments.batcherQueue,
        workflows: [Batcher.self],
        activities: [DatabaseActivities(ledger: ledger, logger: logger)]
    )
}

/// The worker of the main workflows.
package func makeMainWorker(
    _ client: TemporalClient,
    _ arguments: BatchingArguments,
    longestWork: Duration
) throws -> TemporalWorker {
    try TemporalWorker(
        client: client,
        taskQueue: arguments.mainQueue,
        workflows: [MainWorkflow.self],
        activities: [WorkActivities(longest: longestWork)]
    )
}
