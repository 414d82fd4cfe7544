import Foundation
import Logging
import Synchronization
import Temporal
import TemporalAPI
import TemporalClient
import TemporalTestServer
import Testing

@testable import TemporalWorker

/// Plugins adjust clients, workers and replayers, in their order, and the service is told of them.
@Suite(.timeLimit(.minutes(1))) struct PluginTests {
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test func `a plugin of the client brings its workers what they need, and stands around their work`() async throws {
        let server = TestServer()
        defer { server.shutdown() }
        let ledger = Ledger()
        let client = TemporalClient(
            service: server,
            logger: quiet,
            plugins: [Baking(ledger: ledger), Naming(suffix: " of Ada")]
        )
        #expect(client.identity == "baker of Ada")
        #expect(client.namespace == "default")
        let worker = try TemporalWorker(client: client, taskQueue: "bakery", plugins: [Watching(ledger: ledger)])
        #expect(worker.options.maximumCachedWorkflows == 7)
        let running = Task { try await worker.run() }
        let result = try await client.executeWorkflow(
            Loaf.self,
            options: WorkflowOptions(id: "w", taskQueue: "bakery")
        )
        #expect(result == "rye bread")
        // What the client encodes is no text that others can read.
        let history = try await TemporalClient(service: server, logger: quiet).workflowHandle(id: "w").history()
        let start = try #require(history.proto.events.last)
        let payload = start.workflowExecutionCompletedEventAttributes.result.payloads.first
        #expect(payload?.metadata["encoding"] == Data("test/reversed".utf8))
        // The service is told of all of them.
        let key = worker.instanceKey
        var plugins: [WorkerDescription.Plugin] = []
        while plugins.isEmpty {
            do {
                plugins = try await client.describeWorker(instanceKey: key).plugins
            } catch is WorkerNotFoundError {
                // The first heartbeat is on its way.
            }
        }
        #expect(plugins.map { "\($0.name) \($0.version)" } == ["baking 1.2", "naming ", "watching "])
        running.cancel()
        try await running.value
        #expect(
            ledger.lines.filter { !$0.hasPrefix("client") } == [
                "baking configures client", "baking configures worker of bakery",
                "watching configures worker of bakery",
                "baking begins bakery", "watching begins bakery", "watching ends", "baking ends",
            ]
        )
        #expect(ledger.lines.filter { $0.hasPrefix("client") } == ["client starts Loaf"])

        // A replayer needs them too: the code runs in their interceptors, over what their codec has encoded.
        let plain = WorkflowReplayer(workflows: [Loaf.self])
        let encoded = try await TemporalClient(service: server, logger: quiet).workflowHandle(id: "w").history()
        await #expect(throws: ReplayError.self) { try await plain.replay(encoded) }
        let replayer = WorkflowReplayer(workflows: [], plugins: [Baking(ledger: ledger)])
        try await replayer.replay(encoded)
    }

    @Test func `two plugins of one name are a mistake, wherever they come from`() async throws {
        let server = TestServer()
        defer { server.shutdown() }
        let client = TemporalClient(service: server, logger: quiet, plugins: [Baking(ledger: Ledger())])
        let error = #expect(throws: WorkerConfigurationError.self) {
            try TemporalWorker(client: client, taskQueue: "bakery", plugins: [Baking(ledger: Ledger())])
        }
        #expect(error?.description.contains("two plugins of the name 'baking'") == true)
    }

    @Test func `what a plugin throws is the error of the worker`() async throws {
        struct NoFlour: Error {}
        struct Empty: WorkerPlugin {
            var name: String { "empty" }
            func configure(_ worker: inout WorkerSetup) throws { throw NoFlour() }
        }
        struct Closed: WorkerPlugin {
            var name: String { "closed" }
            func run(_ worker: TemporalWorker, next: () async throws -> Void) async throws { throw NoFlour() }
        }
        let server = TestServer()
        defer { server.shutdown() }
        let client = TemporalClient(service: server, logger: quiet)
        #expect(throws: NoFlour.self) {
            try TemporalWorker(client: client, taskQueue: "q", workflows: [Loaf.self], plugins: [Empty()])
        }
        let worker = try TemporalWorker(client: client, taskQueue: "q", workflows: [Loaf.self], plugins: [Closed()])
        await #expect(throws: NoFlour.self) { try await worker.run() }
    }

    @Test func `a plugin adjusts the connection, or refuses it`() async throws {
        struct Unknown: Error {}
        struct Finding: ClientPlugin {
            var name: String { "finding" }
            func configure(_ connection: inout ConnectionOptions) throws {
                guard connection.address == "shop" else { throw Unknown() }
                connection.address = "not an address:x"
            }
        }
        await #expect(throws: Unknown.self) { try await TemporalClient.connect(to: "bakery", plugins: [Finding()]) }
        await #expect(throws: ConnectionOptionsError.self) {
            try await TemporalClient.connect(to: "shop", plugins: [Finding()])
        }
        let profile = { () -> ClientProfile in
            var profile = ClientProfile()
            profile.address = "bakery"
            return profile
        }()
        await #expect(throws: Unknown.self) {
            try await TemporalClient.connect(profile: profile, plugins: [Finding()])
        }
    }
}

