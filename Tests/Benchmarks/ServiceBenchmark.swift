import ArgumentParser
import Foundation
import Temporal
import TemporalClient
import TemporalTestServer
import TemporalWorker

/// What the service in memory does in a second, and what a run costs it, as the number of runs grows.
struct ServiceBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "service",
        abstract: "Workflows a second through the service in memory, while others are open or have ended.",
        discussion: """
            Without --address, the service, the client and the worker are in this process. With it, the service is a \
            temporal-test-server that runs there.
            """
    )

    @Option(help: "The address of a temporal-test-server; none for a service in this process.")
    var address: String?

    @Option(name: .customLong("open"), help: "How many runs wait for a signal meanwhile. Can be given several times.")
    var openCounts: [Int] = [1, 100, 10_000]

    @Option(name: .customLong("closed"), help: "How many runs have ended before. Can be given several times.")
    var closedCounts: [Int] = []

    @Option(help: "How many workflows of one activity are run for each figure.")
    var workflows = 1000

    @Option(help: "How many of them run at a time.")
    var concurrency = 20

    @Option(help: "How often each figure is taken; the lowest counts.")
    var rounds = 1

    @Option(
        help: """
            How many times what a run costs with the fewest others of --open, or of --closed, it may cost with the most: \
            the benchmark fails where it costs more processor time. None: no limit.
            """
    )
    var growth: Double?

    func validate() throws {
        guard workflows > 0, concurrency > 0, rounds > 0, (openCounts + closedCounts).allSatisfy({ $0 >= 0 }) else {
            throw ValidationError("--workflows, --concurrency and --rounds must be at least 1, --open and --closed 0.")
        }
        guard growth != nil else { return }
        // The processor time of another process is not known here, and a single number cannot grow.
        guard address == nil, Set(openCounts).count > 1 || Set(closedCounts).count > 1 else {
            throw ValidationError("--growth needs two numbers of --open or of --closed, and no --address.")
        }
    }

    func run() async throws {
        let server = address == nil ? TestServer(options: TestServer.Options(clock: .wall)) : nil
        let client =
            if let server {
                TemporalClient(service: server, logger: quiet)
            } else {
                try await TemporalClient.connect(to: address ?? "")
            }
        let queue = "service-\(UUID().uuidString)"
        let worker = try TemporalWorker(
            client: client,
            taskQueue: queue,
            workflows: [Sequence.self, SignalCounter.self],
            activities: [Steps()]
        )
        let running = Task { try await worker.run() }
        _ = try await measure(client, queue, "warm-up", count: min(workflows, 200))
        var openCosts: [Double] = []
        var closedCosts: [Double] = []
        var opened = 0
        for open in openCounts.sorted() {
            let before = Measurement.residentMemory()
            // Of a type that no worker knows, so that they wait in the service and nowhere else.
            try await concurrently(max(0, open - opened)) { number in
                _ = try await client.startWorkflow(
                    named: "Waiting",
                    options: WorkflowOptions(id: "\(queue)-waiting-\(open)-\(number)", taskQueue: queue + "-nobody")
                )
            }
            if open > opened + 100 {
                let bytes = (Measurement.residentMemory() - before) / (open - opened)
                if server != nil { print("\(bytes) bytes for each open run") }
            }
            opened = max(opened, open)
            openCosts.append(try await cost(client, queue, "\(open) open"))
        }
        var closed = 0
        for count in closedCounts.sorted() {
            let before = Measurement.residentMemory()
            let more = max(0, count - closed)
            if more > 0 { _ = try await measure(client, queue, "closed-\(count)", count: more) }
            if more > 100, server != nil {
                print("\((Measurement.residentMemory() - before) / more) bytes for each run that has ended")
            }
            closed = max(closed, count)
            closedCosts.append(try await cost(client, queue, "\(count) ended"))
        }
        running.cancel()
        try await running.value
        try check(openCosts, "are open")
        try check(closedCosts, "have ended")
    }

    /// Fails if runs cost too much more with the most others than with the fewest.
    private func check(_ costs: [Double], _ what: String) throws {
        guard let growth, let least = costs.first, let most = costs.last, costs.count > 1 else { return }
        let times = (most / least * 100).rounded() / 100
        print("A run costs \(times) times as much where the most others \(what), and may cost \(growth) times as much.")
        guard most <= growth * least else {
            throw ValidationError("What a run costs grows with how many others \(what): \(times) times as much.")
        }
    }

    /// Tells what a run costs, in CPU milliseconds, and prints it with what there is beside.
    private func cost(_ client: TemporalClient, _ queue: String, _ name: String) async throws -> Double {
        var lowest = Double.infinity
        for round in 1...rounds {
            let measured = try await measure(client, queue, "\(name)-\(round)", count: workflows)
            print("\(name): \(measured.perSecond) workflows a second, \(measured.cost) CPU ms each")
            lowest = min(lowest, measured.cost)
        }
        return lowest
    }

    /// Runs workflows of one activity, and tells how many there were in a second and how many CPU milliseconds each took.
    private func measure(
        _ client: TemporalClient,
        _ queue: String,
        _ name: String,
        count: Int
    ) async throws -> (perSecond: Int, cost: Double) {
        let (cpuStart, start) = (Measurement.cpuTime(), ContinuousClock.now)
        try await concurrently(count) { number in
            _ = try await client.executeWorkflow(
                Sequence.self,
                1,
                options: WorkflowOptions(id: "\(queue)-\(name)-\(number)", taskQueue: queue)
            )
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let cpu = (Measurement.cpuTime() - cpuStart) / Double(count) * 1000
        return (Int(Double(count) / seconds), (cpu * 1000).rounded() / 1000)
    }

    private func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                if number >= concurrency { try await group.next() }
                group.addTask { try await body(number) }
            }
            try await group.waitForAll()
        }
    }
}
