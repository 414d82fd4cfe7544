import Foundation
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import TemporalWorker
import Testing

@testable import TemporalTestServerCommand

@Activities
private struct Sums {
    @Activity func add(_ one: Int, _ other: Int) async throws -> Int { one + other }
}

/// Adds in several steps with pauses between them, and counts signals meanwhile.
@Workflow
private actor Adding {
    private var signals = 0
    private var isLast = false

    func run(_ rounds: Int) async throws -> [Int] {
        var total = 0
        for round in 1...rounds {
            total = try await context.executeActivity(Sums.add, total, round, startToCloseTimeout: .seconds(5))
            try await context.sleep(.milliseconds(30))
        }
        try await context.waitCondition { self.isLast }
        return [total, signals]
    }

    @Signal func count() { signals += 1 }
    @Signal func end() { isLast = true }
}

/// A process of `temporal-test-server` with a file.
private final class ServerProcess: Sendable {
    private let process: Process

    /// The program, beside the tests; `nil` if it has not been built.
    static let program: URL? = {
        var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        for _ in 0..<4 {
            let program = folder.appending(path: "temporal-test-server")
            if FileManager.default.isExecutableFile(atPath: program.path()) { return program }
            folder.deleteLastPathComponent()
        }
        return nil
    }()

    let port: Int

    /// Starts it, and waits until it listens.
    init(port: Int, db: URL) async throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = Self.program
        process.arguments = ["--port", "\(port)", "--db", db.path()]
        process.standardOutput = output
        try process.run()
        self.process = process
        let handle = output.fileHandleForReading
        let line = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: handle.availableData) }
        }
        let address = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .newlines)
        self.port = try #require(address.split(separator: ":").last.flatMap { Int($0) }, "It printed '\(address)'.")
    }

    /// Ends it without any warning.
    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Asks it to end, and waits until it has.
    ///
    /// - Returns: Its exit code.
    func end(by signal: Int32) -> Int32 {
        Foundation.kill(process.processIdentifier, signal)
        process.waitUntilExit()
        return process.terminationStatus
    }

    deinit {
        if process.isRunning { kill() }
    }
}

/// Counts from several tasks.
private final class Tally: Sendable {
    private let number = Mutex(0)

    var value: Int { number.withLock { $0 } }

    func count() { number.withLock { $0 += 1 } }
}

/// What `--db` promises.
@Suite(
    .enabled(
        if: ServerProcess.program != nil && ProcessInfo.processInfo.environment["TEMPORAL_PROGRAM_TESTS"] != nil,
        "Set TEMPORAL_PROGRAM_TESTS, with the program built."
    ),
    .timeLimit(.minutes(3)),
    .serialized
)
struct RestartTests {
    private let db = FileManager.default.temporaryDirectory.appending(path: "restart-\(UUID()).db")

