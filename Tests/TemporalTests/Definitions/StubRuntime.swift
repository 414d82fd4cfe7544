import CoreMetrics
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
    let metrics: any MetricsFactory = NOOPMetricsHandler.instance
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
        searchAttributes: [],
        headers: [:],
        lastCompletionResult: [],
        lastFailure: nil
    )

    var serialExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    var taskExecutor: any TaskExecutor { globalConcurrentExecutor }

    let allHandlersFinished = true

    /// A use of what this runtime does not have.
    struct Unavailable: Error {}

    let searchAttributes: SearchAttributes = []
    let memo: [String: Payload] = [:]
    var currentDetails: String {
        get { details.withLock(\.self) }
        set { details.withLock { $0 = newValue } }
    }

    private let details = Mutex("")

    func patched(_ id: String, isDeprecated: Bool) -> Bool { true }

    func upsertSearchAttributes(_ updates: [SearchAttributeUpdate]) throws { throw Unavailable() }

    func upsertMemo(_ changes: [String: Payload]) throws { throw Unavailable() }

    func random() throws -> UInt64 { throw Unavailable() }

    func setHandler(_ handler: BoundHandler) throws { throw Unavailable() }

    func makeWorkflowID() -> String { "child" }

    func begin(_ operation: WorkflowOperation) throws -> Int { throw Unavailable() }

    func wait(for operation: Int, _ continuation: UnsafeContinuation<[Payload], any Error>) {
        continuation.resume(throwing: Unavailable())
    }

    func cancel(_ operation: Int) {}

    func cancelChild(_ child: ChildWorkflowExecution, reason: String) throws { throw Unavailable() }

    func cancelOperation(_ operation: NexusOperationExecution) throws { throw Unavailable() }
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
    private(set) var handlers = HandlerTable()

    /// Starts a workflow.
    init<Definer: Workflow, each Input: Codable & Sendable>(_ type: Definer.Type, _ input: repeat each Input) throws {
        let payloads = try ArgumentReader.encode(repeat each input, converter: runtime.converter)
        let reader = ArgumentReader(payloads, converter: runtime.converter, of: "Workflow")
        instance = try WorkflowBlueprint(type).create(WorkflowContext(runtime), reader)
        for handler in instance.handlers { handlers.set(handler) }
    }

    /// The result of the run.
    func result<Output: Codable>(as type: Output.Type = Output.self) async throws -> Output {
        try runtime.converter.decode(await instance.run(), as: type)
    }

    /// Sends a signal.
    func signal<each Input: Codable & Sendable>(_ name: String, _ input: repeat each Input) async throws {
        guard let handler = handlers.signal(name) else { throw StubRuntime.Unavailable() }
        let payloads = try ArgumentReader.encode(repeat each input, converter: runtime.converter)
        try await handler.run(name, ArgumentReader(payloads, converter: runtime.converter, of: "Signal '\(name)'"))
    }

    /// Sends an update, which is validated first.
    func update<Output: Codable, each Input: Codable & Sendable>(
        _ name: String,
        _ input: repeat each Input,
        as type: Output.Type = Output.self
    ) async throws -> Output {
        guard let handler = handlers.update(name) else { throw StubRuntime.Unavailable() }
        let payloads = try ArgumentReader.encode(repeat each input, converter: runtime.converter)
        let reader = ArgumentReader(payloads, converter: runtime.converter, of: "Update '\(name)'")
        try await handler.validate(name, reader)
        return try runtime.converter.decode(await handler.run(name, reader), as: type)
    }

    /// Asks a query.
    func query<Output: Codable, each Input: Codable & Sendable>(
        _ name: String,
        _ input: repeat each Input,
        as type: Output.Type = Output.self
    ) async throws -> Output {
        guard let handler = handlers.query(name) else { throw StubRuntime.Unavailable() }
        let payloads = try ArgumentReader.encode(repeat each input, converter: runtime.converter)
        let answer = try await handler(
            name,
            ArgumentReader(payloads, converter: runtime.converter, of: "Query '\(name)'")
        )
        return try runtime.converter.decode(answer, as: type)
    }
}
