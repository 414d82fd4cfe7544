import Dispatch
import Foundation
import Logging
import Synchronization
import Temporal

/// A runtime on which workflow code runs that waits for nothing.
final class StubRuntime: WorkflowRuntime {
    let executor = CountingExecutor()
    let converter = PayloadConverter()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let isReplaying = false
    let progress = WorkflowProgress(now: Date(timeIntervalSince1970: 1000))
    let info = WorkflowInfo(
        namespace: "default",
        workflowID: "w",
        runID: "r",
        firstRunID: "r",
        continuedRunID: nil,
        workflowType: "W",
        taskQueue: "q",
        attempt: 1,
        startTime: Date(timeIntervalSince1970: 1000),
        executionTimeout: nil,
        runTimeout: nil,
        taskTimeout: .seconds(10),
        retryPolicy: nil,
        cronSchedule: nil,
        parent: nil,
        memo: [:],
        headers: [:],
        lastCompletionResult: [],
        lastFailure: nil
    )

    var serialExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    var taskExecutor: any TaskExecutor { globalConcurrentExecutor }

    /// A use of what this runtime does not have.
    struct Unavailable: Error {}

    func random() throws -> UInt64 { throw Unavailable() }

    func begin(_ operation: WorkflowOperation) throws -> Int { throw Unavailable() }

    func wait(for operation: Int, _ continuation: UnsafeContinuation<[Payload], any Error>) {
        continuation.resume(throwing: Unavailable())
    }

    func cancel(_ operation: Int) {}
}

/// Runs jobs one after the other and counts them.
final class CountingExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "workflow")
    private let jobs = Mutex(0)

    var jobCount: Int { jobs.withLock { $0 } }

    func enqueue(_ job: consuming ExecutorJob) {
        jobs.withLock { $0 += 1 }
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}

/// A run of a workflow on a ``StubRuntime``, from the outside: names and payloads.
struct StubRun {
    let runtime = StubRuntime()
    let instance: WorkflowInstance

    /// Starts a workflow.
    init<Definer: Workflow, each Input: Codable & Sendable>(_ type: Definer.Type, _ input: repeat each Input) throws {
        let payloads = try ArgumentReader.encode(repeat each input, converter: runtime.converter)
        let reader = ArgumentReader(payloads, converter: runtime.converter, of: "Workflow")
        instance = try WorkflowBlueprint(type).create(WorkflowContext(runtime), reader)
    }

    /// The result of the run.
    func result<Output: Codable>(as type: Output.Type = Output.self) async throws -> Output {
        try runtime.converter.decode(await instance.run(), as: type)
    }

    /// Sends a signal.
    func signal<each Input: Codable & Sendable>(_ name: String, _ input: repeat each Input) async throws {
        guard let handler = instance.signals[name] else { throw StubRuntime.Unavailable() }
        let payloads = try ArgumentReader.encode(repeat each input, converter: runtime.converter)
        try await handler(ArgumentReader(payloads, converter: runtime.converter, of: "Signal '\(name)'"))
    }

    /// Asks a query.
    func query<Output: Codable, each Input: Codable & Sendable>(
        _ name: String,
        _ input: repeat each Input,
        as type: Output.Type = Output.self
    ) async throws -> Output {
        guard let handler = instance.queries[name] else { throw StubRuntime.Unavailable() }
        let payloads = try ArgumentReader.encode(repeat each input, converter: runtime.converter)
        let answer = try await handler(ArgumentReader(payloads, converter: runtime.converter, of: "Query '\(name)'"))
        return try runtime.converter.decode(answer, as: type)
    }
}
