import ArgumentParser
import Foundation
package import Logging
import SampleSupport
import ServiceLifecycle
import Synchronization
import Temporal
import TemporalClient

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Plays the whole story: points, the accident, and two ways to undo it."
    )

    @OptionGroup var common: CommonArguments

    @Option(help: "The number of customers.")
    var customers = 124

    func validate() throws { try check("--customers", customers, in: 1...10_000) }

    func run() async throws {
        var common = common
        // A queue of its own, so that the story is not disturbed by workers of other programs.
        common.taskQueue += "-demo"
        common.logLevel = max(common.logLevel, .warning)
        let (loyalty, _) = try await common.connect(embedded: true)
        let emails = EmailCounter()
        let worker = try makeWorker(loyalty, Logger(label: "e-mails") { _ in emails })
        let story = Story(loyalty: loyalty, customers: customers, emails: emails) { print($0) }
        let running = Mutex<Result<Void, any Error>>(.success(()))
        try await runServices([
            .init(service: worker),
            .init(
                service: ClosureService {
                    do {
                        try await cancelWhenGracefulShutdown { try await story.tell() }
                    } catch {
                        running.withLock { $0 = .failure(error) }
                    }
                },
                successTerminationBehavior: .gracefullyShutdownGroup
            ),
        ])
        try running.withLock { try $0.get() }
    }
}

/// Counts the letters that the worker sends.
package struct EmailCounter: LogHandler {
    private final class Count: Sendable {
        let letters = Mutex<[String]>([])
    }

    package var logLevel = Logger.Level.notice
    package var metadata: Logger.Metadata = [:]
    private let count = Count()

    /// Counts from zero.
    package init() {}

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        count.letters.withLock { $0.append("\(event.message)") }
    }

    /// The letters sent.
    package var letters: [String] { count.letters.withLock { $0 } }
}