    private func removeFiles() {
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: db.path() + suffix)
        }
    }

    @Test func `killed under load and started again, the service has lost nothing that it acknowledged`() async throws {
        defer { removeFiles() }
        let first = try await ServerProcess(port: 0, db: db)
        let server = Mutex(first)
        let client = try await TemporalClient.connect(to: "127.0.0.1:\(first.port)")
        let worker = try TemporalWorker(
            client: client,
            taskQueue: "restarts",
            workflows: [Adding.self],
            activities: [Sums()]
        )
        let working = Task { try await worker.run() }
        let (acknowledgements, acknowledged) = AsyncStream.makeStream(of: Void.self)
        let finished = Tally()
        let load = Task {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        let options = WorkflowOptions(id: "restart-\(number)", taskQueue: "restarts")
                        let handle = try await client.startWorkflow(Adding.self, 10, options: options)
                        for _ in 0..<5 {
                            try await handle.signal(Adding.count)
                            acknowledged.yield()
                        }
                        try await handle.signal(Adding.end)
                        // Each signal was acknowledged, and counts once however often it was sent.
                        #expect(try await handle.result() == [55, 5])
                        finished.count()
                    }
                }
                try await group.waitForAll()
            }
            acknowledged.finish()
        }
        var count = 0
        for await _ in acknowledgements {
            count += 1
            guard [20, 80, 160, 240].contains(count) else { continue }
            server.withLock { $0 }.kill()
            let next = try await ServerProcess(port: first.port, db: db)
            server.withLock { $0 = next }
        }
        try await load.value
        #expect(finished.value == 60)
        #expect(try await client.countWorkflows("ExecutionStatus = 'Completed'").total == 60)
        working.cancel()
        try await working.value
        server.withLock { $0 }.kill()
    }

    @Test func `activities without a workflow are lost as little`() async throws {
        defer { removeFiles() }
        let first = try await ServerProcess(port: 0, db: db)
        let server = Mutex(first)
        func killAndStart() async throws {
            server.withLock { $0 }.kill()
            let next = try await ServerProcess(port: first.port, db: db)
            server.withLock { $0 = next }
        }
        let client = try await TemporalClient.connect(to: "127.0.0.1:\(first.port)")
        let worker = try TemporalWorker(client: client, taskQueue: "restarts", activities: [Sums()])
        let working = Task { try await worker.run() }
        let (acknowledgements, acknowledged) = AsyncStream.makeStream(of: Void.self)
        let count = 60
        let load = Task {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<count {
                    group.addTask {
                        let handle = try await client.startActivity(
                            Sums.add,
                            number,
                            1,
                            options: ActivityOptions(
                                id: "restart-\(number)",
                                taskQueue: "restarts",
                                startToCloseTimeout: .seconds(2)
                            )
                        )
                        acknowledged.yield()
                        #expect(try await handle.result() == number + 1)
                    }
                }
                try await group.waitForAll()
            }
            acknowledged.finish()
        }
        var acknowledgedCount = 0
        for await _ in acknowledgements {
            acknowledgedCount += 1
            if [5, 20, 40].contains(acknowledgedCount) { try await killAndStart() }
        }
        try await load.value
        #expect(try await client.countActivities("ExecutionStatus = 'Completed'").total == count)
        working.cancel()
        try await working.value
        // Results are there for later callers too.
        try await killAndStart()
        for number in 0..<count {
            let handle = client.activityHandle(for: Sums.add, id: "restart-\(number)")
            #expect(try await handle.result() == number + 1)
        }
        server.withLock { $0 }.kill()
    }

    @Test func `asked to end, the program ends with what it has in its file`() async throws {
        defer { removeFiles() }
        for signal in [SIGTERM, SIGINT] {
            let server = try await ServerProcess(port: 0, db: db)
            let client = try await TemporalClient.connect(to: "127.0.0.1:\(server.port)")
            _ = try await client.startWorkflow(
                named: "Flow",
                options: WorkflowOptions(id: "signal-\(signal)", taskQueue: "nobody")
            )
            #expect(server.end(by: signal) == 0)
        }
        let server = try await ServerProcess(port: 0, db: db)
        let client = try await TemporalClient.connect(to: "127.0.0.1:\(server.port)")
        #expect(try await client.countWorkflows().total == 2)
        server.kill()
    }

    @Test func `a file in use, of another program, or of another version is refused`() throws {
        defer { removeFiles() }
        let store = try SQLiteStore(path: db.path())
        let used = #expect(throws: SQLiteStoreError.self) { _ = try SQLiteStore(path: db.path()) }
        #expect(used?.description.contains("used by another process") == true)
        try store.write([.put(key: Data([1]), value: Data([2])), .put(key: Data([1, 1]), value: Data([3]))])
        try store.write([.deleteAll(prefix: Data([1, 1])), .put(key: Data([1]), value: Data([4]))])
        var entries: [Data: Data] = [:]
        try store.read { entries[$0] = $1 }
        #expect(entries == [Data([1]): Data([4])])
        let other = FileManager.default.temporaryDirectory.appending(path: "other-\(UUID()).txt")
        try Data("This is no database, whatever its name may be.".utf8).write(to: other)
        defer { try? FileManager.default.removeItem(at: other) }
        let foreign = #expect(throws: SQLiteStoreError.self) { _ = try SQLiteStore(path: other.path()) }
        #expect(foreign?.description.contains("not a database") == true)
    }
}
