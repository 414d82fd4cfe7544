import ArgumentParser
import Foundation
import Temporal
import TemporalClient

/// What calls over gRPC cost, beside the SDK of Python on the same server.
struct ClientBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client",
        abstract: "Calls per second and CPU time per call over gRPC, beside the Python SDK.",
        discussion: """
            Needs a server that does not limit rates, and for the comparison a Python with the package temporalio. Each side makes \
            the same calls by the same ways in turns: descriptions of a workflow, which are small, and signals with an argument.
            """
    )

    @Option(help: "The address of the server.")
    var address = ProcessInfo.processInfo.environment["TEMPORAL_ADDRESS"] ?? "127.0.0.1:7233"

    @Option(help: "The Python to compare with (default: $TEMPORAL_PYTHON, or none).")
    var python = ProcessInfo.processInfo.environment["TEMPORAL_PYTHON"] ?? ""

    @Option(help: "How many calls of each kind make a round.")
    var calls = 2000

    @Option(help: "How many calls are under way at a time.")
    var concurrency = 16

    @Option(help: "The bytes of a signal's argument, text that compresses as text does.")
    var bytes = 4096

    @Option(help: "How many rounds there are; the median counts.")
    var rounds = 5

    func validate() throws {
        guard calls > 0, concurrency > 0, bytes > 0, rounds > 0 else {
            throw ValidationError("Numbers must be at least 1.")
        }
    }

    func run() async throws {
        let gzip = try await side("Swift, gzip", compression: .gzip)
        let plain = try await side("Swift, uncompressed", compression: .none)
        var sides = [gzip, plain]
        if !python.isEmpty { sides.append(Side(name: "Python, gzip") { try await runPython(python) }) }
        var figures: [[Figures]] = sides.map { _ in [] }
        // Once to warm up, and then in turns, so that what else the machine does meets all sides.
        for side in sides { _ = try await side.round() }
        for _ in 0..<rounds {
            for (number, side) in sides.enumerated() { figures[number].append(try await side.round()) }
        }
        let medians = figures.map(Figures.median)
        for (side, figures) in zip(sides, medians) {
            let against = python.isEmpty ? nil : medians.last
            print("\(side.name): \(figures.report(against: against))")
        }
    }

    /// One side of the comparison.
    private struct Side {
        let name: String
        let round: () async throws -> Figures
    }

    private func side(_ name: String, compression: ConnectionOptions.Compression) async throws -> Side {
        let connection = try await GRPCConnection.connect(ConnectionOptions(address: address, compression: compression))
        let client = TemporalClient(service: connection, logger: quiet)
        return Side(name: name) { try await swiftRound(client) }
    }

    private func swiftRound(_ client: TemporalClient) async throws -> Figures {
        var handles: [UntypedWorkflowHandle] = []
        for number in 0..<concurrency {
            let options = WorkflowOptions(id: "calls-\(UUID())-\(number)", taskQueue: "nobody")
            handles.append(try await client.startWorkflow(named: "Nobody", options: options))
        }
        let text = Self.text(bytes)
        let each = calls / concurrency + 1
        let describing = try await Self.measure(calls: each * concurrency, handles) { handle in
            for _ in 0..<each { _ = try await handle.describe() }
        }
        let signalling = try await Self.measure(calls: each * concurrency, handles) { handle in
            for _ in 0..<each { try await handle.signal("note", text) }
        }
        for handle in handles { try await handle.terminate() }
        return Figures(describing: describing, signalling: signalling)
    }

    private static func measure(
        calls: Int,
        _ handles: [UntypedWorkflowHandle],
        _ body: @escaping @Sendable (UntypedWorkflowHandle) async throws -> Void
    ) async throws -> Cost {
        let start = ContinuousClock.now
        let cpuStart = Measurement.cpuTime()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for handle in handles { group.addTask { try await body(handle) } }
            try await group.waitForAll()
        }
        return Cost(
            seconds: (ContinuousClock.now - start) / .seconds(1) / Double(calls),
            cpuSeconds: (Measurement.cpuTime() - cpuStart) / Double(calls)
        )
    }

    /// A text that is the same on both sides.
    private static func text(_ bytes: Int) -> String {
        var text = ""
        var number = 1
        while text.utf8.count < bytes {
            number = number &* 48271 % 2_147_483_647
            text += "order \(number) "
        }
        return String(text.prefix(bytes))
    }

    private func runPython(_ python: String) async throws -> Figures {
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = ["-c", Self.peer, address, "\(calls)", "\(concurrency)", "\(bytes)"]
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ValidationError("\(python) exited with \(process.terminationStatus).")
        }
        return try JSONDecoder().decode(Figures.self, from: data)
    }

    /// The same in Python.
    private static let peer = """
        import asyncio, json, resource, sys, time, uuid
        from temporalio.client import Client

        address, calls, concurrency, size = sys.argv[1], *map(int, sys.argv[2:5])

        def text(size):
            text, number = "", 1
            while len(text) < size:
                number = number * 48271 % 2147483647
                text += f"order {number} "
            return text[:size]

        def cpu():
            usage = resource.getrusage(resource.RUSAGE_SELF)
            return usage.ru_utime + usage.ru_stime

        async def measure(calls, handles, body):
            start, cpu_start = time.perf_counter(), cpu()
            await asyncio.gather(*(body(handle) for handle in handles))
            return {"seconds": (time.perf_counter() - start) / calls, "cpuSeconds": (cpu() - cpu_start) / calls}

        async def main():
            client = await Client.connect(address)
            handles = [
                await client.start_workflow("Nobody", id=f"calls-{uuid.uuid4()}-{n}", task_queue="nobody")
                for n in range(concurrency)
            ]
            each, argument = calls // concurrency + 1, text(size)

            async def describe(handle):
                for _ in range(each):
                    await handle.describe()

            async def signal(handle):
                for _ in range(each):
                    await handle.signal("note", argument)

            await describe(handles[0])
            describing = await measure(each * concurrency, handles, describe)
            signalling = await measure(each * concurrency, handles, signal)
            for handle in handles:
                await handle.terminate()
            print(json.dumps({"describing": describing, "signalling": signalling}))

        asyncio.run(main())
        """
}

/// What a call cost, of one kind.
private struct Cost: Codable {
    let seconds: Double
    let cpuSeconds: Double

    static func median(_ costs: [Cost]) -> Cost {
        Cost(
            seconds: costs.map(\.seconds).sorted()[costs.count / 2],
            cpuSeconds: costs.map(\.cpuSeconds).sorted()[costs.count / 2]
        )
    }

    func report(against other: Cost?) -> String {
        let ratio = other.map { " (\((cpuSeconds / $0.cpuSeconds * 100).rounded() / 100)×)" } ?? ""
        return "\(Int(1 / seconds)) per second, \(Int((cpuSeconds * 1e6).rounded())) µs CPU\(ratio)"
    }
}

/// What one round of one side cost.
private struct Figures: Codable {
    let describing: Cost
    let signalling: Cost

    static func median(_ figures: [Figures]) -> Figures {
        Figures(
            describing: .median(figures.map(\.describing)),
            signalling: .median(figures.map(\.signalling))
        )
    }

    func report(against other: Figures?) -> String {
        "descriptions \(describing.report(against: other?.describing)), "
            + "signals \(signalling.report(against: other?.signalling))"
    }
}
