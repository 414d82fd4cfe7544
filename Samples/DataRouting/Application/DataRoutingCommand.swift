package import ArgumentParser
import Foundation
import Logging
import SampleSupport

/// The program: reads what it shall do from its arguments and the environment.
package struct DataRoutingCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "data-routing",
        abstract: "Delivers packets by one provider after another, as a Temporal workflow.",
        discussion: """
            Without arguments it does everything in one process: a Temporal Service in memory, a worker, the transmit \
            service, and one packet. The result goes to standard output as JSON, progress to standard error.

            The exit code is 0 if all packets were delivered, 2 if one was given up, 64 for wrong arguments, 1 for \
            anything else.
            """
    )

    /// What a process does.
    enum Role: String, ExpressibleByArgument, CaseIterable {
        case all
        case worker
        case transmitService = "transmit-service"
        case submit
    }

    @Option(name: .customLong("do"), help: "What this process does.")
    var role = Role.all

    @OptionGroup(title: "Temporal Service")
    var service: ServiceArguments

    @Option(help: "The task queue of the worker.")
    var taskQueue = "data-routing"

    @OptionGroup(title: "Packets (all, submit)")
    var packets: PacketArguments

    @OptionGroup(title: "Worker (all, worker)")
    var worker: WorkerArguments

    @OptionGroup(title: "Transmit service (all, transmit-service)")
    var transmit: TransmitArguments

    @Option(help: "Makes what is left to chance the same in every run with this number.")
    var seed: UInt64?

    @Option(help: "How much progress is shown.")
    var logLevel = Logger.Level.info

    package init() {}

    package func run() async throws {
        LoggingSystem.bootstrap { [logLevel] _ in ProgressLog(logLevel: logLevel) }
        let application = DataRoutingApplication(
            service: service,
            taskQueue: taskQueue,
            packets: packets,
            worker: worker,
            transmit: transmit,
            chance: Chance(seed: seed),
            logger: Logger(label: "data-routing")
        )
        switch role {
        case .all: try await application.runAll()
        case .worker: try await application.runWorker()
        case .transmitService: try await application.runTransmitService()
        case .submit: try await application.runSubmission()
        }
    }
}
