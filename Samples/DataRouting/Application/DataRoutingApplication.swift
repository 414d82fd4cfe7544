import ArgumentParser
import Foundation
import Logging
import SampleSupport
import ServiceLifecycle
import Synchronization
import Temporal
import TemporalClient
import TemporalWorker

/// Puts the parts together, in one process or in several.
struct DataRoutingApplication: Sendable {
    /// Where the Temporal Service is.
    var service: ServiceArguments
    /// The task queue of the worker.
    var taskQueue: String
    /// What is sent.
    var packets: PacketArguments
    /// How the worker works.
    var worker: WorkerArguments
    /// How the transmit service works.
    var transmit: TransmitArguments
    /// What decides what is left to chance.
    var chance: Chance
    /// Where progress goes.
    var logger: Logger

    // MARK: The roles

    /// Runs everything until the packets are delivered or given up.
    func runAll() async throws {
        let routes = try makeRoutes()
        let client = try await service.connect(embedded: true, logger)
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let transmitService = makeTransmitService(client, port: transmit.transmitPort ?? 0) { port.yield($0) }
        let workerService = ClosureService {
            // It needs the address of the transmit service, and ends with it if that cannot start.
            for await port in ports {
                try await makeWorker(client, routes, transmitURL: "http://127.0.0.1:\(port)").run()
                return
            }
        }
        let outcomes = Mutex<[Submission.Outcome]?>(nil)
        let submission = ClosureService {
            do {
                let all = try await cancelWhenGracefulShutdown { try await makeSubmission(client).run() }
                outcomes.withLock { $0 = all }
            } catch is CancellationError {
                // Interrupted: there are no outcomes to report.
            }
        }
        try await runServices([
            .init(service: transmitService),
            .init(service: workerService),
            .init(service: submission, successTerminationBehavior: .gracefullyShutdownGroup),
        ])
        try report(outcomes.withLock { $0 })
    }

    /// Runs workflows and activities until it is asked to stop.
    func runWorker() async throws {
        let routes = try makeRoutes()
        let client = try await service.connect(logger)
        let worker = try makeWorker(client, routes, transmitURL: worker.transmitURL)
        logger.notice("The worker polls task queue '\(taskQueue)'")
        try await runServices([.init(service: worker)])
        logger.notice("The worker has stopped")
    }

    /// Transmits packets until it is asked to stop.
    func runTransmitService() async throws {
        let client = try await service.connect(logger)
        let port = transmit.transmitPort ?? TransmitArguments.defaultPort
        try await runServices([.init(service: makeTransmitService(client, port: port) { _ in })])
        logger.notice("The transmit service has stopped")
    }

    /// Sends the packets and waits until they are delivered or given up.
    func runSubmission() async throws {
        try report(try await makeSubmission(try await service.connect(logger)).run())
    }

    // MARK: The parts

    private func makeRoutes() throws -> RouteService {
        RouteService(errorChance: try worker.effectiveErrorChance(), chance: chance)
    }

    private func makeWorker(
        _ client: TemporalClient,
        _ routes: RouteService,
        transmitURL: String
    ) throws -> TemporalWorker {
        try TemporalWorker(
            client: client,
            taskQueue: taskQueue,
            workflows: [DataRouting.self],
            activities: [RoutingActivities(routes: routes, transmitter: HTTPTransmitter(url: transmitURL))]
        )
    }

    private func makeTransmitService(
        _ client: TemporalClient,
        port: Int,
        onListening: @escaping @Sendable (Int) -> Void
    ) -> TransmitService {
        TransmitService(
            port: port,
            behaviour: TransmitService.Behaviour(
                callbackChance: transmit.callbackChance,
                callbackTimeout: .seconds(transmit.callbackTimeout),
                chance: chance
            ),
            client: client,
            logger: logger,
            onListening: onListening
        )
    }

    private func makeSubmission(_ client: TemporalClient) -> Submission {
        Submission(client: client, taskQueue: taskQueue, requests: packets.requests, logger: logger)
    }

    /// Prints the results, and turns them into the exit code.
    private func report(_ outcomes: [Submission.Outcome]?) throws {
        guard let outcomes else {
            logger.notice("Interrupted before all packets were through")
            throw ExitCode(130)
        }
        for packet in outcomes.compactMap(\.packet) { print(try RoutingResult(packet: packet).json()) }
        let broken = outcomes.compactMap(\.problem)
        guard broken.isEmpty else { throw ApplicationFailure(broken.joined(separator: "\n")) }
        guard outcomes.allSatisfy({ $0.packet?.status == .delivered }) else { throw ExitCode(2) }
    }
}
