import Foundation
import Logging
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import TemporalTesting
import TemporalWorker
import Testing

/// What happens to values that are larger than the service takes, and to messages that are.
@Suite(.timeLimit(.minutes(1))) struct PayloadLimitTests {
    /// More than the 2 MiB that the in-memory service names as its limit.
    static let tooMuch = 3 * 1024 * 1024

    @Test func `an activity with a result that is too large fails and says so`() async throws {
        try await TestWorkflowEnvironment.run(workflows: [Large.self]) { env in
            env.mock(Large.fetch) { Data(count: $0) }
            let failed = await #expect(throws: WorkflowFailedError.self) {
                try await env.executeWorkflow(Large.self, Self.tooMuch)
            }
            let cause = try #require((failed?.cause as? ActivityError)?.cause as? ApplicationError)
            #expect(cause.type == "PayloadsTooLarge")
            #expect(
                cause.message == "[TMPRL1103] Attempted to upload payloads with size that exceeded the error limit."
            )
        }
    }

    @Test func `a task with a result that is too large fails with the cause for it`() async throws {
        try await expectTaskFailure(.payloadsTooLarge, service: { $0 })
    }

    @Test func `a run whose answer is no message any more is ended by the service, which is told so`() async throws {
        try await expectTaskFailure(.forceCloseCommand, enforces: false) { RefusingService(base: $0) }
    }

    private func expectTaskFailure(
        _ cause: APIWorkflowTaskFailedCause,
        enforces: Bool = true,
        service: (any TemporalService) -> any TemporalService
    ) async throws {
        let server = TestServer(options: TestServer.Options(clock: .skipping(), stallPolicy: .skip))
        defer { server.shutdown() }
        let client = TemporalClient(service: service(server), identity: "test", logger: quiet)
        var options = WorkerOptions()
        options.enforcesPayloadLimits = enforces
        options.onTaskFailure = { if !$0.isAnswered { server.workflowTaskWasDropped(runID: $0.runID) } }
        let worker = try TemporalWorker(client: client, taskQueue: "q", workflows: [LargeResult.self], options: options)
        let running = Task { try await worker.run() }
        let handle = try await client.startWorkflow(
            LargeResult.self,
            Self.tooMuch,
            options: WorkflowOptions(id: "large", taskQueue: "q", runTimeout: .seconds(30))
        )
        await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
        running.cancel()
        try await running.value
        let causes = try await handle.history().proto.events.compactMap { event in
            event.attributes.flatMap { attributes -> APIWorkflowTaskFailedCause? in
                guard case .workflowTaskFailedEventAttributes(let failed) = attributes else { return nil }
                return failed.cause
            }
        }
        #expect(causes.first == cause)
    }

    @Test func `large payloads and memos are warned of`() async throws {
        let log = NotedLines()
        let server = TestServer(options: TestServer.Options(clock: .skipping(), stallPolicy: .skip))
        defer { server.shutdown() }
        func start(_ limits: PayloadLimits, _ id: String) async throws {
            let client = TemporalClient(service: server, identity: "test", payloadLimits: limits, logger: log.logger)
            var options = WorkflowOptions(id: id, taskQueue: "q")
            options.memo = ["m": String(repeating: "x", count: 3000)]
            _ = try await client.startWorkflow(named: "Any", Data(count: 600 * 1024), options: options)
        }
        try await start(.none, "1")
        #expect(log.lines.isEmpty)
        try await start(PayloadLimits(), "2")
        #expect(
            log.lines == [
                "[TMPRL1103] Attempted to upload payloads with size that exceeded the warning limit.",
                "[TMPRL1103] Attempted to upload memo with size that exceeded the warning limit.",
            ]
        )
    }
}

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Refuses the completion of workflow tasks as a server does that finds them too large.
private struct RefusingService: TemporalService {
    var base: any TemporalService

    func call<Request, Response>(
        _ method: ServiceMethod<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        if method.name == "RespondWorkflowTaskCompleted" {
            throw RPCError(code: .resourceExhausted, message: "grpc: received message larger than max (9 vs. 4)")
        }
        return try await base.call(method, request, options: options)
    }
}

/// Keeps the warnings that are logged.
private final class NotedLines: Sendable {
    private let state = Mutex<[String]>([])

    var lines: [String] { state.withLock { $0 } }

    var logger: Logger { Logger(label: "noted") { _ in Handler(notes: self) } }

    private struct Handler: LogHandler {
        let notes: NotedLines
        var logLevel = Logger.Level.warning
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            notes.state.withLock { $0.append("\(event.message)") }
        }
    }
}

@Workflow private actor Large {
    static let fetch = ActivityReference<Int, Data>(name: "fetch")

    func run(_ size: Int) async throws -> Int {
        try await context.executeActivity(Large.fetch, size, startToCloseTimeout: .seconds(10)).count
    }
}

@Workflow private actor LargeResult {
    func run(_ size: Int) async throws -> Data { Data(count: size) }
}
