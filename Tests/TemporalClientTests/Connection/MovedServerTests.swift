import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI
import Testing

@testable import TemporalClient

/// A service that moves to another address: its name is looked up again, and the program goes on without a restart.
@Suite(.timeLimit(.minutes(1))) struct MovedServerTests {
    /// What the name of the host stands for, which a test changes as an operator of a DNS server does.
    private final class Names: Sendable {
        private let state = Mutex((port: Int?.none, lookups: 0))

        /// Where the name leads; `nil` while it is not known.
        var port: Int? {
            get { state.withLock { $0.port } }
            set { state.withLock { $0.port = newValue } }
        }

        /// How often the name was looked up.
        var lookups: Int { state.withLock { $0.lookups } }

        func lookUp() throws -> NameResolutionResult {
            let port = state.withLock { state in
                state.lookups += 1
                return state.port
            }
            guard let port else { throw UnknownName() }
            let address = GRPCNIOTransportHTTP2Posix.SocketAddress.ipv4(host: "127.0.0.1", port: port)
            return NameResolutionResult(endpoints: [Endpoint(addresses: [address])], serviceConfig: nil)
        }
    }

    private struct UnknownName: Error {}

    /// Stands in place of the lookups by DNS, and is asked when those would be.
    private struct Lookups: NameResolverFactory, AsyncSequence, AsyncIteratorProtocol, Sendable {
        typealias Target = ResolvableTargets.DNS
        typealias Element = NameResolutionResult

        let names: Names

        func resolver(for target: ResolvableTargets.DNS) -> NameResolver {
            NameResolver(
                names: RPCAsyncSequence(wrapping: self),
                updateMode: .pull,
                authority: "\(target.host):\(target.port ?? 0)"
            )
        }

        func makeAsyncIterator() -> Lookups { self }

        func next() async throws -> NameResolutionResult? { try names.lookUp() }
    }

    private let script = ScriptedService()
    private let names = Names()

    /// What has arrived, and what may end.
    private let polls = AsyncStream.makeStream(of: Void.self)
    private let releases = AsyncStream.makeStream(of: Void.self)

    init() {
        script.answer(.getSystemInfo) { _ in .with { $0.serverVersion = "old" } }
        script.answer(.pollWorkflowTaskQueue) { [polls, releases] _ in
            polls.continuation.yield()
            for await _ in releases.stream { break }
            return .with { $0.workflowType.name = "Polled" }
        }
    }

    /// A service that says that it is the new one.
    private var newScript: ScriptedService {
        let script = ScriptedService()
        script.answer(.getSystemInfo) { _ in .with { $0.serverVersion = "new" } }
        return script
    }

    /// A connection by name whose lookups the test answers.
    private func connection(patience: Duration = .zero) throws -> GRPCConnection {
        let options = ConnectionOptions(address: "frontend.test:7233")
        let factory = try LineFactory(options, patience: patience) { [names] in
            var registry = NameResolverRegistry()
            registry.registerFactory(Lookups(names: names))
            return registry
        }
        return try GRPCConnection(options, factory)
    }

    private func version(_ service: any TemporalService, retries: Bool = true) async throws -> String {
        let service = retries ? TemporalClient(service: service, logger: .silent).service : service
        return try await service.call(.getSystemInfo, APIGetSystemInfoRequest(), options: .default).serverVersion
    }

    private func expect(
        _ expected: String,
        from service: any TemporalService,
        retries: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await version(service, retries: retries)
        #expect(answer == expected, sourceLocation: sourceLocation)
    }

    /// Runs the old server and then, when that has gone, the new one.
    private func move(
        _ connection: GRPCConnection,
        before: () async throws -> Void = {},
        between: () async throws -> Void
    ) async throws {
        try await GRPCTestServer.run(script) { old in
            names.port = old.port
            try await expect("old", from: connection)
            try await before()
        }
        try await between()
        try await GRPCTestServer.run(newScript) { new in
            names.port = new.port
            try await expect("new", from: connection)
            #expect(new.observed.metadata("client-name").count == 1)
        }
        await connection.close()
    }

    @Test func `a name that leads elsewhere already when the server goes is followed`() async throws {
        let connection = try connection(patience: .seconds(600))
        try await GRPCTestServer.run(newScript) { new in
            try await GRPCTestServer.run(script) { old in
                names.port = old.port
                try await expect("old", from: connection)
                names.port = new.port
                // What is connected stays so.
                try await expect("old", from: connection)
            }
            try await expect("new", from: connection)
            // The transport of the line before may have come here too before it was ended.
            #expect(new.observed.connections <= 2)
        }
        await connection.close()
    }

    @Test func `a name that leads elsewhere long after the server has gone is followed`() async throws {
        let connection = try connection()
        try await move(connection) {
            // The name still stands for the old address, and was looked up there after the connection was lost.
            for _ in 0..<3 {
                let error = await #expect(throws: Temporal.RPCError.self) {
                    try await version(connection, retries: false)
                }
                #expect(error?.code == .unavailable)
                #expect(error?.message.contains("frontend.test:7233") == true)
            }
        }
    }

    @Test func `a name that is unknown for a while is asked for again`() async throws {
        let connection = try connection()
        names.port = nil
        let error = await #expect(throws: Temporal.RPCError.self) { try await version(connection, retries: false) }
        #expect(error?.message.contains("cannot be resolved") == true)
        try await move(connection, before: { names.port = nil }) {
            await #expect(throws: Temporal.RPCError.self) { try await version(connection, retries: false) }
        }
    }

    @Test func `a server that takes connections and closes them is not waited for`() async throws {
        let connection = try connection()
        let refusing = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { $0.close() }
            .bind(host: "127.0.0.1", port: 0).get()
        try await move(connection) {
            names.port = refusing.localAddress?.port
            for _ in 0..<3 {
                await #expect(throws: Temporal.RPCError.self) { try await version(connection, retries: false) }
            }
        }
        try await refusing.close()
    }

    @Test func `a line is not given up before there has been no connection for long`() async throws {
        let connection = try connection(patience: .seconds(600))
        names.port = try await GRPCTestServer.run(script) { $0.port }
        for _ in 0..<20 {
            await #expect(throws: Temporal.RPCError.self) { try await version(connection, retries: false) }
        }
        #expect(names.lookups == 1)
        await connection.close()
    }

    /// Waits until a client has heard that its connection ends: it answers the PING that comes with that, and says that it
    /// goes, too.
    private func heard(_ server: GRPCTestServer, _ bytesBefore: Int) async throws {
        while server.observed.bytes.received < bytesBefore + 34 { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test func `calls go on elsewhere while a poll ends on a server that goes away`() async throws {
        let connection = try connection(patience: .seconds(600))
        try await GRPCTestServer.run(newScript) { new in
            try await GRPCTestServer.run(script) { old in
                names.port = old.port
                try await expect("old", from: connection)
                let polling = Task { try await connection.call(.pollWorkflowTaskQueue, .init(), options: .default) }
                var arrivals = polls.stream.makeAsyncIterator()
                await arrivals.next()
                names.port = new.port
                let bytes = old.observed.bytes.received
                old.goAway()
                try await heard(old, bytes)
                for _ in 0..<50 { try await expect("new", from: connection, retries: false) }
                #expect(connection.lineCount == 2)
                #expect(new.observed.connections == 1)
                releases.continuation.yield()
                let task = try await polling.value
                #expect(task.workflowType.name == "Polled")
                try await expect("new", from: connection, retries: false)
                #expect(connection.lineCount == 1)
            }
        }
        await connection.close()
    }

    @Test func `calls go on while a poll keeps an aged connection open`() async throws {
        let connection = try connection(patience: .seconds(600))
        // Servers end connections of a certain age, and take new ones.
        let aging: (inout HTTP2ServerTransport.Posix.Config) -> Void = { $0.connection.maxAge = .seconds(1) }
        try await GRPCTestServer.run(script, configure: aging) { server in
            names.port = server.port
            let polling = Task { try await connection.call(.pollWorkflowTaskQueue, .init(), options: .default) }
            var arrivals = polls.stream.makeAsyncIterator()
            await arrivals.next()
            // No calls meanwhile: one that begins just as the server says so can end the connection, and the poll with it. On a
            // busy machine the server may have said so before, and then nothing more is heard.
            let (bytes, start) = (server.observed.bytes.received, ContinuousClock.now)
            while server.observed.bytes.received < bytes + 34, start.duration(to: .now) < .seconds(5) {
                await Task.yield()
            }
            for _ in 0..<5 { try await expect("old", from: connection, retries: false) }
            #expect(server.observed.connections > 1)
            releases.continuation.yield()
            let task = try await polling.value
            #expect(task.workflowType.name == "Polled")
        }
        await connection.close()
    }
}