/// Keeps lines in their order.
private final class Ledger: Sendable {
    private let state = Mutex<[String]>([])

    var lines: [String] { state.withLock { $0 } }

    func add(_ line: String) { state.withLock { $0.append(line) } }
}

/// Brings all that baking takes.
private struct Baking: ClientPlugin, WorkerPlugin {
    let ledger: Ledger
    var name: String { "baking" }
    var version: String { "1.2" }

    func configure(_ client: inout ClientOptions) {
        ledger.add("baking configures client")
        client.identity = "baker"
        client.dataConverter = DataConverter(codecs: [ReversingCodec()])
        client.interceptors.append(Starting(ledger: ledger))
    }

    func configure(_ worker: inout WorkerSetup) {
        ledger.add("baking configures worker of \(worker.taskQueue)")
        worker.workflows.append(Loaf.self)
        worker.activities.append(Oven())
        worker.options.maximumCachedWorkflows = 7
        worker.options.workflowInterceptors.append(Rye())
    }

    func configure(_ replayer: inout ReplayerSetup) {
        replayer.workflows.append(Loaf.self)
        replayer.dataConverter = DataConverter(codecs: [ReversingCodec()])
        replayer.workflowInterceptors.append(Rye())
    }

    func run(_ worker: TemporalWorker, next: () async throws -> Void) async throws {
        ledger.add("baking begins \(worker.taskQueue)")
        try await next()
        ledger.add("baking ends")
    }
}

/// Goes on where those before it have left the options.
private struct Naming: ClientPlugin {
    let suffix: String
    var name: String { "naming" }

    func configure(_ client: inout ClientOptions) {
        client.identity = (client.identity ?? "nobody") + suffix
    }
}

private struct Watching: WorkerPlugin {
    let ledger: Ledger
    var name: String { "watching" }

    func configure(_ worker: inout WorkerSetup) {
        ledger.add("watching configures worker of \(worker.taskQueue)")
    }

    func run(_ worker: TemporalWorker, next: () async throws -> Void) async throws {
        ledger.add("watching begins \(worker.taskQueue)")
        try await next()
        ledger.add("watching ends")
    }
}

private struct Starting: ClientInterceptor {
    let ledger: Ledger

    func startWorkflow(
        _ input: StartWorkflowInput,
        next: (StartWorkflowInput) async throws -> UntypedWorkflowHandle
    ) async throws -> UntypedWorkflowHandle {
        ledger.add("client starts \(input.workflowType)")
        return try await next(input)
    }
}

/// Waits a moment before each activity, so that a replay without it finds other commands.
private struct Rye: WorkflowInterceptor {
    func executeActivity(
        _ input: ActivityCallInput,
        next: (ActivityCallInput) async throws -> [Payload]
    ) async throws -> [Payload] {
        try await input.context.sleep(.milliseconds(1))
        return try await next(input)
    }
}

/// Turns the bytes around.
private struct ReversingCodec: PayloadCodec {
    func encode(_ payloads: [Payload]) async throws -> [Payload] {
        try payloads.map { Payload(encoding: "test/reversed", data: Data(try $0.serialized().reversed())) }
    }

    func decode(_ payloads: [Payload]) async throws -> [Payload] {
        try payloads.map { payload in
            guard payload.encoding == "test/reversed" else { return payload }
            return try Payload(serialized: Data(payload.data.reversed()))
        }
    }
}

@Activities private struct Oven {
    @Activity func bake(_ what: String) async throws -> String { "\(what) bread" }
}

@Workflow private actor Loaf {
    func run() async throws -> String {
        try await context.executeActivity(Oven.bake, "rye", startToCloseTimeout: .seconds(10))
    }
}
