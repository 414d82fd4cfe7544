package import ArgumentParser
import Foundation
import Logging
import SampleSupport
import ServiceLifecycle
import Temporal
import TemporalClient
import TemporalWorker

/// The program: a loyalty program with its service, its worker, and what its operators need.
package struct LoyaltyCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "loyalty-points",
        abstract: "A loyalty program as Temporal workflows, and how its operators undo an accident.",
        discussion: """
            'demo' plays the whole story in one process, on a Temporal Service in memory or on the one of \
            TEMPORAL_ADDRESS. The other commands are the parts of it, each a process of its own on a real server.
            """,
        subcommands: [
            DemoCommand.self, ServeCommand.self, WorkerCommand.self, SimulateCommand.self, IncidentCommand.self,
            ListCommand.self, ResetBatchCommand.self,
        ]
    )

    package init() {}
}

/// What all commands take.
struct CommonArguments: ParsableArguments {
    @OptionGroup(title: "Temporal Service")
    var service: ServiceArguments

    @Option(help: "The task queue of the worker.")
    var taskQueue = "loyalty-program-task-queue"

    @Option(help: "How much progress is shown.")
    var logLevel = Logger.Level.notice

    /// Connects, and makes sure that customers can be found.
    func connect(embedded: Bool = false) async throws -> (loyalty: LoyaltyClient, logger: Logger) {
        LoggingSystem.bootstrap { [logLevel] _ in ProgressLog(logLevel: logLevel) }
        let logger = Logger(label: "loyalty-points")
        let client = try await service.connect(embedded: embedded, logger)
        let loyalty = LoyaltyClient(client: client, taskQueue: taskQueue)
        try await loyalty.prepare()
        return (loyalty, logger)
    }
}

/// The worker of the program.
func makeWorker(_ loyalty: LoyaltyClient, _ logger: Logger) throws -> TemporalWorker {
    try TemporalWorker(
        client: loyalty.client,
        taskQueue: loyalty.taskQueue,
        workflows: [LoyaltyProgram.self],
        activities: [LoyaltyActivities(logger: logger)]
    )
}

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves the program over HTTP; without the address of a Temporal Service with a worker, in memory."
    )

    @OptionGroup var common: CommonArguments

    @Option(help: "The port to listen on, 0 for any that is free.")
    var port = 5000

    func validate() throws { try check("--port", port, in: 0...65_535) }

    func run() async throws {
        let (loyalty, logger) = try await common.connect(embedded: true)
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: LoyaltyService(loyalty: loyalty, port: port, logger: logger))
        ]
        // A service in memory has no other worker than this process.
        if !common.service.isGiven() { services.append(.init(service: try makeWorker(loyalty, logger))) }
        try await runServices(services)
    }
}

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "worker", abstract: "Runs the workflows.")

    @OptionGroup var common: CommonArguments

    func run() async throws {
        let (loyalty, logger) = try await common.connect()
        logger.notice("The worker polls task queue '\(common.taskQueue)'")
        try await runServices([.init(service: try makeWorker(loyalty, logger))])
        logger.notice("The worker has stopped")
    }
}

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Enrols customers and gives them points."
    )

    @OptionGroup var common: CommonArguments

    @Option(help: "The number of customers.")
    var customers = 124

    @Option(help: "The points given to each, five times.")
    var points = 100

    func validate() throws {
        try check("--customers", customers, in: 1...1_000_000)
        try check("--points", points, in: 1...LoyaltyClient.most)
    }

    func run() async throws {
        let (loyalty, _) = try await common.connect()
        var bar = ProgressBar("Customers")
        try await Customers(loyalty, count: customers).simulate(points: points, rounds: 5) { bar.show($0, of: $1) }
    }
}

struct IncidentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incident",
        abstract: "The accident: spends all points of everyone."
    )

    @OptionGroup var common: CommonArguments

    @Option(help: "The number of customers.")
    var customers = 124

    func validate() throws { try check("--customers", customers, in: 1...1_000_000) }

    func run() async throws {
        let (loyalty, _) = try await common.connect()
        var bar = ProgressBar("Spending")
        try await Customers(loyalty, count: customers).spendEverything { bar.show($0, of: $1) }
    }
}

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists customers.")

    @OptionGroup var common: CommonArguments

    @Option(help: "Which ones, such as 'points >= 1000'.")
    var query = ""

    func run() async throws {
        let (loyalty, _) = try await common.connect()
        let customers = "WorkflowType = 'LoyaltyProgram'" + (query.isEmpty ? "" : " AND (\(query))")
        do {
            var count = 0
            for try await customer in loyalty.client.listWorkflows(customers) {
                let points = customer.searchAttributes[LoyaltyProgram.pointsAttribute].map(String.init) ?? "-"
                print("\(customer.id)\t\(points)\t\(customer.status)\t\(customer.runID)")
                count += 1
            }
            FileHandle.standardError.write(Data("\(count) runs\n".utf8))
        } catch let error as RPCError where error.code == .invalidArgument {
            throw ValidationError("The service cannot read the query: \(error.message)")
        }
    }
}
